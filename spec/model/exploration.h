// A bounded model, as seen by its users: it can be searched, simulated, and printed in words.  This
// header hides the templates, and with them the number of servers that the compiled model has room
// for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "spec/explorer/model.h"
#include "spec/explorer/report.h"
#include "spec/model/model_settings.h"
#include "spec/model/move.h"

namespace spec {

using Behaviour = explorer::Behaviour<Move>;
using SearchReport = explorer::Report<Move>;

// A step of a behaviour and the variables that it changed, with the names of the TLA+ text.
struct ToldStep {
  struct Change {
    std::string variable;
    std::string was;
    std::string is;
  };
  std::string text;
  std::vector<Change> changes;
};

class Exploration {
 public:
  // REQUIRES: the settings come from SettingsOf.
  explicit Exploration(ModelSettings settings);
  ~Exploration();
  Exploration(const Exploration&) = delete;
  Exploration& operator=(const Exploration&) = delete;

  const ModelSettings& settings() const;
  // A hash of everything that the results of a search depend on, for checkpoints.
  std::uint64_t Identity() const;

  // A full breadth-first search within the bounds, and random walks.
  SearchReport Search(const explorer::Options& options) const;
  SearchReport Simulate(const explorer::WalkOptions& options) const;

  // The name of the broken property; "deadlock" for a state without a successor.
  std::string NameOf(const explorer::Finding& finding) const;
  std::vector<ToldStep> Tell(const Behaviour& behaviour) const;

  // Calls f(model) with the McRaft<n> and returns its result.  exploration_visit.h has the
  // definition, for callers that read states.
  template <class F>
  auto Visit(F f) const;

 private:
  struct Model;
  std::unique_ptr<const Model> model_;
};

}  // namespace spec
