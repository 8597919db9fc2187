// What a campaign says: text for a person, JSON for a program.
#pragma once

#include <string>
#include <vector>

#include "conformance/campaign/campaign.h"
#include "conformance/campaign/findings.h"
#include "conformance/campaign/store.h"

namespace campaign {

// Where a campaign is.
std::string ProgressText(const Campaign& campaign);

// How much was done, how often each action happened, and what never happened.  `store` is null if
// the campaign is not kept.
std::string SummaryText(const Campaign& campaign, const Store* store);
// The verdict of a campaign that found nothing.
std::string NothingFoundText(const Campaign& campaign, bool interrupted);
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
                         bool interrupted, double shrink_seconds);

}  // namespace campaign
