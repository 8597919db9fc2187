// Replication and commitment.  TLA+ module: RaftReplication.
// Sources: Raft paper sections 5.3 and 5.4.2, dissertation 3.5, 3.6 and 10.2.1; etcd for heartbeats
// as separate messages, for hints in rejections, and for responses to late appends.
#pragma once

#include <algorithm>
#include <utility>

#include "spec/outcome.h"
#include "spec/raft_network.h"
#include "spec/raft_state.h"

namespace spec {

// Leader i appends an entry to its log: a client's entry, or the empty entry that begins its term.
template <class Network>
Outcome ClientRequest(Raft<Network>& raft, Server i, Value v) {
  auto& s = raft.state[i];
  if (s.state != Role::kLeader) {
    return Outcome::Refused("ClientRequest", "state[i] = Leader", Operand{"state[i]", s.state});
  }
  s.log = raft.tree->Append(s.log, s.current_term, v);
  return Outcome::Taken();
}

// Leader i acknowledges its own log to itself.  The message waits for Persist, so the leader counts
// itself only when its entries are durable (dissertation 10.2.1).
template <class Network>
Outcome AppendEntriesToSelf(Raft<Network>& raft, Server i) {
  const auto& s = raft.state[i];
  if (s.state != Role::kLeader) {
    return Outcome::Refused("AppendEntriesToSelf", "state[i] = Leader",
                            Operand{"state[i]", s.state});
  }
  auto m = MakeMessage(raft, MessageType::kMsgAppResp, i, i);
  m.index = raft.tree->Length(s.log);
  raft.network.Send(m);
  return Outcome::Taken();
}

// Leader i sends to j the n entries after `prev`: any range that j is not known to have.
template <class Network>
Outcome AppendEntries(Raft<Network>& raft, Server i, Server j, Index prev, Index n) {
  const auto& s = raft.state[i];
  const auto& tree = *raft.tree;
  if (s.state != Role::kLeader) {
    return Outcome::Refused("AppendEntries", "state[i] = Leader", Operand{"state[i]", s.state});
  }
  if (i == j || !s.config.Members().Contains(j)) {
    return Outcome::Refused("AppendEntries", "j \\in Members(config[i]) \\ {i}", Operand{"j", j},
                            Operand{"Members(config[i])", s.config.Members()});
  }
  if (prev < s.log_start) {
    return Outcome::Refused("AppendEntries", "prev >= logStart[i]", Operand{"prev", prev},
                            Operand{"logStart[i]", s.log_start});
  }
  const Index last = tree.Length(s.log);
  if (prev < s.match_index[j] || prev > last) {
    return Outcome::Refused("AppendEntries", "prev \\in matchIndex[i][j] .. Len(log[i])",
                            Operand{"prev", prev}, Operand{"matchIndex[i][j]", s.match_index[j]},
                            Operand{"Len(log[i])", last}, Operand{"j", j});
  }
  if (n > last - prev) {
    return Outcome::Refused("AppendEntries", "prev + n <= Len(log[i])", Operand{"prev", prev},
                            Operand{"n", n}, Operand{"Len(log[i])", last});
  }
  auto m = MakeMessage(raft, MessageType::kMsgApp, i, j);
  m.index = prev;
  m.log_term = tree.TermAt(s.log, prev);
  m.entry_count = n;
  m.entries = n == 0 ? kEmptyLog : tree.Prefix(s.log, prev + n);
  m.commit = s.commit_index;
  raft.network.Send(m);
  return Outcome::Taken();
}

// Leader i sends a heartbeat to j.  The commit index is at most what j is known to have, because j
// adopts it without checking its log (etcd: sendHeartbeat).  `context` is a read that the response
// confirms.
template <class Network>
Outcome Heartbeat(Raft<Network>& raft, Server i, Server j, std::uint64_t context = 0) {
  const auto& s = raft.state[i];
  if (s.state != Role::kLeader) {
    return Outcome::Refused("Heartbeat", "state[i] = Leader", Operand{"state[i]", s.state});
  }
  if (i == j || !s.config.Members().Contains(j)) {
    return Outcome::Refused("Heartbeat", "j \\in Members(config[i]) \\ {i}", Operand{"j", j},
                            Operand{"Members(config[i])", s.config.Members()});
  }
  auto m = MakeMessage(raft, MessageType::kMsgHeartbeat, i, j);
  m.commit = std::min(s.commit_index, s.match_index[j]);
  m.context = context;
  raft.network.Send(m);
  return Outcome::Taken();
}

// The highest index that a majority of `voters` has acknowledged to leader i.
template <class Network>
Index MajorityIndex(const Raft<Network>& raft, Server i, typename Raft<Network>::Set voters) {
  std::array<Index, static_cast<std::size_t>(Raft<Network>::Types::kServers)> match{};
  int count = 0;
  for (Server j = 0; j < static_cast<Server>(match.size()); ++j) {
    if (voters.Contains(j)) match[static_cast<std::size_t>(count++)] = raft.state[i].match_index[j];
  }
  const auto quorum = match.begin() + count / 2;
  std::nth_element(match.begin(), quorum, match.begin() + count, std::greater<>());
  return *quorum;
}

// The highest index that a quorum of the configuration in force has acknowledged.
template <class Network>
Index QuorumIndex(const Raft<Network>& raft, Server i) {
  const auto& config = raft.state[i].config;
  const Index first = MajorityIndex(raft, i, config.voters);
  return config.IsJoint() ? std::min(first, MajorityIndex(raft, i, config.outgoing)) : first;
}

// Leader i commits what a quorum has, if the last entry of it is of the leader's term: an entry of
// an earlier term may still be overwritten (Raft paper 5.4.2, figure 8).
template <class Network>
Outcome AdvanceCommitIndex(Raft<Network>& raft, Server i) {
  auto& s = raft.state[i];
  if (s.state != Role::kLeader) {
    return Outcome::Refused("AdvanceCommitIndex", "state[i] = Leader",
                            Operand{"state[i]", s.state});
  }
  const Index agreed = std::min<Index>(QuorumIndex(raft, i), raft.tree->Length(s.log));
  if (agreed > s.commit_index && raft.tree->TermAt(s.log, agreed) == s.current_term) {
    s.commit_index = agreed;
    RecordCommitted(raft, i, s.current_term);
  }
  return Outcome::Taken();
}

// The last index up to `index` whose term in log[i] is at most `term`, and its term.  The logs
// cannot match beyond it.
template <class Network>
std::pair<Index, Term> FindConflictByTerm(const Raft<Network>& raft, Server i, Index index,
                                          Term term) {
  const auto& tree = *raft.tree;
  LogId log = tree.Prefix(raft.state[i].log, index);
  while (tree.Length(log) > 0 && tree.LastTerm(log) > term) log = tree.Parent(log);
  return {tree.Length(log), tree.LastTerm(log)};
}

// The log of i after it took the entries of m, which match at m.index: from the first one on that
// is missing or of another term.  It is truncated only at a conflict; otherwise a late message
// would remove entries that were acknowledged since (Raft paper figure 2, AppendEntries, step 3).
// TLA+: LogWithEntries.
template <class Network>
LogId AppendFrom(Raft<Network>& raft, Server i, const MessageOf<Network>& m) {
  auto& tree = *raft.tree;
  const LogId log = raft.state[i].log;
  const Index last = m.index + m.entry_count;
  const Index both = std::min<Index>(last, tree.Length(log));
  Index k = m.index + 1;
  while (k <= both && tree.TermAt(log, k) == tree.TermAt(m.entries, k)) ++k;
  if (k > last) return log;
  LogId result = tree.Prefix(log, k - 1);
  for (; k <= last; ++k) result = tree.Copy(result, tree.Prefix(m.entries, k));
  return result;
}

// Follower i holds its log up to `commit` as committed.
template <class Network, class Number>
void CommitUpTo(Raft<Network>& raft, Server i, Number commit) {
  auto& s = raft.state[i];
  if (commit <= s.commit_index) return;
  s.commit_index = commit;
  RecordCommitted(raft, i, s.current_term);
}

// m.term = currentTerm[i].
template <class Network>
Outcome HandleAppendEntriesRequest(Raft<Network>& raft, Server i, Server j,
                                   const MessageOf<Network>& m) {
  auto& s = raft.state[i];
  const auto& tree = *raft.tree;
  if (const Outcome own = IsOfOwnTerm("HandleAppendEntriesRequest", s, m); !own) return own;
  if (s.state != Role::kFollower) {
    return Outcome::Refused("HandleAppendEntriesRequest", "state[i] = Follower",
                            Operand{"state[i]", s.state}, Operand{"m.from", m.from});
  }
  s.leader_id = j;
  auto response = MakeMessage(raft, MessageType::kMsgAppResp, i, j);
  const Index last = tree.Length(s.log);
  if (m.index < s.commit_index) {
    response.index = s.commit_index;
  } else if (m.index <= last && tree.TermAt(s.log, m.index) == m.log_term) {
    s.log = AppendFrom(raft, i, m);
    response.index = m.index + m.entry_count;
    CommitUpTo(raft, i, std::min(m.commit, response.index));
  } else {
    response.reject = true;
    response.index = m.index;
    std::tie(response.hint, response.log_term) =
        FindConflictByTerm(raft, i, std::min<Index>(m.index, last), m.log_term);
  }
  Reply(raft, response, m);
  return Outcome::Taken();
}

// m.term = currentTerm[i].
template <class Network>
Outcome HandleHeartbeat(Raft<Network>& raft, Server i, Server j, const MessageOf<Network>& m) {
  auto& s = raft.state[i];
  if (const Outcome own = IsOfOwnTerm("HandleHeartbeat", s, m); !own) return own;
  if (s.state != Role::kFollower) {
    return Outcome::Refused("HandleHeartbeat", "state[i] = Follower", Operand{"state[i]", s.state},
                            Operand{"m.from", m.from});
  }
  s.leader_id = j;
  CommitUpTo(raft, i, m.commit);
  auto response = MakeMessage(raft, MessageType::kMsgHeartbeatResp, i, j);
  response.context = m.context;
  Reply(raft, response, m);
  return Outcome::Taken();
}

// m.term = currentTerm[i].  Responses may arrive late and out of order, so matchIndex never
// decreases.
template <class Network>
Outcome HandleAppendEntriesResponse(Raft<Network>& raft, Server i, Server j,
                                    const MessageOf<Network>& m) {
  auto& s = raft.state[i];
  if (const Outcome own = IsOfOwnTerm("HandleAppendEntriesResponse", s, m); !own) return own;
  if (s.state == Role::kLeader && !m.reject) {
    s.match_index[j] = std::max(s.match_index[j], m.index);
  }
  raft.network.Discard(m);
  return Outcome::Taken();
}

// m.term = currentTerm[i].  The heartbeat carried a read.  The response proves that its sender
// still followed i after the read arrived.
template <class Network>
Outcome HandleHeartbeatResponse(Raft<Network>& raft, Server i, Server j,
                                const MessageOf<Network>& m) {
  const auto& s = raft.state[i];
  if (const Outcome own = IsOfOwnTerm("HandleHeartbeatResponse", s, m); !own) return own;
  if (s.state == Role::kLeader && m.context != 0) {
    if (auto* read = raft.history.FindRead(m.context)) read->acks.Insert(j);
  }
  raft.network.Discard(m);
  return Outcome::Taken();
}

}  // namespace spec
