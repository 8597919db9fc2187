// What a search, or a simulation, of a model says: text for a person, JSON for a program.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/report/ci_reports.h"
#include "spec/explorer/config.h"
#include "spec/model/exploration.h"

namespace conformance {

// What a report says of a run beside what the search found.
struct ModelRun {
  std::string config;  // as its reader names it
  bool simulate = false;
  bool exact = false;
  bool coverage = false;
  int workers = 1;
  std::uint64_t walks = 0;   // asked for; 0: until stopped
  std::uint64_t length = 0;  // of walks
  std::uint64_t seed = 0;
  double seconds = 0;
  bool interrupted = false;       // by a signal; else it was the time that stopped it
  bool memory_was_given = false;  // else it was a part of the machine's
  // What the configuration says of the whole search: distinct states, states generated, depth.
  std::map<std::string, spec::explorer::ConfigExpectation> expected;
  std::map<std::string, int> lines;  // where the configuration names its properties
};

// How a run ended, in one word: complete, found, depth, states, memory, time, interrupted, error.
// Walks that were stopped when the time that was asked for was up are complete.
std::string_view EndOf(const spec::SearchReport& report, const ModelRun& run);
// Was it stopped before its end, with nothing found?
bool IsUnfinished(const spec::SearchReport& report, const ModelRun& run);
// Are the numbers those of the configuration?  Only a whole search is compared.
bool IsAsExpected(const spec::SearchReport& report, const ModelRun& run);
// False if the configuration names no invariant and no property.
bool IsAnythingDemanded(const spec::Exploration& model);

// `colour` adds terminal escapes.
std::string ModelText(const spec::Exploration& model, const spec::SearchReport& report,
                      const ModelRun& run, bool colour);
// One JSON object, without a line end: with the keys that docs/models.md lists.
std::string ModelJson(const spec::Exploration& model, const spec::SearchReport& report,
                      const ModelRun& run);
// A result for each property, and one for the numbers if some are expected.
std::vector<NamedResult> ModelResults(const spec::Exploration& model,
                                      const spec::SearchReport& report, const ModelRun& run);

// One goal of several, which the search should reach.  If it was stopped before, nobody knows
// whether the goal can be reached.
enum class GoalOutcome : std::uint8_t { kReached, kNotReached, kNotDecided };
GoalOutcome OutcomeOfGoal(const spec::SearchReport& report, const ModelRun& run);
std::string GoalText(std::string_view goal, const spec::SearchReport& report, const ModelRun& run);
std::string GoalJson(std::string_view goal, const spec::SearchReport& report, const ModelRun& run);
NamedResult GoalResult(const std::string& goal, const spec::SearchReport& report,
                       const ModelRun& run);

// Where a search is, or a simulation.  `run` has what is expected and what was asked for.
std::string SearchProgressText(const spec::explorer::Progress& now, const ModelRun& run,
                               double seconds);
std::string SimulationProgressText(const spec::explorer::Progress& now, const ModelRun& run,
                                   double seconds);

}  // namespace conformance
