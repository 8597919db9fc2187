// A message, a configuration as the trace shows it; for the node's own events and for the
// environment's.
#pragma once

#include "raft/conf_change.h"
#include "raft/message.h"
#include "raft/trace/event.h"

namespace raft {

// False, and `shown` untouched, for types that the trace does not know.  Reuses what `shown` has
// allocated.
bool ShowMessage(const Message& m, trace::Message& shown);
void ShowMembers(const ConfState& state, trace::Members& shown);

}  // namespace raft
