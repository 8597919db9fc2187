#include "tracegen/servers/our_server.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "raft/check.h"
#include "raft/node.h"
#include "raft/random.h"
#include "raft/trace_message.h"
#include "tracegen/servers/disk.h"
#include "tracegen/servers/memberships.h"
#include "tracegen/servers/read_contexts.h"

namespace tracegen {
namespace {

// The number of nested calls of servers on this thread.
thread_local int calls_under_way = 0;

// Lives as long as a call of a server.
class Call {
 public:
  Call() { ++calls_under_way; }
  ~Call() { --calls_under_way; }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
};

void ThrowFromCall(const raft::CheckFailure& failure) {
  if (calls_under_way > 0) throw BrokenCheck(failure.what);
}

// Receives the events of the node.  Notes whether one shows a message that waits for the disk.
class NodeLines : public trace::Sink {
 public:
  explicit NodeLines(trace::Sink* sink) : sink_(sink) {}
  void Emit(const trace::Event& event) override {
    waits_ = waits_ || ShowsWaiting(event);
    sink_->Emit(event);
  }
  // Did a message wait since the last call?
  bool TakeWaits() { return std::exchange(waits_, false); }

 private:
  static bool ShowsWaiting(const trace::Event& event) {
    switch (event.name) {
      case trace::EventName::kSendRequestVoteRequest:
      case trace::EventName::kSendRequestVoteResponse:
        return true;
      case trace::EventName::kSendAppendEntriesResponse:
        return event.msg->type == trace::MessageType::kMsgAppResp;
      case trace::EventName::kSendMessage:
        return event.msg->type == trace::MessageType::kMsgPreVoteResp;
      default:
        return false;
    }
  }

  trace::Sink* sink_;
  bool waits_ = false;
};

class OurPacket : public Packet {
 public:
  explicit OurPacket(raft::Message m) : message(std::move(m)) {}
  bool Show(trace::Message& shown) const override { return raft::ShowMessage(message, shown); }
  std::string_view Name() const override {
    return raft::kMessageTypeNames[static_cast<std::size_t>(message.type)];
  }
  raft::Message message;
};

DiskWrite WriteOf(const raft::Message& append) {
  DiskWrite write{append.snapshot, append.entries, std::nullopt};
  if (append.term != raft::Term()) write.hard_state = {append.term, append.vote, append.commit};
  return write;
}

DiskWrite WriteOf(const raft::Ready& ready) {
  return {ready.snapshot, ready.entries, ready.hard_state};
}

class OurServer : public Server {
 public:
  // `observer` may be null.
  OurServer(const ServerConfig& config, HostObserver* observer)
      : config_(config),
        observer_(observer),
        environment_(*config.environment),
        node_lines_(config.sink),
        disk_(InitialConfiguration(config.settings),
              config.settings.wal ? Disk::Kind::kWal : Disk::Kind::kPlain,
              raft::Random::Mix(config.settings.seed ^ config.id)) {}

  void Start() override;
  void Crash(std::size_t keep) override;
  bool CrashWriting(Interruption how, std::size_t count) override;
  std::size_t Unsynced() const override { return disk_.unsynced(); }

  void Tick() override {
    const Call call;
    node_->Tick();
  }
  bool Receive(ServerId /*from*/, PacketPtr packet) override {
    const Call call;
    const raft::Message& message = MessageOf(*packet);
    const bool taken = node_->Step(message);
    if (observer_ != nullptr) observer_->OnReceive(message, taken);
    return taken;
  }
  void Sent(ServerId to, const Packet& packet, bool arrived) override {
    const Call call;
    if (MessageOf(packet).type != raft::MessageType::kSnap) return;
    node_->ReportSnapshot(raft::NodeId(to), arrived);
  }

  bool HasWork(Work work) const override {
    const Call call;
    switch (work) {
      case Work::kProcess:
        return node_->HasReady();
      case Work::kWrite:
        return !to_write_.empty();
      case Work::kApply:
        return !to_apply_.empty();
      case Work::kAnswer:
        return !answers_.empty();
    }
    return false;
  }
  bool DoWork(Work work) override;

  void Propose(std::string_view command) override {
    const Call call;
    node_->Propose(raft::Payload(command));
  }
  void Read(std::uint64_t read) override {
    const Call call;
    node_->ReadIndex(raft::Payload(contexts_.Request(read)));
  }
  void Change(const MembershipChange& change) override {
    const Call call;
    node_->ProposeConfChange(ChangeOf(change, config_.settings.servers));
  }
  void Campaign() override {
    const Call call;
    node_->Campaign();
  }
  void TransferLeadership(ServerId to) override {
    const Call call;
    node_->TransferLeader(raft::NodeId(to));
  }
  void ForgetLeader() override {
    const Call call;
    node_->ForgetLeader();
  }
  void ReportUnreachable(ServerId to) override {
    const Call call;
    node_->ReportUnreachable(raft::NodeId(to));
  }
  bool Compact(std::uint64_t keep) override;
  ServerStatus status() const override;

  raft::Node& node() { return *node_; }
  const raft::Storage& storage() { return *disk_.storage(); }

 private:
  void Process();
  void HandOut(raft::Ready& ready);
  void WriteOne();
  void ApplyOne();
  void Persist(const DiskWrite& write, bool sync);
  void Install(const raft::SnapshotPtr& snapshot);
  void Apply(const std::vector<raft::Entry>& entries);
  void Send(std::vector<raft::Message>& messages);
  void Stopped(std::size_t changed);
  bool CanCompact() const;
  raft::SnapshotPtr MakeSnapshot();
  raft::Index CompactTo(std::uint64_t keep);

  trace::Event NewEvent(trace::EventName name) const;
  trace::Durable ShowDurable() const;
  void EmitPersist(const std::vector<raft::Entry>& entries);
  void EmitCrash(std::size_t changed);
  void EmitApply(const raft::Entry& entry, std::uint64_t result);
  void EmitCompact(trace::Durable durable);

  ServerConfig config_;
  HostObserver* observer_;
  Environment& environment_;
  NodeLines node_lines_;
  Disk disk_;
  std::unique_ptr<raft::Node> node_;  // null while the server is down
  std::uint64_t starts_ = 0;
  ReadContexts contexts_;
  // The last applied index, and the configuration at that index.
  raft::Index applied_;
  raft::ConfState conf_state_;
  // Messages to the storage threads and responses from them, oldest first.
  std::deque<raft::Message> to_write_;
  std::deque<raft::Message> to_apply_;
  std::deque<raft::Message> answers_;
};

void OurServer::Start() {
  const Call call;
  const Settings& settings = config_.settings;
  raft::Config config;
  config.id = raft::NodeId(config_.id);
  config.storage = disk_.storage();
  config.election_ticks = static_cast<int>(settings.election_ticks);
  config.heartbeat_ticks = static_cast<int>(settings.heartbeat_ticks);
  config.max_message_bytes = settings.max_message_bytes;
  config.max_inflight_messages = static_cast<int>(settings.max_inflight_messages);
  config.max_inflight_bytes = settings.max_inflight_bytes;
  config.max_uncommitted_bytes = settings.max_uncommitted_bytes;
  config.max_committed_bytes = settings.max_committed_bytes;
  config.pre_vote = settings.pre_vote;
  config.check_quorum = settings.check_quorum;
  config.read_only = settings.lease_reads ? raft::ReadOnly::kLeaseBased : raft::ReadOnly::kSafe;
  config.async_storage_writes = settings.async_storage;
  config.disable_proposal_forwarding = !settings.forward_proposals;
  config.step_down_on_removal = settings.step_down_on_removal;
  ++starts_;
  // With another seed, contexts may repeat after a restart (Node::ReadIndex).
  contexts_.Restart(settings.equal_seeds ? std::to_string(starts_) + "." : std::string());
  config.seed =
      settings.equal_seeds
          ? settings.seed
          : raft::Random::Mix(settings.seed + std::uint64_t{config_.id} * 1000003 + starts_);
  if (config_.sink != nullptr) config.sink = &node_lines_;
  // The application starts from the newest snapshot and applies the entries after it again.
  const raft::SnapshotPtr snapshot = disk_.storage()->GetSnapshot();
  if (snapshot->index > raft::Index()) environment_.Restore(snapshot->data.view());
  conf_state_ = snapshot->conf_state;
  applied_ = config.applied = snapshot->index;
  node_ = std::make_unique<raft::Node>(config);
}

bool OurServer::DoWork(Work work) {
  const Call call;
  if (!HasWork(work)) return false;
  switch (work) {
    case Work::kProcess:
      Process();
      break;
    case Work::kWrite:
      WriteOne();
      break;
    case Work::kApply:
      ApplyOne();
      break;
    case Work::kAnswer:
      raft::Message answer = std::move(answers_.front());
      answers_.pop_front();
      node_->Step(std::move(answer));
      break;
  }
  return true;
}

void OurServer::Process() {
  raft::Ready& ready = node_->TakeReady();
  if (observer_ != nullptr) observer_->OnReady(config_.id, ready);
  for (const raft::ReadState& read : ready.read_states) {
    const std::uint64_t number = contexts_.Answer(read.context.view());
    if (number != 0) environment_.AnswerRead(number, read.index.value());
  }
  if (config_.settings.async_storage) return HandOut(ready);
  const DiskWrite write = WriteOf(ready);
  const bool waits = node_lines_.TakeWaits();
  if (write.size() > 0 || waits) Persist(write, ready.must_sync);
  Send(ready.messages);
  if (ready.snapshot) Install(ready.snapshot);
  Apply(ready.committed_entries);
  node_->Advance();
}

// Distributes the messages to the storage threads and to the network.
void OurServer::HandOut(raft::Ready& ready) {
  std::vector<raft::Message> others;
  for (raft::Message& m : ready.messages) {
    if (m.to == raft::kAppendThread) {
      to_write_.push_back(std::move(m));
    } else if (m.to == raft::kApplyThread) {
      to_apply_.push_back(std::move(m));
    } else {
      others.push_back(std::move(m));
    }
  }
  Send(others);
}

void OurServer::WriteOne() {
  raft::Message append = std::move(to_write_.front());
  to_write_.pop_front();
  if (observer_ != nullptr) observer_->OnStorageWork(append);
  Persist(WriteOf(append), true);
  if (append.snapshot) Install(append.snapshot);
  Send(append.responses);
}

void OurServer::ApplyOne() {
  raft::Message apply = std::move(to_apply_.front());
  to_apply_.pop_front();
  if (observer_ != nullptr) observer_->OnStorageWork(apply);
  Apply(apply.entries);
  Send(apply.responses);
}

void OurServer::Persist(const DiskWrite& write, bool sync) {
  disk_.Write(write, sync);
  EmitPersist(write.entries);
}

void OurServer::Install(const raft::SnapshotPtr& snapshot) {
  environment_.Restore(snapshot->data.view());
  conf_state_ = snapshot->conf_state;
  applied_ = snapshot->index;
}

void OurServer::Apply(const std::vector<raft::Entry>& entries) {
  for (const raft::Entry& entry : entries) {
    const bool normal = entry.type == raft::EntryType::kNormal;
    const std::string_view command = normal ? entry.data.view() : std::string_view();
    EmitApply(entry, environment_.Apply(entry.index.value(), command));
    applied_ = entry.index;
    if (normal) continue;
    conf_state_ = node_->ApplyConfChange(*raft::Decode(entry.data.view()));
    if (observer_ != nullptr) observer_->OnMembership(config_.id, conf_state_);
  }
}

// Some messages go to other servers.  Those to the node itself come from its storage threads, and
// the node receives them later.
void OurServer::Send(std::vector<raft::Message>& messages) {
  for (raft::Message& message : messages) {
    if (IdOf(message.to) == config_.id) {
      answers_.push_back(std::move(message));
    } else {
      const ServerId to = IdOf(message.to);
      environment_.Send(to, std::make_shared<OurPacket>(std::move(message)));
    }
  }
  messages.clear();
}

bool OurServer::CrashWriting(Interruption how, std::size_t count) {
  const Call call;
  if (config_.settings.async_storage ? to_write_.empty() : !node_->HasReady()) return false;
  const DiskWrite write =
      config_.settings.async_storage ? WriteOf(to_write_.front()) : WriteOf(node_->TakeReady());
  switch (how) {
    case Interruption::kPower:
      Stopped(disk_.CrashWriting(write, count));
      break;
    case Interruption::kWriteError:
      Stopped(disk_.FailWrite(write, count));
      break;
    case Interruption::kSyncError:
      Stopped(disk_.FailSync(write, count));
      break;
  }
  return true;
}

// `changed` entries at the end of the log were written but not synced.
void OurServer::Stopped(std::size_t changed) {
  node_.reset();
  node_lines_.TakeWaits();
  to_write_.clear();
  to_apply_.clear();
  answers_.clear();
  EmitCrash(changed);
}

bool OurServer::CanCompact() const { return applied_ > disk_.durable().snapshot->index; }

raft::SnapshotPtr OurServer::MakeSnapshot() {
  auto snapshot = std::make_shared<raft::Snapshot>();
  snapshot->index = applied_;
  snapshot->term = disk_.storage()->TermAt(applied_);
  snapshot->conf_state = conf_state_;
  snapshot->data = raft::Payload(environment_.TakeSnapshot());
  return snapshot;
}

// How far the log may go, if `keep` entries stay.
raft::Index OurServer::CompactTo(std::uint64_t keep) {
  const raft::Index before = disk_.storage()->FirstIndex() - 1;
  // A node may still read entries that it does not know to be applied (raft/storage.h).
  const raft::Index known = std::min(applied_, node_->applied());
  const raft::Index start = known.value() > keep ? known - keep : raft::Index();
  return std::max(before, start);
}

bool OurServer::Compact(std::uint64_t keep) {
  const Call call;
  if (!CanCompact()) return false;
  const raft::SnapshotPtr snapshot = MakeSnapshot();
  disk_.Compact(snapshot, CompactTo(keep));
  EmitCompact(ShowDurable());
  return true;
}

// The crash may come while the application makes a snapshot.  What the disk has of that then counts
// as done before the crash.
void OurServer::Crash(std::size_t keep) {
  const Call call;
  if (!CanCompact() || !disk_.CompactsWhenItCrashes(keep)) return Stopped(disk_.Crash(keep));
  const raft::SnapshotPtr snapshot = MakeSnapshot();
  const raft::Index start = CompactTo(keep);
  trace::Durable durable = ShowDurable();
  disk_.CrashCompacting(snapshot, start, keep);
  if (disk_.durable().snapshot->index == snapshot->index) {
    durable.snapshot = snapshot->index.value();
    EmitCompact(durable);
  }
  Stopped(0);
}

ServerStatus OurServer::status() const {
  const Call call;
  const raft::Status from = node_->status();
  ServerStatus status;
  status.role = static_cast<ServerStatus::Role>(from.soft_state.role);
  status.term = from.hard_state.term.value();
  status.leader = IdOf(from.soft_state.leader);
  status.commit = from.hard_state.commit.value();
  status.applied = from.applied.value();
  status.last_index = from.last_index.value();
  status.members = {IdsOf(from.conf_state.voters), IdsOf(from.conf_state.voters_outgoing),
                    IdsOf(from.conf_state.learners)};
  status.busy = from.conf_state.auto_leave || from.lead_transferee != raft::kNone;
  for (const raft::PeerStatus& peer : from.peers) {
    if (peer.id == from.id) continue;
    status.replicating = status.replicating && peer.state == raft::Progress::State::kReplicate;
  }
  return status;
}

trace::Event OurServer::NewEvent(trace::EventName name) const {
  trace::Event event;
  event.name = name;
  event.node = config_.id;
  return event;
}

trace::Durable OurServer::ShowDurable() const {
  const Disk::Content& content = disk_.durable();
  trace::Durable durable;
  durable.term = content.hard_state.term.value();
  durable.vote = content.hard_state.vote.value();
  durable.commit = content.hard_state.commit.value();
  durable.log = content.last_index().value();
  durable.log_term = content.last_term().value();
  durable.snapshot = content.snapshot->index.value();
  return durable;
}

void OurServer::EmitPersist(const std::vector<raft::Entry>& entries) {
  if (config_.sink == nullptr) return;
  trace::Event event = NewEvent(trace::EventName::kPersist);
  event.durable = ShowDurable();
  event.ents.emplace();
  event.index = entries.empty() ? 0 : entries.front().index.value();
  for (const raft::Entry& entry : entries) {
    event.ents->push_back({entry.term.value(), raft::Digest(entry)});
  }
  config_.sink->Emit(event);
}

void OurServer::EmitCrash(std::size_t changed) {
  if (config_.sink == nullptr) return;
  const Disk::Content& content = disk_.durable();
  const std::vector<raft::Entry>& entries = content.entries;
  trace::Event event = NewEvent(trace::EventName::kCrash);
  event.durable = ShowDurable();
  event.ents.emplace();
  event.index = changed == 0 ? 0 : content.last_index().value() - changed + 1;
  for (std::size_t k = entries.size() - changed; k < entries.size(); ++k) {
    event.ents->push_back({entries[k].term.value(), raft::Digest(entries[k])});
  }
  config_.sink->Emit(event);
}

void OurServer::EmitApply(const raft::Entry& entry, std::uint64_t result) {
  if (config_.sink == nullptr) return;
  trace::Event event = NewEvent(trace::EventName::kApply);
  event.index = entry.index.value();
  event.entry = {entry.term.value(), raft::Digest(entry)};
  event.result = result;
  config_.sink->Emit(event);
}

void OurServer::EmitCompact(trace::Durable durable) {
  if (config_.sink == nullptr) return;
  trace::Event event = NewEvent(trace::EventName::kCompact);
  event.index = disk_.durable().first.value() - 1;
  event.durable = durable;
  config_.sink->Emit(event);
}

trace::Header OurHeader() {
  trace::Header header;
  header.answers_older_terms = true;
  header.votes_carry_commit = true;
  header.messages_logged = true;
  header.disk_logged = true;
  header.clock_logged = true;  // with leases
  return header;
}

Implementation Ours(HostObserver* observer) {
  return {"raftcheck's own library",
          {},
          OurHeader(),
          [observer](const ServerConfig& config) -> std::unique_ptr<Server> {
            [[maybe_unused]] static const raft::CheckHandler kPrevious =
                raft::SetCheckHandler(&ThrowFromCall);
            const Call call;
            return std::make_unique<OurServer>(config, observer);
          },
          {"tracegen/servers/our_server.h", "tracegen::OurImplementation()"}};
}

}  // namespace

const Implementation& OurImplementation() {
  static const Implementation kOurs = Ours(nullptr);
  return kOurs;
}

Implementation OurImplementation(HostObserver& observer) { return Ours(&observer); }

const raft::Message& MessageOf(const Packet& packet) {
  return static_cast<const OurPacket&>(packet).message;
}

raft::Node& NodeOf(Server& server) { return static_cast<OurServer&>(server).node(); }

const raft::Storage& StorageOf(Server& server) { return static_cast<OurServer&>(server).storage(); }

}  // namespace tracegen
