------------------------------- MODULE Raft ------------------------------
(***************************************************************************)
(* Terms, and the steps of a whole system.  C++ twin: spec/raft.h.         *)
(***************************************************************************)
EXTENDS RaftReads

(***************************************************************************)
(* Server i sees a newer term (paper, section 5.1): it follows, and then   *)
(* handles the message, which stays in flight.  A pre-vote names a term    *)
(* that nobody has reached yet: asking for it and granting it raise none.  *)
(***************************************************************************)
NamesReachedTerm(m) ==
    /\ m.type # MsgPreVote
    /\ ((m.type = MsgPreVoteResp) => m.reject)

UpdateTerm(i, j, m) ==
    /\ m.term > currentTerm[i]
    /\ NamesReachedTerm(m)
    /\ ~MustIgnoreVoteRequest(i, m)
    /\ currentTerm' = [currentTerm EXCEPT ![i] = m.term]
    /\ votedFor' = [votedFor EXCEPT ![i] = Nil]
    /\ Follow(i, IF m.type \in FromLeader THEN j ELSE Nil)
    /\ UNCHANGED <<logVars, confVars, snapshotVars, reads, networkVars, durable, clockVars,
                   historyVars>>

(***************************************************************************)
(* Server i stood for election in a term that has a leader: it follows,    *)
(* and then handles the message, which stays in flight.  That a leader     *)
(* meets another leader of its term has no step: Election Safety.          *)
(***************************************************************************)
ReturnToFollower(i, j, m) ==
    /\ m.type \in FromLeader
    /\ m.term = currentTerm[i]
    /\ state[i] \in {Candidate, PreCandidate}
    /\ Follow(i, j)
    /\ UNCHANGED <<currentTerm, votedFor, logVars, confVars, snapshotVars, reads, networkVars,
                   durable, clockVars, historyVars>>

(***************************************************************************)
(* Messages of older terms.  Under PreVote or CheckQuorum a server does    *)
(* not raise its term for one that was cut off, so it must tell a leader   *)
(* of an older term that there is a newer one; any message of the newer    *)
(* term will do.  Who always answers tells candidates, too (paper, figure  *)
(* 2).                                                                     *)
(***************************************************************************)
MustTellNewerTerm(m) ==
    \/ (TRUE \in {PreVote, CheckQuorum, AnswersOlderTerms}) /\ (m.type \in {MsgApp, MsgHeartbeat})
    \/ AnswersOlderTerms /\ (m.type = MsgVote)

DropStale(i, j, m) ==
    /\ m.term < currentTerm[i]
    /\ m.type # MsgPreVote
    /\ ~MustTellNewerTerm(m)
    /\ Discard(m)
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, confVars, snapshotVars,
                   reads, durable, clockVars, historyVars>>

RespondToOlderTerm(i, j, m) ==
    /\ m.term < currentTerm[i]
    /\ MustTellNewerTerm(m)
    /\ Reply(IF m.type = MsgVote THEN Refusal(MsgVoteResp, i, j) ELSE AppendResponse(i, j, 0), m)
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, confVars, snapshotVars,
                   reads, durable, clockVars, historyVars>>

(***************************************************************************)
(* A message reaches the server it is meant for.                           *)
(***************************************************************************)
Receive(m) ==
    LET i == m.to
        j == m.from
    IN  \/ UpdateTerm(i, j, m)
        \/ IgnoreVoteRequest(i, j, m)
        \/ DropStale(i, j, m)
        \/ RespondToOlderTerm(i, j, m)
        \/ ReturnToFollower(i, j, m)
        \/ HandleRequestVoteRequest(i, j, m)
        \/ HandleRequestVoteResponse(i, j, m)
        \/ HandleAppendEntriesRequest(i, j, m)
        \/ HandleHeartbeat(i, j, m)
        \/ HandleAppendEntriesResponse(i, j, m)
        \/ HandleHeartbeatResponse(i, j, m)
        \/ HandleSnapshotRequest(i, j, m)
        \/ HandlePreVoteRequest(i, j, m)
        \/ HandlePreVoteResponse(i, j, m)
        \/ HandleTimeoutNow(i, j, m)

(***************************************************************************)
(* Everything that may happen, first what the core alone does.  A Persist  *)
(* or an attempt to commit that changes nothing is left to the stuttering  *)
(* that TLA+ always allows.                                                *)
(***************************************************************************)
CoreNext ==
    \/ \E i \in Server : Timeout(i)
    \/ \E i \in Server : \E j \in Server : RequestVote(i, j)
    \/ \E i \in Server : BecomeLeader(i)
    \/ \E i \in Server : StepDown(i)
    \/ \E i \in Server : \E v \in Value : ClientRequest(i, v)
    \/ \E i \in Server : AppendEntriesToSelf(i)
    \/ \E i \in Server : \E j \in Server :
           \E prev \in matchIndex[i][j]..Len(log[i]) :
               \E n \in 0..(Len(log[i]) - prev) : AppendEntries(i, j, prev, n)
    \/ \E i \in Server : \E j \in Server : \E r \in Contexts(i) : Heartbeat(i, j, r)
    \/ \E i \in Server : AdvanceCommitIndex(i) /\ (commitIndex' # commitIndex)
    \/ \E i \in Server : \E commit \in {durable[i].commit, commitIndex[i]} :
           Persist(i, commit) /\ ((durable' # durable) \/ (pending' # pending))
    \/ \E i \in Server : \E disk \in DisksAfterCrash(i) : Restart(i, disk)
    \/ \E m \in DOMAIN messages : Receive(m)
    \/ \E m \in DOMAIN messages : DropMessage(m)
    \/ \E m \in DOMAIN messages : DuplicateMessage(m)

ElectionNext ==
    \/ \E i \in Server : PreVote /\ BecomePreCandidate(i)
    \/ \E i \in Server : \E j \in Server :
           PreVote /\ CampaignMessages /\ RequestPreVote(i, j)
    \/ \E i \in Server : CheckQuorum /\ (leaderId[i] # Nil) /\ ForgetLeader(i)

MembershipNext ==
    \/ \E i \in Server : \E change \in ChangesOf(config[i]) : ChangeConf(i, change)
    \/ \E i \in Server : ApplyConfChange(i)
    \/ \E i \in Server : RecoverCommitIndex(i)

SnapshotNext ==
    \/ \E i \in Server : \E index \in (durable[i].snapshot + 1)..commitIndex[i] :
           Snapshots /\ Compact(i, index, index)
    \/ \E i \in Server : \E j \in Server :
           \E index \in Max(logStart[i], 1)..commitIndex[i] :
               Snapshots /\ SendSnapshot(i, j, index)

TransferNext ==
    \E i \in Server : \E j \in Server : Transfer /\ SendTimeoutNow(i, j)

ReadsNext ==
    \/ \E i \in Server : \E r \in Read : ReadIndex(i, r)
    \/ \E i \in Server : \E r \in Read : TakeRead(i, r)
    \/ \E i \in Server : \E r \in Read : ServeRead(i, r)

\* How clocks may run: RaftLeases has the assumption.
ClockNext ==
    \/ Clocked /\ (Ahead # {}) /\ (clockGap < MaxDrift) /\ Tick(Ahead, clockGap + 1)
    \/ Clocked /\ (clockGap > 0) /\ Tick(Server \ Ahead, clockGap - 1)
    \/ Clocked /\ (Ahead = {}) /\ Tick(Server, 0)

Next ==
    \/ CoreNext
    \/ ElectionNext
    \/ MembershipNext
    \/ SnapshotNext
    \/ TransferNext
    \/ ReadsNext
    \/ ClockNext

Spec == Init /\ [][Next]_vars
==========================================================================
