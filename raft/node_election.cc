// Elections: Raft paper 5.2 and 5.4.1, dissertation 3.4, 4.2.3 (leases), 6.4 and 9.6 (PreVote).
// TLA+: Timeout, BecomePreCandidate, RequestPreVote, RequestVote, BecomeLeader, StepDown,
// HandlePreVote*, HandleRequestVote*.
#include <algorithm>
#include <utility>

#include "raft/check.h"
#include "raft/node_impl.h"

namespace raft {

// Every change of role begins with this, except the one to pre-candidate.
void Node::Impl::Reset(Term term) {
  if (term_ != term) {
    term_ = term;
    vote_ = kNone;
  }
  leader_ = kNone;
  election_elapsed_ = 0;
  heartbeat_elapsed_ = 0;
  DrawElectionTimeout();
  lead_transferee_ = kNone;
  told_to_campaign_ = false;
  pending_conf_index_ = Index();
  uncommitted_bytes_ = 0;
  reads_.clear();
  reads_confirmed_ = 0;
  pending_reads_.clear();
  tracker_.Reset(log_.last_index() + 1);
  if (Peer* own = tracker_.Find(config_.id)) own->progress.MaybeUpdate(log_.last_index());
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

// Changes neither term nor vote.  It forgets the leader, otherwise the lease would refuse the
// pre-votes of others for ever (etcd issue 10355).  It also forgets the answers to an earlier
// attempt.
void Node::Impl::BecomePreCandidate() {
  RAFT_CHECK(role_, !=, Role::kLeader);
  tracker_.ResetVotes();
  leader_ = kNone;
  role_ = Role::kPreCandidate;
  TraceNode(trace::EventName::kBecomePreCandidate);
}

void Node::Impl::BecomeCandidate() {
  RAFT_CHECK(role_, !=, Role::kLeader);
  Reset(term_ + 1);
  vote_ = config_.id;
  role_ = Role::kCandidate;
  TraceNode(trace::EventName::kBecomeCandidate);
}

void Node::Impl::BecomeLeader() {
  RAFT_CHECK(role_, ==, Role::kCandidate);
  Reset(term_);
  leader_ = config_.id;
  role_ = Role::kLeader;
  tracker_.Find(config_.id)->progress.BecomeReplicate();
  // Any entry that was inherited may be a membership change: none is proposed before the log is
  // applied up to here.
  pending_conf_index_ = log_.last_index();
  TraceNode(trace::EventName::kBecomeLeader);
  // An entry of its own term lets a leader commit what it inherited (dissertation 3.6.2, 6.4), and
  // no membership change may come before one is committed (raft-dev, "bug in single-server
  // membership changes", 2015): this one is before any.
  std::vector<Entry> opening(1);
  AppendOwn(opening);
  BroadcastAppend();
}

void Node::Impl::Tick() {
  ++ticks_;
  TraceTick();
  if (role_ == Role::kLeader) {
    TickHeartbeat();
  } else {
    TickElection();
  }
}

void Node::Impl::TickElection() {
  // No further: a server that never campaigns may tick for years.
  if (election_elapsed_ < election_timeout_) ++election_elapsed_;
  if (!Promotable() || election_elapsed_ < election_timeout_) return;
  Local(MessageType::kHup);
  election_elapsed_ = 0;  // only now: Hup must see that the promise to the last leader has run out
}

void Node::Impl::TickHeartbeat() {
  ++heartbeat_elapsed_;
  if (++election_elapsed_ >= config_.election_ticks) {
    election_elapsed_ = 0;
    const bool leaves = config_.step_down_on_removal && !tracker_.IsVoter(config_.id);
    if (config_.check_quorum || leaves) Local(MessageType::kCheckQuorum);
    if (role_ != Role::kLeader) return;
    AbortTransfer();  // it had its time
    if (leaves) HandOver();
  }
  if (heartbeat_elapsed_ < config_.heartbeat_ticks) return;
  heartbeat_elapsed_ = 0;
  Local(MessageType::kBeat);
}

void Node::Impl::CheckQuorum() {
  if (!tracker_.QuorumActive(config_.id)) return BecomeFollower(term_, kNone);
  for (Peer& peer : tracker_.peers()) peer.progress.set_recent_active(false);
}

// A server does not campaign while a snapshot waits to be written: its log and its configuration
// are about to be replaced.
bool Node::Impl::Promotable() const {
  return tracker_.configuration().voters.Contains(config_.id) && !log_.HasAnySnapshot();
}

// A server that hears from a leader takes no part in an election (dissertation 4.2.3).
bool Node::Impl::HonoursLease() const {
  if (config_.read_only == ReadOnly::kLeaseBased) return IsBound();
  if (!config_.check_quorum) return false;
  return leader_ != kNone && election_elapsed_ < config_.election_ticks;
}

// With lease-based reads the leader's lease rests on what a server promised, so the promise
// outlives the term, and a restart.  A server that starts does not know whether it promised
// anything, and to whom: it begins with a promise to everybody.
bool Node::Impl::IsBound() const {
  if (!config_.check_quorum || config_.read_only != ReadOnly::kLeaseBased) return false;
  return role_ == Role::kLeader || ticks_ < promised_until_;
}

void Node::Impl::Hup(CampaignKind kind) {
  if (role_ == Role::kLeader || !Promotable()) return;
  // The configuration in force may be outdated: this server could win in it while another one wins
  // in the new one (etcd issue 7280).
  if (log_.HasUnappliedConfChange()) return;
  // The leader's lease rests on this server's promise.  Only the leader may release it from that.
  if (IsBound() && kind != CampaignKind::kTransfer) return;
  Campaign(kind);
}

void Node::Impl::Campaign(CampaignKind kind) {
  const bool pre = kind == CampaignKind::kPreElection;
  if (pre) {
    BecomePreCandidate();
  } else {
    BecomeCandidate();
  }
  for (const NodeId id : tracker_.configuration().voters.Ids()) {
    // The candidate's own answer counts only when it is durable, so it is a message, too.
    Message m = id == config_.id
                    ? MessageTo(pre ? MessageType::kPreVoteResp : MessageType::kVoteResp, id)
                    : MessageTo(pre ? MessageType::kPreVote : MessageType::kVote, id);
    m.term = pre ? term_ + 1 : term_;
    if (id != config_.id) {
      m.index = log_.last_index();
      m.log_term = log_.last_term();
      if (kind == CampaignKind::kTransfer) m.context = Payload(kTransferContext);
    }
    Send(std::move(m));
  }
}

// An answer that refuses a vote shows what the candidate may not know to be committed.
void Node::Impl::ShowCommitted(Message& response) const {
  response.commit = log_.committed();
  response.log_term = *log_.TermAt(log_.committed());
}

// A learner answers, too: it may have become a voter and not know it yet, and its vote may be the
// one that is missing.
void Node::Impl::HandleVote(const Message& m) {
  const bool pre = m.type == MessageType::kPreVote;
  // The promise may be to the leader of an older term.
  const bool free = m.context.view() == kTransferContext || !IsBound();
  const bool can_vote =
      vote_ == m.from || (vote_ == kNone && leader_ == kNone && free) || (pre && m.term > term_);
  const bool grant = can_vote && log_.IsUpToDate(m.index, m.log_term);
  Message response = MessageTo(pre ? MessageType::kPreVoteResp : MessageType::kVoteResp, m.from);
  // An answer that grants has the term that was asked for; the voter's own may be older if it is a
  // pre-vote.
  response.term = grant ? m.term : term_;
  response.reject = !grant;
  if (!grant) ShowCommitted(response);
  Send(std::move(response));
  if (grant && !pre) {
    election_elapsed_ = 0;
    vote_ = m.from;
  }
}

// REQUIRES: the response is to the campaign that is under way, or older.
void Node::Impl::HandleVoteResponse(const Message& m) {
  Peer* peer = tracker_.Find(m.from);
  if (peer == nullptr) return;
  const bool pre = role_ == Role::kPreCandidate;
  // The voter may have left by a change that the candidate has and does not know to be committed:
  // nobody would ever be elected if it went on asking in the old configuration (etcd issue 12359;
  // the remedy is that of TiKV's Raft).
  if (m.reject && log_.Matches(m.commit, m.log_term)) log_.CommitTo(m.commit);
  // A pre-vote granted in an earlier term is of an older attempt.
  if (pre && !m.reject && m.term != term_ + 1) return;
  // The candidate may have applied its own removal in the meantime.
  if (!Promotable()) return;
  if (!peer->vote) peer->vote = !m.reject;  // the first answer counts
  switch (tracker_.Tally()) {
    case VoteResult::kWon:
      if (pre) return Campaign(CampaignKind::kElection);
      return BecomeLeader();
    case VoteResult::kLost:
      return BecomeFollower(term_, kNone);
    case VoteResult::kPending:
      return;
  }
}

}  // namespace raft
