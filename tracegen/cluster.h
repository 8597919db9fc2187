// The simulated cluster: nodes, their disks, the network and time, moved by the actions of a
// schedule and by nothing else.  It knows no rule of Raft.
//
// What it writes to the trace beside the nodes' own events (raft/trace/event.h):
// - Persist, after the write of a Ready (and its sync); its messages leave now.
// - Crash; `durable` is what the restart will find on disk, `ents` what of it was not synced.
// - Apply, for each committed entry that the application takes; after a restart from the snapshot
// on.
// - Compact, ReadIndex, ReadState.
// - DropMessage and DuplicateMessage.
// A message that arrives at a server that is down, or that is not for it, is lost.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "raft/trace/event.h"
#include "raft/trace/sink.h"
#include "tracegen/disk.h"
#include "tracegen/kv_store.h"
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
  std::uint64_t conf_changes = 0;  // applied
  std::uint64_t snapshots = 0;     // installed
  std::uint64_t compactions = 0;
  std::uint64_t reads = 0;  // asked for
  std::uint64_t reads_served = 0;
  std::uint64_t transfers = 0;  // asked for

  // Calls f(name, count) for each, in this order.
  template <class Self, class F>
  static void Visit(Self& self, F f) {
    f("actions", self.actions), f("no_ops", self.no_ops), f("steps", self.steps),
        f("events", self.events), f("elections", self.elections), f("crashes", self.crashes),
        f("restarts", self.restarts), f("delivered", self.delivered), f("dropped", self.dropped),
        f("duplicated", self.duplicated), f("proposals", self.proposals),
        f("applied", self.applied), f("conf_changes", self.conf_changes),
        f("snapshots", self.snapshots), f("compactions", self.compactions), f("reads", self.reads),
        f("reads_served", self.reads_served), f("transfers", self.transfers);
  }
  void Add(const Counts& other);
};

class Cluster {
 public:
  // `sink` may be null and outlives the cluster.  `start` makes the nodes, now and at restarts.
  Cluster(const Settings& settings, trace::Sink* sink, StartNode start = MakeNode);
  ~Cluster();

  void Execute(const Action& action);

  const Counts& counts() const { return counts_; }
  // Why the cluster did not come to rest after the faults stopped (Kind::kConverge); empty if it
  // did.
  const std::string& stuck() const { return stuck_; }
  const Network& network() const { return network_; }
  // The leader of the newest term; 0 if there is none.
  std::uint32_t Leader() const;
  // What the application of a server knows of the configuration.
  const raft::ConfState& Members(std::uint32_t server) const {
    return servers_[server - 1].conf_state;
  }
  bool IsUp(std::uint32_t server) const { return servers_[server - 1].node != nullptr; }
  bool HasReady(std::uint32_t server) const {
    return IsUp(server) && servers_[server - 1].node->HasReady();
  }
  std::size_t Unsynced(std::uint32_t server) const { return servers_[server - 1].disk.unsynced(); }
  // Asynchronous storage: does a thread of the server have work?
  bool HasWrite(std::uint32_t server) const { return !servers_[server - 1].to_write.empty(); }
  bool HasApply(std::uint32_t server) const { return !servers_[server - 1].to_apply.empty(); }

 private:
  struct Server {
    Server(raft::ConfState initial, Disk::Kind kind, std::uint64_t seed)
        : disk(std::move(initial), kind, seed) {}
    Disk disk;
    std::unique_ptr<SimulatedNode> node;  // null while the server is down
    std::uint64_t incarnation = 0;
    // The application, and the configuration at what it has applied.
    KvStore store;
    raft::ConfState conf_state;
    // The reads that it was asked for as leader, and has not answered: in which term.
    std::map<std::uint64_t, raft::Term> asked_as_leader;
    // Messages to the storage threads, oldest first.
    std::deque<raft::Message> to_write;
    bool stalled = false;
    std::deque<raft::Message> to_apply;
  };
  class Recorder;

  Server& At(std::uint32_t server) { return servers_[server - 1]; }
  void Start(std::uint32_t server);
  bool Perform(const Action& action);
  bool PerformClient(const Action& action);
  bool Tick(std::uint32_t server, std::uint32_t count);
  bool Process(std::uint32_t server);
  void HandOut(std::uint32_t server, raft::Ready& ready);
  void Persist(std::uint32_t server, const DiskWrite& write, bool sync);
  bool WriteOne(std::uint32_t server);
  bool ApplyOne(std::uint32_t server);
  void Apply(std::uint32_t server, const std::vector<raft::Entry>& entries);
  void Install(std::uint32_t server, const raft::SnapshotPtr& snapshot);
  void Send(std::uint32_t server, std::vector<raft::Message>& messages);
  bool Deliver(std::uint32_t from, std::uint32_t to, std::uint32_t k);
  bool Drop(std::uint32_t from, std::uint32_t to, std::uint32_t k);
  void Lose(const raft::Message& message);
  bool Duplicate(std::uint32_t from, std::uint32_t to, std::uint32_t k);
  bool Crash(std::uint32_t server, std::size_t keep);
  bool CrashWriting(std::uint32_t server, std::size_t after);
  bool Compact(std::uint32_t server, std::uint32_t keep);
  bool Change(std::uint32_t server, raft::ConfChange change);
  raft::ConfChange Reconfigure(const Action& action) const;
  bool Run(std::uint32_t rounds);
  // More steps than that without coming to rest are a flood: good weather takes some thousands.
  static constexpr std::uint64_t kRunawaySteps = 100'000;
  void SettleAll();
  bool Settle();

  // converge.cc
  struct Goal {
    enum class Stage : std::uint8_t {
      kCatchUp,
      kProposals,
      kReads,
      kUnreachable,
      kBurst,
      kTransfer,
      kDone
    };
    Stage stage = Stage::kCatchUp;
    std::uint64_t wanted = 0;  // index, number of reads, or leader that ends the stage
  };
  bool Converge(std::uint32_t rounds);
  void StopStrangers(std::uint32_t leader, const raft::Status& status);
  bool CaughtUp(const raft::Status& leader) const;
  bool ReadsAnswered(const raft::Status& leader) const;
  bool Reached(Goal& goal, std::uint32_t leader, const raft::Status& status);
  void Burst(std::uint32_t leader);
  void TransferUnderLoad(Goal& goal, std::uint32_t leader, const raft::Status& status);
  std::string Describe(const Goal& goal) const;

  void EmitPersist(std::uint32_t server, const std::vector<raft::Entry>& entries);
  void EmitCrash(std::uint32_t server, std::size_t changed);
  void EmitApply(std::uint32_t server, const raft::Entry& entry);
  void EmitCompact(std::uint32_t server);
  void EmitRead(trace::EventName name, std::uint32_t server, std::uint64_t read, raft::Index index);
  void EmitMessage(trace::EventName name, const raft::Message& message);
  trace::Durable DurableOf(std::uint32_t server) const;

  Settings settings_;
  StartNode start_;
  Network network_;
  Counts counts_;
  std::unique_ptr<trace::Sink> recorder_;  // null without a sink
  std::vector<Server> servers_;
  std::uint64_t reads_ = 0;
  std::string stuck_;
};

}  // namespace tracegen
