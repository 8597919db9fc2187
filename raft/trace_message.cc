#include "raft/trace_message.h"

#include <optional>

#include "raft/heartbeat_context.h"

namespace raft {
namespace {

std::optional<trace::MessageType> ShownType(MessageType type) {
  switch (type) {
    case MessageType::kApp:
      return trace::MessageType::kMsgApp;
    case MessageType::kAppResp:
      return trace::MessageType::kMsgAppResp;
    case MessageType::kVote:
      return trace::MessageType::kMsgVote;
    case MessageType::kVoteResp:
      return trace::MessageType::kMsgVoteResp;
    case MessageType::kHeartbeat:
      return trace::MessageType::kMsgHeartbeat;
    case MessageType::kHeartbeatResp:
      return trace::MessageType::kMsgHeartbeatResp;
    case MessageType::kSnap:
      return trace::MessageType::kMsgSnap;
    case MessageType::kPreVote:
      return trace::MessageType::kMsgPreVote;
    case MessageType::kPreVoteResp:
      return trace::MessageType::kMsgPreVoteResp;
    case MessageType::kTimeoutNow:
      return trace::MessageType::kMsgTimeoutNow;
    default:
      return std::nullopt;
  }
}

void ShowIds(const std::vector<NodeId>& ids, trace::Field<std::vector<trace::NodeId>>& shown) {
  if (!shown) shown.emplace();
  shown->clear();
  for (const NodeId id : ids) shown->push_back(id.value());
}

}  // namespace

void ShowMembers(const ConfState& state, trace::Members& shown) {
  ShowIds(state.voters, shown.voters);
  ShowIds(state.voters_outgoing, shown.outgoing);
  ShowIds(state.learners, shown.learners);
  ShowIds(state.learners_next, shown.learners_next);
  shown.auto_leave = state.auto_leave;
}

bool ShowMessage(const Message& m, trace::Message& shown) {
  const std::optional<trace::MessageType> type = ShownType(m.type);
  if (!type) return false;
  shown.type = type;
  shown.term = m.term.value();
  shown.from = m.from.value();
  shown.to = m.to.value();
  shown.entries = m.entries.size();
  shown.log_term = m.log_term.value();
  shown.index = m.index.value();
  shown.commit = m.commit.value();
  shown.vote = 0;
  shown.reject = m.reject;
  shown.reject_hint = m.reject_hint.value();
  shown.force.reset();
  shown.sent.reset();
  shown.snapshot.reset();
  if (m.type == MessageType::kVote || m.type == MessageType::kPreVote) {
    shown.force = m.context.view() == kTransferContext;
  }
  if (m.type == MessageType::kHeartbeat || m.type == MessageType::kHeartbeatResp) {
    shown.sent = SentAt(m.context.view());
  }
  if (m.snapshot) {
    shown.entries = m.snapshot->index.value();  // as etcd does
    shown.snapshot.emplace();
    shown.snapshot->index = m.snapshot->index.value();
    shown.snapshot->term = m.snapshot->term.value();
    ShowMembers(m.snapshot->conf_state, shown.snapshot->members.emplace());
  }
  if (m.type != MessageType::kApp) {
    shown.ents.reset();
    return true;
  }
  if (!shown.ents) shown.ents.emplace();
  shown.ents->clear();
  for (const Entry& entry : m.entries) {
    shown.ents->push_back({entry.term.value(), Digest(entry)});
  }
  return true;
}

}  // namespace raft
