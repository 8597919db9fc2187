// `raftcheck model`: explores the specification inside the bounds of a TLC configuration.
#pragma once

#include <cstdint>
#include <string>

#include "conformance/command/ci_options.h"
#include "tracegen/server.h"

namespace command {

struct ModelOptions {
  std::string config;
  int workers = 0;  // 0: as many as there are cores
  bool symmetry = false;
  bool exact = false;
  bool coverage = false;
  bool goals = false;
  bool play = false;
  std::string schedule;  // what is found becomes one, here
  std::string trace;     // what is found, as a trace
  std::uint64_t depth = 0;
  std::uint64_t states = 0;
  double seconds = 0;
  double memory_gib = 0;  // 0: three quarters of what the machine has
  std::string checkpoint;
  double checkpoint_seconds = 300;
  bool simulate = false;
  std::uint64_t walks = 0;
  std::uint64_t length = 100;
  std::uint64_t seed = 1;
  bool json = false;
  CiOptions ci;
};

// Returns an ExitStatus.
// `implementation` is what --schedule tries a counterexample on.
int Model(const ModelOptions& options, const tracegen::Implementation& implementation);

}  // namespace command
