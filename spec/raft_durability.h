// What is durable, and what a crash leaves of the rest.  TLA+ module: RaftDurability.
// A server gives its disk one write after another.  A write is a snapshot, if one is installed,
// then new entries, then term, vote and commit index, as in etcd's write-ahead log.  A crash leaves
// the finished writes and any prefix of the remaining ones.
#pragma once

#include <algorithm>

#include "spec/outcome.h"
#include "spec/raft_network.h"
#include "spec/raft_state.h"

namespace spec {

// Has server i installed a snapshot that it has not yet given to its disk?
template <class Network>
bool HasSnapshotToWrite(const Raft<Network>& raft, Server i) {
  const Index pending = raft.state[i].pending_snapshot;
  const auto& writes = raft.network.Writes(i);
  return pending != 0 && std::none_of(writes.begin(), writes.end(), [pending](const auto& write) {
           return write.installs && write.disk.snapshot == pending;
         });
}

// Server i gives everything new to its disk (etcd: the application takes a Ready), together with
// the messages that wait for it.
template <class Network>
Outcome HandOver(Raft<Network>& raft, Server i) {
  auto& s = raft.state[i];
  const bool installs = HasSnapshotToWrite(raft, i);
  DurableOf<Network> disk;
  disk.log = s.log;
  disk.term = s.current_term;
  disk.vote = s.voted_for;
  disk.commit = s.commit_index;
  disk.snapshot = s.pending_snapshot;
  disk.log_start = s.log_start;
  raft.network.HandOver(i, disk, installs);
  return Outcome::Taken();
}

// The oldest write of server i becomes durable, with its commit index if `commit` says so (a commit
// index need not be synced: dissertation section 3.8).  The messages that waited for it are sent.
template <class Network>
Outcome Persist(Raft<Network>& raft, Server i, Index commit) {
  auto& s = raft.state[i];
  if (raft.network.Writes(i).empty()) return Outcome::Refused("Persist", "writes[i] # <<>>");
  const DurableOf<Network>& next = raft.network.Writes(i).front().disk;
  if (commit != s.durable.commit && commit != next.commit) {
    return Outcome::Refused("Persist", "commit \\in {durable[i].commit, Head(writes[i]).commit}",
                            Operand{"commit", commit},
                            Operand{"durable[i].commit", s.durable.commit},
                            Operand{"Head(writes[i]).commit", next.commit});
  }
  const auto write = raft.network.FinishWrite(i);
  s.durable.term = write.disk.term;
  s.durable.vote = write.disk.vote;
  s.durable.commit = commit;
  s.durable.log = write.disk.log;
  if (write.installs) {
    s.durable.snapshot = write.disk.snapshot;
    s.durable.log_start = write.disk.snapshot;
    if (s.pending_snapshot == write.disk.snapshot) s.pending_snapshot = 0;
  }
  return Outcome::Taken();
}

// A write changes the disk from `from` to `to`.  Can a crash during this write leave `disk`?  The
// caller checks the commit index.
template <class Logs, class Durable>
bool LeavesOf(const Logs& tree, const Durable& from, const Durable& to, bool installs,
              const Durable& disk) {
  const bool old_hard_state = disk.term == from.term && disk.vote == from.vote;
  const bool new_hard_state = disk.term == to.term && disk.vote == to.vote;
  if (disk.snapshot != (installs ? to.snapshot : from.snapshot)) return false;
  if (new_hard_state && disk.log == to.log) return true;
  if (!old_hard_state || !tree.IsPrefix(disk.log, to.log)) return false;
  if (installs) return tree.Length(disk.log) >= to.snapshot;
  return tree.Length(disk.log) > tree.Length(tree.CommonPrefix(from.log, to.log));
}

// Can a crash of server i leave this disk?  TLA+: disk \in DisksAfterCrash(i).
template <class Network>
Outcome IsDiskAfterCrash(const Raft<Network>& raft, Server i, const DurableOf<Network>& disk) {
  const auto& s = raft.state[i];
  const auto& tree = *raft.tree;
  DurableOf<Network> from = s.durable;
  bool possible = disk.term == from.term && disk.vote == from.vote && disk.log == from.log &&
                  disk.snapshot == from.snapshot;
  for (const auto& write : raft.network.Writes(i)) {
    if (possible) break;
    possible = LeavesOf(tree, from, write.disk, write.installs, disk);
    const Index snapshot = write.installs ? write.disk.snapshot : from.snapshot;
    from = write.disk;
    from.snapshot = snapshot;
  }
  if (!possible) {
    return Outcome::Refused("Restart", "disk is what a crash may leave of durable[i] and writes[i]",
                            Operand{"disk.term", disk.term}, Operand{"disk.vote", disk.vote},
                            Operand{"Len(disk.log)", tree.Length(disk.log)},
                            Operand{"durable[i].term", s.durable.term});
  }
  // A commit index is written after the entries that it covers.
  const Index agreed = tree.Length(tree.CommonPrefix(disk.log, s.log));
  const Index highest = std::min<Index>(s.commit_index, agreed);
  if (disk.commit < s.durable.commit || disk.commit > highest) {
    return Outcome::Refused(
        "Restart",
        "disk.commit \\in durable[i].commit .. Min(commitIndex[i], CommonPrefix(disk.log, log[i]))",
        Operand{"disk.commit", disk.commit}, Operand{"durable[i].commit", s.durable.commit},
        Operand{"commitIndex[i]", s.commit_index},
        Operand{"CommonPrefix(disk.log, log[i])", agreed});
  }
  return Outcome::Taken();
}

// Server i restarts with what its disk holds, and with the configuration of its newest snapshot.
template <class Network>
Outcome Restart(Raft<Network>& raft, Server i, const DurableOf<Network>& disk) {
  if (const Outcome possible = IsDiskAfterCrash(raft, i, disk); !possible) return possible;
  auto& s = raft.state[i];
  const auto& tree = *raft.tree;
  const bool installed = disk.snapshot != s.durable.snapshot;
  const Index log_start = installed ? disk.snapshot : s.durable.log_start;
  ForgetRole(s);
  s.current_term = disk.term;
  s.voted_for = disk.vote;
  s.commit_index = std::max(disk.commit, disk.snapshot);
  s.log = disk.log;
  s.log_start = log_start;
  s.pending_snapshot = 0;
  s.conf_index = disk.snapshot;
  s.config = ConfigIn(raft, tree.Prefix(disk.log, disk.snapshot));
  s.durable = disk;
  s.durable.log_start = log_start;
  raft.network.ForgetWrites(i);
  raft.network.ForgetLoopback(i);
  return Outcome::Taken();
}

}  // namespace spec
