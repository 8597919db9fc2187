// `raftcheck validate`: traces of anybody's Raft before the judge.
#pragma once

#include <string>
#include <vector>

#include "conformance/command/ci_options.h"
#include "conformance/judge/judge_file.h"

namespace command {

struct ValidateOptions {
  std::vector<std::string> files;  // "-" is standard input
  int jobs = 0;                    // 0: as many as there are cores
  bool merge = false;              // the files are one trace, a server each
  std::string group_by;            // outer field that names the Raft group of a line; empty: one
  bool follow = false;             // the file still grows: until interrupted
  conformance::JudgeOptions judge;
  bool json = false;
  CiOptions ci;
};

// Returns an ExitStatus.
int Validate(const ValidateOptions& options);

}  // namespace command
