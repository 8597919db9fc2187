#include "conformance/campaign/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "conformance/report/report.h"
#include "conformance/trial/story.h"
#include "raft/trace/writer.h"
#include "tracegen/generator/shrink.h"

namespace campaign {
namespace {

constexpr int kShrinkTrials = 4000;
// And no more than so many events, in all: some seconds.
constexpr std::uint64_t kShrinkEvents = 6'000'000;
// Of single actions, in place of good weather: what is too long for a story is cut off, and a story
// of so many is better than a shorter one that hides what happens.
constexpr std::size_t kMostSingle = 4000;
constexpr std::size_t kTypical = 40;

std::string Comment(const std::string& text) {
  std::string lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines += "# " + text.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return lines;
}

// The magic line stays the first.
std::string WithComment(const tracegen::Schedule& schedule, const std::string& comment) {
  std::string text = tracegen::PrintSchedule(schedule);
  text.insert(text.find('\n') + 1, Comment(comment));
  return text;
}

}  // namespace

tracegen::Schedule ShrinkFailure(const tracegen::Schedule& schedule, const std::string& root,
                                 const tracegen::Implementation& implementation) {
  std::uint64_t events = 0;
  const auto shows_it = [&](const tracegen::Schedule& s) {
    if (events >= kShrinkEvents) return false;
    const trial::Result judged = trial::Run(s, implementation);
    events += std::max(judged.report.events, judged.run.events);
    return judged.root == root;
  };
  const tracegen::Schedule shrunk = tracegen::Shrink(schedule, shows_it, kShrinkTrials);
  const bool hides = std::any_of(shrunk.actions.begin(), shrunk.actions.end(), [](const auto& a) {
    return a.kind == tracegen::Kind::kRun || a.kind == tracegen::Kind::kConverge;
  });
  if (!hides) return shrunk;
  // Good weather hides what happens: written out, most of it can go, and the rest tells the story.
  events = 0;
  tracegen::Schedule single = tracegen::WriteOut(shrunk, implementation);
  if (single.actions.size() > kMostSingle) single.actions.resize(kMostSingle);
  if (!shows_it(single)) return shrunk;
  single = tracegen::Shrink(single, shows_it, kShrinkTrials);
  return single.actions.size() <= std::max(kTypical, shrunk.actions.size()) ? single : shrunk;
}

Finding WriteFinding(const FailureGroup& group, const tracegen::Schedule& shrunk,
                     const std::string& folder, const std::string& origin,
                     const tracegen::Implementation& implementation) {
  Finding finding;
  finding.shrunk = shrunk;
  finding.folder = folder;
  const std::filesystem::path path(folder);
  finding.replay = fmt::format("raftcheck replay {}", (path / "schedule.txt").string());
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) finding.trouble = fmt::format("cannot write {}: {}", folder, error.message());
  const auto write = [&](const char* name, const std::string& text) {
    std::ofstream file(path / name);
    file << text;
    if (!file.flush() && finding.trouble.empty()) {
      finding.trouble = fmt::format("cannot write {}", (path / name).string());
    }
  };

  const std::string trace_name = (path / "trace.ndjson").string();
  std::ofstream trace_file(trace_name);
  trace::Writer writer(trace_file);
  writer.Write(tracegen::MakeHeader(shrunk.settings, implementation));
  trial::Options options;
  options.also = &writer;
  finding.report = trial::Run(shrunk, implementation, options).report;
  writer.Flush();

  const std::string what = "shows: " + group.root + "\n" + origin;
  write("schedule.txt", WithComment(shrunk, what));
  write("schedule-as-found.txt", WithComment(group.example, what + "\n" + group.mix));
  finding.story = trial::TellStory(shrunk, implementation);
  write("story.txt", finding.story);
  write("regression_test.cc", trial::TestCase(shrunk, group.failure, implementation));
  write("verdict.json", conformance::ReportJson(finding.report, trace_name, 0) + "\n");
  write("verdict.txt", conformance::ReportText(finding.report, trace_name, false) + "  replay   " +
                           finding.replay + "\n");
  return finding;
}

}  // namespace campaign
