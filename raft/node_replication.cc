// Replication and commitment: Raft paper 5.3 and 5.4.2, dissertation 3.5, 3.6 and 10.2.1.
// TLA+: ClientRequest, AppendEntriesToSelf, AppendEntries, Heartbeat, AdvanceCommitIndex,
// HandleAppendEntries*, HandleHeartbeat*.
#include <algorithm>
#include <utility>

#include "raft/node_impl.h"

namespace raft {

ProposeResult Node::Impl::Propose(Payload data) {
  proposal_.push_back({Term(), Index(), EntryType::kNormal, std::move(data)});
  const ProposeResult result = Propose(proposal_);
  proposal_.clear();
  return result;
}

ProposeResult Node::Impl::Propose(std::vector<Payload> data) {
  for (Payload& one : data)
    proposal_.push_back({Term(), Index(), EntryType::kNormal, std::move(one)});
  const ProposeResult result = Propose(proposal_);
  proposal_.clear();
  return result;
}

// Takes the entries if it forwards them.
ProposeResult Node::Impl::Propose(std::vector<Entry>& entries) {
  if (entries.empty()) return ProposeResult::kNothing;
  for (const Entry& entry : entries) {
    if (entry.data.size() > Payload::kMaxSize) return ProposeResult::kTooLarge;
  }
  switch (role_) {
    case Role::kLeader:
      return HandlePropose(entries);
    case Role::kPreCandidate:
    case Role::kCandidate:
      return ProposeResult::kNoLeader;
    case Role::kFollower:
      break;
  }
  if (tracker_.configuration().IsLearner(config_.id)) return ProposeResult::kLearner;
  if (leader_ == kNone) return ProposeResult::kNoLeader;
  if (config_.disable_proposal_forwarding) return ProposeResult::kNotForwarded;
  Message m = MessageTo(MessageType::kProp, leader_);
  m.entries = std::move(entries);
  Forward(std::move(m));
  return ProposeResult::kAccepted;
}

// REQUIRES: leader.
ProposeResult Node::Impl::HandlePropose(std::vector<Entry>& entries) {
  // A leader that was removed takes no proposal, except the end of the joint configuration that it
  // began itself.
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
      // An empty entry takes its place, so that the other entries keep their indexes.
      entry.type = EntryType::kNormal;
      entry.data = {};
    } else {
      pending_conf_index_ = index;
      changes.emplace_back(index, *change);
    }
  }
  const std::uint64_t bytes = SizeOf(entries);
  // When nothing is uncommitted, a proposal of any size is taken.  Empty entries are always taken.
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

// The leader appends to its own log.  Its own acknowledgement counts only when the entries are
// durable, so it is a message to itself.
void Node::Impl::AppendOwn(std::vector<Entry>& entries) {
  uncommitted_bytes_ += SizeOf(entries);
  Index index = log_.last_index();
  for (Entry& entry : entries) {
    entry.term = term_;
    entry.index = ++index;
    TraceReplicate(entry);
  }
  log_.Append(entries.data(), entries.data() + entries.size());
  Message m = MessageTo(MessageType::kAppResp, config_.id);
  m.term = term_;
  m.index = log_.last_index();
  Send(std::move(m));
}

// Sends the entries that the follower lacks, as far as its window allows.  An empty message carries
// a commit index, or it probes.  In a burst, after other messages, it would say nothing new: then
// send_if_empty is false.
bool Node::Impl::MaybeSendAppend(Peer& peer, bool send_if_empty) {
  Progress& progress = peer.progress;
  if (progress.paused()) return false;
  const Index previous = progress.next() - 1;
  const std::optional<Term> previous_term = log_.TermAt(previous);
  if (!previous_term) return MaybeSendSnapshot(peer);
  Message m = MessageTo(MessageType::kApp, peer.id);
  // When the window is full, the message is empty; the answer to a heartbeat prompts it.  If all
  // messages in the window were lost, the follower refuses this one, and replication goes on.
  if (progress.state() != Progress::State::kReplicate || !progress.window_full()) {
    log_.EntriesFrom(progress.next(), config_.max_message_bytes, m.entries);
  }
  if (m.entries.empty() && !send_if_empty) return false;
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
    Message m = MessageTo(MessageType::kHeartbeat, peer.id);
    m.term = term_;
    m.context = context;
    // The receiver takes this index without a look at its log, so the index must not exceed what
    // the receiver is known to have.
    m.commit = std::min(peer.progress.match(), log_.committed());
    peer.progress.SentCommit(m.commit);
    Send(std::move(m));
  }
}

void Node::Impl::HandleAppend(const Message& m) {
  Message response = MessageTo(MessageType::kAppResp, m.from);
  response.term = term_;
  if (m.index < log_.committed()) {
    response.index = log_.committed();
  } else if (const auto last = log_.MaybeAppend(m.index, m.log_term, m.entries, m.commit)) {
    response.index = *last;
  } else {
    // The hint says where the logs may match.  It skips a whole term of this log at a time
    // (dissertation 3.5).
    const auto [hint, term] =
        log_.FindConflictByTerm(std::min(m.index, log_.last_index()), m.log_term);
    response.index = m.index;
    response.reject = true;
    response.reject_hint = hint;
    response.log_term = term;
  }
  Send(std::move(response));
}

// REQUIRES: leader.
void Node::Impl::HandleAppendResponse(Peer& peer, const Message& m) {
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
      // It is enough that the leader's log goes on from `match`; that need not be the index of the
      // snapshot that was sent (etcd pull request 110), for the follower may have got the entries
      // or another snapshot in another way.
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
  // The leader, too, skips a whole term of its log at a time.
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
  Message response = MessageTo(MessageType::kHeartbeatResp, m.from);
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
