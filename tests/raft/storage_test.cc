// Number types that the compiler does not mix up, checks that end the process, and the storage in
// memory, compared with a vector.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <concepts>
#include <cstdio>
#include <string>
#include <type_traits>
#include <vector>

#include "raft/check.h"
#include "raft/ids.h"
#include "raft/node.h"
#include "raft/storage/memory_storage.h"
#include "tests/raft/solo.h"

namespace raft {
namespace {

template <class A, class B>
concept Compares = requires(A a, B b) {
  a < b;
};
static_assert(Compares<Term, Term> && Compares<Index, Index> && Compares<NodeId, NodeId>);
static_assert(!Compares<Term, Index> && !Compares<Index, NodeId> && !Compares<Term, NodeId>);
static_assert(!Compares<Term, int> && !std::is_convertible_v<int, Term> &&
              !std::is_convertible_v<Index, std::uint64_t>);

TEST(Ids, AnIndexMovesByACountAndTwoIndexesDifferByOne) {
  EXPECT_EQ(Index(3) + 2, Index(5));
  EXPECT_EQ(Index(3) - 2, Index(1));
  EXPECT_EQ(Index(5) - Index(3), 2U);
  Index k(7);
  EXPECT_EQ(++k, Index(8));
  EXPECT_EQ(k, Index(8));
  EXPECT_LT(Term(1), Term(2));
  EXPECT_EQ(kNone, NodeId());
}

TEST(Check, EndsTheProcessAndNamesBothOperands) {
  EXPECT_DEATH(RAFT_CHECK(Index(3), <, Index(2)), "RAFT_CHECK.*Index\\(3\\).*3, 2");
  RAFT_CHECK(Index(2), <, Index(3));
}

TEST(Check, OfAConditionNamesIt) {
  const bool full = true;
  EXPECT_DEATH(RAFT_CHECK_TRUE(!full), "RAFT_CHECK.*!full is false");
  RAFT_CHECK_TRUE(full);
}

TEST(Check, OfEnumeratorsPrintsTheirNumbers) {
  EXPECT_DEATH(RAFT_CHECK(Role::kLeader, ==, Role::kCandidate), "Role::kLeader.*3, 2");
}

TEST(Check, IsToldToTheHandlerWhichMayThrow) {
  const ThrowingChecks throwing;
  std::string what;
  try {
    RAFT_CHECK(Term(4), ==, Term(5));
  } catch (const ThrowingChecks::Broken& broken) {
    what = broken.what();
  }
  EXPECT_NE(what.find("4, 5"), std::string::npos) << what;
}

TEST(Check, EndsTheProcessWhenTheHandlerReturns) {
  const auto tell = [](const CheckFailure& failure) {
    std::fprintf(stderr, "told of line %d: %s\n", failure.line, failure.what.c_str());
  };
  const CheckHandler previous = SetCheckHandler(tell);
  EXPECT_DEATH(RAFT_CHECK(Term(4), ==, Term(5)), "told of line.*4, 5");
  EXPECT_EQ(SetCheckHandler(previous), CheckHandler(tell));
  EXPECT_DEATH(RAFT_CHECK(Term(4), ==, Term(5)), "internal error: .*4, 5");
}

TEST(MemoryStorage, KeepsTheStateThatItWasGiven) {
  MemoryStorage storage{ConfState{{NodeId(1), NodeId(2)}}};
  EXPECT_EQ(storage.Initial().hard_state, HardState());
  storage.SetHardState({Term(3), NodeId(2), Index(1)});
  EXPECT_EQ(storage.Initial().hard_state, (HardState{Term(3), NodeId(2), Index(1)}));
  EXPECT_EQ(storage.Initial().conf_state.voters, (std::vector<NodeId>{NodeId(1), NodeId(2)}));
}

// A snapshot may be gigabytes on a disk.
TEST(Storage, AStartReadsNoSnapshot) {
  struct Counting : MemoryStorage {
    using MemoryStorage::MemoryStorage;
    SnapshotPtr GetSnapshot() const override {
      ++read;
      return MemoryStorage::GetSnapshot();
    }
    mutable int read = 0;
  };
  Counting storage(ConfState{{NodeId(1)}});
  Config config;
  config.id = NodeId(1);
  config.storage = &storage;
  EXPECT_EQ(Validate(config), std::nullopt);
  const Node node(config);
  EXPECT_EQ(storage.read, 0);
}

TEST(MemoryStorage, RefusesAGap) {
  MemoryStorage storage{ConfState{}};
  EXPECT_DEATH(storage.Append(EntriesOf(2, {1})), "RAFT_CHECK");
}

TEST(MemoryStorage, AgreesWithAVector) {
  EXPECT_TRUE(rc::check([] {
    MemoryStorage storage{ConfState{}};
    std::vector<Entry> naive;
    const int steps = *rc::gen::inRange(0, 30);
    for (int step = 0; step < steps; ++step) {
      const auto first = *rc::gen::inRange<std::uint64_t>(1, naive.size() + 2);
      const auto terms =
          *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(1, 5));
      std::vector<Entry> entries = EntriesOf(first, terms);
      for (Entry& entry : entries)
        entry.data = std::string(*rc::gen::inRange<std::size_t>(0, 4), 'x');
      storage.Append(entries);
      if (!entries.empty()) {
        naive.resize(first - 1);
        naive.insert(naive.end(), entries.begin(), entries.end());
      }
      RC_ASSERT(storage.LastIndex() == Index(naive.size()));
      for (std::size_t k = 0; k < naive.size(); ++k) {
        RC_ASSERT(storage.TermAt(Index(k + 1)) == naive[k].term);
      }
      if (naive.empty()) continue;
      const auto low = *rc::gen::inRange<std::uint64_t>(1, naive.size() + 1);
      const auto high = *rc::gen::inRange<std::uint64_t>(low + 1, naive.size() + 2);
      const auto limit = *rc::gen::inRange<std::uint64_t>(0, 12);
      std::vector<Entry> expected;
      std::uint64_t bytes = 0;
      for (std::uint64_t k = low; k < high; ++k) {
        bytes += naive[k - 1].data.size();
        if (!expected.empty() && bytes > limit) break;
        expected.push_back(naive[k - 1]);
      }
      std::vector<Entry> found;
      storage.Entries(Index(low), Index(high), limit, found);
      RC_ASSERT(found == expected);
    }
  }));
}

}  // namespace
}  // namespace raft
