// `raftcheck check`: generated schedules on the simulated cluster, every event judged.
#pragma once

#include <cstdint>
#include <string>

#include "conformance/command/ci_options.h"
#include "tracegen/server.h"

namespace command {

struct CheckOptions {
  std::uint64_t schedules = 10000;
  double seconds = 0;  // 0: no limit
  int steps = 0;       // of a schedule; 0: each draws its own number
  int servers = 0;     // 0: each schedule draws its own number
  std::uint64_t seed = 1;
  int jobs = 0;         // 0: as many as there are cores
  std::string profile;  // empty: the default one
  bool guided = false;
  bool coverage = false;
  int failures = -1;     // stop after so many kinds; 0: never; -1: 1, or never with a time
  std::string campaign;  // folder of a campaign that can be stopped and resumed; empty: none
  std::string out = "raftcheck-out";
  bool json = false;
  CiOptions ci;
};

// Returns an ExitStatus.
int Check(const CheckOptions& options, const tracegen::Implementation& implementation);

}  // namespace command
