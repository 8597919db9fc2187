--------------------------- MODULE RaftElection --------------------------
(***************************************************************************)
(* Elections: paper section 5.2 and 5.4.1; PreVote and CheckQuorum:        *)
(* dissertation 9.6 and 6.2; etcd where it is stricter than the paper.     *)
(* C++ twin: spec/raft_election.h.                                         *)
(***************************************************************************)
EXTENDS RaftDurability

\* Server i opens a new term and stands for election.
BecomeCandidate(i, force) ==
    /\ currentTerm' = [currentTerm EXCEPT ![i] = @ + 1]
    /\ votedFor' = [votedFor EXCEPT ![i] = i]
    /\ ForgetRole(i, Candidate, Nil, force)

(***************************************************************************)
(* The election timeout of server i ran out.  With PreVote it must have    *)
(* heard from a quorum that it could win; who has, was a voter when it     *)
(* asked, and goes on whatever was applied since.                          *)
(***************************************************************************)
Timeout(i) ==
    /\ state[i] # Leader
    /\ IF PreVote /\ CampaignMessages
       THEN (state[i] = PreCandidate) /\ IsQuorum(config[i], votesGranted[i])
       ELSE MayCampaign(i)
    /\ BecomeCandidate(i, FALSE)
    /\ UNCHANGED <<logVars, matchIndex, confVars, snapshotVars, reads, networkVars, durable,
                   historyVars>>

(***************************************************************************)
(* With PreVote a server first asks whether it could win, and changes      *)
(* neither term nor vote.                                                  *)
(***************************************************************************)
BecomePreCandidate(i) ==
    /\ PreVote
    /\ state[i] # Leader
    /\ MayCampaign(i)
    /\ ForgetRole(i, PreCandidate, Nil, FALSE)
    /\ UNCHANGED <<currentTerm, votedFor, logVars, matchIndex, confVars, snapshotVars, reads,
                   networkVars, durable, historyVars>>

MayAsk(i, j) == j \in (Voters(config[i]) \ votesResponded[i])

RequestPreVote(i, j) ==
    /\ state[i] = PreCandidate
    /\ MayAsk(i, j)
    /\ Send(IF i = j
            THEN Message(MsgPreVoteResp, currentTerm[i] + 1, i, i)
            ELSE [Message(MsgPreVote, currentTerm[i] + 1, i, j) EXCEPT
                      !.index = Len(log[i]), !.logTerm = LastTerm(log[i])])
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, confVars, snapshotVars, reads, durable,
                   historyVars>>

(***************************************************************************)
(* Candidate i asks j for its vote.  Its own vote is an answer to itself:  *)
(* it counts when it is durable, as any other does.                        *)
(***************************************************************************)
RequestVote(i, j) ==
    /\ state[i] = Candidate
    /\ MayAsk(i, j)
    /\ Send(IF i = j
            THEN Message(MsgVoteResp, currentTerm[i], i, i)
            ELSE [Message(MsgVote, currentTerm[i], i, j) EXCEPT
                      !.index = Len(log[i]), !.logTerm = LastTerm(log[i]), !.force = forced[i]])
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, confVars, snapshotVars, reads, durable,
                   historyVars>>

(***************************************************************************)
(* Candidate i has the votes of a quorum.  Its own log is durable: it      *)
(* could not have asked for votes otherwise.                               *)
(***************************************************************************)
BecomeLeader(i) ==
    /\ state[i] = Candidate
    /\ IsQuorum(config[i], votesGranted[i])
    /\ ForgetRole(i, Leader, i, FALSE)
    /\ matchIndex' = [matchIndex EXCEPT
                          ![i] = [j \in Server |-> IF j = i THEN Len(log[i]) ELSE 0]]
    /\ elections' = elections \union {<<currentTerm[i], i>>}
    /\ UNCHANGED <<currentTerm, votedFor, logVars, confVars, snapshotVars, reads, networkVars,
                   durable, committed>>

(***************************************************************************)
(* Server i gives up within its term: a candidate that so many refused     *)
(* that it cannot win any more (etcd does not wait for the next timeout),  *)
(* a leader that has not heard from a quorum for long (CheckQuorum), or    *)
(* one that was removed.  Its vote stays.                                  *)
(***************************************************************************)
CanWin(i) ==
    IsQuorum(config[i], Voters(config[i]) \ (votesResponded[i] \ votesGranted[i]))

StepDown(i) ==
    /\ state[i] # Follower
    /\ ((state[i] = Leader) => (TRUE \in {CheckQuorum, i \notin Voters(config[i])}))
    /\ (((state[i] = Candidate) \/ ((state[i] = PreCandidate) /\ CampaignMessages))
            => (~CanWin(i)))
    /\ Follow(i, Nil)
    /\ UNCHANGED <<currentTerm, votedFor, logVars, confVars, snapshotVars, reads, networkVars,
                   durable, historyVars>>

(***************************************************************************)
(* Server i, asked by j for its vote in its own term.                      *)
(***************************************************************************)
LogUpToDate(i, m) ==
    \/ m.logTerm > LastTerm(log[i])
    \/ (m.logTerm = LastTerm(log[i])) /\ (m.index >= Len(log[i]))

\* A server that knows the leader of the term has no use for another (as in etcd: it matters when
\* the server has not voted in this term, since the election went without it).
MayVoteFor(i, j) ==
    \/ votedFor[i] = j
    \/ (votedFor[i] = Nil) /\ (leaderId[i] = Nil)

\* A refusal.  The candidate may not know that what the voter knows is committed: TiKV's Raft says so.
Refusal(type, i, j) ==
    LET known == IF VotesCarryCommit THEN commitIndex[i] ELSE 0
    IN  [Message(type, currentTerm[i], i, j) EXCEPT
             !.reject = TRUE, !.commit = known, !.logTerm = TermAt(log[i], known)]

HandleRequestVoteRequest(i, j, m) ==
    LET grant == LogUpToDate(i, m) /\ MayVoteFor(i, j)
    IN  /\ m.type = MsgVote
        /\ m.term = currentTerm[i]
        /\ votedFor' = [votedFor EXCEPT ![i] = IF grant THEN j ELSE @]
        /\ Reply(IF grant
                 THEN Message(MsgVoteResp, currentTerm[i], i, j)
                 ELSE Refusal(MsgVoteResp, i, j), m)
        /\ UNCHANGED <<currentTerm, state, leaderId, forced, logVars, voteVars, matchIndex,
                       confVars, snapshotVars, reads, durable, historyVars>>

(***************************************************************************)
(* Server i gets j's answer.  The first one counts, if i still stands.     *)
(***************************************************************************)
LearnsCommit(i, asking, m) ==
    /\ VotesCarryCommit
    /\ state[i] = asking
    /\ m.reject
    /\ m.commit > commitIndex[i]
    /\ m.commit <= Len(log[i])
    /\ TermAt(log[i], m.commit) = m.logTerm

CountAnswer(i, j, asking, m, counts) ==
    LET commit == IF LearnsCommit(i, asking, m) THEN m.commit ELSE commitIndex[i]
        first  == counts /\ (state[i] = asking) /\ (j \notin votesResponded[i])
    IN  /\ votesResponded' = [votesResponded EXCEPT ![i] = IF first THEN @ \union {j} ELSE @]
        /\ votesGranted' = [votesGranted EXCEPT
                                ![i] = IF first /\ ~m.reject THEN @ \union {j} ELSE @]
        /\ commitIndex' = [commitIndex EXCEPT ![i] = commit]
        /\ committed' = CommittedUpTo(i, log[i], commit, currentTerm[i])
        /\ Discard(m)
        /\ UNCHANGED <<roleVars, log, matchIndex, confVars, snapshotVars, reads, durable,
                       elections>>

HandleRequestVoteResponse(i, j, m) ==
    /\ m.type = MsgVoteResp
    /\ m.term = currentTerm[i]
    /\ CountAnswer(i, j, Candidate, m, TRUE)

(***************************************************************************)
(* Server i, in any term, is asked whether it would vote.  It promises     *)
(* nothing and remembers nothing.  Granting names the term that was asked  *)
(* for; refusing, the server's own, so that who is behind learns of it.    *)
(***************************************************************************)
HandlePreVoteRequest(i, j, m) ==
    LET grant == LogUpToDate(i, m)
                 /\ ((m.term > currentTerm[i])
                     \/ ((m.term = currentTerm[i]) /\ MayVoteFor(i, j)))
    IN  /\ m.type = MsgPreVote
        /\ Reply(IF grant
                 THEN Message(MsgPreVoteResp, m.term, i, j)
                 ELSE Refusal(MsgPreVoteResp, i, j), m)
        /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, confVars, snapshotVars, reads,
                       durable, historyVars>>

(***************************************************************************)
(* Pre-candidate i gets j's answer.  Only answers to the attempt that is   *)
(* under way count: grants of the next term, refusals of this one.  A      *)
(* refusal of a newer term is first a newer term (UpdateTerm).             *)
(***************************************************************************)
HandlePreVoteResponse(i, j, m) ==
    /\ m.type = MsgPreVoteResp
    /\ (m.reject => (m.term <= currentTerm[i]))
    /\ CountAnswer(i, j, PreCandidate, m,
                   m.term = (IF m.reject THEN currentTerm[i] ELSE currentTerm[i] + 1))

(***************************************************************************)
(* Somebody tells follower i that its leader is dead (etcd: ForgetLeader). *)
(***************************************************************************)
ForgetLeader(i) ==
    /\ state[i] = Follower
    /\ leaderId' = [leaderId EXCEPT ![i] = Nil]
    /\ UNCHANGED <<currentTerm, state, votedFor, forced, logVars, voteVars, matchIndex, confVars,
                   snapshotVars, reads, networkVars, durable, historyVars>>

(***************************************************************************)
(* A lease: while server i hears from a leader it ignores requests of      *)
(* newer terms, so that a server that was cut off cannot disturb           *)
(* (dissertation 4.2.3).  How recently it heard is a matter of clocks: any *)
(* server that knows a leader may, none must.                              *)
(***************************************************************************)
MayIgnoreVoteRequest(i, m) ==
    /\ CheckQuorum
    /\ m.type \in {MsgVote, MsgPreVote}
    /\ m.term > currentTerm[i]
    /\ ~m.force
    /\ ((leaderId[i] = Nil) => LeaseReads)

IgnoreVoteRequest(i, j, m) ==
    /\ MayIgnoreVoteRequest(i, m)
    /\ Discard(m)
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, confVars, snapshotVars, reads, durable,
                   historyVars>>
==========================================================================
