// Our own library behind the cluster's interface: a raft::Node, its host and its disk.
//
// Beside the node's own lines its host writes to the trace (raft/trace/event.h):
// - Persist, after the write of a Ready (and its sync): its messages leave now.  The line is there,
//   too, when nothing was new to write and a message had waited all the same.
// - Crash; `durable` is what the restart will find on disk, `ents` what of it was not synced.
// - Apply, for each committed entry that the application takes.
// - Compact.
#pragma once

#include <stdexcept>

#include "raft/message.h"
#include "tracegen/server.h"

namespace tracegen {

// A check of the library (raft/check.h) failed in a call of a server: the call throws this.  A
// check that fails outside of such a call, on any thread, ends the process.
struct BrokenCheck : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The first server of it sets the process's handler of failed checks (raft::SetCheckHandler).
const Implementation& OurImplementation();

// REQUIRES: a packet of OurImplementation.
const raft::Message& MessageOf(const Packet& packet);

}  // namespace tracegen
