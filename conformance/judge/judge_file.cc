#include "conformance/judge/judge_file.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include "conformance/judge/judge.h"
#include "conformance/judge/merge.h"
#include "conformance/judge/plural.h"
#include "raft/trace/outer_field.h"

namespace conformance {
namespace {

// Of an invalid trace: is the reason that too little was read?
bool SaysTooLittle(const Report& report) {
  return report.verdict == Verdict::kInvalid && report.invalid_line == 0;
}

// The line that was not accepted, or 0.
std::uint64_t RefusedLine(const Report& report) {
  if (report.violation) return report.violation->line;
  return report.rejection ? report.rejection->line : report.invalid_line;
}

}  // namespace

Report Stopped(Report report) {
  if (report.verdict != Verdict::kAccepted && !SaysTooLittle(report)) return report;
  report.verdict = Verdict::kStopped;
  report.invalid = report.events == 0
                       ? "interrupted before the first event"
                       : "interrupted; the " + Counted(report.events, "event") + " so far " +
                             (report.events == 1 ? "is" : "are") + " accepted";
  return report;
}

Report Unreadable(Report report, const trace::Error& error, std::size_t file) {
  const std::uint64_t refused = RefusedLine(report);
  if (refused != 0 && !error.damaged) return report;
  const bool whole = report.verdict == Verdict::kAccepted;
  report.verdict = Verdict::kInvalid;
  report.invalid = error.message;
  if (report.violation && refused == report.violation->line) {
    report.invalid += "; the events before line " + std::to_string(refused) + " are accepted";
  } else if (whole || refused != 0) {
    const std::uint64_t accepted = report.events - (whole ? 0 : 1);
    report.invalid += "; the " + Counted(accepted, "event") + " before " +
                      (whole ? "" : "line " + std::to_string(refused) + " ") +
                      (accepted == 1 ? "is" : "are") + " accepted";
  }
  if (refused != 0) report.invalid += ", and that this line is not may come from the damage";
  report.rejection.reset();
  report.violation.reset();
  report.invalid_line = error.line;
  report.invalid_file = file;
  return report;
}

namespace {

void Prepare(Judge& judge, const JudgeOptions& options) {
  if (options.unvalidated_changes) judge.AllowUnvalidatedChanges();
}

// Feeds a judge, item by item, with what a reader reads.
class Feeder {
 public:
  Feeder(trace::Reader& reader, const JudgeOptions& options) : reader_(reader) {
    Prepare(judge_, options);
  }

  // The next event that is to be judged; null at the end, or at what cannot be read.
  const trace::Event* Next(std::uint64_t& line) {
    for (;;) {
      const auto more = reader_.Read(item_);
      if (!more) error_ = more.error();
      if (!more || !*more) return nullptr;
      const auto* header = std::get_if<trace::Header>(&item_.value);
      const bool first = !std::exchange(begun_, true);
      line = item_.line;
      if (header == nullptr) return &std::get<trace::Event>(item_.value);
      if (!first) {
        error_ = {item_.line, "a header: expected before the first event, once"};
        return nullptr;
      }
      judge_.SetHeader(*header);
    }
  }
  Judge& judge() { return judge_; }
  std::optional<trace::Error> Damage() { return reader_.Damage(); }
  bool Refused() const { return !judge_.explained() || judge_.violated(); }
  Report Finish() {
    Report report = error_ ? Unreadable(judge_.Finish(), *error_) : judge_.Finish();
    report.bytes_left_out = reader_.left_out();
    report.bytes_unread = reader_.unread();
    return report;
  }

 private:
  trace::Reader& reader_;
  Judge judge_;
  trace::Item item_;
  bool begun_ = false;
  std::optional<trace::Error> error_;
};

}  // namespace

Report JudgeTrace(trace::Reader& reader, const std::function<bool()>& stop, bool until_refused,
                  const JudgeOptions& options) {
  Feeder feeder(reader, options);
  std::uint64_t line = 0;
  while (!stop || !stop()) {
    const trace::Event* event = feeder.Next(line);
    if (event == nullptr) {
      // The watch of the reader may have ended it for the same reason.
      return stop && stop() ? Stopped(feeder.Finish()) : feeder.Finish();
    }
    feeder.judge().Feed(*event, line);
    if (until_refused && feeder.Refused()) return feeder.Finish();
  }
  return Stopped(feeder.Finish());
}

ExplainedLine ExplainLine(trace::Reader& reader, std::uint64_t line,
                          const std::optional<trace::Event>& given,
                          const std::function<bool()>& stop, const JudgeOptions& options) {
  Feeder feeder(reader, options);
  ExplainedLine explained;
  const auto explain = [&](const trace::Event& event) {
    explained.event = event;
    explained.step = feeder.judge().Explain(event);
    // What else speaks against the event than the specification's state: its number, what all lines
    // together show.
    feeder.judge().Feed(event, explained.line);
    explained.report = feeder.judge().Finish();
    Report& report = explained.report;
    // That a single line shows too little to judge a trace is no fault of the line.
    if (SaysTooLittle(report)) report.verdict = Verdict::kAccepted;
    StepExplanation& step = *explained.step;
    if (report.violation && !step.violated) {
      step.violated = report.violation->property + ": " + report.violation->what;
    }
    if (report.verdict == Verdict::kInvalid && step.out_of_scope.empty()) {
      step.out_of_scope = report.invalid;
      step.allowed = false;
    }
    if (report.verdict == Verdict::kAccepted) return;
    if (const auto damage = feeder.Damage()) {
      report = Unreadable(std::move(report), *damage);
      explained.step.reset();
    }
  };
  while (!stop || !stop()) {
    const trace::Event* event = feeder.Next(explained.line);
    if (event == nullptr) {
      if (stop && stop()) break;
      explained.report = feeder.Finish();
      // After the last line.
      const Report& report = explained.report;
      if (given && (report.verdict == Verdict::kAccepted || SaysTooLittle(report))) {
        explain(*given);
      }
      return explained;
    }
    // What comes after a line that was refused can still make the verdict another.
    if (explained.line >= line && !feeder.Refused()) {
      explain(given ? *given : *event);
      return explained;
    }
    feeder.judge().Feed(*event, explained.line);
  }
  explained.report = Stopped(feeder.Finish());
  return explained;
}

bool BlameGroups(Report& report, const std::string& name) {
  const bool wrong = report.verdict != Verdict::kAccepted && report.verdict != Verdict::kStopped;
  std::error_code error;
  // Nothing else can be read a second time.
  if (!wrong || !std::filesystem::is_regular_file(name, error)) return false;
  auto reader = trace::Reader::Open(name);
  const std::string key = reader ? KeyOfGroups(*reader) : std::string();
  if (key.empty()) return false;
  Report mixed;
  mixed.events = report.events;
  mixed.invalid = "the lines of several Raft groups: `" + key +
                  "` has several values, and a server starts in more than one of them; "
                  "--group-by " +
                  key + " judges each group alone";
  report = std::move(mixed);
  return true;
}

namespace {

struct Group {
  Judge judge;
  Report report;  // once `done`
  bool done = false;
};

void FeedGroup(Group& group, const trace::Item& item) {
  if (group.done) return;
  group.judge.Feed(std::get<trace::Event>(item.value), item.line);
  if (group.judge.explained() && !group.judge.violated()) return;
  group.report = group.judge.Finish();
  group.done = true;
}

}  // namespace

std::vector<GroupReport> JudgeGroups(trace::Reader& reader, const std::string& key,
                                     const std::function<bool()>& stop,
                                     const JudgeOptions& options) {
  std::map<std::string, Group> groups;
  std::optional<trace::Header> header;
  std::optional<trace::Error> error;
  for (trace::Item item; !error && (!stop || !stop());) {
    const auto more = reader.Read(item);
    if (!more) error = more.error();
    if (!more || !*more) break;
    if (const auto* told = std::get_if<trace::Header>(&item.value)) {
      header = *told;
      continue;
    }
    const auto name = trace::OuterField(reader.text(), key);
    if (!name) {
      error = trace::Error{item.line, "the line has no field '" + key +
                                          "' outside of its event; expected it on each trace line"};
      break;
    }
    const auto [group, is_new] = groups.try_emplace(*name);
    if (is_new) Prepare(group->second.judge, options);
    if (is_new && header) group->second.judge.SetHeader(*header);
    FeedGroup(group->second, item);
  }
  std::vector<GroupReport> reports;
  for (auto& [name, group] : groups) {
    Report report = group.done ? std::move(group.report) : group.judge.Finish();
    if (error) report = Unreadable(std::move(report), *error);
    reports.push_back({name, stop && stop() ? Stopped(std::move(report)) : std::move(report)});
  }
  if (reports.empty()) {
    Report report = error ? Unreadable({}, *error) : Judge().Finish();
    reports.push_back({"", stop && stop() ? Stopped(std::move(report)) : std::move(report)});
  }
  return reports;
}

std::string KeyOfGroups(trace::Reader& reader) {
  constexpr std::uint64_t kMostLines = 100'000;
  // Of each field that may be the key, and of each server: the values so far, and the last one.
  using Values = std::pair<std::set<std::string>, std::string>;
  std::map<std::string, std::map<trace::NodeId, Values>> keys;
  bool first = true;
  for (trace::Item item; reader.line() < kMostLines;) {
    const auto more = reader.Read(item);
    if (!more || !*more) break;
    const auto* event = std::get_if<trace::Event>(&item.value);
    if (event == nullptr) continue;
    const auto told = trace::OuterFields(reader.text());
    for (const auto& [name, value] : told) {
      if (first) keys[name];
    }
    first = false;
    for (auto key = keys.begin(); key != keys.end();) {
      const auto field = std::find_if(told.begin(), told.end(),
                                      [&](const auto& one) { return one.first == key->first; });
      auto& [values, last] = key->second[event->node];
      const bool is_new = field != told.end() && values.insert(field->second).second;
      if (field == told.end() || (is_new && event->name != trace::EventName::kInitState)) {
        key = keys.erase(key);
        continue;
      }
      if (!is_new && field->second != last) return key->first;
      last = field->second;
      ++key;
    }
    if (keys.empty()) return {};
  }
  return {};
}

Report JudgeMerged(std::vector<trace::Reader>& readers, const std::function<bool()>& stop,
                   const JudgeOptions& options) {
  Judge judge;
  Prepare(judge, options);
  const auto read = [&](std::size_t k, trace::Item& item) { return readers[k].Read(item); };
  const auto error = MergeInto(judge, readers.size(), read, stop);
  Report report = stop && stop() ? Stopped(judge.Finish()) : judge.Finish();
  for (std::size_t k = 0; k < readers.size() && report.verdict != Verdict::kAccepted; ++k) {
    if (const auto damage = readers[k].Damage()) return Unreadable(std::move(report), *damage, k);
  }
  return error ? Unreadable(std::move(report), error->error, error->file) : report;
}

}  // namespace conformance
