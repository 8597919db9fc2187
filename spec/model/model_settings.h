// What a .cfg says of a bounded model, in our terms: constants, properties and bounds have the
// names that they have there.  TLA+ module: MCRaft.
#pragma once

#include <cstddef>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "spec/explorer/config.h"
#include "spec/raft_types.h"

namespace spec {

// What may be asked for, and which extensions there are: the constants that only Next reads.
struct NextConstants {
  Value values = 0;  // 1 to values
  ServerSet joiners;
  ServerSet learners;
  ServerSet leavers;
  std::vector<ServerSet> targets;
  bool snapshots = false;
  bool transfer = false;
  std::uint64_t reads = 0;  // 1 to reads
  bool calm = false;        // CalmNext in place of Next
};

// TLA+: the constants of MCRaft.
struct Bounds {
  Term max_term = 0;
  Index max_log_length = 0;
  std::size_t max_messages = 0;
  int max_copies = 0;
  bool active = false;  // CONSTRAINT Bounded
};

// Everything that a .cfg says, in our terms.
struct ModelSettings {
  Constants constants;
  NextConstants next;
  Bounds bounds;
  bool symmetry = false;
  bool check_deadlock = true;
  std::vector<std::string> server_names;
  std::vector<std::string> value_names;
  std::vector<std::string> read_names;
  std::vector<std::string> invariants;       // of states
  std::vector<std::string> step_properties;  // of steps
};

// The error is "line 7: ...".
[[nodiscard]] tl::expected<ModelSettings, std::string> SettingsOf(const explorer::Config& config);

// The model with one of its properties alone, for each: goals are searched one by one.
std::vector<ModelSettings> OnePropertyEach(const ModelSettings& settings);

// How many servers the compiled models have room for; Exploration picks the smallest that fits.
inline constexpr int kSmallModel = 3;
inline constexpr int kLargeModel = 5;

}  // namespace spec
