#include "conformance/command/validate.h"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "conformance/command/exit_status.h"
#include "conformance/command/terminal.h"
#include "conformance/explain.h"
#include "conformance/validator.h"
#include "raft/trace/reader.h"

namespace command {
namespace {

struct Judged {
  conformance::Report report;
  double seconds = 0;
};

conformance::Report Unreadable(conformance::Report report, const trace::Error& error) {
  // What was already found outlives the rest of the file.
  if (report.verdict == conformance::Verdict::kRejected ||
      report.verdict == conformance::Verdict::kViolated) {
    return report;
  }
  report.verdict = conformance::Verdict::kInvalid;
  report.invalid = error.message;
  report.invalid_line = error.line;
  return report;
}

conformance::Report ValidateFile(const std::string& file) {
  auto opened = trace::Reader::Open(file);
  if (!opened.ok()) return Unreadable({}, opened.error());
  trace::Reader reader = std::move(opened).value();
  conformance::Validator validator;
  bool begun = false;
  while (!Interrupted()) {
    auto next = reader.Next();
    if (!next.ok()) return Unreadable(validator.Finish(), next.error());
    const std::optional<trace::Item>& item = next.value();
    if (!item) break;
    if (const auto* header = std::get_if<trace::Header>(&item->value)) {
      if (begun) {
        return Unreadable(validator.Finish(),
                          {item->line, "a header: expected before the first event, once"});
      }
      validator.SetHeader(*header);
    } else {
      validator.Feed(std::get<trace::Event>(item->value), item->line);
    }
    begun = true;
  }
  conformance::Report report = validator.Finish();
  if (Interrupted() && report.verdict == conformance::Verdict::kAccepted) {
    report.verdict = conformance::Verdict::kInvalid;
    report.invalid =
        "interrupted; the " + std::to_string(report.events) + " events so far are accepted";
  }
  return report;
}

int StatusOf(conformance::Verdict verdict) {
  switch (verdict) {
    case conformance::Verdict::kAccepted:
      return kNothingFound;
    case conformance::Verdict::kRejected:
    case conformance::Verdict::kViolated:
      return kFound;
    case conformance::Verdict::kInvalid:
      return kBadInput;
  }
  return kInternal;
}

}  // namespace

int Validate(const ValidateOptions& options) {
  const std::vector<std::string>& files = options.files;
  std::vector<std::optional<Judged>> judged(files.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t k = next++; k < files.size() && !Interrupted(); k = next++) {
      const Stopwatch watch;
      conformance::Report report = ValidateFile(files[k]);
      judged[k] = Judged{std::move(report), watch.Seconds()};
    }
  };
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t jobs =
      std::min(files.size(), options.jobs > 0 ? static_cast<std::size_t>(options.jobs) : cores);
  std::vector<std::thread> workers;
  for (std::size_t k = 1; k < jobs; ++k) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();

  bool found = false;
  int status = kNothingFound;
  for (std::size_t k = 0; k < files.size(); ++k) {
    if (!judged[k]) continue;  // interrupted before it
    const std::string name = files[k] == "-" ? "(standard input)" : files[k];
    std::cout << (options.json
                      ? conformance::ReportJson(judged[k]->report, name, judged[k]->seconds) + "\n"
                      : conformance::ReportText(judged[k]->report, name, ColourOutput()));
    const int own = StatusOf(judged[k]->report.verdict);
    found = found || own == kFound;
    status = std::max(status, own);
  }
  // A violation is what a gate must see first, even beside a file that cannot be read.
  return found ? kFound : status;
}

}  // namespace command
