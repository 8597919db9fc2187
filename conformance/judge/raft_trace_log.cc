// Handlers: entries are proposed, committed and applied; clients read.
#include <algorithm>
#include <optional>
#include <string>

#include "conformance/judge/raft_trace_handlers.h"

namespace conformance {

// The leader appends the entry with its next answer to itself (SendAppendEntriesResponse).
bool OnReplicate(Line& line) {
  if (!line.ShowsState("ClientRequest")) return false;
  Announced announced;
  if (line.event.entry) {
    Comparison comparison = line.Compare();
    comparison.Number("entry.term", line.server().current_term, line.event.entry->term);
    if (!line.Agrees("ClientRequest", comparison)) return false;
    announced.value = line.event.entry->digest;
  }
  line.progress().announced.push_back(announced);
  return true;
}

bool OnCommit(Line& line) {
  return line.Take("AdvanceCommitIndex", spec::AdvanceCommitIndex(line.raft, line.i)) &&
         line.ShowsState("AdvanceCommitIndex");
}

bool OnApply(Line& line) {
  ServerProgress& p = line.progress();
  if (!line.ShowsState("Apply")) return false;
  const std::uint64_t index = line.event.index.value_or(p.applied + 1);
  Comparison comparison = line.Compare();
  comparison.Number("index", p.applied + 1, line.event.index);
  if (!line.Agrees("Apply", comparison)) return false;
  if (index > line.server().commit_index || index > line.context.tree.Length(line.server().log)) {
    return line.Refuse("Apply", "index <= commitIndex[i]",
                       "index = " + std::to_string(index) +
                           ", commitIndex[i] = " + std::to_string(line.server().commit_index));
  }
  p.applied = index;
  if (!line.event.entry) return true;
  const spec::LogId applied = line.context.tree.Prefix(line.server().log, index);
  Comparison entry = line.Compare();
  entry.Entry("entry.term", "entry.digest", *line.event.entry, line.context.tree, applied);
  line.Learn(*line.event.entry, applied);
  return line.Agrees("Apply", entry);
}

// The leader answers a read, of whatever server, under its lease.
bool OnLeaseRead(Line& line) {
  if (!line.ShowsState("ServeRead")) return false;
  if (!line.Take("ServeRead", spec::ServeUnderLease(line.raft, line.i))) return false;
  Comparison comparison = line.Compare();
  comparison.Number("index", line.server().commit_index, line.event.index);
  return line.Agrees("ServeRead", comparison);
}

bool OnTick(Line& line) {
  spec::ServerSet one;
  one.Insert(line.i);
  if (!line.Take("Tick", spec::Tick(line.raft, one, 0))) return false;
  Comparison comparison = line.Compare();
  comparison.Number("clock", line.raft.history.ClockOf(line.i), line.event.clock);
  return line.Agrees("Tick", comparison) && line.ShowsState("Tick");
}

// A request without a name may be any that is answered later.
bool OnReadIndex(Line& line) {
  if (!line.event.read) {
    const spec::Index known = line.context.no_clock
                                  ? line.server().commit_index
                                  : line.context.tree.Length(line.raft.history.committed);
    std::optional<spec::Index>& unnamed = line.progress().unnamed_read;
    unnamed = std::min(unnamed.value_or(known), known);
    return true;
  }
  if (!line.Take("ReadIndex", spec::ReadIndex(line.raft, line.i, *line.event.read))) return false;
  if (line.context.no_clock) {
    line.raft.history.FindRead(*line.event.read)->known = line.server().commit_index;
  }
  return true;
}

bool OnReadState(Line& line) {
  if (!line.event.read || !line.event.index) return true;
  ++line.context.compared;
  const std::optional<spec::Index> unnamed = line.progress().unnamed_read;
  if (unnamed && line.raft.history.FindRead(*line.event.read) == nullptr) {
    line.TakeUnseen("ReadIndex", spec::ReadIndex(line.raft, line.i, *line.event.read));
    line.raft.history.FindRead(*line.event.read)->known = *unnamed;
  }
  return line.Take("ServeRead",
                   spec::ServeRead(line.raft, line.i, *line.event.read, *line.event.index));
}

}  // namespace conformance
