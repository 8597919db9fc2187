// Makes a failing schedule smaller as long as it fails.  First it cuts off the end, then it removes
// whole kinds of action, servers and settings, then stretches and single actions by delta debugging
// (Zeller and Hildebrandt 2002), and at last it reduces operands.  It is deterministic and bounded.
// Unlike rapidcheck, which shrinks only what its own generators drew, it accepts any schedule, for
// example from a file.
#pragma once

#include <functional>

#include "tracegen/schedule.h"

namespace tracegen {

// The result fails if `schedule` does.  Calls `still_fails` at most `max_trials` times.
Schedule Shrink(const Schedule& schedule, const std::function<bool(const Schedule&)>& still_fails,
                int max_trials);

}  // namespace tracegen
