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

trace::Event& Node::Impl::TraceState(EventName name) {
  trace::Event& e = event_;
  e.name = name;
  e.node = config_.id.value();
  e.state = {term_.value(), vote_.value(), log_.committed().value()};
  e.role = TraceRole(role_);
  e.log = log_.last_index().value();
  if (!e.conf) e.conf.emplace();
  if ((*e.conf)[0].size() != peers_.size()) {
    (*e.conf)[0].clear();
    for (const Peer& peer : peers_) (*e.conf)[0].push_back(peer.id.value());
  }
  return e;
}

void Node::Impl::TraceNode(EventName name) {
  if (config_.sink == nullptr) return;
  TraceState(name);
  event_.msg.reset();
  event_.prop.reset();
  event_.entry.reset();
  config_.sink->Emit(event_);
}

// The configuration that was loaded comes into force: the event shows the one before, which is
// none.
void Node::Impl::TraceConfChange() {
  if (config_.sink == nullptr) return;
  trace::Event e = TraceState(EventName::kApplyConfChange);
  e.prop.emplace().cc.emplace();
  if (!peers_.empty()) e.prop->cc->newconf = (*e.conf)[0];
  (*e.conf)[0].clear();
  config_.sink->Emit(e);
}

void Node::Impl::TraceReplicate(const Entry& entry) {
  if (config_.sink == nullptr) return;
  TraceState(EventName::kReplicate);
  event_.msg.reset();
  event_.prop.reset();
  event_.entry = {entry.term.value(), Digest(entry)};
  config_.sink->Emit(event_);
}

// False for a message that the trace does not know.
bool Node::Impl::TraceMessage(EventName name, const Message& m) {
  if (config_.sink == nullptr) return false;
  if (!event_.msg) event_.msg.emplace();
  if (!ShowMessage(m, *event_.msg)) return false;
  TraceState(name);
  event_.entry.reset();
  event_.prop.reset();
  return true;
}

void Node::Impl::TraceSend(const Message& m) {
  if (!TraceMessage(SendName(m.type), m)) return;
  if (m.type == MessageType::kApp) {
    const Progress& own = Find(config_.id)->progress;
    event_.prop.emplace();
    event_.prop->match = own.match().value();
    event_.prop->next = own.next().value();
  }
  config_.sink->Emit(event_);
}

void Node::Impl::TraceReceive(const Message& m) {
  if (TraceMessage(ReceiveName(m.type), m)) config_.sink->Emit(event_);
}

}  // namespace raft
