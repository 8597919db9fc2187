--------------------------- MODULE RaftElection --------------------------
(***************************************************************************)
(* Elections: paper section 5.2 and 5.4.1; PreVote and CheckQuorum:        *)
(* dissertation 9.6 and 6.2.  C++ twin: spec/raft_election.h.              *)
(***************************************************************************)
EXTENDS RaftDurability

(***************************************************************************)
(* The election timeout of server i ran out: it opens a new term and       *)
(* stands for election.  Under PreVote only a pre-candidate may, which has *)
(* heard from a majority that it could win; those questions and answers    *)
(* change nobody's state, so they are not modelled.                        *)
(***************************************************************************)
Timeout(i) ==
    /\ state[i] \in (IF PreVote THEN {PreCandidate} ELSE {Follower, Candidate})
    /\ currentTerm' = [currentTerm EXCEPT ![i] = @ + 1]
    /\ state' = [state EXCEPT ![i] = Candidate]
    /\ votedFor' = [votedFor EXCEPT ![i] = i]
    /\ leaderId' = [leaderId EXCEPT ![i] = Nil]
    /\ votesResponded' = [votesResponded EXCEPT ![i] = {}]
    /\ votesGranted' = [votesGranted EXCEPT ![i] = {}]
    /\ UNCHANGED <<logVars, matchIndex, networkVars, durable, historyVars>>

BecomePreCandidate(i) ==
    /\ PreVote
    /\ state[i] # Leader
    /\ state' = [state EXCEPT ![i] = PreCandidate]
    /\ leaderId' = [leaderId EXCEPT ![i] = Nil]
    /\ votesResponded' = [votesResponded EXCEPT ![i] = {}]
    /\ votesGranted' = [votesGranted EXCEPT ![i] = {}]
    /\ UNCHANGED <<currentTerm, votedFor, logVars, matchIndex, networkVars, durable, historyVars>>

(***************************************************************************)
(* Candidate i asks j for its vote.  Its own vote is an answer to itself:  *)
(* it counts when it is durable, as any other does.                        *)
(***************************************************************************)
RequestVote(i, j) ==
    /\ state[i] = Candidate
    /\ j \notin votesResponded[i]
    /\ Send(IF i = j
            THEN Message(MsgVoteResp, currentTerm[i], i, i)
            ELSE [Message(MsgVote, currentTerm[i], i, j) EXCEPT
                      !.index = Len(log[i]), !.logTerm = LastTerm(log[i])])
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, messages, durable, historyVars>>

(***************************************************************************)
(* Candidate i has the votes of a majority.  Its own log is durable: it    *)
(* could not have asked for votes otherwise.                               *)
(***************************************************************************)
BecomeLeader(i) ==
    /\ state[i] = Candidate
    /\ IsMajority(votesGranted[i])
    /\ state' = [state EXCEPT ![i] = Leader]
    /\ leaderId' = [leaderId EXCEPT ![i] = i]
    /\ matchIndex' = [matchIndex EXCEPT
                          ![i] = [j \in Server |-> IF j = i THEN Len(log[i]) ELSE 0]]
    /\ votesResponded' = [votesResponded EXCEPT ![i] = {}]
    /\ votesGranted' = [votesGranted EXCEPT ![i] = {}]
    /\ elections' = elections \union {<<currentTerm[i], i>>}
    /\ UNCHANGED <<currentTerm, votedFor, logVars, networkVars, durable, committed>>

(***************************************************************************)
(* Server i gives up within its term: a candidate that so many refused     *)
(* that it cannot win any more (etcd does not wait for the next timeout),  *)
(* a pre-candidate that was refused, or, under CheckQuorum, a leader that  *)
(* did not hear from a majority for long.                                  *)
(***************************************************************************)
ElectionLost(i) ==
    /\ state[i] = Candidate
    /\ ~IsMajority(Server \ (votesResponded[i] \ votesGranted[i]))

StepDown(i) ==
    /\ \/ ElectionLost(i)
       \/ PreVote /\ (state[i] = PreCandidate)
       \/ CheckQuorum /\ (state[i] = Leader)
    /\ Follow(i, Nil)
    /\ UNCHANGED <<currentTerm, votedFor, logVars, networkVars, durable, historyVars>>

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
VoteRefusal(i, j) ==
    LET known == IF VotesCarryCommit THEN commitIndex[i] ELSE 0
    IN  [Message(MsgVoteResp, currentTerm[i], i, j) EXCEPT
             !.reject = TRUE, !.commit = known, !.logTerm = TermAt(log[i], known)]

HandleRequestVoteRequest(i, j, m) ==
    LET grant == LogUpToDate(i, m) /\ MayVoteFor(i, j)
    IN  /\ m.type = MsgVote
        /\ m.term = currentTerm[i]
        /\ votedFor' = [votedFor EXCEPT ![i] = IF grant THEN j ELSE @]
        /\ Reply(IF grant THEN Message(MsgVoteResp, currentTerm[i], i, j) ELSE VoteRefusal(i, j), m)
        /\ UNCHANGED <<currentTerm, state, leaderId, logVars, voteVars, matchIndex, durable,
                       historyVars>>

(***************************************************************************)
(* Server i gets j's answer.  The first one counts, if i still stands.     *)
(***************************************************************************)
LearnsCommit(i, m) ==
    /\ VotesCarryCommit
    /\ state[i] = Candidate
    /\ m.reject
    /\ m.commit > commitIndex[i]
    /\ m.commit <= Len(log[i])
    /\ TermAt(log[i], m.commit) = m.logTerm

HandleRequestVoteResponse(i, j, m) ==
    LET counts == (state[i] = Candidate) /\ (j \notin votesResponded[i])
        commit == IF LearnsCommit(i, m) THEN m.commit ELSE commitIndex[i]
    IN  /\ m.type = MsgVoteResp
        /\ m.term = currentTerm[i]
        /\ votesResponded' = [votesResponded EXCEPT ![i] = IF counts THEN @ \union {j} ELSE @]
        /\ votesGranted' = [votesGranted EXCEPT
                                ![i] = IF counts /\ ~m.reject THEN @ \union {j} ELSE @]
        /\ commitIndex' = [commitIndex EXCEPT ![i] = commit]
        /\ committed' = CommittedUpTo(log[i], commit, currentTerm[i])
        /\ Discard(m)
        /\ UNCHANGED <<roleVars, log, matchIndex, pending, durable, elections>>

(***************************************************************************)
(* A lease: while server i hears from a leader it ignores requests of      *)
(* newer terms, so that a server that was cut off cannot disturb           *)
(* (dissertation 4.2.3).  How recently it heard is a matter of clocks: any *)
(* server that knows a leader may, none must.                              *)
(***************************************************************************)
IgnoreVoteRequest(i, j, m) ==
    /\ CheckQuorum
    /\ m.type = MsgVote
    /\ m.term > currentTerm[i]
    /\ leaderId[i] # Nil
    /\ Discard(m)
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, pending, durable, historyVars>>
==========================================================================
