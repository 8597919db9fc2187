---------------------------- MODULE RaftTrace ----------------------------
(***************************************************************************)
(* The trace specification: is a trace a behaviour of RaftProperties?      *)
(* C++ twin: conformance/judge/raft_trace.cc.                              *)
(*                                                                         *)
(* Each line must be a step of the specification, and every field of it    *)
(* must agree with the model.  Accepted means that TLC reports             *)
(*     Invariant NotAccepted is violated                                   *)
(* that is, some behaviour explains all lines.  If TLC finds no error, the *)
(* trace is refused.  Any other report is a property that the trace        *)
(* violates, or a fault of the trace's form.                               *)
(*                                                                         *)
(* The refinement: an event, the actions it stands for, and the moment     *)
(* that its fields show.                                                   *)
(*                                                                         *)
(*   InitState                       Init, or Restart        what is found *)
(*     ApplyConfChange               -                       on disk, step *)
(*     BecomeFollower                RecoverCommitIndex,     by step       *)
(*                                   or nothing                            *)
(*     BecomeFollower, etcd's        Init with a log that    as it is made *)
(*     ApplyConfChange, ...          names the servers                     *)
(*   BecomeFollower                  UpdateTerm or           after         *)
(*                                   ReturnToFollower with a               *)
(*                                   message in hand, or                   *)
(*                                   StepDown without                      *)
(*   BecomePreCandidate              the same                after         *)
(*   BecomeCandidate                 Timeout, or Handle-     after         *)
(*                                   TimeoutNow with the                   *)
(*                                   message in hand                       *)
(*   SendRequestVoteRequest          RequestVote(i, j)       after         *)
(*   SendRequestVoteResponse         RequestVote(i, i), to   after         *)
(*                                   itself; else            before, since *)
(*                                   HandleRequestVoteRequest  etcd writes *)
(*                                   of the message in hand  it too early  *)
(*   BecomeLeader, ForgetLeader      the same                after         *)
(*   Replicate, ChangeConf           ClientRequest, Change-  before the    *)
(*                                   Conf, with the server's whole batch   *)
(*                                   answer to itself                      *)
(*   SendAppendEntriesResponse       AppendEntriesToSelf, to after         *)
(*                                   itself; else the                      *)
(*                                   handling of the message               *)
(*                                   in hand                               *)
(*   SendAppendEntriesRequest        AppendEntries,          after         *)
(*                                   Heartbeat, SendSnapshot               *)
(*   SendMessage                     RequestPreVote,         after         *)
(*                                   SendTimeoutNow, or                    *)
(*                                   HandlePreVoteRequest                  *)
(*   Commit                          AdvanceCommitIndex      after         *)
(*   Receive...                      DropStale, Ignore-      before        *)
(*                                   VoteRequest, Handle...Response; or    *)
(*                                   takes the message in hand, if other   *)
(*                                   lines must show its handling          *)
(*   ApplyConfChange                 the same; with a snap-  before        *)
(*                                   shot in hand, nothing   taken up      *)
(*   Ready                           Persist, in a trace     before        *)
(*                                   without Persist lines                 *)
(*   Persist, Compact                the same                after         *)
(*   Crash                           - (Restart says what    before        *)
(*                                   was lost)                             *)
(*   Apply                           -                       before        *)
(*   ReadIndex, ReadState            ReadIndex, ServeRead    -             *)
(*   Tick                            the same                after         *)
(*   LeaseRead                       - (HasLease must hold)  before        *)
(*   DropMessage, DuplicateMessage   the same                -             *)
(*                                                                         *)
(* Steps without a line are `Unseen`, below.  What is sent and not         *)
(* received needs no step: it is still in flight.  Beyond this module are  *)
(* a trace of asynchronous storage (see RaftDurability), one that begins   *)
(* with a snapshot, and one whose application refused a committed change.  *)
(***************************************************************************)
EXTENDS RaftTraceStart

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

OnBecomePreCandidate(e) ==
    /\ Idle(e.nid)
    /\ BecomePreCandidate(e.nid)
    /\ UNCHANGED progress
    /\ After(e)

OnBecomeCandidate(e) ==
    LET i == e.nid
        m == progress[i].hand
    IN  /\ Running(i)
        /\ progress[i].announced = <<>>
        /\ IF m = NoMessage THEN Timeout(i) ELSE HandleTimeoutNow(i, m.from, m)
        /\ progress' = [progress EXCEPT ![i].hand = NoMessage]
        /\ After(e)

OnBecomeLeader(e) ==
    /\ Idle(e.nid)
    /\ BecomeLeader(e.nid)
    /\ UNCHANGED progress
    /\ After(e)

OnForgetLeader(e) ==
    /\ Idle(e.nid)
    /\ ForgetLeader(e.nid)
    /\ UNCHANGED progress
    /\ After(e)

(***************************************************************************)
(* Messages that nobody asked for.                                         *)
(***************************************************************************)
OnSendAppendEntriesRequest(e) ==
    LET i == e.nid
    IN  /\ Idle(i)
        /\ \E j \in Choices(e.msg, "to", Server \ {i}) :
               \/ \E prev \in Choices(e.msg, "index", 0..Len(log[i])) :
                      \E n \in Choices(e.msg, "entries", 0..(Len(log[i]) - prev)) :
                          AppendEntries(i, j, prev, n)
               \/ Heartbeat(i, j, NoRead)
               \/ \E index \in Choices(e.msg, "entries", 1..commitIndex[i]) :
                      SendSnapshot(i, j, index)
        /\ Queued(e)
        /\ UNCHANGED progress
        /\ After(e)

OnSendRequestVote(e) ==
    LET i == e.nid
    IN  /\ Idle(i)
        /\ \E j \in Choices(e.msg, "to", Server) : RequestVote(i, j)
        /\ Queued(e)
        /\ UNCHANGED progress
        /\ After(e)

OnSendMessage(e) ==
    LET i == e.nid
    IN  /\ Idle(i)
        /\ \E j \in Choices(e.msg, "to", Server) : RequestPreVote(i, j) \/ SendTimeoutNow(i, j)
        /\ Queued(e)
        /\ UNCHANGED progress
        /\ After(e)

(***************************************************************************)
(* Replication.                                                            *)
(***************************************************************************)
Announce(e, change, value, index) ==
    LET i == e.nid
    IN  /\ Running(i)
        /\ progress[i].hand = NoMessage
        /\ Before(e)
        /\ Says(FieldOr(e, "entry", <<>>), "term", currentTerm[i])
        /\ progress' = [progress EXCEPT
                            ![i].announced = Append(@, [change |-> change, value |-> value,
                                                        index |-> index])]
        /\ UNCHANGED vars

OnReplicate(e) ==
    Announce(e, NoChange, FieldOr(FieldOr(e, "entry", <<>>), "digest", NoOp), 0)

OnChangeConf(e) ==
    \E change \in ChangesMeant(e) : Announce(e, change, NoOp, FieldOr(e, "index", 0))

ToItself(e) ==
    /\ e.name = "SendAppendEntriesResponse"
    /\ FieldOr(e.msg, "to", Nil) = e.nid

OnAcknowledgeItself(e) ==
    LET i == e.nid
    IN  /\ Idle(i)
        /\ AppendEntriesToSelf(i)
        /\ Queued(e)
        /\ UNCHANGED progress
        /\ After(e)

OnCommit(e) ==
    /\ Idle(e.nid)
    /\ AdvanceCommitIndex(e.nid)
    /\ UNCHANGED progress
    /\ After(e)

OnApplyConfChange(e) ==
    LET i == e.nid
    IN  /\ Idle(i)
        /\ Before(e)
        /\ ApplyConfChange(i)
        /\ ShowsNewConf(e, config'[i])
        /\ UNCHANGED progress

(***************************************************************************)
(* A message arrives.  If nothing but this line shows that it is handled,  *)
(* it is handled now; otherwise the server has it in hand, and the next    *)
(* lines of the server must show what it does with it.                     *)
(***************************************************************************)
Responses == {MsgVoteResp, MsgAppResp, MsgHeartbeatResp, MsgPreVoteResp}

HandleResponse(i, m) ==
    \/ HandleRequestVoteResponse(i, m.from, m)
    \/ HandleAppendEntriesResponse(i, m.from, m)
    \/ HandleHeartbeatResponse(i, m.from, m)
    \/ HandlePreVoteResponse(i, m.from, m)

\* Whether older terms must be answered is not known of every trace.
DropsStale(i, m) ==
    \/ DropStale(i, m.from, m)
    \/ /\ ~SettingsKnown
       /\ m.term < currentTerm[i]
       /\ MustTellNewerTerm(m)
       /\ Discard(m)
       /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, confVars, snapshotVars,
                      reads, durable, clockVars, historyVars>>

ShowsHandling(i, m) ==
    \/ (m.term > currentTerm[i]) /\ NamesReachedTerm(m)
    \/ m.type = MsgPreVote
    \/ (m.term = currentTerm[i]) /\ (m.type \in (FromLeader \union {MsgVote}))
    \/ (m.term = currentTerm[i]) /\ (m.type = MsgTimeoutNow) /\ ObeysTimeoutNow(i)
    \/ (m.term < currentTerm[i]) /\ MustTellNewerTerm(m)

HandledSilently(i, m) ==
    \/ DropsStale(i, m)
    \/ IgnoreVoteRequest(i, m.from, m)
    \/ (m.term >= currentTerm[i]) /\ HandleResponse(i, m)
    \/ (~ObeysTimeoutNow(i)) /\ HandleTimeoutNow(i, m.from, m)

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
                  \/ HandledSilently(i, m) /\ UNCHANGED progress

(***************************************************************************)
(* The message in hand is answered.                                        *)
(***************************************************************************)
Installs(i, m) ==
    /\ Len(m.entries) > commitIndex[i]
    /\ i \in Members(ConfigOf(m.entries))
    /\ ~SnapshotMatches(i, m)

\* A line between: the configuration of the snapshot, which is taken up already.
OnSnapshotConf(e) ==
    LET i == e.nid
        m == progress[i].hand
        n == Len(m.entries)
    IN  /\ Running(i)
        /\ m.type = MsgSnap
        /\ m.term = currentTerm[i]
        /\ ~progress[i].installing
        /\ Installs(i, m)
        /\ ShowsState(e, currentTerm[i], votedFor[i], n, Follower, n, NoConf, m.from)
        /\ ShowsNewConf(e, ConfigOf(m.entries))
        /\ progress' = [progress EXCEPT ![i].installing = TRUE]
        /\ UNCHANGED vars

Answer(i, m) ==
    \/ HandleAppendEntriesRequest(i, m.from, m)
    \/ HandleHeartbeat(i, m.from, m)
    \/ ((m.type = MsgSnap) /\ (Installs(i, m) = progress[i].installing))
           /\ HandleSnapshotRequest(i, m.from, m)
    \/ RespondToOlderTerm(i, m.from, m)

AnswerVote(i, m) ==
    \/ HandleRequestVoteRequest(i, m.from, m)
    \/ HandlePreVoteRequest(i, m.from, m)
    \/ RespondToOlderTerm(i, m.from, m)

Answered(i) == progress' = [progress EXCEPT ![i].hand = NoMessage, ![i].installing = FALSE]

OnAnswer(e) ==
    LET i == e.nid
        m == progress[i].hand
    IN  /\ Running(i)
        /\ m.type \in FromLeader
        /\ Answer(i, m)
        /\ Queued(e)
        /\ Answered(i)
        /\ After(e)

OnAnswerVote(e, type) ==
    LET i == e.nid
        m == progress[i].hand
    IN  /\ Running(i)
        /\ m.type = type
        /\ Before(e)
        /\ AnswerVote(i, m)
        /\ Queued(e)
        /\ Answered(i)

(***************************************************************************)
(* Reads.  A trace does not show how the leader made sure that it led,     *)
(* unless a lease did, so its answer is held to what a read is for.        *)
(***************************************************************************)
\* The leader answers a read under its lease, whoever asked: it has one, and committed in its term.
OnLeaseRead(e) ==
    LET i == e.nid
    IN  /\ Running(i)
        /\ Before(e)
        /\ (Clocked => HasLease(i))
        /\ state[i] = Leader
        /\ TermAt(log[i], commitIndex[i]) = currentTerm[i]
        /\ Says(e, "index", commitIndex[i])
        /\ UNCHANGED <<vars, progress>>

OnReadIndex(e) ==
    /\ Running(e.nid)
    /\ IF "read" \in DOMAIN e THEN ReadIndex(e.nid, e.read) ELSE UNCHANGED vars
    /\ UNCHANGED progress

OnReadState(e) ==
    /\ Running(e.nid)
    /\ (({"read", "index"} \subseteq DOMAIN e)
        => (/\ e.read \in DOMAIN reads
            /\ reads[e.read].server = e.nid
            /\ e.index \in reads[e.read].known..Len(committed)))
    /\ UNCHANGED <<vars, progress>>

(***************************************************************************)
(* Time.                                                                   *)
(***************************************************************************)
OnTick(e) ==
    /\ Running(e.nid)
    /\ Tick({e.nid}, clockGap)
    /\ Says(e, "clock", clock'[e.nid])
    /\ UNCHANGED progress
    /\ After(e)

(***************************************************************************)
(* The network.                                                            *)
(***************************************************************************)
OnDropMessage(e) ==
    /\ \E m \in Meant(e) : (m.to = e.nid) /\ DropMessage(m)
    /\ UNCHANGED progress

OnDuplicateMessage(e) ==
    /\ \E m \in Meant(e) : (m.to = e.nid) /\ DuplicateMessage(m)
    /\ UNCHANGED progress

(***************************************************************************)
(* Steps without a line, each due before the line e.  First those that     *)
(* must come: the server cannot show e otherwise.                          *)
(***************************************************************************)
ReceiveEvents == {"ReceiveAppendEntriesRequest", "ReceiveAppendEntriesResponse",
                  "ReceiveRequestVoteRequest", "ReceiveRequestVoteResponse", "ReceiveMessage"}

\* etcd writes no line when a server becomes a pre-candidate; the next one shows its role.
PreCandidateDue(e) ==
    /\ ~CampaignMessages
    /\ Idle(e.nid)
    /\ FieldOr(e, "role", Follower) = PreCandidate
    /\ state[e.nid] # PreCandidate

\* A response of a newer term, after BecomeFollower has shown that term.
ResponseDue(e) ==
    LET i == e.nid
        m == progress[i].hand
    IN  /\ Running(i)
        /\ \/ (m.type \in Responses) /\ (m.term = currentTerm[i])
           \/ (m.type = MsgTimeoutNow) /\ (m.term = currentTerm[i]) /\ (~ObeysTimeoutNow(i))

\* The next of the entries that were announced.  Changes say where they stand, others do not.
EntryDue(e) == Running(e.nid) /\ ToItself(e) /\ (progress[e.nid].announced # <<>>)

NextAnnounced(i) ==
    LET all    == progress[i].announced
        here   == {k \in 1..Len(all) : all[k].index = Len(log[i]) + 1}
        normal == {k \in 1..Len(all) : all[k].index = 0}
    IN  IF here # {} THEN Smallest(here) ELSE IF normal # {} THEN Smallest(normal) ELSE 1

AppendAnnounced(i) ==
    LET all == progress[i].announced
        k   == NextAnnounced(i)
    IN  /\ IF all[k].change = NoChange
           THEN ClientRequest(i, all[k].value)
           ELSE ChangeConf(i, all[k].change)
        /\ all[k].index \in {0, Len(log[i]) + 1}
        /\ progress' = [progress EXCEPT
                            ![i].announced = SubSeq(all, 1, k - 1) \o SubSeq(all, k + 1, Len(all))]

\* etcd writes no line for the entry that leaves a joint configuration.  Without validation it may
\* come before the entry that makes the configuration joint is applied.
LeaveDue(e) ==
    LET i == e.nid
    IN  /\ Idle(i)
        /\ ToItself(e)
        /\ (IsJoint(config[i]) \/ ~ValidatesChanges)
        /\ FieldOr(e.msg, "index", 0) = Len(log[i]) + 1

\* If the trace does not log the network, a message stays in flight, so that it can arrive again.
LastCopies(e) == {m \in Meant(e) : (messages[m] = 1) /\ ~Loopback(m)}

CopyDue(e) ==
    /\ ~NetworkLogged
    /\ e.name \in ReceiveEvents
    /\ LastCopies(e) # {}

Due(e) ==
    \/ PreCandidateDue(e)
    \/ ResponseDue(e)
    \/ EntryDue(e)
    \/ LeaveDue(e)
    \/ CopyDue(e)

TakeDue(e) ==
    \/ PreCandidateDue(e) /\ BecomePreCandidate(e.nid) /\ UNCHANGED progress
    \/ /\ ResponseDue(e)
       /\ \/ HandleResponse(e.nid, progress[e.nid].hand)
          \/ HandleTimeoutNow(e.nid, progress[e.nid].hand.from, progress[e.nid].hand)
       /\ Answered(e.nid)
    \/ EntryDue(e) /\ AppendAnnounced(e.nid)
    \/ LeaveDue(e) /\ ChangeConf(e.nid, LeavesJoint) /\ UNCHANGED progress
    \/ CopyDue(e) /\ (\E m \in LastCopies(e) : DuplicateMessage(m)) /\ UNCHANGED progress

(***************************************************************************)
(* Then those that may have come.                                          *)
(***************************************************************************)
\* The vote request in hand was ignored, because of a lease.
UnseenIgnore(i, m) ==
    /\ m.type \in {MsgVote, MsgPreVote}
    /\ IgnoreVoteRequest(i, m.from, m)
    /\ Answered(i)

\* A message of an older term was not answered, although that may be due.
UnseenStale(i, m) ==
    /\ m.type \in FromLeader
    /\ DropsStale(i, m)
    /\ Answered(i)

\* A pre-candidate that no line has shown gives up.
UnseenGivesUp(e, i) ==
    /\ ~CampaignMessages
    /\ e.name = "BecomeFollower"
    /\ Idle(i)
    /\ state[i] \in {Follower, Candidate}
    /\ BecomePreCandidate(i)
    /\ UNCHANGED progress

\* A server that starts again found its commit index in the changes of its log.
UnseenRecovery(e, i) ==
    /\ e.name = "BecomeFollower"
    /\ progress[i].stage = "loaded"
    /\ RecoverCommitIndex(i)
    /\ UNCHANGED progress

\* A message that is not in the trace, a refused pre-vote for one, told a newer term that somebody
\* is in.
UnseenTerm(e, i) ==
    /\ ~CampaignMessages
    /\ e.name = "BecomeFollower"
    /\ Idle(i)
    /\ ("state" \in DOMAIN e) /\ ("term" \in DOMAIN e.state)
    /\ e.state.term > currentTerm[i]
    /\ \E j \in Server \ {i} :
           /\ \E k \in 1..(l - 1) :
                  /\ Trace[k].nid = j
                  /\ FieldOr(FieldOr(Trace[k], "state", <<>>), "term", 0) = e.state.term
           /\ UpdateTerm(i, j, [Message(MsgPreVoteResp, e.state.term, j, i) EXCEPT !.reject = TRUE])
           /\ After(e)
    /\ UNCHANGED progress

\* etcd writes no line when a follower is told to forget its leader; it may vote again, then.
UnseenForget(e, i, m) ==
    /\ ~CampaignMessages
    /\ e.name = "SendRequestVoteResponse"
    /\ m.type = MsgVote
    /\ m.term = currentTerm[i]
    /\ leaderId[i] # Nil
    /\ ~FieldOr(e.msg, "reject", FALSE)
    /\ ForgetLeader(i)
    /\ UNCHANGED progress

Unseen(e) ==
    LET i == e.nid
        m == progress[i].hand
    IN  \/ Running(i) /\ (m # NoMessage) /\ UnseenIgnore(i, m)
        \/ Running(i) /\ (m # NoMessage) /\ UnseenStale(i, m)
        \/ Running(i) /\ (m # NoMessage) /\ UnseenForget(e, i, m)
        \/ UnseenGivesUp(e, i)
        \/ UnseenRecovery(e, i)
        \/ UnseenCompact(e) /\ Compact(i, e.state.commit, e.state.commit) /\ UNCHANGED progress

(***************************************************************************)
(* One line.                                                               *)
(***************************************************************************)
ExplainsStart(e) ==
    \/ e.name = "InitState" /\ OnInitState(e)
    \/ e.name = "ApplyConfChange" /\ (OnLoadedConf(e) \/ OnBornConf(e))
    \/ e.name = "BecomeFollower" /\ (OnLoaded(e) \/ OnBootstrap(e))
    \/ e.name = "Crash" /\ OnCrash(e)

ExplainsRole(e) ==
    \/ e.name = "BecomeFollower" /\ (OnBecomeFollower(e) \/ UnseenTerm(e, e.nid))
    \/ e.name = "BecomePreCandidate" /\ OnBecomePreCandidate(e)
    \/ e.name = "BecomeCandidate" /\ OnBecomeCandidate(e)
    \/ e.name = "BecomeLeader" /\ OnBecomeLeader(e)
    \/ e.name = "ForgetLeader" /\ OnForgetLeader(e)

ExplainsSend(e) ==
    \/ e.name = "SendRequestVoteRequest" /\ OnSendRequestVote(e)
    \/ e.name = "SendRequestVoteResponse" /\ (OnSendRequestVote(e) \/ OnAnswerVote(e, MsgVote))
    \/ e.name = "SendAppendEntriesRequest" /\ OnSendAppendEntriesRequest(e)
    \/ e.name = "SendAppendEntriesResponse" /\ (OnAcknowledgeItself(e) \/ OnAnswer(e))
    \/ e.name = "SendMessage" /\ (OnSendMessage(e) \/ OnAnswerVote(e, MsgPreVote))

ExplainsReceive(e) ==
    \/ e.name = "ReceiveAppendEntriesRequest" /\ OnReceive(e, FromLeader)
    \/ e.name = "ReceiveAppendEntriesResponse" /\ OnReceive(e, {MsgAppResp, MsgHeartbeatResp})
    \/ e.name = "ReceiveRequestVoteRequest" /\ OnReceive(e, {MsgVote})
    \/ e.name = "ReceiveRequestVoteResponse" /\ OnReceive(e, {MsgVoteResp})
    \/ e.name = "ReceiveMessage" /\ OnReceive(e, {MsgPreVote, MsgPreVoteResp, MsgTimeoutNow})

Explains(e) ==
    \/ ExplainsStart(e)
    \/ ExplainsRole(e)
    \/ ExplainsSend(e)
    \/ ExplainsReceive(e)
    \/ e.name = "Replicate" /\ OnReplicate(e)
    \/ e.name = "ChangeConf" /\ OnChangeConf(e)
    \/ e.name = "Commit" /\ OnCommit(e)
    \/ e.name = "Apply" /\ OnApply(e)
    \/ e.name = "ApplyConfChange" /\ (OnApplyConfChange(e) \/ OnSnapshotConf(e))
    \/ e.name = "Ready" /\ OnReady(e)
    \/ e.name = "Persist" /\ OnPersist(e)
    \/ e.name = "Compact" /\ OnCompact(e)
    \/ e.name = "ReadIndex" /\ OnReadIndex(e)
    \/ e.name = "ReadState" /\ OnReadState(e)
    \/ e.name = "LeaseRead" /\ OnLeaseRead(e)
    \/ e.name = "Tick" /\ OnTick(e)
    \/ e.name = "DropMessage" /\ OnDropMessage(e)
    \/ e.name = "DuplicateMessage" /\ OnDuplicateMessage(e)

TraceNext ==
    /\ l <= Len(Trace)
    /\ \E e \in {Trace[l]} :
           /\ WellFormed(e)
           /\ IF Due(e)
              THEN TakeDue(e) /\ (l' = l)
              ELSE (Unseen(e) /\ (l' = l)) \/ (Explains(e) /\ (l' = l + 1))

TraceSpec == TraceInit /\ [][TraceNext]_traceVars

(***************************************************************************)
(* The verdict.                                                            *)
(***************************************************************************)
NotAccepted == l <= Len(Trace)
==========================================================================
