#include "conformance/report/report.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "conformance/judge/words.h"
#include "raft/trace/printable.h"

namespace conformance {
namespace {

class Painter {
 public:
  explicit Painter(bool colour) : colour_(colour) {}
  std::string Bad(std::string_view text) const { return Paint("\033[1;31m", text); }
  std::string Good(std::string_view text) const { return Paint("\033[1;32m", text); }
  std::string Dim(std::string_view text) const { return Paint("\033[2m", text); }
  std::string Strong(std::string_view text) const { return Paint("\033[1m", text); }

 private:
  std::string Paint(const char* code, std::string_view text) const {
    return colour_ ? code + std::string(text) + "\033[0m" : std::string(text);
  }
  bool colour_;
};

// `number`: of a merged trace's files.
std::string Place(const Report& report, std::string_view file, std::size_t number,
                  std::uint64_t line) {
  std::string place =
      trace::Printable(report.files.empty() ? file : std::string_view(report.files[number]));
  return line == 0 ? place : place + ":" + std::to_string(line);
}

std::string RelatedText(const Report& report, const RelatedEvent& e) {
  return (report.files.empty() ? "line " + std::to_string(e.line)
                               : Place(report, {}, e.file, e.line)) +
         ": " + e.text;
}

std::string AttemptText(const Attempt& attempt, const Painter& paint) {
  std::string text = "  tried    " + paint.Strong(attempt.action) + "\n";
  if (!attempt.guard.empty()) {
    text += "  false    " + attempt.guard + "\n";
    if (!attempt.values.empty()) text += "  because  " + attempt.values + "\n";
  }
  for (const Difference& d : attempt.differences) {
    text += "  differs  " + d.field + ": expected " + paint.Good(d.expected) + ", found " +
            paint.Bad(d.found) + "\n";
    if (!d.because.empty()) text += "  because  " + d.because + "\n";
  }
  return text;
}

// More than one behaviour fits: what the trace leaves out matters.
std::string AmbiguityText(const Report& report) {
  std::string text = "; ambiguous after " + Counted(report.ambiguous_events, "event") + ", up to " +
                     Counted(report.most_candidates, "explanation");
  if (report.candidates_left > 1) text += ", " + std::to_string(report.candidates_left) + " left";
  return text;
}

// Where the reading was stopped.
std::string LeftOutText(const Report& report) {
  if (report.bytes_unread != 0) {
    return "; stopped before the last " + Counted(report.bytes_unread, "byte");
  }
  return report.bytes_left_out == 0 ? ""
                                    : "; the " + Counted(report.bytes_left_out, "byte") +
                                          " of a last line without its end are left out";
}

std::string RejectionText(const Report& report, std::string_view file, const Painter& paint) {
  const Rejection& r = *report.rejection;
  std::string text =
      paint.Bad("REJECTED") + " " + Place(report, file, r.file, r.line) + ": " + r.event + "\n";
  for (const Attempt& attempt : r.attempts) text += AttemptText(attempt, paint);
  for (const std::string& nearest : r.nearest) text += "  nearest  " + nearest + "\n";
  if (!r.hint.empty()) text += "  hint     " + r.hint + "\n";
  for (const ServerView& s : r.servers) {
    text += "  model    server " + s.server + ": " + s.text + "\n";
  }
  for (const RelatedEvent& e : r.before) {
    text += paint.Dim("  before   " + RelatedText(report, e)) + "\n";
  }
  if (!r.waiting.empty()) text += "  no order: every file waits for what never comes\n";
  for (const RelatedEvent& e : r.waiting) text += "  waits    " + RelatedText(report, e) + "\n";
  return text;
}

nlohmann::ordered_json RelatedJson(const Report& report, const RelatedEvent& e) {
  nlohmann::ordered_json json = {{"line", e.line}, {"event", e.text}};
  if (!report.files.empty()) json["file"] = report.files[e.file];
  return json;
}

nlohmann::ordered_json AttemptsJson(const std::vector<Attempt>& attempts) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Attempt& attempt : attempts) {
    nlohmann::ordered_json differences = nlohmann::ordered_json::array();
    for (const Difference& d : attempt.differences) {
      differences.push_back({{"field", d.field},
                             {"expected", d.expected},
                             {"found", d.found},
                             {"because", d.because}});
    }
    json.push_back({{"action", attempt.action},
                    {"guard", attempt.guard},
                    {"values", attempt.values},
                    {"differences", differences}});
  }
  return json;
}

nlohmann::ordered_json ServersJson(const std::vector<ServerView>& servers) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const ServerView& s : servers) json.push_back({{"server", s.server}, {"state", s.text}});
  return json;
}

nlohmann::ordered_json RejectionJson(const Report& report) {
  const Rejection& r = *report.rejection;
  nlohmann::ordered_json json = {{"line", r.line},
                                 {"event", r.event},
                                 {"action", r.action},
                                 {"reason", r.reason},
                                 {"attempts", AttemptsJson(r.attempts)},
                                 {"nearest", r.nearest},
                                 {"servers", ServersJson(r.servers)},
                                 {"before", nlohmann::ordered_json::array()}};
  for (const RelatedEvent& e : r.before) json["before"].push_back(RelatedJson(report, e));
  if (!r.hint.empty()) json["hint"] = r.hint;
  if (!report.files.empty()) json["file"] = report.files[r.file];
  for (const RelatedEvent& e : r.waiting) json["waiting"].push_back(RelatedJson(report, e));
  return json;
}

std::string_view BasisText(Basis basis) {
  switch (basis) {
    case Basis::kLines:
      return "what the lines show, without the specification";
    case Basis::kExplanation:
      return "the state of the model in every explanation of the lines";
    case Basis::kRun:
      return "what the simulated cluster saw";
  }
  return {};
}

}  // namespace

std::string FileOf(const Report& report, std::string_view file) {
  const std::size_t number = report.violation   ? report.violation->file
                             : report.rejection ? report.rejection->file
                                                : report.invalid_file;
  return report.files.empty() || LineOf(report) == 0 ? std::string(file) : report.files[number];
}

std::uint64_t LineOf(const Report& report) {
  if (report.violation) return report.violation->line;
  if (report.rejection) return report.rejection->line;
  return report.invalid_line;
}

std::string ReasonOf(const Report& report) {
  if (report.violation) return report.violation->what;
  if (report.rejection) return report.rejection->reason;
  return report.invalid;
}

std::string ReportText(const Report& report, std::string_view name, bool colour) {
  const Painter paint(colour);
  const std::string file = trace::Printable(name);
  const std::string invalid = trace::Printable(report.invalid);
  std::string text;
  switch (report.verdict) {
    case Verdict::kAccepted:
      return paint.Good("ACCEPTED") + " " + file + ": " + Counted(report.events, "event") + ", " +
             Counted(report.fields_compared, "field") + " compared, " +
             Counted(report.inferred_steps, "step") + " inferred" +
             (report.ambiguous_events == 0 ? "" : AmbiguityText(report)) + LeftOutText(report) +
             "\n";
    case Verdict::kInvalid: {
      const std::string place = report.invalid_line == 0
                                    ? file
                                    : Place(report, file, report.invalid_file, report.invalid_line);
      return paint.Bad("INVALID") + " " + place + ": " + invalid + "\n";
    }
    case Verdict::kStopped:
      return paint.Strong("STOPPED") + " " + file + ": " + invalid + LeftOutText(report) + "\n";
    case Verdict::kViolated:
      text = paint.Bad("VIOLATED") + " " +
             Place(report, file, report.violation->file, report.violation->line) + ": " +
             paint.Strong(report.violation->property) + ": " +
             trace::Printable(report.violation->what) + "\n";
      for (const std::string& detail : report.violation->details) {
        text += "  " + trace::Printable(detail) + "\n";
      }
      text += "  rests on " + std::string(BasisText(report.violation->basis)) + "\n";
      if (report.rejection) text += "It first leaves the specification here:\n";
      break;
    case Verdict::kRejected:
      break;
  }
  if (report.rejection) text += RejectionText(report, file, paint);
  return text;
}

std::string ExplanationText(const StepExplanation& explanation, std::string_view place,
                            std::string_view event, bool colour) {
  const Painter paint(colour);
  const bool judged = explanation.out_of_scope.empty();
  const std::string verdict = explanation.allowed ? paint.Good("ALLOWED")
                              : judged            ? paint.Bad("REFUSED")
                                                  : paint.Bad("INVALID");
  std::string text =
      verdict + " " + trace::Printable(place) + ": " + trace::Printable(event) + "\n";
  if (!judged) text += "  because  " + trace::Printable(explanation.out_of_scope) + "\n";
  if (explanation.allowed && explanation.actions.empty()) {
    text += "  action   none: the line shows more of a step that was taken before\n";
  }
  for (const std::string& action : explanation.actions) {
    text += "  action   " + paint.Strong(action) + "\n";
  }
  for (const Attempt& attempt : explanation.attempts) text += AttemptText(attempt, paint);
  for (const std::string& nearest : explanation.nearest) text += "  nearest  " + nearest + "\n";
  if (!explanation.hint.empty()) text += "  hint     " + explanation.hint + "\n";
  for (const ServerView& s : explanation.before) {
    text += "  before   server " + s.server + ": " + s.text + "\n";
  }
  for (const ServerView& s : explanation.after) {
    text += "  after    server " + s.server + ": " + s.text + "\n";
  }
  if (explanation.violated) text += "  breaks   " + paint.Bad(*explanation.violated) + "\n";
  return text;
}

std::string ExplanationJson(const StepExplanation& explanation, std::string_view place,
                            std::string_view event) {
  nlohmann::ordered_json json = {{"place", std::string(place)},
                                 {"event", std::string(event)},
                                 {"allowed", explanation.allowed},
                                 {"out_of_scope", explanation.out_of_scope},
                                 {"actions", explanation.actions},
                                 {"attempts", AttemptsJson(explanation.attempts)},
                                 {"nearest", explanation.nearest},
                                 {"before", ServersJson(explanation.before)},
                                 {"after", ServersJson(explanation.after)}};
  if (!explanation.hint.empty()) json["hint"] = explanation.hint;
  if (explanation.violated) json["violated"] = *explanation.violated;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string ReportJson(const Report& report, std::string_view file, double seconds) {
  nlohmann::ordered_json json = {
      {"file", std::string(file)},
      {"verdict", std::string(kVerdictNames[static_cast<std::size_t>(report.verdict)])},
      {"events", report.events},
      {"line",
       LineOf(report) == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(LineOf(report))},
      {"property", !report.violation ? nlohmann::ordered_json()
                                     : nlohmann::ordered_json(report.violation->property)},
      {"reason", ReasonOf(report)},
      {"seconds", seconds},
      {"fields_compared", report.fields_compared},
      {"inferred_steps", report.inferred_steps},
      {"most_candidates", report.most_candidates},
      {"ambiguous_events", report.ambiguous_events},
      {"candidates_left", report.candidates_left}};
  if (report.violation) {
    json["basis"] = std::string(kBasisNames[static_cast<std::size_t>(report.violation->basis)]);
  }
  if (report.bytes_left_out != 0) json["bytes_left_out"] = report.bytes_left_out;
  if (report.bytes_unread != 0) json["bytes_unread"] = report.bytes_unread;
  json["actions"] = report.actions;
  if (report.rejection) json["rejection"] = RejectionJson(report);
  // Bytes that are no UTF-8 can only come from a file's name.
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace conformance
