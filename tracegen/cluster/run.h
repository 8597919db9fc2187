// One schedule, from the first start to the last action.
#pragma once

#include <string>

#include "raft/trace/event.h"
#include "raft/trace/sink.h"
#include "tracegen/cluster/cluster.h"
#include "tracegen/schedule.h"

namespace tracegen {

struct RunResult : Counts {
  std::string stuck;       // Cluster::stuck
  trace::History history;  // Cluster::history
};

// What the first line of the trace says.
trace::Header MakeHeader(const Settings& settings, const Implementation& implementation);

// The same, with `run` and `converge` written out as the single actions that they are made of. What
// the implementation throws ends it, with the action under way.
Schedule WriteOut(const Schedule& schedule, const Implementation& implementation);

RunResult Run(const Schedule& schedule, trace::Sink& sink, const Implementation& implementation);

}  // namespace tracegen
