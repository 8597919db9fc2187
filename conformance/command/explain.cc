#include "conformance/command/explain.h"

#include <iostream>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "conformance/campaign/stopwatch.h"
#include "conformance/command/exit_status.h"
#include "conformance/command/progress.h"
#include "conformance/command/terminal.h"
#include "conformance/judge/judge_file.h"
#include "conformance/report/report.h"
#include "raft/trace/describe.h"
#include "raft/trace/reader.h"

namespace command {
namespace {

// The event that is given as JSON, with or without what is around it in a line.
trace::Result<trace::Event> ParseEvent(const std::string& json) {
  const bool whole = json.find("\"tag\"") != std::string::npos;
  const std::string line = whole ? json : R"({"tag":"trace","event":)" + json + "}";
  const auto items = trace::ReadAll(trace::Reader::FromString(line));
  if (!items) return trace::Failure(items.error());
  if (items->size() == 1) {
    if (const auto* event = std::get_if<trace::Event>(&items->front().value)) return *event;
  }
  return trace::Failure(1, "expected one event");
}

int ShowStep(const ExplainOptions& options, const conformance::ExplainedLine& explained) {
  const std::string place = options.trace + ":" + std::to_string(explained.line);
  const std::string text = trace::Describe(explained.event);
  std::cout << (options.json
                    ? conformance::ExplanationJson(*explained.step, place, text) + "\n"
                    : conformance::ExplanationText(*explained.step, place, text, ColourOutput()));
  return StatusOf(explained.report.verdict);
}

int ShowReport(const ExplainOptions& options, const conformance::Report& report, double seconds) {
  std::cout << (options.json ? conformance::ReportJson(report, options.trace, seconds) + "\n"
                             : conformance::ReportText(report, options.trace, ColourOutput()));
  return StatusOf(report.verdict);
}

}  // namespace

int Explain(const ExplainOptions& options) {
  std::optional<trace::Event> given;
  if (!options.event.empty()) {
    auto parsed = ParseEvent(options.event);
    if (!parsed) return Refuse("--event: " + parsed.error().message);
    given = std::move(*parsed);
  }
  std::optional<InputProgress> progress(std::in_place, std::vector{options.trace});
  auto opened = trace::Reader::Open(options.trace, progress->WatchOf());
  if (!opened) return Refuse(options.trace + ": " + opened.error().message);
  const campaign::Stopwatch watch;
  conformance::ExplainedLine explained =
      conformance::ExplainLine(*opened, options.line, given, &Interrupted, options.judge);
  progress.reset();
  if (!given && conformance::BlameGroups(explained.report, options.trace)) explained.step.reset();
  if (explained.step) return ShowStep(options, explained);
  if (explained.report.verdict == conformance::Verdict::kAccepted) {
    return Refuse(options.trace + ": has no event at or after line " +
                  std::to_string(options.line));
  }
  return ShowReport(options, explained.report, watch.Seconds());
}

}  // namespace command
