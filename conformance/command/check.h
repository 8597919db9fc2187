// `raftcheck check`: generated schedules on the simulated cluster, every event judged.
#pragma once

#include <cstdint>
#include <string>

namespace command {

struct CheckOptions {
  std::uint64_t schedules = 10000;
  double seconds = 0;  // 0: no limit
  int steps = 0;       // of a schedule; 0: each draws its own number
  int servers = 0;     // 0: each schedule draws its own number
  std::uint64_t seed = 1;
  int jobs = 0;  // 0: as many as there are cores
  std::string out = "raftcheck-out";
  bool json = false;
};

// Returns an ExitStatus.
int Check(const CheckOptions& options);

}  // namespace command
