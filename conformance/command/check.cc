#include "conformance/command/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <optional>
#include <thread>
#include <vector>

#include "conformance/campaign/campaign.h"
#include "conformance/campaign/campaign_report.h"
#include "conformance/campaign/findings.h"
#include "conformance/campaign/stopwatch.h"
#include "conformance/campaign/store.h"
#include "conformance/command/exit_status.h"
#include "conformance/command/limits.h"
#include "conformance/command/progress.h"
#include "conformance/command/terminal.h"
#include "conformance/judge/plural.h"
#include "conformance/report/whole_file.h"

namespace command {
namespace {

campaign::Options OptionsOf(const CheckOptions& from) {
  campaign::Options options;
  options.program = program_invocation_short_name;
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
        campaign_(OptionsOf(options), implementation) {
    if (!options.campaign.empty()) store_.emplace(options.campaign);
  }

  int Run() {
    if (const std::string why =
            conformance::WhyNotWritten({}, {options_.ci.junit, options_.ci.sarif});
        !why.empty()) {
      return Refuse(why);
    }
    if (store_) {
      if (const std::string why = Resume(); !why.empty()) return Refuse(why);
    }
    {
      Progress progress;
      campaign_.Run([this](const campaign::FailureGroup& group) { Found(group); },
                    [&](const campaign::Campaign& campaign) {
                      SaveNowAndThen();
                      if (progress.IsDue()) progress.Show(campaign::ProgressText(campaign));
                    });
    }
    Save();
    NoteThreads(static_cast<std::size_t>(campaign_.options().jobs),
                static_cast<std::size_t>(campaign_.threads()));
    const int status = campaign_.failures().empty() ? Passed() : Failed();
    if (!campaign_.out_of_memory()) return status;
    const int trouble =
        ComplainOfMemory(conformance::Counted(campaign_.totals().schedules + 1, "schedule"));
    return status == kFound ? status : trouble;
  }

 private:
  // Returns why the campaign cannot go on; empty if it can.
  std::string Resume() {
    const campaign::Store::Resumed resumed = store_->Resume(campaign_);
    for (const std::string& skipped : resumed.skipped) Complain(skipped);
    if (resumed.schedules > 0) {
      Note(fmt::format("{}: {} of earlier runs {} first", options_.campaign,
                       conformance::Counted(resumed.schedules, "schedule"),
                       resumed.schedules == 1 ? "comes" : "come"));
    }
    return resumed.trouble;
  }

  // A save that fails is said once, and tried again.
  void Save() {
    if (!store_) return;
    const std::string trouble = store_->Save(campaign_);
    if (!trouble.empty() && !not_saved_) Complain(trouble);
    not_saved_ = !trouble.empty();
  }

  void SaveNowAndThen() {
    if (campaign_.seconds() < next_save_) return;
    const double began = campaign_.seconds();
    Save();
    const double ended = campaign_.seconds();
    // A large corpus takes its time: no more than a fiftieth of the campaign's.
    next_save_ = ended + std::max(2.0, 50 * (ended - began));
  }

  campaign::Place PlaceOf(const campaign::FailureGroup& group) const {
    // Findings of a campaign lie with it.
    return campaign::PlaceOf(group, campaign_.options(),
                             store_ ? store_->FailuresFolder() : options_.out, options_.campaign);
  }

  // A long campaign leaves what it finds at once, as it was found; it is shrunk at the end.
  void Found(const campaign::FailureGroup& group) const {
    Note(fmt::format("schedule {} failed: {}", group.first, group.root));
    if (options_.seconds > 0) {
      campaign::WriteFinding(group, group.example, PlaceOf(group), implementation_);
    }
  }

  const campaign::Store* StoreOrNull() const { return store_ ? &*store_ : nullptr; }

  std::size_t FailuresLeft() const { return store_ ? store_->FailuresLeft(campaign_) : 0; }

  int Passed() const {
    const std::size_t left = FailuresLeft();
    std::cout << (options_.json
                      ? campaign::CampaignJson(campaign_, {}, left, Interrupted(), 0) + "\n"
                      : campaign::OutcomeText(campaign_, left, Interrupted()) +
                            campaign::SummaryText(campaign_, StoreOrNull()));
    const bool written = WriteCiReports(
        options_.ci, "check", campaign::CampaignResults(campaign_, {}, left, Interrupted()));
    int status = kNothingFound;
    switch (campaign::OutcomeOf(campaign_, left, Interrupted())) {
      case campaign::Outcome::kFound:
      case campaign::Outcome::kFailedEarlier:
        status = kFound;
        break;
      case campaign::Outcome::kNothingJudged:
        status = kBadInput;
        break;
      case campaign::Outcome::kStopped:
        status = kUnfinished;
        break;
      case campaign::Outcome::kNothingFound:
        break;
    }
    return written && !not_saved_ ? status : Worse(status, kBadInput);
  }

  int Failed() const {
    const campaign::Stopwatch watch;
    std::vector<campaign::Told> findings;
    Progress progress;
    const auto groups = campaign::WorstFirst(campaign_);
    const auto stop = [&](std::size_t actions) {
      if (progress.IsDue()) {
        progress.Show(fmt::format("shrinking failure {} of {}: {}", findings.size() + 1,
                                  groups.size(), conformance::Counted(actions, "action")));
      }
      return Interrupted();
    };
    for (const campaign::FailureGroup* group : groups) {
      const campaign::Finding& finding =
          findings
              .emplace_back(campaign::Told{
                  group, campaign::ShrinkAndWrite(*group, PlaceOf(*group), implementation_, stop)})
              .finding;
      if (!finding.trouble.empty()) Complain(finding.trouble);
      EraseProgress();
      if (!options_.json) std::cout << campaign::FindingText(*group, finding, ColourOutput());
    }
    std::cout << (options_.json ? campaign::CampaignJson(campaign_, findings, FailuresLeft(),
                                                         Interrupted(), watch.Seconds()) +
                                      "\n"
                                : campaign::SummaryText(campaign_, StoreOrNull()));
    WriteCiReports(options_.ci, "check",
                   campaign::CampaignResults(campaign_, findings, FailuresLeft(), Interrupted()));
    return kFound;
  }

  const CheckOptions& options_;
  const tracegen::Implementation& implementation_;
  campaign::Campaign campaign_;
  std::optional<campaign::Store> store_;
  double next_save_ = 2;
  bool not_saved_ = false;
};

}  // namespace

int Check(const CheckOptions& options, const tracegen::Implementation& implementation) {
  return Checker(options, implementation).Run();
}

}  // namespace command
