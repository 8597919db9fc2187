// Histories of clients, compared with the definition and with a simple reference that tries every
// order.
#include "conformance/judge/linearizability.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace conformance {
namespace {

using trace::History;
using trace::KeyValue;
using trace::Operation;
using Kind = Operation::Kind;

Operation Put(std::uint64_t value, std::uint64_t began, std::optional<std::uint64_t> ended) {
  Operation o;
  o.kind = Kind::kPut;
  o.value = value;
  o.began = began;
  o.ended = ended;
  return o;
}
Operation Read(KeyValue result, std::uint64_t began, std::uint64_t ended) {
  Operation o;
  o.kind = Kind::kRead;
  o.result = result;
  o.began = began;
  o.ended = ended;
  return o;
}
Operation Swap(KeyValue expected, std::uint64_t value, bool swapped, std::uint64_t began,
               std::optional<std::uint64_t> ended) {
  Operation o;
  o.kind = Kind::kSwap;
  o.expected = expected;
  o.value = value;
  o.swapped = swapped;
  o.began = began;
  o.ended = ended;
  return o;
}
Operation Get(KeyValue result, std::uint64_t position, std::uint64_t at) {
  Operation o;
  o.kind = Kind::kGet;
  o.result = result;
  o.position = position;
  o.began = at;
  o.ended = at + 1;
  return o;
}

History Numbered(History history) {
  for (std::size_t k = 0; k < history.size(); ++k) history[k].id = k + 1;
  return history;
}

bool Holds(const History& history) {
  const HistoryVerdict verdict = JudgeHistory(Numbered(history));
  EXPECT_EQ(verdict.undecided, 0U);
  return !verdict.violation;
}

TEST(Linearizability, WhatOverlapsMayBeInAnyOrder) {
  EXPECT_TRUE(Holds({}));
  EXPECT_TRUE(Holds({Put(1, 1, 4), Read(std::nullopt, 2, 3)}));
  EXPECT_TRUE(Holds({Put(1, 1, 4), Read(1, 2, 3)}));
  EXPECT_TRUE(Holds({Put(1, 1, 5), Put(2, 2, 6), Read(1, 7, 8), Read(1, 9, 10)}));
  EXPECT_TRUE(Holds({Put(1, 1, 5), Put(2, 2, 6), Read(2, 7, 8), Read(2, 9, 10)}));
}

TEST(Linearizability, WhatEndedBeforeCameBefore) {
  EXPECT_FALSE(Holds({Put(1, 1, 2), Read(std::nullopt, 3, 4)}));
  EXPECT_FALSE(Holds({Put(1, 1, 2), Put(2, 3, 4), Read(1, 5, 6)}));
  // Two reads that see two writes in different orders.
  EXPECT_FALSE(Holds({Put(1, 1, 9), Put(2, 2, 9), Read(1, 3, 4), Read(2, 5, 6), Read(1, 7, 8)}));
}

TEST(Linearizability, AWriteWithoutAnAnswerMayHappenLateOrNever) {
  EXPECT_TRUE(Holds({Put(1, 1, std::nullopt), Read(std::nullopt, 2, 3), Read(1, 4, 5)}));
  EXPECT_TRUE(Holds({Put(1, 1, std::nullopt), Read(std::nullopt, 2, 3)}));
  // Once a read has seen the write, later reads must see it, too.
  EXPECT_FALSE(Holds({Put(1, 1, std::nullopt), Read(1, 2, 3), Read(std::nullopt, 4, 5)}));
}

TEST(Linearizability, ASwapHappensIfAndOnlyIfTheValueIsThere) {
  EXPECT_TRUE(Holds({Put(1, 1, 2), Swap(1, 2, true, 3, 4), Read(2, 5, 6)}));
  EXPECT_TRUE(Holds({Put(1, 1, 2), Swap(7, 2, false, 3, 4), Read(1, 5, 6)}));
  EXPECT_FALSE(Holds({Put(1, 1, 2), Swap(1, 2, false, 3, 4)}));
  EXPECT_FALSE(Holds({Put(1, 1, 2), Swap(std::nullopt, 2, true, 3, 4)}));
  // Of two swaps that expect the same value, one must fail.
  EXPECT_FALSE(Holds({Put(1, 1, 2), Swap(1, 2, true, 3, 9), Swap(1, 3, true, 4, 8)}));
}

TEST(Linearizability, KeysAreJudgedApart) {
  Operation other = Read(std::nullopt, 3, 4);
  other.key = 1;
  EXPECT_TRUE(Holds({Put(1, 1, 2), other}));
}

TEST(Linearizability, AWrongClaimOfAnOrderIsNotBelieved) {
  History history = {Put(1, 1, 9), Put(2, 2, 9), Read(1, 10, 11)};
  history[0].position = 1;  // in truth it took effect second
  history[1].position = 2;
  EXPECT_TRUE(Holds(history));
  history[2].result = 7;
  EXPECT_FALSE(Holds(history));
}

TEST(Linearizability, SerializableReadsAreOfAStateThatWasAndNeverGoBack) {
  History history = {Put(1, 1, 2), Put(2, 3, 4)};
  history[0].position = 5;
  history[1].position = 7;
  const auto with = [&](std::vector<Operation> gets) {
    History all = history;
    all.insert(all.end(), gets.begin(), gets.end());
    return all;
  };
  EXPECT_TRUE(Holds(with({Get(std::nullopt, 4, 10), Get(1, 6, 12), Get(2, 7, 14)})));
  EXPECT_FALSE(Holds(with({Get(1, 4, 10)})));
  EXPECT_FALSE(Holds(with({Get(1, 6, 10), Get(std::nullopt, 4, 12)})));
  // A read in another session may be older.
  Operation after_restart = Get(std::nullopt, 4, 12);
  after_restart.session = 1;
  EXPECT_TRUE(Holds(with({Get(1, 6, 10), after_restart})));
}

TEST(Linearizability, SaysWhatCannotBeOrdered) {
  const HistoryVerdict verdict =
      JudgeHistory(Numbered({Put(3, 1, 2), Put(4, 3, 4), Read(3, 5, 6)}));
  ASSERT_TRUE(verdict.violation);
  EXPECT_EQ(verdict.violation->what,
            "what clients saw of key 0 cannot be put in one order; 2 of 3 operations can");
  ASSERT_EQ(verdict.violation->details.size(), 4U);
  EXPECT_EQ(verdict.violation->details[0], "operation 1: put 3 by server 0 from 1 to 2");
  EXPECT_EQ(verdict.violation->details[3], "operation 3: read 3 by server 0 from 5 to 6");
}

TEST(Linearizability, SaysWhenItGivesUp) {
  History history;
  for (std::uint64_t k = 1; k <= 12; ++k) history.push_back(Put(k, k, 100));
  history.push_back(Read(99, 101, 102));  // no operation wrote this value
  const HistoryVerdict verdict = JudgeHistory(Numbered(history), 1000);
  EXPECT_EQ(verdict.undecided, 1U);
  EXPECT_FALSE(verdict.violation);
}

// A long history whose claimed order is correct is checked in one pass.
TEST(Linearizability, ARightClaimMakesItLinear) {
  History history;
  constexpr std::uint64_t kOperations = 20000;
  for (std::uint64_t k = 1; k <= kOperations; ++k) {
    history.push_back(Put(k, 10 * k, 10 * k + 45));
    history.back().position = k;
  }
  const HistoryVerdict verdict = JudgeHistory(Numbered(history));
  EXPECT_FALSE(verdict.violation);
  EXPECT_EQ(verdict.states, kOperations);
}

// The reference: tries every order of all operations; operations without an answer may be omitted.
bool SomeOrderHolds(const History& history) {
  std::vector<std::size_t> order(history.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  do {
    for (std::size_t used = 0; used <= order.size(); ++used) {
      bool holds = true;
      for (std::size_t k = used; k < order.size(); ++k) holds = holds && !history[order[k]].ended;
      KeyValue value;
      for (std::size_t k = 0; k < used && holds; ++k) {
        const Operation& o = history[order[k]];
        for (std::size_t later = k + 1; later < order.size(); ++later) {
          const Operation& other = history[order[later]];
          holds = holds && !(other.ended && *other.ended < o.began);
        }
        if (o.kind == Kind::kPut) value = o.value;
        if (o.kind == Kind::kRead) holds = holds && value == o.result;
        if (o.kind == Kind::kSwap) {
          const bool swaps = value == o.expected;
          holds = holds && (!o.ended || swaps == o.swapped);
          if (swaps) value = o.value;
        }
      }
      if (holds) return true;
    }
  } while (std::next_permutation(order.begin(), order.end()));
  return false;
}

// Each operation may be the first of all, but the claimed order is right.
TEST(Linearizability, ThousandsAtTheSameTimeInTheClaimedOrder) {
  constexpr std::uint64_t kMany = 5000;
  History history;
  for (std::uint64_t k = 1; k <= kMany; ++k) {
    history.push_back(Put(k, k, 2 * kMany + k));
    history.back().position = kMany + 1 - k;
  }
  history.push_back(Read(KeyValue(1), 3 * kMany + 1, 3 * kMany + 2));
  const HistoryVerdict right = JudgeHistory(history);
  EXPECT_FALSE(right.violation);
  EXPECT_EQ(right.undecided, 0U);
  EXPECT_EQ(right.states, kMany + 1);
}

// What is looked at is bounded, not only the states.
TEST(Linearizability, ThousandsAtTheSameTimeAreGivenUpInTime) {
  constexpr std::uint64_t kMany = 5000;
  History history;
  for (std::uint64_t k = 1; k <= kMany; ++k) history.push_back(Put(k, k, 2 * kMany + k));
  const HistoryVerdict verdict = JudgeHistory(history, 10'000);
  EXPECT_FALSE(verdict.violation);
  EXPECT_EQ(verdict.undecided, 1U);
  EXPECT_LT(verdict.states, kMany);
}

TEST(Linearizability, AgreesWithTryingEveryOrder) {
  int linearizable = 0;
  int not_linearizable = 0;
  EXPECT_TRUE(rc::check([&] {
    const auto size = *rc::gen::inRange<std::size_t>(1, 6);
    History history;
    for (std::size_t k = 0; k < size; ++k) {
      const auto began = 2 * *rc::gen::inRange<std::uint64_t>(0, 6);
      const auto ended = began + 1 + 2 * *rc::gen::inRange<std::uint64_t>(0, 4);
      const auto kind = *rc::gen::inRange(0, 4);
      const auto seen = *rc::gen::inRange<std::uint64_t>(0, size + 1);
      const KeyValue value = seen == 0 ? KeyValue() : KeyValue(seen);
      const bool unknown = *rc::gen::inRange(0, 4) == 0;
      const auto end = unknown ? std::optional<std::uint64_t>() : ended;
      if (kind == 0) history.push_back(Put(k + 1, began, end));
      if (kind == 1) history.push_back(Swap(value, k + 1, *rc::gen::arbitrary<bool>(), began, end));
      if (kind >= 2) history.push_back(Read(value, began, ended));
      history.back().position = *rc::gen::inRange<std::uint64_t>(0, 4);
    }
    const bool holds = SomeOrderHolds(history);
    (holds ? linearizable : not_linearizable) += 1;
    RC_ASSERT(Holds(history) == holds);
  }));
  EXPECT_GT(linearizable, 5);
  EXPECT_GT(not_linearizable, 5);
}

}  // namespace
}  // namespace conformance
