// Our own library behind the cluster's interface: a raft::Node, its host and its disk.
//
// The host adds these events to those of the node (raft/trace/event.h):
// - Persist, after the write of a Ready (and its sync), when its messages leave.  It is also there
//   if nothing new had to be written but a message waited.
// - Crash; `durable` is what the restart will find on disk, `ents` the unsynced part of it.
// - Apply, for each committed entry that the application applies.
// - Compact.
#pragma once

#include <stdexcept>

#include "raft/message.h"
#include "raft/node.h"
#include "raft/storage.h"
#include "tracegen/server.h"

namespace tracegen {

// A check of the library (raft/check.h) failed during a call of a server, and the call throws this.
// A check that fails outside of such a call, on any thread, ends the process.
struct BrokenCheck : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Its first server sets the process-wide handler of failed checks (raft::SetCheckHandler).
const Implementation& OurImplementation();

// Observes what the hosts of our servers do, while they do it.
class HostObserver {
 public:
  virtual ~HostObserver() = default;
  // The host took `ready` and has not processed any part of it yet.
  virtual void OnReady(ServerId server, const raft::Ready& ready) = 0;
  // With asynchronous storage: the thread `work.to` is about to perform `work`.
  virtual void OnStorageWork(const raft::Message& work) = 0;
  // A membership change was applied.
  virtual void OnMembership(ServerId server, const raft::ConfState& members) = 0;
  virtual void OnReceive(const raft::Message& message, bool taken) = 0;
};
// The same implementation with an observer, which must outlive the servers.
Implementation OurImplementation(HostObserver& observer);

// REQUIRES: a packet of OurImplementation.
const raft::Message& MessageOf(const Packet& packet);
// The node of a server that is up.  REQUIRES: a server of OurImplementation.
raft::Node& NodeOf(Server& server);
const raft::Storage& StorageOf(Server& server);

}  // namespace tracegen
