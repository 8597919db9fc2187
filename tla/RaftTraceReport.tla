------------------------- MODULE RaftTraceReport -------------------------
(***************************************************************************)
(* TLC prints each line of the trace that some behaviour reaches.  Of a    *)
(* trace that is refused, the last one printed is the first that no step   *)
(* explains.  One worker.  It needs nothing that TLC of 2020 lacks.        *)
(***************************************************************************)
EXTENDS RaftTrace, TLC

\* A constraint that constrains nothing: it remembers how far any behaviour got.
Remember ==
    IF (l <= Len(Trace)) /\ (l > TLCGet(1))
    THEN TLCSet(1, l) /\ PrintT(<<"event", l, Trace[l].name, Trace[l].nid>>)
    ELSE TRUE
ASSUME TLCSet(1, 0)

\* A behaviour that goes no further is no deadlock.
ReportSpec == TraceInit /\ [][TraceNext \/ UNCHANGED traceVars]_traceVars
==========================================================================
