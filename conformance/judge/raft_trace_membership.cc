// Handlers: a leader proposes a change of the membership; a server applies one.
#include <algorithm>
#include <optional>
#include <vector>

#include "conformance/judge/raft_trace_handlers.h"
#include "conformance/judge/raft_trace_infer.h"

namespace conformance {
namespace {

spec::ConfChange ToSpecChange(Line& line, const trace::ConfChange& cc) {
  spec::ConfChange change;
  change.transition =
      static_cast<spec::ConfChange::Transition>(cc.transition.value_or(trace::Transition::kAuto));
  for (const trace::SingleConfChange& single :
       cc.changes.value_or(std::vector<trace::SingleConfChange>{})) {
    using Action = trace::SingleConfChange::Action;
    ++change.changes;
    const spec::Server j = line.context.servers.Add(single.node.value_or(0));
    if (j == spec::kNil) continue;
    // If a server is named twice, the last time counts.
    change.add.Erase(j);
    change.add_learner.Erase(j);
    change.remove.Erase(j);
    const Action action = single.action.value_or(Action::kAddNewServer);
    (action == Action::kAddNewServer ? change.add
     : action == Action::kAddLearner ? change.add_learner
                                     : change.remove)
        .Insert(j);
  }
  return change;
}

// The stored configuration may have been in force more than once.  This is the first time after
// which the next change makes `voters`.
bool AppliesFrom(Line& line, spec::ServerSet voters) {
  const spec::LogTree& tree = line.context.tree;
  const spec::LogId log = line.server().log;
  const spec::Config now = line.server().config;
  spec::Config config =
      spec::ConfigOf(line.raft.constants, tree, tree.Prefix(log, line.server().conf_index));
  const spec::Index most = std::min(line.progress().stored->index, line.server().commit_index);
  spec::LogId conf = spec::NextConf(line.raft, line.i);
  while (conf != spec::kEmptyLog && tree.Length(conf) <= most) {
    config = spec::ConfigAfter(config, tree.Change(conf));
    const spec::Index at = tree.Length(conf);
    conf = tree.FirstConfAfter(log, at);
    if (config.voters != now.voters || config.outgoing != now.outgoing) continue;
    if (conf == spec::kEmptyLog || tree.Length(conf) > line.server().commit_index) return false;
    if (spec::ConfigAfter(config, tree.Change(conf)).voters != voters) continue;
    line.server().conf_index = at;
    line.server().config = config;
    ++line.context.inferred_steps;
    return true;
  }
  return false;
}

// The line is about an entry that the stored configuration has already, or about the next one.  If
// it may be either, it counts as both: a server that applies entries again comes to the same
// configuration in the end.
void ApplyAgain(Line& line) {
  std::optional<ServerProgress::Stored>& stored = line.progress().stored;
  const spec::LogTree& tree = line.context.tree;
  const spec::LogId again = spec::NextConf(line.raft, line.i);
  const bool told = line.event.prop && line.event.prop->cc && line.event.prop->cc->newconf;
  if (!told || again == spec::kEmptyLog || stored->index <= line.server().conf_index) return;
  if (spec::ConfigAfter(line.server().config, tree.Change(again)).voters != line.NewVoters()) {
    if (!AppliesFrom(line, line.NewVoters())) InferApplied(line);
    return;
  }
  const spec::LogId next = tree.FirstConfAfter(line.server().log, stored->index);
  if (next == spec::kEmptyLog || tree.Length(next) > line.server().commit_index) return;
  const spec::Config config = spec::ConfigAfter(stored->config, tree.Change(next));
  if (config.voters == line.NewVoters()) stored = {tree.Length(next), config};
}

// The change may be simple or joint.  It is applied as a simple one; the server's next line shows
// whether that was right (SettleChange in raft_trace_before.cc).
void NoteOpenChange(Line& line) {
  const spec::LogId entry = spec::NextConf(line.raft, line.i);
  if (!line.IsOpen(entry)) return;
  const bool told = line.event.prop && line.event.prop->cc && line.event.prop->cc->members;
  if (told) SettleByMembers(line, *line.event.prop->cc->members, entry);
  line.progress().open_change = {entry, line.server()};
}

}  // namespace

bool OnChangeConf(Line& line) {
  if (!line.ShowsState("ChangeConf")) return false;
  Announced announced;
  announced.change = ToSpecChange(line, *line.event.prop->cc);
  announced.open = !line.event.prop->cc->transition && announced.change->changes > 0;
  announced.index = line.event.index.value_or(0);
  if (line.event.entry) {
    Comparison comparison = line.Compare();
    comparison.Number("entry.term", line.server().current_term, line.event.entry->term);
    if (!line.Agrees("ChangeConf", comparison)) return false;
    announced.value = line.event.entry->digest;
  }
  line.progress().announced.push_back(announced);
  return true;
}

bool OnApplyConfChange(Line& line) {
  ServerProgress& p = line.progress();
  line.NewVoters();  // the state may show them already
  if (!line.ShowsState("ApplyConfChange")) return false;
  if (p.stored) ApplyAgain(line);
  if (!p.replaced) InferRefusedHere(line);
  if (!p.replaced) NoteOpenChange(line);
  if (p.replaced) {  // the snapshot brought the configuration
    p.replaced = false;
  } else if (!line.Take("ApplyConfChange", spec::ApplyConfChange(line.raft, line.i))) {
    return false;
  }
  Comparison comparison = line.Compare();
  comparison.NewConf(line.event, line.server().config);
  return line.Agrees("ApplyConfChange", comparison);
}

}  // namespace conformance
