// What a search, or a simulation, of a model says: text for a person, JSON for a program.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "spec/model/exploration.h"

namespace conformance {

// What a report says of a run beside what the search found.
struct ModelRun {
  std::string config;  // as its reader names it
  bool simulate = false;
  bool exact = false;
  bool coverage = false;
  int workers = 1;
  std::uint64_t length = 0;  // of walks
  std::uint64_t seed = 0;
  double seconds = 0;
  std::optional<std::uint64_t> expected;  // distinct states, as the configuration says
};

bool IsAsExpected(const spec::SearchReport& report, const ModelRun& run);
// False if the configuration names no invariant and no property.
bool IsAnythingDemanded(const spec::Exploration& model);

// `colour` adds terminal escapes.
std::string ModelText(const spec::Exploration& model, const spec::SearchReport& report,
                      const ModelRun& run, bool colour);
// One JSON object, without a line end: with the keys that docs/models.md lists.
std::string ModelJson(const spec::Exploration& model, const spec::SearchReport& report,
                      const ModelRun& run);

// One goal of several, which the search should reach.
std::string GoalText(std::string_view goal, const spec::SearchReport& report, double seconds);
std::string GoalJson(std::string_view goal, const spec::SearchReport& report, double seconds);

// Where a search is, or a simulation.
std::string SearchProgressText(const spec::explorer::Progress& now, double seconds);
std::string SimulationProgressText(const spec::explorer::Progress& now, double seconds);

}  // namespace conformance
