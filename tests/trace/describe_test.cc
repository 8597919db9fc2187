#include "raft/trace/describe.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/trace/support.h"

namespace trace::testing {
namespace {

TEST(Describe, SaysServerStateAndMessageInOneLine) {
  const auto read = ReadText(
      R"({"tag":"trace","event":{"name":"SendRequestVoteResponse","nid":"3",)"
      R"("state":{"term":2,"vote":"0","commit":3},"role":"StateFollower","log":3,)"
      R"("msg":{"type":"MsgVoteResp","term":2,"from":"3","to":"1","entries":0,"logTerm":0,)"
      R"("index":0,"commit":0,"vote":"0","reject":true,"rejectHint":0}}})");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(Describe(std::get<Event>(read.value()[0].value)),
            "server 3 SendRequestVoteResponse  term 2 vote 0 commit 3 log 3 Follower  "
            "MsgVoteResp 3->1 term 2 reject");
}

TEST(Describe, EventWithEveryField) {
  EXPECT_EQ(Describe(FullEvent()),
            "server 1 LeaseRead  term 2 vote 3 commit 4 log 5 PreCandidate conf {6,7}{8,9} "
            "lead 62  MsgTimeoutNow 11->12 term 10 entries 13 logTerm 14 index 15 commit 16 "
            "vote 17 reject rejectHint 18 ents (term 19 digest 20) (term 21 digest 22) force "
            "sent 33 snapshot index 23 term 24 voters {25,26} outgoing {27,28} learners {29,30} "
            "learnersNext {31,32} autoLeave  change AddLearner 34 AddLearner 35 JointExplicit "
            "to {36,37} voters {38,39} outgoing {40,41} learners {42,43} learnersNext {44,45} "
            "autoLeave match 46 next 47 index 51 entry (term 49 digest 50) ents (term 52 "
            "digest 53) (term 54 digest 55) durable term 56 vote 57 commit 58 log 59 logTerm "
            "60 snapshot 61 result 63 read 64 clock 65");
}

TEST(Describe, BareEvent) { EXPECT_EQ(Describe(Event{}), "server 0 InitState"); }

TEST(Describe, AnyEventIsOneLineThatNamesServerAndEvent) {
  EXPECT_TRUE(rc::check("one line", [] {
    Event event;
    Fill(event);
    const std::string text = Describe(event);
    RC_ASSERT(text.starts_with("server " + std::to_string(event.node) + " " +
                               std::string(kEventNames[static_cast<std::size_t>(event.name)])));
    for (const char c : text) RC_ASSERT(c >= 0x20 && c < 0x7f);
    RC_ASSERT(text.back() != ' ');
  }));
}

}  // namespace
}  // namespace trace::testing
