// Replication and commitment: Raft paper 5.3 and 5.4.2, dissertation 3.5, 3.6 and 10.2.1.
// TLA+: ClientRequest, AppendEntriesToSelf, AppendEntries, Heartbeat, AdvanceCommitIndex,
// HandleAppendEntries*, HandleHeartbeat*.
#include <algorithm>
#include <utility>

#include "raft/check.h"
#include "raft/node_impl.h"

namespace raft {
namespace {

constexpr std::size_t kMaxSpare = 64;

}  // namespace

std::vector<Entry> Node::Impl::SpareEntries() {
  if (spare_.empty()) return {};
  std::vector<Entry> entries = std::move(spare_.back());
  spare_.pop_back();
  return entries;
}

ProposeResult Node::Impl::Propose(std::vector<Entry> entries) {
  switch (role_) {
    case Role::kLeader: {
      const ProposeResult result = HandlePropose(entries);
      entries.clear();
      if (spare_.size() < kMaxSpare) spare_.push_back(std::move(entries));
      return result;
    }
    case Role::kPreCandidate:
    case Role::kCandidate:
      return ProposeResult::kNoLeader;
    case Role::kFollower:
      break;
  }
  if (tracker_.configuration().IsLearner(config_.id)) return ProposeResult::kLearner;
  if (leader_ == kNone) return ProposeResult::kNoLeader;
  if (config_.disable_proposal_forwarding) return ProposeResult::kNotForwarded;
  Message m = Make(MessageType::kProp, leader_);
  m.entries = std::move(entries);
  Forward(std::move(m));
  return ProposeResult::kAccepted;
}

// REQUIRES: leader.
ProposeResult Node::Impl::HandlePropose(std::vector<Entry>& entries) {
  // Of a leader that was removed, only the end of a joint configuration that it began.
  const bool leaves = tracker_.configuration().auto_leave && entries.size() == 1 &&
                      entries[0].type == EntryType::kConfChange && entries[0].data.view().empty();
  if (tracker_.Find(config_.id) == nullptr && !leaves) return ProposeResult::kNotAMember;
  if (lead_transferee_ != kNone) return ProposeResult::kTransferring;
  Index index = log_.last_index();
  const Index pending_before = pending_conf_index_;
  std::vector<std::pair<Index, ConfChange>> changes;
  for (Entry& entry : entries) {
    ++index;
    if (entry.type == EntryType::kNormal) continue;
    const std::optional<ConfChange> change = Decode(entry.data.view());
    if (!change || Refusal(*change)) {
      // In its place, so that the others keep theirs.
      entry.type = EntryType::kNormal;
      entry.data = {};
    } else {
      pending_conf_index_ = index;
      changes.emplace_back(index, *change);
    }
  }
  const std::uint64_t bytes = SizeOf(entries);
  // One proposal is always taken when nothing is pending; empty entries always.
  if (uncommitted_bytes_ > 0 && bytes > 0 &&
      uncommitted_bytes_ + bytes > config_.max_uncommitted_bytes) {
    pending_conf_index_ = pending_before;
    return ProposeResult::kTooMuchPending;
  }
  for (const auto& [at, change] : changes) {
    TraceChangeConf(entries[at - log_.last_index() - 1], at, change);
  }
  AppendOwn(entries);
  BroadcastAppend();
  return ProposeResult::kAccepted;
}

// A leader's own entries.  Its acknowledgement of them counts when they are durable, so it is a
// message to itself.
void Node::Impl::AppendOwn(std::vector<Entry>& entries) {
  uncommitted_bytes_ += SizeOf(entries);
  Index index = log_.last_index();
  for (Entry& entry : entries) {
    entry.term = term_;
    entry.index = ++index;
    TraceReplicate(entry);
  }
  log_.Append(entries.data(), entries.data() + entries.size());
  Message m = Make(MessageType::kAppResp, config_.id);
  m.term = term_;
  m.index = log_.last_index();
  Send(std::move(m));
}

// Sends what the follower lacks, as far as its window allows.  Empty messages carry a commit index
// or probe; within a burst they are not wanted.
bool Node::Impl::MaybeSendAppend(Peer& peer, bool send_if_empty) {
  Progress& progress = peer.progress;
  if (progress.paused()) return false;
  const Index previous = progress.next() - 1;
  const std::optional<Term> previous_term = log_.TermAt(previous);
  if (!previous_term) return MaybeSendSnapshot(peer);
  Message m = Make(MessageType::kApp, peer.id);
  // With a full window only an empty one, prompted by a heartbeat's answer: if all in the window
  // were lost, its refusal is what gets replication going again.
  if (progress.state() != Progress::State::kReplicate || !progress.window_full()) {
    m.entries = SpareEntries();
    log_.EntriesFrom(progress.next(), config_.max_message_bytes, m.entries);
  }
  if (m.entries.empty() && !send_if_empty) {
    if (m.entries.capacity() > 0) spare_.push_back(std::move(m.entries));
    return false;
  }
  m.term = term_;
  m.index = previous;
  m.log_term = *previous_term;
  m.commit = log_.committed();
  const std::size_t count = m.entries.size();
  const std::uint64_t bytes = SizeOf(m.entries);
  Send(std::move(m));
  progress.Sent(count, bytes, log_.committed());
  return true;
}

void Node::Impl::BroadcastAppend() {
  for (Peer& peer : tracker_.peers()) {
    if (peer.id != config_.id) MaybeSendAppend(peer, true);
  }
}

void Node::Impl::BroadcastHeartbeat() {
  const Payload context = HeartbeatContext();
  for (Peer& peer : tracker_.peers()) {
    if (peer.id == config_.id) continue;
    Message m = Make(MessageType::kHeartbeat, peer.id);
    m.term = term_;
    m.context = context;
    // The receiver takes it without looking at its log: never beyond what it is known to have.
    m.commit = std::min(peer.progress.match(), log_.committed());
    peer.progress.SentCommit(m.commit);
    Send(std::move(m));
  }
}

void Node::Impl::HandleAppend(Message& m) {
  Message response = Make(MessageType::kAppResp, m.from);
  response.term = term_;
  if (m.index < log_.committed()) {
    response.index = log_.committed();
  } else if (const auto last = log_.MaybeAppend(m.index, m.log_term, m.entries, m.commit)) {
    response.index = *last;
  } else {
    // Where the logs may match: skips a whole term of ours at a time (dissertation 3.5).
    const auto [hint, term] =
        log_.FindConflictByTerm(std::min(m.index, log_.last_index()), m.log_term);
    response.index = m.index;
    response.reject = true;
    response.reject_hint = hint;
    response.log_term = term;
  }
  // Empty, but with its room: the sender fills it again.
  m.entries.clear();
  response.entries = std::move(m.entries);
  Send(std::move(response));
}

// REQUIRES: leader.
void Node::Impl::HandleAppendResponse(Peer& peer, Message& m) {
  if (m.entries.capacity() > 0 && spare_.size() < kMaxSpare) {
    m.entries.clear();
    spare_.push_back(std::move(m.entries));
  }
  // Nobody has more than the leader: a peer that says so lies.
  if (!m.reject && m.index > log_.last_index()) return;
  Progress& progress = peer.progress;
  progress.set_recent_active(true);
  if (m.reject) return HandleRejection(peer, m);
  const bool news = progress.MaybeUpdate(m.index);
  const bool probe_answered =
      progress.match() == m.index && progress.state() == Progress::State::kProbe;
  if (!news && !probe_answered) return;
  switch (progress.state()) {
    case Progress::State::kProbe:
      progress.BecomeReplicate();
      break;
    case Progress::State::kSnapshot:
      // Any index from which the log can go on will do, not only that of the snapshot (etcd pull
      // request 110): it may have come by another way, or another one did.
      if (progress.match() + 1 >= log_.first_index()) {
        progress.BecomeProbe();
        progress.BecomeReplicate();
      }
      break;
    case Progress::State::kReplicate:
      progress.FreeInflights(m.index);
      break;
  }
  const bool to_itself = m.from == config_.id;
  if (MaybeCommit()) {
    ReleasePendingReads();
    BroadcastAppend();
  } else if (!to_itself && progress.CanBumpCommit(log_.committed())) {
    MaybeSendAppend(peer, true);
  }
  if (to_itself) return;
  // The window has room again.
  while (MaybeSendAppend(peer, false)) {
  }
  if (m.from == lead_transferee_ && progress.match() == log_.last_index()) SendTimeoutNow(m.from);
}

void Node::Impl::HandleRejection(Peer& peer, const Message& m) {
  // Skips a whole term of the leader's log at a time, too.
  Index hint = m.reject_hint;
  if (m.log_term > Term()) {
    hint = log_.FindConflictByTerm(std::min(hint, log_.last_index()), m.log_term).first;
  }
  if (!peer.progress.MaybeDecrement(m.index, hint)) return;
  if (peer.progress.state() == Progress::State::kReplicate) peer.progress.BecomeProbe();
  MaybeSendAppend(peer, true);
}

// The highest index that a quorum has, if it is of this term: an entry of an older term may still
// be overwritten (Raft paper figure 8).
bool Node::Impl::MaybeCommit() {
  const bool advanced = log_.MaybeCommit(tracker_.Committed(), term_);
  TraceNode(trace::EventName::kCommit);
  return advanced;
}

void Node::Impl::HandleHeartbeat(Message& m) {
  log_.CommitTo(m.commit);
  Message response = Make(MessageType::kHeartbeatResp, m.from);
  response.term = term_;
  response.context = std::move(m.context);
  Send(std::move(response));
}

// REQUIRES: leader.
void Node::Impl::HandleHeartbeatResponse(Peer& peer, const Message& m) {
  peer.progress.set_recent_active(true);
  peer.progress.Resume();
  const bool behind = peer.progress.match() < log_.last_index();
  if (behind || peer.progress.state() == Progress::State::kProbe) MaybeSendAppend(peer, true);
  if (!m.context.empty()) ConfirmReads(peer, m.context);
}

}  // namespace raft
