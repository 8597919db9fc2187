// Handlers: state is handed out, written to the disk, compacted.
#include <algorithm>

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
  const auto& writes = line.raft.network.Writes(line.i);
  if (writes.empty()) return line.Refuse("Persist", "writes[i] # <<>>");
  const bool installs = writes.front().installs;
  const auto& durable = line.event.durable;
  const spec::LogId before = line.server().durable.log;
  const spec::Index written = writes.front().disk.commit;
  const bool told = durable && durable->commit;
  if (!line.Take("Persist", spec::Persist(line.raft, line.i, told ? *durable->commit : written))) {
    return false;
  }
  Comparison comparison = line.Compare();
  comparison.State(line.event, line.ShownNow());
  const spec::ServerState::Durable& disk = line.server().durable;
  if (durable) comparison.Durable(*durable, disk, line.context.tree);
  if (line.event.ents && line.event.index) {
    // Entries stand after the snapshot that the write installs.
    const spec::LogId base = installs ? line.context.tree.Prefix(disk.log, disk.snapshot) : before;
    comparison.Written(*line.event.index, *line.event.ents, base, disk.log, line.context.tree);
  }
  // The application takes over the state of a snapshot once the snapshot is on disk.
  if (installs) line.progress().applied = std::max(line.progress().applied, disk.snapshot);
  return line.Agrees("Persist", comparison);
}

bool OnCompact(Line& line) {
  if (!line.event.index) return line.Refuse("Compact", "the event has an index");
  const bool told = line.event.durable && line.event.durable->snapshot;
  const spec::Index snapshot = told ? *line.event.durable->snapshot : *line.event.index;
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

}  // namespace conformance
