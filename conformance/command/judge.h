// One schedule under the judge: the simulated cluster runs it, every event goes to a validator in
// memory, nothing is serialised.
#pragma once

#include <memory>
#include <string>

#include "conformance/validator.h"
#include "raft/trace/sink.h"
#include "tracegen/run.h"
#include "tracegen/schedule.h"

namespace command {

struct Judged {
  conformance::Report report;
  tracegen::RunResult run;
  // What failed, in words that are the same for the same kind of failure: a property, or the
  // action that refused; empty if nothing did.
  std::string failure;
};

// `also` gets every event too, if it is not null.
Judged Judge(const tracegen::Schedule& schedule, trace::Sink* also = nullptr);

}  // namespace command
