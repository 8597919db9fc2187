// What is said of one line agrees with what is said of the trace up to that line.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "conformance/judge/judge_file.h"
#include "raft/trace/writer.h"
#include "tests/conformance/etcd_view.h"
#include "tests/conformance/traces.h"
#include "tracegen/generator/generator.h"

namespace conformance::testing {
namespace {

std::vector<std::string> LinesOf(const Trace& t) {
  std::vector<std::string> lines;
  if (t.header) trace::AppendJson(*t.header, lines.emplace_back());
  for (const trace::Event& event : t.events) trace::AppendJson(event, lines.emplace_back());
  for (std::string& line : lines) {
    if (!line.ends_with('\n')) line += '\n';
  }
  return lines;
}

std::string Text(const std::vector<std::string>& lines, std::size_t count) {
  std::string text;
  for (std::size_t k = 0; k < std::min(count, lines.size()); ++k) text += lines[k];
  return text;
}

Report JudgeText(const std::string& text) {
  trace::Reader reader = trace::Reader::FromString(text);
  return conformance::JudgeTrace(reader);
}

ExplainedLine ExplainText(const std::string& text, std::uint64_t line) {
  trace::Reader reader = trace::Reader::FromString(text);
  return ExplainLine(reader, line, std::nullopt);
}

void ExpectAgreement(const std::vector<std::string>& lines, std::size_t line) {
  const Report report = JudgeText(Text(lines, line));
  if (report.verdict == Verdict::kInvalid && report.invalid_line == 0) return;  // too short
  const ExplainedLine explained = ExplainText(Text(lines, line), line);
  EXPECT_EQ(explained.report.verdict, report.verdict) << line << report.invalid << lines[line - 1];
  if (!explained.step) return;
  const StepExplanation& step = *explained.step;
  const bool accepted = step.allowed && !step.violated && step.out_of_scope.empty();
  EXPECT_EQ(accepted, report.verdict == Verdict::kAccepted) << line << lines[line - 1];
  EXPECT_EQ(!step.out_of_scope.empty(), report.verdict == Verdict::kInvalid)
      << line << step.out_of_scope << lines[line - 1];
}

// The line itself, the lines after it and the last one.
void ExpectAgreementAround(const std::vector<std::string>& lines, std::size_t line) {
  for (const std::size_t at : {line, line + 1, line + 7, lines.size()}) {
    if (at >= 2 && at <= lines.size()) ExpectAgreement(lines, at);
  }
}

TEST(Explain, AgreesOnTracesThatAreAccepted) {
  const Trace t = Record(ReadSchedule("tlc.schedule"));
  for (const Trace& one : {t, WithoutSeq(t)}) {
    const std::vector<std::string> lines = LinesOf(one);
    for (std::size_t line = 2; line <= lines.size(); line += 9) ExpectAgreement(lines, line);
  }
}

// A trace without its header can have several explanations at a time.
TEST(Explain, AgreesWhereThereAreSeveralExplanations) {
  const std::vector<std::string> lines = LinesOf(
      AsEtcdWrites(Record(tracegen::GenerateSchedule(1, {}, tracegen::OurImplementation()))));
  for (std::size_t line = 2; line <= lines.size(); line += 23) ExpectAgreement(lines, line);
}

TEST(Explain, AgreesOnTracesThatAreNot) {
  const Trace good = Record(ReadSchedule("tlc.schedule"));
  for (const Trace& t : {good, WithoutSeq(good)}) {
    const std::vector<std::string> lines = LinesOf(t);
    for (std::size_t k = 1; k < lines.size(); k += 53) {
      std::vector<std::string> missing = lines;
      missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(k));
      ExpectAgreementAround(missing, k);
      std::vector<std::string> twice = lines;
      twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(k), lines[k]);
      ExpectAgreementAround(twice, k + 1);
      std::vector<std::string> swapped = lines;
      std::swap(swapped[k], swapped[k - 1]);
      ExpectAgreementAround(swapped, k);
      std::vector<std::string> wrong = lines;
      if (const std::size_t at = wrong[k].find("\"term\":"); at != std::string::npos) {
        wrong[k].insert(at + 7, "9");
        ExpectAgreementAround(wrong, k + 1);
      }
      std::vector<std::string> unreadable = lines;
      unreadable[k] = "hello\n";
      ExpectAgreementAround(unreadable, k + 2);
      std::vector<std::string> header = lines;
      header[k] = lines.front();
      ExpectAgreementAround(header, k + 2);
    }
  }
}

TEST(Explain, TellsTheLineOfTheEvent) {
  const std::vector<std::string> lines = LinesOf(Record(ReadSchedule("tlc.schedule")));
  std::vector<std::string> gaps = lines;
  gaps.insert(gaps.begin() + 5, "{\"level\":\"info\"}\n");
  EXPECT_EQ(ExplainText(Text(gaps, gaps.size()), 6).line, 7U);
  EXPECT_EQ(ExplainText(Text(lines, lines.size()), 6).line, 6U);
  EXPECT_FALSE(ExplainText(Text(lines, lines.size()), lines.size() + 1).step);
}

TEST(Explain, AnInterruptIsNoVerdict) {
  trace::Reader reader =
      trace::Reader::FromString(Text(LinesOf(Record(ReadSchedule("tlc.schedule"))), 200));
  int left = 100;
  const ExplainedLine explained =
      ExplainLine(reader, 150, std::nullopt, [&left] { return --left < 0; });
  EXPECT_FALSE(explained.step);
  EXPECT_EQ(explained.report.verdict, Verdict::kStopped);
  EXPECT_EQ(explained.report.invalid, "interrupted; the 100 events so far are accepted");
}

}  // namespace
}  // namespace conformance::testing
