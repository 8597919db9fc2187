// A schedule as a story for people: what each action was, and what came of it, in the words of the
// field.
#pragma once

#include <string>

#include "tracegen/schedule.h"
#include "tracegen/server.h"

namespace trial {

// Runs the schedule; a line for each action, and a line for each thing of note that it led to.
std::string TellStory(const tracegen::Schedule& schedule,
                      const tracegen::Implementation& implementation);

// The schedule as a case for GoogleTest, run on the same implementation, that must pass once the
// bug is gone.  `failure` is what it shows now.
std::string TestCase(const tracegen::Schedule& schedule, const std::string& failure,
                     const tracegen::Implementation& implementation);

}  // namespace trial
