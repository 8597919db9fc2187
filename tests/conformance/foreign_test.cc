// Logs of others: what is wrong with the log must not be told as if the implementation were wrong.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "conformance/judge/judge_file.h"
#include "raft/trace/writer.h"
#include "tests/conformance/traces.h"

namespace conformance::testing {
namespace {

Trace Tlc() { return WithoutSeq(Record(ReadSchedule("tlc.schedule"))); }

TEST(Foreign, ATraceThatBeginsInTheMiddleIsInvalidForThatReason) {
  const Trace whole = Tlc();
  for (std::size_t cut = 1; cut < 60; ++cut) {
    Trace rest = whole;
    rest.events.erase(rest.events.begin(), rest.events.begin() + static_cast<std::ptrdiff_t>(cut));
    const Report report = JudgeTrace(rest);
    EXPECT_EQ(report.verdict, Verdict::kInvalid) << cut;
    EXPECT_NE(report.invalid.find("begins in the middle"), std::string::npos) << report.invalid;
  }
}

// One server's file was forgotten: nobody broke a rule.
TEST(Foreign, ATraceWithoutTheLinesOfAServerIsInvalidForThatReason) {
  Trace trace = Tlc();
  const trace::NodeId gone = trace.events.front().node;
  std::erase_if(trace.events, [gone](const trace::Event& e) { return e.node == gone; });
  const Report report = JudgeTrace(trace);
  EXPECT_EQ(report.verdict, Verdict::kInvalid);
  EXPECT_NE(report.invalid.find("leaves out the lines of this server"), std::string::npos)
      << report.invalid;
}

TEST(Foreign, NumbersThatBeginLateOrAgainOrHaveGapsAreInvalid) {
  const Trace whole = Record(ReadSchedule("tlc.schedule"));
  Trace late = whole;
  late.events.erase(late.events.begin(), late.events.begin() + 5);
  EXPECT_NE(JudgeTrace(late).invalid.find("begins in the middle"), std::string::npos);
  Trace twice = whole;
  twice.events.insert(twice.events.end(), whole.events.begin(), whole.events.end());
  EXPECT_NE(JudgeTrace(twice).invalid.find("another run begins here"), std::string::npos);
  Trace sampled = whole;
  sampled.events.erase(sampled.events.begin() + 20);
  const Report report = JudgeTrace(sampled);
  EXPECT_EQ(report.verdict, Verdict::kInvalid);
  EXPECT_NE(report.invalid.find("missing, repeated or moved"), std::string::npos);
}

// Two groups, line by line, with the same servers.
std::string Interleaved(const Trace& a, const Trace& b) {
  std::string text;
  trace::AppendJson(*a.header, text);  // it counts for all groups
  const auto add = [&text](const trace::Event& event, const std::string& region) {
    std::string line;
    trace::AppendJson(event, line);
    text += R"({"region":{"id":)" + region + "}," + line.substr(1);
  };
  for (std::size_t k = 0; k < std::max(a.events.size(), b.events.size()); ++k) {
    if (k < a.events.size()) add(a.events[k], "7");
    if (k < b.events.size()) add(b.events[k], "9");
  }
  return text;
}

TEST(Foreign, GroupsOfOneLogAreJudgedApart) {
  const Trace good = Tlc();
  Trace bad = good;
  for (trace::Event& event : bad.events) {
    if (event.name == trace::EventName::kCommit) event.state->commit = 99;
  }
  trace::Reader reader = trace::Reader::FromString(Interleaved(good, bad));
  const auto reports = JudgeGroups(reader, "region.id");
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[0].group, "7");
  EXPECT_EQ(reports[0].report.verdict, Verdict::kAccepted);
  EXPECT_EQ(reports[0].report.events, good.events.size());
  EXPECT_NE(reports[1].report.verdict, Verdict::kAccepted);
  trace::Reader without = trace::Reader::FromString(Interleaved(good, good));
  const auto error = JudgeGroups(without, "shard");
  ASSERT_EQ(error.size(), 1U);
  EXPECT_EQ(error[0].report.verdict, Verdict::kInvalid);
  EXPECT_NE(error[0].report.invalid.find("no field 'shard'"), std::string::npos);
}

std::string Key(const std::string& text) {
  trace::Reader reader = trace::Reader::FromString(text);
  return KeyOfGroups(reader);
}

// What else stands around the events: a time, a process that is another one after each start, a
// thread.  A trace that is refused for an error of the implementation must stay refused.
TEST(Foreign, OnlyAFieldThatTellsGroupsApartIsTheirKey) {
  const Trace good = Tlc();
  EXPECT_EQ(Key(Interleaved(good, good)), "region.id");
  const auto around = [&good](const auto& field) {
    std::string text;
    std::map<trace::NodeId, std::size_t> starts;
    for (std::size_t k = 0; k < good.events.size(); ++k) {
      const trace::Event& event = good.events[k];
      if (event.name == trace::EventName::kInitState) ++starts[event.node];
      std::string line;
      trace::AppendJson(event, line);
      text += "{" + field(k, starts[event.node]) + "," + line.substr(1);
    }
    return text;
  };
  using Count = std::size_t;
  const auto number = [](const char* name, Count value) {
    return std::string(name) + std::to_string(value);
  };
  EXPECT_EQ(Key(around([&](Count, Count start) { return number(R"("pid":)", start); })), "");
  EXPECT_EQ(Key(around([&](Count k, Count) { return number(R"("offset":)", k); })), "");
  EXPECT_EQ(Key(around([&](Count k, Count) { return number(R"("cpu":)", k % 3); })), "");
  EXPECT_EQ(Key(around([&](Count k, Count) { return number(R"("host":{"pid":1,"n":)", k) + "}"; })),
            "");
}

TEST(Foreign, NobodyIsNoServer) {
  Trace trace = Tlc();
  trace.events[0].node = 0;
  const Report report = JudgeTrace(trace);
  EXPECT_EQ(report.verdict, Verdict::kInvalid);
  EXPECT_NE(report.invalid.find("nobody"), std::string::npos) << report.invalid;
}

// A server that writes InitState when its state is loaded, as etcd's server did in 2023: no
// ApplyConfChange and no BecomeFollower follow.
std::string LoadedAtOnce(const std::string& term, const std::string& voters) {
  const std::string rest = R"(,"vote":"0","commit":1},"role":"StateFollower","log":1,"conf":[[)";
  const auto line = [&](const std::string& name, const std::string& at, const std::string& conf) {
    return R"({"tag":"trace","event":{"name":")" + name + R"(","nid":"7","state":{)" + at + rest +
           conf + "],[]]}}\n";
  };
  return line("InitState", term, voters) + line("Ready", R"("term":1)", R"("7")");
}

Report JudgeLog(const std::string& text, const JudgeOptions& options = {}) {
  trace::Reader reader = trace::Reader::FromString(text);
  return conformance::JudgeTrace(reader, {}, false, options);
}

TEST(Foreign, TheFormatOf2023IsNoTraceOfThisOne) {
  for (const char* term : {R"("term":1)", R"("term":9)"}) {
    const Report report = JudgeLog(LoadedAtOnce(term, R"("7")"));
    EXPECT_EQ(report.verdict, Verdict::kInvalid);
    EXPECT_EQ(report.invalid_line, 1U);
    for (const char* part : {"conf", "state.term", "ApplyConfChange", "2023", "with_tla"}) {
      EXPECT_NE(report.invalid.find(part), std::string::npos) << part << ": " << report.invalid;
    }
  }
  // One wrong field is a wrong field.
  EXPECT_EQ(JudgeLog(LoadedAtOnce(R"("term":0)", R"("7")")).verdict, Verdict::kRejected);
  EXPECT_EQ(JudgeLog(LoadedAtOnce(R"("term":1)", "")).verdict, Verdict::kRejected);
}

// The folder of inputs that reports of users brought need not be there.
TEST(Foreign, WhatReportsBroughtGetsItsVerdict) {
  const auto folder = std::filesystem::path(RAFTCHECK_SOURCE_DIR) / ".." / "shared" / "repro";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no reported traces beside this checkout";
  const std::pair<const char*, Verdict> expected[] = {
      {"B02-conf-entry-not-applied/not_reapplied.ndjson", Verdict::kAccepted},
      {"B02-conf-entry-not-applied/reapplied.ndjson", Verdict::kAccepted},
      {"B02-conf-entry-not-applied/real_in_merged_shape.ndjson", Verdict::kAccepted},
      {"B02-conf-entry-not-applied/refused_change_no_line.ndjson", Verdict::kAccepted},
      {"B02-conf-entry-not-applied/refused_change_with_line.ndjson", Verdict::kAccepted},
      {"B03-learners-of-the-first-snapshot/campaign_learner_must_vote.ndjson", Verdict::kAccepted},
      {"B03-learners-of-the-first-snapshot/forget_leader.ndjson", Verdict::kAccepted},
      {"B08-log-that-begins-in-the-middle/rotated.ndjson", Verdict::kInvalid},
      {"payload.ndjson", Verdict::kRejected},
      {"digest0.ndjson", Verdict::kRejected},
  };
  for (const auto& [name, verdict] : expected) {
    auto reader = trace::Reader::Open((folder / name).string());
    ASSERT_TRUE(reader) << name;
    EXPECT_EQ(conformance::JudgeTrace(*reader).verdict, verdict) << name;
  }
  // A learner that only the receiver of a message shows.
  {
    Trace unaddressed =
        ReadTrace((folder / "B03-learners-of-the-first-snapshot/forget_leader.ndjson").string());
    for (trace::Event& event : unaddressed.events) {
      if (event.msg) event.msg->to.reset();
    }
    const Report open = JudgeTrace(unaddressed);
    EXPECT_EQ(open.verdict, Verdict::kInvalid);
    EXPECT_NE(open.invalid.find("needs msg.to"), std::string::npos) << open.invalid;
  }
  // A node that does not validate changes: refused with a hint, accepted once it is known.
  const auto unvalidated =
      (folder / "B05-conf-change-validation-off/confchange_disable_validation.ndjson").string();
  auto reader = trace::Reader::Open(unvalidated);
  const Report refused = conformance::JudgeTrace(*reader);
  ASSERT_TRUE(refused.rejection.has_value());
  EXPECT_NE(refused.rejection->hint.find("--unvalidated-changes"), std::string::npos);
  reader = trace::Reader::Open(unvalidated);
  const Report known = conformance::JudgeTrace(*reader, {}, false, {.unvalidated_changes = true});
  EXPECT_EQ(known.verdict, Verdict::kAccepted) << ReportText(known, unvalidated, false);
  auto mixed =
      trace::Reader::Open((folder / "B06-two-groups-in-one-file/two_groups.ndjson").string());
  ASSERT_TRUE(mixed);
  EXPECT_EQ(KeyOfGroups(*mixed), "group");
}

// Two changes, and the entry that leaves what the second makes joint, before one is applied.
TEST(Foreign, ChangesWithoutValidationNeedTheWordOfTheHeader) {
  Trace trace =
      ReadTrace(std::string(RAFTCHECK_SOURCE_DIR) + "/tests/data/unvalidated_changes.ndjson");
  ASSERT_EQ(trace.header->validates_changes, false);
  EXPECT_EQ(JudgeTrace(trace).verdict, Verdict::kAccepted);
  for (const trace::Field<bool>& told : {trace::Field<bool>(true), trace::Field<bool>()}) {
    trace.header->validates_changes = told;
    const Report report = JudgeTrace(trace);
    ASSERT_EQ(report.verdict, Verdict::kRejected);
    EXPECT_EQ(report.rejection->attempts[0].guard, spec::kLastChangeApplied);
    EXPECT_NE(report.rejection->hint.find("--unvalidated-changes"), std::string::npos);
    Judge judge;
    judge.AllowUnvalidatedChanges();
    judge.SetHeader(*trace.header);
    for (const trace::Event& event : trace.events) EXPECT_TRUE(judge.Feed(event, 1));
  }
}

TEST(Foreign, EtcdWithoutValidationOfChangesIsJudgedWhenToldSo) {
  const auto file = std::filesystem::path(RAFTCHECK_SOURCE_DIR) / ".." / "shared" / "repro" /
                    "B05-conf-change-validation-off" / "confchange_disable_validation.ndjson";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no reported traces beside this checkout";
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::string header = R"({"tag":"raftcheck","header":{"validatesChanges":)";
  EXPECT_EQ(JudgeLog(text, {.unvalidated_changes = true}).verdict, Verdict::kAccepted);
  EXPECT_EQ(JudgeLog(header + "false}}\n" + text).verdict, Verdict::kAccepted);
  for (const std::string& before : {std::string(), header + "true}}\n"}) {
    const Report refused = JudgeLog(before + text);
    ASSERT_EQ(refused.verdict, Verdict::kRejected);
    EXPECT_NE(refused.rejection->hint.find("--unvalidated-changes"), std::string::npos);
    EXPECT_NE(refused.rejection->hint.find("validatesChanges"), std::string::npos);
  }
}

}  // namespace
}  // namespace conformance::testing
