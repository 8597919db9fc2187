#include "tracegen/cluster.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "raft/check.h"
#include "raft/random.h"

namespace tracegen {

void Counts::Add(const Counts& other) {
  std::vector<std::uint64_t> counts;
  Visit(other, [&counts](const char*, std::uint64_t count) { counts.push_back(count); });
  std::size_t next = 0;
  Visit(*this, [&](const char*, std::uint64_t& count) { count += counts[next++]; });
}

namespace {

// The contexts of reads are numbers of our own.
std::uint64_t NumberOf(const raft::Payload& context) {
  std::uint64_t number = 0;
  const std::string_view text = context.view();
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

DiskWrite WriteOf(const raft::Message& append) {
  DiskWrite write{append.snapshot, append.entries, std::nullopt};
  if (append.term != raft::Term()) write.hard_state = {append.term, append.vote, append.commit};
  return write;
}

}  // namespace

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
  const std::uint32_t voters = settings.voters == 0 ? settings.servers : settings.voters;
  raft::ConfState conf_state;
  for (std::uint32_t k = 1; k <= voters; ++k) conf_state.voters.emplace_back(k);
  const Disk::Kind kind = settings.wal ? Disk::Kind::kWal : Disk::Kind::kPlain;
  for (std::uint32_t k = 1; k <= settings.servers; ++k) {
    servers_.emplace_back(conf_state, kind, raft::Random::Mix(settings.seed ^ k));
  }
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
  config.max_inflight_messages = static_cast<int>(settings_.max_inflight_messages);
  config.max_inflight_bytes = settings_.max_inflight_bytes;
  config.max_uncommitted_bytes = settings_.max_uncommitted_bytes;
  config.max_committed_bytes = settings_.max_committed_bytes;
  config.pre_vote = settings_.pre_vote;
  config.check_quorum = settings_.check_quorum;
  config.read_only = settings_.lease_reads ? raft::ReadOnly::kLeaseBased : raft::ReadOnly::kSafe;
  config.async_storage_writes = settings_.async_storage;
  config.disable_proposal_forwarding = !settings_.forward_proposals;
  config.step_down_on_removal = settings_.step_down_on_removal;
  config.seed =
      raft::Random::Mix(settings_.seed + std::uint64_t{server} * 1000003 + ++s.incarnation);
  config.sink = recorder_.get();
  // The application begins with the newest snapshot, and takes the entries after it again.
  const raft::SnapshotPtr snapshot = s.disk.storage()->GetSnapshot();
  s.store = KvStore();
  if (snapshot->index > raft::Index()) s.store.Restore(snapshot->data.view());
  s.conf_state = snapshot->conf_state;
  s.stalled = false;
  s.asked_as_leader.clear();
  config.applied = s.store.applied();
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
      return Tick(a, b);
    case Kind::kProcess:
      return Process(a);
    case Kind::kWrite:
      return WriteOne(a);
    case Kind::kApply:
      return ApplyOne(a);
    case Kind::kStall:
    case Kind::kUnstall:
      At(a).stalled = action.kind == Kind::kStall;
      return settings_.async_storage;
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
    case Kind::kConverge:
      return Converge(a);
    default:
      break;
  }
  if (!IsUp(a)) return false;
  ++counts_.steps;
  return PerformClient(action);
}

// What people and applications ask of a server that is up.
bool Cluster::PerformClient(const Action& action) {
  const auto [a, b, c] = action.operands;
  SimulatedNode& node = *At(a).node;
  const raft::NodeId other(b);
  switch (action.kind) {
    case Kind::kPropose: {
      ++counts_.proposals;
      const std::string key = std::to_string(b % 4);
      const std::string value = std::to_string(b);
      const bool swaps = b % 5 == 4;
      node.Propose(swaps ? CompareAndSwap(key, At(a).store.Get(key), value) : Put(key, value));
      return true;
    }
    case Kind::kCampaign:
      node.Campaign();
      return true;
    case Kind::kCompact:
      return Compact(a, b);
    case Kind::kRead:
      ++counts_.reads;
      if (const raft::Status status = node.status();
          status.soft_state.role == raft::Role::kLeader) {
        At(a).asked_as_leader[reads_ + 1] = status.hard_state.term;
      }
      EmitRead(trace::EventName::kReadIndex, a, ++reads_, {});
      node.ReadIndex(raft::Payload(std::to_string(reads_)));
      return true;
    case Kind::kTransfer:
      ++counts_.transfers;
      node.TransferLeader(other);
      return true;
    case Kind::kForget:
      node.ForgetLeader();
      return true;
    case Kind::kUnreachable:
      node.ReportUnreachable(other);
      return true;
    case Kind::kAdd:
      return Change(a, {{}, {{raft::ConfChangeType::kAddNode, other}}, {}});
    case Kind::kAddLearner:
      return Change(a, {{}, {{raft::ConfChangeType::kAddLearnerNode, other}}, {}});
    case Kind::kRemove:
      return Change(a, {{}, {{raft::ConfChangeType::kRemoveNode, other}}, {}});
    case Kind::kReconfigure:
    case Kind::kEnterJoint:
      return Change(a, Reconfigure(action));
    case Kind::kLeaveJoint:
      return Change(a, {});
    default:
      return false;
  }
}

bool Cluster::Change(std::uint32_t server, raft::ConfChange change) {
  At(server).node->ProposeConfChange(change);
  return true;
}

// Everybody is named: who is in neither list is to leave.
raft::ConfChange Cluster::Reconfigure(const Action& action) const {
  raft::ConfChange change;
  change.transition = action.kind == Kind::kEnterJoint ? raft::ConfChangeTransition::kJointExplicit
                                                       : raft::ConfChangeTransition::kJointImplicit;
  const std::vector<std::uint32_t> voters = Digits(action.operands[1]);
  const std::vector<std::uint32_t> learners = Digits(action.operands[2]);
  const auto has = [](const std::vector<std::uint32_t>& all, std::uint32_t one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  for (std::uint32_t k = 1; k <= settings_.servers; ++k) {
    const raft::ConfChangeType type = has(voters, k)     ? raft::ConfChangeType::kAddNode
                                      : has(learners, k) ? raft::ConfChangeType::kAddLearnerNode
                                                         : raft::ConfChangeType::kRemoveNode;
    change.changes.push_back({type, raft::NodeId(k)});
  }
  return change;
}

// Under leases the clocks may not drift apart, so they all tick.
bool Cluster::Tick(std::uint32_t server, std::uint32_t count) {
  if (!IsUp(server) || count == 0) return false;
  for (std::uint32_t k = 0; k < count; ++k) {
    for (std::uint32_t s = 1; s <= settings_.servers; ++s) {
      if (!IsUp(s) || (s != server && !settings_.lease_reads)) continue;
      ++counts_.steps;
      At(s).node->Tick();
    }
  }
  return true;
}

bool Cluster::Process(std::uint32_t server) {
  if (!HasReady(server)) return false;
  Server& s = At(server);
  ++counts_.steps;
  raft::Ready& ready = s.node->TakeReady();
  for (const raft::ReadState& read : ready.read_states) {
    ++counts_.reads_served;
    const std::uint64_t number = NumberOf(read.context);
    s.asked_as_leader.erase(number);
    EmitRead(trace::EventName::kReadState, server, number, read.index);
  }
  if (settings_.async_storage) {
    HandOut(server, ready);
    return true;
  }
  const DiskWrite write{ready.snapshot, ready.entries, ready.hard_state};
  if (write.size() > 0 || ready.promises) Persist(server, write, ready.must_sync);
  Send(server, ready.messages);
  if (ready.snapshot) Install(server, ready.snapshot);
  Apply(server, ready.committed_entries);
  s.node->Advance();
  return true;
}

// To the storage threads, and to the network.
void Cluster::HandOut(std::uint32_t server, raft::Ready& ready) {
  Server& s = At(server);
  std::vector<raft::Message> others;
  for (raft::Message& m : ready.messages) {
    if (m.to == raft::kAppendThread) {
      s.to_write.push_back(std::move(m));
    } else if (m.to == raft::kApplyThread) {
      s.to_apply.push_back(std::move(m));
    } else {
      others.push_back(std::move(m));
    }
  }
  Send(server, others);
}

void Cluster::Persist(std::uint32_t server, const DiskWrite& write, bool sync) {
  Disk& disk = At(server).disk;
  disk.Write(write, write.size());
  if (sync) disk.Sync();
  if (recorder_) EmitPersist(server, write.entries);
}

bool Cluster::WriteOne(std::uint32_t server) {
  if (!IsUp(server) || !HasWrite(server)) return false;
  Server& s = At(server);
  raft::Message append = std::move(s.to_write.front());
  s.to_write.pop_front();
  ++counts_.steps;
  Persist(server, WriteOf(append), true);
  if (append.snapshot) Install(server, append.snapshot);
  Send(server, append.responses);
  return true;
}

bool Cluster::ApplyOne(std::uint32_t server) {
  if (!IsUp(server) || !HasApply(server)) return false;
  Server& s = At(server);
  raft::Message apply = std::move(s.to_apply.front());
  s.to_apply.pop_front();
  ++counts_.steps;
  Apply(server, apply.entries);
  Send(server, apply.responses);
  return true;
}

void Cluster::Install(std::uint32_t server, const raft::SnapshotPtr& snapshot) {
  Server& s = At(server);
  ++counts_.snapshots;
  const bool restored = s.store.Restore(snapshot->data.view());
  RAFT_CHECK(static_cast<std::uint64_t>(restored), ==, std::uint64_t{1});
  s.conf_state = snapshot->conf_state;
}

void Cluster::Apply(std::uint32_t server, const std::vector<raft::Entry>& entries) {
  Server& s = At(server);
  for (const raft::Entry& entry : entries) {
    ++counts_.applied;
    s.store.Apply(entry);
    if (recorder_) EmitApply(server, entry);
    if (entry.type == raft::EntryType::kNormal) continue;
    ++counts_.conf_changes;
    s.conf_state = s.node->ApplyConfChange(*raft::Decode(entry.data.view()));
  }
}

// Some go to others, some to the server itself, from its own threads.
void Cluster::Send(std::uint32_t server, std::vector<raft::Message>& messages) {
  for (raft::Message& message : messages) {
    if (message.to == raft::NodeId(server)) {
      At(server).node->Step(std::move(message));
    } else {
      network_.Send(std::move(message));
    }
  }
  messages.clear();
}

bool Cluster::Deliver(std::uint32_t from, std::uint32_t to, std::uint32_t k) {
  if (network_.IsCut(from, to) || network_.InFlight(from, to) == 0) return false;
  if (!IsUp(to)) return Drop(from, to, k);
  raft::Message message = *network_.Take(from, to, k);
  ++counts_.steps;
  const bool snapshot = message.type == raft::MessageType::kSnap;
  if (!At(to).node->Step(message)) {
    Lose(message);
    return true;
  }
  ++counts_.delivered;
  if (snapshot && IsUp(from)) At(from).node->ReportSnapshot(message.to, true);
  return true;
}

bool Cluster::Drop(std::uint32_t from, std::uint32_t to, std::uint32_t k) {
  const std::optional<raft::Message> message = network_.Take(from, to, k);
  if (!message) return false;
  Lose(*message);
  return true;
}

void Cluster::Lose(const raft::Message& message) {
  ++counts_.dropped;
  EmitMessage(trace::EventName::kDropMessage, message);
  const auto from = static_cast<std::uint32_t>(message.from.value());
  const bool snapshot = message.type == raft::MessageType::kSnap;
  if (snapshot && IsUp(from)) At(from).node->ReportSnapshot(message.to, false);
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
  s.to_write.clear();
  s.to_apply.clear();
  if (recorder_) EmitCrash(server, changed);
  return true;
}

bool Cluster::CrashWriting(std::uint32_t server, std::size_t after) {
  if (!IsUp(server)) return false;
  Server& s = At(server);
  DiskWrite write;
  if (settings_.async_storage) {
    if (!HasWrite(server)) return false;
    write = WriteOf(s.to_write.front());
  } else {
    if (!HasReady(server)) return false;
    const raft::Ready& ready = s.node->TakeReady();
    write = {ready.snapshot, ready.entries, ready.hard_state};
  }
  ++counts_.steps;
  s.disk.Write(write, after);
  return Crash(server, s.disk.unsynced());
}

bool Cluster::Compact(std::uint32_t server, std::uint32_t keep) {
  Server& s = At(server);
  const raft::SnapshotPtr last = s.disk.storage()->GetSnapshot();
  const raft::Index applied = s.store.applied();
  if (applied <= last->index) return false;
  ++counts_.compactions;
  auto snapshot = std::make_shared<raft::Snapshot>();
  snapshot->index = applied;
  snapshot->term = s.disk.storage()->TermAt(applied);
  snapshot->conf_state = s.conf_state;
  snapshot->data = raft::Payload(s.store.Snapshot());
  const raft::Index before = s.disk.storage()->FirstIndex() - 1;
  const raft::Index start = applied.value() > keep ? applied - keep : raft::Index();
  s.disk.Compact(std::move(snapshot), std::max(before, start));
  if (recorder_) EmitCompact(server);
  return true;
}

bool Cluster::Run(std::uint32_t rounds) {
  for (std::uint32_t round = 0; round < rounds; ++round) {
    for (std::uint32_t server = 1; server <= settings_.servers; ++server) {
      if (!IsUp(server)) continue;
      ++counts_.steps;
      At(server).node->Tick();
    }
    SettleAll();
  }
  if (rounds == 0) SettleAll();
  return true;
}

// Bounded: a cluster that never comes to rest must not hold a schedule up.
void Cluster::SettleAll() {
  constexpr int kPasses = 64;
  const std::uint64_t before = counts_.steps;
  for (int pass = 0; pass < kPasses && Settle(); ++pass) {
    if (counts_.steps - before > kRunawaySteps) return;
  }
}

// One pass over everyone; false if nothing was left to do.
bool Cluster::Settle() {
  bool busy = false;
  for (std::uint32_t server = 1; server <= settings_.servers; ++server) {
    busy = Process(server) || busy;
    while (!At(server).stalled && WriteOne(server)) busy = true;
    while (ApplyOne(server)) busy = true;
  }
  for (std::uint32_t from = 1; from <= settings_.servers; ++from) {
    for (std::uint32_t to = 1; to <= settings_.servers; ++to) {
      const std::size_t waiting = network_.InFlight(from, to);
      for (std::size_t k = 0; k < waiting; ++k) busy = Deliver(from, to, 0) || busy;
    }
  }
  return busy;
}

}  // namespace tracegen
