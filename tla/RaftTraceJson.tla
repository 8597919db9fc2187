-------------------------- MODULE RaftTraceJson --------------------------
(***************************************************************************)
(* The trace specification for an NDJSON file, which the environment       *)
(* variable TRACE names.  It needs the community modules.                  *)
(***************************************************************************)
EXTENDS RaftTrace, IOUtils, Json

TraceLines == ndJsonDeserialize(IOEnv.TRACE)
==========================================================================
