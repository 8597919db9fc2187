// Schedules for rapidcheck's property tests.  Apart from generator.h, so that campaigns need not
// see rapidcheck.
#pragma once

#include <rapidcheck.h>

#include "tracegen/generator/generator.h"

namespace tracegen {

// The schedules of GenerateSchedule, shrunk by taking actions out.
// `implementation` outlives the generator.
rc::Gen<Schedule> AnySchedule(const Limits& limits, const Implementation& implementation);

}  // namespace tracegen
