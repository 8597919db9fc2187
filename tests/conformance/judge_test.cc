// Verdicts on whole traces.
#include "conformance/judge/judge.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "conformance/report/report.h"
#include "tests/conformance/traces.h"
#include "tracegen/generator/generator.h"
#include "tracegen/servers/our_server.h"

namespace conformance::testing {
namespace {

TEST(Judge, AcceptsWhatEtcdDid) {
  if (!EtcdTrace("basic3.ndjson")) GTEST_SKIP() << "no real traces beside this checkout";
  const std::pair<const char*, std::size_t> traces[] = {
      {"basic3.ndjson", 299},          {"part3.ndjson", 238},
      {"prevote3.ndjson", 338},        {"example.ndjson", 4888},
      {"n3-dup.ndjson", 350},          {"n3-restart-raw.ndjson", 400},
      {"n3-conf-learner.ndjson", 401}, {"n3-snap-oldnode.ndjson", 401},
      {"snap_36.ndjson", 1583}};
  for (const auto& [name, events] : traces) {
    const Report report = JudgeTrace(ReadTrace(*EtcdTrace(name)));
    EXPECT_EQ(report.verdict, Verdict::kAccepted) << ReportText(report, name, false);
    EXPECT_EQ(report.events, events);
    // At least term, vote, commit, role, log and the two halves of the configuration.
    EXPECT_GE(report.fields_compared, 7 * events);
    // A server that knows a leader may ignore a vote request; only the next lines show whether it
    // did.
    EXPECT_LE(report.most_candidates, 2U);
  }
}

TEST(Judge, AcceptsWhateverOurLibraryDoesUnderFaults) {
  EXPECT_TRUE(rc::check([] {
    const tracegen::Schedule schedule = *tracegen::AnySchedule({}, tracegen::OurImplementation());
    const Report report = JudgeTrace(Record(schedule));
    if (report.verdict != Verdict::kAccepted) {
      RC_FAIL(ReportText(report, "generated", false) + tracegen::PrintSchedule(schedule));
    }
  }));
}

// The campaign must reach every action of the specification that the core can take.
TEST(Judge, AnEmptyTraceIsNotAccepted) { EXPECT_EQ(JudgeTrace({}).verdict, Verdict::kInvalid); }

TEST(Judge, ATraceInWhichNothingCanBeComparedIsNotAccepted) {
  Trace bare;
  bare.header.emplace().servers = {{1}};  // without it, the judge needs the log of the first start
  for (const trace::EventName name :
       {trace::EventName::kInitState, trace::EventName::kApplyConfChange,
        trace::EventName::kBecomeFollower}) {
    trace::Event event;
    event.name = name;
    event.node = 1;
    bare.events.push_back(event);
  }
  const Report report = JudgeTrace(bare);
  EXPECT_EQ(report.verdict, Verdict::kInvalid);
  EXPECT_NE(report.invalid.find("nothing could be compared"), std::string::npos);
}

// A field that a trace leaves out constrains nothing.
TEST(Judge, TracesThatSayLessAreAcceptedToo) {
  Trace less = Record(ReadSchedule("tlc.schedule"));
  for (trace::Event& event : less.events) {
    event.role.reset();
    event.conf.reset();
    event.seq.reset();
    if (event.msg) event.msg->ents.reset(), event.msg->vote.reset();
    if (event.prop) event.prop->match.reset(), event.prop->next.reset();
  }
  const Report report = JudgeTrace(less);
  EXPECT_EQ(report.verdict, Verdict::kAccepted) << ReportText(report, "less", false);
}

// A digest that a line tells late counts from then on: here the leader's lines leave out what the
// entries hold, and each message that arrives tells something else than was sent.
TEST(Judge, WhatIsLearntLateIsComparedFromThenOn) {
  Trace late = Record(ReadSchedule("tlc.schedule"));
  for (trace::Event& event : late.events) {
    if (event.name == trace::EventName::kReplicate) event.entry->digest.reset();
  }
  EXPECT_EQ(JudgeTrace(late).verdict, Verdict::kAccepted);
  bool changed = false;
  for (trace::Event& event : late.events) {
    const bool arrives = event.name == trace::EventName::kReceiveAppendEntriesRequest;
    if (!arrives || !event.msg->ents) continue;
    for (trace::Entry& entry : *event.msg->ents) entry.digest = *entry.digest + 1, changed = true;
  }
  ASSERT_TRUE(changed);
  EXPECT_EQ(JudgeTrace(late).verdict, Verdict::kRejected);
}

// The largest number ends the search for what a line means, like any other wrong one.
TEST(Judge, TheLargestNumberIsRefusedWhereOtherFieldsAreMissing) {
  constexpr std::uint64_t kLargest = ~std::uint64_t{0};
  const Trace good = Record(ReadSchedule("tlc.schedule"));
  for (std::size_t k = 0; k < good.events.size(); ++k) {
    if (good.events[k].name != trace::EventName::kSendAppendEntriesRequest) continue;
    for (const bool index : {true, false}) {
      Trace bad = good;
      trace::Message& msg = *bad.events[k].msg;
      (index ? msg.index : msg.entries) = kLargest;
      (index ? msg.entries : msg.index).reset();
      msg.ents.reset();
      EXPECT_NE(JudgeTrace(bad).verdict, Verdict::kAccepted) << k;
    }
  }
}

// A digest of 0 is a digest like any other.
TEST(Judge, TheDigestZeroIsCompared) {
  Trace zero = Record(ReadSchedule("tlc.schedule"));
  const auto first = std::find_if(zero.events.begin(), zero.events.end(), [](const auto& event) {
    return event.name == trace::EventName::kReplicate;
  });
  ASSERT_NE(first, zero.events.end());
  first->entry->digest = 0;
  EXPECT_EQ(JudgeTrace(zero).verdict, Verdict::kRejected);
}

// Of a trace that begins with a snapshot, the first message about it tells its term.  To ask about
// a message with another term must not tell it.
TEST(Judge, AskingForAnExplanationTeachesNothing) {
  const auto read = [](const std::string& fields) {
    trace::Item item;
    trace::Reader reader =
        trace::Reader::FromString(R"({"tag":"trace","event":{)" + fields + "}}\n");
    EXPECT_TRUE(reader.Read(item).value());
    return std::get<trace::Event>(item.value);
  };
  Judge judge;
  std::uint64_t line = 0;
  for (const std::string id : {"1", "2"}) {
    const std::string head = R"("nid":")" + id + R"(","state":{"term":)";
    const std::string loading = head + R"(0,"vote":"0","commit":7},"log":7,"conf":[[],[]])";
    judge.Feed(read(R"("name":"InitState",)" + loading), ++line);
    judge.Feed(
        read(R"("name":"ApplyConfChange",)" + loading + R"(,"prop":{"cc":{"newconf":["1","2"]}})"),
        ++line);
    judge.Feed(read(R"("name":"BecomeFollower",)" + head +
                    R"(4,"vote":"0","commit":7},"log":7,"conf":[["1","2"],[]])"),
               ++line);
  }
  judge.Feed(read(R"("name":"BecomeCandidate","nid":"1","state":{"term":5,"vote":"1","commit":7})"),
             ++line);
  const auto asks = [&](const std::string& log_term) {
    return read(R"("name":"SendRequestVoteRequest","nid":"1","msg":{"type":"MsgVote","term":5,)"
                R"("from":"1","to":"2","entries":0,"logTerm":)" +
                log_term + R"(,"index":7,"commit":0,"vote":"0","reject":false,"rejectHint":0})");
  };
  ASSERT_TRUE(judge.explained());
  EXPECT_TRUE(judge.Explain(asks("2")).allowed);
  EXPECT_TRUE(judge.Feed(asks("3"), ++line)) << ReportText(judge.Finish(), "asked", false);
}

TEST(Judge, APropertyIsNamedEvenWhereTheTraceLeftTheSpecificationBefore) {
  Trace t = Record(ReadSchedule("tlc.schedule"));
  // Another server claims to be leader of the first leader's term.
  for (std::size_t k = 0; k < t.events.size(); ++k) {
    if (t.events[k].name != trace::EventName::kBecomeLeader) continue;
    trace::Event claim = t.events[k];
    claim.node = claim.node % 3 + 1;
    claim.seq.reset();
    t.events.insert(t.events.begin() + static_cast<std::ptrdiff_t>(k) + 1, claim);
    break;
  }
  Judge judge;
  judge.SetHeader(*t.header);
  std::uint64_t line = 0;
  for (const trace::Event& event : t.events) judge.Feed(event, ++line);
  const Report report = judge.Finish();
  EXPECT_EQ(report.verdict, Verdict::kViolated);
  ASSERT_TRUE(report.violation.has_value());
  EXPECT_EQ(report.violation->property, "ElectionSafety");
  EXPECT_TRUE(report.rejection.has_value());
}

TEST(Judge, TheJsonHasTheKeysOfTheContract) {
  const Report report = JudgeTrace(Record(ReadSchedule("tlc.schedule")));
  const auto json = nlohmann::json::parse(ReportJson(report, "x.ndjson", 0.5));
  for (const char* key : {"file", "verdict", "events", "line", "property", "reason", "seconds"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_EQ(json["verdict"], "accepted");
  EXPECT_TRUE(json["line"].is_null());
}

// Explaining changes nothing: a test asks for explanations of every event, and of wrong events, and
// compares the verdict.
TEST(Judge, ExplainingIsWithoutEffect) {
  const Trace good = Record(ReadSchedule("tlc.schedule"));
  Judge judge;
  judge.SetHeader(*good.header);
  std::uint64_t line = 1;
  for (const trace::Event& event : good.events) {
    trace::Event wrong = event;
    wrong.seq.reset();
    EXPECT_TRUE(judge.Explain(wrong).allowed) << line;
    wrong.name = trace::EventName::kBecomeLeader;
    const StepExplanation refused = judge.Explain(wrong);
    EXPECT_TRUE(refused.allowed == (event.name == trace::EventName::kBecomeLeader)) << line;
    EXPECT_TRUE(refused.allowed || !refused.attempts.empty() || !refused.out_of_scope.empty());
    ASSERT_TRUE(judge.Feed(event, ++line)) << line;
  }
  const Report report = judge.Finish();
  const Report expected = JudgeTrace(good);
  EXPECT_EQ(report.verdict, Verdict::kAccepted);
  EXPECT_EQ(report.fields_compared, expected.fields_compared);
  EXPECT_EQ(report.actions, expected.actions);
}

// Feeds everything before the first event with this name, and returns that event.
trace::Event FeedUntil(Judge& judge, const Trace& t, trace::EventName name) {
  judge.SetHeader(*t.header);
  std::uint64_t line = 1;
  for (const trace::Event& event : t.events) {
    if (event.name == name) return event;
    EXPECT_TRUE(judge.Feed(event, ++line)) << line;
  }
  ADD_FAILURE() << "no such event";
  return {};
}

TEST(Judge, AnExplanationNamesTheActionAndWhatItChanges) {
  const Trace good = Record(ReadSchedule("tlc.schedule"));
  Judge judge;
  const StepExplanation explanation =
      judge.Explain(FeedUntil(judge, good, trace::EventName::kBecomeCandidate));
  ASSERT_EQ(explanation.actions, std::vector<std::string>{"Timeout"});
  ASSERT_EQ(explanation.after.size(), 1U);
  EXPECT_NE(explanation.after[0].text.find("Candidate term 1"), std::string::npos);
}

// The explanation names every action that could have made a follower, and why it is impossible.
TEST(Judge, EachCandidateActionIsExplained) {
  const Trace good = Record(ReadSchedule("tlc.schedule"));
  Judge judge;
  FeedUntil(judge, good, trace::EventName::kReady);
  trace::Event event;
  event.name = trace::EventName::kBecomeFollower;
  event.node = good.header->servers->back();
  const StepExplanation explanation = judge.Explain(event);
  ASSERT_FALSE(explanation.allowed);
  std::vector<std::string> actions;
  for (const Attempt& attempt : explanation.attempts) {
    actions.push_back(attempt.action);
    EXPECT_FALSE(attempt.guard.empty());
  }
  EXPECT_EQ(actions, (std::vector<std::string>{"StepDown", "UpdateTerm", "ReturnToFollower"}));
}

// The first line of a server that begins with a snapshot, as etcd writes it: there is no header,
// and no line shows the term of the snapshot.
TEST(Judge, ServersMayBeginWithASnapshot) {
  const auto judge = [](std::uint64_t log_term) {
    const auto line = [](const std::string& event) {
      return R"({"tag":"trace","event":{)" + event + "}}\n";
    };
    const auto start = [&](const std::string& id) {
      const std::string head = R"("nid":")" + id + R"(","state":{"term":)";
      const std::string loading = head + R"(0,"vote":"0","commit":7},"log":7,"conf":[[],[]])";
      return line(R"("name":"InitState",)" + loading) +
             line(R"("name":"ApplyConfChange",)" + loading +
                  R"(,"prop":{"cc":{"newconf":["1","2"]}})") +
             line(R"("name":"BecomeFollower",)" + head +
                  R"(4,"vote":"0","commit":7},"log":7,"conf":[["1","2"],[]])");
    };
    const auto vote = [](const std::string& term) {
      return R"("msg":{"type":"MsgVote","term":5,"from":"1","to":"2","entries":0,"logTerm":)" +
             term + R"(,"index":7,"commit":0,"vote":"0","reject":false,"rejectHint":0})";
    };
    const std::string text =
        start("1") + start("2") +
        line(R"("name":"BecomeCandidate","nid":"1","state":{"term":5,"vote":"1","commit":7})") +
        line(R"("name":"SendRequestVoteRequest","nid":"1",)" + vote("3")) +
        line(R"("name":"Ready","nid":"1","role":"StateCandidate","log":7)") +
        line(R"("name":"ReceiveRequestVoteRequest","nid":"2",)" + vote(std::to_string(log_term)));
    Trace t;
    const auto items = trace::ReadAll(trace::Reader::FromString(text));
    for (const trace::Item& item : items.value()) {
      t.events.push_back(std::get<trace::Event>(item.value));
    }
    return JudgeTrace(t).verdict;
  };
  EXPECT_EQ(judge(3), Verdict::kAccepted);
  EXPECT_EQ(judge(2), Verdict::kRejected);  // the trace says that its term is 3
}

// With asynchronous storage the application may be ahead of what the node knows.  A node that does
// not know that a membership change is applied does not campaign, even if it receives
// MsgTimeoutNow.  `raftcheck check --seed 20261121`, schedule 62,553, found this as a false alarm.
TEST(Judge, AMessageThatTellsToCampaignMayComeToNothing) {
  // A trace, and not its schedule: what a schedule does changes with the election timeouts.
  Trace t = ReadTrace(std::string(RAFTCHECK_SOURCE_DIR) +
                      "/tests/data/unaware_of_its_configuration.ndjson");
  EXPECT_EQ(JudgeTrace(t).verdict, Verdict::kAccepted);
  // With synchronous storage the node would know.
  t.header->async_storage = false;
  EXPECT_EQ(JudgeTrace(t).verdict, Verdict::kRejected);
}

// A crash hit one write between the entries and the commit index.  The restarted server is two
// configurations behind, with both changes in its log.  `raftcheck check --seed 20261121`, schedule
// 1,170,021, found this: the server campaigned, and LeaderCompleteness was broken.
TEST(Judge, AServerThatLostItsCommitIndexFindsItInTheChangesOfItsLog) {
  for (const char* schedule : {"lost_commit_index.schedule", "lost_and_found.schedule"}) {
    const Report report = JudgeTrace(Record(ReadSchedule(schedule)));
    EXPECT_EQ(report.verdict, Verdict::kAccepted) << schedule;
    EXPECT_TRUE(report.actions.contains("RecoverCommitIndex")) << schedule;
  }
}

// Entries that end where the log ends, but begin before its first index.
TEST(Judge, RefusesMoreEntriesThanTheLogHas) {
  const Trace good = Record(ReadSchedule("tlc.schedule"));
  for (Trace bad = good; trace::Event & event : bad.events) {
    if (event.name != trace::EventName::kPersist || !event.durable || !event.durable->log) continue;
    const trace::Event before = event;
    event.index = 0;
    event.ents.emplace(*event.durable->log + 1, trace::Entry{1, 777});
    EXPECT_EQ(JudgeTrace(bad).verdict, Verdict::kRejected);
    event = before;
  }
}

TEST(Judge, RefusesASnapshotInAMessageWithout) {
  const Trace good = Record(ReadSchedule("tlc.schedule"));
  for (const trace::Snapshot& shown : {trace::Snapshot{}, trace::Snapshot{0, 0, {}}}) {
    Trace bad = good;
    const auto event = std::find_if(bad.events.begin(), bad.events.end(),
                                    [](const trace::Event& e) { return e.msg.has_value(); });
    event->msg->snapshot = shown;
    EXPECT_EQ(JudgeTrace(bad).verdict, Verdict::kRejected);
  }
}

// A server that is bound by a promise took part in an election: a restart, or a newer term that
// others told it, had made it forget.  `raftcheck check --seed 1`, schedule 95, and `--seed 3`,
// schedule 248, found these.
TEST(Judge, APromiseOutlivesItsTermAndARestart) {
  for (const char* schedule :
       {"promise_forgotten_at_a_restart.schedule", "pre_vote_under_a_promise.schedule"}) {
    const Report report = JudgeTrace(Record(ReadSchedule(schedule)));
    EXPECT_EQ(report.verdict, Verdict::kAccepted) << schedule;
    EXPECT_TRUE(report.actions.contains("Tick")) << schedule;
  }
}

}  // namespace
}  // namespace conformance::testing
