// The states of the model along a trace, in the Informal Trace Format of Apalache (ADR 015), for
// the tools of the field that show or compare such traces.  Variables are named as in tla/.
#pragma once

#include <string>

#include "conformance/judge/raft_trace.h"

namespace conformance {

// The text before the first state, and after the last one; states are separated by ",\n".
std::string ItfBegin(const std::string& description);
std::string ItfEnd();
// One state, of which `label` says what led to it.
std::string ItfState(const Candidate& explanation, const TraceContext& context, std::size_t number,
                     const std::string& label);

}  // namespace conformance
