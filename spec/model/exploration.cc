#include "spec/model/exploration.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "spec/model/exploration_visit.h"
#include "spec/model/mc_raft_search.h"
#include "spec/model/model_text.h"

namespace spec {
namespace {

// The variables whose values differ between two states.
std::vector<ToldStep::Change> ChangesBetween(const std::vector<Fact>& before,
                                             const std::vector<Fact>& after) {
  std::vector<ToldStep::Change> changes;
  for (const Fact& fact : after) {
    const auto old = std::find_if(before.begin(), before.end(),
                                  [&fact](const Fact& other) { return other.first == fact.first; });
    if (old != before.end() && old->second == fact.second) continue;
    changes.push_back({fact.first, old == before.end() ? "not asked" : old->second, fact.second});
  }
  return changes;
}

}  // namespace

Exploration::Exploration(ModelSettings settings) {
  if (settings.constants.servers <= kSmallModel) {
    model_ =
        std::make_unique<const Model>(std::in_place_type<McRaft<kSmallModel>>, std::move(settings));
  } else {
    model_ =
        std::make_unique<const Model>(std::in_place_type<McRaft<kLargeModel>>, std::move(settings));
  }
}

Exploration::~Exploration() = default;

const ModelSettings& Exploration::settings() const {
  return *Visit([](const auto& model) { return &model.settings(); });
}

std::uint64_t Exploration::Identity() const {
  const ModelSettings& s = settings();
  const Constants& c = s.constants;
  std::string all;
  const auto add = [&all](const std::string& text) { all += text + " "; };
  const auto number = [&add](std::uint64_t value) { add(std::to_string(value)); };
  const auto flag = [&add](bool value) { add(value ? "true" : "false"); };
  number(1);  // version of this encoding
  number(c.servers <= kSmallModel ? kSmallModel : kLargeModel);
  flag(s.symmetry);
  for (const auto set : {c.initial.voters, s.next.joiners, s.next.learners, s.next.leavers}) {
    number(set.bits());
  }
  for (const auto set : s.next.targets) number(set.bits());
  for (const bool value :
       {c.pre_vote, c.check_quorum, c.campaign_messages, c.answers_older_terms,
        c.votes_carry_commit, c.lease_reads, c.validates_changes, s.next.snapshots, s.next.transfer,
        s.next.calm, s.next.crashes, s.check_deadlock}) {
    flag(value);
  }
  for (const std::uint64_t value :
       {static_cast<std::uint64_t>(c.servers), std::uint64_t{s.next.values}, s.next.reads,
        std::uint64_t{s.bounds.max_term}, std::uint64_t{s.bounds.max_log_length},
        std::uint64_t{s.bounds.max_messages}, static_cast<std::uint64_t>(s.bounds.max_copies)}) {
    number(value);
  }
  for (const std::string& name : s.invariants) add(name);
  for (const std::string& name : s.step_properties) add(name);
  return XXH3_64bits(all.data(), all.size());
}

SearchReport Exploration::Search(const explorer::Options& options) const {
  return Visit([&](const auto& model) { return spec::Search(model, options); });
}

SearchReport Exploration::Simulate(const explorer::WalkOptions& options) const {
  return Visit([&](const auto& model) { return spec::Simulate(model, options); });
}

std::string Exploration::NameOf(const explorer::Finding& finding) const {
  using Kind = explorer::Finding::Kind;
  const auto property = static_cast<std::size_t>(finding.property);
  switch (finding.kind) {
    case Kind::kInvariant:
      return settings().invariants[property];
    case Kind::kStep:
      return settings().step_properties[property];
    case Kind::kDeadlock:
      return "deadlock";
  }
  return "";
}

std::vector<ToldStep> Exploration::Tell(const Behaviour& behaviour) const {
  return Visit([&](const auto& model) {
    std::vector<ToldStep> steps;
    auto worker = model.MakeWorker();
    auto state = model.Initial()[behaviour.initial];
    std::vector<Fact> facts = FactsOf(model, state);
    for (const Move& move : behaviour.moves) {
      const auto after = worker.Take(state, move);
      std::vector<Fact> facts_after = FactsOf(model, after);
      steps.push_back({MoveText(model, state, move), ChangesBetween(facts, facts_after)});
      state = after;
      facts = std::move(facts_after);
    }
    return steps;
  });
}

}  // namespace spec
