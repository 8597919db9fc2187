#include "spec/raft_properties.h"

#include <algorithm>

namespace spec {
namespace {

std::string EntryText(const LogTree& tree, LogId log) {
  return "index " + std::to_string(tree.Length(log)) + " term " +
         std::to_string(tree.LastTerm(log)) + " value " +
         (tree.LastValue(log) ? std::to_string(*tree.LastValue(log)) : "unknown");
}

}  // namespace

std::optional<Violation> ElectionSafety(const ServerState& server, const History& history) {
  const auto found = history.elections.find(server.current_term);
  if (found == history.elections.end() || found->second.size() < 2) return std::nullopt;
  return Violation{"ElectionSafety", "term " + std::to_string(server.current_term) +
                                         " has two leaders: s" + std::to_string(found->second[0]) +
                                         " and s" + std::to_string(found->second[1])};
}

std::optional<Violation> LogMatching(const LogTree& tree) {
  if (!tree.conflict()) return std::nullopt;
  const auto [first, second] = *tree.conflict();
  return Violation{"LogMatching",
                   "two logs have different entries or different pasts at one index and term: " +
                       EntryText(tree, first) + " and " + EntryText(tree, second)};
}

std::optional<Violation> LogMatching(const State& state, Server i, const LogTree& tree) {
  for (const ServerState& other : state) {
    for (const LogId mine : {state[i].log, state[i].durable.log}) {
      for (const LogId theirs : {other.log, other.durable.log}) {
        const Index both = std::min(tree.Length(mine), tree.Length(theirs));
        for (Index k = both; k > tree.Length(tree.CommonPrefix(mine, theirs)); --k) {
          if (tree.TermAt(mine, k) != tree.TermAt(theirs, k)) continue;
          return Violation{"LogMatching",
                           "two logs have different entries or different pasts at one index and "
                           "term: " +
                               EntryText(tree, tree.Prefix(mine, k)) + " and " +
                               EntryText(tree, tree.Prefix(theirs, k))};
        }
      }
    }
  }
  return std::nullopt;
}

std::optional<Violation> LeaderCompleteness(const ServerState& server, const LogTree& tree,
                                            const History& history) {
  // The last index that was committed in a term older than the leader's.
  const auto run = std::find_if(history.committed_at.rbegin(), history.committed_at.rend(),
                                [&](const auto& r) { return r.at < server.current_term; });
  if (run == history.committed_at.rend()) return std::nullopt;
  const LogId committed = tree.Prefix(history.committed, run->last);
  if (tree.IsPrefix(committed, server.log)) return std::nullopt;
  return Violation{"LeaderCompleteness",
                   "the leader of term " + std::to_string(server.current_term) +
                       " lacks an entry that was committed in term " + std::to_string(run->at) +
                       ": " + EntryText(tree, committed)};
}

std::optional<Violation> StateMachineSafety(const ServerState& server, const LogTree& tree,
                                            const History& history) {
  const Index both =
      std::min({server.commit_index, tree.Length(server.log), tree.Length(history.committed)});
  const LogId mine = tree.Prefix(server.log, both);
  const LogId theirs = tree.Prefix(history.committed, both);
  if (mine == theirs) return std::nullopt;
  const Index index = tree.Length(tree.CommonPrefix(mine, theirs)) + 1;
  return Violation{"StateMachineSafety", "two entries are committed at one index: " +
                                             EntryText(tree, tree.Prefix(theirs, index)) +
                                             ", then " + EntryText(tree, tree.Prefix(mine, index))};
}

std::optional<Violation> CommitWithinLog(const ServerState& server, const LogTree& tree) {
  if (server.commit_index <= tree.Length(server.log)) return std::nullopt;
  return Violation{"CommitWithinLog", "commitIndex is " + std::to_string(server.commit_index) +
                                          ", the log ends at " +
                                          std::to_string(tree.Length(server.log))};
}

std::optional<Violation> CommittedIsDurable(const State& state, const LogTree& tree,
                                            const History& history, Index after) {
  // Who has the last entry of a run has all of it.
  for (auto run = history.committed_at.rbegin();
       run != history.committed_at.rend() && run->last > after; ++run) {
    if (run->at == 0) continue;  // all servers begin with this log, no quorum had to write it
    const LogId committed = tree.Prefix(history.committed, run->last);
    const ServerSet voters = run->config.Voters();
    ServerSet durable;
    for (Server i = 0; i < kMaxServers; ++i) {
      if (voters.Contains(i) && tree.IsPrefix(committed, state[i].durable.log)) durable.Insert(i);
    }
    if (run->config.IsQuorum(durable)) continue;
    return Violation{"CommittedIsDurable", EntryText(tree, committed) +
                                               " is committed, and durable on " +
                                               std::to_string(durable.Size()) + " of " +
                                               std::to_string(voters.Size()) + " voters"};
  }
  return std::nullopt;
}

std::optional<Violation> OneChangeAtATime(const ServerState& server, const LogTree& tree,
                                          const History& history) {
  const Index committed = tree.Length(history.committed);
  const LogId last = tree.LastConf(server.log);
  if (tree.Length(last) <= committed) return std::nullopt;
  const LogId other = tree.LastConf(tree.Parent(last));
  if (tree.Length(other) <= committed) return std::nullopt;
  return Violation{"OneChangeAtATime",
                   "two membership changes are not committed: " + EntryText(tree, other) + " and " +
                       EntryText(tree, last)};
}

std::optional<Violation> TermMonotonic(const ServerState& before, const ServerState& after,
                                       bool restarted) {
  const bool fell = after.durable.term < before.durable.term ||
                    (!restarted && after.current_term < before.current_term);
  if (!fell) return std::nullopt;
  return Violation{"TermMonotonic", "the term fell from " + std::to_string(before.current_term) +
                                        " to " + std::to_string(after.current_term)};
}

std::optional<Violation> CommitMonotonic(const ServerState& before, const ServerState& after,
                                         bool restarted) {
  const bool fell = after.durable.commit < before.durable.commit ||
                    (!restarted && after.commit_index < before.commit_index);
  if (!fell) return std::nullopt;
  return Violation{"CommitMonotonic", "the commit index fell from " +
                                          std::to_string(before.commit_index) + " to " +
                                          std::to_string(after.commit_index)};
}

std::optional<Violation> MatchMonotonic(const ServerState& before, const ServerState& after) {
  if (before.state != Role::kLeader || after.state != Role::kLeader) return std::nullopt;
  if (before.current_term != after.current_term) return std::nullopt;
  if (before.match_index == after.match_index) return std::nullopt;
  const ServerSet members = after.config.Members();
  for (Server j = 0; j < kMaxServers; ++j) {
    if (!members.Contains(j) || after.match_index[j] >= before.match_index[j]) continue;
    return Violation{"MatchMonotonic", "the match index of s" + std::to_string(j) + " fell from " +
                                           std::to_string(before.match_index[j]) + " to " +
                                           std::to_string(after.match_index[j])};
  }
  return std::nullopt;
}

std::optional<Violation> LeaderAppendOnly(const ServerState& before, const ServerState& after,
                                          const LogTree& tree) {
  if (before.state != Role::kLeader || after.state != Role::kLeader) return std::nullopt;
  if (tree.IsPrefix(before.log, after.log)) return std::nullopt;
  return Violation{"LeaderAppendOnly",
                   "a leader's log changed before " + EntryText(tree, before.log)};
}

}  // namespace spec
