// The ladder of docs/instrumenting.md: each of its steps leaves traces that the judge takes, and
// refuses from then on what the step says.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "tests/conformance/features.h"
#include "tests/conformance/traces.h"

namespace conformance::testing {
namespace {

using Name = trace::EventName;
using Type = trace::MessageType;

// The step of the ladder that an event belongs to.
int StepOf(const trace::Event& event) {
  switch (event.name) {
    case Name::kApply:
      return 4;
    case Name::kBecomePreCandidate:
    case Name::kSendMessage:
    case Name::kReceiveMessage:
    case Name::kForgetLeader:
      return 5;
    case Name::kDropMessage:
    case Name::kDuplicateMessage:
      return event.msg->type == Type::kMsgSnap ? 9 : 6;
    case Name::kPersist:
    case Name::kCrash:
      return 7;
    case Name::kChangeConf:
      return 8;
    case Name::kCompact:
      return 9;
    case Name::kReadIndex:
    case Name::kReadState:
      return 10;
    default:
      return event.msg && event.msg->type == Type::kMsgSnap ? 9 : 2;
  }
}

// What somebody writes who has done the first `step` steps.
Trace UpTo(const Trace& all, int step) {
  Trace trace;
  const trace::Header& full = *all.header;
  trace::Header& header = trace.header.emplace();
  header.version = full.version;
  header.servers = full.servers;
  header.learners = full.learners;
  header.pre_vote = full.pre_vote;
  header.check_quorum = full.check_quorum;
  header.answers_older_terms = full.answers_older_terms;
  header.votes_carry_commit = full.votes_carry_commit;
  header.lease_reads = full.lease_reads;
  if (step >= 5) header.messages_logged = full.messages_logged;
  if (step >= 6) header.network_logged = full.network_logged;
  if (step >= 7) header.disk_logged = full.disk_logged;
  if (step >= 7) header.async_storage = full.async_storage;
  for (trace::Event event : all.events) {
    if (StepOf(event) > step) continue;
    event.seq.reset();
    event.lead.reset();
    if (step < 3 && event.msg) event.msg->ents.reset();
    if (step < 3) event.entry.reset();
    if (step < 8 && event.prop && event.prop->cc) event.prop->cc->members.reset();
    if (step < 5 && event.msg) event.msg->force.reset();
    trace.events.push_back(event);
  }
  return trace;
}

// Does the run do what only a later step can show?  Its other lines show the effects.
bool Needs(const Trace& all, int step) {
  return std::any_of(all.events.begin(), all.events.end(), [step](const trace::Event& event) {
    const int own = StepOf(event);
    return (own == 8 || own == 9) && own > step;
  });
}

TEST(Ladder, EachStepLeavesTracesThatAreAccepted) {
  std::vector<int> accepted(11, 0);
  for (const ShortTrace& one : ShortTraces(2, 80)) {
    for (int step = 2; step <= 10; ++step) {
      if (Needs(one.trace, step)) continue;
      const Report report = JudgeTrace(UpTo(one.trace, step));
      EXPECT_EQ(report.verdict, Verdict::kAccepted)
          << one.name << ", step " << step << ": line "
          << (report.rejection ? report.rejection->line : 0) << " "
          << (report.rejection ? report.rejection->reason : report.invalid);
      ++accepted[static_cast<std::size_t>(step)];
    }
  }
  for (int step = 2; step <= 10; ++step) EXPECT_GE(accepted[static_cast<std::size_t>(step)], 5);
}

// What a step claims to refuse: an event is made wrong in one way.
struct Wrong {
  int step;
  const char* what;
  std::function<bool(trace::Event&)> make;  // false: the event has nothing of it
};

bool Receives(const trace::Event& event) {
  return event.name == Name::kReceiveAppendEntriesRequest && event.msg->ents &&
         !event.msg->ents->empty();
}

const std::vector<Wrong> kWrong = {
    {2, "a vote that is granted is shown as refused",
     [](trace::Event& e) {
       if (e.name != Name::kSendRequestVoteResponse) return false;
       e.msg->reject = !*e.msg->reject;
       return true;
     }},
    {2, "a commit index that no quorum has",
     [](trace::Event& e) {
       if (e.name != Name::kCommit) return false;
       ++*e.state->commit;
       return true;
     }},
    {3, "another payload arrives",
     [](trace::Event& e) {
       if (!Receives(e)) return false;
       ++*e.msg->ents->front().digest;
       return true;
     }},
    {4, "another entry is applied",
     [](trace::Event& e) {
       if (e.name != Name::kApply) return false;
       ++*e.entry->digest;
       return true;
     }},
    {7, "another term is durable",
     [](trace::Event& e) {
       if (e.name != Name::kPersist) return false;
       ++*e.durable->term;
       return true;
     }},
    {8, "another configuration comes into force",
     [](trace::Event& e) {
       if (e.name != Name::kApplyConfChange || !e.prop->cc->members) return false;
       e.prop->cc->members->learners = {{9}};
       return true;
     }},
    {9, "a snapshot of another index is sent",
     [](trace::Event& e) {
       if (StepOf(e) != 9 || e.name != Name::kSendAppendEntriesRequest) return false;
       ++*e.msg->snapshot->index;
       return true;
     }},
    {5, "a pre-vote that is granted is shown as refused",
     [](trace::Event& e) {
       if (e.name != Name::kSendMessage || e.msg->type != Type::kMsgPreVoteResp) return false;
       e.msg->reject = !*e.msg->reject;
       return true;
     }},
};

TEST(Ladder, EachStepRefusesWhatItClaims) {
  const std::vector<ShortTrace> traces = ShortTraces(2, 40);
  for (const Wrong& wrong : kWrong) {
    int tried = 0;
    for (const ShortTrace& one : traces) {
      if (Needs(one.trace, wrong.step)) continue;
      const Trace good = UpTo(one.trace, wrong.step);
      OtherEvents others(good);
      for (std::size_t k = 0; k < good.events.size(); ++k) {
        trace::Event bad = good.events[k];
        if (!wrong.make(bad)) continue;
        ++tried;
        EXPECT_NE(others.JudgeWith(bad, k).verdict, Verdict::kAccepted)
            << wrong.what << ": " << one.name << ", event " << k + 1;
      }
    }
    EXPECT_GT(tried, 1) << wrong.what;
  }
}

// Step 6: without its lines, a second arrival is a duplication that nobody wrote down.
TEST(Ladder, WithALoggedNetworkNoMessageArrivesTwice) {
  const Trace all = Record(ReadSchedule("tlc.schedule"));
  for (const int step : {5, 6}) {
    Trace twice = UpTo(all, step);
    const auto arrival = std::find_if(twice.events.begin(), twice.events.end(), [](const auto& e) {
      return e.name == Name::kReceiveAppendEntriesResponse && e.msg->from != e.msg->to;
    });
    ASSERT_NE(arrival, twice.events.end());
    twice.events.insert(arrival, trace::Event(*arrival));
    EXPECT_EQ(JudgeTrace(twice).verdict == Verdict::kAccepted, step == 5);
  }
}

// Step 10: a read must not miss what was committed when it was asked for.
TEST(Ladder, AReadThatIsTooOldIsRefused) {
  int tried = 0;
  for (const ShortTrace& one : ShortTraces(3, 40)) {
    const Trace good = UpTo(one.trace, 10);
    OtherEvents others(good);
    for (std::size_t k = 0; k < good.events.size(); ++k) {
      trace::Event bad = good.events[k];
      if (bad.name != Name::kReadState || *bad.index == 0) continue;
      bad.index = 0;
      tried += others.JudgeWith(bad, k).verdict != Verdict::kAccepted ? 1 : 0;
    }
  }
  EXPECT_GT(tried, 0);
}

}  // namespace
}  // namespace conformance::testing
