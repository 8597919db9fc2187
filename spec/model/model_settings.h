// What a .cfg says about a bounded model, as C++ values.  Constants, properties and bounds have the
// same names as there.  TLA+ module: MCRaft.
#pragma once

#include <cstddef>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "spec/explorer/config.h"
#include "spec/raft_types.h"

namespace spec {

// The constants that only Next reads: what clients may ask for, and which extensions are on.
struct NextConstants {
  Value values = 0;  // 1 to values
  ServerSet joiners;
  ServerSet learners;
  ServerSet leavers;
  std::vector<ServerSet> targets;
  bool snapshots = false;
  bool transfer = false;
  std::uint64_t reads = 0;  // 1 to reads
  bool calm = false;        // use CalmNext instead of Next
  bool crashes = true;      // with `calm`: servers crash all the same (TLA+: CrashNext)
};

// TLA+: the constants of MCRaft.
struct Bounds {
  Term max_term = 0;
  Index max_log_length = 0;
  std::size_t max_messages = 0;
  int max_copies = 0;
  bool active = false;  // the .cfg has CONSTRAINT Bounded
};

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

// Errors have the form "line 7: ...".
[[nodiscard]] tl::expected<ModelSettings, std::string> SettingsOf(const explorer::Config& config);

// One model for each property, with this property alone: goals are searched one by one.
std::vector<ModelSettings> OnePropertyEach(const ModelSettings& settings);

// The compiled models have room for this many servers; Exploration picks the smallest that fits.
inline constexpr int kSmallModel = 3;
inline constexpr int kLargeModel = 5;

}  // namespace spec
