// Handlers: state is handed out, written to the disk, compacted.
#include <algorithm>
#include <vector>

#include "conformance/judge/raft_trace_handlers.h"
#include "conformance/judge/raft_trace_infer.h"

namespace conformance {
namespace {

// There is nothing to write, and no message waits for a write.  Such a Ready needs no Persist.
bool NothingIsNew(Line& line) {
  const spec::ServerState& s = line.server();
  const spec::ServerState::Durable now = {s.current_term, s.voted_for, s.commit_index, s.log, 0, 0};
  const bool same = line.progress().handed == now;
  line.progress().handed = now;
  return same && !spec::HasSnapshotToWrite(line.raft, line.i) &&
         line.raft.network.Pending(line.i).empty();
}

// A commit index need not be synced.  Until a line tells it, the model has the lowest that the disk
// may hold.
void SettleCommit(Line& line, const trace::Field<std::uint64_t>& told) {
  std::vector<spec::Index>& open = line.progress().open_commits;
  if (!told) {
    open.push_back(line.raft.network.Writes(line.i).front().disk.commit);
    return;
  }
  if (std::find(open.begin(), open.end(), *told) != open.end())
    line.server().durable.commit = *told;
  open.clear();
}

bool Compacts(Line& line, spec::Index snapshot) {
  if (!line.Take("Compact", spec::Compact(line.raft, line.i, snapshot, *line.event.index))) {
    return false;
  }
  if (snapshot > line.progress().applied) {
    return line.Refuse("Compact", "a snapshot is of what was applied",
                       "snapshot = " + std::to_string(snapshot) +
                           ", applied = " + std::to_string(line.progress().applied));
  }
  Comparison comparison = line.Compare();
  comparison.State(line.event, line.ShownNow());
  if (line.event.durable) {
    comparison.Durable(*line.event.durable, line.server().durable, line.context.tree);
  }
  return line.Agrees("Compact", comparison);
}

}  // namespace

bool OnReady(Line& line) {
  if (!line.ShowsState("Ready")) return false;
  // No line may ever prove that the writes of a server are done: keeps a bounded number of them.
  constexpr std::size_t kMostWrites = 64;
  if (!line.context.disk_logged && line.raft.network.Writes(line.i).size() > kMostWrites) {
    InferPersist(line, line.i, 1);
  }
  return NothingIsNew(line) || line.Take("HandOver", spec::HandOver(line.raft, line.i));
}

bool OnPersist(Line& line) {
  if (!line.context.disk_logged) return line.Needs("diskLogged in the header");
  const auto& writes = line.raft.network.Writes(line.i);
  if (writes.empty()) return line.Refuse("Persist", "writes[i] # <<>>");
  const bool installs = writes.front().installs;
  const auto& durable = line.event.durable;
  const spec::LogId before = line.server().durable.log;
  SettleCommit(line, durable ? durable->commit : trace::Field<std::uint64_t>());
  const bool told = durable && durable->commit;
  const spec::Index commit = told ? *durable->commit : line.server().durable.commit;
  if (!line.Take("Persist", spec::Persist(line.raft, line.i, commit))) return false;
  Comparison comparison = line.Compare();
  comparison.State(line.event, line.ShownNow());
  const spec::ServerState::Durable& disk = line.server().durable;
  if (durable) comparison.Durable(*durable, disk, line.context.tree);
  // Entries stand after the snapshot that the write installs.
  const spec::LogId base = installs ? line.context.tree.Prefix(disk.log, disk.snapshot) : before;
  comparison.Written(line.event.index, line.event.ents, base, disk.log, line.context.tree);
  line.Learn(line.event.ents, disk.log);
  // The application takes over the state of a snapshot once the snapshot is on disk.
  if (installs) line.progress().applied = std::max(line.progress().applied, disk.snapshot);
  return line.Agrees("Persist", comparison);
}

bool OnCompact(Line& line) {
  const auto& durable = line.event.durable;
  if (durable && durable->commit) SettleCommit(line, durable->commit);
  std::vector<spec::Index> snapshots;
  if (durable && durable->snapshot) {
    snapshots.push_back(*durable->snapshot);
  } else {
    // The snapshot may be newer than the end of what is compacted.
    snapshots.push_back(*line.event.index);
    for (spec::Index k = *line.event.index; k < line.progress().applied;) {
      snapshots.push_back(++k);
      if (snapshots.size() > kMostExplanations) break;
    }
  }
  return line.AnyOf(snapshots, "durable.snapshot", Compacts);
}

}  // namespace conformance
