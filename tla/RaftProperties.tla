-------------------------- MODULE RaftProperties -------------------------
(***************************************************************************)
(* What must always hold, of every state and of every step; and what must  *)
(* be reachable, lest a model that can do nothing pass.                    *)
(* C++ twin: spec/raft_properties.h.                                       *)
(***************************************************************************)
EXTENDS Raft

(***************************************************************************)
(* Of every state.  The first four are those of the paper's figure 3.      *)
(***************************************************************************)
\* At most one leader in a term.
ElectionSafety ==
    \A a \in elections : \A b \in elections : ((a[1] = b[1]) => (a[2] = b[2]))

\* Logs that agree on the term at an index agree up to there.
LogMatching ==
    \A i \in Server : \A j \in Server : \A k \in 1..Min(Len(log[i]), Len(log[j])) :
        ((log[i][k].term = log[j][k].term) => (SubSeq(log[i], 1, k) = SubSeq(log[j], 1, k)))

\* A leader has whatever was committed in an older term.
Holds(entries, k) == (k <= Len(entries)) /\ (entries[k] = committed[k].entry)

LeaderCompleteness ==
    \A i \in Server : \A k \in 1..Len(committed) :
        (((state[i] = Leader) /\ (committed[k].at < currentTerm[i])) => Holds(log[i], k))

\* What servers apply at an index is the same for all.
StateMachineSafety ==
    \A i \in Server : \A k \in 1..commitIndex[i] : (k <= Len(committed)) /\ Holds(log[i], k)

CommitWithinLog ==
    \A i \in Server : commitIndex[i] <= Len(log[i])

\* A committed entry survives the crash of all servers at once: a majority has it on disk.
CommittedIsDurable ==
    \A k \in 1..Len(committed) :
        ((committed[k].at > 0) => IsMajority({i \in Server : Holds(durable[i].log, k)}))

(***************************************************************************)
(* Of every step.  Only a crash makes a server forget.                     *)
(***************************************************************************)
Restarts(i) == \E disk \in DisksAfterCrash(i) : Restart(i, disk)

TermMonotonicStep ==
    \A i \in Server :
        /\ durable'[i].term >= durable[i].term
        /\ (currentTerm'[i] >= currentTerm[i]) \/ Restarts(i)

CommitMonotonicStep ==
    \A i \in Server :
        /\ durable'[i].commit >= durable[i].commit
        /\ (commitIndex'[i] >= commitIndex[i]) \/ Restarts(i)

\* A leader only appends to its log.
LeaderAppendOnlyStep ==
    \A i \in Server :
        (((state[i] = Leader) /\ (state'[i] = Leader))
            => ((Len(log'[i]) >= Len(log[i])) /\ (SubSeq(log'[i], 1, Len(log[i])) = log[i])))

TermMonotonic == [][TermMonotonicStep]_vars
CommitMonotonic == [][CommitMonotonicStep]_vars
LeaderAppendOnly == [][LeaderAppendOnlyStep]_vars

(***************************************************************************)
(* Goals: each says that something never happens, and must be refuted.     *)
(***************************************************************************)
NeverElected == elections = {}

\* Two leaders at once, of different terms.
NeverTwoLeaders ==
    \A i \in Server : \A j \in Server :
        (((state[i] = Leader) /\ (state[j] = Leader)) => (i = j))

NeverCommitted == committed = <<>>

NeverCommittedByAll ==
    (committed = <<>>) \/ (\E i \in Server : commitIndex[i] = 0)

\* A log was cut off for a conflict while the disk still has the old entries.
NeverTruncated ==
    \A i \in Server : \A k \in 1..Min(Len(log[i]), Len(durable[i].log)) :
        log[i][k] = durable[i].log[k]

\* A crash took the entries and left the old term, or left some entries and the old term.
NeverLosesEntriesStep ==
    \A i \in Server : ~(Restarts(i) /\ (Len(log'[i]) < Len(log[i])))
NeverLosesEntries == [][NeverLosesEntriesStep]_vars

\* A crash amid a write: the entry reached the disk, the term of it did not.
NeverTornWrite ==
    \A i \in Server : LastTerm(log[i]) <= currentTerm[i]

NeverDuplicated == \A m \in DOMAIN messages : messages[m] = 1
==========================================================================
