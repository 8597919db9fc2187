#include "conformance/command/validate.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "conformance/campaign/stopwatch.h"
#include "conformance/command/exit_status.h"
#include "conformance/command/terminal.h"
#include "conformance/judge/judge.h"
#include "conformance/judge/merge.h"
#include "conformance/report/ci_reports.h"
#include "conformance/report/report.h"
#include "raft/trace/reader.h"

namespace command {
namespace {

using conformance::JudgedFile;

std::string NameOf(const std::string& file) { return file == "-" ? "(standard input)" : file; }

conformance::Report Unreadable(conformance::Report report, const trace::Error& error,
                               std::size_t file = 0) {
  // What was already found outlives the rest of the file.
  if (report.verdict == conformance::Verdict::kRejected ||
      report.verdict == conformance::Verdict::kViolated) {
    return report;
  }
  report.verdict = conformance::Verdict::kInvalid;
  report.invalid = error.message;
  report.invalid_line = error.line;
  report.invalid_file = file;
  return report;
}

conformance::Report Interruptible(conformance::Report report) {
  if (Interrupted() && report.verdict == conformance::Verdict::kAccepted) {
    report.verdict = conformance::Verdict::kInvalid;
    report.invalid =
        "interrupted; the " + std::to_string(report.events) + " events so far are accepted";
  }
  return report;
}

trace::Result<trace::Reader> Open(const std::string& file, bool follow) {
  if (!follow) return trace::Reader::Open(file);
  return trace::Reader::Follow(file, [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return !Interrupted();
  });
}

conformance::Report ValidateFile(const std::string& file, bool follow) {
  auto opened = Open(file, follow);
  if (!opened) return Unreadable({}, opened.error());
  trace::Reader reader = std::move(*opened);
  conformance::Judge judge;
  bool begun = false;
  trace::Item item;
  while (!Interrupted() || follow) {
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
    if (follow && (!judge.explained() || judge.violated())) break;
  }
  // Who follows a file ends it by interrupting.
  return follow ? judge.Finish() : Interruptible(judge.Finish());
}

JudgedFile ValidateMerged(const std::vector<std::string>& files) {
  const campaign::Stopwatch watch;
  JudgedFile judged;
  for (const std::string& file : files) {
    judged.file += (judged.file.empty() ? "" : " + ") + NameOf(file);
  }
  conformance::Judge judge;
  std::vector<trace::Reader> readers;
  std::optional<conformance::MergeError> error;
  for (std::size_t k = 0; k < files.size() && !error; ++k) {
    auto opened = trace::Reader::Open(files[k]);
    if (opened) {
      readers.push_back(std::move(*opened));
    } else {
      error = {k, opened.error()};
    }
  }
  if (!error) {
    error = conformance::MergeInto(
        judge, files.size(),
        [&](std::size_t k, trace::Item& item) { return readers[k].Read(item); }, &Interrupted);
  }
  judged.report = Interruptible(judge.Finish());
  if (error) judged.report = Unreadable(std::move(judged.report), error->error, error->file);
  for (const std::string& file : files) judged.report.files.push_back(NameOf(file));
  if (error && error->error.line == 0) judged.file = NameOf(files[error->file]);
  judged.seconds = watch.Seconds();
  return judged;
}

// Those that were not begun before an interrupt are left out.
std::vector<JudgedFile> ValidateEach(const ValidateOptions& options) {
  const std::vector<std::string>& files = options.files;
  std::vector<std::optional<JudgedFile>> judged(files.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t k = next++; k < files.size() && !Interrupted(); k = next++) {
      const campaign::Stopwatch watch;
      conformance::Report report = ValidateFile(files[k], options.follow);
      judged[k] = JudgedFile{NameOf(files[k]), std::move(report), watch.Seconds()};
    }
  };
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t jobs =
      std::min(files.size(), options.jobs > 0 ? static_cast<std::size_t>(options.jobs) : cores);
  std::vector<std::thread> workers;
  for (std::size_t k = 1; k < jobs; ++k) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();
  std::vector<JudgedFile> done;
  for (auto& one : judged) {
    if (one) done.push_back(*std::move(one));
  }
  return done;
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

bool WriteReport(const std::string& path, const std::string& text) {
  if (path.empty()) return true;
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) Complain(path + ": cannot be written: " + std::strerror(errno));
  return static_cast<bool>(file);
}

}  // namespace

int Validate(const ValidateOptions& options) {
  if (options.follow && options.files.size() != 1) {
    return Refuse("--follow: expected one file, found " + std::to_string(options.files.size()));
  }
  const std::vector<JudgedFile> files =
      options.merge ? std::vector{ValidateMerged(options.files)} : ValidateEach(options);
  bool found = false;
  int status = kNothingFound;
  for (const JudgedFile& judged : files) {
    std::cout << (options.json
                      ? conformance::ReportJson(judged.report, judged.file, judged.seconds) + "\n"
                      : conformance::ReportText(judged.report, judged.file, ColourOutput()));
    const int own = StatusOf(judged.report.verdict);
    found = found || own == kFound;
    status = std::max(status, own);
  }
  if (!options.json && files.size() > 1) std::cout << conformance::SummaryText(files);
  if (options.github) std::cout << conformance::GitHubAnnotations(files);
  if (!WriteReport(options.junit, conformance::JUnitXml(files))) status = kBadInput;
  if (!WriteReport(options.sarif, conformance::Sarif(files))) status = kBadInput;
  // A violation is what a gate must see first, even beside a file that cannot be read.
  return found ? kFound : status;
}

}  // namespace command
