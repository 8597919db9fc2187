// The folder of a campaign that can be stopped and resumed: campaign.json says where to go on,
// corpus/ holds the schedules that run first next time, failures/ what was found.
//
// Whenever the process ends, nothing is lost: each file is there whole or not at all, the name of a
// schedule of the corpus is made of its text, and no schedule is removed before it has run again.
#pragma once

#include <cstdint>
#include <map>
#include <set>
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
  explicit Store(std::string folder);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  struct Resumed {
    std::size_t schedules = 0;         // of the corpus
    std::vector<std::string> skipped;  // what cannot run again, each with the reason
    std::string trouble;               // why the campaign must not run; empty if it may
  };
  // Lets the campaign go on where the last one that drew its schedules in the same way stopped. The
  // corpus runs first in any case.
  Resumed Resume(Campaign& campaign);
  // Returns why it could not be written; empty if it was.
  std::string Save(const Campaign& campaign);

  Whole WholeOf(const Campaign& campaign) const;
  // How many schedules that failed in earlier runs have not run again.
  std::size_t FailuresLeft(const Campaign& campaign) const;
  const std::string& folder() const { return folder_; }
  std::string FailuresFolder() const;

 private:
  // Two campaigns in one folder would lose each other's work.  Returns why this one must not run.
  std::string Lock();
  std::string StateFile() const;
  std::string CorpusFolder() const;
  std::vector<tracegen::Schedule> Load(Resumed& resumed);
  std::set<std::string> FailuresNow(const Campaign& campaign) const;

  std::string folder_;
  int lock_ = -1;  // a file descriptor
  Whole earlier_;
  std::set<std::string> corpus_;                    // names of the files that are there
  std::set<std::string> failed_;                    // those that failed when they ran last
  std::set<std::string> lost_failures_;             // of these, those that cannot be read
  std::map<std::string, std::uint64_t> positions_;  // how schedules are drawn -> where to go on
};

}  // namespace campaign
