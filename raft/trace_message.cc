#include "raft/trace_message.h"

#include <optional>

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
    case MessageType::kHup:
    case MessageType::kBeat:
    case MessageType::kProp:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

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
