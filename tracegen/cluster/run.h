// Runs one schedule, from the first start to the last action.
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

// The header of the trace.
trace::Header MakeHeader(const Settings& settings, const Implementation& implementation);

// The same schedule, with `run` and `converge` written out as the single actions that they consist
// of.  If the implementation throws, the schedule ends with the action that was being executed.
Schedule WriteOut(const Schedule& schedule, const Implementation& implementation);

RunResult Run(const Schedule& schedule, trace::Sink& sink, const Implementation& implementation);

}  // namespace tracegen
