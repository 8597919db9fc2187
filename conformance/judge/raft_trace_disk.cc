#include <algorithm>
#include <utility>

#include "conformance/judge/raft_trace_step.h"

namespace conformance {

bool Stepper::NothingIsNew() {
  const spec::ServerState& s = server();
  const spec::ServerState::Durable now = {s.current_term, s.voted_for, s.commit_index, s.log, 0, 0};
  const bool same = progress().handed == now;
  progress().handed = now;
  return same && !spec::HasSnapshotToWrite(raft_, i_) && raft_.network.Pending(i_).empty();
}

bool Stepper::OnReady() {
  if (!ShowsState("Ready")) return false;
  constexpr std::size_t kMostWrites = 64;  // of who is never heard of again
  if (!context_.disk_logged && raft_.network.Writes(i_).size() > kMostWrites) InferPersist(i_, 1);
  return NothingIsNew() || Take("HandOver", spec::HandOver(raft_, i_));
}

// ---- Without lines about the disk, and whether storage is asynchronous or not.  A write is done
// when something tells so: a message that waited for it and arrives, a campaign or a compaction
// that needs it.  What nothing told of a restart may find or not.

bool Stepper::InferPersist(spec::Server i, std::size_t count) {
  for (; count > 0; --count) {
    const auto& write = raft_.network.Writes(i).front();
    const spec::Index installed = write.installs ? write.disk.snapshot : 0;
    // Its commit index need not be synced.
    const spec::Index commit = raft_.state[i].durable.commit;
    if (!Take("Persist", spec::Persist(raft_, i, commit))) return false;
    candidate_.progress[i].applied = std::max(candidate_.progress[i].applied, installed);
  }
  return true;
}

// As many as the disk may have seen: what waited for them was sent.
bool Stepper::FinishWritesBefore(const spec::ServerState::Durable& disk) {
  const auto& writes = raft_.network.Writes(i_);
  spec::ServerState::Durable from = server().durable;
  std::size_t count = 0;
  for (std::size_t k = 0; k < writes.size(); ++k) {
    const auto& write = writes[k];
    const bool begun =
        k > 0 && spec::LeavesOf(context_.tree, from, write.disk, write.installs, disk);
    if (begun) count = k;
    const spec::Index snapshot = write.installs ? write.disk.snapshot : from.snapshot;
    from = write.disk;
    from.snapshot = snapshot;
    const bool done = from.term == disk.term && from.vote == disk.vote && from.log == disk.log &&
                      from.snapshot == disk.snapshot;
    if (done) count = k + 1;
  }
  return InferPersist(i_, count);
}

std::size_t Stepper::WritesBeforeMessage(spec::Server from) const {
  const auto& writes = raft_.network.Writes(from);
  for (std::size_t k = 0; k < writes.size(); ++k) {
    for (const spec::Message& m : writes[k].messages) {
      if (Matches(*event_.msg, m, context_.servers, context_.tree, raft_.constants)) return k + 1;
    }
  }
  return 0;
}

// Who campaigns has no snapshot that waits for its write.
void Stepper::InferInstalled() {
  const auto& writes = raft_.network.Writes(i_);
  std::size_t count = writes.size();
  while (count > 0 && !writes[count - 1].installs) --count;
  InferPersist(i_, count);
}

// Before its restart a server compacted its log: a new log takes everything before its first entry
// for committed.
void Stepper::InferCompaction() {
  const std::uint64_t start = event_.state ? event_.state->commit.value_or(0) : 0;
  if (start <= server().durable.log_start || start > server().commit_index) return;
  const auto& writes = raft_.network.Writes(i_);
  const auto stored = [&] {
    return context_.tree.Length(context_.tree.CommonPrefix(server().log, server().durable.log));
  };
  while (!writes.empty() && stored() < start) {
    if (writes.front().installs && writes.front().disk.snapshot == start) return;
    if (!InferPersist(i_, 1)) return;
  }
  TakeUnseen("Compact", spec::Compact(raft_, i_, start, start));
}

bool Stepper::OnPersist() {
  const auto& writes = raft_.network.Writes(i_);
  if (writes.empty()) return Refuse("Persist", "writes[i] # <<>>");
  const bool installs = writes.front().installs;
  const auto& durable = event_.durable;
  const spec::LogId before = server().durable.log;
  const spec::Index written = writes.front().disk.commit;
  const bool told = durable && durable->commit;
  if (!Take("Persist", spec::Persist(raft_, i_, told ? *durable->commit : written))) return false;
  Comparison comparison = Compare();
  comparison.State(event_, ShownNow());
  const spec::ServerState::Durable& disk = server().durable;
  if (durable) CompareDurable(comparison, *durable, disk);
  if (event_.ents && event_.index) {
    // Entries are written after the snapshot that they follow on.
    const spec::LogId base = installs ? context_.tree.Prefix(disk.log, disk.snapshot) : before;
    CompareWritten(comparison, {*event_.index, *event_.ents}, base, disk.log);
  }
  // The application takes up the state of a snapshot when it is on disk.
  if (installs) progress().applied = std::max(progress().applied, disk.snapshot);
  return Agrees("Persist", comparison);
}

bool Stepper::OnCompact() {
  if (!event_.index) return Refuse("Compact", "the event has an index");
  const bool told = event_.durable && event_.durable->snapshot;
  const spec::Index snapshot = told ? *event_.durable->snapshot : *event_.index;
  if (!Take("Compact", spec::Compact(raft_, i_, snapshot, *event_.index))) return false;
  if (snapshot > progress().applied) {
    return Refuse("Compact", "a snapshot is of what was applied",
                  "snapshot = " + std::to_string(snapshot) +
                      ", applied = " + std::to_string(progress().applied));
  }
  Comparison comparison = Compare();
  comparison.State(event_, ShownNow());
  if (event_.durable) CompareDurable(comparison, *event_.durable, server().durable);
  return Agrees("Compact", comparison);
}

void Stepper::CompareDurable(Comparison& comparison, const trace::Durable& durable,
                             const spec::ServerState::Durable& disk) {
  comparison.Number("durable.term", disk.term, durable.term);
  comparison.Id("durable.vote", disk.vote == spec::kNil ? 0 : context_.servers.Id(disk.vote),
                durable.vote);
  comparison.Number("durable.commit", disk.commit, durable.commit);
  comparison.Number("durable.log", context_.tree.Length(disk.log), durable.log);
  comparison.Number("durable.logTerm", context_.tree.LastTerm(disk.log), durable.log_term);
  comparison.Number("durable.snapshot", disk.snapshot, durable.snapshot);
}

void Stepper::CompareWritten(Comparison& comparison, const Written& written, spec::LogId before,
                             spec::LogId after) {
  const spec::LogTree& tree = context_.tree;
  const std::vector<trace::Entry>& ents = written.ents;
  const spec::Index length = tree.Length(after);
  if (ents.empty()) {
    comparison.Number("index", 0, written.index);
    comparison.Truth("ents: something was written", before != after, false);
    return;
  }
  comparison.Number("index + Len(ents) - 1", length, written.index + ents.size() - 1);
  if (written.index + ents.size() - 1 != length) return;
  const spec::Index kept = written.index - 1;
  const bool keeps =
      kept <= tree.Length(before) && tree.Prefix(before, kept) == tree.Prefix(after, kept);
  comparison.Truth("index: what stands before it was on disk", keeps, true);
  for (std::size_t k = ents.size(); k-- > 0;) {
    comparison.Entry("ents.term", "ents.digest", ents[k], tree, after);
    after = tree.Parent(after);
  }
}

std::vector<Loadable> Stepper::LoadableLogs(bool first) {
  const spec::LogTree& tree = context_.tree;
  const auto& disk = progress().disk;
  const auto& survived = progress().survived;
  const Loadable durable =
      first ? Loadable{} : Loadable{server().durable.log, server().durable.snapshot};
  const spec::Index length = event_.log.value_or(tree.Length(durable.log));
  std::vector<Loadable> found;
  const auto add = [&](const Loadable& one) {
    const bool fits = (!disk || !disk->log_term || tree.LastTerm(one.log) == *disk->log_term) &&
                      (!disk || !disk->snapshot || one.snapshot == *disk->snapshot) &&
                      (!survived || survived->ents.empty() || one.log != durable.log);
    if (fits && std::find(found.begin(), found.end(), one) == found.end()) found.push_back(one);
  };
  if (tree.Length(durable.log) == length) add(durable);
  Loadable from = durable;
  if (!first) {
    for (const auto& write : raft_.network.Writes(i_)) {
      const spec::LogId to = write.disk.log;
      const spec::Index least =
          write.installs ? write.disk.snapshot : tree.Length(tree.CommonPrefix(from.log, to)) + 1;
      if (write.installs) from.snapshot = write.disk.snapshot;
      if (length >= least && length <= tree.Length(to))
        add({tree.Prefix(to, length), from.snapshot});
      from.log = to;
    }
  }
  if (found.empty()) {
    Refuse(first ? "Init" : "Restart", "the log found on disk holds what is durable",
           "log = " + std::to_string(length) +
               ", Len(durable[i].log) = " + std::to_string(tree.Length(durable.log)));
  }
  return found;
}

}  // namespace conformance
