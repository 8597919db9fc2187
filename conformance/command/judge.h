// One schedule under the judge: the simulated cluster runs it, every event goes to a validator in
// memory, nothing is serialised.
#pragma once

#include <cstdint>
#include <string>

#include "conformance/coverage.h"
#include "conformance/validator.h"
#include "raft/trace/sink.h"
#include "tracegen/generator.h"
#include "tracegen/run.h"
#include "tracegen/schedule.h"

namespace command {

struct Judged {
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

struct JudgeOptions {
  trace::Sink* also = nullptr;  // gets every event too
  bool coverage = false;
  const tracegen::Implementation* implementation = &tracegen::OurImplementation();
};

Judged Judge(const tracegen::Schedule& schedule, const JudgeOptions& options = {});
// Draws it, runs it and judges it in one go; generator.schedule() is what was run.
Judged Judge(tracegen::Generator& generator, const JudgeOptions& options = {});

}  // namespace command
