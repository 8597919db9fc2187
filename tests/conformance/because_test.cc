// A refused line says where the expected value comes from, and which message would have helped.
#include "conformance/judge/because.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "conformance/report/report.h"
#include "tests/conformance/traces.h"

namespace conformance {
namespace {

using testing::ReadSchedule;
using testing::Record;
using testing::Trace;
using Name = trace::EventName;

// The last event that `fits` is changed.
struct Changed {
  Rejection rejection;
  std::uint64_t line = 0;
  Trace trace;
};
Changed Change(const std::function<bool(const trace::Event&)>& fits,
               const std::function<void(trace::Event&)>& change) {
  Changed changed;
  changed.trace = testing::WithoutSeq(Record(ReadSchedule("tlc.schedule")));
  auto& events = changed.trace.events;
  const auto last = std::find_if(events.rbegin(), events.rend(), fits);
  EXPECT_NE(last, events.rend());
  change(*last);
  changed.line = static_cast<std::uint64_t>(events.rend() - last) + 1;
  const Report report = testing::JudgeTrace(changed.trace);
  EXPECT_TRUE(report.rejection.has_value());
  if (report.rejection) changed.rejection = *report.rejection;
  return changed;
}

const Difference* Find(const Rejection& rejection, const std::string& field) {
  for (const Attempt& attempt : rejection.attempts) {
    for (const Difference& d : attempt.differences) {
      if (d.field == field) return &d;
    }
  }
  return nullptr;
}

TEST(Because, ATermNamesTheLineThatGaveIt) {
  const Changed changed = Change([](const auto& e) { return e.name == Name::kReady && e.state; },
                                 [](trace::Event& e) { *e.state->term += 5; });
  const Difference* d = Find(changed.rejection, "state.term");
  ASSERT_NE(d, nullptr);
  // The term of the server became what it is with a line that the text names.
  const trace::Event& wrong = changed.trace.events[changed.line - 2];
  std::uint64_t since = 0;
  std::uint64_t term = 0;
  for (std::uint64_t line = 2; line < changed.line; ++line) {
    const trace::Event& e = changed.trace.events[line - 2];
    if (e.node != wrong.node || !e.state || *e.state->term == term) continue;
    term = *e.state->term;
    since = line;
  }
  EXPECT_EQ(std::to_string(term), d->expected);
  EXPECT_NE(d->because.find("currentTerm is so since line " + std::to_string(since) + ", "),
            std::string::npos)
      << d->because;
  EXPECT_NE(
      ReportText(testing::JudgeTrace(changed.trace), "t", false).find("  because  currentTerm"),
      std::string::npos);
}

TEST(Because, TheLeadersCommitIndexNamesWhoHasTheEntries) {
  const Trace good = testing::WithoutSeq(Record(ReadSchedule("tlc.schedule")));
  int commits = 0;
  std::uint64_t last = 0;
  for (std::size_t k = 0; k < good.events.size(); ++k) {
    const trace::Event& e = good.events[k];
    if (e.name != Name::kCommit || e.role != trace::Role::kLeader) continue;
    const bool grows = *e.state->commit > std::exchange(last, *e.state->commit);
    Trace bad = good;
    *bad.events[k].state->commit += 1;
    const Report report = testing::JudgeTrace(bad);
    ASSERT_TRUE(report.rejection.has_value());
    const Difference* d = Find(*report.rejection, "state.commit");
    ASSERT_NE(d, nullptr);
    const bool by_match = d->because.find("AdvanceCommitIndex with matchIndex = 1:") == 0;
    EXPECT_TRUE(by_match || !grows) << d->because;
    commits += by_match ? 1 : 0;
  }
  EXPECT_GT(commits, 0);
}

// The follower's log grows by the message that it received on its line before.
TEST(Because, AFollowersLogNamesTheMessage) {
  const Changed changed = Change(
      [](const auto& e) {
        return e.name == Name::kSendAppendEntriesResponse && e.msg->from != e.msg->to && *e.log > 2;
      },
      [](trace::Event& e) { *e.log -= 1; });
  const Difference* d = Find(changed.rejection, "log");
  ASSERT_NE(d, nullptr);
  const bool received = d->because.find(" received Msg") != std::string::npos;
  const bool since = d->because.find("log is so since line ") == 0;
  EXPECT_TRUE(received || since) << d->because;
}

// A line of a receipt is missing: the message that would explain the rest is in flight.
TEST(Because, AMessageInFlightThatWouldLeadThereIsNamed) {
  Trace trace = testing::WithoutSeq(Record(ReadSchedule("tlc.schedule")));
  int named = 0;
  int removed = 0;
  for (std::size_t k = 0; k < trace.events.size(); ++k) {
    const trace::Event& e = trace.events[k];
    if (e.name != Name::kReceiveAppendEntriesRequest) continue;
    Trace without = trace;
    without.events.erase(without.events.begin() + static_cast<std::ptrdiff_t>(k));
    const Report report = testing::JudgeTrace(without);
    ++removed;
    ASSERT_TRUE(report.rejection.has_value()) << k;
    const auto& nearest = report.rejection->nearest;
    named += std::any_of(nearest.begin(), nearest.end(), [](const std::string& text) {
      return text.find("is in flight and would lead to ") != std::string::npos;
    });
  }
  EXPECT_GT(removed, 10);
  EXPECT_GT(named, removed * 3 / 4);
}

}  // namespace
}  // namespace conformance
