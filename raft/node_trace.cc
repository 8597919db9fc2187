// What a node writes to the trace, at the moments at which etcd's does (raft/trace/event.h).
#include "raft/node_impl.h"
#include "raft/trace_message.h"

namespace raft {
namespace {

using trace::EventName;

trace::Role TraceRole(Role role) {
  switch (role) {
    case Role::kFollower:
      return trace::Role::kFollower;
    case Role::kPreCandidate:
      return trace::Role::kPreCandidate;
    case Role::kCandidate:
      return trace::Role::kCandidate;
    case Role::kLeader:
      return trace::Role::kLeader;
  }
  return trace::Role::kFollower;
}

EventName SendName(MessageType type) {
  switch (type) {
    case MessageType::kVote:
      return EventName::kSendRequestVoteRequest;
    case MessageType::kVoteResp:
      return EventName::kSendRequestVoteResponse;
    case MessageType::kAppResp:
    case MessageType::kHeartbeatResp:
      return EventName::kSendAppendEntriesResponse;
    case MessageType::kApp:
    case MessageType::kHeartbeat:
    case MessageType::kSnap:
      return EventName::kSendAppendEntriesRequest;
    default:
      return EventName::kSendMessage;
  }
}

EventName ReceiveName(MessageType type) {
  switch (type) {
    case MessageType::kVote:
      return EventName::kReceiveRequestVoteRequest;
    case MessageType::kVoteResp:
      return EventName::kReceiveRequestVoteResponse;
    case MessageType::kAppResp:
    case MessageType::kHeartbeatResp:
      return EventName::kReceiveAppendEntriesResponse;
    case MessageType::kApp:
    case MessageType::kHeartbeat:
    case MessageType::kSnap:
      return EventName::kReceiveAppendEntriesRequest;
    default:
      return EventName::kReceiveMessage;
  }
}

trace::SingleConfChange::Action ShowAction(ConfChangeType type) {
  using Action = trace::SingleConfChange::Action;
  switch (type) {
    case ConfChangeType::kAddNode:
      return Action::kAddNewServer;
    case ConfChangeType::kRemoveNode:
      return Action::kRemoveServer;
    case ConfChangeType::kAddLearnerNode:
      return Action::kAddLearner;
  }
  return Action::kAddNewServer;
}

void ShowVoters(const JointConfig& voters, trace::Conf& shown) {
  shown[0].clear();
  shown[1].clear();
  for (const NodeId id : voters.incoming.voters()) shown[0].push_back(id.value());
  for (const NodeId id : voters.outgoing.voters()) shown[1].push_back(id.value());
}

}  // namespace

// Fills in what every event shows of the node.
void Node::Impl::TraceState(EventName name, trace::Event& e) {
  e.name = name;
  e.node = config_.id.value();
  e.state = {term_.value(), vote_.value(), log_.committed().value()};
  e.role = TraceRole(role_);
  e.lead = leader_.value();
  e.log = log_.last_index().value();
  if (!e.conf) e.conf.emplace();
  ShowVoters(tracker_.configuration().voters, *e.conf);
}

void Node::Impl::TraceNode(EventName name) {
  if (config_.sink == nullptr) return;
  TraceState(name, event_);
  event_.entry.reset();
  config_.sink->Emit(event_);
}

// Only leases need to know the time.
void Node::Impl::TraceTick() {
  if (config_.sink == nullptr || config_.read_only != ReadOnly::kLeaseBased) return;
  TraceState(EventName::kTick, event_);
  event_.entry.reset();
  event_.clock = ticks_;
  config_.sink->Emit(event_);
  event_.clock.reset();
}

void Node::Impl::TraceLeaseRead() {
  if (config_.sink == nullptr) return;
  TraceState(EventName::kLeaseRead, event_);
  event_.entry.reset();
  event_.index = log_.committed().value();
  config_.sink->Emit(event_);
  event_.index.reset();
}

// The event shows the configuration before.
void Node::Impl::TraceApplyConfChange(const Configuration& next) {
  if (config_.sink == nullptr) return;
  trace::Event e;
  TraceState(EventName::kApplyConfChange, e);
  trace::ConfChange& cc = e.prop.emplace().cc.emplace();
  ShowMembers(next.ToConfState(), cc.members.emplace());
  if (!cc.members->voters->empty()) cc.newconf = cc.members->voters;
  config_.sink->Emit(e);
}

// A leader is about to append a membership change.
void Node::Impl::TraceChangeConf(const Entry& entry, Index index, const ConfChange& change) {
  if (config_.sink == nullptr) return;
  trace::Event e;
  TraceState(EventName::kChangeConf, e);
  trace::ConfChange& cc = e.prop.emplace().cc.emplace();
  cc.changes.emplace();
  for (const ConfChangeSingle& single : change.changes) {
    cc.changes->push_back({single.node.value(), ShowAction(single.type)});
  }
  cc.transition = static_cast<trace::Transition>(change.transition);
  e.entry = {term_.value(), Digest(entry)};
  e.index = index.value();
  config_.sink->Emit(e);
}

// Membership changes have an event of their own (ChangeConf).
void Node::Impl::TraceReplicate(const Entry& entry) {
  if (config_.sink == nullptr || entry.type != EntryType::kNormal) return;
  TraceState(EventName::kReplicate, event_);
  event_.entry = {entry.term.value(), Digest(entry)};
  config_.sink->Emit(event_);
}

// Null for a message that is not traced.
trace::Event* Node::Impl::TraceMessage(EventName name, const Message& m) {
  if (config_.sink == nullptr) return nullptr;
  trace::Event& e = m.type == MessageType::kApp ? append_event_ : message_event_;
  if (!e.msg) e.msg.emplace();
  if (!ShowMessage(m, *e.msg)) return nullptr;
  TraceState(name, e);
  e.prop.reset();
  return &e;
}

void Node::Impl::TraceSend(const Message& m) {
  trace::Event* e = TraceMessage(SendName(m.type), m);
  if (e == nullptr) return;
  const Peer* own = tracker_.Find(config_.id);
  if (m.type == MessageType::kApp && own != nullptr) {
    e->prop.emplace();
    e->prop->match = own->progress.match().value();
    e->prop->next = own->progress.next().value();
  }
  config_.sink->Emit(*e);
}

void Node::Impl::TraceReceive(const Message& m) {
  const trace::Event* e = TraceMessage(ReceiveName(m.type), m);
  if (e != nullptr) config_.sink->Emit(*e);
}

}  // namespace raft
