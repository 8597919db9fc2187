// `raftcheck validate`: traces of anybody's Raft before the judge.
#pragma once

#include <string>
#include <vector>

namespace command {

struct ValidateOptions {
  std::vector<std::string> files;  // "-" is standard input
  int jobs = 0;                    // 0: as many as there are cores
  bool json = false;
};

// Returns an ExitStatus.
int Validate(const ValidateOptions& options);

}  // namespace command
