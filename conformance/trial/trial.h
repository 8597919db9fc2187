// A trial: one schedule, run by the simulated cluster on an implementation, and judged.  Every
// event goes to a judge in memory; nothing is serialised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "conformance/judge/coverage.h"
#include "conformance/judge/judge.h"
#include "raft/trace/sink.h"
#include "tracegen/cluster/run.h"
#include "tracegen/generator/generator.h"
#include "tracegen/schedule.h"

namespace trial {

struct Result {
  conformance::Report report;
  tracegen::Counts run;
  std::uint64_t operations = 0;      // of clients, whose order was judged
  std::uint64_t undecided_keys = 0;  // whose order was not found within the bound
  conformance::Coverage::Seen seen;  // if it was asked for
  // What failed, in words that are the same for the same kind of failure: a property, or the
  // action that refused; empty if nothing did.
  std::string failure;
  // The same and where: the guard that was false, the field that differs.  Groups failures.
  std::string root;
};

struct Options {
  trace::Sink* also = nullptr;  // gets every event too
  bool coverage = false;
  // Is asked before each action of a schedule, with the number of those done, and after each event:
  // true ends the run, and the verdict is kStopped if nothing was wrong until then.  Null: never.
  std::function<bool(std::size_t actions)> stop;
};

Result Run(const tracegen::Schedule& schedule, const tracegen::Implementation& implementation,
           const Options& options = {});
// Draws a schedule, runs it on the generator's implementation and judges it in one go;
// generator.schedule() is what was run.
Result Run(tracegen::Generator& generator, const Options& options = {});

}  // namespace trial
