#include "tracegen/cluster/cluster.h"

#include <algorithm>
#include <utility>

#include "raft/check.h"

namespace tracegen {

void Counts::Add(const Counts& other) {
  std::vector<std::uint64_t> counts;
  Visit(other, [&counts](const char*, std::uint64_t count) { counts.push_back(count); });
  std::size_t next = 0;
  Visit(*this, [&](const char*, std::uint64_t& count) { count += counts[next++]; });
}

namespace {

bool In(const std::vector<ServerId>& ids, ServerId server) {
  return std::find(ids.begin(), ids.end(), server) != ids.end();
}

bool HasMajority(const std::vector<ServerId>& ids, std::uint32_t servers) {
  const auto count = std::count_if(ids.begin(), ids.end(),
                                   [servers](ServerId id) { return (servers & Bit(id)) != 0; });
  return 2 * static_cast<std::size_t>(count) > ids.size();
}

}  // namespace

bool Membership::Has(ServerId server) const { return Votes(server) || In(learners, server); }

bool Membership::Votes(ServerId server) const { return In(voters, server) || In(outgoing, server); }

bool Membership::IsQuorum(std::uint32_t servers) const {
  return HasMajority(voters, servers) && (outgoing.empty() || HasMajority(outgoing, servers));
}

// Numbers the events of all servers and of the environment in the order in which they happen.
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
  trace::Event numbered_;  // a member, so that its vectors keep their memory
};

// The environment of one server.
class Cluster::Surroundings : public Environment {
 public:
  Surroundings(Cluster* cluster, ServerId server) : cluster_(*cluster), server_(server) {}
  void Send(ServerId to, PacketPtr packet) override {
    cluster_.Send(server_, to, std::move(packet));
  }
  std::uint64_t Apply(std::uint64_t index, std::string_view command) override {
    return cluster_.Apply(server_, index, command);
  }
  std::string TakeSnapshot() override { return cluster_.At(server_).store.Snapshot(); }
  void Restore(std::string_view snapshot) override {
    ++cluster_.counts_.snapshots;
    const bool restored = cluster_.At(server_).store.Restore(snapshot);
    RAFT_CHECK_TRUE(restored);
    cluster_.ServeWaitingReads(server_);
  }
  void AnswerRead(std::uint64_t read, std::uint64_t index) override {
    cluster_.AnswerRead(server_, read, index);
  }

 private:
  Cluster& cluster_;
  ServerId server_;
};

Cluster::Cluster(const Settings& settings, trace::Sink* sink, const Implementation& implementation)
    : settings_(settings), features_(implementation.features), network_(settings.servers) {
  if (sink != nullptr) recorder_ = std::make_unique<Recorder>(sink, &counts_);
  servers_.resize(settings.servers);
  for (ServerId server = 1; server <= settings.servers; ++server) {
    Slot& slot = At(server);
    slot.surroundings = std::make_unique<Surroundings>(this, server);
    slot.server = implementation.make({server, settings, slot.surroundings.get(), recorder_.get()});
  }
  for (ServerId server = 1; server <= settings.servers; ++server) Start(server);
}

Cluster::~Cluster() = default;

void Cluster::Start(ServerId server) {
  Slot& slot = At(server);
  slot.store = KvStore();
  slot.asked.clear();
  slot.waiting.clear();
  slot.stalled = false;
  slot.up = true;
  ++slot.starts;
  slot.server->Start();
}

bool Cluster::Execute(const Action& action) {
  ++counts_.actions;
  const bool many =
      action.kind == Kind::kRun || action.kind == Kind::kProgress || action.kind == Kind::kConverge;
  if (!many && written_ != nullptr) written_->push_back(action);
  const bool happened = Perform(action);
  if (!happened) ++counts_.no_ops;
  return happened;
}

bool Cluster::PerformPart(const Action& action) {
  if (written_ != nullptr) written_->push_back(action);
  return Perform(action);
}

bool Cluster::Perform(const Action& action) {
  const auto [a, b, c] = action.operands;
  switch (action.kind) {
    case Kind::kTick:
      return Tick(a, b);
    case Kind::kProcess:
      return Do(a, Work::kProcess);
    case Kind::kWrite:
      return Do(a, Work::kWrite);
    case Kind::kApply:
      return Do(a, Work::kApply);
    case Kind::kAnswer:
      return Do(a, Work::kAnswer);
    case Kind::kStall:
    case Kind::kUnstall:
      At(a).stalled = action.kind == Kind::kStall;
      return settings_.async_storage;
    case Kind::kSlow:
      At(a).every = b;
      return true;
    case Kind::kDeliver:
      return Deliver(a, b, c);
    case Kind::kDrop:
      return Drop(a, b, c);
    case Kind::kDuplicate:
      return Duplicate(a, b, c);
    case Kind::kCut:
      network_.Cut(a, b);
      return a != b;
    case Kind::kIsolate:
      for (ServerId other = 1; other <= settings_.servers; ++other) {
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
      return CrashWriting(a, Interruption::kPower, b);
    case Kind::kFailWrite:
      return CrashWriting(a, Interruption::kWriteError, b);
    case Kind::kFailSync:
      return CrashWriting(a, Interruption::kSyncError, b);
    case Kind::kRestart:
      if (IsUp(a)) return false;
      ++counts_.restarts;
      Start(a);
      return true;
    case Kind::kRun:
      return Run(a);
    case Kind::kProgress:
      return Progress(a);
    case Kind::kConverge:
      return Converge(a);
    default:
      break;
  }
  if (!IsUp(a)) return false;
  ++counts_.steps;
  return PerformClient(action);
}

// What operators and applications ask a running server for.
bool Cluster::PerformClient(const Action& action) {
  const auto [a, b, c] = action.operands;
  Server& server = *At(a).server;
  switch (action.kind) {
    case Kind::kPropose:
      Propose(a, b);
      return true;
    case Kind::kCampaign:
      server.Campaign();
      return true;
    case Kind::kCompact:
      if (!server.Compact(b)) return false;
      ++counts_.compactions;
      return true;
    case Kind::kRead:
      Read(a, b);
      return true;
    case Kind::kReadAgain:
      return ReadAgain(a, b);
    case Kind::kGet:
      Get(a, b);
      return true;
    case Kind::kTransfer:
      ++counts_.transfers;
      server.TransferLeadership(b);
      return true;
    case Kind::kForget:
      server.ForgetLeader();
      return true;
    case Kind::kUnreachable:
      server.ReportUnreachable(b);
      return true;
    default:
      return PerformChange(action);
  }
}

bool Cluster::PerformChange(const Action& action) {
  MembershipChange change;
  switch (action.kind) {
    case Kind::kAdd:
    case Kind::kAddLearner:
    case Kind::kRemove:
      change.kind = action.kind == Kind::kAdd          ? MembershipChange::Kind::kAdd
                    : action.kind == Kind::kAddLearner ? MembershipChange::Kind::kAddLearner
                                                       : MembershipChange::Kind::kRemove;
      change.server = action.operands[1];
      break;
    case Kind::kReconfigure:
    case Kind::kEnterJoint:
      change.kind = action.kind == Kind::kReconfigure ? MembershipChange::Kind::kReplace
                                                      : MembershipChange::Kind::kReplaceStay;
      change.voters = Digits(action.operands[1]);
      change.learners = Digits(action.operands[2]);
      break;
    case Kind::kLeaveJoint:
      change.kind = MembershipChange::Kind::kLeaveJoint;
      break;
    default:
      return false;
  }
  ++counts_.changes;
  At(action.operands[0]).server->Change(change);
  return true;
}

// Lease reads assume clocks of one rate.  Their ticks fall at different moments: the clocks tick in
// turn, so that two of them never differ by more than one tick in any span of time.
void Cluster::TickInTurn(ServerId last) {
  ServerId server = 0;
  do {
    server = next_clock_;
    next_clock_ = server % settings_.servers + 1;
    if (!IsUp(server)) continue;
    ++counts_.steps;
    At(server).server->Tick();
  } while (server != last);
}

bool Cluster::Tick(ServerId server, std::uint32_t count) {
  if (!IsUp(server) || count == 0) return false;
  for (std::uint32_t k = 0; k < count; ++k) {
    if (settings_.lease_reads) {
      TickInTurn(server);
    } else {
      ++counts_.steps;
      At(server).server->Tick();
    }
  }
  return true;
}

bool Cluster::Do(ServerId server, Work work) {
  if (!Has(server, work)) return false;
  ++counts_.steps;
  return At(server).server->DoWork(work);
}

void Cluster::Send(ServerId from, ServerId to, PacketPtr packet) {
  if (to == 0 || to > settings_.servers) return;  // no such server
  network_.Send(from, to, std::move(packet));
}

bool Cluster::Deliver(ServerId from, ServerId to, std::uint32_t k) {
  if (network_.IsCut(from, to) || network_.InFlight(from, to) == 0) return false;
  if (!IsUp(to)) return Drop(from, to, k);
  const PacketPtr packet = network_.Take(from, to, k);
  ++counts_.steps;
  if (!At(to).server->Receive(from, packet)) {
    Lose(from, to, *packet);
    return true;
  }
  ++counts_.delivered;
  if (IsUp(from)) At(from).server->Sent(to, *packet, true);
  return true;
}

bool Cluster::Drop(ServerId from, ServerId to, std::uint32_t k) {
  const PacketPtr packet = network_.Take(from, to, k);
  if (!packet) return false;
  Lose(from, to, *packet);
  return true;
}

void Cluster::Lose(ServerId from, ServerId to, const Packet& packet) {
  ++counts_.dropped;
  EmitPacket(trace::EventName::kDropMessage, to, packet);
  if (IsUp(from)) At(from).server->Sent(to, packet, false);
}

bool Cluster::Duplicate(ServerId from, ServerId to, std::uint32_t k) {
  const PacketPtr packet = network_.Peek(from, to, k);
  if (!packet) return false;
  ++counts_.duplicated;
  EmitPacket(trace::EventName::kDuplicateMessage, to, *packet);
  network_.Send(from, to, packet);
  return true;
}

bool Cluster::Crash(ServerId server, std::size_t keep) {
  if (!IsUp(server)) return false;
  At(server).server->Crash(keep);
  Stopped(server);
  return true;
}

bool Cluster::CrashWriting(ServerId server, Interruption how, std::size_t count) {
  if (!IsUp(server)) return false;
  if (!At(server).server->CrashWriting(how, count)) return false;
  ++counts_.steps;
  if (how != Interruption::kPower) ++counts_.disk_errors;
  Stopped(server);
  return true;
}

void Cluster::Stopped(ServerId server) {
  ++counts_.crashes;
  At(server).up = false;
  At(server).asked.clear();
  At(server).waiting.clear();
}

bool Cluster::Run(std::uint32_t rounds) {
  for (std::uint32_t round = 0; round < rounds; ++round) {
    ++rounds_;
    ServerId last = 0;
    for (ServerId k = 0; k < settings_.servers; ++k) {
      const ServerId server = (next_clock_ + k - 1) % settings_.servers + 1;
      if (!IsUp(server)) continue;
      last = server;
      // With lease reads all clocks tick together, below; else that of a slow server is slow, too.
      if (settings_.lease_reads || Rests(server)) continue;
      Note(Kind::kTick, server, 1);
      ++counts_.steps;
      At(server).server->Tick();
    }
    if (settings_.lease_reads && last != 0) {
      Note(Kind::kTick, last, 1);
      TickInTurn(last);
    }
    SettleAll();
  }
  if (rounds == 0) SettleAll();
  return true;
}

// The loop is bounded, because a cluster that never comes to rest must not block a schedule.
void Cluster::SettleAll() {
  constexpr int kPasses = 64;
  const std::uint64_t before = counts_.steps;
  for (int pass = 0; pass < kPasses && Settle(); ++pass) {
    if (counts_.steps - before > kRunawaySteps) return;
  }
}

// One pass over all servers and links; false if there was nothing left to do.
bool Cluster::Settle() {
  bool busy = false;
  const auto all = [&](ServerId server, Work work, Kind kind) {
    while (Has(server, work)) {
      Note(kind, server);
      busy = Do(server, work) || busy;
      if (work == Work::kProcess) break;
    }
  };
  for (ServerId server = 1; server <= settings_.servers; ++server) {
    if (Rests(server)) continue;
    all(server, Work::kProcess, Kind::kProcess);
    if (!At(server).stalled) all(server, Work::kWrite, Kind::kWrite);
    all(server, Work::kApply, Kind::kApply);
    all(server, Work::kAnswer, Kind::kAnswer);
  }
  for (ServerId from = 1; from <= settings_.servers; ++from) {
    for (ServerId to = 1; to <= settings_.servers; ++to) {
      if (Rests(to)) continue;
      const std::size_t waiting = network_.InFlight(from, to);
      for (std::size_t k = 0; k < waiting && !network_.IsCut(from, to); ++k) {
        Note(Kind::kDeliver, from, to, 0);
        busy = Deliver(from, to, 0) || busy;
      }
    }
  }
  return busy;
}

void Cluster::EmitRead(trace::EventName name, ServerId server, std::uint64_t read,
                       std::uint64_t index) {
  if (!recorder_) return;
  trace::Event event;
  event.name = name;
  event.node = server;
  event.read = read;
  if (name == trace::EventName::kReadState) event.index = index;
  recorder_->Emit(event);
}

void Cluster::EmitPacket(trace::EventName name, ServerId to, const Packet& packet) {
  if (!recorder_) return;
  trace::Event event;
  event.name = name;
  event.node = to;
  event.msg.emplace();
  if (packet.Show(*event.msg)) recorder_->Emit(event);
}

}  // namespace tracegen
