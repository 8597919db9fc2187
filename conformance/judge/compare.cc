#include "conformance/judge/compare.h"

#include <algorithm>
#include <array>
#include <utility>

namespace conformance {

spec::Server Servers::Add(trace::NodeId id) {
  const spec::Server known = Find(id);
  if (known != spec::kNil || ids_.size() == spec::kMaxServers) return known;
  ids_.push_back(id);
  return static_cast<spec::Server>(ids_.size() - 1);
}

spec::ServerSet Servers::SetOf(const std::vector<trace::NodeId>& ids) const {
  spec::ServerSet set;
  for (const trace::NodeId id : ids) {
    const spec::Server server = Find(id);
    if (server != spec::kNil) set.Insert(server);
  }
  return set;
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

namespace {

// Message types of the model, and what a trace calls them.
constexpr std::array<std::pair<spec::MessageType, trace::MessageType>, 10> kMessageTypes = {{
    {spec::MessageType::kMsgVote, trace::MessageType::kMsgVote},
    {spec::MessageType::kMsgVoteResp, trace::MessageType::kMsgVoteResp},
    {spec::MessageType::kMsgApp, trace::MessageType::kMsgApp},
    {spec::MessageType::kMsgAppResp, trace::MessageType::kMsgAppResp},
    {spec::MessageType::kMsgHeartbeat, trace::MessageType::kMsgHeartbeat},
    {spec::MessageType::kMsgHeartbeatResp, trace::MessageType::kMsgHeartbeatResp},
    {spec::MessageType::kMsgSnap, trace::MessageType::kMsgSnap},
    {spec::MessageType::kMsgPreVote, trace::MessageType::kMsgPreVote},
    {spec::MessageType::kMsgPreVoteResp, trace::MessageType::kMsgPreVoteResp},
    {spec::MessageType::kMsgTimeoutNow, trace::MessageType::kMsgTimeoutNow},
}};

}  // namespace

trace::MessageType ToTrace(spec::MessageType type) {
  return kMessageTypes[static_cast<std::size_t>(type)].second;
}

spec::MessageType ToSpec(trace::MessageType type) {
  const auto found = std::find_if(kMessageTypes.begin(), kMessageTypes.end(),
                                  [type](const auto& pair) { return pair.second == type; });
  return found->first;
}

std::vector<trace::NodeId> IdsOf(spec::ServerSet set, const Servers& servers) {
  std::vector<trace::NodeId> ids;
  const auto known = static_cast<spec::Server>(servers.size());
  for (spec::Server i = 0; i < known; ++i) {
    if (set.Contains(i)) ids.push_back(servers.Id(i));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
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
  if (expected != found) differences_.push_back({field, text(expected), text(found), {}});
}

void Comparison::Differs(const char* field, std::uint64_t expected, std::uint64_t found) {
  differences_.push_back({field, std::to_string(expected), std::to_string(found), {}});
}

void Comparison::Truth(const char* what, bool expected, bool found) {
  Check(what, expected, found, [](bool b) { return std::string(b ? "true" : "false"); });
}

void Comparison::Id(const char* field, trace::NodeId expected,
                    const trace::Field<trace::NodeId>& found) {
  Number(field, expected, found);
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
  Id("lead", shown.lead, event.lead);
  if (event.conf) {
    Set("conf[0]", shown.config.voters, (*event.conf)[0]);
    Set("conf[1]", shown.config.outgoing, (*event.conf)[1]);
  }
}

void Comparison::Set(const char* field, spec::ServerSet expected,
                     const std::vector<trace::NodeId>& found) {
  ++compared_;
  // Nearly always the sets are equal, and comparing sets is fast.
  if (servers_->SetOf(found) == expected &&
      static_cast<std::size_t>(expected.Size()) == found.size())
    return;
  differences_.push_back({field, IdsText(IdsOf(expected, *servers_)), IdsText(found), {}});
}

void Comparison::Members(const char* what, const spec::Config& config,
                         const trace::Members& found) {
  const auto list = [&](const char* name, spec::ServerSet expected,
                        const trace::Field<std::vector<trace::NodeId>>& ids) {
    if (ids) Set((std::string(what) + name).c_str(), expected, *ids);
  };
  list(".voters", config.voters, found.voters);
  list(".outgoing", config.outgoing, found.outgoing);
  list(".learners", config.learners, found.learners);
  list(".learnersNext", config.learners_next, found.learners_next);
  if (found.auto_leave) {
    Truth((std::string(what) + ".autoLeave").c_str(), config.auto_leave, *found.auto_leave);
  }
}

void Comparison::Entry(const char* term_field, const char* digest_field, const trace::Entry& found,
                       const spec::LogTree& tree, spec::LogId log) {
  Number(term_field, tree.LastTerm(log), found.term);
  std::optional<spec::Value> digest = tree.LastValue(log);
  if (!digest) {
    const auto learnt = learnt_->find(log);
    if (learnt == learnt_->end()) return;
    digest = learnt->second;
  }
  Number(digest_field, *digest, found.digest);
}

void Comparison::Message(const trace::Message& msg, const spec::Message& m,
                         const spec::LogTree& tree, const spec::Constants& constants) {
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
  if (msg.force) Truth("msg.force", m.force, *msg.force);
  Number("msg.sent", m.sent, msg.sent);
  if (msg.snapshot && m.type != spec::MessageType::kMsgSnap) {
    Truth("msg.snapshot: the message is MsgSnap", true, false);
  } else if (msg.snapshot) {
    Number("msg.snapshot.index", tree.Length(m.entries), msg.snapshot->index);
    Number("msg.snapshot.term", tree.LastTerm(m.entries), msg.snapshot->term);
    if (msg.snapshot->members) {
      Members("msg.snapshot.members", spec::ConfigOf(constants, tree, m.entries),
              *msg.snapshot->members);
    }
  }
  if (!msg.ents) return;
  Number("Len(msg.ents)", m.entry_count, msg.ents->size());
  if (msg.ents->size() != m.entry_count) return;
  spec::LogId log = m.entries;
  for (std::size_t k = msg.ents->size(); k-- > 0;) {
    Entry("msg.ents.term", "msg.ents.digest", (*msg.ents)[k], tree, log);
    log = tree.Parent(log);
  }
}

void Comparison::Durable(const trace::Durable& found, const spec::ServerState::Durable& disk,
                         const spec::LogTree& tree) {
  Number("durable.term", disk.term, found.term);
  Id("durable.vote", disk.vote == spec::kNil ? 0 : servers_->Id(disk.vote), found.vote);
  Number("durable.commit", disk.commit, found.commit);
  Number("durable.log", tree.Length(disk.log), found.log);
  Number("durable.logTerm", tree.LastTerm(disk.log), found.log_term);
  Number("durable.snapshot", disk.snapshot, found.snapshot);
}

void Comparison::Written(const trace::Field<std::uint64_t>& index,
                         const trace::Field<std::vector<trace::Entry>>& ents, spec::LogId before,
                         spec::LogId after, const spec::LogTree& tree) {
  if (!index && !ents) return;
  const spec::Index length = tree.Length(after);
  const bool none = ents ? ents->empty() : *index == 0;
  if (none) {
    Number("index", 0, index);
    Truth("ents: something was written", before != after, false);
    return;
  }
  // Entries that end where the log ends, but begin before its first index, are too many.
  if (ents && ents->size() > length) return Number("Len(ents)", length, ents->size());
  if (ents && index && *index + ents->size() - 1 != length) {
    return Number("index + Len(ents) - 1", length, *index + ents->size() - 1);
  }
  // One of the two gives the other.
  const spec::Index first = ents ? length + 1 - ents->size() : *index;
  const bool keeps = first >= 1 && first <= length && first - 1 <= tree.Length(before) &&
                     tree.Prefix(before, first - 1) == tree.Prefix(after, first - 1);
  Truth("index: what stands before it was on disk", true, keeps);
  if (!ents || !keeps) return;
  for (std::size_t k = ents->size(); k-- > 0;) {
    Entry("ents.term", "ents.digest", (*ents)[k], tree, after);
    after = tree.Parent(after);
  }
}

void Comparison::NewConf(const trace::Event& event, const spec::Config& config) {
  if (!event.prop || !event.prop->cc) return;
  const trace::ConfChange& cc = *event.prop->cc;
  if (cc.newconf) Set("prop.cc.newconf", config.voters, *cc.newconf);
  if (cc.members) Members("prop.cc.members", config, *cc.members);
}

}  // namespace conformance
