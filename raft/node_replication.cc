// Replication and commitment: Raft paper 5.3 and 5.4.2, dissertation 3.5, 3.6 and 10.2.1.
// TLA+: ClientRequest, AppendEntriesToSelf, AppendEntries, Heartbeat, AdvanceCommitIndex,
// HandleAppendEntries*, HandleHeartbeat*.
#include <algorithm>
#include <utility>

#include "raft/check.h"
#include "raft/node_impl.h"

namespace raft {

ProposeResult Node::Impl::Propose(std::string data) {
  Entry entry;
  entry.data = std::move(data);
  if (role_ == Role::kLeader) {
    AppendOwn({std::move(entry)});
    BroadcastAppend();
    return ProposeResult::kAccepted;
  }
  if (role_ == Role::kCandidate || leader_ == kNone) return ProposeResult::kDropped;
  Message m;
  m.type = MessageType::kProp;
  m.to = leader_;
  m.entries.push_back(std::move(entry));
  Send(std::move(m));
  return ProposeResult::kAccepted;
}

// A leader's own entries.  Its acknowledgement of them counts when they are durable, so it is a
// message to itself.
void Node::Impl::AppendOwn(std::vector<Entry> entries) {
  Index index = log_.last_index();
  for (Entry& entry : entries) {
    entry.term = term_;
    entry.index = ++index;
    TraceReplicate(entry);
  }
  log_.Append(entries.data(), entries.data() + entries.size());
  Message m;
  m.type = MessageType::kAppResp;
  m.to = config_.id;
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
  RAFT_CHECK(previous_term.has_value(), ==, true);
  Message m;
  if (progress.state() == Progress::State::kProbe || !progress.window_full()) {
    m.entries = log_.EntriesFrom(progress.next(), config_.max_message_bytes);
  }
  if (m.entries.empty() && !send_if_empty) return false;
  m.type = MessageType::kApp;
  m.to = peer.id;
  m.term = term_;
  m.index = previous;
  m.log_term = *previous_term;
  m.commit = log_.committed();
  const std::size_t count = m.entries.size();
  Send(std::move(m));
  progress.Sent(count, log_.committed());
  return true;
}

void Node::Impl::BroadcastAppend() {
  for (Peer& peer : peers_) {
    if (peer.id != config_.id) MaybeSendAppend(peer, true);
  }
}

void Node::Impl::BroadcastHeartbeat() {
  for (Peer& peer : peers_) {
    if (peer.id == config_.id) continue;
    Message m;
    m.type = MessageType::kHeartbeat;
    m.to = peer.id;
    m.term = term_;
    // The receiver takes it without looking at its log: never beyond what it is known to have.
    m.commit = std::min(peer.progress.match(), log_.committed());
    peer.progress.SentCommit(m.commit);
    Send(std::move(m));
  }
}

void Node::Impl::HandleAppend(const Message& m) {
  Message response;
  response.type = MessageType::kAppResp;
  response.to = m.from;
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
  Send(std::move(response));
}

// REQUIRES: leader.
void Node::Impl::HandleAppendResponse(const Message& m) {
  Peer* peer = Find(m.from);
  // Nobody has more than the leader: a peer that says so lies.
  if (peer == nullptr || (!m.reject && m.index > log_.last_index())) return;
  Progress& progress = peer->progress;
  if (m.reject) {
    // Skips a whole term of the leader's log at a time, too.
    Index hint = m.reject_hint;
    if (m.log_term > Term()) {
      hint = log_.FindConflictByTerm(std::min(hint, log_.last_index()), m.log_term).first;
    }
    if (!progress.MaybeDecrement(m.index, hint)) return;
    if (progress.state() == Progress::State::kReplicate) progress.BecomeProbe();
    MaybeSendAppend(*peer, true);
    return;
  }
  const bool news = progress.MaybeUpdate(m.index);
  const bool probe_answered =
      progress.match() == m.index && progress.state() == Progress::State::kProbe;
  if (!news && !probe_answered) return;
  if (progress.state() == Progress::State::kProbe) {
    progress.BecomeReplicate();
  } else {
    progress.FreeInflight(m.index);
  }
  const bool to_itself = m.from == config_.id;
  if (MaybeCommit()) {
    BroadcastAppend();
  } else if (!to_itself && progress.CanBumpCommit(log_.committed())) {
    MaybeSendAppend(*peer, true);
  }
  // The window has room again.
  while (!to_itself && MaybeSendAppend(*peer, false)) {
  }
}

// The highest index that a quorum has, if it is of this term: an entry of an older term may still
// be overwritten (Raft paper figure 8).
bool Node::Impl::MaybeCommit() {
  std::vector<Index> match;
  match.reserve(peers_.size());
  for (const Peer& peer : peers_) match.push_back(peer.progress.match());
  const auto quorum = match.begin() + static_cast<std::ptrdiff_t>(Quorum() - 1);
  std::nth_element(match.begin(), quorum, match.end(), std::greater<>());
  const bool advanced = log_.MaybeCommit(*quorum, term_);
  TraceNode(trace::EventName::kCommit);
  return advanced;
}

void Node::Impl::HandleHeartbeat(const Message& m) {
  log_.CommitTo(m.commit);
  Message response;
  response.type = MessageType::kHeartbeatResp;
  response.to = m.from;
  response.term = term_;
  Send(std::move(response));
}

// REQUIRES: leader.
void Node::Impl::HandleHeartbeatResponse(const Message& m) {
  Peer* peer = Find(m.from);
  if (peer == nullptr) return;
  peer->progress.Resume();
  const bool behind = peer->progress.match() < log_.last_index();
  if (behind || peer->progress.state() == Progress::State::kProbe) MaybeSendAppend(*peer, true);
}

}  // namespace raft
