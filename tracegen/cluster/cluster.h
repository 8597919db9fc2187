// The simulated cluster: servers, the network, time and clients.  Only the actions of a schedule
// move it.  It knows no rule of Raft and no implementation; it reaches a server through server.h.
//
// Besides the servers' own events, it writes ReadIndex, ReadState, DropMessage and DuplicateMessage
// to the trace.  A packet is lost if it arrives at a server that is down or that it is not meant
// for.
//
// The application is a small key-value store (kv_store.h).  What its clients saw is kept as a
// history (raft/trace/history.h).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "raft/trace/event.h"
#include "raft/trace/history.h"
#include "raft/trace/sink.h"
#include "tracegen/cluster/kv_store.h"
#include "tracegen/cluster/network.h"
#include "tracegen/schedule.h"
#include "tracegen/server.h"

namespace tracegen {

// What happened, counted.
struct Counts {
  std::uint64_t actions = 0;
  std::uint64_t no_ops = 0;  // actions that were not possible
  std::uint64_t steps = 0;   // inputs to servers
  std::uint64_t events = 0;
  std::uint64_t elections = 0;  // number of elected leaders
  std::uint64_t crashes = 0;
  std::uint64_t disk_errors = 0;
  std::uint64_t restarts = 0;
  std::uint64_t delivered = 0;
  std::uint64_t dropped = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t proposals = 0;
  std::uint64_t applied = 0;
  std::uint64_t changes = 0;    // membership changes that were requested
  std::uint64_t snapshots = 0;  // snapshots that were restored
  std::uint64_t compactions = 0;
  std::uint64_t reads = 0;  // requested reads
  std::uint64_t reads_served = 0;
  std::uint64_t transfers = 0;  // requested transfers

  // Calls f(name, count) for each count, in this order.
  template <class Self, class F>
  static void Visit(Self& self, F f) {
    f("actions", self.actions), f("no_ops", self.no_ops), f("steps", self.steps),
        f("events", self.events), f("elections", self.elections), f("crashes", self.crashes),
        f("disk_errors", self.disk_errors), f("restarts", self.restarts),
        f("delivered", self.delivered), f("dropped", self.dropped),
        f("duplicated", self.duplicated), f("proposals", self.proposals),
        f("applied", self.applied), f("changes", self.changes), f("snapshots", self.snapshots),
        f("compactions", self.compactions), f("reads", self.reads),
        f("reads_served", self.reads_served), f("transfers", self.transfers);
  }
  void Add(const Counts& other);
};

class Quorum;

class Cluster {
 public:
  // `sink` may be null.  `sink` and `implementation` must outlive the cluster.
  Cluster(const Settings& settings, trace::Sink* sink, const Implementation& implementation);
  ~Cluster();

  // Returns false if the action was not possible.
  bool Execute(const Action& action);
  // From now on, every executed action is appended to `actions`.  `run`, `progress` and `converge`
  // are recorded as the single actions that they consist of; executing these has the same effect.
  void WriteDown(std::vector<Action>* actions) { written_ = actions; }

  const Counts& counts() const { return counts_; }
  // Who was not served although it was promised (Kind::kProgress, Kind::kConverge); empty: nobody.
  const std::string& stuck() const { return stuck_; }
  const Settings& settings() const { return settings_; }
  const trace::History& history() const { return history_; }
  const Network& network() const { return network_; }
  // The leader with the highest term; 0 if there is none.
  ServerId Leader() const;
  // REQUIRES: IsUp(server).
  ServerStatus StatusOf(ServerId server) const { return servers_[server - 1].server->status(); }
  // For callers that know the implementation.  Requests that they make here are unknown to the
  // cluster's clients and are not counted.
  Server& ServerAt(ServerId server) { return *servers_[server - 1].server; }
  bool IsUp(ServerId server) const { return servers_[server - 1].up; }
  bool IsStalled(ServerId server) const { return servers_[server - 1].stalled; }
  bool IsSlow(ServerId server) const { return servers_[server - 1].every > 1; }
  bool Has(ServerId server, Work work) const {
    return IsUp(server) && servers_[server - 1].server->HasWork(work);
  }
  std::size_t Unsynced(ServerId server) const { return servers_[server - 1].server->Unsynced(); }
  std::size_t UnansweredReads(ServerId server) const { return servers_[server - 1].asked.size(); }

 private:
  class Surroundings;
  class Recorder;
  struct Slot {
    std::unique_ptr<Environment> surroundings;
    std::unique_ptr<Server> server;
    bool up = false;
    bool stalled = false;
    std::uint32_t every = 1;  // takes part in each `every`-th round
    std::uint64_t starts = 0;
    KvStore store;
    // The reads that it was asked for and has not answered, with its term if it was leader then,
    // else 0.
    std::map<std::uint64_t, std::uint64_t> asked;
    // The reads that are answered and wait until their index is applied.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> waiting;
  };

  Slot& At(ServerId server) { return servers_[server - 1]; }
  void Start(ServerId server);
  bool Perform(const Action& action);
  // Performs one part of a larger action.
  bool PerformPart(const Action& action);
  void Note(Kind kind, std::uint32_t a = 0, std::uint32_t b = 0, std::uint32_t c = 0) {
    if (written_ != nullptr) written_->push_back({kind, {a, b, c}});
  }
  bool PerformClient(const Action& action);
  bool PerformChange(const Action& action);
  bool Tick(ServerId server, std::uint32_t count);
  void TickInTurn(ServerId last);
  bool Do(ServerId server, Work work);
  void Send(ServerId from, ServerId to, PacketPtr packet);
  bool Deliver(ServerId from, ServerId to, std::uint32_t k);
  bool Drop(ServerId from, ServerId to, std::uint32_t k);
  void Lose(ServerId from, ServerId to, const Packet& packet);
  bool Duplicate(ServerId from, ServerId to, std::uint32_t k);
  bool Crash(ServerId server, std::size_t keep);
  bool CrashWriting(ServerId server, Interruption how, std::size_t count);
  void Stopped(ServerId server);
  bool Run(std::uint32_t rounds);
  bool Rests(ServerId server) const {
    const std::uint32_t every = servers_[server - 1].every;
    return every > 1 && rounds_ % every != 0;
  }
  // A cluster that needs more steps to come to rest is flooded; normal runs need some thousands.
  static constexpr std::uint64_t kRunawaySteps = 100'000;
  // Elections are random, so this many rounds without a leader count as one.  If only one of seven
  // servers can win and there are three timeouts to choose from, an election took 50 terms on
  // average in 60 runs, and at most 144.
  static constexpr std::uint32_t kElectionRounds = 10;
  void SettleAll();
  bool Settle();

  // clients.cc
  trace::Operation& Begin(trace::Operation::Kind kind, ServerId server, std::uint32_t key);
  void Propose(ServerId server, std::uint32_t value);
  void Read(ServerId server, std::uint32_t key);
  bool ReadAgain(ServerId server, std::uint32_t k);
  void Get(ServerId server, std::uint32_t key);
  std::uint64_t Apply(ServerId server, std::uint64_t index, std::string_view command);
  void AnswerRead(ServerId server, std::uint64_t read, std::uint64_t index);
  void FinishRead(ServerId server, std::uint64_t read);
  void ServeWaitingReads(ServerId server);

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
    std::uint64_t wanted = 0;  // the stage ends at this index, number of reads, or leader
  };
  bool Converge(std::uint32_t rounds);
  void StopStrangers(ServerId leader, const ServerStatus& status);
  bool CaughtUp(ServerId leader, const ServerStatus& status) const;
  bool ReadsAnswered(ServerId leader, const ServerStatus& status) const;
  std::uint64_t AskMembers(Kind kind, ServerId leader, const ServerStatus& status);
  bool Reached(Goal& goal, ServerId leader, const ServerStatus& status);
  void Burst(ServerId leader);
  void TransferUnderLoad(Goal& goal, ServerId leader, const ServerStatus& status);
  std::string Describe(const Goal& goal) const;
  // The servers that are up, with their states; those that `marked` tells have a star.
  std::string DescribeServers(const std::function<bool(ServerId)>& marked) const;

  // progress.cc
  struct Attempt;
  bool Progress(std::uint32_t rounds);
  bool IsServed(const Quorum& quorum, ServerId leader, Attempt& attempt);
  bool Follow(const Quorum& quorum, ServerId leader) const;
  bool AttemptSucceeded(const Quorum& quorum, bool all, const Attempt& attempt) const;
  void StopRemovedLeader(const Quorum& quorum, ServerId leader);

  void EmitRead(trace::EventName name, ServerId server, std::uint64_t read, std::uint64_t index);
  void EmitPacket(trace::EventName name, ServerId to, const Packet& packet);

  Settings settings_;
  const Features features_;
  Network network_;
  Counts counts_;
  std::unique_ptr<trace::Sink> recorder_;  // null if there is no sink
  std::vector<Slot> servers_;
  std::vector<Action>* written_ = nullptr;
  ServerId next_clock_ = 1;  // with lease reads, the server whose clock ticks next
  trace::History history_;
  std::uint64_t rounds_ = 0;  // of Run
  std::uint64_t moment_ = 0;  // increases with every event that clients can see
  std::string stuck_;
};

}  // namespace tracegen
