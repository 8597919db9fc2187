#include "conformance/judge/judge_file.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "conformance/judge/judge.h"
#include "conformance/judge/merge.h"
#include "conformance/judge/plural.h"
#include "raft/trace/outer_field.h"

namespace conformance {
namespace {

Report Stopped(Report report) {
  if (report.verdict != Verdict::kAccepted) return report;
  report.verdict = Verdict::kInvalid;
  report.invalid =
      "interrupted; the " + std::to_string(report.events) + " events so far are accepted";
  return report;
}

// The line that was not accepted, or 0.
std::uint64_t RefusedLine(const Report& report) {
  if (report.violation) return report.violation->line;
  return report.rejection ? report.rejection->line : report.invalid_line;
}

}  // namespace

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

Report JudgeTrace(trace::Reader& reader, const std::function<bool()>& stop, bool until_refused) {
  Judge judge;
  bool begun = false;
  for (trace::Item item; !stop || !stop();) {
    const auto more = reader.Read(item);
    if (!more) return Unreadable(judge.Finish(), more.error());
    if (!*more) break;
    if (const auto* header = std::get_if<trace::Header>(&item.value)) {
      if (begun) {
        return Unreadable(judge.Finish(),
                          {item.line, "a header: expected before the first event, once"});
      }
      judge.SetHeader(*header);
    } else {
      judge.Feed(std::get<trace::Event>(item.value), item.line);
    }
    begun = true;
    // Who follows a file hears of it at once: its check sum may be far away.
    if (until_refused && (!judge.explained() || judge.violated())) break;
  }
  return stop && stop() ? Stopped(judge.Finish()) : judge.Finish();
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
                                     const std::function<bool()>& stop) {
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
    reports.push_back({"", error ? Unreadable({}, *error) : Judge().Finish()});
  }
  return reports;
}

std::string KeyOfGroups(trace::Reader& reader) {
  constexpr std::uint64_t kMostLines = 100'000;
  // Of each field and server: the values in whose lines the server starts.
  std::map<std::pair<std::string, trace::NodeId>, std::set<std::string>> starts;
  for (trace::Item item; reader.line() < kMostLines;) {
    const auto more = reader.Read(item);
    if (!more || !*more) break;
    const auto* event = std::get_if<trace::Event>(&item.value);
    if (event == nullptr || event->name != trace::EventName::kInitState) continue;
    for (const auto& [name, value] : trace::OuterFields(reader.text())) {
      starts[{name, event->node}].insert(value);
    }
  }
  for (const auto& [field, values] : starts) {
    if (values.size() > 1) return field.first;
  }
  return {};
}

Report JudgeMerged(std::vector<trace::Reader>& readers, const std::function<bool()>& stop) {
  Judge judge;
  const auto read = [&](std::size_t k, trace::Item& item) { return readers[k].Read(item); };
  const auto error = MergeInto(judge, readers.size(), read, stop);
  Report report = stop && stop() ? Stopped(judge.Finish()) : judge.Finish();
  for (std::size_t k = 0; k < readers.size() && report.verdict != Verdict::kAccepted; ++k) {
    if (const auto damage = readers[k].Damage()) return Unreadable(std::move(report), *damage, k);
  }
  return error ? Unreadable(std::move(report), error->error, error->file) : report;
}

}  // namespace conformance
