// The faults and requests that a run may contain.  A profile says which groups of them are
// possible.  The weights are drawn for each run (swarm testing, Groce et al. 2012: if everything is
// always on, all runs are alike).  A mix can describe itself as text, for replay files.
#pragma once

#include <rapidcheck/Gen.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracegen/server.h"

namespace tracegen {

inline constexpr std::uint32_t kMaxServers = 7;

// Groups of actions and settings that a profile switches.
enum class Group : std::uint8_t {
  kNetwork,     // loss, duplication, reordering
  kPartitions,  // one-way, partial, of one server
  kCrashes,     // of one, several or all servers; power loss at any step of a write
  kDiskErrors,  // writes and syncs that fail
  kSlowDisks,   // asynchronous storage, disks that are slow or stalled
  kClocks,      // clocks that tick at different rates
  kMembership,
  kSnapshots,  // compaction, snapshots
  kReads,
  kLeadership,  // transfers, forgotten leaders, peers reported unreachable
  kLimits,      // small limits for messages, windows and quotas
};
inline constexpr std::size_t kGroups = 11;

struct Profile {
  enum class Use : std::uint8_t { kNever, kDrawn, kAlways };
  std::string_view name;
  std::string_view what;
  std::array<Use, kGroups> groups;
};
// The first profile is the default.
const std::vector<Profile>& Profiles();
const Profile* FindProfile(std::string_view name);  // null if there is none

// How often each kind is drawn, relative to the others; 0: never in this run.
struct FaultMix {
  std::array<std::uint32_t, kKinds> weights{};
  std::uint32_t reorder_one_in = 0;  // messages that overtake others; 0: never
  std::uint32_t story_one_in = 0;    // see generator.h; 0: never
  std::uint32_t slow_disks = 0;      // bit s-1: the disk of server s is slow
  bool late_answers = false;         // storage threads answer the node only when it is drawn
  std::array<std::uint32_t, kMaxServers> clocks{};  // relative tick rate of each server
  std::string profile;
  std::uint32_t groups = 0;  // bit g: the profile allows group g

  bool Allows(Group group) const { return (groups >> static_cast<std::uint32_t>(group) & 1U) != 0; }
  std::uint32_t total() const;
};
// One line: `profile swarm; process 63, deliver 88, ...; without drop, cut; ...`.
std::string Describe(const FaultMix& mix);

// Settings that the profile and the implementation allow.  If `servers` is 0, it is drawn: three
// where rapidcheck wants something small.
rc::Gen<Settings> AnySettings(const Profile& profile, const Features& features,
                              std::uint32_t servers);
// A mix for these settings.  The size is ignored: a short schedule is as mixed as a long one.
rc::Gen<FaultMix> AnyMix(const Profile& profile, const Features& features,
                         const Settings& settings);

}  // namespace tracegen
