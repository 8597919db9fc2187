---------------------------- MODULE RaftTrace ----------------------------
(***************************************************************************)
(* The trace specification: is a trace a behaviour of RaftProperties?      *)
(* C++ twin: conformance/raft_trace.h.                                     *)
(*                                                                         *)
(* `Lines` is a trace in the format of raft/trace/event.h, which includes  *)
(* etcd-io/raft's: RaftTraceJson reads an NDJSON file, `raftcheck export   *)
(* --to tla` writes a module that has it as a value.  Each line must be a  *)
(* step of the specification, and every field of it must agree with the    *)
(* model.  Accepted means that TLC reports                                 *)
(*     Invariant NotAccepted is violated                                   *)
(* that is, some behaviour explains all lines.  If TLC finds no error, the *)
(* trace is refused; the postcondition prints the first line that has no   *)
(* explanation.  Any other report is a property that the trace violates,   *)
(* or a fault of the trace's form.                                         *)
(*                                                                         *)
(* The refinement: an event, the actions it stands for, and the moment     *)
(* that its fields show.                                                   *)
(*                                                                         *)
(*   InitState                       Init, or Restart        what is found *)
(*     ApplyConfChange               -                       on disk, step *)
(*     BecomeFollower                -                       by step       *)
(*   BecomeFollower                  UpdateTerm or           after         *)
(*                                   ReturnToFollower with a               *)
(*                                   message in hand, or                   *)
(*                                   StepDown without                      *)
(*   BecomeCandidate                 Timeout                 after         *)
(*   SendRequestVoteRequest          RequestVote(i, j)       after         *)
(*   SendRequestVoteResponse         RequestVote(i, i), to   after         *)
(*                                   itself; else            before, since *)
(*                                   HandleRequestVoteRequest  etcd writes *)
(*                                   of the message in hand  it too early  *)
(*   BecomeLeader                    BecomeLeader            after         *)
(*   Replicate                       ClientRequest           before the    *)
(*                                                           whole batch   *)
(*   SendAppendEntriesResponse       AppendEntriesToSelf, to after         *)
(*                                   itself; else                          *)
(*                                   HandleAppendEntriesRequest,           *)
(*                                   HandleHeartbeat or                    *)
(*                                   RespondToOlderTerm of                 *)
(*                                   the message in hand                   *)
(*   SendAppendEntriesRequest        AppendEntries or        after         *)
(*                                   Heartbeat                             *)
(*   Commit                          AdvanceCommitIndex      after         *)
(*   Receive...                      DropStale, Ignore-      before        *)
(*                                   VoteRequest, Handle...Response; or    *)
(*                                   takes the message in hand, if other   *)
(*                                   lines must show its handling          *)
(*   Ready                           Persist, in a trace     before        *)
(*                                   without Persist lines                 *)
(*   Persist                         Persist                 after         *)
(*   Crash                           - (Restart says what    before        *)
(*                                   was lost)                             *)
(*   Apply, ApplyConfChange          -                       before        *)
(*   DropMessage, DuplicateMessage   the same                before        *)
(*                                                                         *)
(* Three kinds of steps have no line (Unseen): a server becomes a          *)
(* pre-candidate; a response of a newer term is handled after the server   *)
(* followed; and, if the trace does not log the network, a message is      *)
(* duplicated, so that it can arrive again.  What is sent and not received *)
(* needs no step: it is still in flight.                                   *)
(***************************************************************************)
EXTENDS RaftProperties, TLC

CONSTANT Lines  \* a sequence of records, as the JSON objects of the trace

(***************************************************************************)
(* The trace.  Lines without an event are a header, ours, or other log     *)
(* lines.  The constants of Raft follow from the header; without one the   *)
(* trace is etcd's: all servers that it names, drops, duplications and     *)
(* writes unlogged, and a log at the start that names the servers (the     *)
(* entries of RawNode.Bootstrap, of term 1).                               *)
(***************************************************************************)
HasEvent(line) == "event" \in DOMAIN line
HasHeader(line) == "header" \in DOMAIN line

Trace == LET lines == SelectSeq(Lines, HasEvent)
         IN  [k \in 1..Len(lines) |-> lines[k].event]

Headers == SelectSeq(Lines, HasHeader)
HasAHeader == Headers # <<>>
Header(field, otherwise) ==
    IF HasAHeader /\ field \in DOMAIN Headers[1].header
    THEN Headers[1].header[field]
    ELSE otherwise

Range(sequence) == {sequence[k] : k \in 1..Len(sequence)}

TraceServer == Range(Header("servers", <<>>)) \union
               (IF HasAHeader THEN {} ELSE {e.nid : e \in Range(Trace)})

\* Without a header: PreVote and CheckQuorum are on if a pre-candidate is ever seen.
ShowsPreVote == \E e \in Range(Trace) : "role" \in DOMAIN e /\ e.role = PreCandidate
TracePreVote == Header("preVote", ~HasAHeader /\ ShowsPreVote)
TraceCheckQuorum == Header("checkQuorum", ~HasAHeader /\ ShowsPreVote)
TraceAnswersOlderTerms == Header("answersOlderTerms", FALSE)
TraceVotesCarryCommit == Header("votesCarryCommit", FALSE)

NetworkLogged == Header("networkLogged", FALSE)
DiskLogged == Header("diskLogged", FALSE)

\* A trace need not say what entries hold; NoOp stands for what it leaves open.
BornLog == IF HasAHeader THEN <<>> ELSE [k \in 1..Cardinality(Server) |-> Entry(1, NoOp)]
BornTerm == IF HasAHeader THEN 0 ELSE 1

(***************************************************************************)
(* How far the trace is explained, and what its lines have begun and not   *)
(* finished, per server.                                                   *)
(***************************************************************************)
VARIABLES
    l,          \* the line to be explained next
    progress    \* of each server:
                \*   stage      "unborn", "down", "loading", "bootstrapping" or "running"
                \*   hand       the message received whose handling other lines must show
                \*   announced  how many entries Replicate lines added that no length shows yet
                \*   voters     the configuration that lines show
                \*   applied    the index of the last Apply line
                \*   ready      whether a Ready is out and not persisted
                \*   disk       what the Crash line said is left, if it did
                \*   survived   the Crash line, if it named the unsynced entries that are left

traceVars == <<vars, l, progress>>

NoMessage == [type |-> "none"]

Newborn == [stage |-> "unborn", hand |-> NoMessage, announced |-> 0, voters |-> <<>>,
            applied |-> 0, ready |-> FALSE, disk |-> <<>>, survived |-> <<>>]

TraceInit ==
    /\ InitWith(BornLog, BornTerm)
    /\ l = 1
    /\ progress = [i \in Server |-> Newborn]

Running(i) == progress[i].stage = "running"

\* Nothing begun: the next line of i may be any.
Idle(i) ==
    /\ Running(i)
    /\ progress[i].hand = NoMessage
    /\ progress[i].announced = 0

(***************************************************************************)
(* Comparing.  An absent field constrains nothing, a present one is always *)
(* compared.                                                               *)
(***************************************************************************)
Says(record, field, value) == (field \in DOMAIN record) => (record[field] = value)

\* What a step may choose, where the record says nothing.
Choices(record, field, all) == IF field \in DOMAIN record THEN {record[field]} \cap all ELSE all

ShowsState(e, term, vote, commit, role, length, voters, leader) ==
    /\ Says(e, "role", role)
    /\ Says(e, "lead", leader)
    /\ Says(e, "log", length)
    /\ Says(e, "conf", <<voters, <<>>>>)
    /\ ("state" \in DOMAIN e) => /\ Says(e.state, "term", term)
                                 /\ Says(e.state, "vote", vote)
                                 /\ Says(e.state, "commit", commit)

Before(e) ==
    LET i == e.nid
    IN  ShowsState(e, currentTerm[i], votedFor[i], commitIndex[i], state[i],
                   Len(log[i]) - progress[i].announced, progress[i].voters, leaderId[i])

After(e) ==
    LET i == e.nid
    IN  ShowsState(e, currentTerm'[i], votedFor'[i], commitIndex'[i], state'[i],
                   Len(log'[i]) - progress'[i].announced, progress'[i].voters, leaderId'[i])

ShowsEntry(shown, entry) ==
    /\ Says(shown, "term", entry.term)
    /\ (entry.value # NoOp) => Says(shown, "digest", entry.value)

ShowsEntries(shown, entries) ==
    /\ Len(shown) = Len(entries)
    /\ \A k \in 1..Len(shown) : ShowsEntry(shown[k], entries[k])

ShowsMessage(msg, m) ==
    /\ Says(msg, "type", m.type)
    /\ Says(msg, "term", m.term)
    /\ Says(msg, "from", m.from)
    /\ Says(msg, "to", m.to)
    /\ Says(msg, "entries", Len(m.entries))
    /\ Says(msg, "logTerm", m.logTerm)
    /\ Says(msg, "index", m.index)
    /\ Says(msg, "commit", m.commit)
    /\ Says(msg, "vote", Nil)
    /\ Says(msg, "reject", m.reject)
    /\ Says(msg, "rejectHint", m.hint)
    /\ ("ents" \in DOMAIN msg) => ShowsEntries(msg.ents, m.entries)

ShowsDisk(shown, disk) ==
    /\ Says(shown, "term", disk.term)
    /\ Says(shown, "vote", disk.vote)
    /\ Says(shown, "commit", disk.commit)
    /\ Says(shown, "log", Len(disk.log))
    /\ Says(shown, "logTerm", LastTerm(disk.log))

\* The message that this step queued or sent.
Queued(e) == \E m \in (DOMAIN pending') \union (DOMAIN messages') :
                 /\ \/ Copies(pending', m) > Copies(pending, m)
                    \/ Copies(messages', m) > Copies(messages, m)
                 /\ ShowsMessage(e.msg, m)

\* The messages in flight that the line may mean.
Meant(e) == {m \in DOMAIN messages : ShowsMessage(e.msg, m)}

\* Fields that must be of their kind of line: what nobody would compare must not be there.
FieldsOf(name) ==
    {"name", "nid", "seq", "state", "role", "log", "conf", "prop", "lead"} \union
    (CASE name = "Replicate" -> {"entry"}
       [] name = "Apply" -> {"entry", "index", "result"}
       [] name = "Persist" -> {"durable", "index", "ents"}
       [] name = "Crash" -> {"durable", "index", "ents"}
       [] name \in {"InitState", "ApplyConfChange", "BecomeFollower", "BecomeCandidate",
                    "BecomeLeader", "Commit", "Ready"} -> {}
       [] OTHER -> {"msg"})

\* A leader's own progress, which etcd writes with MsgApp.  Its Next is one after its Match.
ShowsOwnProgress(e) ==
    ("prop" \in DOMAIN e) =>
        /\ DOMAIN e.prop \subseteq {"cc", "match", "next"}
        /\ ("cc" \in DOMAIN e.prop) => (e.name = "ApplyConfChange")
        /\ Says(e.prop, "match", matchIndex[e.nid][e.nid])
        /\ Says(e.prop, "next", matchIndex[e.nid][e.nid] + 1)

WellFormed(e) ==
    /\ e.nid \in Server
    /\ DOMAIN e \subseteq FieldsOf(e.name)
    /\ Says(e, "seq", l)
    /\ ShowsOwnProgress(e)

\* The entries written, from `index` on, replace what the disk has from there on.
ShowsWrite(e, old, new) ==
    LET first == IF "index" \in DOMAIN e THEN e.index ELSE Len(new) + 1 - Len(e.ents)
    IN  IF e.ents = <<>>
        THEN Says(e, "index", 0) /\ new = old
        ELSE /\ first + Len(e.ents) = Len(new) + 1
             /\ first \in 1..(Len(old) + 1)
             /\ ShowsEntries(e.ents, SubSeq(new, first, Len(new)))
             /\ SubSeq(new, 1, first - 1) = SubSeq(old, 1, first - 1)

(***************************************************************************)
(* A server starts: InitState, ApplyConfChange, BecomeFollower.  Nothing   *)
(* is loaded at first but the log; the last line shows what is.  Then      *)
(* etcd's RawNode.Bootstrap, at the very first start, writes the log that  *)
(* names the servers, after one more BecomeFollower.                       *)
(***************************************************************************)
OnInitState(e) ==
    LET i == e.nid
    IN  /\ progress[i].stage \in (IF DiskLogged THEN {"unborn", "down"}
                                                ELSE {"unborn", "down", "running"})
        /\ IF progress[i].stage = "unborn"
           THEN UNCHANGED vars
           ELSE \E disk \in DisksAfterCrash(i) :
                    /\ ShowsDisk(progress[i].disk, disk)
                    /\ ("ents" \in DOMAIN progress[i].survived) =>
                           ShowsWrite(progress[i].survived, durable[i].log, disk.log)
                    /\ Restart(i, disk)
        /\ ShowsState(e, 0, Nil, 0, Follower, Len(durable'[i].log), <<>>, Nil)
        /\ progress' = [progress EXCEPT ![i] = [Newborn EXCEPT !.stage = "loading"]]

OnLoaded(e) ==
    LET i    == e.nid
        disk == durable[i]
    IN  /\ progress[i].stage = "loading"
        /\ HasAHeader => (Range(progress[i].voters) = Server)
        /\ ShowsState(e, disk.term, disk.vote, disk.commit, Follower, Len(disk.log),
                      progress[i].voters, Nil)
        /\ progress' = [progress EXCEPT ![i].stage = IF Len(disk.log) < Len(log[i])
                                                     THEN "bootstrapping"
                                                     ELSE "running"]
        /\ UNCHANGED vars

OnBootstrap(e) ==
    LET i == e.nid
    IN  /\ progress[i].stage = "bootstrapping"
        /\ ShowsState(e, BornTerm, Nil, 0, Follower, 0, progress[i].voters, Nil)
        /\ progress' = [progress EXCEPT ![i].stage = "running"]
        /\ UNCHANGED vars

\* The membership is fixed here: a configuration may only come to be complete.
OnApplyConfChange(e) ==
    LET i      == e.nid
        cc     == IF "prop" \in DOMAIN e /\ "cc" \in DOMAIN e.prop THEN e.prop.cc ELSE <<>>
        voters == IF "newconf" \in DOMAIN cc THEN cc.newconf ELSE <<>>
    IN  /\ \/ Idle(i) /\ Before(e)
           \/ /\ progress[i].stage = "loading"
              /\ ShowsState(e, 0, Nil, 0, Follower, Len(durable[i].log), progress[i].voters, Nil)
        /\ Cardinality(Range(voters)) = Len(voters)
        /\ Range(progress[i].voters) \subseteq Range(voters)
        /\ Range(voters) \subseteq Server
        /\ DOMAIN cc \subseteq {"newconf", "members"}
        /\ ("members" \in DOMAIN cc) =>
               cc.members = [voters |-> voters, outgoing |-> <<>>, learners |-> <<>>,
                             learnersNext |-> <<>>, autoLeave |-> FALSE]
        /\ progress' = [progress EXCEPT ![i].voters = voters]
        /\ UNCHANGED vars

OnCrash(e) ==
    LET i == e.nid
    IN  /\ Idle(i)
        /\ Before(e)
        /\ progress' = [progress EXCEPT
                            ![i].stage = "down",
                            ![i].disk = IF "durable" \in DOMAIN e THEN e.durable ELSE <<>>,
                            ![i].survived = IF "ents" \in DOMAIN e THEN e ELSE <<>>]
        /\ UNCHANGED vars

(***************************************************************************)
(* Elections.                                                              *)
(***************************************************************************)
OnBecomeFollower(e) ==
    LET i == e.nid
        m == progress[i].hand
    IN  /\ Running(i)
        /\ IF m = NoMessage
           THEN Idle(i) /\ StepDown(i)
           ELSE UpdateTerm(i, m.from, m) \/ ReturnToFollower(i, m.from, m)
        /\ UNCHANGED progress
        /\ After(e)

OnBecomeCandidate(e) ==
    /\ Idle(e.nid)
    /\ Timeout(e.nid)
    /\ UNCHANGED progress
    /\ After(e)

OnBecomeLeader(e) ==
    /\ Idle(e.nid)
    /\ BecomeLeader(e.nid)
    /\ UNCHANGED progress
    /\ After(e)

OnSendRequestVoteRequest(e) ==
    LET i == e.nid
    IN  /\ Idle(i)
        /\ \E j \in Choices(e.msg, "to", Server \ {i}) : RequestVote(i, j)
        /\ Queued(e)
        /\ UNCHANGED progress
        /\ After(e)

OnVoteForItself(e) ==
    LET i == e.nid
    IN  /\ Idle(i)
        /\ RequestVote(i, i)
        /\ Queued(e)
        /\ UNCHANGED progress
        /\ After(e)

OnSendRequestVoteResponse(e) ==
    LET i == e.nid
        m == progress[i].hand
    IN  /\ Running(i)
        /\ m.type = MsgVote
        /\ Before(e)
        /\ HandleRequestVoteRequest(i, m.from, m) \/ RespondToOlderTerm(i, m.from, m)
        /\ Queued(e)
        /\ progress' = [progress EXCEPT ![i].hand = NoMessage]

(***************************************************************************)
(* Replication.                                                            *)
(***************************************************************************)
OnReplicate(e) ==
    LET i     == e.nid
        entry == IF "entry" \in DOMAIN e THEN e.entry ELSE <<>>
    IN  /\ Running(i)
        /\ progress[i].hand = NoMessage
        /\ Before(e)
        /\ Says(entry, "term", currentTerm[i])
        /\ ClientRequest(i, IF "digest" \in DOMAIN entry THEN entry.digest ELSE NoOp)
        /\ progress' = [progress EXCEPT ![i].announced = @ + 1]

OnAcknowledgeItself(e) ==
    LET i == e.nid
    IN  /\ Running(i)
        /\ progress[i].hand = NoMessage
        /\ progress[i].announced > 0
        /\ AppendEntriesToSelf(i)
        /\ Queued(e)
        /\ progress' = [progress EXCEPT ![i].announced = 0]
        /\ After(e)

OnSendAppendEntriesRequest(e) ==
    LET i == e.nid
    IN  /\ Idle(i)
        /\ \E j \in Choices(e.msg, "to", Server \ {i}) :
               \/ \E prev \in Choices(e.msg, "index", 0..Len(log[i])) :
                      \E n \in Choices(e.msg, "entries", 0..(Len(log[i]) - prev)) :
                          AppendEntries(i, j, prev, n)
               \/ Heartbeat(i, j, NoRead)
        /\ Queued(e)
        /\ UNCHANGED progress
        /\ After(e)

OnSendAppendEntriesResponse(e) ==
    LET i == e.nid
        m == progress[i].hand
    IN  /\ Running(i)
        /\ m.type \in FromLeader
        /\ \/ HandleAppendEntriesRequest(i, m.from, m)
           \/ HandleHeartbeat(i, m.from, m)
           \/ RespondToOlderTerm(i, m.from, m)
        /\ Queued(e)
        /\ progress' = [progress EXCEPT ![i].hand = NoMessage]
        /\ After(e)

OnCommit(e) ==
    /\ Idle(e.nid)
    /\ AdvanceCommitIndex(e.nid)
    /\ UNCHANGED progress
    /\ After(e)

OnApply(e) ==
    LET i     == e.nid
        index == progress[i].applied + 1
    IN  /\ Idle(i)
        /\ Before(e)
        /\ Says(e, "index", index)
        /\ index <= commitIndex[i]
        /\ ("entry" \in DOMAIN e) => ShowsEntry(e.entry, log[i][index])
        /\ progress' = [progress EXCEPT ![i].applied = index]
        /\ UNCHANGED vars

(***************************************************************************)
(* A message arrives.  If nothing but this line shows that it is handled,  *)
(* it is handled now; otherwise the server has it in hand, and the next    *)
(* lines of the server must show what it does with it.                     *)
(***************************************************************************)
HandleResponse(i, m) ==
    \/ HandleRequestVoteResponse(i, m.from, m)
    \/ HandleAppendEntriesResponse(i, m.from, m)
    \/ HandleHeartbeatResponse(i, m.from, m)

Responses == {MsgVoteResp, MsgAppResp, MsgHeartbeatResp}

ShowsHandling(i, m) ==
    \/ m.term > currentTerm[i]
    \/ (m.term = currentTerm[i]) /\ (m.type \notin Responses)
    \/ (m.term < currentTerm[i]) /\ MustTellNewerTerm(m)

OnReceive(e, types) ==
    LET i == e.nid
    IN  /\ Idle(i)
        /\ Before(e)
        /\ \E m \in Meant(e) :
               /\ m.to = i
               /\ m.type \in types
               /\ \/ /\ ShowsHandling(i, m)
                     /\ progress' = [progress EXCEPT ![i].hand = m]
                     /\ UNCHANGED vars
                  \/ /\ DropStale(i, m.from, m) \/ IgnoreVoteRequest(i, m.from, m)
                        \/ HandleResponse(i, m)
                     /\ UNCHANGED progress

(***************************************************************************)
(* Disk and network.                                                       *)
(***************************************************************************)
OnReady(e) ==
    LET i == e.nid
    IN  /\ Idle(i)
        /\ Before(e)
        /\ IF DiskLogged THEN UNCHANGED vars ELSE Persist(i, commitIndex[i])
        /\ progress' = [progress EXCEPT ![i].ready = DiskLogged]

OnPersist(e) ==
    LET i     == e.nid
        shown == IF "durable" \in DOMAIN e THEN e.durable ELSE <<>>
    IN  /\ Idle(i)
        /\ DiskLogged
        /\ progress[i].ready
        /\ \E commit \in Choices(shown, "commit", {durable[i].commit, commitIndex[i]}) :
               Persist(i, commit)
        /\ ShowsDisk(shown, durable'[i])
        /\ ("ents" \in DOMAIN e) => ShowsWrite(e, durable[i].log, durable'[i].log)
        /\ progress' = [progress EXCEPT ![i].ready = FALSE]
        /\ After(e)

OnDropMessage(e) ==
    /\ Before(e)
    /\ \E m \in Meant(e) : (m.to = e.nid) /\ DropMessage(m)
    /\ UNCHANGED progress

OnDuplicateMessage(e) ==
    /\ Before(e)
    /\ \E m \in Meant(e) : (m.to = e.nid) /\ DuplicateMessage(m)
    /\ UNCHANGED progress

(***************************************************************************)
(* Steps without a line, each due before the line e.                       *)
(***************************************************************************)
ReceiveEvents == {"ReceiveAppendEntriesRequest", "ReceiveAppendEntriesResponse",
                  "ReceiveRequestVoteRequest", "ReceiveRequestVoteResponse"}

UnseenPreCandidate(e) ==
    /\ Idle(e.nid)
    /\ "role" \in DOMAIN e
    /\ e.role = PreCandidate
    /\ state[e.nid] # PreCandidate
    /\ PreVote

UnseenResponse(e) ==
    LET m == progress[e.nid].hand
    IN  m.type \in Responses /\ m.term = currentTerm[e.nid]

LastCopies(e) == {m \in Meant(e) : messages[m] = 1 /\ ~Loopback(m)}

UnseenDuplicate(e) ==
    /\ ~NetworkLogged
    /\ e.name \in ReceiveEvents
    /\ LastCopies(e) # {}

Unseen(e) ==
    \/ UnseenPreCandidate(e) /\ BecomePreCandidate(e.nid) /\ UNCHANGED progress
    \/ /\ UnseenResponse(e)
       /\ HandleResponse(e.nid, progress[e.nid].hand)
       /\ progress' = [progress EXCEPT ![e.nid].hand = NoMessage]
    \/ UnseenDuplicate(e) /\ (\E m \in LastCopies(e) : DuplicateMessage(m)) /\ UNCHANGED progress

(***************************************************************************)
(* One line.                                                               *)
(***************************************************************************)
Explains(e) ==
    \/ e.name = "InitState" /\ OnInitState(e)
    \/ e.name = "ApplyConfChange" /\ OnApplyConfChange(e)
    \/ e.name = "BecomeFollower" /\ (OnLoaded(e) \/ OnBootstrap(e) \/ OnBecomeFollower(e))
    \/ e.name = "Crash" /\ OnCrash(e)
    \/ e.name = "BecomeCandidate" /\ OnBecomeCandidate(e)
    \/ e.name = "BecomeLeader" /\ OnBecomeLeader(e)
    \/ e.name = "SendRequestVoteRequest" /\ OnSendRequestVoteRequest(e)
    \/ e.name = "SendRequestVoteResponse" /\ (OnVoteForItself(e) \/ OnSendRequestVoteResponse(e))
    \/ e.name = "Replicate" /\ OnReplicate(e)
    \/ e.name = "SendAppendEntriesRequest" /\ OnSendAppendEntriesRequest(e)
    \/ e.name = "SendAppendEntriesResponse"
           /\ (OnAcknowledgeItself(e) \/ OnSendAppendEntriesResponse(e))
    \/ e.name = "Commit" /\ OnCommit(e)
    \/ e.name = "Apply" /\ OnApply(e)
    \/ e.name = "ReceiveAppendEntriesRequest" /\ OnReceive(e, FromLeader)
    \/ e.name = "ReceiveAppendEntriesResponse" /\ OnReceive(e, {MsgAppResp, MsgHeartbeatResp})
    \/ e.name = "ReceiveRequestVoteRequest" /\ OnReceive(e, {MsgVote})
    \/ e.name = "ReceiveRequestVoteResponse" /\ OnReceive(e, {MsgVoteResp})
    \/ e.name = "Ready" /\ OnReady(e)
    \/ e.name = "Persist" /\ OnPersist(e)
    \/ e.name = "DropMessage" /\ OnDropMessage(e)
    \/ e.name = "DuplicateMessage" /\ OnDuplicateMessage(e)

TraceNext ==
    /\ l <= Len(Trace)
    /\ \E e \in {Trace[l]} :
           /\ WellFormed(e)
           /\ IF UnseenPreCandidate(e) \/ UnseenResponse(e) \/ UnseenDuplicate(e)
              THEN Unseen(e) /\ (l' = l)
              ELSE Explains(e) /\ (l' = l + 1)

TraceSpec == TraceInit /\ [][TraceNext]_traceVars

(***************************************************************************)
(* The verdict.                                                            *)
(***************************************************************************)
NotAccepted == l <= Len(Trace)

\* A constraint that constrains nothing: it remembers how far any behaviour got (one worker).
Remember == TLCSet(1, IF l > TLCGet(1) THEN l ELSE TLCGet(1))
ASSUME TLCSet(1, 1)

ReportRefusal ==
    LET line == TLCGet(1)
    IN  IF line > Len(Trace)
        THEN TRUE
        ELSE PrintT(<<"refused: no step explains event", line, Trace[line]>>)
==========================================================================
