#include "conformance/report/model_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "conformance/judge/plural.h"
#include "conformance/report/json_line.h"
#include "raft/trace/printable.h"

namespace conformance {
namespace {

using spec::SearchReport;
using spec::explorer::End;

// What stopped a run, for people.
std::string StoppedBy(const SearchReport& report, const ModelRun& run) {
  switch (report.end) {
    case End::kDepth:
      return "the limit of --depth";
    case End::kStates:
      return "the limit of --states";
    case End::kMemory:
      return run.memory_was_given ? "the limit of --memory"
                                  : "a lack of memory (three quarters of the machine's are used; "
                                    "--memory says how much there is)";
    default:
      return run.interrupted ? "an interrupt" : "the limit of --time";
  }
}

// Only a whole search has the numbers that the configuration tells.
bool IsWhole(const SearchReport& report, const ModelRun& run) {
  return !run.simulate && report.end == End::kComplete;
}

std::uint64_t Found(const SearchReport& report, std::string_view what) {
  return what == "depth"             ? report.counts.depth
         : what == "distinct states" ? report.counts.distinct
                                     : report.counts.generated;
}

// What differs from what the configuration says, a line each.
std::string UnexpectedText(const SearchReport& report, const ModelRun& run) {
  std::string text;
  for (const auto& [what, expected] : run.expected) {
    const std::uint64_t found = Found(report, what);
    if (found == expected.number) continue;
    text +=
        fmt::format("NOT AS EXPECTED: the comment `{}` ({}:{}) says {}, and the search says {}\n",
                    trace::Printable(expected.text), trace::Printable(run.config), expected.line,
                    Grouped(expected.number), Grouped(found));
  }
  return text;
}

// "1 state", "1,234 states".
std::string Many(std::uint64_t count, std::string_view noun) {
  return Grouped(count) + " " + NounOf(count, noun);
}

std::string BehaviourText(const std::vector<spec::ToldStep>& steps, bool colour) {
  std::string text;
  int number = 0;
  for (const spec::ToldStep& step : steps) {
    text += fmt::format("{:>4}  {}{}{}\n", ++number, colour ? "\033[1m" : "", step.text,
                        colour ? "\033[0m" : "");
    for (const spec::ToldStep::Change& change : step.changes) {
      text += fmt::format("        {:<20} {} -> {}\n", change.variable, change.was, change.is);
    }
  }
  return text;
}

std::string VerdictText(const spec::Exploration& model, const SearchReport& report,
                        const ModelRun& run, bool colour) {
  if (report.finding) {
    const std::string name = model.NameOf(*report.finding);
    const bool goal = name.starts_with("Never");
    return (goal ? "REACHED: " : "VIOLATED: ") + name + (goal ? " is refuted" : "") + ", after " +
           Counted(report.behaviour.moves.size(), "step") + "\n" +
           BehaviourText(model.Tell(report.behaviour), colour);
  }
  if (!IsAsExpected(report, run)) {
    return UnexpectedText(report, run) +
           "  correct the comment if the model was changed on purpose; else find out what "
           "changed\n";
  }
  if (!IsAnythingDemanded(model)) {
    return "NOTHING DEMANDED: " + trace::Printable(run.config) +
           " has no INVARIANTS and no PROPERTIES, so nothing could be found\n";
  }
  if (IsUnfinished(report, run)) {
    return "STOPPED by " + StoppedBy(report, run) + ", nothing found so far\n";
  }
  if (run.simulate) {
    return "NOTHING FOUND in the behaviours of these walks; a search looks at all of them\n";
  }
  return "NOTHING FOUND: every property holds in all reachable states within the bounds\n";
}

std::string CoverageText(const SearchReport& report, bool simulate) {
  std::string text =
      fmt::format("  {:<30}{:>16}{:>16}\n", "action", "generated", simulate ? "taken" : "distinct");
  for (std::size_t a = 0; a < report.actions.size(); ++a) {
    if (a == static_cast<std::size_t>(spec::Action::kHandle)) continue;  // by message below
    text += fmt::format("  {:<30}{:>16}{:>16}\n", spec::ActionName(a),
                        Grouped(report.actions[a].generated), Grouped(report.actions[a].distinct));
  }
  return text;
}

std::string SimulationText(const SearchReport& report, const ModelRun& run) {
  return fmt::format("  {} of up to {}, {} looked at; {:.1f} s, seed {}\n",
                     Many(report.counts.distinct, "walk"), Counted(run.length, "step"),
                     Many(report.counts.generated, "state"), run.seconds, run.seed);
}

std::string SearchText(const spec::Exploration& model, const SearchReport& report,
                       const ModelRun& run) {
  const auto distinct = static_cast<double>(std::max<std::uint64_t>(report.counts.distinct, 1));
  const auto rate =
      static_cast<std::uint64_t>(static_cast<double>(report.counts.distinct) / run.seconds);
  std::string text = fmt::format(
      "  {} generated, {} distinct, {} queued; depth {}\n"
      "  {:.2f} s, {} a second with {}{}{}\n",
      Many(report.counts.generated, "state"), Grouped(report.counts.distinct),
      Grouped(report.counts.queued), report.counts.depth, run.seconds, Many(rate, "distinct state"),
      Counted(static_cast<std::uint64_t>(run.workers), "worker"),
      model.settings().symmetry ? ", up to symmetry" : "", report.resumed ? ", resumed" : "");
  text += fmt::format(
      "  {:.1f} bytes a state in the set of those seen; queue at most {:.1f} MB{}\n",
      static_cast<double>(report.visited_bytes) / distinct,
      static_cast<double>(report.peak_frontier_bytes) / 1e6,
      report.spilt_bytes == 0
          ? ""
          : fmt::format(", {:.1f} MB on disk", static_cast<double>(report.spilt_bytes) / 1e6));
  if (run.exact) {
    return text + fmt::format("  exact: states are kept whole; {} had the fingerprint of another\n",
                              report.collisions);
  }
  return text + fmt::format(
                    "  two states taken for one, because of one fingerprint: probability {:.1E} "
                    "(calculated), {:.1E} (from the fingerprints)\n",
                    report.collision_calculated, report.collision_observed);
}

}  // namespace

std::string_view EndOf(const SearchReport& report, const ModelRun& run) {
  switch (report.end) {
    case End::kComplete:
      return "complete";
    case End::kFound:
      return "found";
    case End::kDepth:
      return "depth";
    case End::kStates:
      return "states";
    case End::kStopped:
      if (!IsUnfinished(report, run)) return "complete";
      return run.interrupted ? "interrupted" : "time";
    case End::kMemory:
      return "memory";
    case End::kError:
      return "error";
  }
  return "";
}

bool IsUnfinished(const SearchReport& report, const ModelRun& run) {
  if (report.finding || report.end == End::kComplete) return false;
  if (!run.simulate) return true;
  const bool all = run.walks != 0 && report.counts.distinct >= run.walks;
  const bool as_long_as_asked = run.walks == 0 && !run.interrupted;
  return !all && !as_long_as_asked;
}

bool IsAsExpected(const SearchReport& report, const ModelRun& run) {
  return !IsWhole(report, run) ||
         std::all_of(run.expected.begin(), run.expected.end(), [&](const auto& expected) {
           return Found(report, expected.first) == expected.second.number;
         });
}

bool IsAnythingDemanded(const spec::Exploration& model) {
  return !model.settings().invariants.empty() || !model.settings().step_properties.empty();
}

std::string ModelText(const spec::Exploration& model, const SearchReport& report,
                      const ModelRun& run, bool colour) {
  return VerdictText(model, report, run, colour) +
         (run.simulate ? SimulationText(report, run) : SearchText(model, report, run)) +
         (run.coverage ? CoverageText(report, run.simulate) : "");
}

std::string ModelJson(const spec::Exploration& model, const SearchReport& report,
                      const ModelRun& run) {
  JsonLine json;
  if (!run.simulate) json.Add("distinct", report.counts.distinct);
  json.Add("generated", report.counts.generated).Add("depth", report.counts.depth);
  if (report.finding) {
    json.Add("violation", model.NameOf(*report.finding));
  } else {
    json.AddNull("violation");
  }
  json.Add("demanded", IsAnythingDemanded(model));
  json.Add("seconds", run.seconds)
      .Add("end", EndOf(report, run))
      .Add("queued", report.counts.queued)
      .Add("workers", run.workers)
      .Add("symmetry", model.settings().symmetry)
      .Add("exact", run.exact)
      .Add("resumed", report.resumed);
  if (run.simulate) {
    json.Add("walks", report.counts.distinct);
  } else {
    json.Add("visited_bytes", report.visited_bytes)
        .Add("peak_frontier_bytes", report.peak_frontier_bytes)
        .Add("spilt_bytes", report.spilt_bytes)
        .Add("collision_calculated", report.collision_calculated)
        .Add("collision_observed", report.collision_observed);
    if (run.exact) json.Add("collisions", report.collisions);
    if (IsWhole(report, run) && !run.expected.empty()) {
      JsonLine expected;
      for (const auto& [what, number] : run.expected) expected.Add(what, number.number);
      json.Add("expected", expected).Add("as_expected", IsAsExpected(report, run));
    }
  }
  if (report.finding) {
    std::vector<std::string> steps;
    for (const spec::ToldStep& step : model.Tell(report.behaviour)) steps.push_back(step.text);
    json.Add("behaviour", steps);
  }
  JsonLine actions;
  for (std::size_t a = 0; a < report.actions.size(); ++a) {
    if (report.actions[a].generated == 0) continue;
    actions.Add(spec::ActionName(a),
                std::vector{report.actions[a].generated, report.actions[a].distinct});
  }
  if (!actions.Empty()) json.Add("actions", actions);
  return json.Text();
}

std::vector<NamedResult> ModelResults(const spec::Exploration& model, const SearchReport& report,
                                      const ModelRun& run) {
  const std::string found = report.finding ? model.NameOf(*report.finding) : std::string();
  std::vector<std::string> names = model.settings().invariants;
  names.insert(names.end(), model.settings().step_properties.begin(),
               model.settings().step_properties.end());
  if (model.settings().check_deadlock) names.emplace_back("deadlock");
  std::vector<NamedResult> results;
  const auto add = [&](const std::string& name) -> NamedResult& {
    NamedResult& result = results.emplace_back();
    result.name = name;
    result.rule = name;
    result.file = run.config;
    const auto line = run.lines.find(name);
    if (line != run.lines.end()) result.line = static_cast<std::uint64_t>(line->second);
    return result;
  };
  for (const std::string& name : names) {
    NamedResult& result = add(name);
    if (name == found) {
      result.kind = NamedResult::Kind::kFailed;
      result.verdict = "violated";
      result.reason = "broken after " + Counted(report.behaviour.moves.size(), "step");
      result.story = VerdictText(model, report, run, false);
    } else if (report.finding) {
      result.kind = NamedResult::Kind::kSkipped;
      result.reason = "not decided: the search ended with " + found;
    } else if (IsUnfinished(report, run)) {
      result.kind = NamedResult::Kind::kNotJudged;
      result.verdict = "stopped";
      result.reason = "not decided: stopped by " + StoppedBy(report, run);
      result.story = VerdictText(model, report, run, false);
    }
  }
  if (!IsAnythingDemanded(model)) {
    NamedResult& result = add("NothingDemanded");
    result.kind = NamedResult::Kind::kNotJudged;
    result.verdict = "nothing demanded";
    result.reason = "no INVARIANTS and no PROPERTIES";
    result.story = VerdictText(model, report, run, false);
  }
  for (const auto& [what, expected] : run.expected) {
    if (!IsWhole(report, run)) break;
    NamedResult& result = add(what);
    result.line = static_cast<std::uint64_t>(expected.line);
    if (Found(report, what) == expected.number) continue;
    result.kind = NamedResult::Kind::kFailed;
    result.verdict = "not as expected";
    result.reason = fmt::format("the comment `{}` says {}, and the search says {}", expected.text,
                                Grouped(expected.number), Grouped(Found(report, what)));
    result.story = UnexpectedText(report, run);
  }
  if (!results.empty()) results.front().seconds = run.seconds;
  return results;
}

GoalOutcome OutcomeOfGoal(const SearchReport& report, const ModelRun& run) {
  if (report.finding) return GoalOutcome::kReached;
  return IsUnfinished(report, run) ? GoalOutcome::kNotDecided : GoalOutcome::kNotReached;
}

std::string GoalText(std::string_view goal, const SearchReport& report, const ModelRun& run) {
  std::string what;
  switch (OutcomeOfGoal(report, run)) {
    case GoalOutcome::kReached:
      what = "reached after " + Counted(report.behaviour.moves.size(), "step");
      break;
    case GoalOutcome::kNotReached:
      what = "NOT REACHED in " + Many(report.counts.distinct, "state");
      break;
    case GoalOutcome::kNotDecided:
      what = "NOT DECIDED, stopped by " + StoppedBy(report, run) + " after " +
             Many(report.counts.distinct, "state");
      break;
  }
  return fmt::format("{:<28}{}, {:.2f} s\n", goal, what, run.seconds);
}

std::string GoalJson(std::string_view goal, const SearchReport& report, const ModelRun& run) {
  return JsonLine()
      .Add("goal", goal)
      .Add("reached", report.finding.has_value())
      .Add("steps", std::uint64_t{report.behaviour.moves.size()})
      .Add("distinct", report.counts.distinct)
      .Add("end", EndOf(report, run))
      .Add("seconds", run.seconds)
      .Text();
}

NamedResult GoalResult(const std::string& goal, const SearchReport& report, const ModelRun& run) {
  NamedResult result;
  result.name = result.rule = goal;
  result.file = run.config;
  const auto line = run.lines.find(goal);
  if (line != run.lines.end()) result.line = static_cast<std::uint64_t>(line->second);
  result.seconds = run.seconds;
  const GoalOutcome outcome = OutcomeOfGoal(report, run);
  if (outcome == GoalOutcome::kReached) return result;
  const bool failed = outcome == GoalOutcome::kNotReached;
  result.kind = failed ? NamedResult::Kind::kFailed : NamedResult::Kind::kNotJudged;
  result.verdict = failed ? "not reached" : "not decided";
  result.story = GoalText(goal, report, run);
  result.reason = result.story.substr(0, result.story.find('\n'));
  return result;
}

std::string SearchProgressText(const spec::explorer::Progress& now, const ModelRun& run,
                               double seconds) {
  const auto expected = run.expected.find("distinct states");
  return fmt::format(
      "{}{}, {} generated, {} queued, depth {}, {:.0f} s", Many(now.distinct, "distinct state"),
      expected == run.expected.end() ? "" : " of " + Grouped(expected->second.number),
      Grouped(now.generated), Grouped(now.queued), now.depth, seconds);
}

std::string SimulationProgressText(const spec::explorer::Progress& now, const ModelRun& run,
                                   double seconds) {
  return fmt::format("{}{}, {}, {:.0f} s", Many(now.distinct, "walk"),
                     run.walks == 0 ? "" : " of " + Grouped(run.walks),
                     Many(now.generated, "state"), seconds);
}

}  // namespace conformance
