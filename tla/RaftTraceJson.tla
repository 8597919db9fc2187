-------------------------- MODULE RaftTraceJson --------------------------
(***************************************************************************)
(* The trace specification for an NDJSON file, which the environment       *)
(* variable TRACE names.  It needs the community modules.                  *)
(***************************************************************************)
EXTENDS RaftTraceReport, IOUtils, Json

Lines == ndJsonDeserialize(IOEnv.TRACE)

\* Lines with neither are other log lines.
HasEvent(line)    == "event" \in DOMAIN line
HasAHeader(line)  == "header" \in DOMAIN line

TraceEvents ==
    LET lines == SelectSeq(Lines, HasEvent) IN [k \in 1..Len(lines) |-> lines[k].event]

TraceHeaders ==
    LET lines == SelectSeq(Lines, HasAHeader) IN [k \in 1..Len(lines) |-> lines[k].header]
==========================================================================
