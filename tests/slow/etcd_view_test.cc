// Traces of our library, reduced to the events and fields of etcd, with a header that states only
// where etcd differs from the defaults.  The judge must accept them.
#include "tests/conformance/etcd_view.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "conformance/report/report.h"
#include "tracegen/generator/generator.h"
#include "tracegen/servers/our_server.h"

namespace conformance::testing {
namespace {

TEST(EtcdView, WhatOurLibraryDoesIsAcceptedAsEtcdWritesIt) {
  int judged = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const tracegen::Schedule schedule =
        tracegen::GenerateSchedule(seed, {}, tracegen::OurImplementation());
    // etcd's promise to a leader ends with its term, and ours does not.
    if (schedule.settings.lease_reads) continue;
    const Trace trace = AsEtcdWrites(Record(schedule));
    const Report report = JudgeTrace(trace);
    EXPECT_EQ(report.verdict, Verdict::kAccepted) << "seed " << seed << "\n"
                                                  << ReportText(report, "etcd's view", false);
    ++judged;
  }
  EXPECT_GT(judged, 100);
}

}  // namespace
}  // namespace conformance::testing
