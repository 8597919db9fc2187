// A bounded model as those see it who explore it: it is searched, simulated, and told in words. How
// many servers the compiled model has room for is nobody's affair; no template is seen here.
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

// A step of a behaviour, and the variables that it changed, in the words of the TLA+ text.
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
  // Everything that the numbers of a search depend on, as one number: for checkpoints.
  std::uint64_t Identity() const;

  // Every reachable state within the bounds, breadth first; and random walks.
  SearchReport Search(const explorer::Options& options) const;
  SearchReport Simulate(const explorer::WalkOptions& options) const;

  // The property that is broken; "deadlock" for a state without a step.
  std::string NameOf(const explorer::Finding& finding) const;
  std::vector<ToldStep> Tell(const Behaviour& behaviour) const;

  // Calls f(model), with McRaft<n>, and returns what it does: exploration_visit.h defines it for
  // those who look at states.
  template <class F>
  auto Visit(F f) const;

 private:
  struct Model;
  std::unique_ptr<const Model> model_;
};

}  // namespace spec
