#include <algorithm>
#include <utility>

#include "conformance/raft_trace_step.h"

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
  spec::Config loaded = spec::ConfigOf(raft_.constants, context_.tree,
                                       context_.tree.Prefix(p.loaded.log, p.loaded.snapshot));
  p.stored_conf = StoredConf(loaded);
  if (p.stored_conf) loaded = *p.stored_conf;
  Comparison comparison = Compare();
  CompareNewConf(comparison, loaded);
  if (event_.prop && event_.prop->cc && !event_.prop->cc->newconf) {
    comparison.Truth("prop.cc.newconf is left out when it is empty", loaded.voters.Empty(), true);
  }
  return Agrees("Restart", comparison);
}

std::optional<spec::Config> Stepper::StoredConf(const spec::Config& loaded) {
  const ServerProgress& p = progress();
  const spec::ServerSet voters = NewVoters();
  const bool told = event_.prop && event_.prop->cc;
  if (context_.initial_told || !told || voters == loaded.voters) return std::nullopt;
  // Who comes later, or is about to bootstrap, has none.
  if (p.first_start) return voters.Empty() ? std::optional(spec::Config()) : std::nullopt;
  std::optional<spec::Config> last;
  spec::Config config = loaded;
  spec::Index at = p.loaded.snapshot;
  for (;;) {
    const spec::LogId conf = context_.tree.FirstConfAfter(p.loaded.log, at);
    if (conf == spec::kEmptyLog) return last;
    at = context_.tree.Length(conf);
    config = spec::ConfigAfter(config, context_.tree.Change(conf));
    if (config.voters == voters) last = config;
  }
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
