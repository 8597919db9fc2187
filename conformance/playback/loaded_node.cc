#include "conformance/playback/loaded_node.h"

#include <algorithm>
#include <utility>

namespace playback {
namespace {

using spec::PackedLogs;
using spec::Role;
using spec::Server;

raft::NodeId IdOf(Server i) {
  return i == spec::kNil ? raft::NodeId() : raft::NodeId(std::uint64_t{i} + 1);
}

std::uint64_t NumberOf(Server i) { return i == spec::kNil ? 0 : std::uint64_t{i} + 1; }

// What an entry holds does not matter here, but that equal entries of a model stay equal.
std::vector<raft::Entry> EntriesOf(spec::LogId log, spec::Index first) {
  std::vector<raft::Entry> entries;
  for (spec::Index k = first; k <= PackedLogs::Length(log); ++k) {
    raft::Entry entry;
    entry.term = raft::Term(PackedLogs::TermAt(log, k));
    entry.index = raft::Index(k);
    entry.data = raft::Payload("v" + std::to_string(PackedLogs::CodeAt(log, k)));
    entries.push_back(std::move(entry));
  }
  return entries;
}

raft::Role RoleOf(Role role) {
  switch (role) {
    case Role::kFollower:
      return raft::Role::kFollower;
    case Role::kPreCandidate:
      return raft::Role::kPreCandidate;
    case Role::kCandidate:
      return raft::Role::kCandidate;
    case Role::kLeader:
      return raft::Role::kLeader;
  }
  return raft::Role::kFollower;
}

std::string Numbers(const std::vector<std::uint64_t>& numbers) {
  std::string text;
  for (const std::uint64_t number : numbers) {
    text += (text.empty() ? "" : " ") + std::to_string(number);
  }
  return text;
}

}  // namespace

std::string Describe(const VisibleState& view) {
  std::string text = std::string(raft::kRoleNames[static_cast<std::size_t>(view.role)]) + " term " +
                     std::to_string(view.term) + " vote " + std::to_string(view.vote) + " leader " +
                     std::to_string(view.leader) + " commit " + std::to_string(view.commit) +
                     " log terms [" + Numbers(view.log) + "]";
  if (!view.match.empty()) text += " match [" + Numbers(view.match) + "]";
  return text;
}

VisibleState ViewOf(const ModelOfPlay& model, const ModelOfPlay::State& state, Server i) {
  const auto& s = state.state[i];
  VisibleState view;
  view.term = s.current_term;
  view.vote = NumberOf(s.voted_for);
  view.leader = NumberOf(s.leader_id);
  view.commit = s.commit_index;
  view.role = RoleOf(s.state);
  for (spec::Index k = 1; k <= PackedLogs::Length(s.log); ++k) {
    view.log.push_back(PackedLogs::TermAt(s.log, k));
  }
  if (s.state == Role::kLeader) {
    for (Server j = 0; j < model.settings().constants.servers; ++j) {
      view.match.push_back(s.match_index[j]);
    }
  }
  return view;
}

raft::MessageType ToRaft(spec::MessageType type) {
  using Spec = spec::MessageType;
  switch (type) {
    case Spec::kMsgVote:
      return raft::MessageType::kVote;
    case Spec::kMsgVoteResp:
      return raft::MessageType::kVoteResp;
    case Spec::kMsgApp:
      return raft::MessageType::kApp;
    case Spec::kMsgAppResp:
      return raft::MessageType::kAppResp;
    case Spec::kMsgHeartbeat:
      return raft::MessageType::kHeartbeat;
    case Spec::kMsgHeartbeatResp:
      return raft::MessageType::kHeartbeatResp;
    case Spec::kMsgSnap:
      return raft::MessageType::kSnap;
    case Spec::kMsgPreVote:
      return raft::MessageType::kPreVote;
    case Spec::kMsgPreVoteResp:
      return raft::MessageType::kPreVoteResp;
    case Spec::kMsgTimeoutNow:
      return raft::MessageType::kTimeoutNow;
  }
  return raft::MessageType::kHup;
}

raft::Message ToRaft(const ModelMessage& m) {
  raft::Message message;
  message.type = ToRaft(m.type);
  message.from = IdOf(m.from);
  message.to = IdOf(m.to);
  message.term = raft::Term(m.term);
  message.index = raft::Index(m.index);
  message.log_term = raft::Term(m.log_term);
  message.commit = raft::Index(m.commit);
  message.reject = m.reject;
  message.reject_hint = raft::Index(m.hint);
  if (m.force) message.context = raft::Payload(raft::kTransferContext);
  if (m.type == spec::MessageType::kMsgApp) message.entries = EntriesOf(m.entries, m.index + 1);
  return message;
}

LoadedNode::LoadedNode(const ModelOfPlay& model, Server i) : i_(i) {
  for (Server j = 0; j < model.settings().constants.servers; ++j) servers_.push_back(j);
}

void LoadedNode::Start(const ModelOfPlay& model, const ModelOfPlay::State& /*state*/,
                       spec::LogId log, std::uint64_t term, std::uint64_t vote,
                       std::uint64_t commit) {
  raft::ConfState members;
  for (const Server j : servers_) members.voters.push_back(IdOf(j));
  storage_ = std::make_unique<raft::MemoryStorage>(members);
  if (log != spec::kEmptyLog) storage_->Append(EntriesOf(log, 1));
  storage_->SetHardState({raft::Term(term), raft::NodeId(vote), raft::Index(commit)});
  raft::Config config;
  config.id = IdOf(i_);
  config.storage = storage_.get();
  config.pre_vote = model.settings().constants.pre_vote;
  config.check_quorum = model.settings().constants.check_quorum;
  node_ = std::make_unique<raft::Node>(config);
}

void LoadedNode::StepFrom(Server j, raft::MessageType type, std::uint64_t term, bool reject,
                          std::uint64_t index) {
  raft::Message m;
  m.type = type;
  m.from = IdOf(j);
  m.to = IdOf(i_);
  m.term = raft::Term(term);
  m.reject = reject;
  m.index = raft::Index(index);
  node_->Step(std::move(m));
}

// One round of the host's loop after the other, until there is nothing to do.
void LoadedNode::Process() {
  for (int round = 0; round < 8 && node_->HasReady(); ++round) {
    Write();
    node_->Advance();
  }
}

raft::Ready& LoadedNode::Write() {
  raft::Ready& ready = node_->TakeReady();
  storage_->Append(ready.entries);
  if (ready.hard_state) storage_->SetHardState(*ready.hard_state);
  return ready;
}

void LoadedNode::Finish() {
  if (node_->HasReady()) sent_ = Write().messages;
}

VisibleState LoadedNode::View() {
  const raft::Status status = node_->status();
  VisibleState view;
  view.term = status.hard_state.term.value();
  view.vote = status.hard_state.vote.value();
  view.leader = status.soft_state.leader.value();
  view.commit = status.hard_state.commit.value();
  view.role = status.soft_state.role;
  for (std::uint64_t k = 1; k <= status.last_index.value(); ++k) {
    // What is not stored yet is what a leader appended.
    const bool stored = raft::Index(k) <= storage_->LastIndex();
    view.log.push_back(stored ? storage_->TermAt(raft::Index(k)).value() : view.term);
  }
  for (const raft::PeerStatus& peer : status.peers) view.match.push_back(peer.match.value());
  return view;
}

// A candidate of the model's term; its own vote is an answer that comes with Process.
bool LoadedNode::MakeCandidate(const ModelOfPlay& model, const ModelOfPlay::State& state) {
  const auto& s = state.state[i_];
  node_->Campaign();
  if (model.settings().constants.pre_vote) {
    Process();
    for (const Server j : servers_) {
      if (j == i_ || node_->role() != raft::Role::kPreCandidate) continue;
      StepFrom(j, raft::MessageType::kPreVoteResp, s.current_term, false);
    }
  }
  return node_->role() == raft::Role::kCandidate;
}

bool LoadedNode::MakeLeader(const ModelOfPlay& model, const ModelOfPlay::State& state) {
  const auto& s = state.state[i_];
  const spec::LogId log = s.log;
  spec::Index first = 1;
  while (first <= PackedLogs::Length(log) && PackedLogs::TermAt(log, first) != s.current_term) {
    ++first;
  }
  Start(model, state, PackedLogs::Prefix(log, first - 1), s.current_term - 1, 0,
        std::min<std::uint64_t>(s.commit_index, first - 1));
  if (!MakeCandidate(model, state)) return false;
  // The own vote first, by hand: the entry that opens the term must not be stored with it.
  if (node_->HasReady()) {
    Write();
    node_->Advance();
  }
  for (const Server j : servers_) {
    if (j == i_ || node_->role() != raft::Role::kCandidate) continue;
    StepFrom(j, raft::MessageType::kVoteResp, s.current_term, false);
  }
  for (spec::Index k = first; k <= PackedLogs::Length(log); ++k) {
    if (k > first) node_->Propose(raft::Payload("v"));
    if (s.match_index[i_] >= k) Process();
  }
  for (const Server j : servers_) {
    if (j == i_ || s.match_index[j] == 0) continue;
    StepFrom(j, raft::MessageType::kAppResp, s.current_term, false, s.match_index[j]);
  }
  return true;
}

std::optional<LoadedNode> LoadedNode::Load(const ModelOfPlay& model,
                                           const ModelOfPlay::State& state, Server i) {
  const auto& s = state.state[i];
  LoadedNode loaded(model, i);
  const auto answers = [&](raft::MessageType type, std::uint64_t granted_term) {
    for (const Server j : loaded.servers_) {
      if (j == i || !s.votes_responded.Contains(j)) continue;
      const bool granted = s.votes_granted.Contains(j);
      loaded.StepFrom(j, type, granted ? granted_term : std::uint64_t{s.current_term}, !granted);
    }
  };
  switch (s.state) {
    case Role::kFollower:
      loaded.Start(model, state, s.log, s.current_term, NumberOf(s.voted_for), s.commit_index);
      if (s.leader_id != spec::kNil && s.leader_id != i) {
        loaded.StepFrom(s.leader_id, raft::MessageType::kHeartbeat, s.current_term, false);
      }
      loaded.Process();
      break;
    case Role::kPreCandidate:
      loaded.Start(model, state, s.log, s.current_term, NumberOf(s.voted_for), s.commit_index);
      loaded.node_->Campaign();
      if (s.votes_responded.Contains(i)) loaded.Process();
      answers(raft::MessageType::kPreVoteResp, s.current_term + 1);
      break;
    case Role::kCandidate:
      loaded.Start(model, state, s.log, s.current_term - 1, 0, s.commit_index);
      if (!loaded.MakeCandidate(model, state)) return std::nullopt;
      if (s.votes_responded.Contains(i)) loaded.Process();
      answers(raft::MessageType::kVoteResp, s.current_term);
      break;
    case Role::kLeader:
      if (!loaded.MakeLeader(model, state)) return std::nullopt;
      break;
  }
  if (loaded.View() != ViewOf(model, state, i)) return std::nullopt;
  return loaded;
}

}  // namespace playback
