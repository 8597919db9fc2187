// Handlers: messages are queued, received, lost and copied.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/judge/raft_trace_handlers.h"
#include "conformance/judge/raft_trace_infer.h"
#include "conformance/judge/raft_trace_received.h"

namespace conformance {
namespace {

using Name = trace::EventName;

// Does the line have a message, of a type that belongs to its event?
bool HasMessage(Line& line) {
  if (!line.event.msg) return line.Refuse(line.Name(), "the event has a msg");
  if (!line.event.msg->type) return true;
  const trace::MessageType type = *line.event.msg->type;
  using T = trace::MessageType;
  bool fits = true;
  switch (line.event.name) {
    case Name::kSendAppendEntriesRequest:
    case Name::kReceiveAppendEntriesRequest:
      fits = type == T::kMsgApp || type == T::kMsgHeartbeat || type == T::kMsgSnap;
      break;
    case Name::kSendAppendEntriesResponse:
    case Name::kReceiveAppendEntriesResponse:
      fits = type == T::kMsgAppResp || type == T::kMsgHeartbeatResp;
      break;
    case Name::kSendRequestVoteRequest:
    case Name::kReceiveRequestVoteRequest:
      fits = type == T::kMsgVote;
      break;
    case Name::kSendRequestVoteResponse:
    case Name::kReceiveRequestVoteResponse:
      fits = type == T::kMsgVoteResp;
      break;
    case Name::kSendMessage:
    case Name::kReceiveMessage:
      fits = type == T::kMsgPreVote || type == T::kMsgPreVoteResp || type == T::kMsgTimeoutNow;
      break;
    default:
      break;
  }
  return fits ||
         line.Refuse(
             line.Name(), "msg.type is of this event's kind",
             "msg.type = " + std::string(trace::kMessageTypeNames[static_cast<std::size_t>(type)]));
}

// ---- Sending.

// The line shows the state, and the message that the action queued.
bool ShowsSent(Line& line, std::string_view action, const spec::Message& m) {
  Comparison comparison = line.Compare();
  comparison.State(line.event, line.ShownNow());
  line.CompareMessage(comparison, m);
  if (line.event.prop) {  // MsgApp: the sender's own progress
    comparison.Number("prop.match", line.server().match_index[line.i], line.event.prop->match);
    comparison.Number("prop.next", line.server().match_index[line.i] + 1, line.event.prop->next);
  }
  return line.Agrees(action, comparison);
}

bool Sends(Line& line, std::string_view action, const spec::Outcome& outcome) {
  return line.Take(action, outcome) && ShowsSent(line, action, line.raft.network.LastSent());
}

// The announced entries, in the order of the log.  A membership change says its index; the other
// entries say none and fill the places that are left.
std::vector<Announced> InLogOrder(Line& line, const std::vector<Announced>& announced) {
  std::vector<Announced> ordered;
  std::vector<Announced> normal;
  std::vector<Announced> placed;
  for (const Announced& one : announced) (one.index == 0 ? normal : placed).push_back(one);
  spec::Index index = line.context.tree.Length(line.server().log);
  std::size_t next_normal = 0;
  std::size_t next_placed = 0;
  while (ordered.size() < announced.size()) {
    ++index;
    const bool here = next_placed < placed.size() && placed[next_placed].index == index;
    if (here || next_normal == normal.size()) {
      ordered.push_back(placed[next_placed++]);
    } else {
      ordered.push_back(normal[next_normal++]);
    }
  }
  return ordered;
}

// A leader appends the entries that Replicate and ChangeConf lines announced, and acknowledges them
// to itself.
bool AppendAnnounced(Line& line) {
  std::vector<Announced> announced;
  announced.swap(line.progress().announced);
  // etcd writes no line for the entry that leaves a joint configuration.
  const spec::Index after = line.context.tree.Length(line.server().log) + announced.size() + 1;
  const bool leaves = line.event.msg->index == after && line.server().config.IsJoint();
  if (leaves) announced.push_back({0, 0, spec::ConfChange{}, false});
  for (const Announced& one : InLogOrder(line, announced)) {
    const bool taken =
        one.change
            ? line.Take("ChangeConf", spec::ChangeConf(line.raft, line.i, *one.change, one.value))
            : line.Take("ClientRequest", spec::ClientRequest(line.raft, line.i, one.value));
    if (!taken) return false;
    if (one.open) line.context.open_changes.push_back(line.server().log);
    if (one.index != 0) {
      Comparison comparison = line.Compare();
      comparison.Number("index", line.context.tree.Length(line.server().log), one.index);
      if (!line.Agrees("ChangeConf", comparison)) return false;
    }
  }
  if (leaves) ++line.context.inferred_steps;
  return Sends(line, "AppendEntriesToSelf", spec::AppendEntriesToSelf(line.raft, line.i));
}

bool SendToItself(Line& line) {
  switch (line.event.name) {
    case Name::kSendRequestVoteResponse:
      return Sends(line, "RequestVote", spec::RequestVote(line.raft, line.i, line.i));
    case Name::kSendAppendEntriesResponse:
      return AppendAnnounced(line);
    case Name::kSendMessage:
      if (line.event.msg->type == trace::MessageType::kMsgPreVoteResp) {
        return Sends(line, "RequestPreVote", spec::RequestPreVote(line.raft, line.i, line.i));
      }
      break;
    default:
      break;
  }
  return line.Refuse(line.Name(), "msg.to # msg.from");
}

bool SendToOther(Line& line, spec::Server j) {
  switch (line.event.name) {
    case Name::kSendRequestVoteRequest:
      return Sends(line, "RequestVote", spec::RequestVote(line.raft, line.i, j));
    case Name::kSendRequestVoteResponse:
      return line.Refuse("HandleRequestVoteRequest", "a MsgVote was received and not yet answered");
    case Name::kSendAppendEntriesResponse:
      return line.Refuse("HandleAppendEntriesRequest",
                         "a MsgApp, MsgHeartbeat or MsgSnap was received and not yet answered");
    default:
      break;
  }
  switch (line.event.msg->type.value_or(trace::MessageType::kMsgApp)) {
    case trace::MessageType::kMsgHeartbeat:
      return Sends(line, "Heartbeat", spec::Heartbeat(line.raft, line.i, j));
    case trace::MessageType::kMsgSnap:
      return Sends(
          line, "SendSnapshot",
          spec::SendSnapshot(line.raft, line.i, j,
                             line.event.msg->entries.value_or(line.server().durable.snapshot)));
    case trace::MessageType::kMsgPreVote:
      return Sends(line, "RequestPreVote", spec::RequestPreVote(line.raft, line.i, j));
    case trace::MessageType::kMsgTimeoutNow:
      return Sends(line, "SendTimeoutNow", spec::SendTimeoutNow(line.raft, line.i, j));
    case trace::MessageType::kMsgPreVoteResp:
      return line.Refuse("HandlePreVoteRequest", "a MsgPreVote was received and not yet answered");
    default:
      break;
  }
  const spec::Index prev = line.event.msg->index.value_or(line.raft.state[line.i].match_index[j]);
  return Sends(
      line, "AppendEntries",
      spec::AppendEntries(line.raft, line.i, j, prev, line.event.msg->entries.value_or(0)));
}

// The answer that a handler queued.
bool ShowAnswer(Line& line) {
  const spec::Message response = *line.progress().response;
  line.progress().response.reset();
  Shown shown = line.ShownNow();
  const spec::Server vote = line.progress().response_vote;
  shown.vote = vote == spec::kNil ? 0 : line.context.servers.Id(vote);
  Comparison comparison = line.Compare();
  comparison.State(line.event, shown);
  line.CompareMessage(comparison, response);
  return line.Agrees(ActionThatAnswers(response), comparison);
}

// The answer grants a vote that the server can give only if it forgot its leader.
void InferForgotten(Line& line, const spec::Message& m) {
  const bool granted = line.event.msg->reject && !*line.event.msg->reject;
  if (!granted || !MayHaveForgotten(line, m)) return;
  line.TakeUnseen("ForgetLeader", spec::ForgetLeader(line.raft, line.i));
}

// ---- Receiving.

bool HandleOlderTerm(Line& line, const spec::Message& m) {
  const bool must = spec::MustTellNewerTerm(line.raft, m);
  const bool unsure =
      !line.raft.constants.settings_known && !line.raft.constants.answers_older_terms;
  if (must && unsure) {  // the server's next line shows whether it answers
    line.progress().received = m;
    return true;
  }
  return must ? AnswerOlderTerm(line, m)
              : line.Take("DropStale", spec::DropStale(line.raft, line.i, m.from, m));
}

}  // namespace

bool OnSend(Line& line) {
  if (!HasMessage(line)) return false;
  if (line.progress().received && line.IsResponse()) {  // so the server did not ignore the message
    const spec::Message m = *line.progress().received;
    line.progress().received.reset();
    InferForgotten(line, m);
    const bool stale = m.term < line.server().current_term && spec::IsFromLeader(m);
    if (!(stale ? AnswerOlderTerm(line, m) : HandleMessage(line, m))) return false;
  }
  if (line.progress().response) return ShowAnswer(line);
  const spec::Server j = line.context.servers.Find(line.event.msg->to.value_or(0));
  if (j == spec::kNil) {
    return line.Refuse(line.Name(), "msg.to \\in Server",
                       "msg.to = " + std::to_string(line.event.msg->to.value_or(0)));
  }
  return j == line.i ? SendToItself(line) : SendToOther(line, j);
}

bool OnReceive(Line& line) {
  if (!HasMessage(line) || !line.ShowsState("Receive")) return false;
  if (line.event.msg->to && *line.event.msg->to != line.event.node) {
    return line.Refuse("Receive", "m.to = i", "m.to = " + std::to_string(*line.event.msg->to));
  }
  const std::optional<spec::Message> m = FindAndCompare(line);
  if (!m) return NotInFlight(line, "Receive");
  if (line.raft.network.InFlight(*m) == 0) {
    // The network never copies the messages of a server to itself.
    if (m->from == m->to) return NotInFlight(line, "Receive");
    // The message arrived before and arrives again: the network made a copy, which no line shows.
    ++line.context.inferred_steps;
    line.context.actions.Add("DuplicateMessage");
    line.raft.network.AddCopy(*m);
  }
  const spec::Term term = line.server().current_term;
  // The server's next line shows what the server makes of such a message.
  const bool waits = (m->term > term && spec::NamesReachedTerm(*m)) || MayBeIgnored(line, *m);
  const bool candidate = line.server().state == spec::Role::kCandidate ||
                         line.server().state == spec::Role::kPreCandidate;
  const bool gives_way = m->term == term && candidate && spec::IsFromLeader(*m);
  if (waits || gives_way || MayHaveForgotten(line, *m)) {
    line.progress().received = *m;
    return true;
  }
  const bool gated = spec::NamesReachedTerm(*m) || m->type == spec::MessageType::kMsgPreVoteResp;
  return m->term < term && gated ? HandleOlderTerm(line, *m) : HandleMessage(line, *m);
}

bool OnNetwork(Line& line) {
  if (!line.event.msg) {
    return line.Refuse(line.Name(), "the event has a msg");
  }
  if (line.event.msg->to && *line.event.msg->to != line.event.node) {
    return line.Refuse(line.Name(), "m.to = i", "m.to = " + std::to_string(*line.event.msg->to));
  }
  const std::optional<spec::Message> m = FindAndCompare(line);
  if (!m) return NotInFlight(line, line.Name());
  return line.event.name == Name::kDropMessage
             ? line.Take("DropMessage", spec::DropMessage(line.raft, *m))
             : line.Take("DuplicateMessage", spec::DuplicateMessage(line.raft, *m));
}

}  // namespace conformance
