// Random walks from the initial states, for models that are too large for a full search and for
// bugs that need long behaviours.  The k-th walk of a seed is the same with any number of threads.
// If several walks break something, the first in this numbering is reported, whichever thread was
// quicker.
#pragma once

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "spec/explorer/crew.h"
#include "spec/explorer/model.h"
#include "spec/explorer/report.h"

namespace spec::explorer {

// In Progress, `generated` counts the steps that were checked, and `distinct` counts the walks.
template <Model M>
class Simulation {
 public:
  using State = typename M::State;
  using Move = typename M::Move;

  Simulation(const M& model, WalkOptions options)
      : model_(model), options_(std::move(options)), initial_(model.Initial()) {
    report_.actions.resize(model.Actions());
  }

  Report<Move> Run() {
    Crew crew(static_cast<std::size_t>(std::max(options_.workers, 1)));
    report_.workers = static_cast<int>(crew.size());
    crew.Do([this](std::size_t /*thread*/) {
      try {
        Work();
      } catch (...) {
        stopped_ = true;
        throw;
      }
    });
    if (stopped_) report_.end = End::kStopped;
    if (report_.finding) report_.end = End::kFound;
    return std::move(report_);
  }

 private:
  // SplitMix64 (Steele et al. 2014), as in the schedules of this project.
  static std::uint64_t Mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ x >> 30U) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27U) * 0x94d049bb133111ebU;
    return x ^ x >> 31U;
  }

  struct Walk {
    std::uint64_t random = 0;
    Behaviour<Move> behaviour;
    std::vector<Move> moves;  // the possible moves from the walk's current state
    std::uint64_t generated = 0;
    std::uint64_t steps = 0;
    bool cut = false;  // stopped in the middle: it counts for nothing
  };

  void Work() {
    auto worker = model_.MakeWorker();
    for (;;) {
      const std::uint64_t k = next_++;
      if (stopped_ || k > broken_walk_ || (options_.walks != 0 && k >= options_.walks)) return;
      Walk walk;
      walk.random = Mix(Mix(options_.seed) + k);
      std::vector<ActionCount> actions(model_.Actions());
      const std::optional<Finding> finding = Go(worker, walk, actions);
      const std::lock_guard lock(mutex_);
      if (walk.cut) return;
      report_.counts.generated += walk.generated;
      report_.counts.queued = 0;
      ++report_.counts.distinct;
      report_.counts.depth = std::max(report_.counts.depth, walk.steps + 1);
      for (std::size_t a = 0; a < actions.size(); ++a) {
        report_.actions[a].generated += actions[a].generated;
        report_.actions[a].distinct += actions[a].distinct;
      }
      if (finding && k < broken_walk_) {
        broken_walk_ = k;
        report_.finding = finding;
        report_.behaviour = std::move(walk.behaviour);
      }
    }
  }

  // A long walk must not make anybody wait.
  static constexpr std::uint64_t kStepsBetweenStops = 128;

  bool IsStopped() {
    const std::lock_guard lock(mutex_);
    if (!stopped_ && options_.stop && options_.stop(report_.counts)) stopped_ = true;
    return stopped_;
  }

  // Checks every step from the current state and takes one of them.
  std::optional<Finding> Go(typename M::Worker& worker, Walk& walk,
                            std::vector<ActionCount>& actions) {
    walk.behaviour.initial = walk.random % initial_.size();
    State state = initial_[walk.behaviour.initial];
    if (const int broken = model_.BrokenInvariant(state); broken != kHolds) {
      return Finding{Finding::Kind::kInvariant, broken};
    }
    for (; walk.steps < options_.length; ++walk.steps) {
      if (walk.steps % kStepsBetweenStops == 0 && IsStopped()) {
        walk.cut = true;
        return std::nullopt;
      }
      std::optional<Finding> finding;
      Move by{};
      bool any = false;
      walk.moves.clear();
      worker.ForEachStep(state, [&](const Move& move, const State& after) {
        any = true;
        ++walk.generated;
        ++actions[model_.ActionOf(state, move)].generated;
        const auto changes = model_.ChangesOf(state, after);
        if (!finding) {
          by = move;
          if (const int step = model_.BrokenStep(state, after, move, changes); step != kHolds) {
            finding = Finding{Finding::Kind::kStep, step};
          } else if (const int broken = model_.BrokenInvariant(after, changes); broken != kHolds) {
            finding = Finding{Finding::Kind::kInvariant, broken};
          }
        }
        if (model_.InBounds(after, changes)) walk.moves.push_back(move);
      });
      if (finding) {
        walk.behaviour.moves.push_back(by);
        return finding;
      }
      if (!any && !model_.deadlock_allowed()) return Finding{Finding::Kind::kDeadlock, kHolds};
      if (walk.moves.empty()) return std::nullopt;  // all successors are out of bounds
      walk.random = Mix(walk.random);
      const Move move = walk.moves[walk.random % walk.moves.size()];
      ++actions[model_.ActionOf(state, move)].distinct;
      state = State(worker.Take(state, move));
      walk.behaviour.moves.push_back(move);
    }
    return std::nullopt;
  }

  const M& model_;
  WalkOptions options_;
  std::vector<State> initial_;
  std::atomic<std::uint64_t> next_ = 0;
  std::atomic<std::uint64_t> broken_walk_ = ~std::uint64_t{0};
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;  // guards report_
  Report<Move> report_;
};

}  // namespace spec::explorer
