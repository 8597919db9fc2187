// Where events go.  A node without a sink computes nothing for the trace.
#pragma once

#include "raft/trace/event.h"

namespace trace {

class Sink {
 public:
  virtual ~Sink() = default;
  // Called in the order of the events; the event is valid during the call only.
  virtual void Emit(const Event& event) = 0;
};

}  // namespace trace
