#include "conformance/judge/because.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "conformance/judge/words.h"
#include "raft/trace/event_fields.h"
#include "spec/raft.h"

namespace conformance {
namespace {

using spec::ServerState;

// A variable of a server, and the fields of lines that show it.
struct Variable {
  std::string_view name;  // in TLA+
  std::string_view field;
  bool (*same)(const ServerState& a, const ServerState& b);
};

constexpr std::array<Variable, Origins::kVariables> kOfServers = {{
    {"currentTerm", "state.term",
     [](const auto& a, const auto& b) { return a.current_term == b.current_term; }},
    {"votedFor", "state.vote",
     [](const auto& a, const auto& b) { return a.voted_for == b.voted_for; }},
    {"commitIndex", "state.commit",
     [](const auto& a, const auto& b) { return a.commit_index == b.commit_index; }},
    {"state", "role", [](const auto& a, const auto& b) { return a.state == b.state; }},
    {"log", "log", [](const auto& a, const auto& b) { return a.log == b.log; }},
    {"leaderId", "lead", [](const auto& a, const auto& b) { return a.leader_id == b.leader_id; }},
    {"config", "conf", [](const auto& a, const auto& b) { return a.config == b.config; }},
    {"durable.term", "durable.term",
     [](const auto& a, const auto& b) { return a.durable.term == b.durable.term; }},
    {"durable.vote", "durable.vote",
     [](const auto& a, const auto& b) { return a.durable.vote == b.durable.vote; }},
    {"durable.commit", "durable.commit",
     [](const auto& a, const auto& b) { return a.durable.commit == b.durable.commit; }},
    {"durable.log", "durable.log",
     [](const auto& a, const auto& b) { return a.durable.log == b.durable.log; }},
    {"durable.snapshot", "durable.snapshot",
     [](const auto& a, const auto& b) { return a.durable.snapshot == b.durable.snapshot; }},
}};

// The variable that a field shows, or kOfServers.size().
std::size_t VariableOf(std::string_view field) {
  if (field.starts_with("conf[")) field = "conf";
  if (field.starts_with("durable.log")) field = "durable.log";
  if (field == "msg.term") field = "state.term";
  if (field == "msg.commit") field = "state.commit";
  const auto found = std::find_if(kOfServers.begin(), kOfServers.end(),
                                  [field](const Variable& v) { return v.field == field; });
  return static_cast<std::size_t>(found - kOfServers.begin());
}

// The answer that a request is handled with; the type itself if it has none.
trace::MessageType AnswerTo(spec::MessageType request) {
  using Type = spec::MessageType;
  switch (request) {
    case Type::kMsgVote:
      return trace::MessageType::kMsgVoteResp;
    case Type::kMsgPreVote:
      return trace::MessageType::kMsgPreVoteResp;
    case Type::kMsgApp:
    case Type::kMsgSnap:
      return trace::MessageType::kMsgAppResp;
    case Type::kMsgHeartbeat:
      return trace::MessageType::kMsgHeartbeatResp;
    default:
      return ToTrace(request);
  }
}

std::string NameOf(trace::EventName name) {
  return std::string(trace::kEventNames[static_cast<std::size_t>(name)]);
}

std::string ReceivedText(const Refused& refused) {
  return "line " + std::to_string(refused.received.line) + " received " +
         MessageText(*refused.message);
}

std::string MatchText(const Refused& refused) {
  std::string text = "matchIndex =";
  const auto count = static_cast<spec::Server>(refused.servers.size());
  for (spec::Server j = 0; j < count; ++j) {
    if (!refused.after.config.Members().Contains(j)) continue;
    text += " " + std::to_string(refused.servers.Id(j)) + ":" +
            std::to_string(refused.after.match_index[j]);
  }
  return text;
}

std::string Why(const std::string& action, std::string_view field, const Refused& refused) {
  const std::size_t k = VariableOf(field);
  const bool known = k < kOfServers.size();
  if (known && kOfServers[k].same(refused.before, refused.after)) {
    const EventPlace& place = refused.origins.Of(refused.i, k);
    const std::string name(kOfServers[k].name);
    if (place.line == 0) return name + " is so since the start";
    return name + " is so since line " + std::to_string(place.line) + ", " + NameOf(place.name);
  }
  if (known && field == "state.commit" && refused.after.state == spec::Role::kLeader) {
    return action + " with " + MatchText(refused);
  }
  if (refused.message != nullptr) return ReceivedText(refused);
  return known ? action + " makes it so" : "";
}

// The field of the line that the receipt of `m` would explain, where the model has another value;
// empty if there is none.
std::string_view WhatItExplains(const spec::Message& m, const trace::Event& event,
                                const ServerState& before, const Servers& servers,
                                const spec::LogTree& tree) {
  using Type = spec::MessageType;
  if (trace::IsReceive(event.name)) return {};
  const bool of_leader = spec::IsFromLeader(m);
  const auto is = [](const trace::Field<std::uint64_t>& shown, std::uint64_t now,
                     std::uint64_t then) { return shown && *shown != now && *shown == then; };
  const trace::State state = event.state.value_or(trace::State());
  if (is(state.term, before.current_term, m.term)) return "state.term";
  if (of_leader && is(state.commit, before.commit_index, m.commit)) return "state.commit";
  if (m.type == Type::kMsgApp && is(event.log, tree.Length(before.log), m.index + m.entry_count)) {
    return "log";
  }
  const trace::NodeId lead = before.leader_id == spec::kNil ? 0 : servers.Id(before.leader_id);
  if (of_leader && is(event.lead, lead, servers.Id(m.from))) return "lead";
  const bool answers = event.msg && event.msg->type && event.msg->to == servers.Id(m.from) &&
                       *event.msg->type == AnswerTo(m.type);
  return answers ? "its answer" : "";
}

}  // namespace

namespace {

// The loop is unrolled here, because it runs for each event.
template <std::size_t... k>
void NoteEach(std::array<EventPlace, Origins::kVariables>& last, const ServerState& before,
              const ServerState& after, const EventPlace& place, std::index_sequence<k...>) {
  const auto note = [&](bool same, EventPlace& variable) {
    if (!same) variable = place;
  };
  (note(kOfServers[k].same(before, after), last[k]), ...);
}

}  // namespace

void Origins::Note(spec::Server i, const ServerState& before, const ServerState& after,
                   const EventPlace& place) {
  NoteEach(last_[i], before, after, place, std::make_index_sequence<kVariables>());
}

void TellWhy(Attempt& attempt, const Refused& refused) {
  for (Difference& d : attempt.differences) d.because = Why(attempt.action, d.field, refused);
}

namespace {

// The leader appended one entry more than the lines announced, while a change was not applied: etcd
// writes no line for the entry that leaves a joint configuration.
bool LeavesTooEarly(const Attempt& attempt, const Refused& refused, const spec::LogTree& tree) {
  const spec::Index length = tree.Length(refused.after.log);
  return tree.FirstConfAfter(refused.after.log, refused.after.conf_index) != spec::kEmptyLog &&
         std::any_of(
             attempt.differences.begin(), attempt.differences.end(), [&](const Difference& d) {
               return (d.field == "log" || d.field == "msg.index") &&
                      d.expected == std::to_string(length) && d.found == std::to_string(length + 1);
             });
}

// The judge took a change for one that the application refused, because another one came after it.
bool TookForRefused(const Refused& refused, const spec::LogTree& tree) {
  const spec::LogId log = refused.before.log;
  spec::LogId change = tree.FirstConfAfter(log, 0);
  while (change != spec::kEmptyLog) {
    const spec::LogId next = tree.FirstConfAfter(log, tree.Length(change));
    if (next != spec::kEmptyLog && tree.Change(change) == spec::kRefusedChange) return true;
    change = next;
  }
  return false;
}

}  // namespace

std::string HintOfUnvalidated(const std::vector<Attempt>& attempts, const trace::Event& event,
                              const Refused& refused, const spec::LogTree& tree) {
  const bool to_itself = event.name == trace::EventName::kSendAppendEntriesResponse;
  const bool applies = event.name == trace::EventName::kApplyConfChange;
  const bool is_so = std::any_of(attempts.begin(), attempts.end(), [&](const Attempt& attempt) {
    return attempt.guard == spec::kLastChangeApplied || attempt.guard == spec::kOnlyJointIsLeft ||
           attempt.guard == spec::kEarlierChangesApplied ||
           (to_itself && LeavesTooEarly(attempt, refused, tree)) ||
           (applies && TookForRefused(refused, tree));
  });
  if (!is_so) return {};
  return "a node that does not validate membership changes does this (etcd: "
         "DisableConfChangeValidation); --unvalidated-changes says that it is such a node, or the "
         "header field validatesChanges: false";
}

std::vector<std::string> WouldLeadThere(const trace::Event& event, spec::Server i,
                                        const ServerState& before, const spec::BagNetwork& network,
                                        const Servers& servers, const spec::LogTree& tree) {
  std::vector<std::string> texts;
  network.ForEach(
      [&](const spec::Message& m, int copies) {
        return copies > 0 && m.to == i && m.from != i &&
               !WhatItExplains(m, event, before, servers, tree).empty();
      },
      [&](const spec::Message& m) {
        if (texts.size() == 3) return;
        texts.push_back(MessageText(m, servers, tree) + "  (is in flight and would lead to " +
                        std::string(WhatItExplains(m, event, before, servers, tree)) +
                        ", but no line receives it)");
      });
  return texts;
}

}  // namespace conformance
