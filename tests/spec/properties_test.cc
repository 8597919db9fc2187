// The properties, each broken by hand.
#include <gtest/gtest.h>

#include "spec/raft_properties.h"
#include "tests/spec/three_servers.h"

namespace spec {
namespace {

using PropertiesTest = ThreeServers;

TEST_F(PropertiesTest, ElectionSafetySeesTwoLeadersOfATerm) {
  Elect(0, 1);
  EXPECT_EQ(CheckProperties(raft_, 0), std::nullopt);
  At(2).state = Role::kCandidate;
  At(2).current_term = 1;
  At(2).votes_granted = ServerSet::FirstN(3);
  ASSERT_TRUE(BecomeLeader(raft_, 2).taken());
  ASSERT_TRUE(CheckProperties(raft_, 2).has_value());
  EXPECT_EQ(CheckProperties(raft_, 2)->property, "ElectionSafety");
}

TEST_F(PropertiesTest, LogMatchingSeesOneIndexAndTermTwice) {
  At(0).log = tree_.Append(kEmptyLog, 1, 1);
  At(1).log = tree_.Append(kEmptyLog, 1, 2);
  ASSERT_TRUE(CheckProperties(raft_, 1).has_value());
  EXPECT_EQ(CheckProperties(raft_, 1)->property, "LogMatching");
}

TEST_F(PropertiesTest, LeaderCompletenessSeesALostEntry) {
  At(0).current_term = 1;
  At(0).log = Log({1});
  At(0).commit_index = 1;
  RecordCommitted(raft_, 0, At(0).current_term);
  At(1).state = Role::kLeader;
  At(1).current_term = 2;
  ASSERT_TRUE(CheckProperties(raft_, 1).has_value());
  EXPECT_EQ(CheckProperties(raft_, 1)->property, "LeaderCompleteness");
  At(1).current_term = 1;  // LeaderCompleteness concerns only later terms
  EXPECT_EQ(CheckProperties(raft_, 1), std::nullopt);
}

TEST_F(PropertiesTest, StateMachineSafetySeesTwoEntriesCommittedAtOneIndex) {
  At(0).log = Log({1});
  At(0).commit_index = 1;
  RecordCommitted(raft_, 0, At(0).current_term);
  At(1).log = Log({2});
  At(1).commit_index = 1;
  RecordCommitted(raft_, 1, At(1).current_term);
  ASSERT_TRUE(CheckProperties(raft_, 1).has_value());
  EXPECT_EQ(CheckProperties(raft_, 1)->property, "StateMachineSafety");
}

TEST_F(PropertiesTest, CommitWithinLogSeesACommitIndexBeyondTheEnd) {
  At(0).commit_index = 1;
  ASSERT_TRUE(CheckProperties(raft_, 0).has_value());
  EXPECT_EQ(CheckProperties(raft_, 0)->property, "CommitWithinLog");
}

TEST_F(PropertiesTest, StepPropertiesSeeWhatFalls) {
  ServerState before;
  before.current_term = 2;
  before.commit_index = 1;
  before.state = Role::kLeader;
  before.log = Log({1, 2});
  ServerState after = before;
  after.current_term = 1;
  EXPECT_EQ(TermMonotonic(before, after, false)->property, "TermMonotonic");
  EXPECT_EQ(TermMonotonic(before, after, true), std::nullopt);
  after = before;
  after.commit_index = 0;
  EXPECT_EQ(CommitMonotonic(before, after, false)->property, "CommitMonotonic");
  EXPECT_EQ(CommitMonotonic(before, after, true), std::nullopt);
  before.durable.commit = 1;
  EXPECT_EQ(CommitMonotonic(before, after, true)->property, "CommitMonotonic");
  after = before;
  after.log = Log({1, 2, 2});
  EXPECT_EQ(LeaderAppendOnly(before, after, tree_), std::nullopt);
  after.log = Log({1, 3});
  EXPECT_EQ(LeaderAppendOnly(before, after, tree_)->property, "LeaderAppendOnly");
}

TEST_F(PropertiesTest, CommittedIsDurableCountsDisks) {
  At(0).current_term = 1;
  At(0).log = Log({1});
  At(0).commit_index = 1;
  RecordCommitted(raft_, 0, At(0).current_term);
  At(0).durable.log = At(0).log;
  EXPECT_TRUE(CommittedIsDurable(raft_.state, tree_, raft_.history, 0).has_value());
  At(2).durable.log = At(0).log;
  EXPECT_EQ(CommittedIsDurable(raft_.state, tree_, raft_.history, 0), std::nullopt);
}

// A disk loses an entry long after it was committed, in a configuration that is no more.
TEST_F(PropertiesTest, CommittedIsDurableSeesAnOldEntryThatADiskLoses) {
  At(0).current_term = 1;
  At(0).log = Log({1});
  At(0).commit_index = 1;
  RecordCommitted(raft_, 0, 1);
  At(0).log = Log({1, 1});
  At(0).commit_index = 2;
  At(0).config.voters = ServerSet::FirstN(1);
  RecordCommitted(raft_, 0, 1);
  At(0).durable.log = At(0).log;
  At(2).durable.log = Log({1});
  const ServerState before = At(2);
  EXPECT_EQ(CheckCommitted(raft_, before, 2, 2), std::nullopt);
  At(2).durable.log = kEmptyLog;
  ASSERT_TRUE(CheckCommitted(raft_, before, 2, 2).has_value());
  EXPECT_EQ(CheckCommitted(raft_, before, 2, 2)->property, "CommittedIsDurable");
  At(1).durable.log = Log({1});  // another one has it
  EXPECT_EQ(CheckCommitted(raft_, before, 2, 2), std::nullopt);
}

// Server 0 commits, and a leader of a later term that does nothing lacks the entry.
TEST_F(PropertiesTest, LeaderCompletenessSeesASilentLeader) {
  At(1).state = Role::kLeader;
  At(1).current_term = 2;
  const ServerState before = At(0);
  At(0).current_term = 1;
  At(0).log = Log({1});
  At(0).commit_index = 1;
  At(0).durable.log = At(2).durable.log = At(0).log;
  RecordCommitted(raft_, 0, 1);
  EXPECT_EQ(CheckProperties(raft_, 0), std::nullopt);
  ASSERT_TRUE(CheckCommitted(raft_, before, 0, 0).has_value());
  EXPECT_EQ(CheckCommitted(raft_, before, 0, 0)->property, "LeaderCompleteness");
  At(1).log = At(0).log;
  EXPECT_EQ(CheckCommitted(raft_, before, 0, 0), std::nullopt);
}

TEST_F(PropertiesTest, OneChangeAtATimeSeesTheSecondChange) {
  ConfChange change;
  change.changes = 1;
  const LogId one = tree_.Append(kEmptyLog, 1, 1, change);
  At(0).log = tree_.Append(tree_.Append(one, 1, 2), 1, 3, change);
  ASSERT_TRUE(CheckProperties(raft_, 0).has_value());
  EXPECT_EQ(CheckProperties(raft_, 0)->property, "OneChangeAtATime");
  raft_.constants.validates_changes = false;
  EXPECT_EQ(CheckProperties(raft_, 0), std::nullopt);
  raft_.constants.validates_changes = true;
  At(1).log = one;
  At(1).commit_index = 1;
  RecordCommitted(raft_, 1, 1);
  EXPECT_EQ(CheckProperties(raft_, 0), std::nullopt);
}

TEST_F(PropertiesTest, MatchMonotonicSeesAMemberWhoseEntriesAreForgotten) {
  ServerState before;
  before.state = Role::kLeader;
  before.current_term = 2;
  before.config.voters = ServerSet::FirstN(2);
  before.match_index[1] = 3;
  ServerState after = before;
  after.match_index[1] = 2;
  EXPECT_EQ(MatchMonotonic(before, after)->property, "MatchMonotonic");
  after.config.voters = ServerSet::FirstN(1);  // no member any more
  EXPECT_EQ(MatchMonotonic(before, after), std::nullopt);
  after = before;
  after.match_index[1] = 0;
  after.current_term = 3;  // another term
  EXPECT_EQ(MatchMonotonic(before, after), std::nullopt);
}

}  // namespace
}  // namespace spec
