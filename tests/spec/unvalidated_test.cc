// Membership changes with and without validation (ValidatesChanges).
#include <gtest/gtest.h>

#include "spec/raft_properties.h"
#include "tests/spec/three_servers.h"

namespace spec {
namespace {

class UnvalidatedTest : public ThreeServers {
 protected:
  // Server 0 leads, and has a change in its log that it has not applied.
  void ProposeOne() {
    Elect(0, 1);
    change_.changes = 1;
    change_.remove.Insert(2);
    ASSERT_TRUE(ChangeConf(raft_, 0, change_, 7).taken());
  }
  ConfChange change_;
};

TEST_F(UnvalidatedTest, ASecondChangeIsRefusedWithValidationOnly) {
  ProposeOne();
  EXPECT_EQ(GuardOf(ChangeConf(raft_, 0, change_, 8)), kLastChangeApplied);
  raft_.constants.validates_changes = false;
  EXPECT_TRUE(ChangeConf(raft_, 0, change_, 8).taken());
  EXPECT_EQ(CheckProperties(raft_, 0), std::nullopt) << "nobody demands one change at a time";
  raft_.constants.validates_changes = true;
  ASSERT_TRUE(CheckProperties(raft_, 0).has_value());
  EXPECT_EQ(CheckProperties(raft_, 0)->property, "OneChangeAtATime");
}

TEST_F(UnvalidatedTest, WhatIsNotJointIsLeftWithoutValidationOnly) {
  Elect(0, 1);
  const ConfChange leaves;
  EXPECT_EQ(GuardOf(ChangeConf(raft_, 0, leaves, 7)), kOnlyJointIsLeft);
  raft_.constants.validates_changes = false;
  EXPECT_TRUE(ChangeConf(raft_, 0, leaves, 7).taken());
}

// With validation the last change but one in a log is committed; without, nothing is known of it.
TEST_F(UnvalidatedTest, TheChangesOfALogTellTheCommitIndexWithValidationOnly) {
  ProposeOne();
  raft_.constants.validates_changes = false;
  ASSERT_TRUE(ChangeConf(raft_, 0, change_, 8).taken());
  At(1).log = At(0).log;
  EXPECT_EQ(GuardOf(RecoverCommitIndex(raft_, 1)), "ValidatesChanges");
  EXPECT_TRUE(Timeout(raft_, 1).taken());
  raft_.constants.validates_changes = true;
  At(2).log = At(0).log;
  EXPECT_EQ(GuardOf(Timeout(raft_, 2)), kEarlierChangesApplied);
  EXPECT_TRUE(RecoverCommitIndex(raft_, 2).taken());
}

}  // namespace
}  // namespace spec
