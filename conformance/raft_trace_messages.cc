#include <array>
#include <limits>
#include <utility>

#include "conformance/explain.h"
#include "conformance/raft_trace_step.h"

namespace conformance {

std::string_view Stepper::HandlerOf(const spec::Message& response) {
  switch (response.type) {
    case spec::MessageType::kMsgVoteResp:
      return "HandleRequestVoteRequest";
    case spec::MessageType::kMsgHeartbeatResp:
      return "HandleHeartbeat";
    default:
      return "HandleAppendEntriesRequest";
  }
}

bool Stepper::HasMessage() {
  if (!event_.msg) return Refuse(NameOf(event_), "the event has a msg");
  if (!event_.msg->type) return true;
  const trace::MessageType type = *event_.msg->type;
  if (type == trace::MessageType::kMsgSnap) return OutOfScope("snapshots are not modelled yet");
  using T = trace::MessageType;
  bool fits = true;
  switch (event_.name) {
    case Name::kSendAppendEntriesRequest:
    case Name::kReceiveAppendEntriesRequest:
      fits = type == T::kMsgApp || type == T::kMsgHeartbeat;
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
    default:
      break;
  }
  return fits || Refuse(NameOf(event_), "msg.type is of this event's kind",
                        "msg.type = " +
                            std::string(trace::kMessageTypeNames[static_cast<std::size_t>(type)]));
}

bool Stepper::OnSend() {
  if (!HasMessage()) return false;
  if (progress().response) return OnSendResponse();
  const spec::Server j = context_.servers.Find(event_.msg->to.value_or(0));
  if (j == spec::kNil || (!progress().voters.empty() && j >= raft_.constants.servers)) {
    return Refuse(NameOf(event_), "msg.to \\in Server",
                  "msg.to = " + std::to_string(event_.msg->to.value_or(0)));
  }
  switch (event_.name) {
    case Name::kSendRequestVoteRequest:
      return j != i_ ? Sends("RequestVote", spec::RequestVote(raft_, i_, j))
                     : Refuse("RequestVote", "msg.to # msg.from");
    case Name::kSendRequestVoteResponse:
      if (j == i_) return Sends("RequestVote", spec::RequestVote(raft_, i_, i_));
      return Refuse("HandleRequestVoteRequest", "a MsgVote was received and not yet answered");
    case Name::kSendAppendEntriesResponse:
      if (j == i_) return OnAcknowledgeItself();
      return Refuse("HandleAppendEntriesRequest",
                    "a MsgApp or MsgHeartbeat was received and not yet answered");
    default:
      break;
  }
  if (event_.msg->type == trace::MessageType::kMsgHeartbeat) {
    return Sends("Heartbeat", spec::Heartbeat(raft_, i_, j));
  }
  const spec::Index prev = event_.msg->index.value_or(raft_.state[i_].match_index[j]);
  return Sends("AppendEntries",
               spec::AppendEntries(raft_, i_, j, prev, event_.msg->entries.value_or(0)));
}

bool Stepper::Sends(std::string_view action, const spec::Outcome& outcome) {
  return Take(action, outcome) && ShowsSent(action, LastQueued());
}

bool Stepper::OnAcknowledgeItself() {
  std::vector<spec::Value> announced;
  announced.swap(progress().announced);
  for (const spec::Value value : announced) {
    if (!Take("ClientRequest", spec::ClientRequest(raft_, i_, value))) return false;
  }
  return Sends("AppendEntriesToSelf", spec::AppendEntriesToSelf(raft_, i_));
}

bool Stepper::OnSendResponse() {
  const spec::Message response = *progress().response;
  progress().response.reset();
  Shown shown = ShownNow();
  const spec::Server vote = progress().response_vote;
  shown.vote = vote == spec::kNil ? 0 : context_.servers.Id(vote);
  Comparison comparison(context_.servers);
  comparison.State(event_, shown);
  comparison.Message(*event_.msg, response, context_.tree);
  return Agrees(HandlerOf(response), comparison);
}

std::optional<spec::Message> Stepper::Find() {
  const trace::Message& msg = *event_.msg;
  const std::optional<spec::MessageType> type =
      msg.type ? ToSpec(*msg.type) : std::optional<spec::MessageType>();
  std::optional<spec::Message> found;
  if (type && msg.from && msg.to && msg.term && msg.index && msg.log_term && msg.entries &&
      msg.commit && msg.reject && msg.reject_hint) {
    if (*msg.entries > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    spec::Message seen;
    seen.type = *type;
    seen.from = context_.servers.Find(*msg.from);
    seen.to = context_.servers.Find(*msg.to);
    seen.term = *msg.term;
    seen.index = *msg.index;
    seen.log_term = *msg.log_term;
    seen.entry_count = static_cast<std::uint32_t>(*msg.entries);
    seen.commit = *msg.commit;
    seen.reject = *msg.reject;
    seen.hint = *msg.reject_hint;
    found = raft_.network.Find(seen);
    if (found && !Matches(msg, *found, context_.servers, context_.tree)) found.reset();
  } else {  // a line that says less: the first that agrees with what it says
    raft_.network.ForEach([&](const spec::Message& m, int copies) {
      const bool usable = copies > 0 || !context_.network_logged;
      if (!found && usable && Matches(msg, m, context_.servers, context_.tree)) found = m;
    });
  }
  if (found) {
    Comparison comparison(context_.servers);
    comparison.Message(msg, *found, context_.tree);
    context_.compared += comparison.compared();
  }
  return found;
}

bool Stepper::NotInFlight(std::string_view action) {
  result_.nearest = NearestMessages(raft_.network, *event_.msg, context_.servers, context_.tree);
  return Refuse(action, "m \\in DOMAIN messages",
                "no such message is in flight: " + MessageText(*event_.msg));
}

bool Stepper::OnReceive() {
  if (!HasMessage() || !ShowsState("Receive")) return false;
  if (event_.msg->to && *event_.msg->to != event_.node) {
    return Refuse("Receive", "m.to = i", "m.to = " + std::to_string(*event_.msg->to));
  }
  const std::optional<spec::Message> m = Find();
  if (!m) return NotInFlight("Receive");
  if (raft_.network.InFlight(*m) == 0) {
    // Delivered before, and here again: the network had made a copy, and no line says so.
    ++context_.inferred_steps;
    ++context_.actions["DuplicateMessage"];
    raft_.network.AddCopy(*m);
  }
  const spec::Term term = server().current_term;
  if (m->term > term) {
    progress().hand = *m;
    return true;
  }
  if (m->term < term) return OnStale(*m);
  const bool candidate =
      server().state == spec::Role::kCandidate || server().state == spec::Role::kPreCandidate;
  if (candidate && spec::IsFromLeader(*m)) {
    progress().hand = *m;
    return true;
  }
  return HandleNow(*m);
}

bool Stepper::OnStale(const spec::Message& m) {
  if (!spec::IsFromLeader(m) || !spec::AnswersStaleLeaders(raft_)) {
    return Take("DropStale", spec::DropStale(raft_, i_, m.from, m));
  }
  if (!Take("RespondToStaleLeader", spec::RespondToStaleLeader(raft_, i_, m.from, m))) {
    return false;
  }
  progress().response = LastQueued();
  progress().response_vote = server().voted_for;
  return true;
}

bool Stepper::HandleNow(const spec::Message& m) {
  static constexpr std::array<std::string_view, 6> kHandlers = {
      "HandleRequestVoteRequest",    "HandleRequestVoteResponse", "HandleAppendEntriesRequest",
      "HandleAppendEntriesResponse", "HandleHeartbeat",           "HandleHeartbeatResponse"};
  const spec::Server vote = server().voted_for;
  if (!Take(kHandlers[static_cast<std::size_t>(m.type)], spec::Handle(raft_, m))) return false;
  const bool request = m.type == spec::MessageType::kMsgVote || spec::IsFromLeader(m);
  if (!request) return true;
  progress().response = LastQueued();
  progress().response_vote = vote;
  return true;
}

void Stepper::OfNetwork() {
  if (!event_.msg) {
    Refuse(NameOf(event_), "the event has a msg");
    return;
  }
  if (event_.msg->to && *event_.msg->to != event_.node) {
    Refuse(NameOf(event_), "m.to = i", "m.to = " + std::to_string(*event_.msg->to));
    return;
  }
  const std::optional<spec::Message> m = Find();
  if (!m) {
    NotInFlight(NameOf(event_));
  } else if (event_.name == Name::kDropMessage) {
    Take("DropMessage", spec::DropMessage(raft_, *m));
  } else {
    Take("DuplicateMessage", spec::DuplicateMessage(raft_, *m));
  }
}

}  // namespace conformance
