#include "conformance/playback/playback_report.h"

#include <fmt/format.h>

#include "conformance/judge/plural.h"
#include "conformance/report/json_line.h"
#include "raft/trace/printable.h"

namespace playback {
namespace {

using conformance::Counted;
using conformance::Grouped;
using conformance::NounOf;

double Share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string VerdictText(const Played& played, std::string_view end) {
  if (played.difference) {
    return "DIFFERENT: the library does what the specification does not allow\n"
           "  server     " +
           played.difference->state + "\n  input      " + played.difference->input +
           "\n  library    " + played.difference->library + "\n  model      " +
           played.difference->model + "\n";
  }
  if (played.stopped) {
    return std::string("STOPPED by ") +
           (end == "interrupted" ? "an interrupt" : "the limit of --time") +
           ", no difference so far\n";
  }
  if (played.same == 0) {
    return "NOTHING PLAYED: within these bounds no input reaches a server that could take it\n";
  }
  return "THE SAME: raftcheck's own library did what the specification allows, wherever it was "
         "played\n";
}

}  // namespace

std::string_view EndOf(const Played& played, bool interrupted) {
  if (played.difference) return "found";
  if (!played.stopped) return "complete";
  return interrupted ? "interrupted" : "time";
}

std::string PlayedText(const Played& played, std::string_view end, double seconds) {
  const std::uint64_t inputs = played.same + played.not_at_rest + (played.difference ? 1 : 0);
  return VerdictText(played, end) +
         fmt::format(
             "  {} {}, {} {}, {:.1f} s\n"
             "  {:>12}  inputs (messages, campaigns, proposals); {} ({:.1f} %) played, as {} "
             "different {} of a server\n"
             "  {:>12}  ... not played: there the library would be amid a step of its own\n"
             "  {:>12}  are steps that the library takes on its own after an input: played with "
             "it\n"
             "  {:>12}  are messages that a server may send at any time: validating traces judges "
             "these\n"
             "  {:>12}  are the network's and the disk's, where the library does nothing\n",
             Grouped(played.states), NounOf(played.states, "state"), Grouped(played.transitions),
             NounOf(played.transitions, "transition"), seconds, Grouped(inputs),
             Grouped(played.same), Share(played.same, inputs), Grouped(played.situations),
             NounOf(played.situations, "situation"), Grouped(played.not_at_rest),
             Grouped(played.inner), Grouped(played.free_sends), Grouped(played.environment));
}

std::string PlayedJson(const Played& played, std::string_view end, double seconds) {
  conformance::JsonLine json;
  json.Add("distinct", played.states)
      .Add("transitions", played.transitions)
      .Add("same", played.same)
      .Add("not_at_rest", played.not_at_rest)
      .Add("inner", played.inner)
      .Add("free_sends", played.free_sends)
      .Add("environment", played.environment)
      .Add("situations", played.situations)
      .Add("different", played.difference.has_value())
      .Add("end", end)
      .Add("seconds", seconds);
  if (played.difference) {
    json.Add("state", played.difference->state)
        .Add("input", played.difference->input)
        .Add("library", played.difference->library)
        .Add("model", played.difference->model);
  }
  return json.Text();
}

conformance::NamedResult PlayedResult(const Played& played, std::string_view end,
                                      const std::string& config, double seconds) {
  conformance::NamedResult result;
  result.name = "play " + config;
  result.file = config;
  result.seconds = seconds;
  if (end == "complete" && played.same > 0) return result;
  result.kind = played.difference ? conformance::NamedResult::Kind::kFailed
                                  : conformance::NamedResult::Kind::kNotJudged;
  result.verdict = played.difference ? "different" : played.stopped ? "stopped" : "nothing played";
  result.rule = "play";
  result.story = VerdictText(played, end);
  result.reason = result.story.substr(0, result.story.find('\n'));
  return result;
}

std::string PlayProgressText(const Played& played, std::uint64_t expected) {
  return fmt::format("{} of {} states played, {} transitions", Grouped(played.states),
                     expected == 0 ? "unknown many" : Grouped(expected),
                     Grouped(played.transitions));
}

std::string BehaviourScheduleText(const BehaviourSchedule& followed, const trial::Result& judged,
                                  std::string_view implementation, std::string_view property,
                                  std::string_view file) {
  std::string text = "  " + std::string(implementation) + ": ";
  if (judged.failure == property) {
    text += "shows the same violation";
  } else if (!judged.failure.empty()) {
    text += "fails otherwise: " + judged.failure;
  } else if (followed.lost_at != 0) {
    text += fmt::format("does not follow: step {}, {}", followed.lost_at, followed.why);
  } else {
    text += "goes along, and what it does is allowed and breaks no property";
  }
  return text + fmt::format(" ({}, {})\n  replay   raftcheck replay {}\n",
                            Counted(followed.schedule.actions.size(), "action"),
                            Counted(judged.report.events, "event"), trace::Printable(file));
}

std::string BehaviourTraceText(const BehaviourTrace& written, std::size_t steps,
                               std::string_view file) {
  return fmt::format("  trace    {}: {} of {}{}\n", trace::Printable(file), written.steps,
                     Counted(steps, "step"), written.why.empty() ? "" : "; " + written.why);
}

}  // namespace playback
