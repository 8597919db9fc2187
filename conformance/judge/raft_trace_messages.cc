// Handlers: messages are queued, received, lost and copied.
#include <algorithm>
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

// Is this the type of a message that such an event is about?
bool IsOfEvent(Name event, trace::MessageType type) {
  using T = trace::MessageType;
  switch (event) {
    case Name::kSendAppendEntriesRequest:
    case Name::kReceiveAppendEntriesRequest:
      return type == T::kMsgApp || type == T::kMsgHeartbeat || type == T::kMsgSnap;
    case Name::kSendAppendEntriesResponse:
    case Name::kReceiveAppendEntriesResponse:
      return type == T::kMsgAppResp || type == T::kMsgHeartbeatResp;
    case Name::kSendRequestVoteRequest:
    case Name::kReceiveRequestVoteRequest:
      return type == T::kMsgVote;
    case Name::kSendRequestVoteResponse:
    case Name::kReceiveRequestVoteResponse:
      return type == T::kMsgVoteResp;
    case Name::kSendMessage:
    case Name::kReceiveMessage:
      return type == T::kMsgPreVote || type == T::kMsgPreVoteResp || type == T::kMsgTimeoutNow;
    default:
      return true;
  }
}

// Is the line's message, if it tells its type, of one that belongs to its event?
bool HasFittingType(Line& line) {
  if (!line.event.msg->type) return true;
  const trace::MessageType type = *line.event.msg->type;
  return IsOfEvent(line.event.name, type) ||
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
  if (!line.Agrees(action, comparison)) return false;
  line.Learn(line.event.msg->ents, m.entries);
  return true;
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

bool Append(Line& line, const Announced& one) {
  const spec::Value value = one.value.value_or(0);
  const bool taken =
      one.change ? line.Take("ChangeConf", spec::ChangeConf(line.raft, line.i, *one.change, value))
                 : line.Take("ClientRequest", spec::ClientRequest(line.raft, line.i, value));
  if (!taken) return false;
  if (!one.value) line.context.tree.SetValue(line.server().log, std::nullopt);
  if (one.open) line.context.open_changes.push_back(line.server().log);
  if (one.index == 0) return true;
  Comparison comparison = line.Compare();
  comparison.Number("index", line.context.tree.Length(line.server().log), one.index);
  return line.Agrees("ChangeConf", comparison);
}

// A leader appends the entries that Replicate and ChangeConf lines announced, and acknowledges them
// to itself.
bool AppendAnnounced(Line& line) {
  std::vector<Announced> announced;
  announced.swap(line.progress().announced);
  const bool placed = std::all_of(announced.begin(), announced.end(), [](const Announced& one) {
    return !one.change || one.index != 0;
  });
  // A change that is validated shows that the application has dealt with those before.
  const bool validates = line.raft.constants.validates_changes;
  if (validates && std::any_of(announced.begin(), announced.end(),
                               [](const Announced& one) { return one.change.has_value(); })) {
    InferRefused(line);
  }
  if (!placed && announced.size() > 1) {
    return line.Needs("the index of each ChangeConf line that is announced with other entries");
  }
  // etcd writes no line for the entry that leaves a joint configuration.  Without validation it may
  // come before the entry that makes the configuration joint is applied.
  const bool may_leave = line.server().config.IsJoint() || !validates;
  const spec::Index after = line.context.tree.Length(line.server().log) + announced.size() + 1;
  const trace::Field<std::uint64_t>& last =
      line.event.msg->index ? line.event.msg->index : line.event.log;
  if (may_leave && !last) return line.Needs("msg.index");
  const bool leaves = last == after && may_leave;
  if (leaves) announced.push_back({0, {}, spec::ConfChange{}, false});
  for (const Announced& one : InLogOrder(line, announced)) {
    if (!Append(line, one)) return false;
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

// A message that no other message asked for.
struct Sending {
  trace::MessageType type = trace::MessageType::kMsgApp;
  spec::Server to = spec::kNil;
  // MsgApp: the entry before the first one sent; MsgSnap: the last one of the snapshot.
  spec::Index index = 0;
  std::uint64_t entries = 0;  // MsgApp: how many
};

bool Send(Line& line, const Sending& one) {
  using T = trace::MessageType;
  const bool follows =
      one.type == T::kMsgApp || one.type == T::kMsgHeartbeat || one.type == T::kMsgSnap;
  if (follows && line.event.msg->to && one.to != spec::kNil) InferFirstLearner(line, one.to);
  switch (one.type) {
    case T::kMsgVote:
      return Sends(line, "RequestVote", spec::RequestVote(line.raft, line.i, one.to));
    case T::kMsgHeartbeat:
      return Sends(line, "Heartbeat", spec::Heartbeat(line.raft, line.i, one.to));
    case T::kMsgSnap:
      if (line.event.msg->snapshot && line.event.msg->snapshot->members) {
        const spec::LogId log = line.server().log;
        const spec::Index last = std::min(one.index, line.context.tree.Length(log));
        SettleByMembers(line, *line.event.msg->snapshot->members,
                        line.context.tree.LastConf(line.context.tree.Prefix(log, last)));
      }
      return Sends(line, "SendSnapshot", spec::SendSnapshot(line.raft, line.i, one.to, one.index));
    case T::kMsgPreVote:
      return Sends(line, "RequestPreVote", spec::RequestPreVote(line.raft, line.i, one.to));
    case T::kMsgTimeoutNow:
      return Sends(line, "SendTimeoutNow", spec::SendTimeoutNow(line.raft, line.i, one.to));
    default:
      return Sends(line, "AppendEntries",
                   spec::AppendEntries(line.raft, line.i, one.to, one.index, one.entries));
  }
}

using Number = trace::Field<std::uint64_t>;

// Adds the messages to `one.to` that may carry entries as the line tells.
void AddAppends(Line& line, Sending one, std::vector<Sending>& meant) {
  const trace::Message& msg = *line.event.msg;
  const spec::LogTree& tree = line.context.tree;
  const spec::LogId log = line.server().log;
  const spec::Index length = tree.Length(log);
  Number count = msg.entries;
  if (!count && msg.ents) count.emplace(msg.ents->size());
  const bool told = msg.index && count;
  if (told) {
    one.index = *msg.index;
    one.entries = *count;
    meant.push_back(one);
    return;
  }
  const spec::Index least = std::max(line.server().log_start, line.server().match_index[one.to]);
  // What is told may be any number; the log bounds what can be meant.
  const spec::Index last = std::min(msg.index.value_or(length), length);
  for (spec::Index prev = msg.index.value_or(least); prev <= last; ++prev) {
    if (msg.log_term && tree.TermAt(log, prev) != *msg.log_term) continue;
    const std::uint64_t most = std::min(count.value_or(length - prev), length - prev);
    for (std::uint64_t n = count.value_or(0); n <= most; ++n) {
      if (meant.size() > kMostExplanations) return;
      one.index = prev;
      one.entries = n;
      meant.push_back(one);
    }
  }
}

void AddSnapshots(Line& line, Sending one, std::vector<Sending>& meant) {
  const trace::Message& msg = *line.event.msg;
  const Number index = msg.entries ? msg.entries : msg.snapshot ? msg.snapshot->index : Number();
  const spec::Index least = std::max<spec::Index>(line.server().log_start, 1);
  const spec::Index commit = line.server().commit_index;
  const spec::Index last = std::min(index.value_or(commit), commit);
  for (one.index = index.value_or(least); one.index <= last; ++one.index) {
    meant.push_back(one);
    if (meant.size() > kMostExplanations) return;
  }
}

// The message that the line stands for, if it tells its type, its receiver and its entries.
std::optional<Sending> TheSending(Line& line) {
  const trace::Message& msg = *line.event.msg;
  if (!msg.type || !msg.to) return std::nullopt;
  Sending one = {*msg.type, line.context.servers.Find(*msg.to), 0, 0};
  if (one.type == trace::MessageType::kMsgApp) {
    if (!msg.index || !msg.entries) return std::nullopt;
    one.index = *msg.index;
    one.entries = *msg.entries;
  } else if (one.type == trace::MessageType::kMsgSnap) {
    if (!msg.entries) return std::nullopt;
    one.index = *msg.entries;
  }
  return one;
}

// What a line that tells less may stand for.
std::vector<Sending> SendingsMeant(Line& line) {
  const trace::Message& msg = *line.event.msg;
  using T = trace::MessageType;
  std::vector<T> types = {T::kMsgApp, T::kMsgHeartbeat, T::kMsgSnap};
  if (line.event.name == Name::kSendRequestVoteRequest) types = {T::kMsgVote};
  if (msg.type) types = {*msg.type};
  std::vector<Sending> meant;
  const auto servers = static_cast<spec::Server>(line.context.servers.size());
  for (spec::Server to = 0; to < servers; ++to) {
    if (to == line.i || (msg.to && line.context.servers.Id(to) != *msg.to)) continue;
    for (const T type : types) {
      const Sending one = {type, to, 0, 0};
      if (type == T::kMsgApp) {
        AddAppends(line, one, meant);
      } else if (type == T::kMsgSnap) {
        AddSnapshots(line, one, meant);
      } else {
        meant.push_back(one);
      }
    }
  }
  return meant;
}

bool SendToOthers(Line& line) {
  const auto nobody_asked = [&](std::string_view action, const char* request) {
    return line.Refuse(action, "a " + std::string(request) + " was received and not yet answered");
  };
  if (line.event.name == Name::kSendRequestVoteResponse) {
    return nobody_asked("HandleRequestVoteRequest", "MsgVote");
  }
  if (line.event.name == Name::kSendAppendEntriesResponse) {
    return nobody_asked("HandleAppendEntriesRequest", "MsgApp, MsgHeartbeat or MsgSnap");
  }
  if (line.event.msg->type == trace::MessageType::kMsgPreVoteResp) {
    return nobody_asked("HandlePreVoteRequest", "MsgPreVote");
  }
  if (const auto one = TheSending(line)) return Send(line, *one);
  // Explanations share what is known of the first configuration: no two of them may differ in it.
  const auto servers = static_cast<spec::Server>(line.context.servers.size());
  for (spec::Server j = 0; j < servers && !line.event.msg->to; ++j) {
    if (line.event.name != Name::kSendAppendEntriesRequest || j == line.i) continue;
    if (MayBeFirstLearner(line, j))
      return line.Needs("msg.to, since it may be to a learner that no line told");
  }
  const std::vector<Sending> meant = SendingsMeant(line);
  if (!meant.empty()) return line.AnyOf(meant, TellingField(line), Send);
  return line.Refuse(line.Name(), "the message is one that the server can send now");
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

// Handles the message that the line answers, and shows the answer.
bool Answer(Line& line, const spec::Message& m) {
  const bool stale = m.term < line.server().current_term && spec::IsFromLeader(m);
  const bool handled = stale ? AnswerOlderTerm(line, m) : HandleMessage(line, m);
  return handled && ShowAnswer(line);
}

// A server that votes although it has a leader forgot the leader before.  If the line does not tell
// whether it votes, both are possible.
bool AnswerReceived(Line& line) {
  const spec::Message m = *line.progress().received;
  line.progress().received.reset();
  const bool may_forget = MayHaveForgotten(line, m);
  if (!may_forget) return Answer(line, m);
  std::vector<bool> forgets = {line.event.msg->reject == false};
  if (!line.event.msg->reject) forgets = {false, true};
  return line.AnyOf(forgets, "msg.reject", [&m](Line& reading, bool forgot) {
    if (forgot) {
      reading.TakeUnseen("ForgetLeader", spec::ForgetLeader(reading.raft, reading.i));
    }
    return Answer(reading, m);
  });
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
  if (!HasFittingType(line)) return false;
  // If a message waits for its answer, the server did not ignore it.
  if (line.progress().received && line.IsResponse()) return AnswerReceived(line);
  if (line.progress().response) return ShowAnswer(line);
  if (line.IsToItself()) return SendToItself(line);
  const trace::Field<trace::NodeId>& to = line.event.msg->to;
  if (to && line.context.servers.Find(*to) == spec::kNil) {
    return line.Refuse(line.Name(), "msg.to \\in Server", "msg.to = " + std::to_string(*to));
  }
  return to == line.event.node ? SendToItself(line) : SendToOthers(line);
}

namespace {

bool Receive(Line& line, const spec::Message& m) {
  Arrives(line, m);
  if (line.raft.network.InFlight(m) == 0) {
    // The network never copies the messages of a server to itself.
    if (m.from == m.to) return NotInFlight(line, "Receive");
    // The message arrived before and arrives again: the network made a copy, which no line shows.
    ++line.context.inferred_steps;
    line.context.actions.Add("DuplicateMessage");
    line.raft.network.AddCopy(m);
  }
  const spec::Term term = line.server().current_term;
  // The server's next line shows what the server makes of such a message.
  const bool waits = (m.term > term && spec::NamesReachedTerm(m)) || MayBeIgnored(line, m);
  const bool candidate = line.server().state == spec::Role::kCandidate ||
                         line.server().state == spec::Role::kPreCandidate;
  const bool gives_way = m.term == term && candidate && spec::IsFromLeader(m);
  if (waits || gives_way || MayHaveForgotten(line, m)) {
    line.progress().received = m;
    return true;
  }
  const bool gated = spec::NamesReachedTerm(m) || m.type == spec::MessageType::kMsgPreVoteResp;
  return m.term < term && gated ? HandleOlderTerm(line, m) : HandleMessage(line, m);
}

// The messages that may reach the server of the line, and are of the line's kind.
std::vector<spec::Message> Arriving(Line& line) {
  std::vector<spec::Message> meant = Meant(line);
  std::erase_if(meant, [&](const spec::Message& m) {
    return m.to != line.i || !IsOfEvent(line.event.name, ToTrace(m.type));
  });
  return meant;
}

}  // namespace

bool OnReceive(Line& line) {
  if (!HasFittingType(line) || !line.ShowsState("Receive")) return false;
  if (line.event.msg->to && *line.event.msg->to != line.event.node) {
    return line.Refuse("Receive", "m.to = i", "m.to = " + std::to_string(*line.event.msg->to));
  }
  if (const auto m = TheMessage(line)) return Receive(line, *m);
  const std::vector<spec::Message> meant = Arriving(line);
  if (meant.empty()) return NotInFlight(line, "Receive");
  return line.AnyOf(meant, TellingField(line), Receive);
}

bool OnNetwork(Line& line) {
  if (line.event.msg->to && *line.event.msg->to != line.event.node) {
    return line.Refuse(line.Name(), "m.to = i", "m.to = " + std::to_string(*line.event.msg->to));
  }
  const std::vector<spec::Message> meant = Arriving(line);
  if (meant.empty()) return NotInFlight(line, line.Name());
  return line.AnyOf(meant, TellingField(line), [](Line& reading, const spec::Message& m) {
    Arrives(reading, m);
    return reading.event.name == Name::kDropMessage
               ? reading.Take("DropMessage", spec::DropMessage(reading.raft, m))
               : reading.Take("DuplicateMessage", spec::DuplicateMessage(reading.raft, m));
  });
}

}  // namespace conformance
