// The steps of a bounded model, as data.  TLA+ module: Raft (Next, Receive).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "spec/raft_types.h"

namespace spec {

// The actions of Next; of Receive, what it tries.
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
};

// TLA+: Receive.  A message reaches the server it is meant for: the term gate, or its handler.
constexpr bool IsReceive(Action action) {
  return action == Action::kHandle ||
         (action >= Action::kUpdateTerm && action <= Action::kReturnToFollower);
}
// After these the message is in flight still, to be handled next.
constexpr bool StaysInFlight(Action action) {
  return action == Action::kUpdateTerm || action == Action::kReturnToFollower;
}

// One step.  What i, j, a and b are depends on the action: see Take.
struct Move {
  Action action{};
  Server i = 0;
  Server j = 0;
  std::uint8_t a = 0;
  std::uint8_t b = 0;
  friend bool operator==(const Move&, const Move&) = default;
};

// The name of an action, by its number; McRaft::ActionOf gives the number.
std::string_view ActionName(std::size_t action);

}  // namespace spec
