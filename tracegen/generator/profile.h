// What a run may meet.  A profile says which groups of faults and requests are there; the weights
// are drawn for each run (swarm testing, Groce et al. 2012: with everything always on, all runs
// look alike).  A drawn mix says of itself what it is, for replay files.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "raft/random.h"
#include "tracegen/server.h"

namespace tracegen {

inline constexpr std::uint32_t kMaxServers = 7;

// Groups of actions and settings that a profile switches.
enum class Group : std::uint8_t {
  kNetwork,     // loss, duplication, reordering
  kPartitions,  // one-way, partial, of one server
  kCrashes,     // of one, several, all; power lost at any step of a write
  kDiskErrors,  // writes and syncs that fail
  kSlowDisks,   // asynchronous storage, disks that are slow or stalled
  kClocks,      // that tick at different rates
  kMembership,
  kSnapshots,  // compaction, snapshots
  kReads,
  kLeadership,  // transfers, leaders that are forgotten, peers reported unreachable
  kLimits,      // small messages, windows and quotas
};
inline constexpr std::size_t kGroups = 11;

struct Profile {
  enum class Use : std::uint8_t { kNever, kDrawn, kAlways };
  std::string_view name;
  std::string_view what;
  std::array<Use, kGroups> groups;
};
// The first is the default.
const std::vector<Profile>& Profiles();
const Profile* FindProfile(std::string_view name);  // null if there is none

// How often each kind is drawn, relative to the others; 0: never in this run.
struct FaultMix {
  std::array<std::uint32_t, kKinds> weights{};
  std::uint32_t reorder_one_in = 0;  // messages that overtake; 0: never
  std::uint32_t story_one_in = 0;    // see generator.h; 0: never
  std::uint32_t slow_disks = 0;      // bit s-1: server s writes now and then
  bool late_answers = false;         // nodes hear of what their threads did when it is drawn
  std::array<std::uint32_t, kMaxServers> clocks{};  // how fast each ticks, relative to the others
  std::string profile;
  std::uint32_t groups = 0;  // bit g: the profile lets group g be there

  bool Allows(Group group) const { return (groups >> static_cast<std::uint32_t>(group) & 1U) != 0; }
  std::uint32_t total() const;
};
// One line: `profile swarm; process 63, deliver 88, ...; without drop, cut; ...`.
std::string Describe(const FaultMix& mix);

// Settings that the profile and the implementation allow; `servers` 0: drawn.
Settings DrawSettings(raft::Random& random, const Profile& profile, const Features& features,
                      std::uint32_t servers);
FaultMix DrawMix(raft::Random& random, const Profile& profile, const Features& features,
                 const Settings& settings);

}  // namespace tracegen
