#include "raft/node.h"

#include <algorithm>
#include <utility>

#include "raft/check.h"
#include "raft/node_impl.h"

namespace raft {
namespace {

constexpr int kMaxTicks = 1 << 30;

Inflights EmptyWindow(const Config& config) {
  return {static_cast<std::size_t>(std::max(config.max_inflight_messages, 0)),
          config.max_inflight_bytes};
}

// Calls f(entry) for each membership change in [first, end) of the stored log.
template <class F>
void ForEachConfChange(const Storage& storage, Index first, Index end, F f) {
  constexpr std::uint64_t kPageBytes = 1U << 20U;
  std::vector<Entry> page;
  for (Index next = first; next < end; next = next + page.size()) {
    page.clear();
    storage.Entries(next, end, kPageBytes, page);
    for (const Entry& entry : page) {
      if (entry.type == EntryType::kConfChange) f(entry);
    }
  }
}

// A stored commit index may be older than the snapshot, since it need not be synced.
Index StoredCommit(const Storage& storage) {
  return std::max(
      {storage.Initial().hard_state.commit, storage.FirstIndex() - 1, storage.SnapshotIndex()});
}

// What is known to be committed after a restart: what is stored, and every membership change but
// the last.  A leader proposes a change only when it has applied the one before; so a server that
// has both in its log knows that the first is committed.  The server needs this knowledge.  A crash
// between the entries and the commit index of one write may have taken the index; without it the
// server could win an election in a configuration that two changes have replaced.  TLA+:
// RecoverCommitIndex.
Index KnownCommit(const Config& config) {
  const Storage& storage = *config.storage;
  Index known = StoredCommit(storage);
  if (config.disable_conf_change_validation) return known;
  Index last_change;
  ForEachConfChange(storage, known + 1, storage.LastIndex() + 1, [&](const Entry& entry) {
    known = std::max(known, last_change);
    last_change = entry.index;
  });
  return known;
}

Configuration RestoreOrDie(const ConfState& stored) {
  const ConfigurationOrError restored = ConfigurationOf(stored);
  RAFT_CHECK_TRUE(restored.has_value());
  return *restored;
}

}  // namespace

std::optional<std::string> Validate(const Config& config) {
  if (config.id == kNone) return "id must not be 0";
  if (config.id == kAppendThread || config.id == kApplyThread) {
    return "id must not be that of a storage thread (2^64-1, 2^64-2)";
  }
  if (config.storage == nullptr) return "storage must be set";
  if (config.heartbeat_ticks <= 0) return "heartbeat_ticks must be greater than 0";
  if (config.election_ticks <= config.heartbeat_ticks) {
    return "election_ticks must be greater than heartbeat_ticks";
  }
  if (config.election_ticks > kMaxTicks) return "election_ticks must not be greater than 2^30";
  if (config.max_uncommitted_bytes == 0) return "max_uncommitted_bytes must be greater than 0";
  if (config.max_inflight_messages <= 0) return "max_inflight_messages must be greater than 0";
  if (config.max_inflight_bytes != 0 && config.max_inflight_bytes < config.max_message_bytes) {
    return "max_inflight_bytes must be 0 or at least max_message_bytes";
  }
  if (config.read_only == ReadOnly::kLeaseBased && !config.check_quorum) {
    return "check_quorum must be set when read_only is kLeaseBased";
  }
  const ConfigurationOrError stored = ConfigurationOf(config.storage->Initial().conf_state);
  if (!stored) return "the stored configuration is wrong: " + stored.error();
  const Index committed = StoredCommit(*config.storage);
  if (committed > config.storage->LastIndex()) {
    return "the stored commit index, or snapshot, is beyond the stored log";
  }
  if (config.applied > committed && config.applied > KnownCommit(config))
    return "applied must not be beyond the stored commit index";
  return std::nullopt;
}

Node::Node(const Config& config) : impl_(std::make_unique<Impl>(config)) {}
Node::~Node() = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(Node&&) noexcept = default;

void Node::Tick() { impl_->Tick(); }
bool Node::Step(Message message) { return impl_->Step(std::move(message)); }

ProposeResult Node::Propose(Payload data) { return impl_->Propose(std::move(data)); }

ProposeResult Node::Propose(std::vector<Payload> data) { return impl_->Propose(std::move(data)); }

ProposeResult Node::ProposeConfChange(const ConfChange& change, std::string* why) {
  return impl_->ProposeConfChange(change, why);
}

ConfState Node::ApplyConfChange(const ConfChange& change) { return impl_->ApplyConfChange(change); }
void Node::Campaign() { impl_->Local(MessageType::kHup); }
void Node::TransferLeader(NodeId to) { impl_->Local(MessageType::kTransferLeader, to); }
void Node::ForgetLeader() { impl_->Local(MessageType::kForgetLeader); }
void Node::ReadIndex(Payload context) { impl_->ReadIndex(std::move(context)); }
void Node::ReportUnreachable(NodeId id) { impl_->Local(MessageType::kUnreachable, id); }

void Node::ReportSnapshot(NodeId id, bool success) {
  impl_->Local(MessageType::kSnapStatus, id, !success);
}

bool Node::HasReady() const { return impl_->HasReady(); }
Ready& Node::TakeReady() { return impl_->TakeReady(); }
void Node::Advance() { impl_->Advance(); }
NodeId Node::id() const { return impl_->config().id; }
Role Node::role() const { return impl_->soft_state().role; }
NodeId Node::leader() const { return impl_->soft_state().leader; }
HardState Node::hard_state() const { return impl_->hard_state(); }
Index Node::last_index() const { return impl_->log().last_index(); }
Index Node::applied() const { return impl_->log().applied(); }
Status Node::status() const { return impl_->status(); }

Node::Impl::Impl(const Config& config)
    : config_(config),
      log_(config.storage,
           config.max_committed_bytes != 0 ? config.max_committed_bytes : config.max_message_bytes),
      tracker_(EmptyWindow(config)),
      random_(Random::Mix(config.seed + Random::Mix(config.id.value()))) {
  RAFT_CHECK_TRUE(!Validate(config).has_value());
  promised_until_ = static_cast<std::uint64_t>(config_.election_ticks);
  TraceNode(trace::EventName::kInitState);
  last_forwarded_read_ = random_.Next() >> 1U;  // will not wrap
  const Storage::InitialState stored = config_.storage->Initial();
  Configuration configuration = RestoreOrDie(stored.conf_state);
  TraceApplyConfChange(configuration);
  tracker_.SwitchTo(std::move(configuration), log_.last_index() + 1);
  term_ = stored.hard_state.term;
  vote_ = stored.hard_state.vote;
  const Index at = config_.storage->SnapshotIndex();
  log_.Load(KnownCommit(config_), std::max(config_.applied, at));
  BecomeFollower(term_, kNone);
  CatchUpConfiguration(at);
  previous_soft_state_ = soft_state();
  previous_hard_state_ = hard_state();
  previous_hard_state_.commit = StoredCommit(*config_.storage);
}

// The stored configuration is that of the snapshot; the changes between there and what is applied
// already are not handed out again.
void Node::Impl::CatchUpConfiguration(Index snapshot) {
  const Index from = std::max(snapshot, log_.first_index() - 1) + 1;
  ForEachConfChange(*config_.storage, from, log_.applied() + 1, [this](const Entry& entry) {
    if (const std::optional<ConfChange> change = Decode(entry.data.view())) {
      ApplyConfChange(*change);
    }
  });
}

Status Node::Impl::status() const {
  Status status;
  status.id = config_.id;
  status.soft_state = soft_state();
  status.hard_state = hard_state();
  status.applied = log_.applied();
  status.first_index = log_.first_index();
  status.last_index = log_.last_index();
  status.conf_state = tracker_.configuration().ToConfState();
  status.lead_transferee = lead_transferee_;
  if (role_ != Role::kLeader) return status;
  for (const Peer& peer : tracker_.peers()) {
    const Progress& p = peer.progress;
    status.peers.push_back({peer.id, p.match(), p.next(), p.state(), p.paused(),
                            tracker_.configuration().IsLearner(peer.id),
                            peer.id == config_.id || p.recent_active(), p.pending_snapshot(),
                            p.inflight()});
  }
  return status;
}

}  // namespace raft
