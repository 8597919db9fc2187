// What the judge says of many traces, for those who gate a merge on it: JUnit XML and SARIF files,
// annotations of GitHub Actions, a line of summary.
#pragma once

#include <string>
#include <vector>

#include "conformance/judge/verdict.h"

namespace conformance {

struct JudgedFile {
  std::string file;  // as its reader names it
  Report report;
  double seconds = 0;
};

// A test case a file: a failure if it is rejected or violated, an error if it is invalid.
std::string JUnitXml(const std::vector<JudgedFile>& files);
// SARIF 2.1.0: a result for each file that is not accepted; the rule is the property that is broken
// or the action that was not allowed.
std::string Sarif(const std::vector<JudgedFile>& files);
// `::error` commands, one a line, for files that are not accepted.
std::string GitHubAnnotations(const std::vector<JudgedFile>& files);
// `3 traces: 2 accepted, 1 rejected; 1,200 events`
std::string SummaryText(const std::vector<JudgedFile>& files);

}  // namespace conformance
