// Makes a failing schedule smaller as long as it fails.  The passes: cut off the end; remove whole
// kinds of action, servers, stretches and single actions (delta debugging, Zeller and Hildebrandt
// 2002), settings; reduce operands.  They accept any schedule, for example one from a file, and are
// deterministic.  rapidcheck's properties and campaigns shrink by the same passes.
#pragma once

#include <rapidcheck/Seq.h>
#include <rapidcheck/Shrinkable.h>

#include <functional>

#include "tracegen/schedule.h"

namespace tracegen {

// The schedule as rapidcheck wants it.  Who takes a candidate goes on from there with the passes
// that are left, and begins again with the first until a whole round of passes finds nothing
// smaller.
rc::Shrinkable<Schedule> ShrinkableSchedule(Schedule schedule);

// All candidates, in the order in which they are tried as long as none of them fails.
rc::Seq<Schedule> Shrinks(Schedule schedule);

// Walks ShrinkableSchedule as rapidcheck does: the result fails if `schedule` does.  Calls
// `still_fails` at most `max_trials` times.
Schedule Shrink(const Schedule& schedule, const std::function<bool(const Schedule&)>& still_fails,
                int max_trials);

}  // namespace tracegen
