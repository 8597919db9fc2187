// The explain command: may this event be the next one?
#pragma once

#include <cstdint>
#include <string>

#include "conformance/judge/judge_file.h"

namespace command {

struct ExplainOptions {
  std::string trace;       // a file; "-" is standard input
  std::uint64_t line = 0;  // whose event it is
  std::string event;       // another in its place, as JSON; empty: the line's own
  conformance::JudgeOptions judge;
  bool json = false;
};

int Explain(const ExplainOptions& options);

}  // namespace command
