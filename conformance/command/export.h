// `raftcheck export`: a trace for other tools.
#pragma once

#include <string>

#include "conformance/judge/judge_file.h"

namespace command {

struct ExportOptions {
  std::string trace;  // "-" is standard input
  std::string to;     // tla, itf
  std::string out;    // empty: standard output
  conformance::JudgeOptions judge;
};

// Returns an ExitStatus.
int Export(const ExportOptions& options);

}  // namespace command
