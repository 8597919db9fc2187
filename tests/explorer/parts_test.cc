// The parts of the search: the set of fingerprints, the spool, random walks.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "spec/explorer/fingerprint_set.h"
#include "spec/explorer/simulation.h"
#include "spec/explorer/spool.h"
#include "tests/explorer/toy_models.h"

namespace explorer_test {
namespace {

using spec::explorer::End;
using spec::explorer::Fingerprint;
using spec::explorer::FingerprintShard;
using spec::explorer::Simulation;
using spec::explorer::Spool;
using spec::explorer::WalkOptions;

std::uint64_t Mix(std::uint64_t x) {
  x = (x ^ x >> 30U) * 0xbf58476d1ce4e5b9U;
  x = (x ^ x >> 27U) * 0x94d049bb133111ebU;
  return x ^ x >> 31U;
}

// For any distribution of fingerprints: mixed, all close together, at both ends.
void AgreesWithAStandardSet(const std::function<Fingerprint(std::uint64_t)>& fingerprint) {
  FingerprintShard shard;
  std::set<Fingerprint> twin;
  for (std::uint64_t k = 0; k < 60000; ++k) {
    const Fingerprint one = fingerprint(k) & FingerprintShard::kLargest;
    ASSERT_EQ(shard.Insert(one), twin.insert(one).second) << k;
  }
  EXPECT_EQ(shard.size(), twin.size());
  EXPECT_EQ(shard.Sorted(), std::vector<Fingerprint>(twin.begin(), twin.end()));
  Fingerprint gap = ~Fingerprint{0};
  for (auto a = twin.begin(), b = std::next(a); b != twin.end(); ++a, ++b) {
    gap = std::min(gap, *b - *a);
  }
  EXPECT_EQ(shard.SmallestGap(), gap);
  FingerprintShard copy;
  copy.Assign(shard.Sorted());
  EXPECT_EQ(copy.Sorted(), shard.Sorted());
  for (const Fingerprint one : twin) ASSERT_FALSE(copy.Insert(one));
}

TEST(FingerprintShard, IsASetOfMixedNumbers) {
  AgreesWithAStandardSet([](std::uint64_t k) { return Mix(k % 40000); });
}

TEST(FingerprintShard, IsASetOfSmallAndOfLargeNumbers) {
  AgreesWithAStandardSet([](std::uint64_t k) { return k % 700; });
  AgreesWithAStandardSet([](std::uint64_t k) { return FingerprintShard::kLargest - k % 700; });
}

TEST(FingerprintShard, TakesAtMostTwelveBytesAState) {
  FingerprintShard shard;
  for (std::uint64_t k = 0; k < 300000; ++k) {
    shard.Insert(Mix(k) & FingerprintShard::kLargest);
    if (k < 20000) continue;
    ASSERT_LE(static_cast<double>(shard.bytes()) / static_cast<double>(shard.size()), 12.0) << k;
  }
}

TEST(Spool, ReadsWhatWasAppendedFromMemoryAndFromDisk) {
  Spool spool(std::filesystem::temp_directory_path().string(), 3U << 20U);
  std::vector<std::uint8_t> piece(12345);
  std::uint64_t at = 0;
  while (at < 40U << 20U) {
    for (std::size_t k = 0; k < piece.size(); ++k) {
      piece[k] = static_cast<std::uint8_t>(Mix(at + k));
    }
    spool.Append(piece);
    at += piece.size();
  }
  EXPECT_EQ(spool.size(), at);
  EXPECT_GT(spool.on_disk(), 30U << 20U);
  std::vector<std::uint8_t> back(5000);
  for (std::uint64_t offset = 0; offset + back.size() <= at; offset += 777777) {
    ASSERT_TRUE(spool.Read(offset, back));
    for (std::size_t k = 0; k < back.size(); ++k) {
      ASSERT_EQ(back[k], static_cast<std::uint8_t>(Mix(offset + k)));
    }
  }
  spool.Forget(39U << 20U);
  EXPECT_EQ(spool.on_disk(), 0U);
  ASSERT_TRUE(spool.Read(at - back.size(), back));
  EXPECT_EQ(spool.error(), "");
}

TEST(Spool, SaysThatItCannotWrite) {
  Spool spool("/no/such/folder", 1U << 20U);
  const std::vector<std::uint8_t> piece(5U << 20U);
  spool.Append(piece);
  EXPECT_NE(spool.error().find("/no/such/folder"), std::string::npos);
  std::vector<std::uint8_t> back(10);
  EXPECT_TRUE(spool.Read(0, back));  // nothing is lost
}

TEST(Simulation, FindsTheSameWalkWithAnyNumberOfThreads) {
  Grid grid;
  grid.width = 60;
  grid.invariant = [](const Grid::State& s) { return s.x != 20 || s.y != 10; };
  WalkOptions options;
  options.walks = 100000;
  options.length = 60;
  const auto one = Simulation<Grid>(grid, options).Run();
  ASSERT_TRUE(one.finding.has_value());
  EXPECT_LE(one.behaviour.moves.size(), 60U);
  for (const int workers : {2, 8}) {
    options.workers = workers;
    const auto many = Simulation<Grid>(grid, options).Run();
    ASSERT_TRUE(many.finding.has_value());
    ASSERT_EQ(many.behaviour.moves.size(), one.behaviour.moves.size());
    for (std::size_t k = 0; k < one.behaviour.moves.size(); ++k) {
      EXPECT_EQ(many.behaviour.moves[k].right, one.behaviour.moves[k].right);
    }
  }
}

TEST(Simulation, TakesSoManyWalksOfSuchLength) {
  WalkOptions options;
  options.walks = 50;
  options.length = 5;
  const auto report = Simulation<Grid>(Grid{}, options).Run();
  EXPECT_EQ(report.end, End::kComplete);
  EXPECT_EQ(report.counts.distinct, 50U);  // `distinct` counts walks
  EXPECT_EQ(report.counts.generated, 50U * 5 * 2);
  EXPECT_EQ(report.actions[0].distinct + report.actions[1].distinct, 50U * 5);
}

}  // namespace
}  // namespace explorer_test
