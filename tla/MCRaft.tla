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
    MaxCopies       \* of any one message in flight

Size(bag) == Cardinality(UNION {{<<m, k>> : k \in 1..bag[m]} : m \in DOMAIN bag})

Bounded ==
    /\ \A i \in Server : currentTerm[i] <= MaxTerm
    /\ \A i \in Server : Len(log[i]) <= MaxLogLength
    /\ Size(pending) + Cardinality(DOMAIN messages) <= MaxMessages
    /\ \A m \in DOMAIN messages : messages[m] <= MaxCopies

(***************************************************************************)
(* SYMMETRY: servers that the constants do not tell apart, and values.     *)
(***************************************************************************)
Alike(i, j) ==
    /\ (i \in InitialVoters) = (j \in InitialVoters)
    /\ (i \in Joiners) = (j \in Joiners)
    /\ (i \in Learners) = (j \in Learners)
    /\ (i \in Leavers) = (j \in Leavers)
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
    \/ \E i \in Server : \E j \in Server : \E r \in (Contexts(i) \ {NoRead}) : Heartbeat(i, j, r)
    \/ \E i \in Server : AdvanceCommitIndex(i) /\ (commitIndex' # commitIndex)
    \/ \E i \in Server : Persist(i, commitIndex[i]) /\ ((durable' # durable) \/ (pending' # pending))
    \/ \E m \in DOMAIN messages : Receive(m)
    \/ ElectionNext
    \/ MembershipNext
    \/ SnapshotNext
    \/ TransferNext
    \/ ReadsNext

CalmSpec == Init /\ [][CalmNext]_vars

(***************************************************************************)
(* The network is calm, but servers crash.                                 *)
(***************************************************************************)
CrashNext ==
    \/ CalmNext
    \/ \E i \in Server : \E disk \in DisksAfterCrash(i) : Restart(i, disk)

CrashSpec == Init /\ [][CrashNext]_vars
==========================================================================
