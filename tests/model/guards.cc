// Tries every action of spec/ on generated states, and writes what came of it as a TLA+ module, in
// which TLC tries the same actions of tla/ on the same states (guards_test.py).
//
// Usage: guards FOLDER SEED STATES
// Writes FOLDER/Guards.tla, FOLDER/Guards.cfg and FOLDER/cases.ndjson: a line for each case.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/model/generated_states.h"
#include "tests/model/tla_text.h"

namespace {

using spec::Index;
using spec::kNil;
using spec::Outcome;
using spec::Role;
using spec::Server;
using spec::testing::Chance;
using spec::testing::GeneratedStates;
using spec::testing::Model;
using spec::testing::ModelState;
using spec::testing::Network;
using spec::testing::TlaText;

// What an action is tried with; each action uses some of it.
struct Arguments {
  Server i = 0;
  Server j = 0;
  Index a = 0;
  Index b = 0;
  Network::Message m;
  Network::Durable disk;
  spec::ConfChange change;
};

// What x is in the TLA+ text: <<i, j, a, b, x>>.
enum class Extra : std::uint8_t { kNone, kValue, kRead, kMessage, kDisk, kChange };

struct ActionToTry {
  std::string_view name;
  std::string_view tla;  // with i, j, a, b and x
  Extra extra = Extra::kNone;
  Role by = Role::kFollower;  // the role that it is for, most often
  Outcome (*take)(Model&, const Arguments&) = nullptr;
};

Outcome Restart(Model& model, const Arguments& with) {
  static_cast<void>(HandOver(model, with.i));
  const Outcome outcome = Restart(model, with.i, with.disk);
  if (!outcome) model.network.AbandonWrite();
  return outcome;
}

Outcome Persist(Model& model, const Arguments& with) {
  static_cast<void>(HandOver(model, with.i));
  const Outcome outcome = Persist(model, with.i, with.a);
  if (!outcome) model.network.AbandonWrite();
  return outcome;
}

#define TRY(call) [](Model& model, const Arguments& with) -> Outcome { return call; }
const std::vector<ActionToTry> kActions = {
    {"Timeout", "Timeout(i)", Extra::kNone, Role::kCandidate, TRY(Timeout(model, with.i))},
    {"RequestVote", "RequestVote(i, j)", Extra::kNone, Role::kCandidate,
     TRY(RequestVote(model, with.i, with.j))},
    {"BecomeLeader", "BecomeLeader(i)", Extra::kNone, Role::kCandidate,
     TRY(BecomeLeader(model, with.i))},
    {"StepDown", "StepDown(i)", Extra::kNone, Role::kLeader, TRY(StepDown(model, with.i))},
    {"ClientRequest", "ClientRequest(i, x)", Extra::kValue, Role::kLeader,
     TRY(ClientRequest(model, with.i, with.a))},
    {"AppendEntriesToSelf", "AppendEntriesToSelf(i)", Extra::kNone, Role::kLeader,
     TRY(AppendEntriesToSelf(model, with.i))},
    {"AppendEntries", "AppendEntries(i, j, a, b)", Extra::kNone, Role::kLeader,
     TRY(AppendEntries(model, with.i, with.j, with.a, with.b))},
    {"Heartbeat", "Heartbeat(i, j, x)", Extra::kRead, Role::kLeader,
     TRY(Heartbeat(model, with.i, with.j, with.a))},
    {"AdvanceCommitIndex", "AdvanceCommitIndex(i)", Extra::kNone, Role::kLeader,
     TRY(AdvanceCommitIndex(model, with.i))},
    {"Persist", "Persist(i, a)", Extra::kNone, Role::kFollower, Persist},
    {"Restart", "RestartWith(i, x)", Extra::kDisk, Role::kFollower, Restart},
    {"BecomePreCandidate", "BecomePreCandidate(i)", Extra::kNone, Role::kFollower,
     TRY(BecomePreCandidate(model, with.i))},
    {"RequestPreVote", "RequestPreVote(i, j)", Extra::kNone, Role::kPreCandidate,
     TRY(RequestPreVote(model, with.i, with.j))},
    {"ForgetLeader", "ForgetLeader(i)", Extra::kNone, Role::kFollower,
     TRY(ForgetLeader(model, with.i))},
    {"ChangeConf", "ChangeConf(i, x)", Extra::kChange, Role::kLeader,
     TRY(ChangeConf(model, with.i, with.change, 0))},
    {"ApplyConfChange", "ApplyConfChange(i)", Extra::kNone, Role::kLeader,
     TRY(ApplyConfChange(model, with.i))},
    {"RecoverCommitIndex", "RecoverCommitIndex(i)", Extra::kNone, Role::kFollower,
     TRY(RecoverCommitIndex(model, with.i))},
    {"Compact", "Compact(i, a, b)", Extra::kNone, Role::kFollower,
     TRY(Compact(model, with.i, with.a, with.b))},
    {"SendSnapshot", "SendSnapshot(i, j, a)", Extra::kNone, Role::kLeader,
     TRY(SendSnapshot(model, with.i, with.j, with.a))},
    {"SendTimeoutNow", "SendTimeoutNow(i, j)", Extra::kNone, Role::kLeader,
     TRY(SendTimeoutNow(model, with.i, with.j))},
    {"ReadIndex", "ReadIndex(i, x)", Extra::kRead, Role::kFollower,
     TRY(ReadIndex(model, with.i, with.a))},
    {"TakeRead", "TakeRead(i, x)", Extra::kRead, Role::kLeader,
     TRY(TakeRead(model, with.i, with.a))},
    {"ServeRead", "ServeRead(i, x)", Extra::kRead, Role::kLeader,
     TRY(ServeRead(model, with.i, with.a))},
    {"DropMessage", "DropMessage(x)", Extra::kMessage, Role::kFollower,
     TRY(DropMessage(model, with.m))},
    {"DuplicateMessage", "DuplicateMessage(x)", Extra::kMessage, Role::kFollower,
     TRY(DuplicateMessage(model, with.m))},
};
// These are tried with every message in flight; i receives it, j has sent it.
const std::vector<ActionToTry> kReceiving = {
    {"UpdateTerm", "UpdateTerm(i, j, x)", Extra::kMessage, Role::kFollower,
     TRY(UpdateTerm(model, with.i, with.j, with.m))},
    {"IgnoreVoteRequest", "IgnoreVoteRequest(i, j, x)", Extra::kMessage, Role::kFollower,
     TRY(IgnoreVoteRequest(model, with.i, with.j, with.m))},
    {"DropStale", "DropStale(i, j, x)", Extra::kMessage, Role::kFollower,
     TRY(DropStale(model, with.i, with.j, with.m))},
    {"RespondToOlderTerm", "RespondToOlderTerm(i, j, x)", Extra::kMessage, Role::kFollower,
     TRY(RespondToOlderTerm(model, with.i, with.j, with.m))},
    {"ReturnToFollower", "ReturnToFollower(i, j, x)", Extra::kMessage, Role::kFollower,
     TRY(ReturnToFollower(model, with.i, with.j, with.m))},
};
#undef TRY
// The handlers, by the type of message.
constexpr std::array<std::string_view, 10> kHandlers = {"HandleRequestVoteRequest",
                                                        "HandleRequestVoteResponse",
                                                        "HandleAppendEntriesRequest",
                                                        "HandleAppendEntriesResponse",
                                                        "HandleHeartbeat",
                                                        "HandleHeartbeatResponse",
                                                        "HandleSnapshotRequest",
                                                        "HandlePreVoteRequest",
                                                        "HandlePreVoteResponse",
                                                        "HandleTimeoutNow"};

constexpr std::string_view kDefinitions = R"(EXTENDS MCRaft
CONSTANTS s1, s2, s3, v1, v2, r1, r2
VARIABLES case, done
F(a, b, c) == [i \in Server |-> IF i = s1 THEN a ELSE IF i = s2 THEN b ELSE c]
None == [x \in {} |-> 0]
E(term, value) == Entry(term, value)
C(term, k) == ChangeEntry(term, ChangeList[k])
M(type, term, from, to, index, logTerm, entries, commit, reject, hint, force, context) ==
    [type |-> type, term |-> term, from |-> from, to |-> to, index |-> index, logTerm |-> logTerm,
     entries |-> entries, commit |-> commit, reject |-> reject, hint |-> hint, force |-> force,
     context |-> context]
\* In spec/ the other fields say where the log on the disk begins.
RestartWith(i, x) ==
    \E disk \in {d \in DisksAfterCrash(i) : [d EXCEPT !.logStart = 0] = [x EXCEPT !.logStart = 0]} :
        Restart(i, disk)
Bag(pairs) ==
    [m \in {pairs[k][1] : k \in 1..Len(pairs)} |->
        pairs[CHOOSE k \in 1..Len(pairs) : pairs[k][1] = m][2]]
)";

// `Names` are the variables, `Before` and `After` their values.
std::string Framework(const std::vector<std::string>& variables) {
  std::string init =
      "Start ==\n    \\E c \\in 1..Len(Cases) :\n        /\\ case = c\n"
      "        /\\ done = FALSE\n";
  std::string before = "Before == [";
  std::string after = "After == [";
  for (const std::string& name : variables) {
    init += "        /\\ " + name + " = States[Cases[c][1]]." + name + "\n";
    before += name + " |-> " + name + (name == variables.back() ? "]\n" : ", ");
    after += name + " |-> " + name + "'" + (name == variables.back() ? "]\n" : ", ");
  }
  std::string act = "Act(name, i, j, a, b, x) ==\n";
  const auto add = [&](std::string_view name, std::string_view tla) {
    act += "    \\/ (name = \"" + std::string(name) + "\") /\\ " + std::string(tla) + "\n";
  };
  for (const auto* list : {&kActions, &kReceiving}) {
    for (const ActionToTry& action : *list) add(action.name, action.tla);
  }
  for (const std::string_view handler : kHandlers) add(handler, std::string(handler) + "(i, j, x)");
  return init + before + after + act + R"(Try ==
    /\ ~done
    /\ LET x == Cases[case][3] IN Act(Cases[case][2], x[1], x[2], x[3], x[4], x[5])
    /\ done' = TRUE
    /\ case' = case
    /\ LET then == Cases[case][4]
           want == [name \in DOMAIN Before |->
                        IF name \in DOMAIN then THEN then[name] ELSE Before[name]]
           differ == {name \in DOMAIN Before : After[name] # want[name]}
       IN  IF differ = {}
           THEN PrintT(<<"taken", case>>)
           ELSE PrintT(<<"differs", case, [name \in differ |-> After[name]]>>)
)";
}

class Guards {
 public:
  Guards(std::uint64_t seed, std::size_t states)
      : logs_(spec::testing::kValues, spec::testing::Changes()), text_(logs_) {
    // Two seeds that follow one another have opposite constants, so that together they allow all.
    Chance chance(seed / 2);
    for (bool* constant :
         {&constants_.pre_vote, &constants_.check_quorum, &constants_.campaign_messages,
          &constants_.answers_older_terms, &constants_.votes_carry_commit, &constants_.lease_reads,
          &constants_.validates_changes}) {
      *constant = chance.Percent(50) != (seed % 2 != 0);
    }
    constants_.servers = spec::testing::kServers;
    constants_.initial.voters = spec::ServerSet::FirstN(static_cast<int>(chance.Between(1, 3)));
    GeneratedStates generated(seed, constants_, logs_);
    while (states_.size() < states) {
      states_.push_back(generated.Next());
      TryAll(generated);
    }
  }

  std::string Module() const {
    std::vector<std::string> names;
    std::string states;
    for (const ModelState& state : states_) {
      names.clear();
      std::string fields;
      for (const auto& [name, value] : text_.Variables(state)) {
        names.push_back(name);
        fields += (fields.empty() ? "[" : ", ") + name + " |-> " + value;
      }
      states += (states.empty() ? "\n    " : ",\n    ") + fields + "]";
    }
    return "---- MODULE Guards ----\n" +
           std::string(kDefinitions)
               .insert(kDefinitions.find("C(term"), "ChangeList == " + text_.ChangeList() + "\n") +
           "States == <<" + states + ">>\nCases == <<" + cases_ + ">>\n" + Framework(names) +
           "====\n";
  }
  std::string Config() const {
    const auto truth = [](bool value) { return value ? "TRUE\n" : "FALSE\n"; };
    const Constants& c = constants_;
    return "CONSTANTS\n    Server = {s1, s2, s3}\n    InitialVoters = " +
           TlaText::OfSet(spec::testing::Set(c.initial.voters)) +
           "\n    s1 = s1\n    s2 = s2\n    s3 = s3\n    v1 = v1\n    v2 = v2\n    r1 = r1\n    r2 "
           "= r2\n"
           "    Value = {v1, v2}\n    Nil = Nil\n    Read = {r1, r2}\n    Joiners = {}\n"
           "    Learners = {}\n    Leavers = {}\n    Targets = {}\n    Snapshots = TRUE\n"
           "    Transfer = TRUE\n    MaxTerm = 9\n    MaxLogLength = 9\n    MaxMessages = 9\n"
           "    MaxCopies = 9\n    PreVote = " +
           truth(c.pre_vote) + "    CheckQuorum = " + truth(c.check_quorum) +
           "    CampaignMessages = " + truth(c.campaign_messages) +
           "    AnswersOlderTerms = " + truth(c.answers_older_terms) +
           "    VotesCarryCommit = " + truth(c.votes_carry_commit) +
           "    LeaseReads = " + truth(c.lease_reads) +
           "    ValidatesChanges = " + truth(c.validates_changes) +
           "INIT Start\nNEXT Try\nCHECK_DEADLOCK FALSE\n";
  }
  const std::string& Lines() const { return lines_; }

 private:
  using Constants = spec::Constants;

  void TryAll(GeneratedStates& generated) {
    const ModelState& state = states_.back();
    for (const ActionToTry& action : kActions) {
      // Disks have more ways to differ than other arguments, and few states allow the others of
      // these.
      const bool rare = action.extra == Extra::kDisk || action.name == "RecoverCommitIndex" ||
                        action.name == "TakeRead" || action.name == "ServeRead";
      for (int k = rare ? 4 : 1; k > 0; --k) {
        Try(action, Draw(action, generated));
      }
    }
    for (const auto& slot : state.network.Slots()) {
      if (slot.in_flight == 0) continue;
      Arguments with;
      with.m = slot.message;
      with.i = with.m.to;
      with.j = with.m.from;
      for (const ActionToTry& action : kReceiving) Try(action, with);
      const auto type = static_cast<std::size_t>(with.m.type);
      Try({kHandlers[type], "", Extra::kMessage, Role::kFollower,
           [](Model& model, const Arguments& given) { return Handle(model, given.m); }},
          with);
    }
  }

  Arguments Draw(const ActionToTry& action, GeneratedStates& generated) {
    const ModelState& state = states_.back();
    Chance& chance = generated.chance();
    Arguments with;
    with.i = chance.AnyServer();
    for (int k = 0; k < 4 && state.state[with.i].state != action.by; ++k) {
      with.i = chance.AnyServer();
    }
    with.j = chance.AnyServer();
    with.a = chance.Between(0, 4);
    with.b = chance.Between(0, 3);
    const auto& s = state.state[with.i];
    if (action.name == "Persist" && chance.Percent(80)) {
      with.a = chance.Percent(50) ? s.commit_index : s.durable.commit;
    }
    if (action.name == "AppendEntries" && chance.Percent(70)) {
      with.a = std::max<Index>(s.match_index[with.j], s.log_start);
      with.b = chance.Between(0, 1);
    }
    if (action.name == "Compact" && chance.Percent(70)) {
      with.a = chance.Between(s.durable.snapshot, s.durable.snapshot + 1U);
      with.b = s.durable.log_start;
    }
    if (action.extra == Extra::kValue) with.a = chance.Between(1, spec::testing::kValues);
    if (action.extra == Extra::kRead) {
      with.a = chance.Between(action.name == "Heartbeat" ? 0 : 1, spec::testing::kReads);
    }
    if (action.extra == Extra::kDisk) with.disk = generated.Disk(state, with.i);
    if (action.extra == Extra::kChange) {
      with.change =
          logs_.changes()[chance.Percent(30) ? 0 : chance.Between(0, logs_.changes().size() - 1)];
    }
    if (action.extra == Extra::kMessage) {
      const auto slots = state.network.Slots();
      with.m = chance.Percent(30) ? generated.MessageTo(state, with.i)
                                  : slots[chance.Between(0, slots.size() - 1)].message;
    }
    return with;
  }

  std::string ExtraText(Extra extra, const Arguments& with) const {
    switch (extra) {
      case Extra::kNone:
        return "0";
      case Extra::kValue:
        return TlaText::OfValue(with.a);
      case Extra::kRead:
        return TlaText::OfRead(with.a);
      case Extra::kMessage:
        return text_.OfMessage(with.m);
      case Extra::kDisk:
        return text_.OfDisk(with.disk);
      case Extra::kChange:
        return TlaText::OfChange(with.change);
    }
    return "0";
  }

  void Try(const ActionToTry& action, const Arguments& with) {
    const ModelState& before = states_.back();
    Model model;
    static_cast<ModelState&>(model) = before;
    model.constants = constants_;
    model.tree = &logs_;
    const Outcome outcome = action.take(model, with);
    std::string then;
    if (outcome) {
      const auto was = text_.Variables(before);
      const auto is = text_.Variables(model);
      for (std::size_t k = 0; k < was.size(); ++k) {
        if (is[k].second == was[k].second) continue;
        then += (then.empty() ? "[" : ", ") + is[k].first + " |-> " + is[k].second;
      }
    }
    then = then.empty() ? "None" : then + "]";
    const std::string arguments = "<<" + TlaText::Of(with.i) + ", " + TlaText::Of(with.j) + ", " +
                                  std::to_string(with.a) + ", " + std::to_string(with.b) + ", " +
                                  ExtraText(action.extra, with) + ">>";
    cases_ += (cases_.empty() ? "\n    <<" : ",\n    <<") + std::to_string(states_.size()) +
              ", \"" + std::string(action.name) + "\", " + arguments + ", " + then + ">>";
    nlohmann::ordered_json line;
    line["state"] = states_.size();
    line["action"] = action.name;
    line["arguments"] = arguments;
    line["taken"] = outcome.taken();
    line["guard"] = outcome.guard();
    line["then"] = then;
    lines_ += line.dump() + "\n";
  }

  Constants constants_;
  spec::PackedLogs logs_;
  TlaText text_;
  std::vector<ModelState> states_;
  std::string cases_;
  std::string lines_;
};

void Write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: guards FOLDER SEED STATES\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const Guards guards(std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10));
  std::filesystem::create_directories(folder);
  Write(folder / "Guards.tla", guards.Module());
  Write(folder / "Guards.cfg", guards.Config());
  Write(folder / "cases.ndjson", guards.Lines());
  return 0;
}
