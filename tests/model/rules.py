"""The rules of Raft, each with the named property that breaks when the rule is left out.

spec_mutants.py leaves a rule out of spec/ and of tla/, searches the model with the property alone, and
demands that it is broken.  In the whole texts every property of the model holds
(tests/exhaustive/models_test.cc, tlc_model_test.py).
"""
import typing


class Edit(typing.NamedTuple):
    file: str
    old: str  # it is there once
    new: str


class Rule(typing.NamedTuple):
    name: str      # what is left out; first the name of the bug corpus, if it has one
    source: str    # a section of the Raft paper (P), of the dissertation (D), or etcd
    model: str     # of tla/*.cfg
    property: str  # what breaks
    spec: Edit
    tla: Edit
    long: bool = False  # it takes TLC or the explorer more than some seconds


RULES = [
    # Elections.
    Rule("E19 one vote in a term", "P 5.2", "MCRaftVotes", "ElectionSafety",
         Edit("raft_election.h",
              "  return s.voted_for == j || (s.voted_for == kNil && s.leader_id == kNil);",
              "  return s.voted_for == j || j != i;"),
         Edit("RaftElection.tla", "    \\/ votedFor[i] = j\n", "    \\/ TRUE\n")),
    Rule("only a log as new as the voter's gets a vote", "P 5.4.1", "MCRaftTwoTerms",
         "LeaderCompleteness",
         Edit("raft_election.h",
              "  return m.log_term > last_term || (m.log_term == last_term && m.index >= "
              "raft.tree->Length(log));", "  return m.log_term >= last_term || true;"),
         Edit("RaftElection.tla", "    \\/ m.logTerm > LastTerm(log[i])\n", "    \\/ TRUE\n"),
         long=True),
    Rule("E02 a vote counts in its own term only", "P 5.1", "MCRaftTwoTerms", "ElectionSafety",
         Edit("raft_election.h", "  if (const Outcome own = IsOfOwnTerm(\"HandleRequestVoteResponse\", "
              "s, m); !own) return own;\n", ""),
         Edit("RaftElection.tla", "    /\\ m.type = MsgVoteResp\n    /\\ m.term = currentTerm[i]\n",
              "    /\\ m.type = MsgVoteResp\n"),
         long=True),
    Rule("E01 who gives up within its term keeps its vote (CheckQuorum)", "D 6.2", "MCRaftVotes",
         "ElectionSafety",
         Edit("raft_election.h", "s.votes_granted});\n    }\n  }\n  ForgetRole(s);\n",
              "s.votes_granted});\n    }\n  }\n  ForgetRole(s);\n  s.voted_for = kNil;\n"),
         Edit("RaftElection.tla",
              "    /\\ Follow(i, Nil)\n    /\\ UNCHANGED <<currentTerm, votedFor, logVars, confVars",
              "    /\\ Follow(i, Nil)\n    /\\ votedFor' = [votedFor EXCEPT ![i] = Nil]\n"
              "    /\\ UNCHANGED <<currentTerm, logVars, confVars")),
    Rule("a crash ends a candidacy", "P 5.2", "MCRaftVotes", "ElectionSafety",
         Edit("raft_durability.h", "  ForgetRole(s);\n", ""),
         Edit("RaftDurability.tla", "    /\\ Follow(i, Nil)\n    /\\ pending' =",
              "    /\\ UNCHANGED <<state, leaderId, forced, voteVars, matchIndex>>\n    /\\ pending' ="),
         long=True),
    Rule("asking for pre-votes raises no term", "D 9.6", "MCRaftPreVote", "NewestTermIsOpened",
         Edit("raft.h", "  return m.type != MessageType::kMsgPreVote && (m.type != "
              "MessageType::kMsgPreVoteResp || m.reject);", "  return m.term != 0;"),
         Edit("Raft.tla", "    /\\ m.type # MsgPreVote\n    /\\ ((m.type = MsgPreVoteResp) => m.reject)",
              "    /\\ m.type \\in MessageType")),
    Rule("a term is opened after the pre-votes of a quorum", "D 9.6", "MCRaftPreVote",
         "OpensTermAfterPreVote",
         Edit("raft_election.h",
              "    if (!s.config.IsQuorum(s.votes_granted)) {\n      return Outcome::Refused(\"Timeout\"",
              "    if (false) {\n      return Outcome::Refused(\"Timeout\""),
         Edit("RaftElection.tla",
              "THEN (state[i] = PreCandidate) /\\ IsQuorum(config[i], votesGranted[i])",
              "THEN state[i] = PreCandidate")),
    Rule("only who has the whole log is asked to take over", "D 3.10", "MCRaftTransfer",
         "AsksWhoHasWholeLog",
         Edit("raft_transfer.h", "  if (s.match_index[j] != raft.tree->Length(s.log)) {",
              "  if (false) {"),
         Edit("RaftTransfer.tla", "    /\\ matchIndex[i][j] = Len(log[i])\n", "")),
    Rule("who is asked to take over must be able to campaign", "etcd", "MCRaftTransferChanges",
         "ElectionSafety",
         Edit("raft_transfer.h",
              " && MayCampaign(raft, i, \"HandleTimeoutNow\").taken();", ";"),
         Edit("RaftTransfer.tla", "(state[i] = Follower) /\\ MayCampaign(i)", "state[i] = Follower"),
         long=True),
    # Durability.
    Rule("P02 the vote is on disk before it is given", "P 5.2", "MCRaftVotes", "ElectionSafety",
         Edit("raft_durability.h", "  s.durable.vote = write.disk.vote;\n", ""),
         Edit("RaftDurability.tla", "term |-> currentTerm[i], vote |-> votedFor[i],",
              "term |-> currentTerm[i], vote |-> Nil,")),
    Rule("the term is on disk before anybody is answered", "P 5.1", "MCRaftVotes", "ElectionSafety",
         Edit("raft_durability.h", "  s.durable.term = write.disk.term;\n", ""),
         Edit("RaftDurability.tla", "[term |-> currentTerm[i], vote |-> votedFor[i],",
              "[term |-> durable[i].term, vote |-> votedFor[i],"),
         long=True),
    Rule("a vote waits for the disk", "D 3.8", "MCRaftVotes", "ElectionSafety",
         Edit("raft_network.h", "type == MessageType::kMsgVoteResp ||\n", "\n"),
         Edit("RaftNetwork.tla", "Promises == {MsgAppResp, MsgVoteResp,", "Promises == {MsgAppResp,")),
    Rule("P01 an acknowledgement waits for the disk", "D 3.8", "MCRaftSmoke", "CommittedIsDurable",
         Edit("raft_network.h", "return type == MessageType::kMsgAppResp || type", "return type"),
         Edit("RaftNetwork.tla", "Promises == {MsgAppResp, MsgVoteResp,", "Promises == {MsgVoteResp,")),
    # Replication.
    Rule("entries follow only an entry of the same term", "P 5.3", "MCRaftThreeTwo",
         "StateMachineSafety",
         Edit("raft_replication.h",
              "  } else if (m.index <= last && tree.TermAt(s.log, m.index) == m.log_term) {",
              "  } else if (m.index <= last) {"),
         Edit("RaftReplication.tla", "        /\\ LogMatchesAt(i, m.index, m.logTerm)\n",
              "        /\\ m.index <= Len(log[i])\n"), long=True),
    Rule("R01 only a conflict cuts a log", "P 5.3", "MCRaftReplication", "CommittedIsDurable",
         Edit("raft_replication.h", "  if (k > last) return log;\n",
              "  if (k > last) return tree.Prefix(log, last);\n"),
         Edit("RaftReplication.tla",
              "        THEN log[i]\n        ELSE SubSeq(log[i], 1, m.index + first - 1)",
              "        THEN SubSeq(log[i], 1, m.index + Len(m.entries))\n"
              "        ELSE SubSeq(log[i], 1, m.index + first - 1)"), long=True),
    Rule("C01 an entry of an older term is not committed by counting", "P 5.4.2", "MCRaftFigure8",
         "LeaderCompleteness",
         Edit("raft_replication.h", "if (agreed > s.commit_index && raft.tree->TermAt(s.log, agreed) "
              "== s.current_term) {", "if (agreed > s.commit_index) {"),
         Edit("RaftReplication.tla",
              "IF (agreed > commitIndex[i]) /\\ (TermAt(log[i], agreed) = currentTerm[i])",
              "IF agreed > commitIndex[i]"), long=True),
    Rule("a follower commits only what was compared", "P 5.3", "MCRaftTwoTerms", "StateMachineSafety",
         Edit("raft_replication.h", "CommitUpTo(raft, i, std::min(m.commit, response.index));",
              "CommitUpTo(raft, i, std::min<Index>(m.commit, tree.Length(s.log)));"),
         Edit("RaftReplication.tla", "Min(m.commit, last)", "Min(m.commit, Len(LogWithEntries(i, m)))"),
         long=True),
    Rule("C04 a heartbeat speaks only of what its receiver has", "etcd", "MCRaftSymmetry",
         "StateMachineSafety",
         Edit("raft_replication.h", "m.commit = std::min(s.commit_index, s.match_index[j]);",
              "m.commit = s.commit_index;"),
         Edit("RaftReplication.tla", "!.commit = Min(commitIndex[i], matchIndex[i][j]), !",
              "!.commit = commitIndex[i], !"), long=True),
    Rule("R05 match never goes back", "P 5.3", "MCRaftReplication", "MatchMonotonic",
         Edit("raft_replication.h", "s.match_index[j] = std::max(s.match_index[j], m.index);",
              "s.match_index[j] = m.index;"),
         Edit("RaftReplication.tla", "![i][j] = Max(@, m.index)]", "![i][j] = m.index]")),
    Rule("a crash leaves no commit index beyond what was written", "D 3.8", "MCRaftMembership",
         "StateMachineSafety",
         Edit("raft_durability.h", "std::min<Index>(s.commit_index, agreed)",
              "std::min<Index>(s.commit_index, tree.Length(disk.log))"),
         Edit("RaftDurability.tla", "CommonPrefix(kept, log[i])", "Len(kept)"), long=True),
    # Membership.
    Rule("M02 one change at a time", "D 4.1", "MCRaftMembership", "OneChangeAtATime",
         Edit("raft_membership.h", "  if (pending != kEmptyLog) {", "  if (false) {"),
         Edit("RaftMembership.tla", "    /\\ (ValidatesChanges => (NextConf(i) = 0))\n", ""), long=True),
    Rule("no change before what predecessors left is applied (in place of the no-op)", "D 4.1, etcd",
         "MCRaftMembership", "OneChangeAtATime",
         Edit("raft_membership.h", "  if (pending != kEmptyLog) {",
              "  if (pending != kEmptyLog && raft.tree->LastTerm(pending) == s.current_term) {"),
         Edit("RaftMembership.tla", "(ValidatesChanges => (NextConf(i) = 0))",
              "(ValidatesChanges => ((NextConf(i) = 0)\n"
              "                             \\/ (TermAt(log[i], NextConf(i)) # currentTerm[i])))"),
         long=True),
    Rule("M03 a joint quorum is a majority of both halves", "D 4.3", "MCRaftHalves", "ElectionSafety",
         Edit("raft_types.h",
              "return IsMajority(voters, set) && (!IsJoint() || IsMajority(outgoing, set));",
              "return IsMajority(voters | outgoing, set);"),
         Edit("RaftTypes.tla", "    /\\ IsMajority(conf.voters, servers)\n"
              "    /\\ (~IsJoint(conf)) \\/ IsMajority(conf.outgoing, servers)",
              "    /\\ IsMajority(Voters(conf), servers)"), long=True),
    Rule("M13 nobody campaigns with a committed change that is not applied", "etcd", "MCRaftMembership",
         "ElectionSafety",
         Edit("raft_membership.h",
              "  if (next != kEmptyLog && raft.tree->Length(next) <= s.commit_index) {\n    return",
              "  if (false) {\n    return"),
         Edit("RaftMembership.tla", "    /\\ ~HasCommittedChange(i)\n", ""), long=True),
    Rule("nobody campaigns two changes behind", "etcd", "MCRaftMembership", "ElectionSafety",
         Edit("raft_membership.h",
              "  if (const Index earlier = validates ? ChangeToRecover(raft, i) : 0; earlier != 0) {",
              "  if (const Index earlier = validates ? ChangeToRecover(raft, i) : 0; false) {"),
         Edit("RaftMembership.tla",
              "    /\\ (ValidatesChanges => (ChangeBeforeLast(i) <= commitIndex[i]))\n", ""), long=True),
    # Snapshots.
    Rule("a snapshot stands for entries that are on the disk", "D 5.1", "MCRaftSnapshot", "TypeOK",
         Edit("raft_snapshot.h", "  if (snapshot > stored) {", "  if (false) {"),
         Edit("RaftSnapshot.tla", "    /\\ snapshot <= CommonPrefix(log[i], durable[i].log)\n", ""),
         long=True),
    Rule("S01 a snapshot brings no term", "P 7", "MCRaftSnapshot", "TermMonotonic",
         Edit("raft_snapshot.h", "      s.pending_snapshot = index;\n",
              "      s.pending_snapshot = index;\n      s.current_term = tree.LastTerm(m.entries);\n"),
         Edit("RaftSnapshot.tla",
              "        /\\ UNCHANGED <<currentTerm, state, votedFor, forced, voteVars, matchIndex, reads, "
              "durable,",
              "        /\\ currentTerm' = [currentTerm EXCEPT ![i] = LastTerm(m.entries)]\n"
              "        /\\ UNCHANGED <<state, votedFor, forced, voteVars, matchIndex, reads, durable,"),
         long=True),
    Rule("a restart takes the configuration of the snapshot", "D 5.1", "MCRaftSnapshotRestart",
         "ElectionSafety",
         Edit("raft_durability.h", "  s.config = ConfigIn(raft, tree.Prefix(disk.log, disk.snapshot));",
              "  s.config = ConfigIn(raft, kEmptyLog);"),
         Edit("RaftDurability.tla", "![i] = ConfigOf(SubSeq(disk.log, 1, disk.snapshot))]",
              "![i] = InitialConfig]"), long=True),
    # Reads.
    Rule("a new leader serves no read before it commits", "D 6.4", "MCRaftReads", "ReadsSeeCommitted",
         Edit("raft_reads.h", "  if (term != s.current_term) {", "  if (false) {"),
         Edit("RaftReads.tla", "    /\\ TermAt(log[l], commitIndex[l]) = currentTerm[l]\n", ""),
         long=True),
]

# Noticed by other numbers of states than the .cfg says.  A stale read needs two leaders at once, two
# entries and a read: no model has them that is searched to its end.  S04 is etcd's rule, and no safety
# rests on it in this specification.  A snapshot brings its configuration at once here, so campaigning before it is durable
# is safe, since no request for a vote leaves before that.
COUNTED = [
    Rule("a quorum confirms the leader of a read", "D 6.4", "MCRaftReads", "",
         Edit("raft_reads.h", "  if (!s.config.IsQuorum(asked->acks)) {", "  if (false) {"),
         Edit("RaftReads.tla", "    /\\ IsQuorum(config[l], reads[r].acks)\n", ""), long=True),
    Rule("S04 nobody campaigns amid a snapshot", "etcd", "MCRaftSnapshot", "",
         Edit("raft_membership.h", "  if (s.pending_snapshot != 0) {", "  if (false) {"),
         Edit("RaftMembership.tla", "    /\\ pendingSnapshot[i] = 0\n", ""), long=True),
]

# A model that can do nothing passes every invariant: its goals are not reached.
UNREACHED = [
    Rule("somebody is elected", "P 5.2", "MCRaftGoals", "NeverElected",
         Edit("raft_election.h", "  if (!s.config.IsQuorum(s.votes_granted)) {\n"
              "    return Outcome::Refused(\"BecomeLeader\"",
              "  if (true) {\n    return Outcome::Refused(\"BecomeLeader\""),
         Edit("RaftElection.tla", "    /\\ state[i] = Candidate\n    /\\ IsQuorum(config[i], "
              "votesGranted[i])\n    /\\ ForgetRole(i, Leader, i, FALSE)",
              "    /\\ FALSE\n    /\\ ForgetRole(i, Leader, i, FALSE)"),
         long=True),
]
