// Configurations and their changes: dissertation 4.1 to 4.3.
#include "raft/configuration.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

#include "raft/conf_change.h"
#include "raft/node.h"
#include "raft/storage/memory_storage.h"

namespace raft {
namespace {

using Type = ConfChangeType;
using Transition = ConfChangeTransition;

std::vector<NodeId> Ids(const std::vector<std::uint64_t>& numbers) {
  std::vector<NodeId> ids;
  ids.reserve(numbers.size());
  for (const std::uint64_t number : numbers) ids.emplace_back(number);
  return ids;
}

Configuration Of(const std::vector<std::uint64_t>& voters,
                 const std::vector<std::uint64_t>& learners = {}) {
  return ConfigurationOf({Ids(voters), Ids(learners)}).value();
}

ConfChange Change(std::vector<ConfChangeSingle> changes,
                  Transition transition = Transition::kAuto) {
  return {transition, std::move(changes), {}};
}

std::string ErrorOf(const Configuration& from, const ConfChange& change) {
  const ConfigurationOrError next = Apply(from, change);
  return next.has_value() ? "none" : next.error();
}

TEST(Configuration, OneVoterComesOrGoesDirectly) {
  EXPECT_EQ(Apply(Of({1, 2, 3}), Change({{Type::kAddNode, NodeId(4)}})).value(), Of({1, 2, 3, 4}));
  EXPECT_EQ(Apply(Of({1, 2, 3}), Change({{Type::kRemoveNode, NodeId(1)}})).value(), Of({2, 3}));
  EXPECT_EQ(Apply(Of({1, 2}, {3}), Change({{Type::kAddNode, NodeId(3)}})).value(), Of({1, 2, 3}));
  EXPECT_EQ(Apply(Of({1, 2, 3}), Change({{Type::kAddLearnerNode, NodeId(3)}})).value(),
            Of({1, 2}, {3}));
  EXPECT_EQ(Apply(Of({1, 2}, {3}), Change({{Type::kRemoveNode, NodeId(3)}})).value(), Of({1, 2}));
  EXPECT_EQ(Apply(Of({1, 2}), Change({{Type::kRemoveNode, NodeId(9)}})).value(), Of({1, 2}));
}

TEST(Configuration, SeveralGoThroughAJointConfiguration) {
  const ConfChange change =
      Change({{Type::kAddNode, NodeId(4)}, {Type::kAddLearnerNode, NodeId(3)}});
  const Configuration joint = Apply(Of({1, 2, 3}), change).value();
  EXPECT_EQ(joint.ToConfState(), (ConfState{Ids({1, 2, 4}), {}, Ids({1, 2, 3}), Ids({3}), true}));
  EXPECT_EQ(ConfigurationOf(joint.ToConfState()).value(), joint);
  EXPECT_EQ(Apply(joint, {}).value(), Of({1, 2, 4}, {3}));
  const Configuration by_hand =
      Apply(Of({1}), Change({{Type::kAddNode, NodeId(2)}}, Transition::kJointExplicit)).value();
  EXPECT_FALSE(by_hand.auto_leave);
  EXPECT_TRUE(by_hand.voters.IsJoint());
}

TEST(Configuration, EachMistakeHasItsSentence) {
  const Configuration three = Of({1, 2, 3});
  EXPECT_EQ(ErrorOf(three, {}), "there is no joint configuration to leave");
  EXPECT_EQ(ErrorOf(three, Change({{Type::kAddNode, NodeId()}})),
            "no server can have the identifier 0");
  EXPECT_EQ(ErrorOf(three, Change({{Type::kAddNode, kAppendThread}})),
            "no server can have the identifier 18446744073709551615");
  EXPECT_EQ(ErrorOf(Of({1}), Change({{Type::kRemoveNode, NodeId(1)}})), "no voter would be left");
  const Configuration joint =
      Apply(three, Change({{Type::kAddNode, NodeId(4)}}, Transition::kJointExplicit)).value();
  EXPECT_EQ(ErrorOf(joint, Change({{Type::kAddNode, NodeId(5)}})),
            "the joint configuration must be left first");
  EXPECT_EQ(
      ErrorOf(Configuration(), Change({{Type::kAddNode, NodeId(1)}}, Transition::kJointExplicit)),
      "a configuration without voters cannot become joint");
}

TEST(Configuration, WhatIsStoredWronglyIsNotRestored) {
  const auto error = [](const ConfState& state) { return ConfigurationOf(state).error(); };
  EXPECT_EQ(error({Ids({1, 2}), Ids({2})}), "server 2 is a learner and votes");
  EXPECT_EQ(error({Ids({1}), {}, Ids({2}), Ids({3}), false}),
            "server 3 is to be a learner and never voted");
  EXPECT_EQ(error({Ids({1, 2}), {}, Ids({2}), Ids({2}), false}),
            "server 2 is to be a learner and goes on voting");
  EXPECT_EQ(error({Ids({1}), {}, {}, {}, true}), "auto_leave outside of a joint configuration");
  EXPECT_EQ(error({{}, {}, Ids({1}), {}, false}), "a joint configuration without incoming voters");
}

ConfChange DrawChange() {
  ConfChange change;
  change.transition = static_cast<Transition>(*rc::gen::inRange(0, 3));
  for (int count = *rc::gen::inRange(0, 5); count > 0; --count) {
    change.changes.push_back({static_cast<Type>(*rc::gen::inRange(0, 3)),
                              NodeId(*rc::gen::inRange<std::uint64_t>(1, 8))});
  }
  return change;
}

// For any changes in any order, the rules that prevent two leaders hold.
TEST(Configuration, ChangesKeepTheRules) {
  EXPECT_TRUE(rc::check("Apply", [] {
    Configuration now = Of({1, 2, 3});
    for (int k = 0; k < 30; ++k) {
      const ConfigurationOrError next = Apply(now, DrawChange());
      if (!next.has_value()) continue;
      const Configuration& to = next.value();
      RC_ASSERT(!to.voters.incoming.empty());
      RC_ASSERT(ConfigurationOf(to.ToConfState()).has_value());
      RC_ASSERT(ConfigurationOf(to.ToConfState()).value() == to);
      // Each majority of the old configuration intersects each majority of the new one.
      const std::vector<NodeId>& a = now.voters.incoming.voters();
      const std::vector<NodeId>& b = to.voters.incoming.voters();
      std::vector<NodeId> different;
      std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(),
                                    std::back_inserter(different));
      if (!now.voters.IsJoint() && !to.voters.IsJoint()) RC_ASSERT(different.size() <= 1);
      if (to.voters.IsJoint()) RC_ASSERT(to.voters.outgoing == now.voters.incoming);
      now = to;
    }
  }));
}

TEST(ConfChange, IsReadBackAsItWasWritten) {
  EXPECT_TRUE(rc::check("Encode, Decode", [] {
    ConfChange change = DrawChange();
    change.context = *rc::gen::arbitrary<std::string>();
    RC_ASSERT(Decode(Encode(change).view()) == change);
  }));
  EXPECT_TRUE(Encode({}).empty());
}

TEST(ConfChange, OtherBytesAreNoChange) {
  EXPECT_TRUE(rc::check("Decode", [] {
    const auto bytes = *rc::gen::arbitrary<std::string>();
    const std::optional<ConfChange> change = Decode(bytes);
    if (change) RC_ASSERT(Encode(*change).view() == bytes);
  }));
  const std::string good(Encode({{}, {{Type::kAddNode, NodeId(1)}}, "x"}).view());
  for (std::size_t size = 1; size < good.size(); ++size) {
    const std::optional<ConfChange> cut = Decode(std::string_view(good).substr(0, size));
    EXPECT_TRUE(!cut || cut->context.empty());
  }
}

// What was applied after the snapshot is not handed out again, but its configuration is in force.
TEST(Configuration, IsCaughtUpOnARestartThatHasAppliedMoreThanItsSnapshot) {
  MemoryStorage storage({Ids({1})});
  Entry change{Term(1), Index(2), EntryType::kConfChange, {}};
  change.data = Encode(Change({{Type::kAddNode, NodeId(2)}}));
  Entry later = change;
  later.index = Index(3);
  later.data = Encode(Change({{Type::kAddLearnerNode, NodeId(3)}}));
  storage.Append({{Term(1), Index(1), {}, {}}, change, later});
  storage.SetHardState({Term(1), NodeId(1), Index(3)});
  Config config;
  config.id = NodeId(1);
  config.storage = &storage;
  config.applied = Index(2);
  Node node(config);
  EXPECT_EQ(node.status().conf_state, (ConfState{Ids({1, 2})}));
  ASSERT_TRUE(node.HasReady());
  Ready& ready = node.TakeReady();
  ASSERT_EQ(ready.committed_entries.size(), 1U);
  EXPECT_EQ(ready.committed_entries[0].index, Index(3));
}

// A log with two changes proves that the first one is committed, even if a crash lost the commit
// index that was to be written after them.
class LostCommitIndex : public ::testing::Test {
 protected:
  LostCommitIndex() : storage_({Ids({1, 2, 3})}) {
    Append({{}, {{Type::kRemoveNode, NodeId(3)}}, {}});
    Append({{}, {{Type::kRemoveNode, NodeId(2)}}, {}});
    storage_.SetHardState({Term(1), NodeId(1), Index(1)});
    config_.id = NodeId(1);
    config_.storage = &storage_;
  }
  void Append(const ConfChange& change) {
    if (storage_.LastIndex() == Index()) storage_.Append({{Term(1), Index(1), {}, {}}});
    storage_.Append({{Term(1), storage_.LastIndex() + 1, EntryType::kConfChange, Encode(change)}});
  }

  MemoryStorage storage_;
  Config config_;
};

TEST_F(LostCommitIndex, IsFoundInTheChangesOfTheLog) {
  Node node(config_);
  EXPECT_EQ(node.hard_state().commit, Index(2));
  node.Campaign();
  EXPECT_EQ(node.role(), Role::kFollower) << "a committed change is not applied";
  ASSERT_TRUE(node.HasReady());
  Ready& ready = node.TakeReady();
  ASSERT_TRUE(ready.hard_state.has_value());
  EXPECT_EQ(ready.hard_state->commit, Index(2));
  ASSERT_EQ(ready.committed_entries.size(), 2U);
  node.ApplyConfChange(*Decode(ready.committed_entries[1].data.view()));
  node.Advance();
  node.Campaign();
  EXPECT_EQ(node.role(), Role::kCandidate);
  EXPECT_EQ(node.status().conf_state, (ConfState{Ids({1, 2})}));
}

TEST_F(LostCommitIndex, IsFoundInTheLastChangeButOneHoweverManyThereAre) {
  Append({{}, {{Type::kAddNode, NodeId(2)}}, {}});
  storage_.Append({{Term(1), Index(5), {}, {}}});
  EXPECT_EQ(Node(config_).hard_state().commit, Index(3));
  config_.applied = Index(3);
  EXPECT_EQ(Validate(config_), std::nullopt);
  EXPECT_EQ(Node(config_).status().conf_state, (ConfState{Ids({1})}));
  config_.applied = Index(4);
  EXPECT_NE(Validate(config_), std::nullopt);
}

TEST_F(LostCommitIndex, IsNotGuessedFromOneChange) {
  storage_.SetHardState({Term(1), NodeId(1), Index(2)});
  Node node(config_);
  EXPECT_EQ(node.hard_state().commit, Index(2));
}

TEST_F(LostCommitIndex, IsNotGuessedWhereAnyChangeMayBeProposed) {
  config_.disable_conf_change_validation = true;
  EXPECT_EQ(Node(config_).hard_state().commit, Index(1));
}

}  // namespace
}  // namespace raft
