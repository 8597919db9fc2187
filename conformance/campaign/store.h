// The folder of a campaign that can be stopped and resumed: campaign.json says where to go on,
// corpus/ holds the schedules that run first next time, failures/ what was found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "conformance/campaign/campaign.h"

namespace campaign {

// Schedules, events and seconds of all runs of a campaign.
struct Whole {
  std::uint64_t schedules = 0;
  std::uint64_t events = 0;
  std::uint64_t seconds = 0;
};

class Store {
 public:
  // `profile` is the name that the user gave, empty if none: it belongs to what draws a schedule.
  Store(std::string folder, std::string profile);

  // Lets the campaign go on where the last one stopped, if that drew its schedules in the same way;
  // the corpus runs first in any case.  What is wrong with the folder goes to `complaints`, and
  // then the campaign must not run.  Returns the number of schedules of the corpus.
  std::size_t Resume(Campaign& campaign, std::vector<std::string>& complaints);
  // Returns what could not be written; empty if all was.
  std::vector<std::string> Save(const Campaign& campaign) const;

  Whole WholeOf(const Campaign& campaign) const;
  const std::string& folder() const { return folder_; }
  std::string FailuresFolder() const;

 private:
  std::string StateFile() const;
  std::string CorpusFolder() const;

  std::string folder_;
  std::string profile_;
  Whole earlier_;
};

}  // namespace campaign
