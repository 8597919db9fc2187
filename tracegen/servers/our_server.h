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
#include "raft/node.h"
#include "raft/storage.h"
#include "tracegen/server.h"

namespace tracegen {

// A check of the library (raft/check.h) failed in a call of a server: the call throws this.  A
// check that fails outside of such a call, on any thread, ends the process.
struct BrokenCheck : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The first server of it sets the process's handler of failed checks (raft::SetCheckHandler).
const Implementation& OurImplementation();

// Hears what the hosts of our servers do, while they do it.
class HostObserver {
 public:
  virtual ~HostObserver() = default;
  // The host took `ready`, and nothing of it is done yet.
  virtual void OnReady(ServerId server, const raft::Ready& ready) = 0;
  // With asynchronous storage: the thread `work.to` begins with it.
  virtual void OnStorageWork(const raft::Message& work) = 0;
  // A membership change was applied.
  virtual void OnMembership(ServerId server, const raft::ConfState& members) = 0;
  virtual void OnReceive(const raft::Message& message, bool taken) = 0;
};
// The same implementation, watched.  `observer` outlives the servers.
Implementation OurImplementation(HostObserver& observer);

// REQUIRES: a packet of OurImplementation.
const raft::Message& MessageOf(const Packet& packet);
// What is behind a server that is up.  REQUIRES: a server of OurImplementation.
raft::Node& NodeOf(Server& server);
const raft::Storage& StorageOf(Server& server);

}  // namespace tracegen
