-------------------------- MODULE RaftProperties -------------------------
(***************************************************************************)
(* What must always hold, of every state and of every step; and what must  *)
(* be reachable, lest a model that can do nothing pass.                    *)
(* C++ twin: spec/raft_properties.h.                                       *)
(***************************************************************************)
EXTENDS Raft

(***************************************************************************)
(* Of every state.  The first four are those of the paper's figure 3.      *)
(* `elections` and `committed` forget nothing, so what is about them is    *)
(* over all of history; LogMatching is of the logs as they are.            *)
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

\* A committed entry survives the crash of all servers at once: a quorum of the configuration in
\* which it was committed has it on disk.
CommittedIsDurable ==
    \A k \in 1..Len(committed) :
        ((committed[k].at > 0)
            => IsQuorum(committed[k].config, {i \in Server : Holds(durable[i].log, k)}))

\* Of changes that are not committed no log has more than one.
OneChangeAtATime ==
    (ValidatesChanges
        => (\A i \in Server :
                Cardinality({k \in (Len(committed) + 1)..Len(log[i]) : IsChange(log[i][k])}) <= 1))

\* A read sees whatever was committed when it was asked for.
ReadsSeeCommitted ==
    \A r \in DOMAIN reads : (reads[r].served => (reads[r].index >= reads[r].known))

\* The newest term was opened by a candidate: no message raises a term that nobody stands in.
NewestTermIsOpened ==
    \A i \in Server :
        (currentTerm[i] = 0)
        \/ (\E j \in Server : (currentTerm[j] > currentTerm[i])
                               \/ ((currentTerm[j] = currentTerm[i]) /\ (votedFor[j] = j)))

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

\* Within a term a leader never unlearns what a member has.
MatchMonotonicStep ==
    \A i \in Server : \A j \in Server :
        (((state[i] = Leader) /\ (state'[i] = Leader) /\ (currentTerm'[i] = currentTerm[i])
          /\ (j \in Members(config'[i])))
            => (matchIndex'[i][j] >= matchIndex[i][j]))

\* A leader only appends to its log.
LeaderAppendOnlyStep ==
    \A i \in Server :
        (((state[i] = Leader) /\ (state'[i] = Leader))
            => ((Len(log'[i]) >= Len(log[i])) /\ (SubSeq(log'[i], 1, Len(log[i])) = log[i])))

\* With PreVote nobody opens a term whom no quorum would elect, unless its leader asked for it.
OpensTermAfterPreVoteStep ==
    ((PreVote /\ CampaignMessages)
        => (\A i \in Server :
                (((state'[i] = Candidate) /\ (currentTerm'[i] > currentTerm[i]) /\ ~forced'[i])
                    => ((state[i] = PreCandidate) /\ IsQuorum(config[i], votesGranted[i])))))

\* Whom its leader asks to campaign has all that the leader has, and keeps it in a crash.
AsksWhoHasWholeLogStep ==
    \A m \in DOMAIN messages' :
        (((m.type = MsgTimeoutNow) /\ (m \notin DOMAIN messages)
          /\ (currentTerm[m.to] <= m.term))
            => ((Len(durable[m.to].log) >= Len(log[m.from]))
                /\ (SubSeq(durable[m.to].log, 1, Len(log[m.from])) = log[m.from])))

TermMonotonic == [][TermMonotonicStep]_vars
CommitMonotonic == [][CommitMonotonicStep]_vars
MatchMonotonic == [][MatchMonotonicStep]_vars
LeaderAppendOnly == [][LeaderAppendOnlyStep]_vars
OpensTermAfterPreVote == [][OpensTermAfterPreVoteStep]_vars
AsksWhoHasWholeLog == [][AsksWhoHasWholeLogStep]_vars

(***************************************************************************)
(* Goals: each says that something never happens, and must be refuted.     *)
(***************************************************************************)
NeverElected == elections = {}

NeverElectedInTerm3 == \A a \in elections : a[1] < 3

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

\* A server would be elected, says a quorum, and stands.
NeverPreVoteWon == \A i \in Server : ~((state[i] = Candidate) /\ PreVote /\ ~forced[i])

\* A server that led its term follows in it: it gave up, or it crashed.
NeverDeposed ==
    \A i \in Server : ~((<<currentTerm[i], i>> \in elections) /\ (state[i] = Follower))

NeverTransferred == \A i \in Server : ~(forced[i] /\ IsQuorum(config[i], votesGranted[i]))

NeverSnapshotInstalled == \A i \in Server : pendingSnapshot[i] = 0

\* ... and is durable, so that the log begins with it after a crash.
NeverSnapshotStored ==
    \A i \in Server : ~((durable[i].snapshot > 0) /\ (state[i] = Follower)
                        /\ (\A e \in elections : e[2] # i))

NeverJoined == \A i \in Server : Members(config[i]) \subseteq InitialVoters

NeverLearner == \A i \in Server : config[i].learners = {}

NeverRemoved == \A i \in Server : InitialVoters \subseteq Members(config[i])

NeverJoint == \A i \in Server : ~IsJoint(config[i])

NeverJointLeft ==
    \A i \in Server : IsJoint(config[i]) \/ (\A k \in 1..confIndex[i] :
                                                 log[i][k].change # LeavesJoint)

NeverReadServed == \A r \in DOMAIN reads : ~reads[r].served
==========================================================================
