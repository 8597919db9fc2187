#include "conformance/command/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "conformance/campaign/campaign.h"
#include "conformance/campaign/findings.h"
#include "conformance/campaign/stopwatch.h"
#include "conformance/command/exit_status.h"
#include "conformance/command/terminal.h"
#include "conformance/report/report.h"

namespace command {
namespace {

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

campaign::Options OptionsOf(const CheckOptions& from) {
  campaign::Options options;
  options.schedules = from.seconds > 0 ? ~std::uint64_t{0} : from.schedules;
  options.seconds = from.seconds;
  options.limits = {from.servers, from.steps, tracegen::FindProfile(from.profile)};
  options.seed = from.seed;
  options.jobs = from.jobs > 0
                     ? from.jobs
                     : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  options.guided = from.guided;
  options.coverage = from.coverage || !from.campaign.empty();
  options.max_failures = from.failures >= 0 ? static_cast<std::uint64_t>(from.failures)
                         : from.seconds > 0 ? 0
                                            : 1;
  options.stop = &Interrupted;
  return options;
}

class Checker {
 public:
  Checker(const CheckOptions& options, const tracegen::Implementation& implementation)
      : options_(options),
        implementation_(implementation),
        campaign_(OptionsOf(options), implementation) {}

  int Run() {
    if (!options_.campaign.empty() && !Resume()) return kBadInput;
    {
      Progress progress;
      campaign_.Run(
          [this](const campaign::FailureGroup& group) { Found(group); },
          [&](const campaign::Campaign& c) {
            if (!options_.campaign.empty()) SaveNowAndThen();
            progress.Show(fmt::format(
                "{} schedules, {} events, {:.0f} s{}{}", c.totals().schedules, c.totals().events,
                c.seconds(),
                c.corpus().states() == 0 ? std::string()
                                         : fmt::format(", {} abstract states", c.corpus().states()),
                c.failures().empty() ? std::string()
                                     : fmt::format(", {} kinds of failure", c.failures().size())));
          });
    }
    seconds_ = campaign_.seconds();
    if (!options_.campaign.empty()) Save();
    return campaign_.failures().empty() ? Passed() : Failed();
  }

 private:
  std::filesystem::path StateFile() const {
    return std::filesystem::path(options_.campaign) / "campaign.json";
  }
  std::string CorpusFolder() const {
    return (std::filesystem::path(options_.campaign) / "corpus").string();
  }
  // Findings of a campaign lie with it.
  std::string OutFolder() const {
    return options_.campaign.empty()
               ? options_.out
               : (std::filesystem::path(options_.campaign) / "failures").string();
  }

  // The corpus runs first; with the same seed and limits the campaign goes on where it stopped.
  bool Resume() {
    std::vector<std::string> complaints;
    std::vector<tracegen::Schedule> corpus = campaign::Corpus::Load(CorpusFolder(), complaints);
    for (const std::string& complaint : complaints) Complain(complaint);
    std::ifstream file(StateFile());
    if (file) {
      const nlohmann::json state = nlohmann::json::parse(file, nullptr, false);
      const bool readable = state.is_object() && state.contains("next") &&
                            state["next"].is_number_unsigned() && state.contains("drawn_by");
      if (!readable) {
        Complain(StateFile().string() + ": expected what a campaign writes");
        return false;
      }
      earlier_ = state;
      if (state["drawn_by"] == nlohmann::json(DrawnBy()))
        campaign_.SkipTo(state["next"].get<std::uint64_t>());
    }
    if (!corpus.empty()) {
      Note(fmt::format("{}: {} schedules of earlier runs come first", options_.campaign,
                       corpus.size()));
    }
    campaign_.RunFirst(std::move(corpus));
    std::error_code error;
    std::filesystem::create_directories(CorpusFolder(), error);
    if (error) Complain("cannot write " + options_.campaign + ": " + error.message());
    return complaints.empty() && !error;
  }

  // What decides what the k-th schedule is.
  nlohmann::ordered_json DrawnBy() const {
    return {{"seed", options_.seed},
            {"servers", options_.servers},
            {"steps", options_.steps},
            {"profile", options_.profile},
            {"guided", options_.guided}};
  }

  std::uint64_t Earlier(const char* what) const {
    return earlier_.contains(what) && earlier_[what].is_number_unsigned()
               ? earlier_[what].get<std::uint64_t>()
               : 0;
  }

  void Save() {
    std::error_code error;
    std::filesystem::create_directories(options_.campaign, error);
    const nlohmann::ordered_json state = {
        {"drawn_by", DrawnBy()},
        {"next", campaign_.next()},
        {"schedules", Earlier("schedules") + campaign_.totals().schedules},
        {"events", Earlier("events") + campaign_.totals().events},
        {"seconds", Earlier("seconds") + static_cast<std::uint64_t>(campaign_.seconds())},
    };
    // Written anew, then renamed: a stop in between loses nothing.
    const std::filesystem::path fresh = StateFile().string() + ".new";
    std::ofstream file(fresh);
    file << state.dump(2) << "\n";
    file.close();
    std::filesystem::rename(fresh, StateFile(), error);
    if (!file || error) Complain("cannot write " + StateFile().string());
    const std::string trouble = campaign_.corpus().Save(CorpusFolder());
    if (!trouble.empty()) Complain(trouble);
  }

  void SaveNowAndThen() {
    constexpr double kInterval = 60;
    if (campaign_.seconds() - saved_ < kInterval) return;
    saved_ = campaign_.seconds();
    Save();
  }

  std::string FolderOf(const campaign::FailureGroup& group) const {
    const std::string name = group.number != 0
                                 ? fmt::format("seed-{}-schedule-{}", options_.seed, group.number)
                                 : fmt::format("corpus-{}", group.first);
    return (std::filesystem::path(OutFolder()) / name).string();
  }

  std::string OriginOf(const campaign::FailureGroup& group) const {
    if (group.number == 0) return fmt::format("from the corpus of {}", options_.campaign);
    return fmt::format("found by: raftcheck check --seed {}{}{}, schedule {}", options_.seed,
                       options_.profile.empty() ? "" : " --profile " + options_.profile,
                       options_.guided ? " --guided" : "", group.number);
  }

  // A long campaign leaves what it finds at once, as it was found; it is shrunk at the end.
  void Found(const campaign::FailureGroup& group) {
    Note(fmt::format("schedule {} failed: {}", group.first, group.root));
    if (options_.seconds > 0) {
      campaign::WriteFinding(group, group.example, FolderOf(group), OriginOf(group),
                             implementation_);
    }
  }

  // Of a group's first example and its shortest one, which becomes the shorter one.
  campaign::Finding Explain(const campaign::FailureGroup& group) const {
    tracegen::Schedule shrunk = campaign::ShrinkFailure(group.example, group.root, implementation_);
    if (group.shortest.actions.size() < group.example.actions.size()) {
      tracegen::Schedule other =
          campaign::ShrinkFailure(group.shortest, group.root, implementation_);
      if (other.actions.size() < shrunk.actions.size()) shrunk = std::move(other);
    }
    campaign::Finding finding =
        campaign::WriteFinding(group, shrunk, FolderOf(group), OriginOf(group), implementation_);
    if (!finding.trouble.empty()) Complain(finding.trouble);
    return finding;
  }

  nlohmann::ordered_json Summary() const {
    const campaign::Totals& totals = campaign_.totals();
    nlohmann::ordered_json json = {{"schedules", totals.schedules},
                                   {"events", totals.events},
                                   {"violations", campaign_.failures().size()},
                                   {"seed", options_.seed},
                                   {"seconds", seconds_},
                                   {"fields_compared", totals.fields_compared},
                                   {"operations", totals.operations},
                                   {"undecided_keys", totals.undecided_keys}};
    tracegen::Counts::Visit(totals.run, [&json](const char* name, std::uint64_t count) {
      if (!json.contains(name)) json[name] = count;
    });
    json["interrupted"] = Interrupted();
    if (campaign_.corpus().states() > 0) {
      json["abstract_states"] = campaign_.corpus().states();
      json["abstract_steps"] = campaign_.corpus().steps();
    }
    nlohmann::ordered_json actions;
    for (const std::string_view action : kExpectedActions) actions[std::string(action)] = 0;
    for (const auto& [action, count] : totals.actions) actions[action] = count;
    json["actions"] = actions;
    return json;
  }

  // What never happened is a gap: the run says nothing about it.
  static void PrintGap(std::uint64_t count) {
    std::cout << (count == 0 ? "   never: a gap\n" : "\n");
  }

  void PrintSummary() const {
    const campaign::Totals& totals = campaign_.totals();
    const tracegen::Counts& run = totals.run;
    const auto line = [](std::string_view name, std::uint64_t count, const std::string& rest) {
      std::cout << fmt::format("  {:<11}{:>12}   {}", name, count, rest);
      PrintGap(count);
    };
    const double seconds = std::max(seconds_, 1e-9);
    line("schedules", totals.schedules,
         fmt::format("in {:.1f} s, {:.0f} a second", seconds,
                     static_cast<double>(totals.schedules) / seconds));
    line("steps", run.steps, "inputs of servers");
    line("events", totals.events,
         fmt::format("{:.0f} a second, each a step of the specification; {} fields compared",
                     static_cast<double>(totals.events) / seconds, totals.fields_compared));
    line("elections", run.elections,
         fmt::format("{} crashes, {} of them as a disk failed, {} restarts, {} transfers asked for",
                     run.crashes, run.disk_errors, run.restarts, run.transfers));
    line("messages", run.delivered,
         fmt::format("delivered; {} dropped, {} duplicated", run.dropped, run.duplicated));
    line("proposals", run.proposals, fmt::format("{} entries applied", run.applied));
    line("changes", run.changes, "of the membership asked for");
    line("snapshots", run.snapshots, fmt::format("restored; {} compactions", run.compactions));
    line("reads", run.reads, fmt::format("asked for, {} served", run.reads_served));
    line("operations", totals.operations,
         totals.undecided_keys == 0
             ? "of clients, linearizable key by key"
             : fmt::format("of clients, linearizable but for {} keys that took too long to judge",
                           totals.undecided_keys));
    PrintGrowth();
    std::cout << "  actions of the specification, how often:\n";
    std::map<std::string, std::uint64_t, std::less<>> actions = totals.actions;
    for (const std::string_view action : kExpectedActions) actions.emplace(action, 0);
    for (const auto& [action, count] : actions) {
      std::cout << fmt::format("    {:<30}{:>12}", action, count);
      PrintGap(count);
    }
  }

  void PrintGrowth() const {
    if (campaign_.growth().empty()) return;
    std::cout << "  coverage, as it grew:\n";
    for (const campaign::Growth& at : campaign_.growth()) {
      std::cout << fmt::format(
          "    {:>9} schedules {:>9.1f} s {:>10} abstract states {:>9} steps\n", at.schedules,
          at.seconds, at.states, at.steps);
    }
    std::cout << fmt::format("    {:>9} schedules {:>9.1f} s {:>10} abstract states {:>9} steps\n",
                             campaign_.totals().schedules, seconds_, campaign_.corpus().states(),
                             campaign_.corpus().steps());
    if (!options_.campaign.empty()) {
      std::cout << fmt::format("  campaign   {}: {} schedules, {} events, {} s in all\n",
                               options_.campaign,
                               Earlier("schedules") + campaign_.totals().schedules,
                               Earlier("events") + campaign_.totals().events,
                               Earlier("seconds") + static_cast<std::uint64_t>(seconds_));
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

  int Failed() const {
    const campaign::Stopwatch watch;
    // What does harm comes first; a run that stops at the first failure shows one.
    std::vector<const campaign::FailureGroup*> groups;
    for (const campaign::FailureGroup& group : campaign_.failures()) groups.push_back(&group);
    std::stable_partition(groups.begin(), groups.end(),
                          [](const campaign::FailureGroup* group) { return group->violated; });
    if (OptionsOf(options_).max_failures == 1) groups.resize(1);
    nlohmann::ordered_json json = Summary();
    for (const campaign::FailureGroup* group : groups) {
      const campaign::Finding finding = Explain(*group);
      if (!options_.json) {
        Print(*group, finding);
        continue;
      }
      json["failures"].push_back({{"caught_by", group->failure},
                                  {"root", group->root},
                                  {"first_schedule", group->first},
                                  {"times", group->count},
                                  {"shrunk_actions", finding.shrunk.actions.size()},
                                  {"replay", finding.replay}});
    }
    if (!options_.json) {
      PrintSummary();
      return kFound;
    }
    const nlohmann::ordered_json& first = json["failures"].front();
    for (const char* key : {"caught_by", "shrunk_actions", "replay"}) json[key] = first[key];
    const campaign::FailureGroup& earliest = campaign_.failures().front();
    json["first_failure"] = earliest.first;
    json["first_failure_seconds"] = earliest.seconds;
    if (!earliest.violated) json["first_refusal"] = earliest.failure;
    json["shrink_seconds"] = watch.Seconds();
    std::cout << json.dump() << "\n";
    return kFound;
  }

  void Print(const campaign::FailureGroup& group, const campaign::Finding& finding) const {
    const std::string trace = (std::filesystem::path(finding.folder) / "trace.ndjson").string();
    std::cout << conformance::ReportText(finding.report, trace, ColourOutput());
    std::cout << fmt::format("  found    {} times, first as schedule {} after {:.1f} s\n",
                             group.count, group.first, group.seconds);
    std::cout << fmt::format("  shrunk   from {} actions to {}; the story:\n",
                             group.example.actions.size(), finding.shrunk.actions.size());
    std::cout << finding.story;
    std::cout << "  folder   " << finding.folder
              << ": schedule, story, trace, verdict, a test for GoogleTest\n";
    std::cout << "  replay   " << finding.replay << "\n\n";
  }

  const CheckOptions& options_;
  const tracegen::Implementation& implementation_;
  campaign::Campaign campaign_;
  nlohmann::json earlier_;
  double saved_ = 0;
  double seconds_ = 0;
};

}  // namespace

int Check(const CheckOptions& options, const tracegen::Implementation& implementation) {
  return Checker(options, implementation).Run();
}

}  // namespace command
