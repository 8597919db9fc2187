#include <array>
#include <limits>
#include <utility>

#include "conformance/judge/raft_trace_step.h"
#include "conformance/judge/words.h"

namespace conformance {

std::string_view Stepper::HandlerOf(const spec::Message& response) {
  switch (response.type) {
    case spec::MessageType::kMsgVoteResp:
      return "HandleRequestVoteRequest";
    case spec::MessageType::kMsgPreVoteResp:
      return "HandlePreVoteRequest";
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
  using T = trace::MessageType;
  bool fits = true;
  switch (event_.name) {
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
  return fits || Refuse(NameOf(event_), "msg.type is of this event's kind",
                        "msg.type = " +
                            std::string(trace::kMessageTypeNames[static_cast<std::size_t>(type)]));
}

bool Stepper::OnSend() {
  if (!HasMessage()) return false;
  if (progress().hand && IsResponse()) {  // to what could have been ignored
    const spec::Message m = *progress().hand;
    progress().hand.reset();
    InferForgotten(m);
    const bool stale = m.term < server().current_term && spec::IsFromLeader(m);
    if (!(stale ? OnAnswerStale(m) : HandleNow(m))) return false;
  }
  if (progress().response) return OnSendResponse();
  const spec::Server j = context_.servers.Find(event_.msg->to.value_or(0));
  if (j == spec::kNil) {
    return Refuse(NameOf(event_), "msg.to \\in Server",
                  "msg.to = " + std::to_string(event_.msg->to.value_or(0)));
  }
  return j == i_ ? OnSendToItself() : OnSendByType(j);
}

bool Stepper::OnSendToItself() {
  switch (event_.name) {
    case Name::kSendRequestVoteResponse:
      return Sends("RequestVote", spec::RequestVote(raft_, i_, i_));
    case Name::kSendAppendEntriesResponse:
      return OnAcknowledgeItself();
    case Name::kSendMessage:
      if (event_.msg->type == trace::MessageType::kMsgPreVoteResp) {
        return Sends("RequestPreVote", spec::RequestPreVote(raft_, i_, i_));
      }
      break;
    default:
      break;
  }
  return Refuse(NameOf(event_), "msg.to # msg.from");
}

bool Stepper::OnSendByType(spec::Server j) {
  switch (event_.name) {
    case Name::kSendRequestVoteRequest:
      return Sends("RequestVote", spec::RequestVote(raft_, i_, j));
    case Name::kSendRequestVoteResponse:
      return Refuse("HandleRequestVoteRequest", "a MsgVote was received and not yet answered");
    case Name::kSendAppendEntriesResponse:
      return Refuse("HandleAppendEntriesRequest",
                    "a MsgApp, MsgHeartbeat or MsgSnap was received and not yet answered");
    default:
      break;
  }
  switch (event_.msg->type.value_or(trace::MessageType::kMsgApp)) {
    case trace::MessageType::kMsgHeartbeat:
      return Sends("Heartbeat", spec::Heartbeat(raft_, i_, j));
    case trace::MessageType::kMsgSnap:
      return Sends("SendSnapshot",
                   spec::SendSnapshot(raft_, i_, j,
                                      event_.msg->entries.value_or(server().durable.snapshot)));
    case trace::MessageType::kMsgPreVote:
      return Sends("RequestPreVote", spec::RequestPreVote(raft_, i_, j));
    case trace::MessageType::kMsgTimeoutNow:
      return Sends("SendTimeoutNow", spec::SendTimeoutNow(raft_, i_, j));
    case trace::MessageType::kMsgPreVoteResp:
      return Refuse("HandlePreVoteRequest", "a MsgPreVote was received and not yet answered");
    default:
      break;
  }
  const spec::Index prev = event_.msg->index.value_or(raft_.state[i_].match_index[j]);
  return Sends("AppendEntries",
               spec::AppendEntries(raft_, i_, j, prev, event_.msg->entries.value_or(0)));
}

bool Stepper::Sends(std::string_view action, const spec::Outcome& outcome) {
  return Take(action, outcome) && ShowsSent(action, LastQueued());
}

bool Stepper::OnAcknowledgeItself() {
  std::vector<Announced> announced;
  announced.swap(progress().announced);
  // etcd writes no line for the entry that leaves a joint configuration.
  const spec::Index after = context_.tree.Length(server().log) + announced.size() + 1;
  const bool leaves = event_.msg->index == after && server().config.IsJoint();
  if (leaves) announced.push_back({0, 0, spec::ConfChange{}, false});
  for (const Announced& one : InLogOrder(announced)) {
    const bool taken = one.change
                           ? Take("ChangeConf", spec::ChangeConf(raft_, i_, *one.change, one.value))
                           : Take("ClientRequest", spec::ClientRequest(raft_, i_, one.value));
    if (!taken) return false;
    if (one.open) context_.open_changes.push_back(server().log);
    if (one.index != 0) {
      Comparison comparison = Compare();
      comparison.Number("index", context_.tree.Length(server().log), one.index);
      if (!Agrees("ChangeConf", comparison)) return false;
    }
  }
  if (leaves) ++context_.inferred_steps;
  return Sends("AppendEntriesToSelf", spec::AppendEntriesToSelf(raft_, i_));
}

bool Stepper::OnSendResponse() {
  const spec::Message response = *progress().response;
  progress().response.reset();
  Shown shown = ShownNow();
  const spec::Server vote = progress().response_vote;
  shown.vote = vote == spec::kNil ? 0 : context_.servers.Id(vote);
  Comparison comparison = Compare();
  comparison.State(event_, shown);
  CompareMessage(comparison, response);
  return Agrees(HandlerOf(response), comparison);
}

std::optional<spec::Message> Stepper::Find() {
  const trace::Message& msg = *event_.msg;
  std::optional<spec::Message> found;
  if (msg.type && msg.from && msg.to && msg.term && msg.index && msg.log_term && msg.entries &&
      msg.commit && msg.reject && msg.reject_hint) {
    if (*msg.entries > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    spec::Message seen;
    seen.type = ToSpec(*msg.type);
    seen.from = context_.servers.Find(*msg.from);
    seen.to = context_.servers.Find(*msg.to);
    seen.term = *msg.term;
    seen.index = *msg.index;
    seen.log_term = *msg.log_term;
    seen.entry_count = static_cast<std::uint32_t>(*msg.entries);
    seen.commit = *msg.commit;
    seen.reject = *msg.reject;
    seen.force = msg.force.value_or(false);
    seen.hint = *msg.reject_hint;
    found = raft_.network.Find(seen);
    if (found && !Matches(msg, *found, context_.servers, context_.tree, raft_.constants))
      found.reset();
  } else {  // a line that says less: the first that agrees with what it says
    raft_.network.ForEach([&](const spec::Message& m, int copies) {
      const bool usable = copies > 0 || !context_.network_logged;
      if (!found && usable && Matches(msg, m, context_.servers, context_.tree, raft_.constants)) {
        found = m;
      }
    });
  }
  return found;
}

std::optional<spec::Message> Stepper::FindCounted() {
  std::optional<spec::Message> found = Find();
  const spec::Server from = context_.servers.Find(event_.msg->from.value_or(0));
  const bool in_flight = found && raft_.network.InFlight(*found) > 0;
  if (!in_flight && from != spec::kNil && !context_.disk_logged) {
    const std::size_t writes = WritesBeforeMessage(from);
    // It may be a copy of one that arrived before, which asks for less than that the write is done;
    // but nobody copies a server's own.
    const bool copied = found && found->to != from && !context_.network_logged;
    const bool early = writes > 0 && copied && raft_.network.ReleaseOne(from, writes - 1, *found);
    if (writes > 0 && !early && InferPersist(from, writes)) found = Find();
  }
  if (found) {
    Comparison comparison = Compare();
    CompareMessage(comparison, *found);
    context_.compared += comparison.compared();
  }
  return found;
}

bool Stepper::NotInFlight(std::string_view action) {
  result_.nearest =
      NearestMessages(raft_.network, *event_.msg, context_.servers, context_.tree, raft_.constants);
  return Refuse(action, "m \\in DOMAIN messages",
                "no such message is in flight: " + MessageText(*event_.msg));
}

bool Stepper::OnReceive() {
  if (!HasMessage() || !ShowsState("Receive")) return false;
  if (event_.msg->to && *event_.msg->to != event_.node) {
    return Refuse("Receive", "m.to = i", "m.to = " + std::to_string(*event_.msg->to));
  }
  const std::optional<spec::Message> m = FindCounted();
  if (!m) return NotInFlight("Receive");
  if (raft_.network.InFlight(*m) == 0) {
    if (m->from == m->to) return NotInFlight("Receive");  // nobody copies a server's own
    // Delivered before, and here again: the network had made a copy, and no line says so.
    ++context_.inferred_steps;
    context_.actions.Add("DuplicateMessage");
    raft_.network.AddCopy(*m);
  }
  const spec::Term term = server().current_term;
  // Which it is shows in the server's next line.
  const bool waits = (m->term > term && spec::NamesReachedTerm(*m)) || MayBeIgnored(*m);
  const bool candidate =
      server().state == spec::Role::kCandidate || server().state == spec::Role::kPreCandidate;
  const bool gives_way = m->term == term && candidate && spec::IsFromLeader(*m);
  if (waits || gives_way || MayHaveForgotten(*m)) {
    progress().hand = *m;
    return true;
  }
  const bool any_term =
      !spec::NamesReachedTerm(*m) || m->type == spec::MessageType::kMsgPreVoteResp;
  if (m->term < term && !any_term) return OnStale(*m);
  if (m->term < term && m->type == spec::MessageType::kMsgPreVoteResp) return OnStale(*m);
  return HandleNow(*m);
}

bool Stepper::MayBeIgnored(const spec::Message& m) {
  spec::Raft<spec::BagNetwork>& raft = raft_;
  const bool asks =
      m.type == spec::MessageType::kMsgVote || m.type == spec::MessageType::kMsgPreVote;
  return asks && !m.force && m.term > server().current_term && raft.constants.check_quorum &&
         (server().leader_id != spec::kNil || raft.constants.lease_reads);
}

// etcd writes no line when a follower is told to forget its leader; then it may vote once more in
// this term.
bool Stepper::MayHaveForgotten(const spec::Message& m) {
  const spec::ServerState& s = server();
  return !raft_.constants.campaign_messages && m.type == spec::MessageType::kMsgVote &&
         m.term == s.current_term && s.voted_for == spec::kNil && s.leader_id != spec::kNil;
}

void Stepper::InferForgotten(const spec::Message& m) {
  const bool granted = event_.msg->reject && !*event_.msg->reject;
  if (!granted || !MayHaveForgotten(m)) return;
  TakeUnseen("ForgetLeader", spec::ForgetLeader(raft_, i_));
}

bool Stepper::OnStale(const spec::Message& m) {
  const bool must = spec::MustTellNewerTerm(raft_, m);
  const bool unsure = !raft_.constants.settings_known && !raft_.constants.answers_older_terms;
  if (must && unsure) {  // the server's next line tells
    progress().hand = m;
    return true;
  }
  return must ? OnAnswerStale(m) : Take("DropStale", spec::DropStale(raft_, i_, m.from, m));
}

bool Stepper::OnAnswerStale(const spec::Message& m) {
  if (!Take("RespondToOlderTerm", spec::RespondToOlderTerm(raft_, i_, m.from, m))) {
    return false;
  }
  progress().response = LastQueued();
  progress().response_vote = server().voted_for;
  return true;
}

bool Stepper::HandleNow(const spec::Message& m) {
  static constexpr std::array<std::string_view, 10> kHandlers = {"HandleRequestVoteRequest",
                                                                 "HandleRequestVoteResponse",
                                                                 "HandleAppendEntriesRequest",
                                                                 "HandleAppendEntriesResponse",
                                                                 "HandleHeartbeat",
                                                                 "HandleHeartbeatResponse",
                                                                 "HandleSnapshotRequest",
                                                                 "HandlePreVoteRequest",
                                                                 "HandlePreVoteResponse",
                                                                 "HandleTimeoutNow"};
  using T = spec::MessageType;
  if (m.type == T::kMsgTimeoutNow && spec::ObeysTimeoutNow(raft_, i_)) {
    // The host applies on a thread of its own, and the node may not know yet that a change of the
    // membership is applied: then it does not campaign.  To the specification the message was lost
    // on the way.
    if (context_.async_storage && server().conf_index > 0) {
      Candidate deaf = candidate_;
      if (spec::DropMessage(deaf.raft, m)) {
        context_.actions.Add("DropMessage");
        result_.branches.push_back(std::move(deaf));
      }
    }
    progress().hand = m;  // BecomeCandidate comes next
    return true;
  }
  const spec::Server vote = server().voted_for;
  const spec::Index snapshot = server().pending_snapshot;
  if (!Take(kHandlers[static_cast<std::size_t>(m.type)], spec::Handle(raft_, m))) return false;
  const bool request = m.type == T::kMsgVote || m.type == T::kMsgPreVote || spec::IsFromLeader(m);
  if (!request) return true;
  progress().response = LastQueued();
  progress().response_vote = vote;
  const bool installed = m.type == T::kMsgSnap && server().pending_snapshot != snapshot;
  if (installed) progress().replaced = true;
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
  const std::optional<spec::Message> m = FindCounted();
  if (!m) {
    NotInFlight(NameOf(event_));
  } else if (event_.name == Name::kDropMessage) {
    Take("DropMessage", spec::DropMessage(raft_, *m));
  } else {
    Take("DuplicateMessage", spec::DuplicateMessage(raft_, *m));
  }
}

}  // namespace conformance
