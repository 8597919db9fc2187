#include "conformance/judge/judge_file.h"

#include <string>
#include <utility>
#include <variant>

#include "conformance/judge/judge.h"
#include "conformance/judge/merge.h"

namespace conformance {
namespace {

Report Stopped(Report report) {
  if (report.verdict != Verdict::kAccepted) return report;
  report.verdict = Verdict::kInvalid;
  report.invalid =
      "interrupted; the " + std::to_string(report.events) + " events so far are accepted";
  return report;
}

}  // namespace

Report Unreadable(Report report, const trace::Error& error, std::size_t file) {
  if (report.verdict == Verdict::kRejected || report.verdict == Verdict::kViolated) return report;
  report.verdict = Verdict::kInvalid;
  report.invalid = error.message;
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
    if (until_refused && (!judge.explained() || judge.violated())) break;
  }
  return stop && stop() ? Stopped(judge.Finish()) : judge.Finish();
}

Report JudgeMerged(std::vector<trace::Reader>& readers, const std::function<bool()>& stop) {
  Judge judge;
  const auto read = [&](std::size_t k, trace::Item& item) { return readers[k].Read(item); };
  const auto error = MergeInto(judge, readers.size(), read, stop);
  Report report = stop && stop() ? Stopped(judge.Finish()) : judge.Finish();
  return error ? Unreadable(std::move(report), error->error, error->file) : report;
}

}  // namespace conformance
