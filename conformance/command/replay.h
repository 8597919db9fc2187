// `raftcheck replay`: one schedule again, judged, and its trace if asked for.
#pragma once

#include <string>

#include "conformance/command/ci_options.h"
#include "tracegen/server.h"

namespace command {

struct ReplayOptions {
  std::string schedule;  // a file
  std::string trace;     // where to write the trace; empty: nowhere
  bool json = false;
  CiOptions ci;
};

// Returns an ExitStatus.
int Replay(const ReplayOptions& options, const tracegen::Implementation& implementation);

}  // namespace command
