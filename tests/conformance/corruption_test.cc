// The judge must refuse wrong traces: here missing, repeated and swapped lines.  tests/exhaustive
// changes every single field.
#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "conformance/report/report.h"
#include "raft/trace/describe.h"
#include "tests/conformance/traces.h"

namespace conformance::testing {
namespace {

TEST(Corruption, MissingRepeatedAndSwappedLinesAreRefusedByTheirNumbers) {
  const Trace good = Record(ReadSchedule("tlc.schedule"));
  for (std::size_t k = 0; k + 1 < good.events.size(); ++k) {
    Trace missing = good;
    missing.events.erase(missing.events.begin() + static_cast<std::ptrdiff_t>(k));
    EXPECT_EQ(JudgeTrace(missing).verdict, Verdict::kInvalid) << k;
    Trace swapped = good;
    std::swap(swapped.events[k], swapped.events[k + 1]);
    EXPECT_EQ(JudgeTrace(swapped).verdict, Verdict::kInvalid) << k;
    Trace repeated = good;
    repeated.events.insert(repeated.events.begin() + static_cast<std::ptrdiff_t>(k),
                           good.events[k]);
    EXPECT_EQ(JudgeTrace(repeated).verdict, Verdict::kInvalid) << k;
  }
}

// If events have no numbers, which of them can be missing from a trace that stays a behaviour?
// Those that leave no mark: a message that never arrives need not have been queued; a message of an
// older term may still be in flight; a commit may have changed nothing; a Ready may be lost in a
// crash.
TEST(Corruption, WithoutNumbersOnlyLinesThatLeaveNoMarkCanBeMissing) {
  const Trace good = WithoutSeq(Record(ReadSchedule("tlc.schedule")));
  ASSERT_EQ(JudgeTrace(good).verdict, Verdict::kAccepted);
  using Name = trace::EventName;
  const std::set<Name> may_leave_no_mark = {
      Name::kCommit,  // it committed nothing new
      Name::kApply,   // the last event of a server
      Name::kSendAppendEntriesRequest,
      Name::kSendRequestVoteRequest,
      Name::kSendRequestVoteResponse,
      Name::kDuplicateMessage,
      Name::kReceiveAppendEntriesResponse,  // it brings nothing new, or it stays in flight
      Name::kReceiveRequestVoteResponse,
      Name::kReceiveAppendEntriesRequest,  // of an older term
      Name::kReceiveRequestVoteRequest,    // likewise
      Name::kReady,                        // just before a crash
      Name::kPersist,                      // it stores nothing but a commit index
  };
  int accepted = 0;
  for (std::size_t k = 0; k + 20 < good.events.size(); ++k) {
    Trace missing = good;
    missing.events.erase(missing.events.begin() + static_cast<std::ptrdiff_t>(k));
    if (JudgeTrace(missing).verdict != Verdict::kAccepted) continue;
    ++accepted;
    EXPECT_TRUE(may_leave_no_mark.contains(good.events[k].name))
        << "event " << k + 1 << " "
        << trace::kEventNames[static_cast<std::size_t>(good.events[k].name)];
  }
  EXPECT_LT(accepted, static_cast<int>(good.events.size()) / 5);
}

TEST(Corruption, AMissingOrSwappedLineOfEtcdsIsRefused) {
  const auto path = EtcdTrace("part3.ndjson");
  if (!path) GTEST_SKIP() << "no real traces beside this checkout";
  const Trace good = ReadTrace(*path);
  // In the file, line 42 is the response to a vote request, 43 the Ready that makes the vote
  // durable, 45 the election, 55 an acknowledgement, 63 a commit.
  for (const std::size_t line : {34U, 40U, 41U, 42U, 43U, 44U, 45U, 46U, 47U, 53U, 54U, 55U, 63U}) {
    Trace missing = good;
    missing.events.erase(missing.events.begin() + static_cast<std::ptrdiff_t>(line - 1));
    EXPECT_EQ(JudgeTrace(missing).verdict, Verdict::kRejected) << "without line " << line;
  }
  for (const std::size_t line : {34U, 40U, 41U, 42U, 44U, 45U, 46U, 54U, 55U, 62U}) {
    Trace swapped = good;
    std::swap(swapped.events[line - 1], swapped.events[line]);
    // The verdict may also be kViolated: after the swap BecomeFollower comes before the request
    // that causes it, and that request's line then shows the older term.
    EXPECT_NE(JudgeTrace(swapped).verdict, Verdict::kAccepted) << "lines " << line << " swapped";
  }
}

TEST(Corruption, TheReportNamesLineActionFieldExpectedAndFound) {
  const auto path = EtcdTrace("part3.ndjson");
  if (!path) GTEST_SKIP() << "no real traces beside this checkout";
  Trace bad = ReadTrace(*path);
  bad.events[62].state->commit = 5;  // line 63: Commit
  const Report report = JudgeTrace(bad);
  ASSERT_EQ(report.verdict, Verdict::kRejected);
  ASSERT_TRUE(report.rejection.has_value());
  EXPECT_EQ(report.rejection->line, 63U);
  EXPECT_EQ(report.rejection->action, "AdvanceCommitIndex");
  const std::string text = ReportText(report, "part3.ndjson", false);
  EXPECT_NE(text.find("REJECTED part3.ndjson:63: server 3 Commit"), std::string::npos) << text;
  EXPECT_NE(text.find("state.commit: expected 4, found 5"), std::string::npos) << text;
  EXPECT_NE(text.find("server 3: Leader term 2"), std::string::npos) << text;
}

}  // namespace
}  // namespace conformance::testing
