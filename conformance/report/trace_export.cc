#include "conformance/report/trace_export.h"

#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>
#include <variant>

#include "conformance/judge/judge.h"
#include "conformance/judge/plural.h"
#include "conformance/report/itf.h"
#include "conformance/report/module_name.h"
#include "conformance/report/report.h"
#include "raft/trace/describe.h"
#include "raft/trace/writer.h"

namespace conformance {
namespace {

using nlohmann::ordered_json;

// TLC's numbers have 32 bits.
constexpr std::uint64_t kLargestOfTlc = 0x7fffffff;

// A JSON value in TLA+, which `field` of an event holds; what TLC cannot hold goes to `problem`.
std::string TlaText(const ordered_json& value, const std::string& field, std::string& problem) {
  std::string text;
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      text += (text.empty() ? "[" : ", ") + key + " |-> " +
              TlaText(member, field.empty() ? key : field + "." + key, problem);
    }
    return text.empty() ? "<<>>" : text + "]";
  }
  if (value.is_array()) {
    for (const auto& element : value) {
      text += (text.empty() ? "<<" : ", ") + TlaText(element, field + "[]", problem);
    }
    return text.empty() ? "<<>>" : text + ">>";
  }
  if (value.is_boolean()) return value.get<bool>() ? "TRUE" : "FALSE";
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > kLargestOfTlc) {
    problem = field + " is " + value.dump() + ", and TLC's integers end at " +
              Grouped(kLargestOfTlc) +
              "; write a smaller number there, or judge the trace with raftcheck validate, which "
              "takes 64 bits";
  }
  return value.dump();  // strings of the format need no escapes that TLA+ has not
}

// A module that needs no module for JSON.
class ToTla : public TraceExporter {
 public:
  ToTla(std::string module, const JudgeOptions& options)
      : module_(std::move(module)), options_(options) {
    if (options_.unvalidated_changes) Header({}, 0);
  }
  void Begin(std::ostream& out) override {
    out << "---- MODULE " << module_ << " ----\n"
        << "\\* A trace for the trace specification.  With the modules of tla/ beside it:\n"
        << "\\*   java tlc2.TLC -workers 1 -config RaftTrace.cfg " << module_ << "\n"
        << "EXTENDS RaftTraceReport\n\nTraceEvents == <<\n";
  }
  void Header(const trace::Header& header, std::uint64_t line, std::ostream& /*out*/) override {
    Header(header, line);
  }
  void Event(const trace::Event& event, std::uint64_t line, std::ostream& out) override {
    out << (first_ ? "  " : ",\n  ") << Value(event, "event", line);
    first_ = false;
  }
  void End(std::ostream& out) override {
    out << "\n>>\n\nTraceHeaders == <<" << header_ << ">>\n====\n";
  }

 private:
  void Header(const trace::Header& header, std::uint64_t line) {
    trace::Header shown = header;
    shown.seed.reset();  // of the schedule; it may be greater than TLC's numbers
    if (options_.unvalidated_changes) shown.validates_changes = false;
    header_ = Value(shown, "header", line);
  }
  template <class T>
  std::string Value(const T& value, const char* key, std::uint64_t line) {
    std::string json;
    trace::AppendJson(value, json);
    std::string why;
    std::string text = TlaText(ordered_json::parse(json)[key], "", why);
    if (!why.empty()) problem = trace::Error{line, why};
    return text;
  }
  std::string module_;
  JudgeOptions options_;
  std::string header_;
  bool first_ = true;
};

class ToItf : public TraceExporter {
 public:
  explicit ToItf(const JudgeOptions& options) {
    if (options.unvalidated_changes) judge_.AllowUnvalidatedChanges();
  }
  void Begin(std::ostream& out) override {
    out << ItfBegin("the model's states along a trace, by raftcheck");
  }
  void Header(const trace::Header& header, std::uint64_t /*line*/, std::ostream& /*out*/) override {
    judge_.SetHeader(header);
  }
  void Event(const trace::Event& event, std::uint64_t line, std::ostream& out) override {
    if (!judge_.Feed(event, line) || judge_.violated()) {
      const Report report = judge_.Finish();
      verdict = report.verdict;
      problem = trace::Error{
          line, "the trace is " +
                    std::string(kVerdictNames[static_cast<std::size_t>(report.verdict)]) +
                    " here, what comes before is exported: " + ReasonOf(report)};
      return;
    }
    if (number_ != 0) out << ",\n";
    out << ItfState(judge_.explanation(), judge_.context(), number_++, trace::Describe(event));
  }
  void End(std::ostream& out) override { out << ItfEnd(); }

 private:
  Judge judge_;
  std::size_t number_ = 0;
};

}  // namespace

std::unique_ptr<TraceExporter> MakeTlaExporter(const std::string& out,
                                               const JudgeOptions& options) {
  return std::make_unique<ToTla>(ModuleName(out), options);
}

std::unique_ptr<TraceExporter> MakeItfExporter(const JudgeOptions& options) {
  return std::make_unique<ToItf>(options);
}

Exported Export(trace::Reader& reader, TraceExporter& exporter, std::ostream& out,
                const std::function<bool()>& stop) {
  exporter.Begin(out);
  Exported done;
  const auto stopped = [&] { return stop && stop(); };
  for (trace::Item item; !done.error && !stopped();) {
    const auto more = reader.Read(item);
    if (!more) {
      done.error = more.error();
    } else if (!*more) {
      break;
    } else if (const auto* header = std::get_if<trace::Header>(&item.value)) {
      exporter.Header(*header, item.line, out);
    } else {
      ++done.events;
      exporter.Event(std::get<trace::Event>(item.value), item.line, out);
    }
    if (!done.error) done.error = exporter.problem;
  }
  if (exporter.problem) {
    if (auto damage = reader.Damage()) {
      done.error = std::move(damage);
      exporter.problem.reset();
    }
  }
  exporter.End(out);
  done.stopped = !done.error && stopped();
  if (!done.error && !done.stopped && done.events == 0) {
    done.error = trace::Error{reader.line(), "no events: expected lines with \"tag\":\"trace\""};
  }
  return done;
}

}  // namespace conformance
