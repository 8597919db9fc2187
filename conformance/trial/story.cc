#include "conformance/trial/story.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "raft/trace/sink.h"
#include "tracegen/cluster/cluster.h"

namespace trial {
namespace {

using Name = trace::EventName;
using tracegen::Action;
using tracegen::Kind;

std::uint64_t Value(const trace::Field<std::uint64_t>& field) { return field.value_or(0); }

std::string Servers(const trace::Field<std::vector<trace::NodeId>>& ids) {
  std::string text;
  if (ids) {
    for (const trace::NodeId id : *ids) text += (text.empty() ? "" : ", ") + std::to_string(id);
  }
  return text.empty() ? "nobody" : text;
}

// Of much that happened only the end is told.
std::string Join(const std::vector<std::string>& parts) {
  constexpr std::size_t kMost = 8;
  const std::size_t left_out = parts.size() > kMost ? parts.size() - kMost + 1 : 0;
  std::string text = left_out == 0 ? "" : fmt::format("({} things more)", left_out);
  for (std::size_t k = left_out; k < parts.size(); ++k) {
    text += (text.empty() ? "" : "; ") + parts[k];
  }
  return text;
}

// Collects what happened since it was last asked, server by server.
class Listener : public trace::Sink {
 public:
  void Emit(const trace::Event& event) override {
    Known& known = known_[event.node];
    Hear(event, known);
    if (event.state && event.state->commit) {
      const std::uint64_t commit = *event.state->commit;
      if (commit > known.commit) Say(event.node, fmt::format("knows {} to be committed", commit));
      known.commit = std::max(known.commit, commit);
    }
  }

  std::vector<std::string> Take() {
    std::vector<std::string> lines;
    for (const auto& [server, said] : said_) {
      lines.push_back(fmt::format("server {}: {}", server, Join(said)));
    }
    said_.clear();
    return lines;
  }

 private:
  struct Known {
    std::uint64_t commit = 0;
    std::uint64_t term = 0;
    trace::Role role = trace::Role::kFollower;
  };

  // Equal things said of several servers become one: `asks {} for a vote` and 2, 3.
  void Tell(trace::NodeId server, const std::string& pattern, std::uint64_t to) {
    const auto place = pattern.find("{}");
    const std::string before = pattern.substr(0, place);
    const std::string after = pattern.substr(place + 2);
    const auto found = std::find_if(said_.begin(), said_.end(),
                                    [server](const auto& said) { return said.first == server; });
    if (found != said_.end()) {
      std::string& last = found->second.back();
      if (last.starts_with(before) && last.ends_with(after) && last.size() > pattern.size() - 2) {
        const std::string others =
            last.substr(before.size(), last.size() - before.size() - after.size());
        last = before + others + ", " + std::to_string(to) + after;
        return;
      }
    }
    Say(server, before + std::to_string(to) + after);
  }

  void Say(trace::NodeId server, std::string what) {
    auto found = std::find_if(said_.begin(), said_.end(),
                              [server](const auto& said) { return said.first == server; });
    if (found == said_.end()) {
      said_.push_back({server, {}});
      found = std::prev(said_.end());
    }
    if (found->second.empty() || found->second.back() != what) {
      found->second.push_back(std::move(what));
    }
  }

  void HearRole(const trace::Event& event, Known& known) {
    const std::uint64_t term = event.state ? Value(event.state->term) : 0;
    const trace::Role role = event.role.value_or(trace::Role::kFollower);
    if (term == known.term && role == known.role) return;
    known.term = term;
    known.role = role;
    static constexpr std::array<std::string_view, 4> kRoles = {
        "is a follower", "is a candidate", "is the leader", "is a pre-candidate"};
    Say(event.node, fmt::format("{} in term {}", kRoles[static_cast<std::size_t>(role)], term));
  }

  void HearSent(const trace::Event& event) {
    const trace::Message& m = *event.msg;
    const std::uint64_t to = Value(m.to);
    if (!m.type || to == event.node) return;
    const bool no = m.reject.value_or(false);
    switch (*m.type) {
      case trace::MessageType::kMsgApp: {
        const std::uint64_t count = Value(m.entries);
        const std::string what = count == 0 ? fmt::format("nothing new after {}", Value(m.index))
                                            : fmt::format("entries {} to {}", Value(m.index) + 1,
                                                          Value(m.index) + count);
        return Tell(event.node, fmt::format("sends {{}} {}, commit {}", what, Value(m.commit)), to);
      }
      case trace::MessageType::kMsgAppResp:
        return Tell(event.node,
                    no ? fmt::format("refuses what {{}} sent after {}, hint {}", Value(m.index),
                                     Value(m.reject_hint))
                       : fmt::format("acknowledges to {{}} up to {}", Value(m.index)),
                    to);
      case trace::MessageType::kMsgVote:
      case trace::MessageType::kMsgPreVote:
        return Tell(event.node,
                    fmt::format("asks {{}} for a {}vote of term {}, its log ends at {} of term {}",
                                *m.type == trace::MessageType::kMsgVote ? "" : "pre-",
                                Value(m.term), Value(m.index), Value(m.log_term)),
                    to);
      case trace::MessageType::kMsgVoteResp:
      case trace::MessageType::kMsgPreVoteResp:
        return Tell(
            event.node,
            fmt::format("{} {{}} its {}vote of term {}", no ? "refuses" : "grants",
                        *m.type == trace::MessageType::kMsgVoteResp ? "" : "pre-", Value(m.term)),
            to);
      case trace::MessageType::kMsgHeartbeat:
        return Tell(event.node, fmt::format("sends {{}} a heartbeat, commit {}", Value(m.commit)),
                    to);
      case trace::MessageType::kMsgHeartbeatResp:
        return;
      case trace::MessageType::kMsgSnap:
        return Tell(event.node,
                    fmt::format("sends {{}} a snapshot up to {}",
                                m.snapshot ? Value(m.snapshot->index) : 0),
                    to);
      case trace::MessageType::kMsgTimeoutNow:
        return Tell(event.node, "tells {} to campaign at once", to);
    }
  }

  void HearDisk(const trace::Event& event) {
    if (!event.durable) return;
    const trace::Durable& d = *event.durable;
    const std::string disk = fmt::format(
        "term {}, {}, log up to {}{}", Value(d.term),
        Value(d.vote) == 0 ? "no vote" : fmt::format("vote for {}", Value(d.vote)), Value(d.log),
        Value(d.snapshot) == 0 ? "" : fmt::format(", snapshot up to {}", Value(d.snapshot)));
    if (event.name == Name::kCrash) {
      known_[event.node] = {};
      Say(event.node, "is down; its disk holds " + disk);
    } else if (event.name == Name::kPersist) {
      Say(event.node, "its disk surely holds " + disk);
    } else {
      Say(event.node, fmt::format("forgets its log up to {}", Value(event.index)));
    }
  }

  void Hear(const trace::Event& event, Known& known) {
    switch (event.name) {
      case Name::kBecomeFollower:
      case Name::kBecomeCandidate:
      case Name::kBecomeLeader:
      case Name::kBecomePreCandidate:
        return HearRole(event, known);
      case Name::kSendAppendEntriesRequest:
      case Name::kSendAppendEntriesResponse:
      case Name::kSendRequestVoteRequest:
      case Name::kSendRequestVoteResponse:
      case Name::kSendMessage:
        if (event.msg) HearSent(event);
        return;
      case Name::kReplicate:
        return Say(event.node, "appends an entry");
      case Name::kChangeConf:
        return Say(event.node, "appends a membership change");
      case Name::kApplyConfChange:
        if (event.prop && event.prop->cc && event.prop->cc->members) {
          const trace::Members& members = *event.prop->cc->members;
          const bool joint = members.outgoing && !members.outgoing->empty();
          Say(event.node, fmt::format("takes {} for the voters{}", Servers(members.voters),
                                      joint ? ", jointly with " + Servers(members.outgoing) : ""));
        }
        return;
      case Name::kApply:
        return Say(event.node, fmt::format("applies {}", Value(event.index)));
      case Name::kReadState:
        return Say(event.node,
                   fmt::format("may answer read {} at {}", Value(event.read), Value(event.index)));
      case Name::kForgetLeader:
        return Say(event.node, "knows no leader");
      case Name::kPersist:
      case Name::kCrash:
      case Name::kCompact:
        return HearDisk(event);
      default:
        return;
    }
  }

  std::map<trace::NodeId, Known> known_;
  std::vector<std::pair<trace::NodeId, std::vector<std::string>>> said_;
};

// What the packet is that an action is about; empty if there is none.
std::string PacketName(const tracegen::Cluster& cluster, const Action& action) {
  const auto [from, to, k] = action.operands;
  const auto& packet = cluster.network().Peek(from, to, k);
  return packet ? std::string(packet->Name()) : std::string("a message");
}

std::string List(std::uint32_t digits) {
  std::string text;
  for (const std::uint32_t digit : tracegen::Digits(digits)) {
    text += (text.empty() ? "" : ", ") + std::to_string(digit);
  }
  return text.empty() ? "nobody" : text;
}

std::string TellAction(const tracegen::Cluster& cluster, const Action& action) {
  const auto [a, b, c] = action.operands;
  switch (action.kind) {
    case Kind::kTick:
      return b == 1 ? fmt::format("a tick passes at server {}", a)
                    : fmt::format("{} ticks pass at server {}", b, a);
    case Kind::kProcess:
      return fmt::format("the host of server {} does what it was told", a);
    case Kind::kDeliver:
      return fmt::format("{} of server {} reaches server {}", PacketName(cluster, action), a, b);
    case Kind::kDrop:
      return fmt::format("{} from server {} to server {} is lost", PacketName(cluster, action), a,
                         b);
    case Kind::kDuplicate:
      return fmt::format("{} from server {} to server {} is copied", PacketName(cluster, action), a,
                         b);
    case Kind::kPropose:
      return fmt::format("a client writes key {} at server {}", b % tracegen::kKeys, a);
    case Kind::kCampaign:
      return fmt::format("server {} campaigns", a);
    case Kind::kCut:
      return fmt::format("nothing passes from server {} to server {} any more", a, b);
    case Kind::kIsolate:
      return fmt::format("server {} is cut off", a);
    case Kind::kHeal:
      return "the network heals";
    case Kind::kCrash:
      return fmt::format("server {} crashes", a);
    case Kind::kCrashWriting:
      return fmt::format("server {} loses power after {} single writes", a, b);
    case Kind::kFailWrite:
      return fmt::format("the disk of server {} fails after {} single writes", a, b);
    case Kind::kFailSync:
      return fmt::format("a sync of server {} fails", a);
    case Kind::kRestart:
      return fmt::format("server {} restarts", a);
    case Kind::kRun:
      return a == 0 ? "everything is processed and delivered"
                    : fmt::format("good weather, rounds: {}", a);
    case Kind::kWrite:
      return fmt::format("server {} does its oldest write", a);
    case Kind::kApply:
      return fmt::format("server {} applies what it was given", a);
    case Kind::kAnswer:
      return fmt::format("the node of server {} hears of what is done", a);
    case Kind::kStall:
      return fmt::format("the disk of server {} stalls", a);
    case Kind::kUnstall:
      return fmt::format("the disk of server {} works again", a);
    case Kind::kSlow:
      return b < 2 ? fmt::format("server {} is as fast as the others again", a)
                   : fmt::format("server {} is slow: it takes part in one round of {}", a, b);
    case Kind::kCompact:
      return fmt::format("server {} makes a snapshot", a);
    case Kind::kRead:
      return fmt::format("a client asks server {} to read key {}", a, b % tracegen::kKeys);
    case Kind::kReadAgain:
      return fmt::format("the client of server {} asks again", a);
    case Kind::kGet:
      return fmt::format("a client looks at key {} on server {}", b % tracegen::kKeys, a);
    case Kind::kTransfer:
      return fmt::format("server {} is asked to hand over to server {}", a, b);
    case Kind::kForget:
      return fmt::format("server {} is told that its leader is dead", a);
    case Kind::kUnreachable:
      return fmt::format("server {} is told that server {} is unreachable", a, b);
    case Kind::kAdd:
      return fmt::format("server {} is asked to add voter {}", a, b);
    case Kind::kAddLearner:
      return fmt::format("server {} is asked to add learner {}", a, b);
    case Kind::kRemove:
      return fmt::format("server {} is asked to remove server {}", a, b);
    case Kind::kReconfigure:
      return fmt::format("server {} is asked for the voters {} and the learners {}", a, List(b),
                         List(c));
    case Kind::kEnterJoint:
      return fmt::format("server {} is asked for the voters {} and the learners {}, jointly", a,
                         List(b), List(c));
    case Kind::kLeaveJoint:
      return fmt::format("server {} is asked to leave the joint configuration", a);
    case Kind::kProgress:
      return "whoever is missing stays missing: a quorum must be served now";
    case Kind::kConverge:
      return "the faults stop: everybody must be served now";
  }
  return {};
}

}  // namespace

std::string TellStory(const tracegen::Schedule& schedule,
                      const tracegen::Implementation& implementation) {
  std::string story;
  Listener listener;
  try {
    tracegen::Cluster cluster(schedule.settings, &listener, implementation);
    listener.Take();
    std::size_t number = 0;
    for (const Action& action : schedule.actions) {
      story += fmt::format("{:3}. {}\n", ++number, TellAction(cluster, action));
      const auto tell = [&] {
        for (const std::string& line : listener.Take()) story += "     " + line + "\n";
      };
      try {
        cluster.Execute(action);
      } catch (const std::exception& error) {
        tell();
        story += "     a check of the implementation fails: " + std::string(error.what()) + "\n";
        break;
      }
      tell();
    }
  } catch (const std::exception&) {
  }
  return story;
}

std::string TestCase(const tracegen::Schedule& schedule, const std::string& failure,
                     const tracegen::Implementation& implementation) {
  std::string name;
  bool upper = true;
  for (const char c : failure) {
    const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (letter) name += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = !letter;
  }
  const tracegen::Implementation::SourceName& source = implementation.source_name;
  const bool named = !source.expression.empty();
  return fmt::format(
      "#include <gtest/gtest.h>\n\n"
      "#include \"conformance/trial/trial.h\"\n"
      "#include \"{}\"\n\n"
      "// What raftcheck found in {}, and shrank: {}.\n"
      "TEST(Regression, {}) {{\n"
      "  const auto parsed = tracegen::ParseSchedule(R\"(\n{})\");\n"
      "  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;\n"
      "  EXPECT_EQ(trial::Run(*parsed, {}).failure, \"\");\n"
      "}}\n",
      named ? source.header : "the header of your implementation", implementation.name, failure,
      name, tracegen::PrintSchedule(schedule), named ? source.expression : "YourImplementation()");
}

}  // namespace trial
