// What all commands that judge have for those who gate a merge on them: --junit, --sarif, --github.
#pragma once

#include <string>
#include <vector>

#include "conformance/report/ci_reports.h"

namespace command {

struct CiOptions {
  std::string junit;  // files to write; empty: none
  std::string sarif;
  bool github = false;  // annotations on standard output

  bool Any() const { return github || !junit.empty() || !sarif.empty(); }
};

// Writes what was asked for of the results of `raftcheck <command>`.  False, with a complaint, if a
// file cannot be written.
bool WriteCiReports(const CiOptions& options, const std::string& command,
                    const std::vector<conformance::NamedResult>& results);

}  // namespace command
