// Schedules by chance.  A fault mix is drawn first, then the actions under it (swarm testing, Groce
// et al. 2012: with every fault always on, all runs look alike).  The generator plays the cluster
// along while it draws, so that it draws what can happen: a message that is in flight, a server
// that is up.  It looks at nothing else of it, and at no verdict.
#pragma once

#include <cstdint>

#include "tracegen/schedule.h"

namespace tracegen {

struct Limits {
  int servers = 0;  // 3 to 7; 0: drawn
  int steps = 0;    // number of actions, about; 0: drawn, 50 to 400
};

// Equal seeds and limits give equal schedules on every machine.
Schedule GenerateSchedule(std::uint64_t seed, const Limits& limits);

}  // namespace tracegen
