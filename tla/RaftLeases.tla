---------------------------- MODULE RaftLeases ---------------------------
(***************************************************************************)
(* Clocks, promises and leases: dissertation 6.4.1 and 4.2.3.              *)
(* C++ twin: spec/raft_leases.h.                                           *)
(*                                                                         *)
(* Who hears from the leader of its term promises to take part in no       *)
(* election for ElectionTicks of its own clock: it ignores the requests of *)
(* candidates and does not campaign.  The promise is not a part of the     *)
(* term: a newer term that the server hears of leaves it as it is, since   *)
(* the leader that it was made to may not know of that term.  A server     *)
(* that starts knows nothing of what it promised, so it begins with a      *)
(* promise to everybody.                                                   *)
(*                                                                         *)
(* A leader counts a promise from when it sent the heartbeat that was      *)
(* answered: when the answer came says nothing.  While a quorum is bound,  *)
(* nobody can be elected: the leader has a lease, and may answer reads     *)
(* without asking.  Whoever the leader asks to campaign is released, so a  *)
(* transfer ends the lease for the rest of the term.                       *)
(*                                                                         *)
(* The assumption: in any span of time two clocks differ by at most        *)
(* MaxDrift ticks.  A lease is shorter than a promise by that.  Clocks of  *)
(* one rate need 1, since their ticks do not fall at the same moment.  In  *)
(* the models those of Ahead tick first: they run before the others by 0   *)
(* to MaxDrift ticks, never behind them, so that a span never shows more.  *)
(* Without Ahead all clocks tick together.                                 *)
(***************************************************************************)
EXTENDS RaftDurability

Clocked == LeaseReads /\ CheckQuorum /\ (ElectionTicks > 0)

\* The clocks of these servers tick once.
Tick(servers, gap) ==
    /\ clock' = [i \in Server |-> IF i \in servers THEN clock[i] + 1 ELSE clock[i]]
    /\ clockGap' = gap
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, confVars, snapshotVars,
                   reads, networkVars, durable, promisedUntil, historyVars>>

\* Server i hears from the leader of its term.
Promise(i) ==
    /\ promisedUntil' = [promisedUntil EXCEPT ![i] = clock[i] + ElectionTicks]
    /\ UNCHANGED <<clock, clockGap>>

\* Is server i bound?  A leader does not vote itself out of office either.
UnderPromise(i) == Clocked /\ ((state[i] = Leader) \/ (clock[i] < promisedUntil[i]))

\* Whose promise to leader l holds for sure: l's own, and those that are young enough.
Bound(l) ==
    {j \in Server : (j = l) \/ ((confirmedAt[l][j] > 0)
                                /\ (clock[l] + MaxDrift < confirmedAt[l][j] + ElectionTicks))}

HasLease(l) ==
    /\ Clocked
    /\ state[l] = Leader
    /\ ~leaseEnded[l]
    /\ IsQuorum(config[l], Bound(l))
==========================================================================
