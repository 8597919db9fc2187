// The log, compared with a vector; storage, random numbers and digests.
#include "raft/log.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <vector>

#include "raft/random.h"
#include "raft/storage/memory_storage.h"

namespace raft {
namespace {

Entry MakeEntry(std::uint64_t index, std::uint64_t term) {
  Entry entry;
  entry.index = Index(index);
  entry.term = Term(term);
  entry.data = "d";
  return entry;
}

std::vector<Entry> MakeEntries(std::uint64_t first, const std::vector<std::uint64_t>& terms) {
  std::vector<Entry> entries;
  entries.reserve(terms.size());
  for (const std::uint64_t term : terms) entries.push_back(MakeEntry(first++, term));
  return entries;
}

struct LogOf {
  explicit LogOf(const std::vector<std::uint64_t>& terms)
      : storage(ConfState{}), log(&storage, 1U << 20U) {
    Append(MakeEntries(1, terms));
  }
  void Append(const std::vector<Entry>& entries) {
    log.Append(entries.data(), entries.data() + entries.size());
  }
  std::vector<Entry> Unstable() const {
    std::vector<Entry> entries;
    log.CopyUnstable(entries);
    return entries;
  }
  std::vector<Entry> From(std::uint64_t index, std::uint64_t max_bytes) const {
    std::vector<Entry> entries;
    log.EntriesFrom(Index(index), max_bytes, entries);
    return entries;
  }
  void Persist() {
    storage.Append(Unstable());
    log.AcceptUnstable();
    log.StableTo(log.last_index(), log.last_term());
  }
  std::vector<std::uint64_t> Terms() const {
    std::vector<std::uint64_t> terms;
    for (Index k(1); k <= log.last_index(); ++k) terms.push_back(log.TermAt(k)->value());
    return terms;
  }
  MemoryStorage storage;
  Log log;
};

using Terms = std::vector<std::uint64_t>;

// Raft paper, figure 2, receiver of AppendEntries, steps 2 to 5.
// Behind a slow disk most of the log is unstable: a message must cost what it carries.
TEST(Log, AShortPieceOfALongUnstableTailIsAllThatIsCopied) {
  LogOf log({});
  log.Append(MakeEntries(1, std::vector<std::uint64_t>(10000, 1)));
  const std::vector<Entry> piece = log.From(2, 64);
  EXPECT_EQ(piece.size(), 64U);
  EXPECT_LE(piece.capacity(), 128U);
  EXPECT_EQ(piece.front().index, Index(2));
}

TEST(Log, RefusesWhatDoesNotMatch) {
  LogOf l({1, 2, 2});
  EXPECT_FALSE(l.log.MaybeAppend(Index(4), Term(2), {}, Index()).has_value());
  EXPECT_FALSE(l.log.MaybeAppend(Index(3), Term(1), {}, Index()).has_value());
  EXPECT_TRUE(l.log.MaybeAppend(Index(3), Term(2), {}, Index()).has_value());
  EXPECT_TRUE(l.log.MaybeAppend(Index(), Term(), {}, Index()).has_value());
}

TEST(Log, AConflictCutsAndALateMessageDoesNot) {
  LogOf l({1, 1, 1});
  EXPECT_EQ(l.log.MaybeAppend(Index(), Term(), MakeEntries(1, {1}), Index()), Index(1));
  EXPECT_EQ(l.Terms(), (Terms{1, 1, 1}));
  EXPECT_EQ(l.log.MaybeAppend(Index(1), Term(1), MakeEntries(2, {2}), Index()), Index(2));
  EXPECT_EQ(l.Terms(), (Terms{1, 2}));
}

TEST(Log, TheCommitIndexStopsAtWhatMatchesAndNeverFalls) {
  LogOf l({1, 1, 1});
  l.log.MaybeAppend(Index(1), Term(1), MakeEntries(2, {1}), Index(9));
  EXPECT_EQ(l.log.committed(), Index(2));
  l.log.CommitTo(Index(1));
  EXPECT_EQ(l.log.committed(), Index(2));
  l.log.CommitTo(Index(4));  // beyond the log: only a faulty peer sends this
  EXPECT_EQ(l.log.committed(), Index(2));
}

TEST(Log, OnlyAnEntryOfTheTermIsCommittedByCounting) {
  LogOf l({1, 2});
  EXPECT_FALSE(l.log.MaybeCommit(Index(1), Term(2)));
  EXPECT_TRUE(l.log.MaybeCommit(Index(2), Term(2)));
  EXPECT_EQ(l.log.committed(), Index(2));
}

TEST(Log, UpToDateLooksAtTheLastTermFirst) {
  LogOf l({1, 2});
  EXPECT_TRUE(l.log.IsUpToDate(Index(1), Term(3)));
  EXPECT_TRUE(l.log.IsUpToDate(Index(2), Term(2)));
  EXPECT_FALSE(l.log.IsUpToDate(Index(1), Term(2)));
  EXPECT_FALSE(l.log.IsUpToDate(Index(9), Term(1)));
}

TEST(Log, TheHintSkipsTermsThatCannotMatch) {
  LogOf l({1, 3, 3, 5, 5});
  EXPECT_EQ(l.log.FindConflictByTerm(Index(5), Term(4)), std::pair(Index(3), Term(3)));
  EXPECT_EQ(l.log.FindConflictByTerm(Index(5), Term(2)), std::pair(Index(1), Term(1)));
  EXPECT_EQ(l.log.FindConflictByTerm(Index(5), Term(0)), std::pair(Index(), Term()));
}

// If the log changed during a write, the end of the write proves nothing about the new entries.
TEST(Log, AStaleWriteDoesNotMakeNewEntriesStable) {
  LogOf l({1, 1});
  const std::vector<Entry> written = l.Unstable();
  l.log.AcceptUnstable();
  l.log.MaybeAppend(Index(1), Term(1), MakeEntries(2, {2}), Index());
  l.log.StableTo(Index(2), Term(1));
  EXPECT_TRUE(l.log.HasUnstable());
  EXPECT_EQ(l.Unstable(), MakeEntries(2, {2}));
}

TEST(Log, MessagesAreCutByBytesButCarryAtLeastOneEntry) {
  LogOf l({1, 1, 1, 1});
  EXPECT_EQ(l.From(1, 0).size(), 1U);
  EXPECT_EQ(l.From(1, 3).size(), 3U);
  EXPECT_EQ(l.From(5, 3).size(), 0U);
  l.Persist();
  l.Append(MakeEntries(5, {1, 1}));
  EXPECT_EQ(l.From(3, 3).size(), 3U);  // some are stored and some are not
}

TEST(Log, AgreesWithAVector) {
  EXPECT_TRUE(rc::check([] {
    LogOf l({});
    Terms naive;
    std::uint64_t commit = 0;
    const auto steps = *rc::gen::inRange(0, 40);
    for (int k = 0; k < steps; ++k) {
      const auto prev = *rc::gen::inRange<std::uint64_t>(commit, naive.size() + 2);
      const auto prev_term = *rc::gen::inRange<std::uint64_t>(0, 4);
      const auto terms = *rc::gen::container<Terms>(rc::gen::inRange<std::uint64_t>(1, 4));
      const auto leader_commit = *rc::gen::inRange<std::uint64_t>(0, 12);
      const bool matches =
          prev <= naive.size() && (prev == 0 ? prev_term == 0 : naive[prev - 1] == prev_term);
      const auto last = l.log.MaybeAppend(Index(prev), Term(prev_term),
                                          MakeEntries(prev + 1, terms), Index(leader_commit));
      RC_ASSERT(last.has_value() == matches);
      if (matches) {
        std::size_t same = 0;
        while (same < terms.size() && prev + same < naive.size() &&
               naive[prev + same] == terms[same]) {
          ++same;
        }
        if (same < terms.size()) {
          naive.resize(prev + same);
          naive.insert(naive.end(), terms.begin() + static_cast<std::ptrdiff_t>(same), terms.end());
        }
        commit = std::max(commit, std::min<std::uint64_t>(leader_commit, prev + terms.size()));
        RC_ASSERT(*last == Index(prev + terms.size()));
      }
      if (*rc::gen::arbitrary<bool>()) l.Persist();
      RC_ASSERT(l.Terms() == naive);
      RC_ASSERT(l.log.committed() == Index(commit));
      std::vector<Entry> committed;
      l.log.CopyCommitted(true, committed);
      RC_ASSERT(committed.size() == commit);
    }
  }));
}

TEST(MemoryStorage, ReplacesWhatFollows) {
  MemoryStorage storage{ConfState{}};
  storage.Append(MakeEntries(1, {1, 1, 1}));
  storage.Append(MakeEntries(2, {2}));
  EXPECT_EQ(storage.LastIndex(), Index(2));
  EXPECT_EQ(storage.TermAt(Index(2)), Term(2));
  EXPECT_EQ(storage.TermAt(Index()), Term());
}

// These numbers must be the same on every machine.
TEST(Random, DrawsTheSameEverywhere) {
  Random random(1);
  EXPECT_EQ(random.Next(), 12966619160104079557U);
  EXPECT_EQ(random.Next(), 9600361134598540522U);
  std::set<std::uint64_t> seen;
  for (int k = 0; k < 1000; ++k) seen.insert(random.Below(7));
  EXPECT_EQ(seen, (std::set<std::uint64_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST(Digest, TellsTypesAndPayloadsApart) {
  Entry a = MakeEntry(1, 1);
  Entry b = a;
  EXPECT_EQ(Digest(a), Digest(b));
  b.data = "e";
  EXPECT_NE(Digest(a), Digest(b));
  b = a;
  b.type = EntryType::kConfChange;
  EXPECT_NE(Digest(a), Digest(b));
}

}  // namespace
}  // namespace raft
