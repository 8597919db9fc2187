// What comes before a line: what the lines before it left open and this one settles, whether the
// line may come now, and the steps that are inferred before it.  Private to raft_trace*.cc.
#pragma once

#include "conformance/judge/raft_trace_line.h"

namespace conformance {

// Settles from the fields of this line what earlier lines left open: the term of the first
// snapshot, whether a change of the membership was simple or joint, the configuration that the
// application had stored.
void SettleOpenQuestions(Line& line);

// May this line of the server come now?  Takes the steps that no line shows and that come before
// it.
bool ComesInOrder(Line& line);

}  // namespace conformance
