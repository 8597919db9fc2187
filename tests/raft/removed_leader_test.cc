// A leader that is removed.  tests/scenarios/removed_leader.txt shows the transfer of leadership.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tests/raft/solo.h"

namespace raft {
namespace {

// Server 1 leads three servers and removes itself; all three have the change.
void RemoveItself(Solo& node) {
  node.Lead();
  node.Tell(From(2, MessageType::kAppResp, 1, 1));
  ConfChange change;
  change.changes.push_back({ConfChangeType::kRemoveNode, NodeId(1)});
  ASSERT_EQ(node->ProposeConfChange(change), ProposeResult::kAccepted);
  node.Flush();
  for (const std::uint64_t peer : {2U, 3U}) node.Tell(From(peer, MessageType::kAppResp, 1, 2));
  node->ApplyConfChange(change);
}

TEST(RemovedLeader, LeadsOnInItsTermUntilItHearsOfANewerOne) {
  Solo node;
  RemoveItself(node);
  const auto sent = node.Flush();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].type, MessageType::kTimeoutNow);
  EXPECT_EQ(node->role(), Role::kLeader);
  // It stays leader as long as a quorum of the others responds.
  for (int k = 0; k < 50; ++k) {
    node->Tick();
    for (const Message& m : node.Flush()) {
      if (m.type != MessageType::kHeartbeat) continue;
      node.Tell(From(m.to.value(), MessageType::kHeartbeatResp, 1));
    }
  }
  EXPECT_EQ(node->role(), Role::kLeader);
  EXPECT_EQ(node->hard_state().term, Term(1));
  EXPECT_EQ(node->Propose("x"), ProposeResult::kNotAMember);
  // This is how a member of a newer term responds to its heartbeat.
  node.Tell(From(2, MessageType::kAppResp, 2));
  EXPECT_EQ(node->role(), Role::kFollower);
  EXPECT_EQ(node->hard_state().term, Term(2));
}

TEST(RemovedLeader, GivesUpWhenNoQuorumAnswersAlsoWithoutCheckQuorum) {
  Solo node;
  RemoveItself(node);
  for (int k = 0; k < 30; ++k) {
    node->Tick();
    node.Flush();
  }
  EXPECT_EQ(node->role(), Role::kFollower);
  EXPECT_EQ(node->hard_state().term, Term(1));
}

TEST(RemovedLeader, NeverGivesUpWithoutStepDownOnRemoval) {
  Start start;
  start.config.step_down_on_removal = false;
  Solo node(start);
  RemoveItself(node);
  for (int k = 0; k < 50; ++k) {
    node->Tick();
    node.Flush();
  }
  EXPECT_EQ(node->role(), Role::kLeader);
}

// The one that it turned to first may be dead: found by `raftcheck check`, as a hang
// (tests/tracegen/progress_test.cc).
TEST(RemovedLeader, TurnsToAnotherVoterAfterEachElectionTimeout) {
  Solo node;
  RemoveItself(node);
  std::vector<std::uint64_t> asked;
  for (int k = 0; k < 40; ++k) {
    for (const Message& m : node.Flush()) {
      if (m.type == MessageType::kTimeoutNow) asked.push_back(m.to.value());
      if (m.type == MessageType::kHeartbeat) {
        node->Step(From(m.to.value(), MessageType::kHeartbeatResp, 1));
      }
    }
    node->Tick();
  }
  EXPECT_EQ(asked, (std::vector<std::uint64_t>{2, 3, 2, 3}));
}

}  // namespace
}  // namespace raft
