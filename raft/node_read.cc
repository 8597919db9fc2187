// Linearizable reads: dissertation 6.4 (a quorum confirms the leader) and 6.4.1 (leases).
// TLA+: ReadIndex, ConfirmRead, ServeRead.
//
// A read that is forwarded has a number, before its context.  The network may bring an answer
// twice, or late: without the number, the answer to an earlier read with the same context would
// pass for the answer to this one, and show less than was committed when this one was asked for.
// Numbers begin anywhere (Config::seed), so those of an earlier life are others.
//
// Reads are counted within a term.  A heartbeat carries how many are waiting in all, its answers
// confirm that many: contexts of clients need not differ.  With leases it also carries when it was
// sent, in the leader's own ticks.
#include <algorithm>
#include <utility>

#include "raft/heartbeat_context.h"
#include "raft/node_impl.h"

namespace raft {
namespace {

constexpr std::size_t kNumberBytes = 8;

// Of reads without an answer; beyond that the oldest is given up.
constexpr std::size_t kMostForwarded = 1U << 16U;

}  // namespace

void Node::Impl::ReadIndex(Payload context) {
  if (role_ == Role::kLeader) return HandleRead(kNone, std::move(context));
  if (role_ != Role::kFollower || leader_ == kNone) return;
  forwarded_reads_.push_back(++last_forwarded_read_);
  if (forwarded_reads_.size() > kMostForwarded) forwarded_reads_.pop_front();
  std::string numbered;
  PutNumber<std::uint64_t>(numbered, last_forwarded_read_);
  numbered += context.view();
  Message m = MessageTo(MessageType::kReadIndex, leader_);
  m.context = Payload(numbered);
  Forward(std::move(m));
}

// The answer to a read that this node forwarded: the first one counts.
void Node::Impl::TakeAnswer(const Payload& context, Index index) {
  const std::string_view bytes = context.view();
  if (bytes.size() < kNumberBytes) return;
  const auto number = GetNumber<std::uint64_t>(bytes, 0);
  const auto found = std::lower_bound(forwarded_reads_.begin(), forwarded_reads_.end(), number);
  if (found == forwarded_reads_.end() || *found != number) return;
  forwarded_reads_.erase(found);
  read_states_.push_back({index, Payload(bytes.substr(kNumberBytes))});
}

// REQUIRES: leader.  `from` is who wants to know; kNone: this node.
void Node::Impl::HandleRead(NodeId from, Payload context) {
  // A leader that has not committed an entry of its own term may not know all that is committed
  // (dissertation 6.4, step 1).  This holds for the only voter, too: its stored commit index may be
  // old.
  if (!HasCommittedInTerm()) {
    pending_reads_.push_back({from, std::move(context), Index()});
    return;
  }
  if (config_.read_only == ReadOnly::kLeaseBased && HasLease()) {
    TraceLeaseRead();
    return AnswerRead(from, std::move(context), log_.committed());
  }
  reads_.push_back({from, std::move(context), log_.committed()});
  ReleaseConfirmedReads();  // the only voter needs nobody else
  if (!reads_.empty()) BroadcastHeartbeat();
}

void Node::Impl::ReleasePendingReads() {
  if (pending_reads_.empty() || !HasCommittedInTerm()) return;
  std::vector<Read> waiting;
  waiting.swap(pending_reads_);
  for (Read& read : waiting) HandleRead(read.from, std::move(read.context));
}

void Node::Impl::AnswerRead(NodeId from, Payload context, Index index) {
  if (from == kNone) {
    read_states_.push_back({index, std::move(context)});
    return;
  }
  if (from == config_.id) return TakeAnswer(context, index);  // forwarded before it became leader
  // The answer has no term, like the question: it stays right when its sender has stopped being the
  // leader.
  Message m = MessageTo(MessageType::kReadIndexResp, from);
  m.index = index;
  m.context = std::move(context);
  Send(std::move(m));
}

Payload Node::Impl::HeartbeatContext() const {
  const bool leases = config_.read_only == ReadOnly::kLeaseBased;
  if (reads_.empty() && !leases) return {};
  std::string bytes;
  PutNumber<std::uint64_t>(bytes, reads_confirmed_ + reads_.size());
  if (leases) PutNumber<std::uint64_t>(bytes, ticks_);
  return bytes;
}

// What a heartbeat that `peer` answered confirms: every read that was waiting when it was sent.
void Node::Impl::ConfirmReads(Peer& peer, const Payload& context) {
  const std::optional<std::uint64_t> confirmed = ReadsAsked(context.view());
  if (!confirmed) return;
  const std::uint64_t asked = reads_confirmed_ + reads_.size();
  peer.read_ack = std::max(peer.read_ack, std::min(asked, *confirmed));
  if (const std::optional<std::uint64_t> sent = SentAt(context.view())) {
    peer.lease_tick = std::max(peer.lease_tick, std::min(ticks_, *sent));
  }
  ReleaseConfirmedReads();
}

void Node::Impl::ReleaseConfirmedReads() {
  if (reads_.empty()) return;
  const std::uint64_t asked = reads_confirmed_ + reads_.size();
  const std::uint64_t confirmed = tracker_.Quorum(
      [&](const Peer& peer) { return peer.id == config_.id ? asked : peer.read_ack; });
  while (reads_confirmed_ < confirmed && !reads_.empty()) {
    Read read = std::move(reads_.front());
    reads_.pop_front();
    ++reads_confirmed_;
    AnswerRead(read.from, std::move(read.context), read.index);
  }
}

// True if a quorum has promised within the last election timeout to elect nobody else.  Two ticks
// are taken off, one for each side, which does not see fractions of a tick.
bool Node::Impl::HasLease() const {
  if (told_to_campaign_) return false;  // the promises do not bind whom we told to campaign
  const std::uint64_t since = tracker_.Quorum(
      [&](const Peer& peer) { return peer.id == config_.id ? ticks_ : peer.lease_tick; });
  return since > 0 && ticks_ - since + 2 <= static_cast<std::uint64_t>(config_.election_ticks);
}

}  // namespace raft
