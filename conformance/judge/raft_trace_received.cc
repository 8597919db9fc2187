// Messages in flight, and what a server makes of a message.
#include "conformance/judge/raft_trace_received.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "conformance/judge/raft_trace_infer.h"
#include "conformance/judge/words.h"

namespace conformance {

// ---- Finding the message.

namespace {

// Does the line tell all that identifies a message?
bool IsComplete(const trace::Message& msg) {
  return msg.type && msg.from && msg.to && msg.term && msg.index && msg.log_term && msg.entries &&
         msg.commit && msg.reject && msg.reject_hint;
}

// A heartbeat and its answer are told from others by the clock, too.
bool TellsClock(const Line& line) {
  const trace::Message& msg = *line.event.msg;
  const bool heartbeat = msg.type == trace::MessageType::kMsgHeartbeat ||
                         msg.type == trace::MessageType::kMsgHeartbeatResp;
  return !heartbeat || msg.sent || !line.raft.history.HasClocks();
}

// The message that has the fields of the line, if it is in the network.
std::optional<spec::Message> Find(Line& line, bool force) {
  const trace::Message& msg = *line.event.msg;
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
  seen.force = force;
  seen.hint = *msg.reject_hint;
  seen.sent = msg.sent.value_or(0);
  const std::optional<spec::Message> found = line.raft.network.Find(seen);
  return found && line.Matches(*found) ? found : std::nullopt;
}

void Add(std::vector<spec::Message>& all, const spec::Message& m) {
  if (std::find(all.begin(), all.end(), m) == all.end()) all.push_back(m);
}

// The messages of the line that wait for a write of their sender.
void AddWaiting(Line& line, std::vector<spec::Message>& meant) {
  const auto servers = static_cast<spec::Server>(line.context.servers.size());
  for (spec::Server from = 0; from < servers; ++from) {
    if (line.event.msg->from && line.context.servers.Id(from) != *line.event.msg->from) continue;
    for (const auto& write : line.raft.network.Writes(from)) {
      for (const spec::Message& m : write.messages) {
        if (line.Matches(m)) Add(meant, m);
      }
    }
  }
}

}  // namespace

std::vector<spec::Message> Meant(Line& line) {
  std::vector<spec::Message> meant;
  if (IsComplete(*line.event.msg) && TellsClock(line)) {
    // Not every trace says which campaigns the leader asked for.
    for (const bool force : {false, true}) {
      if (force && line.event.msg->type != trace::MessageType::kMsgVote) break;
      if (const auto found = Find(line, force)) meant.push_back(*found);
    }
    if (!meant.empty()) return meant;
  } else {
    line.raft.network.ForEach(
        [&line](const spec::Message& m, int copies) {
          return (copies > 0 || !line.context.network_logged) && line.Matches(m);
        },
        [&meant](const spec::Message& m) { meant.push_back(m); });
  }
  if (!line.context.disk_logged) AddWaiting(line, meant);
  return meant;
}

std::optional<spec::Message> TheMessage(Line& line) {
  const trace::Message& msg = *line.event.msg;
  const bool identified = IsComplete(msg) && TellsClock(line) &&
                          (msg.force || msg.type != trace::MessageType::kMsgVote);
  return identified ? Find(line, msg.force.value_or(false)) : std::nullopt;
}

std::string_view TellingField(const Line& line) {
  const trace::Message& msg = *line.event.msg;
  if (!msg.from) return "msg.from";
  if (!msg.to) return "msg.to";
  if (!msg.type) return "msg.type";
  if (!msg.term) return "msg.term";
  if (!msg.index) return "msg.index";
  if (!msg.entries && !msg.ents) return "msg.entries";
  if (!msg.reject) return "msg.reject";
  if (!msg.commit) return "msg.commit";
  if (!msg.reject_hint) return "msg.rejectHint";
  if (!TellsClock(line)) return "msg.sent";
  return msg.log_term ? "msg.force" : "msg.logTerm";
}

void Arrives(Line& line, const spec::Message& m) {
  if (line.raft.network.InFlight(m) == 0 && !line.context.disk_logged) {
    const std::size_t writes = WritesBeforeMessage(line, m);
    // The message may be a copy that the network made of one that arrived before.  Then the write
    // before the last one must be done, and the last one need not.  The network never copies the
    // messages of a server to itself.
    const bool copied = m.to != m.from && !line.context.network_logged && line.raft.network.Find(m);
    const bool early = writes > 0 && copied && line.raft.network.ReleaseOne(m.from, writes - 1, m);
    if (writes > 0 && !early) InferPersist(line, m.from, writes);
  }
  Comparison comparison = line.Compare();
  line.CompareMessage(comparison, m);
  line.context.compared += comparison.compared();
  line.Learn(line.event.msg->ents, m.entries);
}

bool NotInFlight(Line& line, std::string_view action) {
  line.result.nearest =
      NearestMessages(line.raft.network, *line.event.msg, line.context.servers,
                      line.candidate.learnt, line.context.tree, line.raft.constants);
  return line.Refuse(action, "m \\in DOMAIN messages",
                     "no such message is in flight: " + MessageText(*line.event.msg));
}

// ---- What the server may make of it.

bool MayBeIgnored(Line& line, const spec::Message& m) {
  return spec::MayIgnoreVoteRequest(line.raft, line.i, m).taken();
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
        line.result.branches.push_back({std::move(lost), {}});
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
