// Snapshots and compaction.  TLA+ module: RaftSnapshot.
// The model keeps whole logs.  A server that has compacted its log cannot read what is before
// log_start; a snapshot is represented by the log that it replaces, and by the configuration there.
// Sources: Raft paper section 7, dissertation chapter 5; etcd.
#pragma once

#include <algorithm>

#include "spec/outcome.h"
#include "spec/raft_membership.h"
#include "spec/raft_network.h"
#include "spec/raft_replication.h"
#include "spec/raft_state.h"

namespace spec {

// Server i makes a snapshot of what is applied and removes the log up to `start`.  Its disk must
// hold every entry that the snapshot covers.
template <class Network>
Outcome Compact(Raft<Network>& raft, Server i, Index snapshot, Index start) {
  auto& s = raft.state[i];
  if (snapshot < s.durable.snapshot || snapshot > s.commit_index) {
    return Outcome::Refused("Compact", "snapshot \\in durable[i].snapshot .. commitIndex[i]",
                            Operand{"snapshot", snapshot},
                            Operand{"durable[i].snapshot", s.durable.snapshot},
                            Operand{"commitIndex[i]", s.commit_index});
  }
  const Index stored = raft.tree->Length(raft.tree->CommonPrefix(s.log, s.durable.log));
  if (snapshot > stored) {
    return Outcome::Refused("Compact", "snapshot <= CommonPrefix(log[i], durable[i].log)",
                            Operand{"snapshot", snapshot},
                            Operand{"CommonPrefix(log[i], durable[i].log)", stored});
  }
  if (start < s.durable.log_start || start > snapshot) {
    return Outcome::Refused(
        "Compact", "start \\in durable[i].logStart .. snapshot", Operand{"start", start},
        Operand{"durable[i].logStart", s.durable.log_start}, Operand{"snapshot", snapshot});
  }
  s.durable.snapshot = snapshot;
  s.durable.log_start = start;
  s.log_start = std::max<Index>(s.log_start, start);
  return Outcome::Taken();
}

// Leader i sends j a snapshot in place of log entries.
template <class Network>
Outcome SendSnapshot(Raft<Network>& raft, Server i, Server j, Index index) {
  const auto& s = raft.state[i];
  if (s.state != Role::kLeader) {
    return Outcome::Refused("SendSnapshot", "state[i] = Leader", Operand{"state[i]", s.state});
  }
  if (i == j || !s.config.Members().Contains(j)) {
    return Outcome::Refused("SendSnapshot", "j \\in Members(config[i]) \\ {i}", Operand{"j", j},
                            Operand{"Members(config[i])", s.config.Members()});
  }
  if (index < s.log_start || index > s.commit_index) {
    return Outcome::Refused("SendSnapshot", "index \\in logStart[i] .. commitIndex[i]",
                            Operand{"index", index}, Operand{"logStart[i]", s.log_start},
                            Operand{"commitIndex[i]", s.commit_index});
  }
  auto m = MakeMessage(raft, MessageType::kMsgSnap, i, j);
  m.entry_count = index;
  m.entries = raft.tree->Prefix(s.log, index);
  raft.network.Send(m);
  return Outcome::Taken();
}

// m.term = currentTerm[i].  If the snapshot is old or not for this server, the response reports the
// commit index.  If the log matches the snapshot, the commit index advances to it.  Otherwise the
// snapshot replaces the log.
template <class Network>
Outcome HandleSnapshotRequest(Raft<Network>& raft, Server i, Server j,
                              const MessageOf<Network>& m) {
  auto& s = raft.state[i];
  const auto& tree = *raft.tree;
  if (const Outcome own = IsOfOwnTerm("HandleSnapshotRequest", s, m); !own) return own;
  if (s.state != Role::kFollower) {
    return Outcome::Refused("HandleSnapshotRequest", "state[i] = Follower",
                            Operand{"state[i]", s.state}, Operand{"m.from", m.from});
  }
  s.leader_id = j;
  const Index index = m.entry_count;
  const auto config = ConfigIn(raft, m.entries);
  if (index > s.commit_index && config.Members().Contains(i)) {
    const bool matches =
        index <= tree.Length(s.log) && tree.TermAt(s.log, index) == tree.LastTerm(m.entries);
    if (!matches) {
      s.log = m.entries;
      s.log_start = index;
      s.pending_snapshot = index;
    }
    s.commit_index = index;
    RecordCommitted(raft, i, s.current_term);  // by votes of the configuration that i had
    if (!matches) {
      s.config = config;
      s.conf_index = index;
    }
  }
  auto response = MakeMessage(raft, MessageType::kMsgAppResp, i, j);
  response.index = s.commit_index;
  Reply(raft, response, m);
  return Outcome::Taken();
}

}  // namespace spec
