#include "conformance/report/model_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "conformance/judge/plural.h"
#include "conformance/report/json_line.h"

namespace conformance {
namespace {

using spec::SearchReport;
using spec::explorer::End;

std::string_view Why(End end) {
  switch (end) {
    case End::kComplete:
      return "complete";
    case End::kFound:
      return "found";
    case End::kDepth:
      return "the limit of --depth";
    case End::kStates:
      return "the limit of --states";
    case End::kStopped:
      return "stopped";
    case End::kMemory:
      return "the limit of --memory";
    case End::kError:
      return "error";
  }
  return "";
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
    return "NOT AS EXPECTED: the comment `distinct states` of " + run.config + " says " +
           Grouped(*run.expected) + ", there " + (report.counts.distinct == 1 ? "is " : "are ") +
           Grouped(report.counts.distinct) + "\n";
  }
  if (!IsAnythingDemanded(model)) {
    return "NOTHING DEMANDED: " + run.config +
           " has no INVARIANTS and no PROPERTIES, so nothing could be found\n";
  }
  if (run.simulate) {
    return "NOTHING FOUND in the behaviours of these walks; a search looks at all of them\n";
  }
  if (report.end == End::kComplete) {
    return "NOTHING FOUND: every property holds in all reachable states within the bounds\n";
  }
  return "NOTHING FOUND so far; ended by " + std::string(Why(report.end)) + "\n";
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

bool IsAsExpected(const SearchReport& report, const ModelRun& run) {
  return !run.expected || *run.expected == report.counts.distinct;
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
      .Add("end", Why(report.end))
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
    if (run.expected) json.Add("expected", *run.expected);
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

std::string GoalText(std::string_view goal, const SearchReport& report, double seconds) {
  const std::string what = report.finding
                               ? "reached after " + Counted(report.behaviour.moves.size(), "step")
                               : "NOT REACHED in " + Many(report.counts.distinct, "state");
  return fmt::format("{:<28}{}, {:.2f} s\n", goal, what, seconds);
}

std::string GoalJson(std::string_view goal, const SearchReport& report, double seconds) {
  return JsonLine()
      .Add("goal", goal)
      .Add("reached", report.finding.has_value())
      .Add("steps", std::uint64_t{report.behaviour.moves.size()})
      .Add("distinct", report.counts.distinct)
      .Add("seconds", seconds)
      .Text();
}

std::string SearchProgressText(const spec::explorer::Progress& now, double seconds) {
  return fmt::format("{}, {} generated, {} queued, depth {}, {:.0f} s",
                     Many(now.distinct, "distinct state"), Grouped(now.generated),
                     Grouped(now.queued), now.depth, seconds);
}

std::string SimulationProgressText(const spec::explorer::Progress& now, double seconds) {
  return fmt::format("{}, {}, {:.0f} s", Many(now.distinct, "walk"), Many(now.generated, "state"),
                     seconds);
}

}  // namespace conformance
