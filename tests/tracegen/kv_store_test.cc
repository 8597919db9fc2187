// The small replicated key-value store.
#include "tracegen/cluster/kv_store.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace tracegen {
namespace {

TEST(KvStore, PutsAndSwaps) {
  KvStore store;
  EXPECT_EQ(store.Get("x"), std::nullopt);
  EXPECT_TRUE(store.Apply(1, Put(1, "x", "1")).written);
  EXPECT_EQ(store.Get("x"), "1");
  EXPECT_FALSE(store.Apply(2, CompareAndSwap(2, "x", "0", "2")).written);
  EXPECT_TRUE(store.Apply(3, CompareAndSwap(3, "x", "1", "2")).written);
  EXPECT_EQ(store.Get("x"), "2");
  EXPECT_TRUE(store.Apply(4, CompareAndSwap(4, "y", std::nullopt, "3")).written);
  EXPECT_FALSE(store.Apply(5, CompareAndSwap(5, "y", std::nullopt, "4")).written);
  EXPECT_EQ(store.Get("y"), "3");
  EXPECT_EQ(store.size(), 2U);
  EXPECT_EQ(store.applied(), 5U);
}

TEST(KvStore, WhatIsNoCommandOnlyMovesTheIndex) {
  KvStore store;
  const std::uint64_t digest = store.digest();
  for (const char* command : {"", "nonsense", "3:put", "3:put1:1", "3:put1:x1:k1:v"}) {
    EXPECT_EQ(store.Apply(3, command).request, 0U) << command;
  }
  EXPECT_EQ(store.applied(), 3U);
  EXPECT_EQ(store.digest(), digest);
}

// A client retries, the network duplicates, the leader changes: one effect (dissertation 6.3).
TEST(KvStore, ARequestTakesEffectOnceAlsoAfterASnapshot) {
  KvStore store;
  EXPECT_EQ(store.Apply(1, Put(7, "x", "1")).request, 7U);
  EXPECT_EQ(store.Apply(2, Put(8, "x", "2")).request, 8U);
  EXPECT_EQ(store.Apply(3, Put(7, "x", "1")).request, 0U);
  EXPECT_EQ(store.Get("x"), "2");
  KvStore restored;
  ASSERT_TRUE(restored.Restore(store.Snapshot()));
  EXPECT_EQ(restored.Apply(4, Put(8, "x", "3")).request, 0U);
  EXPECT_EQ(restored.Get("x"), "2");
}

TEST(KvStore, RemembersRequestsInAnyOrder) {
  EXPECT_TRUE(rc::check([] {
    KvStore store;
    std::set<std::uint64_t> seen;
    const auto requests =
        *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(1, 12));
    for (const std::uint64_t request : requests) {
      const bool fresh = seen.insert(request).second;
      RC_ASSERT((store.Apply(1, Put(request, "x", "1")).request == request) == fresh);
      KvStore again;
      RC_ASSERT(again.Restore(store.Snapshot()));
      store = again;
    }
  }));
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
      ++index;
      store.Apply(index, Put(index, key, value));
      model[key] = value;
    }
    for (const auto& [key, value] : model) RC_ASSERT(store.Get(key) == value);
    RC_ASSERT(store.size() == model.size());
    // The same state, reached in another way, has the same digest.
    KvStore other;
    std::uint64_t request = 0;
    for (const auto& [key, value] : model) other.Apply(1, Put(++request, key, value));
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
  store.Apply(1, Put(1, "x", "1"));
  const std::string snapshot = store.Snapshot();
  for (std::size_t size = 0; size < snapshot.size(); ++size) {
    EXPECT_FALSE(store.Restore(std::string_view(snapshot).substr(0, size))) << size;
  }
  EXPECT_FALSE(store.Restore("nonsense"));
  EXPECT_EQ(store.Get("x"), "1");
}

}  // namespace
}  // namespace tracegen
