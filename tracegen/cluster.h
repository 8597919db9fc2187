// The simulated cluster: nodes, their disks, the network and time, moved by the actions of a
// schedule and by nothing else.  It knows no rule of Raft.
//
// What it writes to the trace beside the nodes' own events (raft/trace/event.h):
// - Persist, after the write of a Ready (and its sync); its messages leave now.
// - Crash; `durable` is what the restart will find on disk, `ents` what of it was not synced.
// - Apply, for each committed entry that the application takes; after a restart from 1 again.
// - DropMessage and DuplicateMessage.
// A message that arrives at a server that is down is lost.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "raft/trace/event.h"
#include "raft/trace/sink.h"
#include "tracegen/disk.h"
#include "tracegen/network.h"
#include "tracegen/schedule.h"
#include "tracegen/simulated_node.h"

namespace tracegen {

// What happened, counted.
struct Counts {
  std::uint64_t actions = 0;
  std::uint64_t no_ops = 0;  // actions that could not happen
  std::uint64_t steps = 0;   // inputs of nodes
  std::uint64_t events = 0;
  std::uint64_t elections = 0;  // leaders that came to be
  std::uint64_t crashes = 0;
  std::uint64_t restarts = 0;
  std::uint64_t delivered = 0;
  std::uint64_t dropped = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t proposals = 0;
  std::uint64_t applied = 0;

  void Add(const Counts& other);
};

class Cluster {
 public:
  // `sink` may be null and outlives the cluster.  `start` makes the nodes, now and at restarts.
  Cluster(const Settings& settings, trace::Sink* sink, StartNode start = MakeNode);
  ~Cluster();

  void Execute(const Action& action);

  const Counts& counts() const { return counts_; }
  const Network& network() const { return network_; }
  bool IsUp(std::uint32_t server) const { return servers_[server - 1].node != nullptr; }
  bool HasReady(std::uint32_t server) const {
    return IsUp(server) && servers_[server - 1].node->HasReady();
  }
  std::size_t Unsynced(std::uint32_t server) const { return servers_[server - 1].disk.unsynced(); }

 private:
  struct Server {
    explicit Server(raft::ConfState conf_state) : disk(std::move(conf_state)) {}
    Disk disk;
    std::unique_ptr<SimulatedNode> node;  // null while the server is down
    std::uint64_t incarnation = 0;
  };
  class Recorder;

  Server& At(std::uint32_t server) { return servers_[server - 1]; }
  void Start(std::uint32_t server);
  bool Perform(const Action& action);
  bool Process(std::uint32_t server);
  bool Deliver(std::uint32_t from, std::uint32_t to, std::uint32_t k);
  bool Drop(std::uint32_t from, std::uint32_t to, std::uint32_t k);
  bool Duplicate(std::uint32_t from, std::uint32_t to, std::uint32_t k);
  bool Crash(std::uint32_t server, std::size_t keep);
  bool CrashWriting(std::uint32_t server, std::size_t after);
  bool Run(std::uint32_t rounds);
  bool Settle();

  void EmitPersist(std::uint32_t server, const raft::Ready& ready);
  void EmitCrash(std::uint32_t server, std::size_t changed);
  void EmitApply(std::uint32_t server, const raft::Entry& entry);
  void EmitMessage(trace::EventName name, const raft::Message& message);
  trace::Durable DurableOf(std::uint32_t server) const;

  Settings settings_;
  StartNode start_;
  Network network_;
  Counts counts_;
  std::unique_ptr<Recorder> recorder_;  // null without a sink
  std::vector<Server> servers_;
};

}  // namespace tracegen
