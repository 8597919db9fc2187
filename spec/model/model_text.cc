#include "spec/model/model_text.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace spec {
namespace {

constexpr std::array<std::string_view, 4> kRoles = {"Follower", "PreCandidate", "Candidate",
                                                    "Leader"};
constexpr std::array<std::string_view, 10> kMessageTypes = {
    "MsgVote",          "MsgVoteResp", "MsgApp",     "MsgAppResp",     "MsgHeartbeat",
    "MsgHeartbeatResp", "MsgSnap",     "MsgPreVote", "MsgPreVoteResp", "MsgTimeoutNow"};

std::string Join(std::string_view between, const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) {
    if (!all.empty()) all += between;
    all += part;
  }
  return all;
}

std::string Number(Index number) { return std::to_string(number); }

class Text {
 public:
  Text(const ModelSettings& settings, const PackedLogs& logs) : settings_(settings), logs_(logs) {}

  std::string Of(Server i) const { return i == kNil ? "Nil" : settings_.server_names[i]; }
  template <class Set>
  std::string OfSet(Set set) const {
    std::vector<std::string> members;
    for (Server i = 0; i < settings_.constants.servers; ++i) {
      if (set.Contains(i)) members.push_back(Of(i));
    }
    return "{" + Join(", ", members) + "}";
  }
  std::string OfRead(std::uint64_t read) const {
    return read == 0 ? "none" : settings_.read_names[read - 1];
  }
  std::string OfChange(const ConfChange& change) const {
    std::vector<std::string> parts;
    if (!change.add.Empty()) parts.push_back("add " + OfSet(change.add));
    if (!change.add_learner.Empty()) parts.push_back("learner " + OfSet(change.add_learner));
    if (!change.remove.Empty()) parts.push_back("remove " + OfSet(change.remove));
    return parts.empty() ? "leave the joint configuration" : Join(", ", parts);
  }
  std::string OfLog(LogId log) const {
    std::vector<std::string> entries;
    for (Index k = 1; k <= PackedLogs::Length(log); ++k) {
      const std::string content = logs_.IsChangeAt(log, k)
                                      ? OfChange(logs_.Change(PackedLogs::Prefix(log, k)))
                                      : settings_.value_names[PackedLogs::CodeAt(log, k) - 1];
      entries.push_back(Number(PackedLogs::TermAt(log, k)) + ":" + content);
    }
    return "<<" + Join(", ", entries) + ">>";
  }
  template <class Config>
  std::string OfConfig(const Config& config) const {
    std::string text = "voters " + OfSet(config.voters);
    if (config.IsJoint()) text += ", outgoing " + OfSet(config.outgoing);
    if (!config.learners.Empty()) text += ", learners " + OfSet(config.learners);
    if (!config.learners_next.Empty()) text += ", learnersNext " + OfSet(config.learners_next);
    return text;
  }
  template <class Message>
  std::string OfMessage(const Message& m) const {
    std::string text(kMessageTypes[static_cast<std::size_t>(m.type)]);
    text += " " + Of(m.from) + "->" + Of(m.to) + " term " + Number(m.term);
    const auto field = [&](std::string_view name, Index value) {
      if (value != 0) text += " " + std::string(name) + " " + Number(value);
    };
    field("index", m.index);
    field("logTerm", m.log_term);
    if (m.entry_count != 0) {
      const LogId skipped = PackedLogs::Length(m.entries) - m.entry_count;
      text += " entries " + OfLog(m.entries >> 8U * skipped);
    }
    field("commit", m.commit);
    if (m.reject) text += " reject";
    field("hint", m.hint);
    if (m.force) text += " force";
    if (m.context != 0) text += " context " + OfRead(m.context);
    field("sent", m.sent);
    return text;
  }

 private:
  const ModelSettings& settings_;
  const PackedLogs& logs_;
};

template <class State>
std::string BagText(const Text& text, const State& state, bool queued) {
  std::vector<std::string> messages;
  for (const auto& slot : state.network.Slots()) {
    const unsigned copies = queued ? slot.queued : slot.in_flight;
    if (copies == 0) continue;
    messages.push_back(text.OfMessage(slot.message) +
                       (copies > 1 ? " x" + std::to_string(copies) : ""));
  }
  return messages.empty() ? "none" : Join("; ", messages);
}

template <class Server>
void AddServer(const Text& text, const Server& s, const std::string& of, int servers,
               std::vector<Fact>& facts) {
  const auto add = [&](const char* name, std::string value) {
    facts.emplace_back(name + of, std::move(value));
  };
  add("currentTerm", Number(s.current_term));
  add("state", std::string(kRoles[static_cast<std::size_t>(s.state)]));
  add("votedFor", text.Of(s.voted_for));
  add("leaderId", text.Of(s.leader_id));
  add("forced", s.forced ? "TRUE" : "FALSE");
  add("log", text.OfLog(s.log));
  add("commitIndex", Number(s.commit_index));
  add("votesResponded", text.OfSet(s.votes_responded));
  add("votesGranted", text.OfSet(s.votes_granted));
  std::vector<std::string> match;
  for (spec::Server j = 0; j < servers; ++j) {
    match.push_back(text.Of(j) + ":" + Number(s.match_index[j]));
  }
  add("matchIndex", Join(" ", match));
  add("config", text.OfConfig(s.config));
  add("confIndex", Number(s.conf_index));
  add("logStart", Number(s.log_start));
  add("pendingSnapshot", Number(s.pending_snapshot));
  const auto& disk = s.durable;
  add("durable", "term " + Number(disk.term) + " vote " + text.Of(disk.vote) + " commit " +
                     Number(disk.commit) + " log " + text.OfLog(disk.log) +
                     (disk.snapshot == 0 ? "" : " snapshot " + Number(disk.snapshot)));
}

template <class State>
void AddClocks(const Text& text, const State& state, int servers, std::vector<Fact>& facts) {
  for (Server i = 0; i < servers; ++i) {
    const auto& lease = state.history.leases[i];
    const std::string of = "[" + text.Of(i) + "]";
    facts.emplace_back("clock" + of, Number(lease.clock));
    facts.emplace_back("promisedUntil" + of, Number(lease.promised_until));
    std::vector<std::string> confirmed;
    for (Server j = 0; j < servers; ++j) {
      confirmed.push_back(text.Of(j) + ":" + Number(lease.confirmed_at[j]));
    }
    facts.emplace_back("confirmedAt" + of, Join(" ", confirmed));
    facts.emplace_back("leaseEnded" + of, lease.lease_ended ? "TRUE" : "FALSE");
  }
  facts.emplace_back("clockGap", Number(state.history.clock_gap));
}

}  // namespace

template <int n>
std::vector<Fact> FactsOf(const McRaft<n>& model, const typename McRaft<n>::State& state) {
  const ModelSettings& settings = model.settings();
  const Text text(settings, model.logs());
  std::vector<Fact> facts;
  for (Server i = 0; i < settings.constants.servers; ++i) {
    AddServer(text, state.state[i], "[" + text.Of(i) + "]", settings.constants.servers, facts);
  }
  for (std::uint64_t read = 1; read <= settings.next.reads; ++read) {
    const auto* asked = state.history.FindRead(read);
    if (asked == nullptr) continue;
    facts.emplace_back("reads[" + text.OfRead(read) + "]",
                       "asked of " + text.Of(asked->server) + " when " + Number(asked->known) +
                           " committed; leader " + text.Of(asked->leader) + " index " +
                           Number(asked->index) + " acks " + text.OfSet(asked->acks) +
                           (asked->served ? " served" : ""));
  }
  if (settings.constants.Clocked()) AddClocks(text, state, settings.constants.servers, facts);
  facts.emplace_back("pending", BagText(text, state, true));
  facts.emplace_back("messages", BagText(text, state, false));
  std::vector<std::string> elections;
  for (std::size_t term = 0; term < state.history.elections.size(); ++term) {
    if (state.history.elections[term].Empty()) continue;
    elections.push_back("term " + Number(term) + " " + text.OfSet(state.history.elections[term]));
  }
  facts.emplace_back("elections", elections.empty() ? "none" : Join(", ", elections));
  facts.emplace_back("committed", text.OfLog(state.history.committed));
  return facts;
}

template <int n>
std::string MoveText(const McRaft<n>& model, const typename McRaft<n>::State& before,
                     const Move& move) {
  const Text text(model.settings(), model.logs());
  const std::string name(ActionName(model.ActionOf(before, move)));
  const std::string i = text.Of(move.i);
  switch (move.action) {
    case Action::kRequestVote:
    case Action::kRequestPreVote:
    case Action::kSendTimeoutNow:
      return name + "(" + i + ", " + text.Of(move.j) + ")";
    case Action::kClientRequest:
      return name + "(" + i + ", " + model.settings().value_names[move.a - 1U] + ")";
    case Action::kAppendEntries:
      return name + "(" + i + ", " + text.Of(move.j) + ", " + Number(move.a) + ", " +
             Number(move.b) + ")";
    case Action::kHeartbeat:
      return name + "(" + i + ", " + text.Of(move.j) + ", " + text.OfRead(move.a) + ")";
    case Action::kChangeConf:
      return name + "(" + i + ", " + text.OfChange(model.logs().changes()[move.a]) + ")";
    case Action::kPersist:
    case Action::kCompact:
      return name + "(" + i + ", " + Number(move.a) + ")";
    case Action::kSendSnapshot:
      return name + "(" + i + ", " + text.Of(move.j) + ", " + Number(move.a) + ")";
    case Action::kTick: {
      const auto& ahead = model.settings().next.ahead;
      const ServerSet all = ServerSet::FirstN(model.settings().constants.servers);
      return name + "(" + text.OfSet(move.a != 0 ? ahead : all - ahead) + ")";
    }
    case Action::kReadIndex:
    case Action::kTakeRead:
    case Action::kServeRead:
      return name + "(" + i + ", " + text.OfRead(move.a) + ")";
    default: {
      const bool of_message = IsReceive(move.action) || move.action == Action::kDropMessage ||
                              move.action == Action::kDuplicateMessage;
      if (of_message) {
        return name + "(" + text.OfMessage(before.network.Slots()[move.a].message) + ")";
      }
      return name + "(" + i + ")";
    }
  }
}

template std::vector<Fact> FactsOf(const McRaft<kSmallModel>&, const McRaft<kSmallModel>::State&);
template std::vector<Fact> FactsOf(const McRaft<kLargeModel>&, const McRaft<kLargeModel>::State&);
template std::string MoveText(const McRaft<kSmallModel>&, const McRaft<kSmallModel>::State&,
                              const Move&);
template std::string MoveText(const McRaft<kLargeModel>&, const McRaft<kLargeModel>::State&,
                              const Move&);

}  // namespace spec
