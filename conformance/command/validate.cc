#include "conformance/command/validate.h"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <iterator>
#include <new>
#include <string>
#include <thread>
#include <utility>

#include "conformance/campaign/stopwatch.h"
#include "conformance/command/exit_status.h"
#include "conformance/command/limits.h"
#include "conformance/command/progress.h"
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

conformance::Report ValidateFile(const std::string& file, const ValidateOptions& options,
                                 const trace::Watch& watch) {
  const bool follow = options.follow;
  auto reader = follow ? trace::Reader::Follow(file, watch) : trace::Reader::Open(file, watch);
  if (!reader) return conformance::Unreadable({}, reader.error());
  if (!follow) return conformance::JudgeTrace(*reader, &Interrupted, false, options.judge);
  // Who follows a file ends it by interrupting: its reader hears of that.
  return conformance::JudgeTrace(*reader, {}, true, options.judge);
}

std::vector<JudgedFile> ValidateGroups(const std::string& file, const ValidateOptions& options,
                                       const trace::Watch& input) {
  const campaign::Stopwatch watch;
  auto reader = trace::Reader::Open(file, input);
  if (!reader) return {{NameOf(file), conformance::Unreadable({}, reader.error()), 0}};
  std::vector<JudgedFile> judged;
  const std::string& key = options.group_by;
  for (auto& [group, report] :
       conformance::JudgeGroups(*reader, key, &Interrupted, options.judge)) {
    const std::string name = NameOf(file) + (group.empty() ? "" : "[" + key + "=" + group + "]");
    judged.push_back({name, std::move(report), watch.Seconds()});
  }
  return judged;
}

JudgedFile ValidateMerged(const ValidateOptions& options) {
  const std::vector<std::string>& files = options.files;
  const campaign::Stopwatch watch;
  JudgedFile judged;
  std::vector<std::string> names;
  std::vector<trace::Reader> readers;
  InputProgress inputs(files);
  for (const std::string& file : files) {
    names.push_back(NameOf(file));
    judged.file += (judged.file.empty() ? "" : " + ") + NameOf(file);
  }
  for (std::size_t k = 0; k < files.size(); ++k) {
    auto opened = trace::Reader::Open(files[k], inputs.WatchOf(k));
    if (!opened) {
      judged.report = conformance::Unreadable({}, opened.error(), k);
      judged.file = names[k];
      break;
    }
    readers.push_back(std::move(*opened));
  }
  if (readers.size() == files.size()) {
    judged.report = conformance::JudgeMerged(readers, &Interrupted, options.judge);
    const bool whole_file = judged.report.invalid_line == 0 && !Interrupted();
    if (judged.report.verdict == conformance::Verdict::kInvalid && whole_file) {
      judged.file = names[judged.report.invalid_file];
    }
  }
  judged.report.files = std::move(names);
  judged.seconds = watch.Seconds();
  return judged;
}

// Those that were not begun before an interrupt are told as stopped.
std::vector<JudgedFile> ValidateEach(const ValidateOptions& options,
                                     std::atomic<bool>& out_of_memory) {
  const std::vector<std::string>& files = options.files;
  std::vector<std::vector<JudgedFile>> judged(files.size());
  std::atomic<std::size_t> next{0};
  InputProgress inputs(files);
  const auto work = [&] {
    for (std::size_t k = next++; k < files.size() && !Interrupted(); k = next++) {
      const campaign::Stopwatch watch;
      try {
        if (!options.group_by.empty()) {
          judged[k] = ValidateGroups(files[k], options, inputs.WatchOf(k));
          continue;
        }
        conformance::Report report = ValidateFile(files[k], options, inputs.WatchOf(k));
        if (!options.follow) conformance::BlameGroups(report, files[k]);
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
  for (std::size_t k = 0; k < files.size(); ++k) {
    if (judged[k].empty()) judged[k] = {{NameOf(files[k]), conformance::Stopped({}), 0}};
    std::move(judged[k].begin(), judged[k].end(), std::back_inserter(done));
  }
  return done;
}

}  // namespace

int Validate(const ValidateOptions& options) {
  if (options.follow && options.files.size() != 1) {
    return Refuse("--follow: expected one file, found " + std::to_string(options.files.size()));
  }
  if (const std::string why =
          conformance::WhyNotWritten(options.files, {options.ci.junit, options.ci.sarif});
      !why.empty()) {
    return Refuse(why);
  }
  std::atomic<bool> out_of_memory = false;
  const std::vector<JudgedFile> files =
      options.merge ? std::vector{ValidateMerged(options)} : ValidateEach(options, out_of_memory);
  int status = kNothingFound;
  for (const JudgedFile& judged : files) {
    std::cout << (options.json
                      ? conformance::ReportJson(judged.report, judged.file, judged.seconds) + "\n"
                      : conformance::ReportText(judged.report, judged.file, ColourOutput()));
    status = Worse(status, StatusOf(judged.report.verdict));
  }
  if (!options.json && files.size() > 1) std::cout << conformance::SummaryText(files);
  if (out_of_memory) status = Worse(status, ComplainOfMemory("one of the traces"));
  const bool written = WriteCiReports(options.ci, "validate", conformance::ResultsOf(files));
  return written ? status : Worse(status, kBadInput);
}

}  // namespace command
