------------------------- MODULE RaftTraceReport -------------------------
(***************************************************************************)
(* Of a trace that is refused, TLC prints the first line that no step      *)
(* explains.  One worker.                                                  *)
(***************************************************************************)
EXTENDS RaftTrace, TLC

\* A constraint that constrains nothing: it remembers how far any behaviour got.
Remember == TLCSet(1, IF l > TLCGet(1) THEN l ELSE TLCGet(1))
ASSUME TLCSet(1, 1)

ReportRefusal ==
    LET line == TLCGet(1)
    IN  IF line > Len(Trace)
        THEN TRUE
        ELSE PrintT(<<"refused: no step explains event", line, Trace[line]>>)
==========================================================================
