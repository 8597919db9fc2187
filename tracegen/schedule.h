// A schedule: what happens when, as data.  The same schedule gives the same run, byte for byte, on
// every machine.  Its text form is one action a line, to be read and edited by people:
//
//   raftcheck-schedule 1
//   servers 3
//   seed 42
//   campaign 1          # comments begin anywhere
//   process 1
//   deliver 1 2 0
//
// An action that cannot happen (a crashed server, no such message) does nothing and is counted, so
// that a schedule keeps its meaning when actions are taken out of it.
// Read next: cluster.h, which executes it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "raft/trace/result.h"

namespace tracegen {

enum class Kind : std::uint8_t {
  kTick,          // SERVER's clock ticks COUNT times
  kProcess,       // SERVER's host takes one Ready: writes, syncs if it must, sends, applies
  kDeliver,       // the K-th oldest message in flight FROM -> TO arrives
  kDrop,          // it is lost
  kDuplicate,     // one more copy of it is in flight, as the youngest
  kPropose,       // a client proposes VALUE to SERVER
  kCampaign,      // SERVER campaigns at once
  kCut,           // nothing passes FROM -> TO any more; what is in flight waits
  kIsolate,       // nothing passes from or to SERVER
  kHeal,          // every link passes again
  kCrash,         // SERVER stops; the first KEEP of its unsynced writes survive
  kCrashWriting,  // SERVER stops in the middle of writing a Ready, after AFTER of its writes
  kRestart,       // SERVER comes back with what its disk holds
  kRun,           // ROUNDS of good weather: everyone ticks, everything is processed and delivered
};

// How a kind is written: its word and the names of its operands.
struct KindInfo {
  std::string_view word;
  std::array<std::string_view, 3> operands;  // unused ones are empty; SERVER, FROM, TO: 1..servers
};
const KindInfo& InfoOf(Kind kind);
inline constexpr int kKinds = 14;

struct Action {
  Kind kind = Kind::kTick;
  std::array<std::uint32_t, 3> operands{};
  friend bool operator==(const Action&, const Action&) = default;
};

struct Settings {
  std::uint32_t servers = 3;  // 1 to 7
  std::uint64_t seed = 0;     // of the election timeouts
  std::uint32_t election_ticks = 5;
  std::uint32_t heartbeat_ticks = 1;
  std::uint32_t max_message_bytes = 1U << 20U;
  friend bool operator==(const Settings&, const Settings&) = default;
};

struct Schedule {
  Settings settings;
  std::vector<Action> actions;
  friend bool operator==(const Schedule&, const Schedule&) = default;
};

std::string PrintAction(const Action& action);
std::string PrintSchedule(const Schedule& schedule);
// Errors carry the line and what was expected there.
trace::Result<Schedule> ParseSchedule(std::string_view text);

}  // namespace tracegen
