// Turns a behaviour of a model into a schedule for the simulated cluster, and tells whether an
// implementation goes along.
#pragma once

#include <cstddef>
#include <string>

#include "spec/model/exploration.h"
#include "tracegen/schedule.h"
#include "tracegen/server.h"

namespace playback {

struct BehaviourSchedule {
  tracegen::Schedule schedule;  // as far as it went
  // The step, from 1 on, that the library did not take along, and why; 0 if it took all.
  std::size_t lost_at = 0;
  std::string why;
};

// Only what the environment decides becomes an action: who campaigns, which message arrives, what
// is proposed, written, lost.  What a server then does is the library's own affair.
BehaviourSchedule ToSchedule(const spec::Exploration& exploration, const spec::Behaviour& behaviour,
                             const tracegen::Implementation& implementation);

}  // namespace playback
