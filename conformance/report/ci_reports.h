// Results for those who gate a merge on them: JUnit XML and SARIF files, annotations of GitHub
// Actions, a line of summary.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/judge/verdict.h"

namespace conformance {

// One thing that was judged: a trace, a property of a model, a schedule.
struct NamedResult {
  enum class Kind : std::uint8_t {
    kPassed,
    kFailed,
    kNotJudged,  // unreadable, or stopped before its end: no success
    kSkipped,    // another result has ended the run before
  };
  std::string name;
  Kind kind = Kind::kPassed;
  std::string verdict;     // one word: rejected, violated, ...
  std::string rule;        // what failures are grouped by: a property, an action
  std::string reason;      // one line
  std::string story;       // all that is known
  std::string file;        // where; empty: nowhere
  std::uint64_t line = 0;  // 0: none
  double seconds = 0;
};

struct JudgedFile {
  std::string file;  // as its reader names it
  Report report;
  double seconds = 0;
};

NamedResult ResultOf(const JudgedFile& file);
std::vector<NamedResult> ResultsOf(const std::vector<JudgedFile>& files);

// A test case a result, of the suite `raftcheck <command>`: a failure if it failed, an error if it
// was not judged.
std::string JUnitXml(std::string_view command, const std::vector<NamedResult>& results);
// SARIF 2.1.0: a result for each that failed or was not judged; a notification of the tool for
// those of them that stand in no file.
std::string Sarif(const std::vector<NamedResult>& results);
// `::error` commands, one a line, for the same.
std::string GitHubAnnotations(const std::vector<NamedResult>& results);
// `3 traces: 2 accepted, 1 rejected; 1,200 events`
std::string SummaryText(const std::vector<JudgedFile>& files);

}  // namespace conformance
