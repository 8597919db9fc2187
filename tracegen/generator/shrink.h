// The shortest story: takes a schedule that fails and makes it smaller while it fails: its end is
// cut off, then whole kinds of action, servers and settings go, then stretches and single actions
// by delta debugging (Zeller and Hildebrandt 2002), then operands.  Deterministic.  rapidcheck
// shrinks what its own generators drew; this shrinks a schedule from anywhere, a file too, within a
// bound.
#pragma once

#include <functional>

#include "tracegen/schedule.h"

namespace tracegen {

// The result fails if `schedule` does.  Calls `still_fails` at most `max_trials` times.
Schedule Shrink(const Schedule& schedule, const std::function<bool(const Schedule&)>& still_fails,
                int max_trials);

}  // namespace tracegen
