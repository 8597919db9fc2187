// The small replicated key-value store.
#include "tracegen/kv_store.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <string>

namespace tracegen {
namespace {

raft::Entry EntryOf(std::uint64_t index, std::string_view command) {
  raft::Entry entry;
  entry.index = raft::Index(index);
  entry.data = raft::Payload(command);
  return entry;
}

TEST(KvStore, PutsAndSwaps) {
  KvStore store;
  EXPECT_EQ(store.Get("x"), std::nullopt);
  EXPECT_TRUE(store.Apply(EntryOf(1, Put("x", "1"))));
  EXPECT_EQ(store.Get("x"), "1");
  EXPECT_FALSE(store.Apply(EntryOf(2, CompareAndSwap("x", "0", "2"))));
  EXPECT_TRUE(store.Apply(EntryOf(3, CompareAndSwap("x", "1", "2"))));
  EXPECT_EQ(store.Get("x"), "2");
  EXPECT_TRUE(store.Apply(EntryOf(4, CompareAndSwap("y", std::nullopt, "3"))));
  EXPECT_FALSE(store.Apply(EntryOf(5, CompareAndSwap("y", std::nullopt, "4"))));
  EXPECT_EQ(store.Get("y"), "3");
  EXPECT_EQ(store.size(), 2U);
  EXPECT_EQ(store.applied(), raft::Index(5));
}

TEST(KvStore, WhatIsNoCommandOnlyMovesTheIndex) {
  KvStore store;
  const std::uint64_t digest = store.digest();
  EXPECT_FALSE(store.Apply(EntryOf(1, "")));
  EXPECT_FALSE(store.Apply(EntryOf(2, "nonsense")));
  raft::Entry change = EntryOf(3, Put("x", "1"));
  change.type = raft::EntryType::kConfChange;
  EXPECT_FALSE(store.Apply(change));
  EXPECT_EQ(store.applied(), raft::Index(3));
  EXPECT_EQ(store.digest(), digest);
}

TEST(KvStore, AgreesWithAMapAndItsDigestWithTheState) {
  EXPECT_TRUE(rc::check("KvStore", [] {
    KvStore store;
    std::map<std::string, std::string> model;
    std::uint64_t index = 0;
    const auto commands = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(0, 5), rc::gen::inRange(0, 5)));
    for (const auto& [key_number, value_number] : commands) {
      const std::string key(static_cast<std::size_t>(key_number), 'k');
      const std::string value = std::to_string(value_number);
      store.Apply(EntryOf(++index, Put(key, value)));
      model[key] = value;
    }
    for (const auto& [key, value] : model) RC_ASSERT(store.Get(key) == value);
    RC_ASSERT(store.size() == model.size());
    // The same state by another way has the same digest.
    KvStore other;
    for (const auto& [key, value] : model) other.Apply(EntryOf(1, Put(key, value)));
    RC_ASSERT(other.digest() == store.digest());
    KvStore restored;
    RC_ASSERT(restored.Restore(store.Snapshot()));
    RC_ASSERT(restored.digest() == store.digest());
    RC_ASSERT(restored.applied() == store.applied());
    RC_ASSERT(restored.Snapshot() == store.Snapshot());
  }));
}

TEST(KvStore, RefusesWhatIsNoSnapshotAndStaysAsItWas) {
  KvStore store;
  store.Apply(EntryOf(1, Put("x", "1")));
  const std::string snapshot = store.Snapshot();
  for (std::size_t size = 0; size < snapshot.size(); ++size) {
    EXPECT_FALSE(store.Restore(std::string_view(snapshot).substr(0, size))) << size;
  }
  EXPECT_FALSE(store.Restore("nonsense"));
  EXPECT_EQ(store.Get("x"), "1");
}

}  // namespace
}  // namespace tracegen
