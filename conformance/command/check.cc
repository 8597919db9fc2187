#include "conformance/command/check.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "conformance/command/exit_status.h"
#include "conformance/command/judge.h"
#include "conformance/command/terminal.h"
#include "conformance/explain.h"
#include "raft/random.h"
#include "raft/trace/writer.h"
#include "tracegen/generator.h"
#include "tracegen/shrink.h"

namespace command {
namespace {

constexpr int kShrinkTrials = 4000;
// And no more than so many events, in all: some seconds.
constexpr std::uint64_t kShrinkEvents = 6'000'000;

// After a schedule that leaves the specification, how many more are tried for one that does harm:
// a broken property says more than a refused step.
constexpr std::uint64_t kHarmWindow = 3000;

struct Totals {
  std::uint64_t schedules = 0;
  std::uint64_t fields_compared = 0;
  std::uint64_t events = 0;
  tracegen::RunResult run;
  std::map<std::string, std::uint64_t, std::less<>> actions;

  void Add(const Judged& judged) {
    ++schedules;
    events += judged.report.events;
    fields_compared += judged.report.fields_compared;
    run.Add(judged.run);
    for (const auto& [action, count] : judged.report.actions) actions[action] += count;
  }
};

// The actions of the specification that a run of our own library can take; one that never happens
// is shown as a gap.
constexpr std::string_view kExpectedActions[] = {"AdvanceCommitIndex",
                                                 "AppendEntries",
                                                 "AppendEntriesToSelf",
                                                 "ApplyConfChange",
                                                 "BecomeLeader",
                                                 "BecomePreCandidate",
                                                 "ChangeConf",
                                                 "ClientRequest",
                                                 "Compact",
                                                 "DropMessage",
                                                 "DropStale",
                                                 "DuplicateMessage",
                                                 "ForgetLeader",
                                                 "HandOver",
                                                 "HandleAppendEntriesRequest",
                                                 "HandleAppendEntriesResponse",
                                                 "HandleHeartbeat",
                                                 "HandleHeartbeatResponse",
                                                 "HandlePreVoteRequest",
                                                 "HandlePreVoteResponse",
                                                 "HandleRequestVoteRequest",
                                                 "HandleRequestVoteResponse",
                                                 "HandleSnapshotRequest",
                                                 "HandleTimeoutNow",
                                                 "Heartbeat",
                                                 "IgnoreVoteRequest",
                                                 "Persist",
                                                 "ReadIndex",
                                                 "RequestPreVote",
                                                 "RequestVote",
                                                 "RespondToOlderTerm",
                                                 "Restart",
                                                 "ReturnToFollower",
                                                 "SendSnapshot",
                                                 "SendTimeoutNow",
                                                 "ServeRead",
                                                 "StepDown",
                                                 "Timeout",
                                                 "UpdateTerm"};

class Campaign {
 public:
  explicit Campaign(const CheckOptions& options) : options_(options) {}

  int Run() {
    for (const std::string_view action : kExpectedActions) totals_.actions[std::string(action)] = 0;
    const int jobs = options_.jobs > 0
                         ? options_.jobs
                         : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    std::vector<std::thread> workers;
    for (int k = 1; k < jobs; ++k) workers.emplace_back([this] { Work(nullptr); });
    {
      Progress progress;
      Work(&progress);
    }
    for (std::thread& worker : workers) worker.join();
    if (violated_.index == kNever && refused_.index == kNever) return Passed();
    return Failed(violated_.index != kNever ? violated_ : refused_);
  }

 private:
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};
  struct Failure {
    std::atomic<std::uint64_t> index{kNever};
    std::string what;
  };

  tracegen::Schedule ScheduleAt(std::uint64_t k) const {
    tracegen::Limits limits;
    limits.servers = options_.servers;
    limits.steps = options_.steps;
    return tracegen::GenerateSchedule(raft::Random::Mix(raft::Random::Mix(options_.seed) + k),
                                      limits);
  }

  bool TimeIsUp() const { return options_.seconds > 0 && watch_.Seconds() >= options_.seconds; }
  std::uint64_t Limit() const { return options_.seconds > 0 ? kNever : options_.schedules; }

  // Schedules are taken in order.  After a failure those before it are finished, so that the first
  // one is found whatever the number of jobs.
  bool IsNeeded(std::uint64_t k) const {
    const std::uint64_t refused = refused_.index;
    if (k > violated_.index) return false;
    return refused == kNever || k <= refused + kHarmWindow;
  }

  void Work(Progress* progress) {
    for (;;) {
      const std::uint64_t k = next_++;
      if (k >= Limit() || !IsNeeded(k) || Interrupted() || TimeIsUp()) return;
      const Judged judged = Judge(ScheduleAt(k));
      const std::lock_guard lock(mutex_);
      // What comes after the first refusal is no part of the run, only of the search for harm.
      if (k <= refused_.index) totals_.Add(judged);
      if (!judged.failure.empty()) {
        Failure& failure =
            judged.report.verdict == conformance::Verdict::kViolated ? violated_ : refused_;
        if (k < failure.index) {
          failure.index = k;
          failure.what = judged.failure;
        }
      }
      if (progress != nullptr) {
        progress->Show(fmt::format("{} schedules, {} events, {:.0f} s", totals_.schedules,
                                   totals_.events, watch_.Seconds()));
      }
    }
  }

  nlohmann::ordered_json Summary() const {
    nlohmann::ordered_json json = {
        {"schedules", totals_.schedules},
        {"events", totals_.events},
        {"violations", violated_.index != kNever || refused_.index != kNever ? 1 : 0},
        {"seed", options_.seed},
        {"seconds", watch_.Seconds()},
        {"fields_compared", totals_.fields_compared}};
    tracegen::Counts::Visit(totals_.run, [&json](const char* name, std::uint64_t count) {
      if (!json.contains(name)) json[name] = count;
    });
    json["interrupted"] = Interrupted();
    json["actions"] = totals_.actions;
    return json;
  }

  // What never happened is a gap: the run says nothing about it.
  static void PrintGap(std::uint64_t count) {
    std::cout << (count == 0 ? "   never: a gap\n" : "\n");
  }

  void PrintSummary() const {
    const double seconds = watch_.Seconds();
    const tracegen::RunResult& run = totals_.run;
    const auto line = [](std::string_view name, std::uint64_t count, const std::string& rest) {
      std::cout << fmt::format("  {:<11}{:>12}   {}", name, count, rest);
      PrintGap(count);
    };
    line("schedules", totals_.schedules,
         fmt::format("in {:.1f} s, {:.0f} a second", seconds,
                     static_cast<double>(totals_.schedules) / seconds));
    line("steps", run.steps, "inputs of nodes");
    line("events", totals_.events,
         fmt::format("each a step of the specification; {} fields compared",
                     totals_.fields_compared));
    line("elections", run.elections,
         fmt::format("{} crashes, {} restarts, {} transfers asked for", run.crashes, run.restarts,
                     run.transfers));
    line("messages", run.delivered,
         fmt::format("delivered; {} dropped, {} duplicated", run.dropped, run.duplicated));
    line("proposals", run.proposals, fmt::format("{} entries applied", run.applied));
    line("changes", run.conf_changes, "of the configuration applied");
    line("snapshots", run.snapshots, fmt::format("installed; {} compactions", run.compactions));
    line("reads", run.reads, fmt::format("asked for, {} served", run.reads_served));
    std::cout << "  actions of the specification, how often:\n";
    for (const auto& [action, count] : totals_.actions) {
      std::cout << fmt::format("    {:<30}{:>12}", action, count);
      PrintGap(count);
    }
  }

  int Passed() const {
    if (options_.json) {
      std::cout << Summary().dump() << "\n";
      return kNothingFound;
    }
    std::cout << (Interrupted() ? "STOPPED, nothing found so far" : "NOTHING FOUND")
              << ": Election Safety, Log Matching, Leader Completeness and State Machine Safety "
                 "hold, and every step is a step of the specification (seed "
              << options_.seed << ")\n";
    PrintSummary();
    return kNothingFound;
  }

  int Failed(const Failure& failure) {
    const std::uint64_t index = failure.index;
    const tracegen::Schedule found = ScheduleAt(index);
    spdlog::info("schedule {} failed ({}); shrinking", index, failure.what);
    std::uint64_t events = 0;
    const tracegen::Schedule shrunk = tracegen::Shrink(
        found,
        [&failure, &events](const tracegen::Schedule& s) {
          if (events >= kShrinkEvents) return false;
          const Judged judged = Judge(s);
          events += std::max(judged.report.events, judged.run.events);
          return judged.failure == failure.what;
        },
        kShrinkTrials);
    const std::filesystem::path folder = std::filesystem::path(options_.out) /
                                         fmt::format("seed-{}-schedule-{}", options_.seed, index);
    const std::string replay =
        fmt::format("raftcheck replay {}", (folder / "schedule.txt").string());
    const Judged judged = WriteFolder(folder, found, shrunk, replay);
    if (options_.json) {
      nlohmann::ordered_json json = Summary();
      json["caught_by"] = failure.what;
      json["first_failure"] = std::min(violated_.index.load(), refused_.index.load()) + 1;
      if (refused_.index != kNever) json["first_refusal"] = refused_.what;
      json["shrunk_actions"] = shrunk.actions.size();
      json["replay"] = replay;
      std::cout << json.dump() << "\n";
      return kFound;
    }
    std::cout << conformance::ReportText(judged.report, (folder / "trace.ndjson").string(),
                                         ColourOutput())
              << "  schedule " << found.actions.size() << " actions, shrunk to "
              << shrunk.actions.size() << ":\n";
    std::cout << tracegen::PrintSchedule(shrunk);
    std::cout << "  replay   " << replay << "\n\n";
    PrintSummary();
    return kFound;
  }

  Judged WriteFolder(const std::filesystem::path& folder, const tracegen::Schedule& found,
                     const tracegen::Schedule& shrunk, const std::string& replay) const {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) spdlog::error("cannot write {}: {}", folder.string(), error.message());
    std::ofstream trace_file(folder / "trace.ndjson");
    trace::Writer writer(trace_file);
    writer.Write(tracegen::MakeHeader(shrunk));
    Judged judged = Judge(shrunk, &writer);
    writer.Flush();
    const std::string name = (folder / "trace.ndjson").string();
    std::ofstream(folder / "schedule.txt") << tracegen::PrintSchedule(shrunk);
    std::ofstream(folder / "schedule-as-found.txt") << tracegen::PrintSchedule(found);
    std::ofstream(folder / "verdict.json")
        << conformance::ReportJson(judged.report, name, watch_.Seconds()) << "\n";
    std::ofstream(folder / "verdict.txt")
        << conformance::ReportText(judged.report, name, false) << "  replay   " << replay << "\n";
    return judged;
  }

  const CheckOptions& options_;
  Stopwatch watch_;
  std::atomic<std::uint64_t> next_{0};
  std::mutex mutex_;  // guards what follows, but for the indexes
  Totals totals_;
  Failure violated_;  // the first schedule that breaks a property
  Failure refused_;   // the first that only leaves the specification
};

}  // namespace

int Check(const CheckOptions& options) { return Campaign(options).Run(); }

}  // namespace command
