#include "conformance/campaign/findings.h"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "conformance/report/report.h"
#include "conformance/report/whole_file.h"
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
                                 const tracegen::Implementation& implementation,
                                 const StopShrinking& stop) {
  std::uint64_t events = 0;
  std::size_t best = schedule.actions.size();
  trial::Options options;
  if (stop) options.stop = [&](std::size_t) { return stop(best); };
  const auto shows_it = [&](const tracegen::Schedule& s) {
    if (events >= kShrinkEvents || (stop && stop(best))) return false;
    const trial::Result judged = trial::Run(s, implementation, options);
    events += std::max(judged.report.events, judged.run.events);
    if (judged.root != root) return false;
    best = std::min(best, s.actions.size());
    return true;
  };
  const tracegen::Schedule shrunk = tracegen::Shrink(schedule, shows_it, kShrinkTrials);
  const bool hides = std::any_of(shrunk.actions.begin(), shrunk.actions.end(), [](const auto& a) {
    return a.kind == tracegen::Kind::kRun || a.kind == tracegen::Kind::kProgress ||
           a.kind == tracegen::Kind::kConverge;
  });
  if (!hides || (stop && stop(best))) return shrunk;
  // Good weather hides what happens: written out, most of it can go, and the rest tells the story.
  events = 0;
  tracegen::Schedule single = tracegen::WriteOut(shrunk, implementation);
  if (single.actions.size() > kMostSingle) single.actions.resize(kMostSingle);
  if (!shows_it(single)) return shrunk;
  single = tracegen::Shrink(single, shows_it, kShrinkTrials);
  return single.actions.size() <= std::max(kTypical, shrunk.actions.size()) ? single : shrunk;
}

Place PlaceOf(const FailureGroup& group, const Options& options, const std::string& out,
              const std::string& campaign) {
  const std::filesystem::path folder(out);
  // One kind of failure has one folder: its name tells kinds apart where a number does not.
  const std::string kind =
      fmt::format("{:08x}", XXH3_64bits(group.root.data(), group.root.size()) & 0xffffffffU);
  if (group.number == 0) {
    return {(folder / ("corpus-" + kind)).string(), "from the corpus of " + campaign,
            options.program};
  }
  std::string command = fmt::format("{} check --seed {}", options.program, options.seed);
  if (options.limits.servers != 0) command += fmt::format(" --servers {}", options.limits.servers);
  if (options.limits.steps != 0) command += fmt::format(" --steps {}", options.limits.steps);
  if (const std::string profile = ProfileOf(options); !profile.empty()) {
    command += " --profile " + profile;
  }
  if (options.guided) command += " --guided";
  const std::string name = fmt::format("seed-{}-schedule-{}", options.seed, group.number);
  if (!group.near_another) {
    return {(folder / name).string(),
            fmt::format("found by: {}, schedule {}", command, group.number), options.program};
  }
  return {(folder / (name + "-near-" + kind)).string(),
          fmt::format("found by: {}, near schedule {}", command, group.number), options.program};
}

Finding WriteFinding(const FailureGroup& group, const tracegen::Schedule& shrunk,
                     const Place& place, const tracegen::Implementation& implementation) {
  Finding finding;
  finding.shrunk = shrunk;
  finding.folder = place.folder;
  const std::filesystem::path path(place.folder);
  finding.replay = fmt::format("{} replay {}", place.program, (path / "schedule.txt").string());
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) finding.trouble = fmt::format("cannot write {}: {}", place.folder, error.message());
  const auto note = [&finding](std::string trouble) {
    if (finding.trouble.empty()) finding.trouble = std::move(trouble);
  };
  const auto write = [&](const char* name, const std::string& text) {
    note(conformance::WriteWhole((path / name).string(), text));
  };
  // The small files come first: where there is no room for the trace, they say all that is needed.
  const std::string what = "shows: " + group.root + "\n" + place.origin;
  write("schedule.txt", WithComment(shrunk, what));
  write("schedule-as-found.txt", WithComment(group.example, what + "\n" + group.mix));
  finding.story = trial::TellStory(shrunk, implementation);
  write("story.txt", finding.story);
  write("regression_test.cc", trial::TestCase(shrunk, group.failure, implementation));

  const std::string trace_name = (path / "trace.ndjson").string();
  conformance::WholeFile trace_file(trace_name);
  trace::Writer writer(trace_file.stream());
  writer.Write(tracegen::MakeHeader(shrunk.settings, implementation));
  trial::Options options;
  options.also = &writer;
  finding.report = trial::Run(shrunk, implementation, options).report;
  writer.Flush();
  write("verdict.json", conformance::ReportJson(finding.report, trace_name, 0) + "\n");
  write("verdict.txt", conformance::ReportText(finding.report, trace_name, false) + "  replay   " +
                           finding.replay + "\n");
  note(trace_file.Commit());
  return finding;
}

Finding ShrinkAndWrite(const FailureGroup& group, const Place& place,
                       const tracegen::Implementation& implementation, const StopShrinking& stop) {
  bool stopped = false;
  const StopShrinking asked = [&](std::size_t actions) {
    stopped = stopped || (stop && stop(actions));
    return stopped;
  };
  tracegen::Schedule shrunk = ShrinkFailure(group.example, group.root, implementation, asked);
  if (group.shortest.actions.size() < group.example.actions.size()) {
    tracegen::Schedule other = ShrinkFailure(group.shortest, group.root, implementation, asked);
    if (other.actions.size() < shrunk.actions.size()) shrunk = std::move(other);
  }
  Finding finding = WriteFinding(group, shrunk, place, implementation);
  finding.stopped = stopped;
  return finding;
}

std::vector<const FailureGroup*> WorstFirst(const Campaign& campaign) {
  std::vector<const FailureGroup*> groups;
  for (const FailureGroup& group : campaign.failures()) groups.push_back(&group);
  std::stable_partition(groups.begin(), groups.end(),
                        [](const FailureGroup* group) { return group->violated; });
  if (campaign.options().max_failures == 1) groups.resize(std::min<std::size_t>(1, groups.size()));
  return groups;
}

}  // namespace campaign
