// Steps that no line shows.
#include "conformance/judge/raft_trace_infer.h"

#include <algorithm>
#include <vector>

namespace conformance {

// ---- Writes.

bool InferPersist(Line& line, spec::Server i, std::size_t count) {
  for (; count > 0; --count) {
    const auto& write = line.raft.network.Writes(i).front();
    const spec::Index installed = write.installs ? write.disk.snapshot : 0;
    // A write need not sync its commit index.
    const spec::Index commit = line.raft.state[i].durable.commit;
    if (!line.Take("Persist", spec::Persist(line.raft, i, commit))) return false;
    line.candidate.progress[i].applied = std::max(line.candidate.progress[i].applied, installed);
  }
  return true;
}

bool FinishWritesBefore(Line& line, const spec::ServerState::Durable& disk) {
  const auto& writes = line.raft.network.Writes(line.i);
  spec::ServerState::Durable from = line.server().durable;
  std::size_t count = 0;
  for (std::size_t k = 0; k < writes.size(); ++k) {
    const auto& write = writes[k];
    const bool begun =
        k > 0 && spec::LeavesOf(line.context.tree, from, write.disk, write.installs, disk);
    if (begun) count = k;
    const spec::Index snapshot = write.installs ? write.disk.snapshot : from.snapshot;
    from = write.disk;
    from.snapshot = snapshot;
    const bool done = from.term == disk.term && from.vote == disk.vote && from.log == disk.log &&
                      from.snapshot == disk.snapshot;
    if (done) count = k + 1;
  }
  return InferPersist(line, line.i, count);
}

std::size_t WritesBeforeMessage(const Line& line, const spec::Message& m) {
  const auto& writes = line.raft.network.Writes(m.from);
  for (std::size_t k = 0; k < writes.size(); ++k) {
    const auto& messages = writes[k].messages;
    if (std::find(messages.begin(), messages.end(), m) != messages.end()) return k + 1;
  }
  return 0;
}

void InferCompaction(Line& line, spec::Index start) {
  if (start <= line.server().durable.log_start || start > line.server().commit_index) return;
  const auto& writes = line.raft.network.Writes(line.i);
  const auto stored = [&] {
    return line.context.tree.Length(
        line.context.tree.CommonPrefix(line.server().log, line.server().durable.log));
  };
  while (!writes.empty() && stored() < start) {
    if (writes.front().installs && writes.front().disk.snapshot == start) return;
    if (!InferPersist(line, line.i, 1)) return;
  }
  line.TakeUnseen("Compact", spec::Compact(line.raft, line.i, start, start));
}

// ---- What comes before a campaign.

namespace {

// A server does not campaign while a snapshot waits for its write.
void InferInstalled(Line& line) {
  const auto& writes = line.raft.network.Writes(line.i);
  std::size_t count = writes.size();
  while (count > 0 && !writes[count - 1].installs) --count;
  InferPersist(line, line.i, count);
}

}  // namespace

void InferBeforeCampaign(Line& line) {
  if (!line.context.disk_logged) InferInstalled(line);
  InferApplied(line);
  InferRefused(line);
}

void InferApplied(Line& line) {
  const auto& stored = line.progress().stored;
  if (!stored || stored->index <= line.server().conf_index) return;
  if (stored->index > line.server().commit_index) return;
  line.server().conf_index = stored->index;
  line.server().config = stored->config;
  ++line.context.inferred_steps;
}

// ---- What applications did that no line shows.

bool MayBeFirstLearner(Line& line, spec::Server j) {
  const TraceContext& context = line.context;
  return !context.initial_told && !context.first_conf_open &&
         line.server().conf_index == context.tree.Length(context.first_snapshot) &&
         !line.server().config.Members().Contains(j);
}

void InferFirstLearner(Line& line, spec::Server j) {
  TraceContext& context = line.context;
  const spec::Index first = context.tree.Length(context.first_snapshot);
  if (!MayBeFirstLearner(line, j)) return;
  if (first > 0) {
    spec::ConfChange change = context.tree.Change(context.first_snapshot);
    change.add_learner.Insert(j);
    ++change.changes;
    line.LearnChange(context.first_snapshot, change);
  } else {
    line.raft.constants.initial.learners.Insert(j);
  }
  for (spec::ServerState& server : line.raft.state) {
    const bool began = server.conf_index == first && !server.config.voters.Empty();
    if (began && !server.config.Members().Contains(j)) server.config.learners.Insert(j);
  }
  ++context.inferred_steps;
}

namespace {

bool SomebodyApplied(const Line& line, spec::LogId change) {
  const spec::LogTree& tree = line.context.tree;
  return std::any_of(line.raft.state.begin(), line.raft.state.end(), [&](const auto& server) {
    return server.conf_index >= tree.Length(change) && tree.IsPrefix(change, server.log);
  });
}

// The entry changes nothing.
void Refuse(Line& line, spec::LogId change) { line.LearnChange(change, spec::kRefusedChange); }

// The next change, if it is committed.
spec::LogId DueChange(Line& line) {
  const spec::LogId change = spec::NextConf(line.raft, line.i);
  const bool due = line.context.tree.Length(change) <= line.server().commit_index;
  return due ? change : spec::kEmptyLog;
}

// Changes may be in force without a line: etcd's RawNode.Bootstrap applies the first ones by
// itself.
bool IsInForce(Line& line, spec::LogId change) {
  const spec::Config now = line.server().config;
  return spec::ConfigAfter(now, line.context.tree.Change(change)) == now;
}

void SkipInForce(Line& line) {
  for (spec::LogId change = DueChange(line); change != spec::kEmptyLog && IsInForce(line, change);
       change = DueChange(line)) {
    if (!line.TakeUnseen("ApplyConfChange", spec::ApplyConfChange(line.raft, line.i))) return;
  }
}

}  // namespace

void InferRefused(Line& line) {
  if (line.context.disk_logged) return;
  for (;;) {
    SkipInForce(line);
    const spec::LogId change = DueChange(line);
    if (change == spec::kEmptyLog || SomebodyApplied(line, change)) return;
    Refuse(line, change);
  }
}

void InferRefusedHere(Line& line) {
  const bool told = line.event.prop && line.event.prop->cc && line.event.prop->cc->newconf;
  if (!told || line.context.disk_logged) return;
  const spec::ServerSet shown = line.NewVoters();
  if (shown != line.server().config.voters) SkipInForce(line);
  const spec::LogId change = DueChange(line);
  if (change == spec::kEmptyLog) return;
  const spec::Config& now = line.server().config;
  const spec::ServerSet next = spec::ConfigAfter(now, line.context.tree.Change(change)).voters;
  if (shown == now.voters && shown != next && !SomebodyApplied(line, change)) Refuse(line, change);
}

// ---- How a change comes into force.

void SettleByMembers(Line& line, const trace::Members& members, spec::LogId entry) {
  if (!line.IsOpen(entry)) return;
  spec::ConfChange change = line.context.tree.Change(entry);
  using Transition = spec::ConfChange::Transition;
  const bool joint = change.changes > 1 || change.transition != Transition::kAuto ||
                     (members.outgoing && !members.outgoing->empty());
  if (!joint) return;
  change.transition =
      members.auto_leave == false ? Transition::kJointExplicit : Transition::kJointImplicit;
  line.LearnChange(entry, change, members.auto_leave.has_value());
}

// ---- What messages told that the trace does not show.

spec::Index CommitUnseen(Line& line) {
  const spec::Constants& constants = line.raft.constants;
  const bool asks = line.event.role == trace::Role::kPreCandidate ||
                    line.server().state == spec::Role::kPreCandidate;
  if (!constants.votes_carry_commit || constants.campaign_messages || !line.event.state || !asks) {
    return 0;
  }
  const spec::Index shown = line.event.state->commit.value_or(0);
  return shown > line.server().commit_index ? shown : 0;
}

spec::Server WhoTellsNewerTerm(const Line& line) {
  if (line.raft.constants.campaign_messages || !line.event.state) return spec::kNil;
  const spec::Term term = line.event.state->term.value_or(0);
  if (term <= line.raft.state[line.i].current_term) return spec::kNil;
  const auto found = line.context.terms.find(term);
  if (found == line.context.terms.end()) return spec::kNil;
  const auto servers = static_cast<spec::Server>(line.context.servers.size());
  for (spec::Server j = 0; j < servers; ++j) {
    if (j != line.i && found->second.Contains(j)) return j;
  }
  return spec::kNil;
}

bool IsNewborn(Line& line) {
  return line.server().current_term == 0 && line.server().config.Members().Empty() &&
         line.context.tree.Length(line.server().log) == 0;
}

}  // namespace conformance
