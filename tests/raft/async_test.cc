// Asynchronous storage writes: what is durable, applied and promised when the work is done late.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "solo.h"

namespace raft {
namespace {

Start Async(Start start = {}) {
  start.config.async_storage_writes = true;
  return start;
}

// The message to a storage thread in the next Ready; kHup if there is none.
Message NextTo(Solo& node, NodeId thread) {
  Message found;
  while (node->HasReady()) {
    for (Message& m : node->TakeReady().messages) {
      if (m.to == thread) found = std::move(m);
    }
  }
  return found;
}

const Message& ResponseOf(const Message& write) { return write.responses.back(); }

// What etcd calls the ABA problem: entry A is written, then replaced by B, then restored.  When
// only the first write is done, the storage will still get B, so A must not count as written.
TEST(Async, TheResponseToAWriteOfAnOlderTermDoesNotMakeEntriesStable) {
  Solo node(Async());
  node->Step(Append(2, 1, 0, 0, {1}));
  const Message first = NextTo(node, kAppendThread);
  ASSERT_EQ(first.entries.size(), 1U);
  node->Step(Append(3, 2, 0, 0, {2}));
  const Message second = NextTo(node, kAppendThread);
  node->Step(Append(2, 3, 0, 0, {1}));
  EXPECT_TRUE(node->Step(ResponseOf(first)));
  EXPECT_TRUE(node->Step(ResponseOf(second)));
  const Message third = NextTo(node, kAppendThread);
  ASSERT_EQ(third.entries.size(), 1U) << "the entry is still to be written";
  EXPECT_EQ(third.entries[0].term, Term(1));
}

// In the same term the response may refer to an entry that has been replaced since.
TEST(Async, TheResponseToAWriteDoesNotMakeOtherEntriesStable) {
  Solo node(Async());
  node->Step(Append(2, 1, 0, 0, {1}));
  node->Step(From(3, MessageType::kVote, 2, 9, 9));  // term 2
  const Message first = NextTo(node, kAppendThread);
  node->Step(Append(3, 2, 0, 0, {2}));
  EXPECT_TRUE(node->Step(ResponseOf(first)));
  const Message second = NextTo(node, kAppendThread);
  ASSERT_EQ(second.entries.size(), 1U);
  EXPECT_EQ(second.entries[0].term, Term(2));
}

TEST(Async, NoSnapshotIsTakenOverEntriesThatAreBeingApplied) {
  Solo node(Async({3, {1}, {Term(1), kNone, Index()}, {}}));
  node->Step(Append(2, 1, 1, 1, {}, 1));
  const Message apply = NextTo(node, kApplyThread);
  ASSERT_EQ(apply.entries.size(), 1U);
  Message snap = From(2, MessageType::kSnap, 1);
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->index = Index(9);
  snapshot->term = Term(1);
  snapshot->conf_state.voters = {NodeId(1), NodeId(2)};
  snap.snapshot = snapshot;
  EXPECT_FALSE(node->Step(snap));
  EXPECT_TRUE(node->Step(ResponseOf(apply)));
  EXPECT_TRUE(node->Step(snap));
  EXPECT_EQ(node->last_index(), Index(9));
}

// Otherwise two snapshots could be in progress, and the response for the first would be ambiguous.
TEST(Async, ASnapshotIsStoredAlsoIfTheTermChangedMeanwhile) {
  Solo node(Async());
  Message snap = From(2, MessageType::kSnap, 1);
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->index = Index(5);
  snapshot->term = Term(1);
  snapshot->conf_state.voters = {NodeId(1), NodeId(2), NodeId(3)};
  snap.snapshot = snapshot;
  node->Step(snap);
  const Message write = NextTo(node, kAppendThread);
  ASSERT_NE(write.snapshot, nullptr);
  node->Campaign();
  EXPECT_EQ(node->role(), Role::kFollower) << "not while a snapshot waits";
  node->Step(From(3, MessageType::kHeartbeat, 2));
  EXPECT_TRUE(node->Step(ResponseOf(write)));
  EXPECT_EQ(node->applied(), Index(5));
}

TEST(Async, StorageThreadsAreHeardOnlyWhereThereAreAny) {
  Solo plain;
  Message m = From(0, MessageType::kStorageAppendResp, 1);
  m.from = kAppendThread;
  EXPECT_FALSE(plain->Step(m));
  Solo node(Async());
  EXPECT_TRUE(node->Step(m));
  m.from = NodeId(2);
  EXPECT_FALSE(node->Step(m));
  m = From(0, MessageType::kStorageApplyResp, 0);
  m.from = kApplyThread;
  EXPECT_FALSE(node->Step(m)) << "nothing was applied";
  m.entries = EntriesOf(1, {1});
  EXPECT_FALSE(node->Step(m)) << "nothing is committed";
}

}  // namespace
}  // namespace raft
