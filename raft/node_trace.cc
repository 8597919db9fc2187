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
    default:
      return EventName::kSendAppendEntriesRequest;
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
    default:
      return EventName::kReceiveAppendEntriesRequest;
  }
}

}  // namespace

// Fills in what every event shows of the node.
void Node::Impl::TraceState(EventName name, trace::Event& e) {
  e.name = name;
  e.node = config_.id.value();
  e.state = {term_.value(), vote_.value(), log_.committed().value()};
  e.role = TraceRole(role_);
  e.log = log_.last_index().value();
  if (!e.conf) e.conf.emplace();
  (*e.conf)[0].clear();
  for (const Peer& peer : peers_) (*e.conf)[0].push_back(peer.id.value());
}

void Node::Impl::TraceNode(EventName name) {
  if (config_.sink == nullptr) return;
  TraceState(name, event_);
  event_.entry.reset();
  config_.sink->Emit(event_);
}

// The configuration that was loaded comes into force: the event shows the one before, which is
// none.
void Node::Impl::TraceConfChange() {
  if (config_.sink == nullptr) return;
  trace::Event e;
  TraceState(EventName::kApplyConfChange, e);
  e.prop.emplace().cc.emplace();
  if (!peers_.empty()) e.prop->cc->newconf = (*e.conf)[0];
  (*e.conf)[0].clear();
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
  if (m.type == MessageType::kApp) {
    const Progress& own = Find(config_.id)->progress;
    e->prop.emplace();
    e->prop->match = own.match().value();
    e->prop->next = own.next().value();
  }
  config_.sink->Emit(*e);
}

void Node::Impl::TraceReceive(const Message& m) {
  const trace::Event* e = TraceMessage(ReceiveName(m.type), m);
  if (e != nullptr) config_.sink->Emit(*e);
}

}  // namespace raft
