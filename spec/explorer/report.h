// The options and the report of a search.
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
  std::uint64_t distinct = 0;  // states that this action reached first
};

struct Progress {
  std::uint64_t generated = 0;
  std::uint64_t distinct = 0;
  std::uint64_t queued = 0;  // states that are not yet expanded
  std::uint64_t depth = 0;   // number of levels so far, with the initial states as the first
};

struct Options {
  int workers = 1;
  bool exact = false;           // keep whole states, not only their fingerprints
  std::uint64_t max_depth = 0;  // in levels; 0: no limit
  std::uint64_t max_states = 0;
  std::uint64_t memory_bytes = std::uint64_t{4} << 30U;
  std::string work_folder = "/tmp";  // for what does not fit into memory
  std::string checkpoint_folder;     // empty: none
  std::uint64_t identity = 0;        // of model and bounds; a checkpoint must have the same
  // Called between batches of some ten thousand states.
  std::function<bool(const Progress&)> stop;            // true: stop now
  std::function<bool(const Progress&)> checkpoint_due;  // true: write one now
};

// Options of random walks.
struct WalkOptions {
  int workers = 1;
  std::uint64_t seed = 1;
  std::uint64_t walks = 0;  // 0: until `stop` says so
  std::uint64_t length = 100;
  std::function<bool(const Progress&)> stop;  // called often, by one thread at a time
};

enum class End : std::uint8_t {
  kComplete,  // every state within the bounds was visited
  kFound,     // a property is broken
  kDepth,     // max_depth was reached
  kStates,
  kStopped,
  kMemory,
  kError,  // of a file; `error` has the message
};

template <class Move>
struct Report {
  End end = End::kComplete;
  Progress counts;
  std::optional<Finding> finding;
  Behaviour<Move> behaviour;  // leads to the finding; no shorter one exists
  std::vector<ActionCount> actions;
  std::uint64_t visited_bytes = 0;
  std::uint64_t peak_frontier_bytes = 0;
  std::uint64_t spilt_bytes = 0;  // the largest amount that was in files at a time
  std::uint64_t collisions = 0;   // exact mode: states that share a fingerprint with another state
  double collision_calculated = 0;  // the estimates that TLC gives
  double collision_observed = 0;
  bool resumed = false;
  int workers = 1;  // threads that could be started, at most those that were asked for
  std::string error;
};

}  // namespace spec::explorer
