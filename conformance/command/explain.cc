#include "conformance/command/explain.h"

#include <iostream>
#include <optional>
#include <utility>
#include <variant>

#include "conformance/command/exit_status.h"
#include "conformance/command/terminal.h"
#include "conformance/judge/judge.h"
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

int Damaged(const ExplainOptions& options, const trace::Error& damage) {
  return Refuse(options.trace + ":" + std::to_string(damage.line) + ": " + damage.message);
}

int Show(const ExplainOptions& options, conformance::Judge& judge, const trace::Event& event,
         trace::Reader& reader) {
  const conformance::StepExplanation explanation = judge.Explain(event);
  if (!explanation.allowed) {
    if (const auto damage = reader.Damage()) return Damaged(options, *damage);
  }
  const std::string place = options.trace + ":" + std::to_string(options.line);
  const std::string text = trace::Describe(event);
  std::cout << (options.json
                    ? conformance::ExplanationJson(explanation, place, text) + "\n"
                    : conformance::ExplanationText(explanation, place, text, ColourOutput()));
  if (!explanation.out_of_scope.empty()) return kBadInput;
  return explanation.allowed && !explanation.violated ? kNothingFound : kFound;
}

}  // namespace

int Explain(const ExplainOptions& options) {
  std::optional<trace::Event> given;
  if (!options.event.empty()) {
    auto parsed = ParseEvent(options.event);
    if (!parsed) return Refuse("--event: " + parsed.error().message);
    given = std::move(*parsed);
  }
  auto opened = trace::Reader::Open(options.trace);
  if (!opened) return Refuse(options.trace + ": " + opened.error().message);
  trace::Reader reader = std::move(*opened);
  conformance::Judge judge;
  for (trace::Item item;;) {
    const auto more = reader.Read(item);
    if (!more) {
      return Refuse(options.trace + ":" + std::to_string(more.error().line) + ": " +
                    more.error().message);
    }
    if (!*more) break;
    if (const auto* header = std::get_if<trace::Header>(&item.value)) {
      judge.SetHeader(*header);
      continue;
    }
    const auto& event = std::get<trace::Event>(item.value);
    if (item.line >= options.line) return Show(options, judge, given ? *given : event, reader);
    if (!judge.Feed(event, item.line)) {
      if (const auto damage = reader.Damage()) return Damaged(options, *damage);
      std::cout << conformance::ReportText(judge.Finish(), options.trace, ColourOutput());
      return kFound;
    }
  }
  // After the last line.
  if (given) return Show(options, judge, *given, reader);
  return Refuse(options.trace + ": has no event at or after line " + std::to_string(options.line));
}

}  // namespace command
