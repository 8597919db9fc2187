#include "conformance/report/ci_reports.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace conformance {
namespace {

JudgedFile Accepted() {
  JudgedFile file{"a good.ndjson", {}, 0.25};
  file.report.verdict = Verdict::kAccepted;
  file.report.events = 1000;
  return file;
}

JudgedFile Rejected() {
  JudgedFile file{"b<1>.ndjson", {}, 0.5};
  file.report.verdict = Verdict::kRejected;
  file.report.events = 7;
  Rejection r;
  r.line = 8;
  r.event = "server 1 Commit";
  r.action = "AdvanceCommitIndex";
  r.reason = "AdvanceCommitIndex: state.commit: expected 4, found 5 & 100%";
  r.attempts.push_back({"AdvanceCommitIndex", {}, {}, {{"state.commit", "4", "5", "so"}}});
  file.report.rejection = r;
  return file;
}

JudgedFile Invalid() {
  JudgedFile file{"c.ndjson", {}, 0};
  file.report.invalid = "not JSON: unexpected 'p' at byte 1";
  file.report.invalid_line = 3;
  return file;
}

TEST(CiReports, JUnitCountsFailuresAndErrors) {
  const std::string xml = JUnitXml("validate", ResultsOf({Accepted(), Rejected(), Invalid()}));
  EXPECT_NE(xml.find("tests=\"3\" failures=\"1\" errors=\"1\" skipped=\"0\" time=\"0.750\""),
            std::string::npos);
  EXPECT_NE(xml.find("name=\"a good.ndjson\" time=\"0.250\" />"), std::string::npos) << xml;
  EXPECT_NE(xml.find("name=\"b&lt;1>.ndjson\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("<failure type=\"AdvanceCommitIndex\" message=\"AdvanceCommitIndex: "
                     "state.commit: expected 4, found 5 &amp; 100%\">"),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("<error type=\"unreadable\" message=\"not JSON"), std::string::npos) << xml;
}

TEST(CiReports, SarifNamesRuleFileAndLine) {
  const auto json = nlohmann::json::parse(Sarif(ResultsOf({Accepted(), Rejected(), Invalid()})));
  EXPECT_EQ(json["version"], "2.1.0");
  const auto& run = json["runs"][0];
  ASSERT_EQ(run["results"].size(), 2U);
  EXPECT_EQ(run["tool"]["driver"]["rules"].size(), 2U);
  const auto& result = run["results"][0];
  EXPECT_EQ(result["ruleId"], "rejected/AdvanceCommitIndex");
  const auto& place = result["locations"][0]["physicalLocation"];
  EXPECT_EQ(place["artifactLocation"]["uri"], "b%3C1%3E.ndjson");
  EXPECT_EQ(place["region"]["startLine"], 8);
}

TEST(CiReports, AnnotationsAreEscaped) {
  EXPECT_EQ(GitHubAnnotations(ResultsOf({Accepted(), Rejected()})),
            "::error file=b<1>.ndjson,line=8,title=rejected%3A AdvanceCommitIndex::"
            "AdvanceCommitIndex: state.commit: expected 4, found 5 & 100%25\n");
}

TEST(CiReports, TheSummaryCounts) {
  EXPECT_EQ(SummaryText({Accepted(), Rejected(), Invalid(), Accepted()}),
            "4 traces: 2 accepted, 1 rejected, 1 invalid; 2007 events\n");
}

// What has no place in a file has no location; what another failure has ended is no failure.
TEST(CiReports, AnyResultWillDo) {
  using Kind = NamedResult::Kind;
  const std::vector<NamedResult> results = {
      {"TypeOK", Kind::kSkipped, "", "TypeOK", "not decided", "", "m.cfg", 3, 0},
      {"run <1>", Kind::kFailed, "violated", "A,B:C", "100%\nbad", "the \"story\" & more", "", 0,
       1}};
  const std::string xml = JUnitXml("model", results);
  EXPECT_NE(xml.find("name=\"raftcheck model\" tests=\"2\" failures=\"1\" errors=\"0\" "
                     "skipped=\"1\" time=\"1.000\""),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("<skipped message=\"not decided\" />"), std::string::npos) << xml;
  EXPECT_NE(xml.find("classname=\"raftcheck.model\" name=\"run &lt;1>\""), std::string::npos)
      << xml;
  const auto run = nlohmann::json::parse(Sarif(results))["runs"][0];
  EXPECT_EQ(run["results"].size(), 0U);
  EXPECT_EQ(run["invocations"][0]["toolExecutionNotifications"].size(), 1U);
  EXPECT_EQ(run["invocations"][0]["executionSuccessful"], true);
  EXPECT_EQ(GitHubAnnotations(results), "::error title=violated%3A A%2CB%3AC::100%25%0Abad\n");
}

TEST(CiReports, WhatWasStoppedIsNoSuccess) {
  JudgedFile file{"a.ndjson", {}, 0};
  file.report.verdict = Verdict::kStopped;
  file.report.invalid = "interrupted; the 5 events so far are accepted";
  EXPECT_NE(JUnitXml("validate", {ResultOf(file)}).find("<error type=\"interrupted\""),
            std::string::npos);
  const auto run = nlohmann::json::parse(Sarif({ResultOf(file)}))["runs"][0];
  EXPECT_EQ(run["results"].size(), 1U);
  EXPECT_EQ(run["invocations"][0]["executionSuccessful"], false);
  EXPECT_EQ(SummaryText({file}), "1 trace: 1 stopped; 0 events\n");
}

// Text that is invalid in XML or UTF-8 can come only from file names; it is removed.
TEST(CiReports, AnyFileNameWillDo) {
  JudgedFile file = Rejected();
  file.file = "\x01\xff\"&.ndjson";
  EXPECT_NE(JUnitXml("validate", {ResultOf(file)}).find("name=\"??&quot;&amp;.ndjson\""),
            std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(Sarif({ResultOf(file)}))["runs"][0]["results"].size(), 1U);
}

// Characters that XML 1.0 forbids are replaced everywhere.  Line feeds are escaped, because a
// parser would normalize them.
TEST(CiReports, ControlCharactersDoNotBreakTheXml) {
  JudgedFile file = Rejected();
  file.report.rejection->reason = "a\nb\tc\x1b[0m\x7f";
  file.report.rejection->action = std::string("A\0B", 3);
  const std::string xml = JUnitXml("validate", {ResultOf(file)});
  for (const char c : xml) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << xml;
  EXPECT_NE(xml.find("message=\"a&#10;b?c?[0m?\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("type=\"A?B\""), std::string::npos) << xml;
}

}  // namespace
}  // namespace conformance
