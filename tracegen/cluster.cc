#include "tracegen/cluster.h"

#include <algorithm>
#include <string>
#include <utility>

#include "raft/check.h"
#include "raft/random.h"
#include "raft/trace_message.h"

namespace tracegen {

void Counts::Add(const Counts& other) {
  actions += other.actions;
  no_ops += other.no_ops;
  steps += other.steps;
  events += other.events;
  elections += other.elections;
  crashes += other.crashes;
  restarts += other.restarts;
  delivered += other.delivered;
  dropped += other.dropped;
  duplicated += other.duplicated;
  proposals += other.proposals;
  applied += other.applied;
}

// Numbers the events of all nodes and of the environment, in their true order.
class Cluster::Recorder : public trace::Sink {
 public:
  Recorder(trace::Sink* sink, Counts* counts) : sink_(sink), counts_(counts) {}
  void Emit(const trace::Event& event) override {
    if (event.name == trace::EventName::kBecomeLeader) ++counts_->elections;
    numbered_ = event;
    numbered_.seq = ++counts_->events;
    sink_->Emit(numbered_);
  }

 private:
  trace::Sink* sink_;
  Counts* counts_;
  trace::Event numbered_;  // a member, so that its vectors are reused
};

Cluster::Cluster(const Settings& settings, trace::Sink* sink, StartNode start)
    : settings_(settings), start_(std::move(start)), network_(settings.servers) {
  if (sink != nullptr) recorder_ = std::make_unique<Recorder>(sink, &counts_);
  raft::ConfState conf_state;
  for (std::uint32_t k = 1; k <= settings.servers; ++k) {
    conf_state.voters.emplace_back(k);
  }
  for (std::uint32_t k = 1; k <= settings.servers; ++k) servers_.emplace_back(conf_state);
  for (std::uint32_t k = 1; k <= settings.servers; ++k) Start(k);
}

Cluster::~Cluster() = default;

void Cluster::Start(std::uint32_t server) {
  Server& s = At(server);
  raft::Config config;
  config.id = raft::NodeId(server);
  config.storage = s.disk.storage();
  config.election_ticks = static_cast<int>(settings_.election_ticks);
  config.heartbeat_ticks = static_cast<int>(settings_.heartbeat_ticks);
  config.max_message_bytes = settings_.max_message_bytes;
  config.seed =
      raft::Random::Mix(settings_.seed + std::uint64_t{server} * 1000003 + ++s.incarnation);
  config.sink = recorder_.get();
  s.node = start_(config);
}

void Cluster::Execute(const Action& action) {
  ++counts_.actions;
  if (!Perform(action)) ++counts_.no_ops;
}

bool Cluster::Perform(const Action& action) {
  const auto [a, b, c] = action.operands;
  switch (action.kind) {
    case Kind::kTick:
      if (!IsUp(a) || b == 0) return false;
      counts_.steps += b;
      for (std::uint32_t k = 0; k < b; ++k) At(a).node->Tick();
      return true;
    case Kind::kProcess:
      return Process(a);
    case Kind::kDeliver:
      return Deliver(a, b, c);
    case Kind::kDrop:
      return Drop(a, b, c);
    case Kind::kDuplicate:
      return Duplicate(a, b, c);
    case Kind::kPropose:
      if (!IsUp(a)) return false;
      ++counts_.steps;
      ++counts_.proposals;
      At(a).node->Propose(std::string("v").append(std::to_string(b)));
      return true;
    case Kind::kCampaign:
      if (!IsUp(a)) return false;
      ++counts_.steps;
      At(a).node->Campaign();
      return true;
    case Kind::kCut:
      network_.Cut(a, b);
      return a != b;
    case Kind::kIsolate:
      for (std::uint32_t other = 1; other <= settings_.servers; ++other) {
        network_.Cut(a, other);
        network_.Cut(other, a);
      }
      return true;
    case Kind::kHeal:
      network_.Heal();
      return true;
    case Kind::kCrash:
      return Crash(a, b);
    case Kind::kCrashWriting:
      return CrashWriting(a, b);
    case Kind::kRestart:
      if (IsUp(a)) return false;
      ++counts_.restarts;
      Start(a);
      return true;
    case Kind::kRun:
      return Run(a);
  }
  return false;
}

bool Cluster::Process(std::uint32_t server) {
  if (!HasReady(server)) return false;
  Server& s = At(server);
  ++counts_.steps;
  raft::Ready ready = s.node->TakeReady();
  s.disk.Write(ready, Disk::WritesOf(ready));
  if (ready.must_sync) s.disk.Sync();
  if (recorder_) EmitPersist(server, ready);
  for (raft::Message& message : ready.messages) {
    // A node that writes to nobody or to a stranger is broken; that is a finding.
    RAFT_CHECK(message.to, >, raft::kNone);
    RAFT_CHECK(message.to, <=, raft::NodeId(settings_.servers));
    network_.Send(std::move(message));
  }
  for (const raft::Entry& entry : ready.committed_entries) {
    ++counts_.applied;
    if (recorder_) EmitApply(server, entry);
  }
  s.node->Advance();
  return true;
}

bool Cluster::Deliver(std::uint32_t from, std::uint32_t to, std::uint32_t k) {
  if (network_.IsCut(from, to) || network_.InFlight(from, to) == 0) return false;
  if (!IsUp(to)) return Drop(from, to, k);
  const raft::Message message = *network_.Take(from, to, k);
  ++counts_.steps;
  ++counts_.delivered;
  At(to).node->Step(message);
  return true;
}

bool Cluster::Drop(std::uint32_t from, std::uint32_t to, std::uint32_t k) {
  const std::optional<raft::Message> message = network_.Take(from, to, k);
  if (!message) return false;
  ++counts_.dropped;
  EmitMessage(trace::EventName::kDropMessage, *message);
  return true;
}

bool Cluster::Duplicate(std::uint32_t from, std::uint32_t to, std::uint32_t k) {
  const raft::Message* message = network_.Peek(from, to, k);
  if (message == nullptr) return false;
  ++counts_.duplicated;
  EmitMessage(trace::EventName::kDuplicateMessage, *message);
  network_.Send(raft::Message(*message));
  return true;
}

bool Cluster::Crash(std::uint32_t server, std::size_t keep) {
  if (!IsUp(server)) return false;
  ++counts_.crashes;
  Server& s = At(server);
  const std::size_t changed = s.disk.Crash(keep);
  s.node.reset();
  if (recorder_) EmitCrash(server, changed);
  return true;
}

bool Cluster::CrashWriting(std::uint32_t server, std::size_t after) {
  if (!HasReady(server)) return false;
  Server& s = At(server);
  ++counts_.steps;
  const raft::Ready ready = s.node->TakeReady();
  s.disk.Write(ready, after);
  return Crash(server, s.disk.unsynced());
}

bool Cluster::Run(std::uint32_t rounds) {
  for (std::uint32_t round = 0; round < rounds; ++round) {
    for (std::uint32_t server = 1; server <= settings_.servers; ++server) {
      if (!IsUp(server)) continue;
      ++counts_.steps;
      At(server).node->Tick();
    }
    // Bounded: a cluster that never comes to rest must not hold a schedule up.
    constexpr int kPasses = 64;
    for (int pass = 0; pass < kPasses && Settle(); ++pass) {
    }
  }
  return rounds > 0;
}

// One pass over everyone; false if nothing was left to do.
bool Cluster::Settle() {
  bool busy = false;
  for (std::uint32_t server = 1; server <= settings_.servers; ++server) {
    busy = Process(server) || busy;
  }
  for (std::uint32_t from = 1; from <= settings_.servers; ++from) {
    for (std::uint32_t to = 1; to <= settings_.servers; ++to) {
      const std::size_t waiting = network_.InFlight(from, to);
      for (std::size_t k = 0; k < waiting; ++k) busy = Deliver(from, to, 0) || busy;
    }
  }
  return busy;
}

// ---- The environment's events ----------------------------------------------------------------

trace::Durable Cluster::DurableOf(std::uint32_t server) const {
  const Disk::Content& content = servers_[server - 1].disk.durable();
  trace::Durable durable;
  durable.term = content.hard_state.term.value();
  durable.vote = content.hard_state.vote.value();
  durable.commit = content.hard_state.commit.value();
  durable.log = content.entries.size();
  durable.log_term = content.entries.empty() ? 0 : content.entries.back().term.value();
  return durable;
}

void Cluster::EmitPersist(std::uint32_t server, const raft::Ready& ready) {
  trace::Event event;
  event.name = trace::EventName::kPersist;
  event.node = server;
  event.durable = DurableOf(server);
  event.ents.emplace();
  event.index = ready.entries.empty() ? 0 : ready.entries.front().index.value();
  for (const raft::Entry& entry : ready.entries) {
    event.ents->push_back({entry.term.value(), raft::Digest(entry)});
  }
  recorder_->Emit(event);
}

// `changed` entries at the end of the log were written and not yet synced.
void Cluster::EmitCrash(std::uint32_t server, std::size_t changed) {
  const std::vector<raft::Entry>& entries = At(server).disk.durable().entries;
  trace::Event event;
  event.name = trace::EventName::kCrash;
  event.node = server;
  event.durable = DurableOf(server);
  event.ents.emplace();
  event.index = changed == 0 ? 0 : entries.size() - changed + 1;
  for (std::size_t k = entries.size() - changed; k < entries.size(); ++k) {
    event.ents->push_back({entries[k].term.value(), raft::Digest(entries[k])});
  }
  recorder_->Emit(event);
}

void Cluster::EmitApply(std::uint32_t server, const raft::Entry& entry) {
  trace::Event event;
  event.name = trace::EventName::kApply;
  event.node = server;
  event.index = entry.index.value();
  event.entry = {entry.term.value(), raft::Digest(entry)};
  recorder_->Emit(event);
}

void Cluster::EmitMessage(trace::EventName name, const raft::Message& message) {
  if (!recorder_) return;
  trace::Event event;
  event.name = name;
  event.node = message.to.value();
  event.msg.emplace();
  if (raft::ShowMessage(message, *event.msg)) recorder_->Emit(event);
}

}  // namespace tracegen
