// What is durable, and what a crash leaves of the rest.  TLA+ module: RaftDurability.
// A server writes its new entries first and its term, vote and commit index after them, as etcd's
// write-ahead log does; a crash in between leaves some of the entries and the old hard state.
#pragma once

#include <algorithm>

#include "spec/outcome.h"
#include "spec/raft_network.h"
#include "spec/raft_state.h"

namespace spec {

// Server i made its term, vote and log durable, and its commit index too if `commit` says so (a
// commit index need not be synced: dissertation section 3.8).  What waited for it is sent.
template <class Network>
Outcome Persist(Raft<Network>& raft, Server i, Index commit) {
  ServerState& s = raft.state[i];
  if (commit != s.durable.commit && commit != s.commit_index) {
    return Outcome::Refused(
        "Persist", "commit \\in {durable[i].commit, commitIndex[i]}", Operand{"commit", commit},
        Operand{"durable[i].commit", s.durable.commit}, Operand{"commitIndex[i]", s.commit_index});
  }
  s.durable = {s.current_term, s.voted_for, commit, s.log};
  raft.network.Release(i);
  return Outcome::Taken();
}

// Server i comes back with what its disk holds.
template <class Network>
Outcome Restart(Raft<Network>& raft, Server i, const ServerState::Durable& disk) {
  ServerState& s = raft.state[i];
  const LogTree& tree = *raft.tree;
  const bool old_hard_state = disk.term == s.durable.term && disk.vote == s.durable.vote;
  const bool new_hard_state = disk.term == s.current_term && disk.vote == s.voted_for;
  if (!old_hard_state && !new_hard_state) {
    return Outcome::Refused("Restart", "disk.term, disk.vote are durable[i]'s or the last written",
                            Operand{"disk.term", disk.term}, Operand{"disk.vote", disk.vote},
                            Operand{"durable[i].term", s.durable.term},
                            Operand{"durable[i].vote", s.durable.vote});
  }
  const Index kept = tree.Length(tree.CommonPrefix(s.log, s.durable.log));
  const bool some_written = tree.IsPrefix(disk.log, s.log) && tree.Length(disk.log) > kept;
  const bool log_ok = (old_hard_state && (disk.log == s.durable.log || some_written)) ||
                      (new_hard_state && disk.log == s.log);
  if (!log_ok) {
    return Outcome::Refused("Restart", "disk.log holds durable[i].log or what was written over it",
                            Operand{"Len(disk.log)", tree.Length(disk.log)},
                            Operand{"Len(durable[i].log)", tree.Length(s.durable.log)},
                            Operand{"Len(log[i])", tree.Length(s.log)});
  }
  const Index highest = std::min(s.commit_index, tree.Length(disk.log));
  if (disk.commit < s.durable.commit || disk.commit > highest) {
    return Outcome::Refused(
        "Restart", "disk.commit \\in durable[i].commit .. Min(commitIndex[i], Len(disk.log))",
        Operand{"disk.commit", disk.commit}, Operand{"durable[i].commit", s.durable.commit},
        Operand{"commitIndex[i]", s.commit_index}, Operand{"Len(disk.log)", tree.Length(disk.log)});
  }
  ForgetRole(s);
  s.current_term = disk.term;
  s.voted_for = disk.vote;
  s.commit_index = disk.commit;
  s.log = disk.log;
  s.durable = disk;
  raft.network.ForgetPending(i);
  raft.network.ForgetLoopback(i);
  return Outcome::Taken();
}

}  // namespace spec
