// An event for human eyes.  What this is: the one line that reports and logs show for an event.
// It is no format: nothing reads it back (writer.h is for that).  Absent fields are left out, and
// of a message also the zeros.
// Read next: writer.h.
#pragma once

#include <string>

#include "raft/trace/event.h"

namespace trace {

// For example "server 3 SendRequestVoteResponse  term 2 vote 0 commit 3 log 3 Follower
// MsgVoteResp 3->1 term 2 reject", on one line.  Deterministic, never contains a line break.
std::string Describe(const Event& event);

}  // namespace trace
