#include "raft/node.h"

#include <algorithm>
#include <utility>

#include "raft/check.h"
#include "raft/node_impl.h"

namespace raft {

std::optional<std::string> Validate(const Config& config) {
  if (config.id == kNone) return "id must not be 0";
  if (config.storage == nullptr) return "storage must be set";
  if (config.heartbeat_ticks <= 0) return "heartbeat_ticks must be greater than 0";
  if (config.election_ticks <= config.heartbeat_ticks) {
    return "election_ticks must be greater than heartbeat_ticks";
  }
  if (config.max_inflight_messages <= 0) return "max_inflight_messages must be greater than 0";
  return std::nullopt;
}

Node::Node(const Config& config) : impl_(std::make_unique<Impl>(config)) {}
Node::~Node() = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(Node&&) noexcept = default;

void Node::Tick() { impl_->Tick(); }
void Node::Step(const Message& message) { impl_->Step(message); }
ProposeResult Node::Propose(std::string data) { return impl_->Propose(std::move(data)); }
void Node::Campaign() { impl_->Hup(); }
bool Node::HasReady() const { return impl_->HasReady(); }
Ready Node::TakeReady() { return impl_->TakeReady(); }
void Node::Advance() { impl_->Advance(); }
NodeId Node::id() const { return impl_->config().id; }
Role Node::role() const { return impl_->role(); }
NodeId Node::leader() const { return impl_->leader(); }
HardState Node::hard_state() const { return impl_->hard_state(); }
Index Node::last_index() const { return impl_->log().last_index(); }
Index Node::applied() const { return impl_->log().applied(); }
std::vector<Node::PeerProgress> Node::progress() const { return impl_->progress(); }

Node::Impl::Impl(const Config& config)
    : config_(config), log_(config.storage), random_(config.seed) {
  RAFT_CHECK(Validate(config).has_value(), ==, false);
  TraceNode(trace::EventName::kInitState);
  const Storage::InitialState stored = config_.storage->Initial();
  for (const NodeId voter : stored.conf_state.voters) {
    peers_.push_back({voter,
                      Progress(Index(), log_.last_index(),
                               static_cast<std::size_t>(config_.max_inflight_messages)),
                      std::nullopt});
  }
  TraceConfChange();
  term_ = stored.hard_state.term;
  vote_ = stored.hard_state.vote;
  log_.Load(std::max(stored.hard_state.commit, log_.committed()), config_.applied);
  BecomeFollower(term_, kNone);
  previous_soft_state_ = soft_state();
  previous_hard_state_ = hard_state();
}

Node::Impl::Peer* Node::Impl::Find(NodeId id) {
  const auto found =
      std::find_if(peers_.begin(), peers_.end(), [id](const Peer& peer) { return peer.id == id; });
  return found == peers_.end() ? nullptr : &*found;
}

bool Node::Impl::IsVoter(NodeId id) const {
  return std::any_of(peers_.begin(), peers_.end(),
                     [id](const Peer& peer) { return peer.id == id; });
}

void Node::Impl::Tick() {
  ++election_elapsed_;
  if (role_ == Role::kLeader) {
    if (++heartbeat_elapsed_ < config_.heartbeat_ticks) return;
    heartbeat_elapsed_ = 0;
    BroadcastHeartbeat();
  } else if (IsVoter(config_.id) && election_elapsed_ >= election_timeout_) {
    election_elapsed_ = 0;
    Hup();
  }
}

void Node::Impl::Hup() {
  if (role_ != Role::kLeader && IsVoter(config_.id)) Campaign();
}

bool Node::Impl::Acceptable(const Message& m) const {
  if (m.to != config_.id || m.from == config_.id || m.from == kNone) return false;
  switch (m.type) {
    case MessageType::kHup:
    case MessageType::kBeat:
      return false;  // local: nobody sends them
    case MessageType::kProp:
      return m.term == Term() && !m.entries.empty();
    case MessageType::kAppResp:
    case MessageType::kVoteResp:
    case MessageType::kHeartbeatResp:
      return m.term != Term() && IsVoter(m.from);
    case MessageType::kApp:
      for (std::size_t k = 0; k < m.entries.size(); ++k) {
        if (m.entries[k].index != m.index + k + 1) return false;
      }
      return m.term != Term();
    case MessageType::kVote:
    case MessageType::kHeartbeat:
      return m.term != Term();
  }
  return false;
}

void Node::Impl::Step(const Message& m) {
  if (!Acceptable(m)) return;
  TraceReceive(m);
  if (m.type != MessageType::kProp) {
    if (m.term > term_) {
      const bool from_leader = m.type == MessageType::kApp || m.type == MessageType::kHeartbeat;
      BecomeFollower(m.term, from_leader ? m.from : kNone);
    } else if (m.term < term_) {
      return;  // of an older term: its sender will learn of ours
    }
  }
  if (m.type == MessageType::kVote) return HandleVote(m);
  switch (role_) {
    case Role::kLeader:
      return StepAsLeader(m);
    case Role::kCandidate:
      return StepAsCandidate(m);
    case Role::kFollower:
      return StepAsFollower(m);
  }
}

void Node::Impl::StepAsLeader(const Message& m) {
  if (m.type == MessageType::kProp) {
    AppendOwn(m.entries);
    BroadcastAppend();
  } else if (m.type == MessageType::kAppResp) {
    HandleAppendResponse(m);
  } else if (m.type == MessageType::kHeartbeatResp) {
    HandleHeartbeatResponse(m);
  }
}

void Node::Impl::StepAsCandidate(const Message& m) {
  if (m.type == MessageType::kVoteResp) {
    HandleVoteResponse(m);
  } else if (m.type == MessageType::kApp) {
    BecomeFollower(m.term, m.from);
    HandleAppend(m);
  } else if (m.type == MessageType::kHeartbeat) {
    BecomeFollower(m.term, m.from);
    HandleHeartbeat(m);
  }
}

void Node::Impl::StepAsFollower(const Message& m) {
  if (m.type == MessageType::kProp) {
    if (leader_ == kNone) return;
    Message forwarded = m;
    forwarded.from = config_.id;
    forwarded.to = leader_;
    Send(std::move(forwarded));
  } else if (m.type == MessageType::kApp) {
    election_elapsed_ = 0;
    leader_ = m.from;
    HandleAppend(m);
  } else if (m.type == MessageType::kHeartbeat) {
    election_elapsed_ = 0;
    leader_ = m.from;
    HandleHeartbeat(m);
  }
}

// Answers to votes and appends promise something: that this server will not vote for another in the
// term, that it stores the entries.  They wait until it is durable (dissertation 3.8), also those
// that a server sends to itself.
void Node::Impl::Send(Message m) {
  m.from = config_.id;
  const bool promises = m.type == MessageType::kAppResp || m.type == MessageType::kVoteResp;
  TraceSend(m);
  if (m.to == config_.id) {
    RAFT_CHECK(promises, ==, true);
    own_messages_.push_back(std::move(m));
  } else if (promises) {
    messages_after_append_.push_back(std::move(m));
  } else {
    messages_.push_back(std::move(m));
  }
}

bool Node::Impl::HasReady() const {
  return !messages_.empty() || !messages_after_append_.empty() || !own_messages_.empty() ||
         log_.HasUnstable() || log_.HasCommitted() || !(soft_state() == previous_soft_state_) ||
         !(hard_state() == previous_hard_state_);
}

Ready Node::Impl::TakeReady() {
  RAFT_CHECK(handed_.has_value(), ==, false);
  Ready ready;
  Handed handed;
  if (!(soft_state() == previous_soft_state_)) ready.soft_state = soft_state();
  const HardState hard = hard_state();
  if (!(hard == previous_hard_state_)) ready.hard_state = hard;
  ready.entries = log_.Unstable();
  ready.must_sync = !ready.entries.empty() || hard.term != previous_hard_state_.term ||
                    hard.vote != previous_hard_state_.vote;
  if (log_.HasAnyUnstable()) handed.stable = {log_.last_index(), log_.last_term()};
  ready.committed_entries = log_.Committed();
  if (!ready.committed_entries.empty()) handed.applied = ready.committed_entries.back().index;
  ready.messages = std::move(messages_);
  ready.messages.insert(ready.messages.end(), messages_after_append_.begin(),
                        messages_after_append_.end());
  messages_.clear();
  messages_after_append_.clear();
  log_.AcceptUnstable();
  log_.AcceptCommitted();
  previous_soft_state_ = soft_state();
  previous_hard_state_ = hard;
  handed.own.swap(own_messages_);
  handed_ = std::move(handed);
  TraceNode(trace::EventName::kReady);
  return ready;
}

void Node::Impl::Advance() {
  RAFT_CHECK(handed_.has_value(), ==, true);
  const Handed handed = std::move(*handed_);
  handed_.reset();
  for (const Message& m : handed.own) {
    TraceReceive(m);
    if (m.term < term_) continue;
    if (role_ == Role::kLeader && m.type == MessageType::kAppResp) HandleAppendResponse(m);
    if (role_ == Role::kCandidate && m.type == MessageType::kVoteResp) HandleVoteResponse(m);
  }
  if (handed.stable) log_.StableTo(handed.stable->first, handed.stable->second);
  if (handed.applied) log_.AppliedTo(*handed.applied);
}

std::vector<Node::PeerProgress> Node::Impl::progress() const {
  std::vector<PeerProgress> all;
  if (role_ != Role::kLeader) return all;
  for (const Peer& peer : peers_) {
    all.push_back({peer.id, peer.progress.match(), peer.progress.next(),
                   peer.progress.state() == Progress::State::kReplicate, peer.progress.paused()});
  }
  return all;
}

}  // namespace raft
