// Schedules for property tests with rapidcheck.  They are separate from generator.h so that
// campaigns do not depend on rapidcheck.
#pragma once

#include <rapidcheck.h>

#include "tracegen/generator/generator.h"

namespace tracegen {

// Random schedules, which rapidcheck shrinks by removing actions.  `implementation` must outlive
// the generator.
rc::Gen<Schedule> AnySchedule(const Limits& limits, const Implementation& implementation);

}  // namespace tracegen
