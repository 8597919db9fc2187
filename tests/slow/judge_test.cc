// What a campaign's traces show of the judge.
#include "conformance/judge/judge.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>

#include "tests/conformance/traces.h"
#include "tracegen/generator/generator.h"
#include "tracegen/servers/our_server.h"

namespace conformance::testing {
namespace {

TEST(Judge, ASmallCampaignTakesEveryAction) {
  std::set<std::string, std::less<>> taken;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    for (const auto& [action, count] :
         JudgeTrace(Record(tracegen::GenerateSchedule(seed, {}, tracegen::OurImplementation())))
             .actions) {
      taken.insert(action);
    }
  }
  for (const char* action : {"Timeout",
                             "RequestVote",
                             "BecomeLeader",
                             "StepDown",
                             "UpdateTerm",
                             "ReturnToFollower",
                             "DropStale",
                             "HandleRequestVoteRequest",
                             "HandleRequestVoteResponse",
                             "ClientRequest",
                             "AppendEntriesToSelf",
                             "AppendEntries",
                             "Heartbeat",
                             "HandleAppendEntriesRequest",
                             "HandleAppendEntriesResponse",
                             "HandleHeartbeat",
                             "HandleHeartbeatResponse",
                             "AdvanceCommitIndex",
                             "Persist",
                             "Restart",
                             "DropMessage",
                             "DuplicateMessage"}) {
    EXPECT_TRUE(taken.contains(action)) << action << " never happened";
  }
}

}  // namespace
}  // namespace conformance::testing
