// What playing models and implementations against each other says: text for a person, JSON for a
// program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "conformance/playback/behaviour_to_schedule.h"
#include "conformance/playback/behaviour_to_trace.h"
#include "conformance/playback/play.h"
#include "conformance/report/ci_reports.h"
#include "conformance/trial/trial.h"

namespace playback {

// How it ended, in one word: complete, found, time, interrupted.
std::string_view EndOf(const Played& played, bool interrupted);
// `end` is EndOf.
std::string PlayedText(const Played& played, std::string_view end, double seconds);
// One JSON object, without a line end.
std::string PlayedJson(const Played& played, std::string_view end, double seconds);
conformance::NamedResult PlayedResult(const Played& played, std::string_view end,
                                      const std::string& config, double seconds);

// Where it is; `expected`: how many states there are, 0 if nobody knows.
std::string PlayProgressText(const Played& played, std::uint64_t expected);

// What an implementation did with the schedule of a behaviour that breaks `property`.
// `file` is where the schedule is.
std::string BehaviourScheduleText(const BehaviourSchedule& followed, const trial::Result& judged,
                                  std::string_view implementation, std::string_view property,
                                  std::string_view file);
// How much of a behaviour of so many steps has become a trace, in `file`.
std::string BehaviourTraceText(const BehaviourTrace& written, std::size_t steps,
                               std::string_view file);

}  // namespace playback
