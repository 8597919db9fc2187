-------------------------- MODULE RaftMembership -------------------------
(***************************************************************************)
(* Membership: changes of one server, of several through a joint           *)
(* configuration, and learners.  Dissertation chapter 4; as in etcd a      *)
(* configuration is in force when its entry is applied, not when it is     *)
(* appended, and no change is proposed before the last one is applied.     *)
(* Without ValidatesChanges (etcd: DisableConfChangeValidation) the leader *)
(* does not look at that, nobody may conclude anything from it, and the    *)
(* application answers for what it asks for.                               *)
(* C++ twin: spec/raft_membership.h, and raft_state.cc for ConfigAfter.    *)
(***************************************************************************)
EXTENDS RaftNetwork

Changed(change) == change.add \union change.addLearner \union change.remove

\* What leaving it makes of a joint configuration.
OutgoingLeft(conf) ==
    [voters       |-> conf.voters,
     outgoing     |-> {},
     learners     |-> conf.learners \union conf.learnersNext,
     learnersNext |-> {},
     autoLeave    |-> FALSE]

\* What a change makes of a configuration; the same if it cannot be made: nobody would be left, or
\* two majorities would not meet.
ConfigAfter(conf, change) ==
    LET leaves   == (change.transition = Auto) /\ (Changed(change) = {})
        joint    == (change.transition # Auto) \/ (Cardinality(Changed(change)) > 1)
        outgoing == IF joint THEN conf.voters ELSE {}
        voters   == ((conf.voters \union change.add) \ change.addLearner) \ change.remove
        moved    == (voters \ conf.voters) \union (conf.voters \ voters)
        next     == [voters       |-> voters,
                     outgoing     |-> outgoing,
                     learners     |-> ((conf.learners \ change.add) \ change.remove) \union
                                     (change.addLearner \ outgoing),
                     learnersNext |-> change.addLearner \cap outgoing,
                     autoLeave    |-> (joint /\ (change.transition # JointExplicit))]
    IN  IF IsJoint(conf)
        THEN (IF leaves THEN OutgoingLeft(conf) ELSE conf)
        ELSE (IF leaves \/ (voters = {}) \/ ((~joint) /\ (Cardinality(moved) > 1))
              THEN conf
              ELSE next)

\* The configuration that a log leads to from the initial one.
RECURSIVE ConfigOf(_)
ConfigOf(entries) ==
    IF entries = <<>>
    THEN InitialConfig
    ELSE LET before == ConfigOf(SubSeq(entries, 1, Len(entries) - 1))
             last   == entries[Len(entries)]
         IN  IF IsChange(last) THEN ConfigAfter(before, last.change) ELSE before

\* The index of the first configuration entry that server i has not applied; 0 if there is none.
NextConf(i) == Smallest({k \in (confIndex[i] + 1)..Len(log[i]) : IsChange(log[i][k])})

HasCommittedChange(i) == (NextConf(i) # 0) /\ (NextConf(i) <= commitIndex[i])

(***************************************************************************)
(* Of the changes in its log server i knows all but the last to be         *)
(* committed, since the last was not proposed before the others were       *)
(* applied (ChangeConf).  So it finds its commit index again where a crash *)
(* took that and left the entries (RaftDurability).                        *)
(***************************************************************************)
ChangeBeforeLast(i) ==
    LET changes == {k \in 1..Len(log[i]) : IsChange(log[i][k])}
    IN  Largest(changes \ {Largest(changes)})

RecoverCommitIndex(i) ==
    /\ ValidatesChanges
    /\ commitIndex[i] < ChangeBeforeLast(i)
    /\ commitIndex' = [commitIndex EXCEPT ![i] = ChangeBeforeLast(i)]
    /\ committed' = CommittedUpTo(i, log[i], ChangeBeforeLast(i), currentTerm[i])
    /\ UNCHANGED <<roleVars, log, voteVars, matchIndex, leaseVars, confVars, snapshotVars, reads,
                   networkVars, durable, clockVars, elections>>

(***************************************************************************)
(* May server i campaign?  A voter of the configuration in force, which no *)
(* committed entry is about to replace (else it could win beside the       *)
(* winner of the new one: etcd-io/raft issue 456), and no snapshot either. *)
(* The entry need not be known to be committed: two changes on, no         *)
(* majority of this configuration need be left that stops i.               *)
(***************************************************************************)
MayCampaign(i) ==
    /\ i \in Voters(config[i])
    /\ ~HasCommittedChange(i)
    /\ (ValidatesChanges => (ChangeBeforeLast(i) <= commitIndex[i]))
    /\ pendingSnapshot[i] = 0

(***************************************************************************)
(* Leader i appends a membership change.  A joint configuration can only   *)
(* be left, another only be changed.                                       *)
(***************************************************************************)
ChangeConf(i, change) ==
    /\ state[i] = Leader
    /\ (ValidatesChanges => (NextConf(i) = 0))
    /\ (ValidatesChanges => ((change = LeavesJoint) = IsJoint(config[i])))
    /\ log' = [log EXCEPT ![i] = Append(@, ChangeEntry(currentTerm[i], change))]
    /\ UNCHANGED <<roleVars, commitIndex, voteVars, matchIndex, leaseVars, confVars, snapshotVars,
                   reads, networkVars, durable, clockVars, historyVars>>

\* What is asked for in the models: changes of one server that change something, ...
SimpleChanges(conf) ==
    {Change(Auto, {s}, {}, {}) : s \in Joiners \ conf.voters}
    \union {Change(Auto, {}, {s}, {}) : s \in Learners \ conf.learners}
    \union {Change(Auto, {}, {}, {s}) : s \in Leavers \cap Members(conf)}

\* ... changes to another set of voters; who must go and may learn stays as a learner; ...
ChangeTo(conf, voters) ==
    LET leaving == conf.voters \ voters
    IN  Change(JointImplicit, voters \ conf.voters, leaving \cap Learners,
               leaving \ Learners)

JointChanges(conf) == {ChangeTo(conf, voters) : voters \in Targets \ {conf.voters}}

\* ... and the way out of a joint configuration.
ChangesOf(conf) ==
    IF IsJoint(conf) THEN {LeavesJoint} ELSE SimpleChanges(conf) \union JointChanges(conf)

(***************************************************************************)
(* Server i applies its next configuration entry.  A leader forgets the    *)
(* progress of a server that is removed, so that the server starts anew if *)
(* it is added again.                                                      *)
(***************************************************************************)
ApplyConfChange(i) ==
    LET index == NextConf(i)
    IN  /\ HasCommittedChange(i)
        /\ \E next \in {ConfigAfter(config[i], log[i][index].change)} :
               /\ config' = [config EXCEPT ![i] = next]
               /\ matchIndex' = [matchIndex EXCEPT
                                     ![i] = [j \in Server |-> IF j \in Members(next)
                                                              THEN matchIndex[i][j]
                                                              ELSE 0]]
               /\ confirmedAt' = [confirmedAt EXCEPT
                                      ![i] = [j \in Server |-> IF j \in Members(next)
                                                               THEN confirmedAt[i][j]
                                                               ELSE 0]]
        /\ confIndex' = [confIndex EXCEPT ![i] = index]
        /\ UNCHANGED <<roleVars, logVars, voteVars, leaseEnded, snapshotVars, reads, networkVars,
                       durable, clockVars, historyVars>>
==========================================================================
