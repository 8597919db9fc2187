#include <algorithm>
#include <utility>

#include "conformance/judge/raft_trace_step.h"

namespace conformance {

spec::ServerSet Stepper::NewVoters() {
  spec::ServerSet voters;
  const bool told = event_.prop && event_.prop->cc && event_.prop->cc->newconf;
  if (!told) return voters;
  for (const trace::NodeId id : *event_.prop->cc->newconf) {
    const spec::Server j = context_.servers.Add(id);
    if (j != spec::kNil) voters.Insert(j);
  }
  return voters;
}

void Stepper::CompareNewConf(Comparison& comparison, const spec::Config& config) {
  if (!event_.prop || !event_.prop->cc) return;
  const trace::ConfChange& cc = *event_.prop->cc;
  if (cc.newconf) comparison.Set("prop.cc.newconf", config.voters, *cc.newconf);
  if (cc.members) comparison.Members("prop.cc.members", config, *cc.members);
}

bool Stepper::OnApplyConfChange() {
  ServerProgress& p = progress();
  if (p.stage == Stage::kLoading) return OnLoadedConf();
  if (p.bootstrap_length) return OnBootstrapConf();
  NewVoters();
  if (!ShowsState("ApplyConfChange")) return false;
  if (p.stored) ApplyAgain();
  if (!p.replaced) ApplyOpenly();
  if (p.replaced) {  // the snapshot brought it
    p.replaced = false;
  } else if (!Take("ApplyConfChange", spec::ApplyConfChange(raft_, i_))) {
    return false;
  }
  Comparison comparison = Compare();
  CompareNewConf(comparison, server().config);
  return Agrees("ApplyConfChange", comparison);
}

// The configuration that the storage had.  Traces without a header say with it what all began with.
bool Stepper::OnLoadedConf() {
  ServerProgress& p = progress();
  if (!ShowsLoading()) return false;
  p.conf_loaded = true;
  const spec::ServerSet voters = NewVoters();
  if (!context_.initial_known && p.first_start && p.loaded.snapshot == 0 && !voters.Empty()) {
    context_.initial_known = true;
    raft_.constants.initial.voters = voters;
  }
  if (p.first_start && p.loaded.snapshot > 0 && context_.first_conf_open) {
    spec::ConfChange all;
    all.transition = spec::ConfChange::Transition::kJointExplicit;  // many at once, of nobody
    all.changes = voters.Size();
    all.add = voters;
    context_.tree.SetChange(context_.first_snapshot, all);
    context_.first_conf_open = false;
  }
  const spec::LogId snapshot = context_.tree.Prefix(p.loaded.log, p.loaded.snapshot);
  p.conf = spec::ConfigOf(raft_.constants, context_.tree, snapshot);
  Comparison comparison = Compare();
  if (event_.prop && event_.prop->cc) {
    const std::vector<trace::NodeId> none;
    p.conf = LoadedConf(event_.prop->cc->newconf.value_or(none), nullptr,
                        context_.tree.Length(p.loaded.log));
    CompareNewConf(comparison, p.conf);
    if (!event_.prop->cc->newconf) {
      comparison.Truth("prop.cc.newconf is left out when it is empty", p.conf.voters.Empty(), true);
    }
  }
  return Agrees("Restart", comparison);
}

spec::ServerSet Stepper::SetOf(const std::vector<trace::NodeId>& ids) const {
  spec::ServerSet set;
  for (const trace::NodeId id : ids) {
    const spec::Server j = context_.servers.Find(id);
    if (j != spec::kNil) set.Insert(j);
  }
  return set;
}

spec::Config Stepper::LoadedConf(const std::vector<trace::NodeId>& voters,
                                 const std::vector<trace::NodeId>* outgoing, spec::Index most) {
  ServerProgress& p = progress();
  const spec::LogTree& tree = context_.tree;
  const spec::Config loaded =
      spec::ConfigOf(raft_.constants, tree, tree.Prefix(p.loaded.log, p.loaded.snapshot));
  if (context_.disk_logged) return loaded;
  // Who comes later, or is about to bootstrap, has none.
  if (p.first_start && context_.initial_told) return loaded;
  if (p.first_start) return voters.empty() ? spec::Config() : loaded;
  const spec::ServerSet first = SetOf(voters);
  const spec::ServerSet second = outgoing == nullptr ? spec::ServerSet() : SetOf(*outgoing);
  const auto shown = [&](const spec::Config& config) {
    return config.voters == first && (outgoing == nullptr || config.outgoing == second);
  };
  p.stored.reset();
  spec::Config config = loaded;
  spec::Index at = p.loaded.snapshot;
  for (;;) {
    const spec::LogId conf = tree.FirstConfAfter(p.loaded.log, at);
    if (conf == spec::kEmptyLog) break;
    at = tree.Length(conf);
    config = spec::ConfigAfter(config, tree.Change(conf));
    if (at <= most && shown(config)) p.stored = ServerProgress::Stored{at, config};
  }
  return shown(loaded) || !p.stored ? loaded : p.stored->config;
}

// Is the line about an entry that the stored configuration has, or about the next one?  If it may
// be either, it counts as both: who applies again comes to the same configuration in the end.
void Stepper::ApplyAgain() {
  std::optional<ServerProgress::Stored>& stored = progress().stored;
  const spec::LogTree& tree = context_.tree;
  const spec::LogId again = spec::NextConf(raft_, i_);
  const bool told = event_.prop && event_.prop->cc && event_.prop->cc->newconf;
  if (!told || again == spec::kEmptyLog || stored->index <= server().conf_index) return;
  if (spec::ConfigAfter(server().config, tree.Change(again)).voters != NewVoters()) {
    if (!AppliesFrom(NewVoters())) SkipApplied();
    return;
  }
  const spec::LogId next = tree.FirstConfAfter(server().log, stored->index);
  if (next == spec::kEmptyLog || tree.Length(next) > server().commit_index) return;
  const spec::Config config = spec::ConfigAfter(stored->config, tree.Change(next));
  if (config.voters == NewVoters()) stored = {tree.Length(next), config};
}

// The configuration that was stored may have been in force more than once: it is that of the first
// time after which the next change makes `voters`.
bool Stepper::AppliesFrom(spec::ServerSet voters) {
  const spec::LogTree& tree = context_.tree;
  const spec::LogId log = server().log;
  const spec::Config now = server().config;
  spec::Config config =
      spec::ConfigOf(raft_.constants, tree, tree.Prefix(log, server().conf_index));
  const spec::Index most = std::min(progress().stored->index, server().commit_index);
  spec::LogId conf = spec::NextConf(raft_, i_);
  while (conf != spec::kEmptyLog && tree.Length(conf) <= most) {
    config = spec::ConfigAfter(config, tree.Change(conf));
    const spec::Index at = tree.Length(conf);
    conf = tree.FirstConfAfter(log, at);
    if (config.voters != now.voters || config.outgoing != now.outgoing) continue;
    if (conf == spec::kEmptyLog || tree.Length(conf) > server().commit_index) return false;
    if (spec::ConfigAfter(config, tree.Change(conf)).voters != voters) continue;
    server().conf_index = at;
    server().config = config;
    ++context_.inferred_steps;
    return true;
  }
  return false;
}

// What the last line left open shows in this one's configuration.
void Stepper::SettleStored() {
  std::optional<ServerProgress::Stored>& stored = progress().stored;
  if (stored->index <= server().conf_index) {
    stored.reset();
    return;
  }
  if (!event_.conf || event_.name == Name::kInitState || progress().stage != Stage::kRunning)
    return;
  const spec::ServerSet voters = SetOf((*event_.conf)[0]);
  const spec::ServerSet outgoing = SetOf((*event_.conf)[1]);
  const auto shows = [&](const spec::Config& config) {
    return config.voters == voters && config.outgoing == outgoing;
  };
  if (!shows(server().config) && shows(stored->config)) SkipApplied();
}

void Stepper::SkipApplied() {
  const auto& stored = progress().stored;
  if (!stored || stored->index <= server().conf_index) return;
  if (stored->index > server().commit_index) return;
  server().conf_index = stored->index;
  server().config = stored->config;
  ++context_.inferred_steps;
}

// ---- etcd does not say whether a change of one server is a simple or a joint one.  It is taken
// for simple until the first line after it was applied shows two halves.

void Stepper::ApplyOpenly() {
  const spec::LogId entry = spec::NextConf(raft_, i_);
  const auto& open = context_.open_changes;
  if (std::find(open.begin(), open.end(), entry) == open.end()) return;
  progress().open_change = {entry, server()};
}

void Stepper::SettleChange() {
  if (!event_.conf || event_.name == Name::kInitState) return;
  const ServerProgress::OpenChange change = *progress().open_change;
  progress().open_change.reset();
  spec::ConfChange known = context_.tree.Change(change.entry);
  if (std::erase(context_.open_changes, change.entry) > 0 && !(*event_.conf)[1].empty()) {
    known.transition = spec::ConfChange::Transition::kJointImplicit;
    context_.tree.SetChange(change.entry, known);
  }
  if (known.transition == spec::ConfChange::Transition::kAuto) return;
  server() = change.before;
  if (!spec::ApplyConfChange(raft_, i_)) Refuse("ApplyConfChange", "it could be applied before");
}

spec::ConfChange Stepper::ToSpecChange(const trace::ConfChange& cc) {
  spec::ConfChange change;
  change.transition =
      static_cast<spec::ConfChange::Transition>(cc.transition.value_or(trace::Transition::kAuto));
  for (const trace::SingleConfChange& single :
       cc.changes.value_or(std::vector<trace::SingleConfChange>{})) {
    using Action = trace::SingleConfChange::Action;
    ++change.changes;
    const spec::Server j = context_.servers.Add(single.node.value_or(0));
    if (j == spec::kNil) continue;
    // The last word on a server counts.
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

bool Stepper::OnChangeConf() {
  if (!ShowsState("ChangeConf")) return false;
  if (!event_.prop || !event_.prop->cc) return Refuse("ChangeConf", "the event has a prop.cc");
  Announced announced;
  announced.change = ToSpecChange(*event_.prop->cc);
  announced.open = !event_.prop->cc->transition && announced.change->changes == 1;
  announced.index = event_.index.value_or(0);
  if (event_.entry) {
    Comparison comparison = Compare();
    comparison.Number("entry.term", server().current_term, event_.entry->term);
    if (!Agrees("ChangeConf", comparison)) return false;
    announced.value = event_.entry->digest.value_or(0);
  }
  progress().announced.push_back(announced);
  return true;
}

// Membership changes say where they stand, and come before the others that they stand among.
std::vector<Announced> Stepper::InLogOrder(const std::vector<Announced>& announced) {
  std::vector<Announced> ordered;
  std::vector<Announced> normal;
  std::vector<Announced> placed;
  for (const Announced& one : announced) (one.index == 0 ? normal : placed).push_back(one);
  spec::Index index = context_.tree.Length(server().log);
  std::size_t next_normal = 0;
  std::size_t next_placed = 0;
  while (ordered.size() < announced.size()) {
    ++index;
    const bool here = next_placed < placed.size() && placed[next_placed].index == index;
    if (here || next_normal == normal.size()) {
      ordered.push_back(placed[next_placed++]);
    } else {
      ordered.push_back(normal[next_normal++]);
    }
  }
  return ordered;
}

}  // namespace conformance
