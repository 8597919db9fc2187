// A trace that is split by server gets the same verdict as the whole trace.
#include "conformance/judge/merge.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "conformance/report/report.h"
#include "tests/conformance/by_server.h"

namespace conformance::testing {
namespace {

TEST(Merge, WhatEtcdDidIsAcceptedServerByServer) {
  if (!EtcdTrace("basic3.ndjson")) GTEST_SKIP() << "no real traces beside this checkout";
  int traces = 0;
  const auto folder = std::filesystem::path(*EtcdTrace("basic3.ndjson")).parent_path();
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".ndjson") continue;
    const Trace whole = ReadTrace(entry.path().string());
    if (JudgeTrace(whole).verdict != Verdict::kAccepted) continue;
    const Report report = JudgeMerged(ByServer(whole));
    EXPECT_EQ(report.verdict, Verdict::kAccepted)
        << ReportText(report, entry.path().filename().string(), false);
    EXPECT_EQ(report.events, whole.events.size());
    ++traces;
  }
  EXPECT_GE(traces, 9);
}

TEST(Merge, SaysWhatIsWaitedForInVain) {
  Trace good = Record(ReadSchedule("tlc.schedule"));
  for (trace::Event& event : good.events) event.seq.reset();
  // The first vote request is not in the trace.
  const auto sent = std::find_if(good.events.begin(), good.events.end(), [](const auto& e) {
    return e.name == trace::EventName::kSendRequestVoteRequest;
  });
  ASSERT_NE(sent, good.events.end());
  const trace::Message lost = *sent->msg;
  good.events.erase(sent);
  const Report report = JudgeMerged(ByServer(good));
  ASSERT_EQ(report.verdict, Verdict::kRejected);
  ASSERT_TRUE(report.rejection.has_value());
  EXPECT_FALSE(report.rejection->waiting.empty());
  const bool named = std::any_of(
      report.rejection->waiting.begin(), report.rejection->waiting.end(),
      [](const RelatedEvent& e) { return e.text.find("MsgVote") != std::string::npos; });
  EXPECT_TRUE(named) << ReportText(report, "merged", false);
}

TEST(Merge, HeadersMustAgree) {
  const Trace good = Record(ReadSchedule("tlc.schedule"));
  Judge judge;
  int calls = 0;
  const auto error = MergeInto(
      judge, 2,
      [&](std::size_t /*k*/, trace::Item& item) -> trace::Result<bool> {
        trace::Header header = *good.header;
        header.seed = ++calls == 1 ? 1 : 2;
        item = {1, header};
        if (calls != 2) return true;
        item = {2, good.events[0]};
        return true;
      },
      [] { return false; });
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->file, 1U);
  EXPECT_EQ(error->error.line, 1U);
}

}  // namespace
}  // namespace conformance::testing
