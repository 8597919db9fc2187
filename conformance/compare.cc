#include "conformance/compare.h"

#include <algorithm>
#include <utility>

namespace conformance {

spec::Server Servers::Find(trace::NodeId id) const {
  const auto found = std::find(ids_.begin(), ids_.end(), id);
  return found == ids_.end() ? spec::kNil : static_cast<spec::Server>(found - ids_.begin());
}

spec::Server Servers::Add(trace::NodeId id) {
  const spec::Server known = Find(id);
  if (known != spec::kNil || ids_.size() == spec::kMaxServers) return known;
  ids_.push_back(id);
  return static_cast<spec::Server>(ids_.size() - 1);
}

trace::Role ToTrace(spec::Role role) {
  switch (role) {
    case spec::Role::kFollower:
      return trace::Role::kFollower;
    case spec::Role::kPreCandidate:
      return trace::Role::kPreCandidate;
    case spec::Role::kCandidate:
      return trace::Role::kCandidate;
    case spec::Role::kLeader:
      return trace::Role::kLeader;
  }
  return trace::Role::kFollower;
}

trace::MessageType ToTrace(spec::MessageType type) {
  switch (type) {
    case spec::MessageType::kMsgVote:
      return trace::MessageType::kMsgVote;
    case spec::MessageType::kMsgVoteResp:
      return trace::MessageType::kMsgVoteResp;
    case spec::MessageType::kMsgApp:
      return trace::MessageType::kMsgApp;
    case spec::MessageType::kMsgAppResp:
      return trace::MessageType::kMsgAppResp;
    case spec::MessageType::kMsgHeartbeat:
      return trace::MessageType::kMsgHeartbeat;
    case spec::MessageType::kMsgHeartbeatResp:
      return trace::MessageType::kMsgHeartbeatResp;
  }
  return trace::MessageType::kMsgSnap;
}

std::optional<spec::MessageType> ToSpec(trace::MessageType type) {
  switch (type) {
    case trace::MessageType::kMsgVote:
      return spec::MessageType::kMsgVote;
    case trace::MessageType::kMsgVoteResp:
      return spec::MessageType::kMsgVoteResp;
    case trace::MessageType::kMsgApp:
      return spec::MessageType::kMsgApp;
    case trace::MessageType::kMsgAppResp:
      return spec::MessageType::kMsgAppResp;
    case trace::MessageType::kMsgHeartbeat:
      return spec::MessageType::kMsgHeartbeat;
    case trace::MessageType::kMsgHeartbeatResp:
      return spec::MessageType::kMsgHeartbeatResp;
    case trace::MessageType::kMsgSnap:
      return std::nullopt;
  }
  return std::nullopt;
}

std::string IdsText(const std::vector<trace::NodeId>& ids) {
  std::string text = "{";
  for (const trace::NodeId id : ids) {
    if (text.size() > 1) text += ",";
    text += std::to_string(id);
  }
  return text + "}";
}

template <class T, class Text>
void Comparison::Check(const char* field, const T& expected, const T& found, Text text) {
  ++compared_;
  if (expected != found) differences_.push_back({field, text(expected), text(found)});
}

void Comparison::Number(const char* field, std::uint64_t expected,
                        const trace::Field<std::uint64_t>& found) {
  if (found) Check(field, expected, *found, [](std::uint64_t n) { return std::to_string(n); });
}

void Comparison::Truth(const char* what, bool expected, bool found) {
  Check(what, expected, found, [](bool b) { return std::string(b ? "true" : "false"); });
}

void Comparison::Id(const char* field, trace::NodeId expected,
                    const trace::Field<trace::NodeId>& found) {
  Number(field, expected, found);
}

void Comparison::Ids(const char* field, const std::vector<trace::NodeId>& expected,
                     const std::vector<trace::NodeId>& found) {
  ++compared_;
  if (expected == found) return;
  // A set in any order is the same set.
  std::vector<trace::NodeId> a = expected;
  std::vector<trace::NodeId> b = found;
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  if (a != b) differences_.push_back({field, IdsText(expected), IdsText(found)});
}

void Comparison::State(const trace::Event& event, const Shown& shown) {
  if (event.state) {
    Number("state.term", shown.term, event.state->term);
    Id("state.vote", shown.vote, event.state->vote);
    Number("state.commit", shown.commit, event.state->commit);
  }
  if (event.role) {
    Check("role", shown.role, *event.role, [](trace::Role role) {
      return std::string(trace::kRoleNames[static_cast<std::size_t>(role)]);
    });
  }
  Number("log", shown.log, event.log);
  if (event.conf && shown.voters != nullptr) {
    Ids("conf[0]", *shown.voters, (*event.conf)[0]);
    Ids("conf[1]", {}, (*event.conf)[1]);
  }
}

void Comparison::Entry(const char* term_field, const char* digest_field, const trace::Entry& found,
                       const spec::LogTree& tree, spec::LogId log) {
  Number(term_field, tree.LastTerm(log), found.term);
  // 0: the line that brought the entry into the log did not say what it holds.
  if (tree.LastValue(log) != 0) Number(digest_field, tree.LastValue(log), found.digest);
}

void Comparison::Message(const trace::Message& msg, const spec::Message& m,
                         const spec::LogTree& tree) {
  if (msg.type) {
    Check("msg.type", ToTrace(m.type), *msg.type, [](trace::MessageType type) {
      return std::string(trace::kMessageTypeNames[static_cast<std::size_t>(type)]);
    });
  }
  Number("msg.term", m.term, msg.term);
  Id("msg.from", servers_->Id(m.from), msg.from);
  Id("msg.to", servers_->Id(m.to), msg.to);
  Number("msg.entries", m.entry_count, msg.entries);
  Number("msg.logTerm", m.log_term, msg.log_term);
  Number("msg.index", m.index, msg.index);
  Number("msg.commit", m.commit, msg.commit);
  Id("msg.vote", 0, msg.vote);
  if (msg.reject) Truth("msg.reject", m.reject, *msg.reject);
  Number("msg.rejectHint", m.hint, msg.reject_hint);
  if (!msg.ents) return;
  Number("Len(msg.ents)", m.entry_count, msg.ents->size());
  if (msg.ents->size() != m.entry_count) return;
  spec::LogId log = m.entries;
  for (std::size_t k = msg.ents->size(); k-- > 0;) {
    Entry("msg.ents.term", "msg.ents.digest", (*msg.ents)[k], tree, log);
    log = tree.Parent(log);
  }
}

bool Matches(const trace::Message& msg, const spec::Message& m, const Servers& servers,
             const spec::LogTree& tree) {
  Comparison comparison(servers);
  comparison.Message(msg, m, tree);
  return comparison.equal();
}

}  // namespace conformance
