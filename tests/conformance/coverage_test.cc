// What coverage distinguishes, and what it does not.
#include "conformance/judge/coverage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "conformance/judge/judge.h"
#include "tests/conformance/traces.h"
#include "tracegen/generator/generator.h"
#include "tracegen/servers/our_server.h"

namespace conformance {
namespace {

using testing::Record;
using testing::Trace;

Coverage::Seen SeenIn(const Trace& trace) {
  Judge judge;
  if (trace.header) judge.SetHeader(*trace.header);
  Coverage coverage;
  std::uint64_t line = 1;
  for (const trace::Event& event : trace.events) {
    EXPECT_TRUE(judge.Feed(event, ++line));
    coverage.Observe(judge.explanation(), event, judge.context());
  }
  return coverage.Take();
}

tracegen::Schedule Election(std::uint32_t winner, std::uint32_t voter) {
  using tracegen::Kind;
  tracegen::Schedule schedule;
  schedule.actions = {{Kind::kCampaign, {winner}},          {Kind::kProcess, {winner}},
                      {Kind::kDeliver, {winner, voter, 0}}, {Kind::kProcess, {voter}},
                      {Kind::kDeliver, {voter, winner, 0}}, {Kind::kProcess, {winner}}};
  return schedule;
}

TEST(Coverage, NamesOfServersDoNotMatter) {
  const Coverage::Seen one = SeenIn(Record(Election(1, 2)));
  EXPECT_EQ(one.states, SeenIn(Record(Election(3, 1))).states);
  EXPECT_GT(one.states.size(), 3U);
}

TEST(Coverage, WhatElseHappensIsNew) {
  const Coverage::Seen won = SeenIn(Record(Election(1, 2)));
  tracegen::Schedule schedule = Election(1, 2);
  schedule.actions.push_back({tracegen::Kind::kCrash, {2, 0}});
  const Coverage::Seen crashed = SeenIn(Record(schedule));
  EXPECT_TRUE(std::includes(crashed.states.begin(), crashed.states.end(), won.states.begin(),
                            won.states.end()));
  EXPECT_GT(crashed.states.size(), won.states.size());
  EXPECT_GT(crashed.steps.size(), won.steps.size());
}

// Terms and indexes grow without bound, but coverage must not grow with them.
TEST(Coverage, ALongQuietRunShowsNothingNew) {
  using tracegen::Kind;
  tracegen::Schedule schedule;
  schedule.actions.push_back({Kind::kRun, {20}});
  const auto proposals = [&schedule](std::uint32_t count) {
    for (std::uint32_t k = 0; k < count; ++k) {
      schedule.actions.push_back({Kind::kPropose, {1, k}});
      schedule.actions.push_back({Kind::kRun, {1}});
    }
    return SeenIn(Record(schedule));
  };
  const Coverage::Seen some = proposals(20);
  const Coverage::Seen many = proposals(200);
  EXPECT_EQ(some.states, many.states);
  EXPECT_EQ(some.steps, many.steps);
}

TEST(Coverage, SeedsShowDifferentThings) {
  std::set<std::uint64_t> states;
  std::size_t alone = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Coverage::Seen seen =
        SeenIn(Record(tracegen::GenerateSchedule(seed, {}, tracegen::OurImplementation())));
    alone = std::max(alone, seen.states.size());
    states.insert(seen.states.begin(), seen.states.end());
  }
  EXPECT_GT(states.size(), 3 * alone);
}

}  // namespace
}  // namespace conformance
