#include "conformance/campaign/campaign_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

#include "conformance/judge/plural.h"
#include "conformance/report/report.h"
#include "raft/trace/printable.h"

namespace campaign {
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

// Has every schedule run that was asked for?
bool RanAll(const Campaign& campaign) {
  return campaign.next() >= campaign.options().schedules && campaign.Unrun().empty();
}

// How a campaign ended, in one word.
std::string_view EndOf(const Campaign& campaign, bool interrupted) {
  if (RanAll(campaign)) return "complete";
  if (campaign.out_of_memory()) return "memory";
  if (interrupted) return "interrupted";
  const std::uint64_t most = campaign.options().max_failures;
  return most != 0 && campaign.failures().size() >= most ? "found" : "time";
}

nlohmann::ordered_json Summary(const Campaign& campaign, bool interrupted) {
  const Totals& totals = campaign.totals();
  nlohmann::ordered_json json = {{"schedules", totals.schedules},
                                 {"events", totals.events},
                                 {"schedules_again", totals.schedules_again},
                                 {"events_again", totals.events_again},
                                 {"violations", campaign.failures().size()},
                                 {"seed", campaign.options().seed},
                                 {"seconds", campaign.seconds()},
                                 {"fields_compared", totals.fields_compared},
                                 {"operations", totals.operations},
                                 {"undecided_keys", totals.undecided_keys}};
  tracegen::Counts::Visit(totals.run, [&json](const char* name, std::uint64_t count) {
    if (!json.contains(name)) json[name] = count;
  });
  json["end"] = EndOf(campaign, interrupted);
  if (campaign.corpus().states() > 0) {
    json["abstract_states"] = campaign.corpus().states();
    json["abstract_steps"] = campaign.corpus().steps();
  }
  nlohmann::ordered_json actions;
  for (const std::string_view action : kExpectedActions) actions[std::string(action)] = 0;
  for (const auto& [action, count] : totals.actions) actions[action] = count;
  json["actions"] = actions;
  return json;
}

// What never happened is a gap: the run says nothing about it.
const char* Gap(std::uint64_t count) { return count == 0 ? "   never: a gap\n" : "\n"; }

std::string GrowthText(const Campaign& campaign, const Store* store) {
  if (campaign.growth().empty()) return {};
  std::string text = "  coverage, as it grew:\n";
  const auto line = [&text](const Growth& at) {
    text += fmt::format("    {:>9} schedules {:>9.1f} s {:>10} abstract states {:>9} steps\n",
                        at.schedules, at.seconds, at.states, at.steps);
  };
  for (const Growth& at : campaign.growth()) line(at);
  line({campaign.totals().schedules, campaign.seconds(), campaign.corpus().states(),
        campaign.corpus().steps()});
  if (store != nullptr) {
    const Whole whole = store->WholeOf(campaign);
    text += fmt::format("  campaign   {}: {} schedules, {} events, {} s in all\n",
                        trace::Printable(store->folder()), whole.schedules, whole.events,
                        whole.seconds);
  }
  return text;
}

std::string FoundText(const FailureGroup& group) {
  const std::string times = group.count == 1 ? "once" : fmt::format("{} times", group.count);
  return group.number == 0
             ? fmt::format("  found    {}, in the corpus\n", times)
             : fmt::format("  found    {}, first {} schedule {} after {:.1f} s\n", times,
                           group.near_another ? "near" : "as", group.first, group.seconds);
}

std::string_view NameOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNothingFound:
      return "nothing found";
    case Outcome::kFound:
      return "found";
    case Outcome::kFailedEarlier:
      return "failed earlier";
    case Outcome::kNothingJudged:
      return "nothing judged";
    case Outcome::kStopped:
      return "stopped";
  }
  return {};
}

}  // namespace

std::string ProgressText(const Campaign& campaign) {
  const Totals& totals = campaign.totals();
  const Options& options = campaign.options();
  std::string text;
  const std::size_t left = campaign.Unrun().size();
  if (left > 0) text = fmt::format("{} of earlier runs left, ", left);
  text +=
      fmt::format("{} schedules, {} events, {:.0f}{} s",
                  options.seconds > 0 ? std::to_string(totals.schedules)
                                      : fmt::format("{} of {}", campaign.next(), options.schedules),
                  totals.events, campaign.seconds(),
                  options.seconds > 0 ? fmt::format(" of {:.0f}", options.seconds) : "");
  if (campaign.corpus().states() > 0) {
    text += fmt::format(", {} abstract states", campaign.corpus().states());
  }
  if (!campaign.failures().empty()) {
    text += fmt::format(", {} kinds of failure", campaign.failures().size());
  }
  return text;
}

std::string SummaryText(const Campaign& campaign, const Store* store) {
  std::string text;
  const Totals& totals = campaign.totals();
  const tracegen::Counts& run = totals.run;
  const auto line = [&text](std::string_view name, std::uint64_t count, const std::string& rest) {
    text += fmt::format("  {:<11}{:>12}   {}{}", name, count, rest, Gap(count));
  };
  const double seconds = std::max(campaign.seconds(), 1e-9);
  line("schedules", totals.schedules,
       fmt::format("in {:.1f} s, {:.0f} a second", seconds,
                   static_cast<double>(totals.schedules) / seconds));
  if (totals.schedules_again > 0) {
    line("again", totals.schedules_again,
         fmt::format("of earlier runs; {} events", totals.events_again));
  }
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
  text += GrowthText(campaign, store);
  text += "  actions of the specification, how often:\n";
  std::map<std::string, std::uint64_t, std::less<>> actions = totals.actions;
  for (const std::string_view action : kExpectedActions) actions.emplace(action, 0);
  for (const auto& [action, count] : actions) {
    text += fmt::format("    {:<30}{:>12}{}", action, count, Gap(count));
  }
  return text;
}

Outcome OutcomeOf(const Campaign& campaign, std::size_t failures_left, bool interrupted) {
  if (!campaign.failures().empty()) return Outcome::kFound;
  if (failures_left > 0) return Outcome::kFailedEarlier;
  if ((interrupted || campaign.out_of_memory()) && !RanAll(campaign)) return Outcome::kStopped;
  const Totals& totals = campaign.totals();
  const bool compared = totals.fields_compared > 0 || totals.fields_compared_again > 0;
  return compared ? Outcome::kNothingFound : Outcome::kNothingJudged;
}

std::string OutcomeText(const Campaign& campaign, std::size_t failures_left, bool interrupted) {
  const Totals& totals = campaign.totals();
  switch (OutcomeOf(campaign, failures_left, interrupted)) {
    case Outcome::kFound:
      return {};
    case Outcome::kStopped:
      return fmt::format("STOPPED by {}{} (seed {})\n",
                         campaign.out_of_memory() ? "a lack of memory" : "an interrupt",
                         totals.schedules + totals.schedules_again == 0
                             ? " before a schedule was judged"
                             : ", nothing found so far",
                         campaign.options().seed);
    case Outcome::kFailedEarlier:
      return fmt::format(
          "FAILED EARLIER: nothing new was found, but {} that failed in earlier runs "
          "{} not run again\n",
          conformance::Counted(failures_left, "schedule"), failures_left == 1 ? "has" : "have");
    case Outcome::kNothingJudged:
      if (totals.schedules > 0) {
        return fmt::format(
            "NOTHING JUDGED: {} ran, and no event could be compared with the specification; the "
            "implementation must write a trace (docs/instrumenting.md)\n",
            conformance::Counted(totals.schedules, "schedule"));
      }
      return campaign.next() >= campaign.options().schedules
                 ? fmt::format(
                       "NOTHING JUDGED: the campaign has run all of its {}; a larger "
                       "--schedules runs more\n",
                       conformance::Counted(campaign.next(), "schedule"))
                 : "NOTHING JUDGED: no schedule ran before the time was up\n";
    case Outcome::kNothingFound:
      break;
  }
  std::string text = fmt::format(
      "NOTHING FOUND: Election Safety, Log Matching, Leader Completeness and State Machine Safety "
      "hold, and every step is a step of the specification (seed {})\n",
      campaign.options().seed);
  if (totals.schedules == 0) {
    text += "  no new schedule was run: this is said of those of earlier runs\n";
  }
  return text;
}

std::string FindingText(const FailureGroup& group, const Finding& finding, bool colour) {
  const std::string trace = (std::filesystem::path(finding.folder) / "trace.ndjson").string();
  return conformance::ReportText(finding.report, trace, colour) + FoundText(group) +
         fmt::format("  shrunk   from {} actions to {}{}; the story:\n",
                     group.example.actions.size(), finding.shrunk.actions.size(),
                     finding.stopped ? ", stopped before it was as small as it gets" : "") +
         finding.story + "  folder   " + trace::Printable(finding.folder) +
         ": schedule, story, trace, verdict, a test for GoogleTest\n  replay   " +
         trace::Printable(finding.replay) + "\n\n";
}

std::string CampaignJson(const Campaign& campaign, const std::vector<Told>& findings,
                         std::size_t failures_left, bool interrupted, double shrink_seconds) {
  nlohmann::ordered_json json = Summary(campaign, interrupted);
  json["verdict"] = NameOf(OutcomeOf(campaign, failures_left, interrupted));
  for (const auto& [group, finding] : findings) {
    json["failures"].push_back({{"caught_by", group->failure},
                                {"root", group->root},
                                {"first_schedule", group->first},
                                {"times", group->count},
                                {"shrunk_actions", finding.shrunk.actions.size()},
                                {"replay", finding.replay}});
  }
  if (!findings.empty()) {
    const nlohmann::ordered_json first = json["failures"].front();
    for (const char* key : {"caught_by", "shrunk_actions", "replay"}) json[key] = first[key];
    const FailureGroup& earliest = campaign.failures().front();
    json["first_failure"] = earliest.first;
    json["first_failure_seconds"] = earliest.seconds;
    if (!earliest.violated) json["first_refusal"] = earliest.failure;
    json["shrink_seconds"] = shrink_seconds;
  }
  // Bytes that are no UTF-8 can only come from a folder's name, or from an exception's text.
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::vector<conformance::NamedResult> CampaignResults(const Campaign& campaign,
                                                      const std::vector<Told>& findings,
                                                      std::size_t failures_left, bool interrupted) {
  using Kind = conformance::NamedResult::Kind;
  std::vector<conformance::NamedResult> results;
  for (const auto& [group, finding] : findings) {
    const std::string trace = (std::filesystem::path(finding.folder) / "trace.ndjson").string();
    conformance::NamedResult& result =
        results.emplace_back(conformance::ResultOf({trace, finding.report, group->seconds}));
    result.kind = Kind::kFailed;
    result.name = group->root;
    result.rule = group->failure;
    result.story = FindingText(*group, finding, false);
  }
  const Outcome outcome = OutcomeOf(campaign, failures_left, interrupted);
  conformance::NamedResult& run = results.emplace_back();
  run.name = fmt::format("schedules of seed {}", campaign.options().seed);
  run.seconds = campaign.seconds();
  run.rule = "run";
  run.verdict = NameOf(outcome);
  run.story = OutcomeText(campaign, failures_left, interrupted);
  switch (outcome) {
    case Outcome::kNothingFound:
      return results;
    case Outcome::kFound:
      run.kind = Kind::kFailed;
      run.story = fmt::format("FOUND: {} of failure in {}\n",
                              conformance::Counted(campaign.failures().size(), "kind"),
                              conformance::Counted(campaign.totals().schedules, "schedule"));
      break;
    case Outcome::kFailedEarlier:
      run.kind = Kind::kFailed;
      break;
    case Outcome::kNothingJudged:
    case Outcome::kStopped:
      run.kind = Kind::kNotJudged;
      break;
  }
  run.reason = run.story.substr(0, run.story.find('\n'));
  return results;
}

}  // namespace campaign
