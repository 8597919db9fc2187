// What is left of a failure: shrunk, in a folder of its own, with all that is needed to understand
// and to repeat it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "conformance/campaign/campaign.h"
#include "conformance/judge/verdict.h"
#include "tracegen/schedule.h"

namespace campaign {

struct Finding {
  tracegen::Schedule shrunk;
  conformance::Report report;  // of it
  std::string story;
  std::string folder;
  std::string replay;    // the command
  std::string trouble;   // what could not be written; empty if all was
  bool stopped = false;  // before it was as small as it gets
};

// Is asked before each trial of shrinking, with the number of actions that the best schedule so far
// has: true ends it with that schedule.  Null: never.
using StopShrinking = std::function<bool(std::size_t actions)>;

// Smaller, with the same trial::Result::root.  Deterministic, and bounded: some seconds.
tracegen::Schedule ShrinkFailure(const tracegen::Schedule& schedule, const std::string& root,
                                 const tracegen::Implementation& implementation,
                                 const StopShrinking& stop = {});

// Where a finding is written, and a sentence that says where it comes from.
struct Place {
  std::string folder;
  std::string origin;
  std::string program = "raftcheck";  // replays it
};
// In the folder `out`.  `campaign` is the folder of a campaign that is kept, or empty.
Place PlaceOf(const FailureGroup& group, const Options& options, const std::string& out,
              const std::string& campaign);

// Writes schedule.txt, schedule-as-found.txt, story.txt, trace.ndjson, verdict.txt, verdict.json
// and regression_test.cc, in place of what is there.
Finding WriteFinding(const FailureGroup& group, const tracegen::Schedule& shrunk,
                     const Place& place, const tracegen::Implementation& implementation);

// Shrinks the group's first example and its shortest one, and writes the shorter of the two.
Finding ShrinkAndWrite(const FailureGroup& group, const Place& place,
                       const tracegen::Implementation& implementation,
                       const StopShrinking& stop = {});

// The groups that a campaign reports, those that do harm first.  A campaign that stops at the first
// failure reports one.
std::vector<const FailureGroup*> WorstFirst(const Campaign& campaign);

}  // namespace campaign
