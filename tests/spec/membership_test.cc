// The membership actions: what a server that is behind may still do.
#include <gtest/gtest.h>

#include "tests/spec/three_servers.h"

namespace spec {
namespace {

class MembershipTest : public ThreeServers {
 protected:
  MembershipTest() {
    remove_.changes = 1;
    remove_.remove.Insert(2);
    add_.changes = 1;
    add_.add.Insert(2);
  }

  ConfChange remove_;
  ConfChange add_;
};

TEST_F(MembershipTest, AChangeWaitsUntilTheLastOneIsApplied) {
  ServerState& s = raft_.state[0];
  s.state = Role::kLeader;
  s.current_term = 1;
  ASSERT_TRUE(ChangeConf(raft_, 0, remove_, 0).taken());
  EXPECT_EQ(GuardOf(ChangeConf(raft_, 0, add_, 0)),
            "every configuration entry of log[i] is applied");
  EXPECT_EQ(GuardOf(ApplyConfChange(raft_, 0)), "a committed configuration entry is unapplied");
  s.commit_index = 1;
  ASSERT_TRUE(ApplyConfChange(raft_, 0).taken());
  EXPECT_FALSE(s.config.voters.Contains(2));
  EXPECT_TRUE(ChangeConf(raft_, 0, add_, 0).taken());
}

// If a log has two changes, the first is committed; otherwise the second could not be proposed.
TEST_F(MembershipTest, NobodyCampaignsTwoChangesBehind) {
  ServerState& s = raft_.state[0];
  const LogId first = tree_.Append(tree_.Append(kEmptyLog, 1, 1), 1, 0, remove_);
  s.log = first;
  EXPECT_EQ(GuardOf(RecoverCommitIndex(raft_, 0)), "commitIndex[i] < ChangeBeforeLast(i)");
  EXPECT_TRUE(MayCampaign(raft_, 0, "Timeout").taken());
  s.log = tree_.Append(first, 1, 0, add_);
  EXPECT_EQ(GuardOf(MayCampaign(raft_, 0, "Timeout")),
            "every configuration entry but the last is applied");
  ASSERT_TRUE(RecoverCommitIndex(raft_, 0).taken());
  EXPECT_EQ(s.commit_index, 2U);
  EXPECT_EQ(raft_.history.committed, first);
  EXPECT_EQ(GuardOf(MayCampaign(raft_, 0, "Timeout")),
            "no committed configuration entry is unapplied");
  ASSERT_TRUE(ApplyConfChange(raft_, 0).taken());
  EXPECT_TRUE(MayCampaign(raft_, 0, "Timeout").taken());
}

TEST_F(MembershipTest, OfManyChangesAllButTheLastAreCommitted) {
  ServerState& s = raft_.state[0];
  for (const ConfChange& change : {remove_, add_, remove_}) {
    s.log = tree_.Append(s.log, 1, 0, change);
  }
  s.log = tree_.Append(s.log, 1, 1);
  ASSERT_TRUE(RecoverCommitIndex(raft_, 0).taken());
  EXPECT_EQ(s.commit_index, 2U);
  EXPECT_FALSE(RecoverCommitIndex(raft_, 0).taken());
}

}  // namespace
}  // namespace spec
