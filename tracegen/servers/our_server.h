// Our own library behind the cluster's interface: a raft::Node, its host and its disk.
//
// Beside the node's own lines its host writes to the trace (raft/trace/event.h):
// - Persist, after the write of a Ready (and its sync); its messages leave now.
// - Crash; `durable` is what the restart will find on disk, `ents` what of it was not synced.
// - Apply, for each committed entry that the application takes.
// - Compact.
#pragma once

#include "raft/message.h"
#include "tracegen/server.h"

namespace tracegen {

const Implementation& OurImplementation();

// REQUIRES: a packet of OurImplementation.
const raft::Message& MessageOf(const Packet& packet);

}  // namespace tracegen
