// What is left of a failure: shrunk, in a folder of its own, with all that is needed to understand
// and to repeat it.
#pragma once

#include <cstdint>
#include <string>

#include "conformance/campaign/campaign.h"
#include "conformance/judge/verdict.h"
#include "tracegen/schedule.h"

namespace campaign {

struct Finding {
  tracegen::Schedule shrunk;
  conformance::Report report;  // of it
  std::string story;
  std::string folder;
  std::string replay;   // the command
  std::string trouble;  // what could not be written; empty if all was
};

// Smaller, with the same trial::Result::root.  Deterministic, and bounded: some seconds.
tracegen::Schedule ShrinkFailure(const tracegen::Schedule& schedule, const std::string& root,
                                 const tracegen::Implementation& implementation);

// Writes schedule.txt, schedule-as-found.txt, story.txt, trace.ndjson, verdict.txt, verdict.json
// and regression_test.cc to `folder`, in place of what is there.  `origin` says where it comes
// from.
Finding WriteFinding(const FailureGroup& group, const tracegen::Schedule& shrunk,
                     const std::string& folder, const std::string& origin,
                     const tracegen::Implementation& implementation);

}  // namespace campaign
