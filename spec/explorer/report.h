// What a search reports.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "spec/explorer/model.h"

namespace spec::explorer {

struct ActionCount {
  std::uint64_t generated = 0;
  std::uint64_t distinct = 0;  // states that were first reached by it
};

struct Progress {
  std::uint64_t generated = 0;
  std::uint64_t distinct = 0;
  std::uint64_t queued = 0;  // states whose steps are still to be taken
  std::uint64_t depth = 0;   // levels so far, the initial states are the first
};

struct Options {
  int workers = 1;
  bool exact = false;           // keep whole states, not only their fingerprints
  std::uint64_t max_depth = 0;  // levels; 0: no limit
  std::uint64_t max_states = 0;
  std::uint64_t memory_bytes = std::uint64_t{4} << 30U;
  std::string work_folder = "/tmp";  // what does not fit into memory lies there
  std::string checkpoint_folder;     // empty: none
  std::uint64_t identity = 0;        // of the model and its bounds: a checkpoint must have it
  // Asked between batches of some ten thousand states.
  std::function<bool(const Progress&)> stop;            // true: stop now
  std::function<bool(const Progress&)> checkpoint_due;  // true: write one now
};

// Of random walks.
struct WalkOptions {
  int workers = 1;
  std::uint64_t seed = 1;
  std::uint64_t walks = 0;  // 0: until told to stop
  std::uint64_t length = 100;
  std::function<bool(const Progress&)> stop;  // asked by the first thread, between walks
};

enum class End : std::uint8_t {
  kComplete,  // every reachable state within the bounds was seen
  kFound,     // something is broken
  kDepth,     // the limits
  kStates,
  kStopped,
  kMemory,
  kError,  // of files: `error` says which
};

template <class Move>
struct Report {
  End end = End::kComplete;
  Progress counts;
  std::optional<Finding> finding;
  Behaviour<Move> behaviour;  // to the finding; a shortest one
  std::vector<ActionCount> actions;
  std::uint64_t visited_bytes = 0;
  std::uint64_t peak_frontier_bytes = 0;
  std::uint64_t spilt_bytes = 0;    // most that lay in files at a time
  std::uint64_t collisions = 0;     // exact mode: states with the fingerprint of another
  double collision_calculated = 0;  // as TLC estimates them
  double collision_observed = 0;
  bool resumed = false;
  std::string error;
};

}  // namespace spec::explorer
