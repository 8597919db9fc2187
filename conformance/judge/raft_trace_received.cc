// Messages in flight, and what a server makes of a message.
#include "conformance/judge/raft_trace_received.h"

#include <array>
#include <limits>
#include <utility>

#include "conformance/judge/raft_trace_infer.h"
#include "conformance/judge/words.h"

namespace conformance {

// ---- Finding the message.

std::optional<spec::Message> FindMessage(Line& line) {
  const trace::Message& msg = *line.event.msg;
  std::optional<spec::Message> found;
  if (msg.type && msg.from && msg.to && msg.term && msg.index && msg.log_term && msg.entries &&
      msg.commit && msg.reject && msg.reject_hint) {
    if (*msg.entries > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    spec::Message seen;
    seen.type = ToSpec(*msg.type);
    seen.from = line.context.servers.Find(*msg.from);
    seen.to = line.context.servers.Find(*msg.to);
    seen.term = *msg.term;
    seen.index = *msg.index;
    seen.log_term = *msg.log_term;
    seen.entry_count = static_cast<std::uint32_t>(*msg.entries);
    seen.commit = *msg.commit;
    seen.reject = *msg.reject;
    seen.force = msg.force.value_or(false);
    seen.hint = *msg.reject_hint;
    found = line.raft.network.Find(seen);
    if (found &&
        !Matches(msg, *found, line.context.servers, line.context.tree, line.raft.constants)) {
      found.reset();
    }
  } else {  // the line leaves fields out: takes the first message that agrees with the others
    line.raft.network.ForEach([&](const spec::Message& m, int copies) {
      const bool usable = copies > 0 || !line.context.network_logged;
      if (!found && usable &&
          Matches(msg, m, line.context.servers, line.context.tree, line.raft.constants)) {
        found = m;
      }
    });
  }
  return found;
}

std::optional<spec::Message> FindAndCompare(Line& line) {
  std::optional<spec::Message> found = FindMessage(line);
  const spec::Server from = line.context.servers.Find(line.event.msg->from.value_or(0));
  const bool in_flight = found && line.raft.network.InFlight(*found) > 0;
  if (!in_flight && from != spec::kNil && !line.context.disk_logged) {
    const std::size_t writes = WritesBeforeMessage(line, from);
    // The message may be a copy that the network made of one that arrived before.  Then the write
    // before the last one must be done, and the last one need not.  The network never copies the
    // messages of a server to itself.
    const bool copied = found && found->to != from && !line.context.network_logged;
    const bool early =
        writes > 0 && copied && line.raft.network.ReleaseOne(from, writes - 1, *found);
    if (writes > 0 && !early && InferPersist(line, from, writes)) found = FindMessage(line);
  }
  if (found) {
    Comparison comparison = line.Compare();
    line.CompareMessage(comparison, *found);
    line.context.compared += comparison.compared();
  }
  return found;
}

bool NotInFlight(Line& line, std::string_view action) {
  line.result.nearest = NearestMessages(line.raft.network, *line.event.msg, line.context.servers,
                                        line.context.tree, line.raft.constants);
  return line.Refuse(action, "m \\in DOMAIN messages",
                     "no such message is in flight: " + MessageText(*line.event.msg));
}

// ---- What the server may make of it.

bool MayBeIgnored(Line& line, const spec::Message& m) {
  const spec::Constants& constants = line.raft.constants;
  const bool asks =
      m.type == spec::MessageType::kMsgVote || m.type == spec::MessageType::kMsgPreVote;
  return asks && !m.force && m.term > line.server().current_term && constants.check_quorum &&
         (line.server().leader_id != spec::kNil || constants.lease_reads);
}

bool MayHaveForgotten(Line& line, const spec::Message& m) {
  const spec::ServerState& s = line.server();
  return !line.raft.constants.campaign_messages && m.type == spec::MessageType::kMsgVote &&
         m.term == s.current_term && s.voted_for == spec::kNil && s.leader_id != spec::kNil;
}

namespace {

// The answer was queued; the server's next line shows it, with `vote` as votedFor.
void ExpectAnswer(Line& line, spec::Server vote) {
  line.progress().response = line.raft.network.LastSent();
  line.progress().response_vote = vote;
}

}  // namespace

bool HandleMessage(Line& line, const spec::Message& m) {
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
  if (m.type == T::kMsgTimeoutNow && spec::ObeysTimeoutNow(line.raft, line.i)) {
    // The host applies entries on a thread of its own.  The node may not know yet that a change of
    // the membership is applied, and then it does not campaign.  For the specification the message
    // was lost on the way.  That is a second explanation.
    if (line.context.async_storage && line.server().conf_index > 0) {
      Candidate lost = line.candidate;
      if (spec::DropMessage(lost.raft, m)) {
        line.context.actions.Add("DropMessage");
        line.result.branches.push_back(std::move(lost));
      }
    }
    line.progress().received = m;  // BecomeCandidate comes next
    return true;
  }
  const spec::Server vote = line.server().voted_for;
  const spec::Index snapshot = line.server().pending_snapshot;
  if (!line.Take(kHandlers[static_cast<std::size_t>(m.type)], spec::Handle(line.raft, m))) {
    return false;
  }
  const bool request = m.type == T::kMsgVote || m.type == T::kMsgPreVote || spec::IsFromLeader(m);
  if (!request) return true;
  ExpectAnswer(line, vote);
  const bool installed = m.type == T::kMsgSnap && line.server().pending_snapshot != snapshot;
  if (installed) line.progress().replaced = true;
  return true;
}

bool AnswerOlderTerm(Line& line, const spec::Message& m) {
  if (!line.Take("RespondToOlderTerm", spec::RespondToOlderTerm(line.raft, line.i, m.from, m))) {
    return false;
  }
  ExpectAnswer(line, line.server().voted_for);
  return true;
}

std::string_view ActionThatAnswers(const spec::Message& response) {
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

}  // namespace conformance
