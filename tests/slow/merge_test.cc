// A trace that is split by server: it is accepted as the whole one is, and every field is checked.
#include <gtest/gtest.h>

#include <algorithm>

#include "conformance/report/report.h"
#include "tests/conformance/by_server.h"
#include "tests/conformance/etcd_view.h"
#include "tests/conformance/mutations.h"
#include "tracegen/generator/generator.h"
#include "tracegen/servers/our_server.h"

namespace conformance::testing {
namespace {

TEST(Merge, WhatOurLibraryDoesIsAcceptedServerByServer) {
  std::uint64_t events = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const Trace whole = Record(tracegen::GenerateSchedule(seed, {}, tracegen::OurImplementation()));
    ASSERT_EQ(JudgeTrace(whole).verdict, Verdict::kAccepted) << seed;
    Split split = ByServer(whole);
    if (seed % 2 == 1) std::reverse(split.files.begin(), split.files.end());
    const Report report = JudgeMerged(split);
    ASSERT_EQ(report.verdict, Verdict::kAccepted) << "seed " << seed << "\n"
                                                  << ReportText(report, "merged", false);
    EXPECT_EQ(report.events, whole.events.size());
    events += report.events;
  }
  EXPECT_GT(events, 50000U);
}

// No line shows some messages.  A server can learn what they said only from a server that knew it.
TEST(Merge, TracesThatLeaveMessagesOutAreAcceptedServerByServer) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const tracegen::Schedule schedule =
        tracegen::GenerateSchedule(seed, {}, tracegen::OurImplementation());
    // etcd's promise to a leader ends with its term, and ours does not.
    if (schedule.settings.lease_reads) continue;
    const Trace whole = AsEtcdWrites(Record(schedule));
    ASSERT_EQ(JudgeTrace(whole).verdict, Verdict::kAccepted) << seed;
    Split split = ByServer(whole);
    if (seed % 2 == 1) std::reverse(split.files.begin(), split.files.end());
    const Report report = JudgeMerged(split);
    EXPECT_EQ(report.verdict, Verdict::kAccepted) << "seed " << seed << "\n"
                                                  << ReportText(report, "merged", false);
  }
}

// One wrong field is refused as in the whole trace.  Exceptions are `seq`, which here must only
// increase, and a few fields where another order of the servers explains the change.
TEST(Merge, AWrongFieldIsRefusedServerByServer) {
  const Trace good = Record(ReadSchedule("tlc.schedule"));
  int wrong = 0;
  int missed = 0;
  for (std::size_t k = 0; k < good.events.size(); k += 7) {
    for (const Mutation& mutation : Mutator::Of(good.events[k])) {
      if (mutation.field == "seq" || mutation.field == "nid") continue;
      Trace bad = good;
      bad.events[k] = mutation.event;
      if (JudgeTrace(bad).verdict == Verdict::kAccepted) continue;
      ++wrong;
      if (JudgeMerged(ByServer(bad)).verdict == Verdict::kAccepted) {
        ++missed;
        ADD_FAILURE() << "accepted although " << mutation.field << " of event " << k + 1
                      << " was changed";
      }
    }
  }
  EXPECT_GT(wrong, 1000);
  EXPECT_EQ(missed, 0);
}

}  // namespace
}  // namespace conformance::testing
