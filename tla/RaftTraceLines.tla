-------------------------- MODULE RaftTraceLines -------------------------
(***************************************************************************)
(* A trace, as constants: its lines, what its header says of it, and what  *)
(* it must say itself if it has none.  RaftTrace judges it.                *)
(***************************************************************************)
EXTENDS RaftProperties

CONSTANTS
    Events,   \* a sequence of records, as the JSON objects of the format
    Headers   \* the same; at most one

\* TLC evaluates a constant that another module defines again and again, but these once.
Trace      == Events
TheHeaders == Headers

(***************************************************************************)
(* Lists stand for sets.  An absent field constrains nothing, a present    *)
(* one is always compared.                                                 *)
(***************************************************************************)
Range(sequence) == {sequence[k] : k \in 1..Len(sequence)}

SameSet(list, set) == (Range(list) = set) /\ (Len(list) = Cardinality(set))

Says(record, field, value) == (field \in DOMAIN record) => (record[field] = value)

SaysSet(record, field, set) == (field \in DOMAIN record) => SameSet(record[field], set)

\* What a step may choose, where the record says nothing.
Choices(record, field, all) == IF field \in DOMAIN record THEN {record[field]} \cap all ELSE all

\* A field, or something else where there is none.
FieldOr(record, field, otherwise) == IF field \in DOMAIN record THEN record[field] ELSE otherwise

(***************************************************************************)
(* The constants of Raft follow from the header.  Without one the trace is *)
(* etcd's: drops, duplications, writes, and the messages of PreVote and    *)
(* transfer are not in it, and whether PreVote and CheckQuorum are on is   *)
(* unknown.                                                                *)
(***************************************************************************)
HasHeader == TheHeaders # <<>>
Header(field, otherwise) ==
    IF HasHeader THEN FieldOr(TheHeaders[1], field, otherwise) ELSE otherwise

TellsServers  == HasHeader /\ ("servers" \in DOMAIN TheHeaders[1])
SettingsKnown == HasHeader /\ ({"preVote", "checkQuorum"} \subseteq DOMAIN TheHeaders[1])

TracePreVote           == Header("preVote", TRUE)
TraceCheckQuorum       == Header("checkQuorum", TRUE)
TraceCampaignMessages  == Header("messagesLogged", FALSE)
TraceAnswersOlderTerms == Header("answersOlderTerms", FALSE)
TraceVotesCarryCommit  == Header("votesCarryCommit", FALSE)
TraceLeaseReads        == Header("leaseReads", FALSE)
TraceElectionTicks     == IF Header("clockLogged", FALSE) THEN Header("electionTicks", 0) ELSE 0
TraceValidatesChanges  == Header("validatesChanges", TRUE)
NetworkLogged          == Header("networkLogged", FALSE)
DiskLogged             == Header("diskLogged", FALSE)

\* A membership change of an event, and a new configuration.
ChangeOf(e)  == FieldOr(FieldOr(e, "prop", <<>>), "cc", <<>>)
NewConfOf(e) == FieldOr(ChangeOf(e), "newconf", <<>>)
TellsConf(e) == "newconf" \in DOMAIN ChangeOf(e)

\* Who is named anywhere.
NamedBy(e) ==
    {e.nid} \union Range(NewConfOf(e))
    \union {c.nid : c \in Range(FieldOr(ChangeOf(e), "changes", <<>>))}
    \union (IF "msg" \in DOMAIN e
            THEN {FieldOr(e.msg, "from", e.nid), FieldOr(e.msg, "to", e.nid)}
            ELSE {})

Named ==
    Range(Header("servers", <<>>)) \union Range(Header("learners", <<>>))
    \union UNION {NamedBy(e) : e \in Range(Trace)}

TraceServer == Named

\* Without a header, the first server shows the configuration that all begin with, if they have one.
FirstConf == IF Len(Trace) > 1 THEN NewConfOf(Trace[2]) ELSE <<>>

TraceInitialVoters == Range(Header("servers", FirstConf))

BeginsWith ==
    [voters |-> TraceInitialVoters, outgoing |-> {},
     learners |-> Range(Header("learners", <<>>)) \ TraceInitialVoters,
     learnersNext |-> {}, autoLeave |-> FALSE]

TraceInitialConfig == BeginsWith

(***************************************************************************)
(* etcd's RawNode.Bootstrap gives every server the same log: an entry of   *)
(* term 1 for each of the first voters, all committed.  The first server   *)
(* shows whom they add, one line each, before it does anything else.       *)
(***************************************************************************)
OfFirst == {k \in 1..Len(Trace) : Trace[k].nid = Trace[1].nid}

StartLines == {"InitState", "ApplyConfChange", "BecomeFollower"}

BornLines ==
    {k \in OfFirst :
        /\ Trace[k].name = "ApplyConfChange"
        /\ FieldOr(Trace[k], "log", 0) > 0
        /\ \A b \in {b \in OfFirst : b <= k} : Trace[b].name \in StartLines}

BornVoters(n) ==
    IF n = 0
    THEN {}
    ELSE Range(NewConfOf(Trace[Smallest({k \in BornLines : Len(NewConfOf(Trace[k])) = n})]))

BornLog ==
    IF TellsServers \/ (Trace = <<>>)
    THEN <<>>
    ELSE [n \in 1..Cardinality(BornLines) |->
              ChangeEntry(1, Change(Auto, BornVoters(n) \ BornVoters(n - 1), {}, {}))]

BornConfig == [voters |-> BornVoters(Len(BornLog)), outgoing |-> {}, learners |-> {},
               learnersNext |-> {}, autoLeave |-> FALSE]

(***************************************************************************)
(* The changes that a ChangeConf line may stand for: etcd does not say     *)
(* whether a change of one server is a simple or a joint one.  Of several  *)
(* words on one server the last counts.                                    *)
(***************************************************************************)
ChangesMeant(e) ==
    LET cc      == ChangeOf(e)
        changes == FieldOr(cc, "changes", <<>>)
        Last(s) == changes[Largest({k \in 1..Len(changes) : changes[k].nid = s})].action
        Of(action) == {s \in {c.nid : c \in Range(changes)} : Last(s) = action}
        Make(how) == Change(how, Of("AddNewServer"), Of("AddLearner"), Of("RemoveServer"))
        many    == IF Len(changes) > 1 THEN JointImplicit ELSE Auto
    IN  IF "transition" \notin DOMAIN cc
        THEN {Make(many)} \union (IF Len(changes) = 1 THEN {Make(JointImplicit)} ELSE {})
        ELSE IF cc.transition = "JointImplicit"
             THEN {Make(JointImplicit)}
             ELSE IF cc.transition = "JointExplicit" THEN {Make(JointExplicit)} ELSE {Make(many)}

(***************************************************************************)
(* Fields that must be of their kind of line: what nobody would compare    *)
(* must not be there.  C++ twin: raft/trace/event_fields.h.                *)
(***************************************************************************)
OfServer(name) ==
    IF name \in {"Crash", "DropMessage", "DuplicateMessage", "ReadIndex", "ReadState"}
    THEN {}
    ELSE {"state", "role", "log", "conf", "lead"}

FieldsOf(name) ==
    {"name", "nid", "seq", "prop"} \union OfServer(name) \union
    (CASE name = "Replicate" -> {"entry"}
       [] name = "ChangeConf" -> {"entry", "index"}
       [] name = "Apply" -> {"entry", "index", "result"}
       [] name \in {"Persist", "Crash"} -> {"durable", "index", "ents"}
       [] name = "Compact" -> {"durable", "index"}
       [] name = "ReadIndex" -> {"read"}
       [] name = "ReadState" -> {"read", "index"}
       [] name = "LeaseRead" -> {"index"}
       [] name = "Tick" -> {"clock"}
       [] name \in {"InitState", "ApplyConfChange", "BecomeFollower", "BecomePreCandidate",
                    "BecomeCandidate", "BecomeLeader", "ForgetLeader", "Commit", "Ready"} -> {}
       [] OTHER -> {"msg"})

ChangeFieldsOf(name) ==
    IF name = "ChangeConf" THEN {"changes", "transition"} ELSE {"newconf", "members"}
==========================================================================
