#include "conformance/report/itf.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "raft/trace/event.h"

namespace conformance {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kVariables[] = {
    "currentTerm", "state",       "votedFor",       "leaderId",        "forced",
    "log",         "commitIndex", "votesResponded", "votesGranted",    "matchIndex",
    "config",      "confIndex",   "logStart",       "pendingSnapshot", "messages",
    "pending",     "durable",     "elections",      "committed"};

// JSON readers that hold numbers as doubles lose bits above 2^53.
Json Number(std::uint64_t value) {
  constexpr std::uint64_t kSafe = std::uint64_t{1} << 53U;
  if (value < kSafe) return value;
  return {{"#bigint", std::to_string(value)}};
}

class StateWriter {
 public:
  StateWriter(const Candidate& explanation, const TraceContext& context)
      : raft_(explanation.raft), context_(context) {}

  void Write(Json& json) const {
    PerServer(json, "currentTerm", [](const auto& s) { return Number(s.current_term); });
    PerServer(json, "state", [](const auto& s) {
      return Json(trace::kRoleNames[static_cast<std::size_t>(ToTrace(s.state))]);
    });
    PerServer(json, "votedFor", [&](const auto& s) { return Id(s.voted_for); });
    PerServer(json, "leaderId", [&](const auto& s) { return Id(s.leader_id); });
    PerServer(json, "forced", [](const auto& s) { return Json(s.forced); });
    PerServer(json, "log", [&](const auto& s) { return Log(s.log); });
    PerServer(json, "commitIndex", [](const auto& s) { return Number(s.commit_index); });
    PerServer(json, "votesResponded", [&](const auto& s) { return Set(s.votes_responded); });
    PerServer(json, "votesGranted", [&](const auto& s) { return Set(s.votes_granted); });
    PerServer(json, "matchIndex", [&](const auto& s) {
      Json pairs = Json::array();
      for (spec::Server j = 0; j < Servers(); ++j) {
        pairs.push_back(Json::array({Id(j), Number(s.match_index[j])}));
      }
      return Json{{"#map", pairs}};
    });
    PerServer(json, "config", [&](const auto& s) { return Config(s.config); });
    PerServer(json, "confIndex", [](const auto& s) { return Number(s.conf_index); });
    PerServer(json, "logStart", [](const auto& s) { return Number(s.log_start); });
    PerServer(json, "pendingSnapshot", [](const auto& s) { return Number(s.pending_snapshot); });
    PerServer(json, "durable", [&](const auto& s) { return Durable(s.durable); });
    Messages(json);
    History(json);
  }

 private:
  spec::Server Servers() const { return static_cast<spec::Server>(context_.servers.size()); }

  template <class F>
  void PerServer(Json& json, const char* name, F value) const {
    Json pairs = Json::array();
    for (spec::Server i = 0; i < Servers(); ++i) {
      pairs.push_back(Json::array({Id(i), value(raft_.state[i])}));
    }
    json[name] = {{"#map", std::move(pairs)}};
  }

  Json Id(spec::Server i) const {
    return i == spec::kNil ? Json("0") : Json(std::to_string(context_.servers.Id(i)));
  }
  Json Set(spec::ServerSet set) const {
    Json ids = Json::array();
    for (const trace::NodeId id : IdsOf(set, context_.servers)) ids.push_back(std::to_string(id));
    return {{"#set", std::move(ids)}};
  }
  Json Config(const spec::Config& config) const {
    return {{"voters", Set(config.voters)},
            {"outgoing", Set(config.outgoing)},
            {"learners", Set(config.learners)},
            {"learnersNext", Set(config.learners_next)},
            {"autoLeave", config.auto_leave}};
  }
  // Values are digests, 0 where the trace says nothing.
  Json Log(spec::LogId log) const {
    Json entries = Json::array();
    for (; log != spec::kEmptyLog; log = context_.tree.Parent(log)) {
      const bool change = context_.tree.LastConf(log) == log;
      entries.push_back({{"term", Number(context_.tree.LastTerm(log))},
                         {"value", std::to_string(context_.tree.LastValue(log).value_or(0))},
                         {"isChange", change}});
    }
    std::reverse(entries.begin(), entries.end());
    return entries;
  }
  Json Durable(const spec::ServerState::Durable& d) const {
    return {{"term", Number(d.term)},         {"vote", Id(d.vote)},
            {"commit", Number(d.commit)},     {"log", Log(d.log)},
            {"snapshot", Number(d.snapshot)}, {"logStart", Number(d.log_start)}};
  }
  Json Message(const spec::Message& m) const {
    return {{"type", trace::kMessageTypeNames[static_cast<std::size_t>(ToTrace(m.type))]},
            {"term", Number(m.term)},
            {"from", Id(m.from)},
            {"to", Id(m.to)},
            {"index", Number(m.index)},
            {"logTerm", Number(m.log_term)},
            {"entries", Number(m.entry_count)},
            {"commit", Number(m.commit)},
            {"reject", m.reject},
            {"hint", Number(m.hint)},
            {"force", m.force}};
  }
  void Messages(Json& json) const {
    Json flying = Json::array();
    raft_.network.ForEach([](const spec::Message&, int copies) { return copies > 0; },
                          [&](const spec::Message& m) {
                            flying.push_back(Json::array({Message(m), raft_.network.InFlight(m)}));
                          });
    json["messages"] = {{"#map", std::move(flying)}};
    Json queued = Json::array();
    for (spec::Server i = 0; i < Servers(); ++i) {
      for (const spec::Message& m : raft_.network.Pending(i)) queued.push_back(Message(m));
      for (const auto& write : raft_.network.Writes(i)) {
        for (const spec::Message& m : write.messages) queued.push_back(Message(m));
      }
    }
    json["pending"] = std::move(queued);
  }
  void History(Json& json) const {
    Json elections = Json::array();
    for (const auto& [term, leaders] : raft_.history.elections) {
      for (const spec::Server i : leaders) {
        elections.push_back({{"#tup", Json::array({Number(term), Id(i)})}});
      }
    }
    json["elections"] = {{"#set", std::move(elections)}};
    json["committed"] = Log(raft_.history.committed);
  }

  const spec::Raft<spec::BagNetwork>& raft_;
  const TraceContext& context_;
};

}  // namespace

std::string ItfBegin(const std::string& description) {
  Json meta = {{"format", "ITF"},
               {"format-description", "https://apalache-mc.org/docs/adr/015adr-trace.html"},
               {"description", description}};
  const Json variables = kVariables;
  const auto replace = Json::error_handler_t::replace;
  return "{\"#meta\":" + meta.dump(-1, ' ', false, replace) + ",\n\"vars\":" + variables.dump() +
         ",\n\"states\":[\n";
}

std::string ItfEnd() { return "\n]}\n"; }

std::string ItfState(const Candidate& explanation, const TraceContext& context, std::size_t number,
                     const std::string& label) {
  Json json;
  json["#meta"]["index"] = number;
  json["#meta"]["event"] = label;
  StateWriter(explanation, context).Write(json);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace conformance
