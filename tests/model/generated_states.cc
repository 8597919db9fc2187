#include "tests/model/generated_states.h"

#include <algorithm>

namespace spec::testing {

std::vector<ConfChange> Changes() {
  using Transition = ConfChange::Transition;
  const auto set = [](std::initializer_list<int> servers) {
    ServerSet all;
    for (const int i : servers) all.Insert(static_cast<Server>(i));
    return all;
  };
  std::vector<ConfChange> changes = {
      {},  // leave the joint configuration
      {Transition::kAuto, 2, set({1}), set({2}), {}},
      {Transition::kAuto, 2, set({0}), {}, set({1})},
      {Transition::kJointImplicit, 1, set({2}), {}, {}},
      {Transition::kJointImplicit, 2, {}, set({0}), set({1})},
      {Transition::kJointExplicit, 1, {}, {}, set({0})},
      {Transition::kJointExplicit, 3, set({0, 1}), set({2}), {}},
  };
  for (int i = 0; i < kServers; ++i) {
    changes.push_back({Transition::kAuto, 1, set({i}), {}, {}});
    changes.push_back({Transition::kAuto, 1, {}, set({i}), {}});
    changes.push_back({Transition::kAuto, 1, {}, {}, set({i})});
  }
  return changes;
}

Set Chance::AnySet() {
  Set set;
  for (Server i = 0; i < kServers; ++i) {
    if (Percent(50)) set.Insert(i);
  }
  return set;
}

// Terms seldom fall within a log.
LogId GeneratedStates::Entry(LogId log) {
  const Term last = std::max<Term>(PackedLogs::LastTerm(log), 1);
  const Term term =
      chance_.Percent(90) ? chance_.Between(last, kNewestTerm) : chance_.Between(1, kNewestTerm);
  if (chance_.Percent(60)) return logs_.Append(log, term, chance_.Between(1, kValues));
  const auto& changes = logs_.changes();
  return logs_.Append(log, term, 0, changes[chance_.Between(0, changes.size() - 1)]);
}

LogId GeneratedStates::Log() {
  LogId log = PackedLogs::Prefix(trunk_, chance_.Between(0, PackedLogs::Length(trunk_)));
  while (PackedLogs::Length(log) < 4 && chance_.Percent(30)) log = Entry(log);
  return log;
}

void GeneratedStates::DrawRole(Server i) {
  auto& s = state_.state[i];
  s.current_term = chance_.Between(0, kNewestTerm);
  s.state = chance_.Percent(30) ? Role::kFollower : static_cast<Role>(chance_.Between(0, 3));
  s.voted_for = chance_.ServerOrNil();
  s.leader_id = s.state == Role::kLeader ? i : chance_.ServerOrNil();
  s.forced = s.state == Role::kCandidate && chance_.Percent(50);
  if (s.state == Role::kCandidate || s.state == Role::kPreCandidate) {
    s.votes_responded = chance_.AnySet() | chance_.AnySet();
    s.votes_granted = s.votes_responded & (chance_.AnySet() | chance_.AnySet());
  }
  if (s.state != Role::kLeader) return;
  for (Server j = 0; j < kServers; ++j) {
    const Index last = PackedLogs::Length(s.log);
    s.match_index[j] = chance_.Percent(30) ? last : chance_.Between(0, last + 1);
  }
}

void GeneratedStates::DrawConfig(Server i) {
  auto& config = state_.state[i].config;
  config.voters = chance_.AnySet() | chance_.AnySet();
  if (chance_.Percent(30)) config.outgoing = chance_.AnySet();
  if (config.IsJoint()) {
    config.auto_leave = chance_.Percent(50);
    config.learners_next = config.outgoing & chance_.AnySet();
  }
  config.learners = chance_.AnySet() - config.Voters();
}

void GeneratedStates::DrawDisk(Server i) {
  auto& s = state_.state[i];
  auto& disk = s.durable;
  disk.log = chance_.Percent(30) ? LogId{s.log} : Log();
  disk.term =
      chance_.Percent(30) ? std::uint64_t{s.current_term} : chance_.Between(0, s.current_term);
  disk.vote = chance_.Percent(40) ? s.voted_for : chance_.ServerOrNil();
  disk.commit = chance_.Percent(70) ? chance_.Between(0, s.commit_index) : chance_.Between(0, 4);
  const LogId kept =
      s.pending_snapshot != 0 ? LogId{disk.log} : PackedLogs::CommonPrefix(s.log, disk.log);
  Index most = PackedLogs::Length(kept);
  if (s.pending_snapshot != 0) most = std::min<Index>(most, s.pending_snapshot - 1);
  disk.snapshot = chance_.Between(0, most);
  disk.log_start = chance_.Between(0, disk.snapshot);
}

void GeneratedStates::DrawHistory() {
  auto& history = state_.history;
  for (Term term = 1; term <= kNewestTerm; ++term) {
    if (chance_.Percent(50)) history.elections[term] = chance_.AnySet();
  }
  history.committed = Log();
  for (Index k = 0; k < PackedLogs::Length(history.committed); ++k) {
    history.at[k] = chance_.Between(0, kNewestTerm);
    history.voters[k] = chance_.AnySet();
    if (chance_.Percent(30)) history.outgoing[k] = chance_.AnySet();
  }
  for (auto& read : history.reads) {
    if (chance_.Percent(30)) continue;  // not asked for
    read.server = chance_.AnyServer();
    read.known = chance_.Between(0, 3);
    if (chance_.Percent(40)) continue;  // no leader has it
    read.leader = chance_.AnyServer();
    read.term = chance_.Percent(60) ? std::uint64_t{state_.state[read.leader].current_term}
                                    : chance_.Between(0, kNewestTerm);
    read.index = chance_.Between(0, 3);
    read.acks = chance_.AnySet() | chance_.AnySet();
    read.served = chance_.Percent(20);
  }
}

void GeneratedStates::DrawFields(Network::Message& m, LogId own) {
  const auto position = [&] {
    const LogId log = Log();
    m.index = PackedLogs::Length(log);
    m.log_term = PackedLogs::LastTerm(log);
  };
  switch (m.type) {
    case MessageType::kMsgVote:
      m.force = chance_.Percent(30);
      return position();
    case MessageType::kMsgPreVote:
      return position();
    case MessageType::kMsgVoteResp:
    case MessageType::kMsgPreVoteResp:
      m.reject = chance_.Percent(50);
      if (!m.reject || chance_.Percent(50)) return;
      position();
      m.commit = m.index;
      m.index = 0;
      return;
    case MessageType::kMsgApp: {
      // Half of them continue what the receiver has, with entries that may be others of its terms.
      LogId log = Log();
      m.index = chance_.Between(0, PackedLogs::Length(log));
      if (chance_.Percent(50)) {
        m.index = chance_.Between(0, PackedLogs::Length(own));
        log = PackedLogs::Prefix(own, m.index);
        while (PackedLogs::Length(log) < 4 && chance_.Percent(70)) {
          const Index next = PackedLogs::Length(log) + 1;
          log = next <= PackedLogs::Length(own) && chance_.Percent(60)
                    ? logs_.Append(log, PackedLogs::TermAt(own, next), chance_.Between(1, kValues))
                    : Entry(log);
        }
      }
      m.entry_count = chance_.Between(0, PackedLogs::Length(log) - m.index);
      m.entries = m.entry_count == 0 ? kEmptyLog : PackedLogs::Prefix(log, m.index + m.entry_count);
      m.log_term =
          chance_.Percent(90) ? PackedLogs::TermAt(log, m.index) : chance_.Between(0, kNewestTerm);
      m.commit = chance_.Between(0, 5);
      return;
    }
    case MessageType::kMsgAppResp:
      m.reject = chance_.Percent(30);
      m.index = chance_.Between(0, 5);
      if (m.reject) m.hint = chance_.Between(0, 3);
      return;
    case MessageType::kMsgHeartbeat:
      m.commit = chance_.Between(0, 5);
      m.context = chance_.Between(0, kReads);
      return;
    case MessageType::kMsgHeartbeatResp:
      m.context = chance_.Between(0, kReads);
      return;
    case MessageType::kMsgSnap:
      m.entries = Log();
      m.entry_count = PackedLogs::Length(m.entries);
      return;
    case MessageType::kMsgTimeoutNow:
      return;
  }
}

Network::Message GeneratedStates::MessageTo(const ModelState& state, Server to) {
  Network::Message m;
  m.type = static_cast<MessageType>(chance_.Between(0, 9));
  m.from = chance_.AnyServer();
  m.to = to;
  if (IsFromLeader(m)) {  // who does not follow takes up none of these
    for (int k = 0; k < 4 && state.state[m.to].state != Role::kFollower; ++k) {
      m.to = chance_.AnyServer();
    }
  }
  const Term own = state.state[m.to].current_term;
  m.term = chance_.Percent(70) ? own : chance_.Between(own > 0 ? own - 1 : 0, own + 1);
  DrawFields(m, state.state[m.to].log);
  return m;
}

Network::Durable GeneratedStates::Disk(const ModelState& state, Server i) {
  const auto& s = state.state[i];
  Network::Durable disk = s.durable;
  if (s.pending_snapshot != 0 && chance_.Percent(60)) {
    disk.snapshot = s.pending_snapshot;
    disk.log_start = s.pending_snapshot;
  }
  if (chance_.Percent(60)) {
    disk.log = PackedLogs::Prefix(s.log, chance_.Between(0, PackedLogs::Length(s.log)));
  }
  if (chance_.Percent(30)) {
    disk.log = s.log;
    disk.term = s.current_term;
    disk.vote = s.voted_for;
  }
  disk.commit = chance_.Percent(70) ? std::uint64_t{s.durable.commit} : chance_.Between(0, 4);
  // One field that is wrong, perhaps.
  const Index length = PackedLogs::Length(disk.log);
  switch (chance_.Between(0, 11)) {
    case 0:
      disk.term = chance_.Between(0, kNewestTerm);
      break;
    case 1:
      disk.vote = chance_.ServerOrNil();
      break;
    case 2:
      disk.log = Log();
      break;
    case 3:
    case 5:
      disk.snapshot = chance_.Between(0, length);
      break;
    case 4:
      disk.log_start = chance_.Between(0, length);
      break;
    default:
      break;
  }
  disk.snapshot = std::min<Index>(disk.snapshot, PackedLogs::Length(disk.log));
  return disk;
}

ModelState GeneratedStates::Next() {
  state_ = {};
  trunk_ = kEmptyLog;
  for (std::uint64_t k = chance_.Between(0, 4); k > 0; --k) trunk_ = Entry(trunk_);
  for (Server i = 0; i < kServers; ++i) {
    auto& s = state_.state[i];
    s.log = Log();
    const Index last = PackedLogs::Length(s.log);
    s.commit_index = chance_.Between(0, last);
    s.conf_index = chance_.Between(0, last);
    s.log_start = chance_.Between(0, chance_.Percent(50) ? last : 0);
    if (chance_.Percent(30)) s.pending_snapshot = chance_.Between(0, s.commit_index);
    DrawRole(i);
    DrawConfig(i);
    DrawDisk(i);
  }
  DrawHistory();
  for (std::uint64_t k = chance_.Between(3, 5); k > 0; --k) {
    Model model;
    static_cast<ModelState&>(model) = state_;
    const Network::Message m = MessageTo(state_, chance_.AnyServer());
    model.network.AddCopy(m);
    if (chance_.Percent(20)) model.network.AddCopy(m);
    if (chance_.Percent(30)) model.network.Send(m);
    state_ = model;
  }
  return state_;
}

}  // namespace spec::testing
