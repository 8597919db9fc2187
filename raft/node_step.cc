// What enters a node: is the message for us, of which term is it, who handles it; and how messages
// leave.
// TLA+: UpdateTerm, DropStale, RespondToOlderTerm, ReturnToFollower, IgnoreVoteRequest, Receive.
#include <utility>

#include "raft/check.h"
#include "raft/node_impl.h"

namespace raft {
namespace {

// Nobody campaigns that often: a peer that says so lies, and our own next term must not wrap.
constexpr Term kMaxTerm{std::uint64_t{1} << 62U};

bool Contiguous(const Message& m) {
  for (std::size_t k = 0; k < m.entries.size(); ++k) {
    if (m.entries[k].index != m.index + k + 1) return false;
  }
  return true;
}

bool FromLeader(MessageType type) {
  return type == MessageType::kApp || type == MessageType::kHeartbeat || type == MessageType::kSnap;
}

}  // namespace

bool Node::Impl::Acceptable(const Message& m) const {
  if (m.to != config_.id || m.from == kNone || m.term > kMaxTerm) return false;
  const bool own = m.from == config_.id;
  switch (m.type) {
    case MessageType::kHup:
    case MessageType::kBeat:
    case MessageType::kCheckQuorum:
    case MessageType::kSnapStatus:
    case MessageType::kUnreachable:
    case MessageType::kForgetLeader:
    case MessageType::kStorageAppend:
    case MessageType::kStorageApply:
      return false;  // local, or not to a node: nobody sends them here
    case MessageType::kProp:
      return m.term == Term() && !m.entries.empty();
    case MessageType::kReadIndex:
    case MessageType::kReadIndexResp:
    case MessageType::kTransferLeader:
      return m.term == Term();
    case MessageType::kAppResp:
    case MessageType::kVoteResp:
    case MessageType::kPreVoteResp:
      return m.term != Term() && (!own || config_.async_storage_writes) &&
             tracker_.Find(m.from) != nullptr;
    case MessageType::kHeartbeatResp:
      return m.term != Term() && !own && tracker_.Find(m.from) != nullptr;
    case MessageType::kApp:
      return m.term != Term() && !own && Contiguous(m);
    case MessageType::kSnap:
      // The application must not be busy with entries: it could apply them after the snapshot.
      return m.term != Term() && !own && m.snapshot != nullptr && !log_.IsApplying() &&
             ConfigurationOf(m.snapshot->conf_state).has_value();
    case MessageType::kVote:
    case MessageType::kPreVote:
    case MessageType::kHeartbeat:
    case MessageType::kTimeoutNow:
      return m.term != Term() && !own;
    case MessageType::kStorageAppendResp:
      return config_.async_storage_writes && m.from == kAppendThread;
    case MessageType::kStorageApplyResp:
      return config_.async_storage_writes && m.from == kApplyThread && !m.entries.empty() &&
             m.entries.back().index <= log_.committed();
  }
  return false;
}

bool Node::Impl::Step(Message m) {
  if (!Acceptable(m)) return false;
  TraceReceive(m);
  if (m.term == Term() || PassesTermGate(m)) Handle(m);
  return true;
}

bool Node::Impl::PassesTermGate(const Message& m) {
  if (m.term == term_) return true;
  if (m.term < term_) {
    AnswerOlderTerm(m);
    return false;
  }
  const bool asks_for_vote = m.type == MessageType::kVote || m.type == MessageType::kPreVote;
  if (asks_for_vote && HonoursLease() && m.context.view() != kTransferContext) return false;
  // A pre-vote names a term that nobody has yet, and so does the answer that grants it: neither is
  // a reason to enter that term.
  if (m.type == MessageType::kPreVote) return true;
  if (m.type == MessageType::kPreVoteResp && !m.reject) return true;
  BecomeFollower(m.term, FromLeader(m.type) ? m.from : kNone);
  return true;
}

void Node::Impl::AnswerOlderTerm(const Message& m) {
  const bool append_or_heartbeat = m.type == MessageType::kApp || m.type == MessageType::kHeartbeat;
  if (append_or_heartbeat) {
    // The leader of an older term would not hear of ours otherwise (Raft paper figure 2): under its
    // lease our vote requests are ignored, with PreVote there are none, and after a membership
    // change they may go to the wrong servers.  etcd is silent without PreVote and CheckQuorum.
    Message response = MessageTo(MessageType::kAppResp, m.from);
    response.term = term_;
    Send(std::move(response));
  } else if (m.type == MessageType::kPreVote || m.type == MessageType::kVote) {
    // The sender may have the longer log and the older term.  It must learn of our term, otherwise
    // nobody may ever be elected (etcd issue 8501; etcd itself is still silent to MsgVote).
    const bool pre = m.type == MessageType::kPreVote;
    Message response = MessageTo(pre ? MessageType::kPreVoteResp : MessageType::kVoteResp, m.from);
    response.term = term_;
    response.reject = true;
    ShowCommitted(response);
    Send(std::move(response));
  } else if (m.type == MessageType::kStorageAppendResp) {
    StorageAppended(m, false);
  }
}

void Node::Impl::Handle(Message& m) {
  switch (m.type) {
    case MessageType::kHup:
      return Hup(config_.pre_vote ? CampaignKind::kPreElection : CampaignKind::kElection);
    case MessageType::kVote:
    case MessageType::kPreVote:
      return HandleVote(m);
    case MessageType::kStorageAppendResp:
      return StorageAppended(m, true);
    case MessageType::kStorageApplyResp:
      if (m.entries.back().index > log_.applied()) {
        AppliedTo(m.entries.back().index, SizeOf(m.entries));
      }
      return;
    default:
      break;
  }
  switch (role_) {
    case Role::kLeader:
      return StepAsLeader(m);
    case Role::kPreCandidate:
    case Role::kCandidate:
      return StepAsCandidate(m);
    case Role::kFollower:
      return StepAsFollower(m);
  }
}

void Node::Impl::StepAsLeader(Message& m) {
  switch (m.type) {
    case MessageType::kBeat:
      return BroadcastHeartbeat();
    case MessageType::kCheckQuorum:
      return CheckQuorum();
    case MessageType::kProp:
      HandlePropose(m.entries);
      return;
    case MessageType::kReadIndex:
      return HandleRead(m.from, std::move(m.context));
    default:
      break;
  }
  Peer* peer = tracker_.Find(m.from);
  if (peer == nullptr) return;
  switch (m.type) {
    case MessageType::kAppResp:
      return HandleAppendResponse(*peer, m);
    case MessageType::kHeartbeatResp:
      return HandleHeartbeatResponse(*peer, m);
    case MessageType::kSnapStatus:
      return HandleSnapshotStatus(*peer, m.reject);
    case MessageType::kUnreachable:
      // The window may have been lost: find out where the follower is.
      if (peer->progress.state() == Progress::State::kReplicate) peer->progress.BecomeProbe();
      return;
    case MessageType::kTransferLeader:
      return HandleTransfer(*peer);
    default:
      return;
  }
}

void Node::Impl::StepAsCandidate(Message& m) {
  const bool pre = role_ == Role::kPreCandidate;
  if (FromLeader(m.type)) {
    BecomeFollower(m.term, m.from);
    StepAsFollower(m);
  } else if (m.type == (pre ? MessageType::kPreVoteResp : MessageType::kVoteResp)) {
    HandleVoteResponse(m);
  }
}

void Node::Impl::StepAsFollower(Message& m) {
  if (FromLeader(m.type)) {
    election_elapsed_ = 0;
    leader_ = m.from;
    promised_until_ = ticks_ + static_cast<std::uint64_t>(config_.election_ticks);
  }
  switch (m.type) {
    case MessageType::kApp:
      return HandleAppend(m);
    case MessageType::kHeartbeat:
      return HandleHeartbeat(m);
    case MessageType::kSnap:
      return HandleSnapshot(m);
    case MessageType::kProp:
      if (!config_.disable_proposal_forwarding) Forward(std::move(m));
      return;
    case MessageType::kReadIndex:
    case MessageType::kTransferLeader:
      return Forward(std::move(m));
    case MessageType::kReadIndexResp:
      return TakeAnswer(m.context, m.index);
    case MessageType::kForgetLeader:
      // With leases the promise to the leader holds until it runs out.
      if (config_.read_only == ReadOnly::kLeaseBased || leader_ == kNone) return;
      leader_ = kNone;
      return TraceNode(trace::EventName::kForgetLeader);
    case MessageType::kTimeoutNow:
      return Hup(CampaignKind::kTransfer);
    default:
      return;
  }
}

void Node::Impl::Local(MessageType type, NodeId about, bool reject) {
  Message m = MessageTo(type, config_.id);
  m.from = about;
  m.reject = reject;
  Handle(m);
}

Message Node::Impl::MessageTo(MessageType type, NodeId to) {
  Message m;
  m.type = type;
  m.to = to;
  return m;
}

// Forwards a message to the leader.  `from` stays its first sender, for the leader answers to that
// one.
void Node::Impl::Forward(Message m) {
  if (leader_ == kNone) return;
  m.to = leader_;
  if (m.from == kNone) m.from = config_.id;
  messages_.push_back(std::move(m));
}

// What a message promises must be durable before it leaves (dissertation 3.8): answers to votes
// and appends, also those that a server sends to itself; and vote requests, which promise that the
// log they show stays, and that the term is not used a second time after a crash.
void Node::Impl::Send(Message&& m) {
  m.from = config_.id;
  const bool promises = m.type == MessageType::kAppResp || m.type == MessageType::kVoteResp ||
                        m.type == MessageType::kPreVoteResp || m.type == MessageType::kVote;
  TraceSend(m);
  if (m.to == config_.id && !config_.async_storage_writes) {
    RAFT_CHECK_TRUE(promises);
    own_messages_.push_back(std::move(m));
  } else if (promises) {
    messages_after_append_.push_back(std::move(m));
  } else {
    messages_.push_back(std::move(m));
  }
}

}  // namespace raft
