#include "conformance/judge/words.h"

#include <algorithm>
#include <utility>

namespace conformance {
namespace {

std::string IdText(spec::Server server, const Servers& servers) {
  return server == spec::kNil ? "Nil" : std::to_string(servers.Id(server));
}

std::string SetText(spec::ServerSet set, const Servers& servers) {
  return IdsText(IdsOf(set, servers));
}

std::string ConfigText(const spec::Config& config, const Servers& servers) {
  std::string text = SetText(config.voters, servers);
  if (config.IsJoint()) text += " and " + SetText(config.outgoing, servers);
  if (!config.learners.Empty()) text += " learners " + SetText(config.learners, servers);
  return text;
}

spec::ServerSet SetOf(std::uint64_t bits) {
  spec::ServerSet set;
  for (spec::Server i = 0; i < spec::kMaxServers; ++i) {
    if (((bits >> i) & 1U) != 0) set.Insert(i);
  }
  return set;
}

std::string RoleText(spec::Role role) {
  return std::string(trace::kRoleNames[static_cast<std::size_t>(ToTrace(role))].substr(5));
}

std::string OperandText(const spec::Operand& operand, const Servers& servers) {
  switch (operand.kind) {
    case spec::Operand::Kind::kNumber:
      return std::to_string(operand.value);
    case spec::Operand::Kind::kServer:
      return IdText(static_cast<spec::Server>(operand.value), servers);
    case spec::Operand::Kind::kServers:
      return SetText(SetOf(operand.value), servers);
    case spec::Operand::Kind::kRole:
      return RoleText(static_cast<spec::Role>(operand.value));
    case spec::Operand::Kind::kTruth:
      return operand.value != 0 ? "TRUE" : "FALSE";
  }
  return {};
}

void AddNumber(std::string& text, const char* name, std::uint64_t value) {
  if (value != 0) text += std::string(" ") + name + " " + std::to_string(value);
}

void AddNumber(std::string& text, const char* name, const trace::Field<std::uint64_t>& value) {
  AddNumber(text, name, value.value_or(0));
}

}  // namespace

std::string OperandsText(const spec::Outcome& outcome, const Servers& servers) {
  std::string text;
  for (const spec::Operand& operand : outcome.operands()) {
    if (operand.name.empty()) continue;
    if (!text.empty()) text += ", ";
    text += std::string(operand.name) + " = " + OperandText(operand, servers);
  }
  return text;
}

std::string MessageText(const spec::Message& m, const Servers& servers, const spec::LogTree& tree) {
  std::string text(trace::kMessageTypeNames[static_cast<std::size_t>(ToTrace(m.type))]);
  text += " " + IdText(m.from, servers) + "->" + IdText(m.to, servers);
  AddNumber(text, "term", m.term);
  AddNumber(text, "index", m.index);
  AddNumber(text, "logTerm", m.log_term);
  AddNumber(text, "entries", m.entry_count);
  if (m.entry_count > 0) AddNumber(text, "of term", tree.LastTerm(m.entries));
  AddNumber(text, "commit", m.commit);
  if (m.reject) text += " reject";
  AddNumber(text, "rejectHint", m.hint);
  return text;
}

std::string MessageText(const trace::Message& msg) {
  std::string text;
  if (msg.type) text += trace::kMessageTypeNames[static_cast<std::size_t>(*msg.type)];
  text += " " + std::to_string(msg.from.value_or(0)) + "->" + std::to_string(msg.to.value_or(0));
  AddNumber(text, "term", msg.term);
  AddNumber(text, "index", msg.index);
  AddNumber(text, "logTerm", msg.log_term);
  AddNumber(text, "entries", msg.entries);
  AddNumber(text, "commit", msg.commit);
  if (msg.reject.value_or(false)) text += " reject";
  AddNumber(text, "rejectHint", msg.reject_hint);
  return text;
}

std::string ServerText(const spec::ServerState& server, const Servers& servers,
                       const spec::LogTree& tree) {
  std::string text = RoleText(server.state) + " term " + std::to_string(server.current_term) +
                     " vote " + IdText(server.voted_for, servers) + " leader " +
                     IdText(server.leader_id, servers) + " commit " +
                     std::to_string(server.commit_index) + " log " +
                     std::to_string(tree.Length(server.log)) + " (last term " +
                     std::to_string(tree.LastTerm(server.log)) + ")";
  if (server.state == spec::Role::kCandidate || server.state == spec::Role::kPreCandidate) {
    text += " granted " + SetText(server.votes_granted, servers) + " of answers " +
            SetText(server.votes_responded, servers);
  }
  if (server.state == spec::Role::kLeader) {
    text += " match";
    const auto count = static_cast<spec::Server>(servers.size());
    for (spec::Server j = 0; j < count; ++j) {
      text += " " + IdText(j, servers) + ":" + std::to_string(server.match_index[j]);
    }
  }
  text += " of " + ConfigText(server.config, servers);
  AddNumber(text, "logStart", server.log_start);
  const spec::ServerState::Durable& d = server.durable;
  return text + "; durable: term " + std::to_string(d.term) + " vote " + IdText(d.vote, servers) +
         " commit " + std::to_string(d.commit) + " log " + std::to_string(tree.Length(d.log)) +
         " (last term " + std::to_string(tree.LastTerm(d.log)) + ")";
}

std::vector<std::string> NearestMessages(const spec::BagNetwork& network, const trace::Message& msg,
                                         const Servers& servers, const LearntDigests& learnt,
                                         const spec::LogTree& tree,
                                         const spec::Constants& constants) {
  std::vector<std::pair<std::size_t, std::string>> found;
  const auto is_near = [&](const spec::Message& m, int copies) {
    const bool same_link =
        servers.Id(m.from) == msg.from.value_or(0) && servers.Id(m.to) == msg.to.value_or(0);
    return copies > 0 && (same_link || (msg.type && ToTrace(m.type) == *msg.type));
  };
  network.ForEach(is_near, [&](const spec::Message& m) {
    Comparison comparison(servers, learnt);
    comparison.Message(msg, m, tree, constants);
    std::string text = MessageText(m, servers, tree) + "  (";
    const std::vector<Difference> differences = comparison.TakeDifferences();
    for (const Difference& d : differences) {
      if (&d != differences.data()) text += ", ";
      text += d.field + " " + d.expected + ", the line has " + d.found;
    }
    found.emplace_back(differences.size(), text + ")");
  });
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> nearest;
  for (std::size_t k = 0; k < std::min<std::size_t>(3, found.size()); ++k) {
    nearest.push_back(std::move(found[k].second));
  }
  return nearest;
}

}  // namespace conformance
