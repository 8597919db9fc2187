// What a campaign says: text for a person, JSON for a program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "conformance/campaign/campaign.h"
#include "conformance/campaign/findings.h"
#include "conformance/campaign/store.h"
#include "conformance/report/ci_reports.h"

namespace campaign {

// Where a campaign is.
std::string ProgressText(const Campaign& campaign);

// How much was done, how often each action happened, and what never happened.  `store` is null if
// the campaign is not kept.
std::string SummaryText(const Campaign& campaign, const Store* store);

// What a run of a campaign comes to.
enum class Outcome : std::uint8_t {
  kNothingFound,
  kFound,
  kFailedEarlier,  // nothing, but schedules that failed in earlier runs have not run again
  kNothingJudged,  // no event was compared with the specification
  kStopped,        // by an interrupt or a lack of memory, and nothing found until then
};
// `failures_left` is Store::FailuresLeft, or 0.
Outcome OutcomeOf(const Campaign& campaign, std::size_t failures_left, bool interrupted);
// One line for an outcome that is not kFound.
std::string OutcomeText(const Campaign& campaign, std::size_t failures_left, bool interrupted);
// `colour` adds terminal escapes.
std::string FindingText(const FailureGroup& group, const Finding& finding, bool colour);

// A failure and what is left of it.
struct Told {
  const FailureGroup* group = nullptr;
  Finding finding;
};
// One JSON object, without a line end: with the keys that docs/checking.md lists.
// `shrink_seconds` is the time that the findings took.
std::string CampaignJson(const Campaign& campaign, const std::vector<Told>& findings,
                         std::size_t failures_left, bool interrupted, double shrink_seconds);

// Each finding, and the run as a whole.
std::vector<conformance::NamedResult> CampaignResults(const Campaign& campaign,
                                                      const std::vector<Told>& findings,
                                                      std::size_t failures_left, bool interrupted);

}  // namespace campaign
