// The steps of a bounded model as data.  TLA+ module: Raft (Next, Receive).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "spec/raft_types.h"

namespace spec {

// The actions of Next; in place of Receive, the actions that Receive tries.
enum class Action : std::uint8_t {
  kTimeout,
  kRequestVote,
  kBecomeLeader,
  kStepDown,
  kClientRequest,
  kAppendEntriesToSelf,
  kAppendEntries,
  kHeartbeat,
  kAdvanceCommitIndex,
  kPersist,
  kRestart,
  kUpdateTerm,
  kIgnoreVoteRequest,
  kDropStale,
  kRespondToOlderTerm,
  kReturnToFollower,
  kHandle,  // the handler of the message's type
  kDropMessage,
  kDuplicateMessage,
  kBecomePreCandidate,
  kRequestPreVote,
  kForgetLeader,
  kChangeConf,
  kApplyConfChange,
  kRecoverCommitIndex,
  kCompact,
  kSendSnapshot,
  kSendTimeoutNow,
  kReadIndex,
  kTakeRead,
  kServeRead,
  kTick,
};

// TLA+: Receive.  A message is taken up by its receiver: by the term gate, or by its handler.
constexpr bool IsReceive(Action action) {
  return action == Action::kHandle ||
         (action >= Action::kUpdateTerm && action <= Action::kReturnToFollower);
}
// After these actions the message stays in flight, and the receiver handles it next.
constexpr bool StaysInFlight(Action action) {
  return action == Action::kUpdateTerm || action == Action::kReturnToFollower;
}

// One step.  The meaning of i, j, a and b depends on the action; see RaftNext::Try.
struct Move {
  Action action{};
  Server i = 0;
  Server j = 0;
  std::uint8_t a = 0;
  std::uint8_t b = 0;
  friend bool operator==(const Move&, const Move&) = default;
};

// The name of the action with this number, which McRaft::ActionOf returns.
std::string_view ActionName(std::size_t action);

}  // namespace spec
