// A behaviour of a model as a trace in our format: the lines that a server would write which did
// just that.  The judge reads it back with nothing in common but the specification.
#pragma once

#include <cstddef>
#include <string>

#include "raft/trace/event.h"
#include "raft/trace/sink.h"
#include "spec/model/exploration.h"

namespace playback {

trace::Header HeaderOf(const spec::ModelSettings& settings);

struct BehaviourTrace {
  std::size_t steps = 0;  // of the behaviour, that have their lines
  std::string why;        // why not all of them, empty if all
};

// Models with changes of the membership, snapshots or reads have steps without lines yet, and a
// server that takes a message's term must handle the message before it does anything else: at the
// first step that cannot be written the trace ends.
BehaviourTrace ToTrace(const spec::Exploration& exploration, const spec::Behaviour& behaviour,
                       trace::Sink& sink);

}  // namespace playback
