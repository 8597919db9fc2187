#include "conformance/command/validate.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <iterator>
#include <new>
#include <string>
#include <thread>
#include <utility>

#include "conformance/campaign/stopwatch.h"
#include "conformance/command/exit_status.h"
#include "conformance/command/limits.h"
#include "conformance/command/terminal.h"
#include "conformance/judge/judge_file.h"
#include "conformance/report/ci_reports.h"
#include "conformance/report/report.h"
#include "conformance/report/whole_file.h"
#include "raft/trace/reader.h"
#include "spec/explorer/crew.h"

namespace command {
namespace {

using conformance::JudgedFile;

std::string NameOf(const std::string& file) { return file == "-" ? "(standard input)" : file; }

trace::Result<trace::Reader> Open(const std::string& file, bool follow) {
  if (!follow) return trace::Reader::Open(file);
  return trace::Reader::Follow(file, [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return !Interrupted();
  });
}

conformance::Report ValidateFile(const std::string& file, bool follow) {
  auto reader = Open(file, follow);
  if (!reader) return conformance::Unreadable({}, reader.error());
  // Who follows a file ends it by interrupting: its reader hears of that.
  return follow ? conformance::JudgeTrace(*reader, {}, true)
                : conformance::JudgeTrace(*reader, &Interrupted);
}

// The lines of several groups in one trace contradict each other, which says nothing of the
// implementation.
conformance::Report WithoutGroups(conformance::Report report, const std::string& file) {
  if (report.verdict == conformance::Verdict::kAccepted || file == "-") return report;
  auto reader = trace::Reader::Open(file);
  const std::string key = reader ? conformance::KeyOfGroups(*reader) : std::string();
  if (key.empty()) return report;
  conformance::Report mixed;
  mixed.events = report.events;
  mixed.invalid = "the lines of several Raft groups: `" + key +
                  "` has several values, and a server starts in more than one of them; "
                  "--group-by " +
                  key + " judges each group alone";
  return mixed;
}

std::vector<JudgedFile> ValidateGroups(const std::string& file, const std::string& key) {
  const campaign::Stopwatch watch;
  auto reader = trace::Reader::Open(file);
  if (!reader) return {{NameOf(file), conformance::Unreadable({}, reader.error()), 0}};
  std::vector<JudgedFile> judged;
  for (auto& [group, report] : conformance::JudgeGroups(*reader, key, &Interrupted)) {
    const std::string name = NameOf(file) + (group.empty() ? "" : "[" + key + "=" + group + "]");
    judged.push_back({name, std::move(report), watch.Seconds()});
  }
  return judged;
}

JudgedFile ValidateMerged(const std::vector<std::string>& files) {
  const campaign::Stopwatch watch;
  JudgedFile judged;
  std::vector<std::string> names;
  std::vector<trace::Reader> readers;
  for (const std::string& file : files) {
    names.push_back(NameOf(file));
    judged.file += (judged.file.empty() ? "" : " + ") + NameOf(file);
  }
  for (std::size_t k = 0; k < files.size(); ++k) {
    auto opened = trace::Reader::Open(files[k]);
    if (!opened) {
      judged.report = conformance::Unreadable({}, opened.error(), k);
      judged.file = names[k];
      break;
    }
    readers.push_back(std::move(*opened));
  }
  if (readers.size() == files.size()) {
    judged.report = conformance::JudgeMerged(readers, &Interrupted);
    const bool whole_file = judged.report.invalid_line == 0 && !Interrupted();
    if (judged.report.verdict == conformance::Verdict::kInvalid && whole_file) {
      judged.file = names[judged.report.invalid_file];
    }
  }
  judged.report.files = std::move(names);
  judged.seconds = watch.Seconds();
  return judged;
}

// Those that were not begun before an interrupt are left out.
std::vector<JudgedFile> ValidateEach(const ValidateOptions& options,
                                     std::atomic<bool>& out_of_memory) {
  const std::vector<std::string>& files = options.files;
  std::vector<std::vector<JudgedFile>> judged(files.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t k = next++; k < files.size() && !Interrupted(); k = next++) {
      const campaign::Stopwatch watch;
      try {
        if (!options.group_by.empty()) {
          judged[k] = ValidateGroups(files[k], options.group_by);
          continue;
        }
        conformance::Report report = ValidateFile(files[k], options.follow);
        if (!options.follow) report = WithoutGroups(std::move(report), files[k]);
        judged[k] = {{NameOf(files[k]), std::move(report), watch.Seconds()}};
      } catch (const std::bad_alloc&) {
        out_of_memory = true;
        judged[k] = {{NameOf(files[k]), conformance::Unreadable({}, {0, "not enough memory"}),
                      watch.Seconds()}};
      }
    }
  };
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t jobs =
      std::min(files.size(), options.jobs > 0 ? static_cast<std::size_t>(options.jobs) : cores);
  spec::explorer::Crew crew(jobs);
  NoteThreads(jobs, crew.size());
  crew.Do([&](std::size_t /*thread*/) { work(); });
  std::vector<JudgedFile> done;
  for (auto& one : judged) std::move(one.begin(), one.end(), std::back_inserter(done));
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
  const std::string trouble = conformance::WriteWhole(path, text);
  if (!trouble.empty()) Complain(trouble);
  return trouble.empty();
}

// A report is never written over a trace.
const std::string* Overwritten(const ValidateOptions& options) {
  for (const std::string* report : {&options.junit, &options.sarif}) {
    for (const std::string& file : options.files) {
      if (conformance::IsSameFile(file, *report)) return report;
    }
  }
  return nullptr;
}

}  // namespace

int Validate(const ValidateOptions& options) {
  if (options.follow && options.files.size() != 1) {
    return Refuse("--follow: expected one file, found " + std::to_string(options.files.size()));
  }
  if (const std::string* report = Overwritten(options)) {
    return Refuse(*report + ": is one of the traces; expected another file for the report");
  }
  std::atomic<bool> out_of_memory = false;
  const std::vector<JudgedFile> files = options.merge ? std::vector{ValidateMerged(options.files)}
                                                      : ValidateEach(options, out_of_memory);
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
  if (out_of_memory) status = ComplainOfMemory("one of the traces");
  // A violation is what a gate must see first, even beside a file that cannot be read.
  return found ? kFound : status;
}

}  // namespace command
