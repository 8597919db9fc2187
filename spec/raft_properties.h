// The properties of traces, over all servers and all of history.  Each check reads only what the
// last step of server i can have broken, and costs O(1) to O(log n).  TLA+ module: RaftProperties;
// the names are the same.  The first four are those of the Raft paper's figure 3.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "spec/raft_state.h"

namespace spec {

struct Violation {
  std::string_view property;
  std::string what;  // the conflicting entries or leaders; servers are s0, s1, ...
};

// At most one leader is elected in a term.
std::optional<Violation> ElectionSafety(const ServerState& server, const History& history);
// Two logs that have an entry with the same index and term are identical up to that entry.
std::optional<Violation> LogMatching(const LogTree& tree);
// The same of the logs of server i and those of all servers, as they are now.
std::optional<Violation> LogMatching(const State& state, Server i, const LogTree& tree);
// A leader has every entry that was committed in an earlier term.
std::optional<Violation> LeaderCompleteness(const ServerState& server, const LogTree& tree,
                                            const History& history);
// No two servers consider different entries committed at the same index.
std::optional<Violation> StateMachineSafety(const ServerState& server, const LogTree& tree,
                                            const History& history);
// The commit index never points beyond the log.
std::optional<Violation> CommitWithinLog(const ServerState& server, const LogTree& tree);
// A committed entry is durable on a quorum of the configuration in which it was committed.  It
// looks at the entries after index `after`.
std::optional<Violation> CommittedIsDurable(const State& state, const LogTree& tree,
                                            const History& history, Index after);
// Of changes that are not committed no log has more than one.  Demanded with ValidatesChanges only.
std::optional<Violation> OneChangeAtATime(const ServerState& server, const LogTree& tree,
                                          const History& history);

// ---- Step properties.  A server may lose state only by a crash: `restarted` says so.

std::optional<Violation> TermMonotonic(const ServerState& before, const ServerState& after,
                                       bool restarted);
std::optional<Violation> CommitMonotonic(const ServerState& before, const ServerState& after,
                                         bool restarted);
// Within a term a leader never unlearns what a member has.
std::optional<Violation> MatchMonotonic(const ServerState& before, const ServerState& after);
// A leader only appends to its log (Raft paper, figure 3).
std::optional<Violation> LeaderAppendOnly(const ServerState& before, const ServerState& after,
                                          const LogTree& tree);

// Checks the step of server i that led from `before` to the current state; empty if all holds.
template <class Network>
std::optional<Violation> CheckStep(const Raft<Network>& raft, Server i, const ServerState& before,
                                   bool restarted) {
  const ServerState& after = raft.state[i];
  if (auto v = TermMonotonic(before, after, restarted)) return v;
  if (auto v = CommitMonotonic(before, after, restarted)) return v;
  if (auto v = MatchMonotonic(before, after)) return v;
  return LeaderAppendOnly(before, after, *raft.tree);
}

// Checks of all servers what the step of server i can have broken: it led from `before` to the
// current state, and the committed length was `committed` before it.  Empty if all holds.
template <class Network>
std::optional<Violation> CheckCommitted(const Raft<Network>& raft, const ServerState& before,
                                        Server i, Index committed) {
  const History& history = raft.history;
  const LogTree& tree = *raft.tree;
  Index durable = committed;  // what is committed up to here is still on as many disks
  const LogId disk = raft.state[i].durable.log;
  if (disk != before.durable.log && !tree.IsPrefix(before.durable.log, disk)) {
    const LogId left = tree.CommonPrefix(disk, history.committed);
    durable = std::min(durable, tree.Length(left));
  }
  if (tree.Length(history.committed) > durable) {
    if (auto v = CommittedIsDurable(raft.state, tree, history, durable)) return v;
  }
  if (tree.Length(history.committed) == committed) return std::nullopt;
  for (const ServerState& server : raft.state) {
    if (server.state != Role::kLeader) continue;
    if (auto v = LeaderCompleteness(server, tree, history)) return v;
  }
  return std::nullopt;
}

// The logs that Log Matching is about: all that there ever were, if the tree has no others; or
// those of the servers now, in memory and on disk.
enum class Logs : std::uint8_t { kOfHistory, kOfServers };

// Checks the state after a step of server i; empty if all holds.
template <class Network>
std::optional<Violation> CheckProperties(const Raft<Network>& raft, Server i,
                                         Logs logs = Logs::kOfHistory) {
  const ServerState& s = raft.state[i];
  if (raft.tree->conflict()) {  // nearly always there is none
    if (auto v = logs == Logs::kOfHistory ? LogMatching(*raft.tree)
                                          : LogMatching(raft.state, i, *raft.tree)) {
      return v;
    }
  }
  if (auto v = CommitWithinLog(s, *raft.tree)) return v;
  if (auto v = StateMachineSafety(s, *raft.tree, raft.history)) return v;
  if (raft.constants.validates_changes) {
    if (auto v = OneChangeAtATime(s, *raft.tree, raft.history)) return v;
  }
  if (s.state == Role::kLeader) {
    if (auto v = ElectionSafety(s, raft.history)) return v;
    if (auto v = LeaderCompleteness(s, *raft.tree, raft.history)) return v;
  }
  return std::nullopt;
}

}  // namespace spec
