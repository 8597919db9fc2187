// A message as the trace shows it; for the node's own events and for the network's.
#pragma once

#include "raft/message.h"
#include "raft/trace/event.h"

namespace raft {

// False, and `shown` untouched, for types that the trace does not know (proposals).  Reuses what
// `shown` has allocated.
bool ShowMessage(const Message& m, trace::Message& shown);

}  // namespace raft
