// The properties, checked incrementally: each looks only at what the last step of server i can
// have broken, at a cost of O(1) to O(log n).  TLA+ module: RaftProperties, same names.
// The first four are those of the Raft paper's figure 3.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "spec/raft_state.h"

namespace spec {

struct Violation {
  std::string_view property;
  std::string what;  // the entries or leaders in conflict; servers as s0, s1, ...
};

// At most one leader is elected in a term.
std::optional<Violation> ElectionSafety(const ServerState& server, const History& history);
// Logs that agree on the term of an entry agree on everything before it.
std::optional<Violation> LogMatching(const LogTree& tree);
// A leader has every entry that was committed in an older term.
std::optional<Violation> LeaderCompleteness(const ServerState& server, const LogTree& tree,
                                            const History& history);
// No two servers take different entries for committed at one index.
std::optional<Violation> StateMachineSafety(const ServerState& server, const LogTree& tree,
                                            const History& history);
// The commit index never points beyond the log.
std::optional<Violation> CommitWithinLog(const ServerState& server, const LogTree& tree);
// What is committed is durable on a quorum of the configuration in which it was.
std::optional<Violation> CommittedIsDurable(const State& state, const Config& config,
                                            const LogTree& tree, const History& history);

// ---- Of every step.  Only a crash makes a server forget; `restarted` says that it was one.

std::optional<Violation> TermMonotonic(const ServerState& before, const ServerState& after,
                                       bool restarted);
std::optional<Violation> CommitMonotonic(const ServerState& before, const ServerState& after,
                                         bool restarted);
// A leader only appends to its log (Raft paper, figure 3).
std::optional<Violation> LeaderAppendOnly(const ServerState& before, const ServerState& after,
                                          const LogTree& tree);

// What a step of server i from `before` may have broken; nothing if all holds.
template <class Network>
std::optional<Violation> CheckStep(const Raft<Network>& raft, Server i, const ServerState& before,
                                   bool restarted) {
  const ServerState& after = raft.state[i];
  if (auto v = TermMonotonic(before, after, restarted)) return v;
  if (auto v = CommitMonotonic(before, after, restarted)) return v;
  return LeaderAppendOnly(before, after, *raft.tree);
}

// What the state that a step of server i led to may break; nothing if all holds.
template <class Network>
std::optional<Violation> CheckProperties(const Raft<Network>& raft, Server i) {
  const ServerState& s = raft.state[i];
  if (auto v = LogMatching(*raft.tree)) return v;
  if (auto v = CommitWithinLog(s, *raft.tree)) return v;
  if (auto v = StateMachineSafety(s, *raft.tree, raft.history)) return v;
  if (s.state == Role::kLeader) {
    if (auto v = ElectionSafety(s, raft.history)) return v;
    if (auto v = LeaderCompleteness(s, *raft.tree, raft.history)) return v;
  }
  return std::nullopt;
}

}  // namespace spec
