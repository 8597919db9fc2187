#include "tests/model/tla_text.h"

#include <array>
#include <map>
#include <string_view>

namespace spec::testing {
namespace {

constexpr std::array<std::string_view, 4> kRoles = {"Follower", "PreCandidate", "Candidate",
                                                    "Leader"};
constexpr std::array<std::string_view, 10> kMessageTypes = {
    "MsgVote",          "MsgVoteResp", "MsgApp",     "MsgAppResp",     "MsgHeartbeat",
    "MsgHeartbeatResp", "MsgSnap",     "MsgPreVote", "MsgPreVoteResp", "MsgTimeoutNow"};

std::string Number(std::uint64_t number) { return std::to_string(number); }
std::string Truth(bool truth) { return truth ? "TRUE" : "FALSE"; }

std::string Join(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : ", ") + part;
  return all;
}

// A function from servers.
template <class ValueOf>
std::string Function(ValueOf value_of) {
  std::vector<std::string> values;
  for (Server i = 0; i < kServers; ++i) values.push_back(value_of(i));
  return "F(" + Join(values) + ")";
}

std::string OfConfig(const BasicConfig<Set>& config) {
  return "[voters |-> " + TlaText::OfSet(config.voters) + ", outgoing |-> " +
         TlaText::OfSet(config.outgoing) + ", learners |-> " + TlaText::OfSet(config.learners) +
         ", learnersNext |-> " + TlaText::OfSet(config.learners_next) + ", autoLeave |-> " +
         Truth(config.auto_leave) + "]";
}

}  // namespace

std::string TlaText::Of(Server i) { return i == kNil ? "Nil" : "s" + Number(i + 1U); }

std::string TlaText::OfRead(std::uint64_t read) {
  return read == 0 ? "NoRead" : "r" + Number(read);
}

std::string TlaText::OfSet(Set set) {
  std::vector<std::string> members;
  for (Server i = 0; i < kServers; ++i) {
    if (set.Contains(i)) members.push_back(Of(i));
  }
  return "{" + Join(members) + "}";
}

std::string TlaText::OfEntries(LogId log, Index after) const {
  std::vector<std::string> entries;
  for (Index k = after + 1; k <= PackedLogs::Length(log); ++k) {
    const std::string term = Number(PackedLogs::TermAt(log, k));
    const Value code = PackedLogs::CodeAt(log, k);
    entries.push_back(logs_.IsChangeAt(log, k)
                          ? "C(" + term + ", " + Number(code - logs_.values()) + ")"
                          : "E(" + term + ", " + OfValue(code) + ")");
  }
  return "<<" + Join(entries) + ">>";
}

std::string TlaText::OfChange(const ConfChange& change) {
  using Transition = ConfChange::Transition;
  const std::string transition = change.transition == Transition::kAuto ? "Auto"
                                 : change.transition == Transition::kJointImplicit
                                     ? "JointImplicit"
                                     : "JointExplicit";
  return "Change(" + transition + ", " + OfSet(Set(change.add)) + ", " +
         OfSet(Set(change.add_learner)) + ", " + OfSet(Set(change.remove)) + ")";
}

std::string TlaText::ChangeList() const {
  std::vector<std::string> changes;
  for (const ConfChange& change : logs_.changes()) changes.push_back(OfChange(change));
  return "<<" + Join(changes) + ">>";
}

// In spec/ the entries of a message are the end of the sender's log.
std::string TlaText::OfMessage(const Network::Message& m) const {
  const Index length = PackedLogs::Length(m.entries);
  return "M(" + std::string(kMessageTypes[static_cast<std::size_t>(m.type)]) + ", " +
         Number(m.term) + ", " + Of(m.from) + ", " + Of(m.to) + ", " + Number(m.index) + ", " +
         Number(m.log_term) + ", " + OfEntries(m.entries, length - m.entry_count) + ", " +
         Number(m.commit) + ", " + Truth(m.reject) + ", " + Number(m.hint) + ", " + Truth(m.force) +
         ", " + OfRead(m.context) + ")";
}

std::string TlaText::OfDisk(const Network::Durable& disk) const {
  return "[term |-> " + Number(disk.term) + ", vote |-> " + Of(disk.vote) + ", commit |-> " +
         Number(disk.commit) + ", log |-> " + OfEntries(disk.log, 0) + ", snapshot |-> " +
         Number(disk.snapshot) + ", logStart |-> " + Number(disk.log_start) + "]";
}

std::string TlaText::OfBag(const ModelState& state, bool queued) const {
  std::map<std::string, unsigned> copies;
  for (const auto& slot : state.network.Slots()) {
    const unsigned count = queued ? slot.queued : slot.in_flight;
    if (count != 0) copies[OfMessage(slot.message)] += count;
  }
  std::vector<std::string> pairs;
  for (const auto& [message, count] : copies) {
    pairs.push_back("<<" + message + ", " + Number(count) + ">>");
  }
  return "Bag(<<" + Join(pairs) + ">>)";
}

std::string TlaText::OfCommitted(const ModelState& state) const {
  const auto& history = state.history;
  std::vector<std::string> all;
  for (Index k = 1; k <= PackedLogs::Length(history.committed); ++k) {
    const LogId entry = PackedLogs::Prefix(history.committed, k);
    const std::string text = OfEntries(entry, k - 1);
    all.push_back("[entry |-> " + text.substr(2, text.size() - 4) + ", at |-> " +
                  Number(history.at[k - 1]) + ", config |-> [voters |-> " +
                  OfSet(history.voters[k - 1]) + ", outgoing |-> " +
                  OfSet(history.outgoing[k - 1]) + "]]");
  }
  return "<<" + Join(all) + ">>";
}

std::string TlaText::OfReads(const ModelState& state) {
  std::string all;
  for (std::uint64_t k = 1; k <= kReads; ++k) {
    const auto& read = state.history.reads[k - 1];
    if (read.server == kNil) continue;
    all += (all.empty() ? "(" : " @@ (") + OfRead(k) + " :> [server |-> " + Of(read.server) +
           ", known |-> " + Number(read.known) + ", leader |-> " + Of(read.leader) + ", term |-> " +
           Number(read.term) + ", index |-> " + Number(read.index) + ", acks |-> " +
           OfSet(read.acks) + ", served |-> " + Truth(read.served) + "])";
  }
  return all.empty() ? "None" : all;
}

std::vector<std::pair<std::string, std::string>> TlaText::Variables(const ModelState& state) const {
  std::vector<std::pair<std::string, std::string>> all;
  const auto each = [&](const char* name, auto value_of) {
    all.emplace_back(name, Function([&](Server i) { return value_of(state.state[i]); }));
  };
  using S = Model::ServerState;
  each("currentTerm", [](const S& s) { return Number(s.current_term); });
  each("state", [](const S& s) { return std::string(kRoles[static_cast<std::size_t>(s.state)]); });
  each("votedFor", [](const S& s) { return Of(s.voted_for); });
  each("leaderId", [](const S& s) { return Of(s.leader_id); });
  each("forced", [](const S& s) { return Truth(s.forced); });
  each("log", [this](const S& s) { return OfEntries(s.log, 0); });
  each("commitIndex", [](const S& s) { return Number(s.commit_index); });
  each("votesResponded", [](const S& s) { return OfSet(s.votes_responded); });
  each("votesGranted", [](const S& s) { return OfSet(s.votes_granted); });
  each("matchIndex",
       [](const S& s) { return Function([&](Server j) { return Number(s.match_index[j]); }); });
  each("config", [](const S& s) { return OfConfig(s.config); });
  each("confIndex", [](const S& s) { return Number(s.conf_index); });
  each("logStart", [](const S& s) { return Number(s.log_start); });
  each("pendingSnapshot", [](const S& s) { return Number(s.pending_snapshot); });
  all.emplace_back("reads", OfReads(state));
  all.emplace_back("pending", OfBag(state, true));
  all.emplace_back("messages", OfBag(state, false));
  each("durable", [this](const S& s) { return OfDisk(s.durable); });
  std::vector<std::string> elections;
  for (std::size_t term = 0; term < state.history.elections.size(); ++term) {
    for (Server i = 0; i < kServers; ++i) {
      if (!state.history.elections[term].Contains(i)) continue;
      elections.push_back("<<" + Number(term) + ", " + Of(i) + ">>");
    }
  }
  all.emplace_back("elections", "{" + Join(elections) + "}");
  all.emplace_back("committed", OfCommitted(state));
  return all;
}

}  // namespace spec::testing
