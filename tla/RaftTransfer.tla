--------------------------- MODULE RaftTransfer --------------------------
(***************************************************************************)
(* Leadership transfer: dissertation 3.10.                                 *)
(* C++ twin: spec/raft_transfer.h.                                         *)
(***************************************************************************)
EXTENDS RaftSnapshot

(***************************************************************************)
(* Leader i asks j to campaign at once; j must have the whole log of i.    *)
(* From now on no promise to i binds j's voters: i has no lease any more.  *)
(***************************************************************************)
SendTimeoutNow(i, j) ==
    /\ state[i] = Leader
    /\ j \in Voters(config[i]) \ {i}
    /\ matchIndex[i][j] = Len(log[i])
    /\ Send(Message(MsgTimeoutNow, currentTerm[i], i, j))
    /\ leaseEnded' = [leaseEnded EXCEPT ![i] = Clocked]
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, confirmedAt, confVars, snapshotVars,
                   reads, durable, clockVars, historyVars>>

(***************************************************************************)
(* Server i is asked: it campaigns without PreVote, and leases do not      *)
(* protect the old leader from it.                                         *)
(***************************************************************************)
ObeysTimeoutNow(i) == (state[i] = Follower) /\ MayCampaign(i)

HandleTimeoutNow(i, j, m) ==
    /\ m.type = MsgTimeoutNow
    /\ m.term = currentTerm[i]
    /\ IF ObeysTimeoutNow(i)
       THEN BecomeCandidate(i, TRUE)
       ELSE UNCHANGED <<roleVars, voteVars>>
    /\ Discard(m)
    /\ UNCHANGED <<logVars, matchIndex, leaseVars, confVars, snapshotVars, reads, durable,
                   clockVars, historyVars>>
==========================================================================
