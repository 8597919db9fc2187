// A schedule: what happens and when, as data.  The same schedule gives the same run, byte for byte,
// on every machine.  In its text form, which people can read and edit, each line is one action:
//
//   raftcheck-schedule 1
//   servers 3
//   seed 42
//   campaign 1          # comments begin anywhere
//   process 1
//   deliver 1 2 0
//
// An action that is not possible (a crashed server, no such message) does nothing and is counted,
// so that a schedule stays valid when actions are removed from it.
// Read next: cluster.h, which executes it.
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "raft/trace/result.h"

namespace tracegen {

enum class Kind : std::uint8_t {
  kTick,          // SERVER's clock ticks COUNT times; with lease reads, those whose turn it is
                  // before it tick, too
  kProcess,       // SERVER's host takes one Ready: writes, syncs if it must, sends, applies
  kDeliver,       // the K-th oldest message in flight FROM -> TO arrives
  kDrop,          // it is lost
  kDuplicate,     // one more copy of it is in flight, as the youngest
  kPropose,       // a client writes to SERVER; VALUE says what: modulo kKeys the key, and every
                  // fifth is a compare-and-swap
  kCampaign,      // SERVER campaigns at once
  kCut,           // nothing passes FROM -> TO any more; what is in flight waits
  kIsolate,       // nothing passes from or to SERVER
  kHeal,          // every link passes again
  kCrash,         // SERVER stops; the first KEEP of its unsynced writes survive
  kCrashWriting,  // SERVER stops in the middle of writing a Ready, after AFTER of its writes
  kFailWrite,     // the same, and the disk reports an error after AFTER writes: all that is
                  // written stays
  kFailSync,      // SERVER writes all of a Ready, the sync fails, and SERVER stops; the first KEEP
                  // of its unsynced writes survive
  kRestart,       // SERVER comes back with what its disk holds
  // ROUNDS of good weather: everyone ticks, everything is processed and delivered; with 0 nobody
  // ticks.
  kRun,
  // With asynchronous storage, `process` only hands out; these do the work.
  kWrite,      // the append thread of SERVER does its oldest write
  kApply,      // the apply thread of SERVER applies what it was given first
  kAnswer,     // SERVER hears of the oldest of these that is done
  kStall,      // the disk of SERVER does nothing but what `write` says
  kUnstall,    // ... it works again
  kSlow,       // SERVER takes part only in each EVERY-th round of `run` and its like; 0, 1: in all
  kCompact,    // SERVER makes a snapshot, and keeps KEEP applied entries before its end
  kRead,       // a client asks SERVER for a linearizable read of KEY
  kReadAgain,  // SERVER asks once more for its K-th oldest read that is not answered
  kGet,        // a client reads KEY from what SERVER has applied
  kTransfer,   // SERVER is asked to hand leadership over to TO
  kForget,     // SERVER is told that its leader is dead
  kUnreachable,  // SERVER is told that its last message to TO may be lost
  kAdd,          // a client of SERVER wants NODE to vote
  kAddLearner,   // ... to learn only
  kRemove,       // ... to leave
  kReconfigure,  // a client of SERVER wants VOTERS and LEARNERS (servers as digits: 134), at once
  kEnterJoint,   // the same, and the joint configuration stays until it is left
  kLeaveJoint,   // a client of SERVER wants it left
  // Some servers may be missing: within ROUNDS the others must be served if they are a quorum
  // that the settings promise progress (cluster/quorum.h).
  kProgress,
  kConverge,  // the faults stop: within ROUNDS of good weather everybody must be served
};

// The text form of a kind: its word and the names of its operands.
struct KindInfo {
  std::string_view word;
  // Unused operands are empty.  SERVER, FROM, TO and NODE are 1 .. servers.
  std::array<std::string_view, 3> operands;
};
const KindInfo& InfoOf(Kind kind);
// Does this operand hold a server?
bool IsServerOperand(std::string_view operand);
inline constexpr int kKinds = 37;

// Keys of the store are 0 .. kKeys - 1; greater operands are taken modulo kKeys.
inline constexpr std::uint32_t kKeys = 4;

struct Action {
  Kind kind = Kind::kTick;
  std::array<std::uint32_t, 3> operands{};
  friend bool operator==(const Action&, const Action&) = default;
};

struct Settings {
  std::uint32_t servers = 3;  // 1 to 7
  std::uint32_t voters = 0;   // servers 1 .. voters are members at first; 0: all are
  std::uint64_t seed = 0;     // of the election timeouts
  bool equal_seeds = false;   // every server begins with `seed` at every start, as hosts do that
                              // leave a default alone; otherwise each start has a seed of its own
  std::uint32_t election_ticks = 5;
  std::uint32_t heartbeat_ticks = 1;
  std::uint32_t max_message_bytes = 1U << 20U;
  // The same limits as in raft::Config.
  std::uint32_t max_inflight_messages = 256;
  std::uint32_t max_inflight_bytes = 0;
  std::uint32_t max_uncommitted_bytes = 1U << 30U;
  std::uint32_t max_committed_bytes = 0;
  bool pre_vote = false;
  bool check_quorum = false;
  bool lease_reads = false;  // if true, the clocks of all servers have one rate
  bool async_storage = false;
  bool wal = false;  // the disks are write-ahead logs, and a crash loses what a real log can lose
  bool forward_proposals = true;
  bool step_down_on_removal = true;
  friend bool operator==(const Settings&, const Settings&) = default;
};

struct Schedule {
  Settings settings;
  std::vector<Action> actions;
  friend bool operator==(const Schedule&, const Schedule&) = default;
};

// The servers that the digits of a number name: 134 names 1, 3 and 4.
std::vector<std::uint32_t> Digits(std::uint32_t number);

std::string PrintAction(const Action& action);
std::string PrintSchedule(const Schedule& schedule);
// The same text: rapidcheck and GoogleTest print a schedule that fails with it.
std::ostream& operator<<(std::ostream& out, const Schedule& schedule);
// Errors name the line and what was expected there.
[[nodiscard]] trace::Result<Schedule> ParseSchedule(std::string_view text);

}  // namespace tracegen
