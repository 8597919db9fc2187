// Roles and elections: Raft paper 5.2 and 5.4.1, dissertation 3.4.
// TLA+: Timeout, RequestVote, BecomeLeader, StepDown, HandleRequestVote*.
#include <algorithm>
#include <utility>

#include "raft/check.h"
#include "raft/node_impl.h"

namespace raft {

// What every change of role begins with.
void Node::Impl::Reset(Term term) {
  if (term_ != term) {
    term_ = term;
    vote_ = kNone;
  }
  leader_ = kNone;
  election_elapsed_ = 0;
  heartbeat_elapsed_ = 0;
  DrawElectionTimeout();
  for (Peer& peer : peers_) {
    const Index match = peer.id == config_.id ? log_.last_index() : Index();
    peer.progress =
        Progress(match, log_.last_index(), static_cast<std::size_t>(config_.max_inflight_messages));
    peer.vote.reset();
  }
}

// Uniform in [n, 2n): servers that time out together would split the vote for ever.
void Node::Impl::DrawElectionTimeout() {
  const auto ticks = static_cast<std::uint64_t>(config_.election_ticks);
  election_timeout_ = config_.election_ticks + static_cast<int>(random_.Below(ticks));
}

void Node::Impl::BecomeFollower(Term term, NodeId leader) {
  Reset(term);
  leader_ = leader;
  role_ = Role::kFollower;
  TraceNode(trace::EventName::kBecomeFollower);
}

void Node::Impl::BecomeCandidate() {
  RAFT_CHECK(static_cast<std::uint64_t>(role_), !=, static_cast<std::uint64_t>(Role::kLeader));
  Reset(term_ + 1);
  vote_ = config_.id;
  role_ = Role::kCandidate;
  TraceNode(trace::EventName::kBecomeCandidate);
}

void Node::Impl::BecomeLeader() {
  RAFT_CHECK(static_cast<std::uint64_t>(role_), ==, static_cast<std::uint64_t>(Role::kCandidate));
  Reset(term_);
  leader_ = config_.id;
  role_ = Role::kLeader;
  Find(config_.id)->progress.BecomeReplicate();
  TraceNode(trace::EventName::kBecomeLeader);
  // An entry of its own term lets a leader commit what it inherited (dissertation 3.6.2, 6.4).
  AppendOwn({Entry{}});
  BroadcastAppend();
}

void Node::Impl::Campaign() {
  BecomeCandidate();
  for (const Peer& peer : peers_) {
    Message m;
    m.to = peer.id;
    m.term = term_;
    if (peer.id == config_.id) {
      m.type = MessageType::kVoteResp;  // counts when our vote is durable
    } else {
      m.type = MessageType::kVote;
      m.index = log_.last_index();
      m.log_term = log_.last_term();
    }
    Send(std::move(m));
  }
}

void Node::Impl::HandleVote(const Message& m) {
  const bool can_vote = vote_ == m.from || (vote_ == kNone && leader_ == kNone);
  const bool grant = can_vote && log_.IsUpToDate(m.index, m.log_term);
  Message response;
  response.type = MessageType::kVoteResp;
  response.to = m.from;
  response.term = term_;
  response.reject = !grant;
  Send(std::move(response));
  if (grant) {
    election_elapsed_ = 0;
    vote_ = m.from;
  }
}

// REQUIRES: candidate.
void Node::Impl::HandleVoteResponse(const Message& m) {
  Peer* peer = Find(m.from);
  if (peer == nullptr) return;
  if (!peer->vote) peer->vote = !m.reject;  // the first answer counts
  const auto answered = [this](bool granted) {
    return static_cast<std::size_t>(std::count_if(
        peers_.begin(), peers_.end(), [granted](const Peer& p) { return p.vote == granted; }));
  };
  if (answered(true) >= Quorum()) {
    BecomeLeader();
  } else if (answered(false) > peers_.size() - Quorum()) {
    BecomeFollower(term_, kNone);  // lost: no quorum is left
  }
}

}  // namespace raft
