------------------------------ MODULE MCRaft -----------------------------
(***************************************************************************)
(* Bounds for model checking, and nothing else.  C++ twin: spec/model/mc_raft.h. *)
(*                                                                         *)
(* CONSTRAINT Bounded: states outside of the bounds are neither counted    *)
(* nor explored, yet invariants are checked on them.  A state has no       *)
(* counters of faults in it: within the bounds, crashes, losses and        *)
(* duplications may happen any number of times.                            *)
(***************************************************************************)
EXTENDS RaftProperties, TLC

CONSTANTS
    MaxTerm,        \* of any server
    MaxLogLength,   \* of any server
    MaxMessages,    \* queued, and different ones in flight, together
    MaxCopies,      \* of any one message in flight
    MaxClock        \* of any server

Size(bag) == Cardinality(UNION {{<<m, k>> : k \in 1..bag[m]} : m \in DOMAIN bag})

Bounded ==
    /\ \A i \in Server : currentTerm[i] <= MaxTerm
    /\ \A i \in Server : Len(log[i]) <= MaxLogLength
    /\ Size(pending) + Cardinality(DOMAIN messages) <= MaxMessages
    /\ \A m \in DOMAIN messages : messages[m] <= MaxCopies
    /\ \A i \in Server : clock[i] <= MaxClock

(***************************************************************************)
(* SYMMETRY: servers that the constants do not tell apart, and values.     *)
(***************************************************************************)
Alike(i, j) ==
    /\ (i \in InitialVoters) = (j \in InitialVoters)
    /\ (i \in Joiners) = (j \in Joiners)
    /\ (i \in Learners) = (j \in Learners)
    /\ (i \in Leavers) = (j \in Leavers)
    /\ (i \in Ahead) = (j \in Ahead)
    /\ \A target \in Targets : (i \in target) = (j \in target)

Symmetry ==
    {p \in Permutations(Server) : \A i \in Server : Alike(i, p[i])} \union Permutations(Value)

(***************************************************************************)
(* The system on a calm day, for goals that need no fault and are deep:    *)
(* nothing crashes, is lost or comes twice, and nobody gives up.           *)
(***************************************************************************)
CalmNext ==
    \/ \E i \in Server : Timeout(i)
    \/ \E i \in Server : \E j \in Server : RequestVote(i, j)
    \/ \E i \in Server : BecomeLeader(i)
    \/ \E i \in Server : \E v \in Value : ClientRequest(i, v)
    \/ \E i \in Server : AppendEntriesToSelf(i)
    \/ \E i \in Server : \E j \in Server : \E n \in 0..(Len(log[i]) - matchIndex[i][j]) :
           AppendEntries(i, j, matchIndex[i][j], n)
    \/ \E i \in Server : \E j \in Server :
           \E r \in (IF Clocked THEN Contexts(i) ELSE (Contexts(i) \ {NoRead})) : Heartbeat(i, j, r)
    \/ \E i \in Server : AdvanceCommitIndex(i) /\ (commitIndex' # commitIndex)
    \/ \E i \in Server : Persist(i, commitIndex[i]) /\ ((durable' # durable) \/ (pending' # pending))
    \/ \E m \in DOMAIN messages : Receive(m)
    \/ ElectionNext
    \/ MembershipNext
    \/ SnapshotNext
    \/ TransferNext
    \/ ReadsNext
    \/ ClockNext

CalmSpec == Init /\ [][CalmNext]_vars

(***************************************************************************)
(* Leases alone.  Somebody has just won the first term, against another    *)
(* server that does not know it yet; no promise is left from before.  Then *)
(* there are elections, heartbeats, transfers, clocks, and messages of any *)
(* delay.  Nothing is replicated, and nobody gives up or crashes.          *)
(***************************************************************************)
LeaseInit ==
    \E winner \in Server : \E loser \in Server \ {winner} :
        /\ currentTerm = [i \in Server |-> 1]
        /\ state = [i \in Server |-> IF i = winner THEN Leader
                                     ELSE IF i = loser THEN Candidate ELSE Follower]
        /\ votedFor = [i \in Server |-> IF i = loser THEN loser ELSE winner]
        /\ leaderId = [i \in Server |-> IF i = winner THEN winner ELSE Nil]
        /\ forced = [i \in Server |-> FALSE]
        /\ log = [i \in Server |-> <<>>]
        /\ commitIndex = [i \in Server |-> 0]
        /\ votesResponded = [i \in Server |-> {}]
        /\ votesGranted = [i \in Server |-> {}]
        /\ matchIndex = [i \in Server |-> NobodyMatches]
        /\ clock = [i \in Server |-> 1]
        /\ promisedUntil = [i \in Server |-> 0]
        /\ confirmedAt = [i \in Server |-> NobodyConfirmed]
        /\ leaseEnded = [i \in Server |-> FALSE]
        /\ clockGap = 0
        /\ config = [i \in Server |-> InitialConfig]
        /\ confIndex = [i \in Server |-> 0]
        /\ logStart = [i \in Server |-> 0]
        /\ pendingSnapshot = [i \in Server |-> 0]
        /\ reads = [r \in {} |-> 0]
        /\ pending = NoMessages
        /\ messages = NoMessages
        /\ durable = [i \in Server |-> [term |-> 1, vote |-> (IF i = loser THEN loser ELSE winner),
                                        commit |-> 0, log |-> <<>>, snapshot |-> 0,
                                        logStart |-> 0]]
        /\ elections = {<<1, winner>>}
        /\ committed = <<>>

LeaseNext ==
    \/ \E i \in Server : Timeout(i)
    \/ \E i \in Server : \E j \in Server : RequestVote(i, j)
    \/ \E i \in Server : BecomeLeader(i)
    \/ \E i \in Server : \E j \in Server : Heartbeat(i, j, NoRead)
    \/ \E i \in Server : Persist(i, commitIndex[i]) /\ ((durable' # durable) \/ (pending' # pending))
    \/ \E m \in DOMAIN messages : Receive(m)
    \/ TransferNext
    \/ ClockNext

LeaseSpec == LeaseInit /\ [][LeaseNext]_vars
==========================================================================
