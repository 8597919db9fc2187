// The judge's report of one trace, as text for a person and as JSON for a program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "conformance/judge/verdict.h"

namespace conformance {

// Where the trace is not accepted, 0 if it is or if no line is to blame; and why, in one line.
// The file is `file`, or one of those that were merged.
std::uint64_t LineOf(const Report& report);
std::string FileOf(const Report& report, std::string_view file);
std::string ReasonOf(const Report& report);

// May the event at `place` be the next one?  Text, or one JSON object without a line end.
std::string ExplanationText(const StepExplanation& explanation, std::string_view place,
                            std::string_view event, bool colour);
std::string ExplanationJson(const StepExplanation& explanation, std::string_view place,
                            std::string_view event);

// The report of one trace: one line if it is accepted, else the whole story.
// `name` is how the reader names the file; `colour` adds terminal escapes.  What a terminal would
// obey in the name, or in what the trace says, is written as an escape.
std::string ReportText(const Report& report, std::string_view name, bool colour);
// One JSON object, without a line end: with the keys that docs/validating.md lists.
std::string ReportJson(const Report& report, std::string_view file, double seconds);

}  // namespace conformance
