#include "conformance/playback/behaviour_to_trace.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "conformance/judge/compare.h"
#include "spec/model/exploration_visit.h"
#include "spec/model/model_text.h"

namespace playback {
namespace {

using spec::Action;
using spec::Move;
using spec::PackedLogs;
using spec::Server;
using trace::EventName;

trace::NodeId IdOf(Server i) { return i == spec::kNil ? 0 : trace::NodeId{i} + 1; }

// The events of a message that is sent, and received.
struct MessageEvents {
  EventName send;
  EventName receive;
};
MessageEvents EventsOf(spec::MessageType type) {
  using Type = spec::MessageType;
  switch (type) {
    case Type::kMsgVote:
      return {EventName::kSendRequestVoteRequest, EventName::kReceiveRequestVoteRequest};
    case Type::kMsgVoteResp:
      return {EventName::kSendRequestVoteResponse, EventName::kReceiveRequestVoteResponse};
    case Type::kMsgApp:
    case Type::kMsgHeartbeat:
    case Type::kMsgSnap:
      return {EventName::kSendAppendEntriesRequest, EventName::kReceiveAppendEntriesRequest};
    case Type::kMsgAppResp:
    case Type::kMsgHeartbeatResp:
      return {EventName::kSendAppendEntriesResponse, EventName::kReceiveAppendEntriesResponse};
    case Type::kMsgPreVote:
    case Type::kMsgPreVoteResp:
    case Type::kMsgTimeoutNow:
      break;
  }
  return {EventName::kSendMessage, EventName::kReceiveMessage};
}

std::vector<trace::Entry> EntriesOf(spec::LogId log, spec::Index first) {
  std::vector<trace::Entry> entries;
  for (spec::Index k = first; k <= PackedLogs::Length(log); ++k) {
    entries.push_back({PackedLogs::TermAt(log, k), PackedLogs::CodeAt(log, k)});
  }
  return entries;
}

template <int n>
class Writer {
 public:
  using Model = spec::McRaft<n>;
  using State = typename Model::State;
  using Message = typename Model::Next::Network::Message;

  Writer(const Model& model, trace::Sink& sink) : model_(model), sink_(sink) {
    for (Server i = 0; i < model.settings().constants.servers; ++i) {
      if (model.settings().constants.initial.voters.Contains(i)) members_.push_back(IdOf(i));
    }
  }

  BehaviourTrace Run(const spec::Behaviour& behaviour) {
    BehaviourTrace written;
    auto worker = model_.MakeWorker();
    State state = model_.Initial()[behaviour.initial];
    for (Server i = 0; i < model_.settings().constants.servers; ++i) Start(state, i);
    for (const Move& move : behaviour.moves) {
      const State after = worker.Take(state, move);
      written.why = Write(state, move, after);
      if (!written.why.empty()) {
        written.why = spec::MoveText(model_, state, move) + ": " + written.why;
        break;
      }
      ++written.steps;
      state = after;
    }
    return written;
  }

 private:
  void Emit(trace::Event& event) {
    event.seq = ++seq_;
    sink_.Emit(event);
  }
  trace::Event EventOf(EventName name, const State& state, Server i) const {
    const auto& s = state.state[i];
    trace::Event event;
    event.name = name;
    event.node = IdOf(i);
    event.state = trace::State{s.current_term, IdOf(s.voted_for), s.commit_index};
    event.role = conformance::ToTrace(s.state);
    event.log = PackedLogs::Length(s.log);
    event.conf = trace::Conf{members_, {}};
    event.lead = IdOf(s.leader_id);
    return event;
  }
  void Line(EventName name, const State& state, Server i) {
    trace::Event event = EventOf(name, state, i);
    Emit(event);
  }
  void MessageLine(EventName name, const State& state, Server i, const Message& m) {
    trace::Event event = EventOf(name, state, i);
    event.msg = Show(m);
    Emit(event);
  }
  static trace::Message Show(const Message& m) {
    trace::Message shown;
    shown.type = conformance::ToTrace(m.type);
    shown.term = m.term;
    shown.from = IdOf(m.from);
    shown.to = IdOf(m.to);
    shown.entries = m.entry_count;
    shown.log_term = m.log_term;
    shown.index = m.index;
    shown.commit = m.commit;
    shown.reject = m.reject;
    shown.reject_hint = m.hint;
    if (m.type == spec::MessageType::kMsgApp) shown.ents = EntriesOf(m.entries, m.index + 1);
    if (m.type == spec::MessageType::kMsgVote) shown.force = m.force;
    if (m.sent != 0) shown.sent = m.sent;
    return shown;
  }

  // What a server writes when it loads what its disk holds.
  void Start(const State& state, Server i) {
    const auto& disk = state.state[i].durable;
    trace::Event event;
    event.name = EventName::kInitState;
    event.node = IdOf(i);
    event.state = trace::State{0, 0, 0};
    event.role = trace::Role::kFollower;
    event.log = PackedLogs::Length(disk.log);
    event.conf = trace::Conf{};
    event.lead = 0;
    Emit(event);
    event.name = EventName::kApplyConfChange;
    event.prop.emplace().cc.emplace().newconf = members_;
    event.prop->cc->members =
        trace::Members{members_, std::vector<trace::NodeId>{}, std::vector<trace::NodeId>{},
                       std::vector<trace::NodeId>{}, false};
    Emit(event);
    Line(EventName::kBecomeFollower, state, i);
  }

  // The message that a step queued or sent.
  static std::optional<Message> Sent(const State& before, const State& after, Server i) {
    for (const auto& slot : after.network.Slots()) {
      if (slot.message.from != i) continue;
      const Message& m = slot.message;
      if (after.network.Copies(m) > before.network.Copies(m)) return m;
    }
    return std::nullopt;
  }

  // Empty if the step has its lines now.
  std::string Write(const State& before, const Move& move, const State& after) {
    const Server i = move.i;
    if (hands_[i] && !IsReceive(move.action) && !IsNetwork(move)) {
      return "the server must first handle the message whose term it has taken";
    }
    switch (move.action) {
      case Action::kTimeout:
        Line(EventName::kBecomeCandidate, after, i);
        return "";
      case Action::kBecomePreCandidate:
        Line(EventName::kBecomePreCandidate, after, i);
        return "";
      case Action::kBecomeLeader:
        Line(EventName::kBecomeLeader, after, i);
        return "";
      case Action::kStepDown:
        Line(EventName::kBecomeFollower, after, i);
        return "";
      case Action::kForgetLeader:
        Line(EventName::kForgetLeader, after, i);
        return "";
      case Action::kAdvanceCommitIndex:
        Line(EventName::kCommit, after, i);
        return "";
      case Action::kRequestVote:
      case Action::kRequestPreVote:
      case Action::kAppendEntries:
      case Action::kHeartbeat:
      case Action::kSendTimeoutNow: {
        const Message m = *Sent(before, after, i);
        MessageLine(EventsOf(m.type).send, after, i, m);
        return "";
      }
      case Action::kClientRequest:
        Propose(before, after, i);
        return "";
      case Action::kAppendEntriesToSelf:
        Acknowledge(before, after, i);
        return "";
      case Action::kPersist:
        Persist(before, after, i);
        return "";
      case Action::kRestart:
        return Restart(before, after, i);
      case Action::kTick:
        Tick(before, after);
        return "";
      case Action::kDropMessage:
      case Action::kDuplicateMessage: {
        trace::Event event;
        event.name = move.action == Action::kDropMessage ? EventName::kDropMessage
                                                         : EventName::kDuplicateMessage;
        event.node = IdOf(i);
        event.msg = Show(before.network.Slots()[move.a].message);
        Emit(event);
        return "";
      }
      default:
        if (IsReceive(move.action)) return Receive(before, move, after);
        return "such steps have no line yet";
    }
  }
  static bool IsNetwork(const Move& move) {
    return move.action == Action::kDropMessage || move.action == Action::kDuplicateMessage;
  }

  // A line announces the entry, another acknowledges it: with that it is in the log.
  void Propose(const State& before, const State& after, Server i) {
    const spec::LogId log = after.state[i].log;
    trace::Event event = EventOf(EventName::kReplicate, before, i);
    event.entry = EntriesOf(log, PackedLogs::Length(log)).front();
    Emit(event);
    Message m;
    m.type = spec::MessageType::kMsgAppResp;
    m.from = i;
    m.to = i;
    m.term = after.state[i].current_term;
    m.index = PackedLogs::Length(log);
    MessageLine(EventName::kSendAppendEntriesResponse, after, i, m);
    acknowledged_[i] = m.index;
  }
  void Acknowledge(const State& before, const State& after, Server i) {
    const Message m = *Sent(before, after, i);
    if (acknowledged_[i] == m.index) {  // by Propose; only once
      acknowledged_[i] = 0;
      return;
    }
    MessageLine(EventName::kSendAppendEntriesResponse, after, i, m);
  }

  static trace::Durable DurableOf(const State& state, Server i) {
    const auto& disk = state.state[i].durable;
    trace::Durable durable;
    durable.term = disk.term;
    durable.vote = IdOf(disk.vote);
    durable.commit = disk.commit;
    durable.log = PackedLogs::Length(disk.log);
    durable.log_term = PackedLogs::LastTerm(disk.log);
    durable.snapshot = disk.snapshot;
    return durable;
  }
  static void ShowWritten(trace::Event& event, spec::LogId old, spec::LogId now) {
    const spec::Index kept = PackedLogs::Length(PackedLogs::CommonPrefix(old, now));
    event.ents = EntriesOf(now, kept + 1);
    event.index = event.ents->empty() ? 0 : kept + 1;
  }
  void Persist(const State& before, const State& after, Server i) {
    Line(EventName::kReady, before, i);
    trace::Event event;
    event.name = EventName::kPersist;
    event.node = IdOf(i);
    event.durable = DurableOf(after, i);
    ShowWritten(event, before.state[i].durable.log, after.state[i].durable.log);
    Emit(event);
  }
  void Tick(const State& before, const State& after) {
    for (Server i = 0; i < model_.settings().constants.servers; ++i) {
      if (after.history.ClockOf(i) == before.history.ClockOf(i)) continue;
      trace::Event event = EventOf(EventName::kTick, after, i);
      event.clock = after.history.ClockOf(i);
      Emit(event);
    }
  }
  // What was written before the crash was handed over; a crash amid that leaves part of it.
  std::string Restart(const State& before, const State& after, Server i) {
    Line(EventName::kReady, before, i);
    trace::Event event;
    event.name = EventName::kCrash;
    event.node = IdOf(i);
    event.durable = DurableOf(after, i);
    ShowWritten(event, before.state[i].durable.log, after.state[i].durable.log);
    Emit(event);
    Start(after, i);
    acknowledged_[i] = 0;
    return "";
  }

  std::string Receive(const State& before, const Move& move, const State& after) {
    const Server i = move.i;
    const Message m = before.network.Slots()[move.a].message;
    if (hands_[i] && std::memcmp(&*hands_[i], &m, sizeof m) != 0) {
      return "the server must first handle the message whose term it has taken";
    }
    if (!hands_[i]) MessageLine(EventsOf(m.type).receive, before, i, m);
    hands_[i].reset();
    if (StaysInFlight(move.action)) {
      Line(EventName::kBecomeFollower, after, i);
      hands_[i] = m;
      return "";
    }
    if (m.type == spec::MessageType::kMsgTimeoutNow &&
        after.state[i].state == spec::Role::kCandidate) {
      Line(EventName::kBecomeCandidate, after, i);
    }
    const std::optional<Message> response = Sent(before, after, i);
    if (!response) return "";
    // A vote is shown before it is recorded.
    const bool votes = response->type == spec::MessageType::kMsgVoteResp;
    MessageLine(EventsOf(response->type).send, votes ? before : after, i, *response);
    return "";
  }

  const Model& model_;
  trace::Sink& sink_;
  std::vector<trace::NodeId> members_;
  std::uint64_t seq_ = 0;
  std::array<std::optional<Message>, static_cast<std::size_t>(n)> hands_;
  std::array<spec::Index, static_cast<std::size_t>(n)> acknowledged_{};
};

}  // namespace

trace::Header HeaderOf(const spec::ModelSettings& settings) {
  trace::Header header;
  header.version = trace::kFormatVersion;
  header.servers.emplace();
  for (Server i = 0; i < settings.constants.servers; ++i) {
    if (settings.constants.initial.voters.Contains(i)) header.servers->push_back(IdOf(i));
  }
  header.pre_vote = settings.constants.pre_vote;
  header.check_quorum = settings.constants.check_quorum;
  header.answers_older_terms = settings.constants.answers_older_terms;
  header.votes_carry_commit = settings.constants.votes_carry_commit;
  header.lease_reads = settings.constants.lease_reads;
  if (settings.constants.Clocked()) {
    header.clock_logged = true;
    header.election_ticks = settings.constants.election_ticks;
  }
  if (!settings.constants.validates_changes) header.validates_changes = false;
  header.async_storage = false;
  header.messages_logged = settings.constants.campaign_messages || !settings.constants.pre_vote;
  header.network_logged = true;
  header.disk_logged = true;
  return header;
}

BehaviourTrace ToTrace(const spec::Exploration& exploration, const spec::Behaviour& behaviour,
                       trace::Sink& sink) {
  return exploration.Visit(
      [&]<int n>(const spec::McRaft<n>& model) { return Writer<n>(model, sink).Run(behaviour); });
}

}  // namespace playback
