// The search, on models whose states can be counted by hand.
#include "spec/explorer/breadth_first.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/explorer/toy_models.h"

namespace explorer_test {
namespace {

using spec::explorer::BreadthFirst;
using spec::explorer::End;
using spec::explorer::Finding;
using spec::explorer::Options;
using Report = spec::explorer::Report<Grid::Move>;

Report Search(const Grid& grid, Options options = {}) {
  return BreadthFirst<Grid>(grid, std::move(options)).Run();
}

class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() /
              ("raftcheck-explorer-test-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

TEST(BreadthFirst, CountsEveryStateOnceAndEveryStep) {
  const Report report = Search(Grid{});
  EXPECT_EQ(report.end, End::kComplete);
  EXPECT_EQ(report.counts.distinct, 100U);
  EXPECT_EQ(report.counts.generated, 1U + 2 * 100U);  // two steps from each, and the first state
  EXPECT_EQ(report.counts.depth, 19U);
  EXPECT_EQ(report.counts.queued, 0U);
  EXPECT_EQ(report.actions[0].generated, 100U);
  // The step to the right is tried first, so only the left edge is first reached by a step up.
  EXPECT_EQ(report.actions[0].distinct + report.actions[1].distinct, 99U);
}

TEST(BreadthFirst, TheNumberOfThreadsChangesNothing) {
  Grid grid;
  grid.width = 700;
  grid.invariant = [](const Grid::State& s) { return s.x != 401 || s.y < 311; };
  Options options;
  const Report one = Search(grid, options);
  ASSERT_TRUE(one.finding.has_value());
  for (const int workers : {2, 3, 8}) {
    options.workers = workers;
    const Report many = Search(grid, options);
    EXPECT_EQ(many.counts.distinct, one.counts.distinct);
    EXPECT_EQ(many.counts.generated, one.counts.generated);
    EXPECT_EQ(many.counts.depth, one.counts.depth);
    EXPECT_EQ(many.actions[0].distinct, one.actions[0].distinct);
    ASSERT_EQ(many.behaviour.moves.size(), one.behaviour.moves.size());
    for (std::size_t k = 0; k < one.behaviour.moves.size(); ++k) {
      EXPECT_EQ(many.behaviour.moves[k].right, one.behaviour.moves[k].right) << k;
    }
  }
}

TEST(BreadthFirst, ABrokenInvariantHasAShortestBehaviour) {
  Grid grid;
  grid.invariant = [](const Grid::State& s) { return s.x * s.y < 20; };
  const Report report = Search(grid);
  EXPECT_EQ(report.end, End::kFound);
  ASSERT_TRUE(report.finding.has_value());
  EXPECT_EQ(report.finding->kind, Finding::Kind::kInvariant);
  EXPECT_EQ(report.behaviour.moves.size(), 9U);  // to the point (4, 5)
  std::uint32_t right = 0;
  for (const Grid::Move& move : report.behaviour.moves) right += move.right;
  EXPECT_TRUE(right == 4 || right == 5);
}

TEST(BreadthFirst, InvariantsAreCheckedOneStepBeyondTheBounds) {
  Grid grid;
  grid.invariant = [](const Grid::State& s) { return s.x < 10; };
  const Report report = Search(grid);
  ASSERT_TRUE(report.finding.has_value());
  EXPECT_EQ(report.behaviour.moves.size(), 10U);
}

TEST(BreadthFirst, StepsAreCheckedAlsoWhereTheyLeadToKnownStates) {
  Grid grid;
  // The step from (0, 1) to (1, 1) reaches a known state: (1, 0) led there first.
  grid.step = [](const Grid::State& before, const Grid::State& after) {
    return !(before == Grid::State{0, 1} && after == Grid::State{1, 1});
  };
  const Report report = Search(grid);
  ASSERT_TRUE(report.finding.has_value());
  EXPECT_EQ(report.finding->kind, Finding::Kind::kStep);
  EXPECT_EQ(report.behaviour.moves.size(), 2U);
}

TEST(BreadthFirst, AnInitialStateMayBeBroken) {
  Grid grid;
  grid.invariant = [](const Grid::State& s) { return s.x + s.y > 0; };
  const Report report = Search(grid);
  EXPECT_EQ(report.end, End::kFound);
  EXPECT_TRUE(report.behaviour.moves.empty());
}

struct DeadEnd : Grid {  // no step from (3, 3)
  class Worker : public Grid::Worker {
   public:
    using Grid::Worker::Worker;
    template <class F>
    void ForEachStep(const State& before, F f) {
      if (!(before == State{3, 3})) Grid::Worker::ForEachStep(before, f);
    }
  };
  Worker MakeWorker() const { return Worker(*this); }
};

TEST(BreadthFirst, AStateWithoutStepsIsADeadlock) {
  DeadEnd model;
  model.deadlock_ok = false;
  const Report report = BreadthFirst<DeadEnd>(model, {}).Run();
  ASSERT_TRUE(report.finding.has_value());
  EXPECT_EQ(report.finding->kind, Finding::Kind::kDeadlock);
  EXPECT_EQ(report.behaviour.moves.size(), 6U);
  model.deadlock_ok = true;
  EXPECT_EQ(BreadthFirst<DeadEnd>(model, {}).Run().counts.distinct, 100U);
}

TEST(BreadthFirst, SymmetryCountsStatesThatAreAlikeOnce) {
  Grid grid;
  grid.symmetric = true;
  const Report report = Search(grid);
  EXPECT_EQ(report.counts.distinct, 55U);
  EXPECT_EQ(report.counts.generated, 1U + 2 * 55U);
  Options options;
  options.exact = true;
  EXPECT_EQ(Search(grid, options).counts.distinct, 55U);
}

TEST(BreadthFirst, ExactModeIsNotDeceivedByFingerprints) {
  Grid grid;
  grid.same_fingerprints = true;
  EXPECT_LT(Search(grid).counts.distinct, 100U);  // because fingerprints collide
  Options options;
  options.exact = true;
  for (const int workers : {1, 4}) {
    options.workers = workers;
    const Report report = Search(grid, options);
    EXPECT_EQ(report.counts.distinct, 100U);
    EXPECT_EQ(report.collisions, 90U);  // all but one state in each of ten rows
  }
}

TEST(BreadthFirst, LimitsEndASearchAndAreNamed) {
  Options options;
  options.max_depth = 4;
  Report report = Search(Grid{}, options);
  EXPECT_EQ(report.end, End::kDepth);
  EXPECT_EQ(report.counts.distinct, 1U + 2 + 3 + 4 + 5);  // level five is not expanded
  Grid wide;
  wide.width = 1000;
  options = {};
  options.max_states = 5000;
  report = Search(wide, options);
  EXPECT_EQ(report.end, End::kStates);
  EXPECT_GE(report.counts.distinct, 5000U);
  EXPECT_LT(report.counts.distinct, 500000U);
  options = {};
  options.memory_bytes = 1U << 20U;
  report = Search(wide, options);
  EXPECT_EQ(report.end, End::kMemory);
}

TEST(BreadthFirst, WhatDoesNotFitIntoMemoryGoesToDisk) {
  Grid wide;
  wide.width = 1200;
  Options options;
  options.memory_bytes = 40U << 20U;  // 1.44 million states need about 14 MB of fingerprints
  const Report small = Search(wide, options);
  options.memory_bytes = std::uint64_t{1} << 30U;
  const Report large = Search(wide, options);
  EXPECT_EQ(large.counts.distinct, 1440000U);
  EXPECT_EQ(large.spilt_bytes, 0U);
  EXPECT_EQ(small.end, End::kComplete);
  EXPECT_EQ(small.counts.distinct, large.counts.distinct);
  EXPECT_EQ(small.counts.generated, large.counts.generated);
  EXPECT_GT(small.spilt_bytes, 0U);
}

TEST(BreadthFirst, AStoppedSearchGoesOnToTheSameNumbers) {
  const Folder folder;
  Grid wide;
  wide.width = 600;
  wide.invariant = [](const Grid::State& s) { return s.x != 590 || s.y != 585; };
  const Report whole = Search(wide);
  ASSERT_TRUE(whole.finding.has_value());
  Options options;
  options.checkpoint_folder = folder.path();
  int stops = 0;
  for (;; ++stops) {
    ASSERT_LT(stops, 100);
    int batches = 0;
    options.workers = 1 + stops % 3;
    options.stop = [&batches](const auto&) { return ++batches > 100; };
    const Report part = Search(wide, options);
    EXPECT_EQ(part.resumed, stops > 0);
    EXPECT_EQ(part.error, "");
    if (part.end == End::kStopped) continue;
    EXPECT_EQ(part.end, End::kFound);
    EXPECT_EQ(part.counts.distinct, whole.counts.distinct);
    EXPECT_EQ(part.counts.generated, whole.counts.generated);
    EXPECT_EQ(part.counts.depth, whole.counts.depth);
    EXPECT_EQ(part.actions[1].distinct, whole.actions[1].distinct);
    EXPECT_EQ(part.behaviour.moves.size(), whole.behaviour.moves.size());
    break;
  }
  EXPECT_GT(stops, 5);
}

TEST(BreadthFirst, ACheckpointOfAnotherModelOrADamagedOneIsRefused) {
  const Folder folder;
  Grid wide;
  wide.width = 300;
  Options options;
  options.checkpoint_folder = folder.path();
  options.identity = 1;
  int batches = 0;
  options.stop = [&batches](const auto&) { return ++batches > 50; };
  ASSERT_EQ(Search(wide, options).end, End::kStopped);
  options.identity = 2;
  Report report = Search(wide, options);
  EXPECT_EQ(report.end, End::kError);
  EXPECT_NE(report.error.find("another model"), std::string::npos) << report.error;

  options.identity = 1;
  const std::string file = folder.path() + "/checkpoint";
  const auto size = std::filesystem::file_size(file);
  {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(size) - 40);
    bytes.put('!');
  }
  report = Search(wide, options);
  EXPECT_EQ(report.end, End::kError);
  EXPECT_NE(report.error.find("damaged"), std::string::npos) << report.error;
  std::filesystem::resize_file(file, size / 2);
  report = Search(wide, options);
  EXPECT_EQ(report.end, End::kError);
  EXPECT_NE(report.error.find("cut off"), std::string::npos) << report.error;
  std::filesystem::resize_file(file, 3);
  EXPECT_EQ(Search(wide, options).end, End::kError);
}

}  // namespace
}  // namespace explorer_test
