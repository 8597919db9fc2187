// The bounded models of tla/: the numbers that TLC finds, whatever the number of threads; goals
// that are reached; states that lose nothing on the way through bytes.
#include "spec/mc_raft.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "spec/explorer/breadth_first.h"
#include "spec/explorer/simulation.h"
#include "spec/mc_raft_inl.h"
#include "spec/model_text.h"

namespace spec {
namespace {

using explorer::BreadthFirst;
using explorer::End;
using explorer::Options;
using Small = McRaft<kSmallModel>;
using Report = explorer::Report<Move>;

std::string ReadConfig(const std::string& name) {
  std::ifstream file(std::string(RAFTCHECK_SOURCE_DIR) + "/tla/" + name + ".cfg");
  EXPECT_TRUE(file.good()) << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Loaded {
  explorer::Config config;
  ModelSettings settings;
};

Loaded Load(const std::string& text) {
  const auto parsed = explorer::ParseConfig(text);
  EXPECT_EQ(parsed.error, "");
  const auto result = SettingsOf(parsed.config);
  EXPECT_EQ(result.error, "");
  return {parsed.config, result.settings};
}

template <class Model = Small>
Report Search(const ModelSettings& settings, int workers, bool exact = false) {
  Options options;
  options.workers = workers;
  options.exact = exact;
  const Model model(settings);
  return BreadthFirst<Model>(model, options).Run();
}

// tla/*.cfg says what TLC finds; tests/model/tlc_model_test.py asks TLC.
void ExpectPinned(const Loaded& loaded, const Report& report) {
  ASSERT_TRUE(loaded.config.expected.contains("depth"));
  EXPECT_EQ(report.end, End::kComplete);
  EXPECT_EQ(report.counts.distinct, loaded.config.expected.at("distinct states"));
  EXPECT_EQ(report.counts.generated, loaded.config.expected.at("states generated"));
  EXPECT_EQ(report.counts.depth, loaded.config.expected.at("depth"));
}

class Models : public ::testing::TestWithParam<const char*> {};

TEST_P(Models, HaveTheNumbersThatTlcFinds) {
  const Loaded loaded = Load(ReadConfig(GetParam()));
#ifdef __SANITIZE_ADDRESS__
  if (loaded.config.expected.at("distinct states") > 600000) {
    GTEST_SKIP() << "large: ./run test explores it with the optimised build";
  }
#endif
  ExpectPinned(loaded, Search(loaded.settings, 2));
}

INSTANTIATE_TEST_SUITE_P(Tla, Models,
                         ::testing::Values("MCRaft", "MCRaftSymmetry", "MCRaftSmoke",
                                           "MCRaftDurability", "MCRaftElections",
                                           "MCRaftReplication", "MCRaftMembership", "MCRaftJoint",
                                           "MCRaftSnapshot", "MCRaftTransfer", "MCRaftReads",
                                           "MCRaftEverything", "MCRaftLibrary",
                                           "MCRaftLibraryReplication", "MCRaftLibraryElections"),
                         [](const auto& param) { return std::string(param.param); });

TEST(Models, AreAllHere) {
  std::set<std::string> models;
  for (const auto& file :
       std::filesystem::directory_iterator(std::string(RAFTCHECK_SOURCE_DIR) + "/tla")) {
    const std::string name = file.path().stem().string();
    if (file.path().extension() == ".cfg" && name.starts_with("MC") &&
        name.find("Goals") == std::string::npos) {
      models.insert(name);
    }
  }
  EXPECT_EQ(models.size(), 15U) << "add the new one to the list above";
}

TEST(Models, HaveTheSameNumbersWithAnyNumberOfThreads) {
  for (const char* name : {"MCRaftSmoke", "MCRaftTransfer", "MCRaftReplication"}) {
    const Loaded loaded = Load(ReadConfig(name));
    const Report one = Search(loaded.settings, 1);
    ExpectPinned(loaded, one);
    for (const int workers : {2, 8}) {
      const Report many = Search(loaded.settings, workers);
      ExpectPinned(loaded, many);
      for (std::size_t a = 0; a < one.actions.size(); ++a) {
        EXPECT_EQ(many.actions[a].generated, one.actions[a].generated) << ActionName(a);
        EXPECT_EQ(many.actions[a].distinct, one.actions[a].distinct) << ActionName(a);
      }
    }
  }
}

TEST(Models, HaveTheSameNumbersWithWholeStates) {
  for (const char* name : {"MCRaftSmoke", "MCRaftTransfer"}) {
    const Loaded loaded = Load(ReadConfig(name));
    const Report report = Search(loaded.settings, 2, true);
    ExpectPinned(loaded, report);
    EXPECT_EQ(report.collisions, 0U);
  }
}

TEST(Models, HaveTheSameNumbersWithRoomForMoreServers) {
  const Loaded loaded = Load(ReadConfig("MCRaftTransfer"));
  ExpectPinned(loaded, Search<McRaft<kLargeModel>>(loaded.settings, 2));
}

TEST(Models, TakeEveryActionOnceAllExtensionsAreOn) {
  std::vector<std::uint64_t> taken(Small(Load(ReadConfig("MCRaftSmoke")).settings).Actions());
  const auto add = [&](const std::string& text) {
    const Report report = Search(Load(text).settings, 2);
    for (std::size_t k = 0; k < taken.size(); ++k) taken[k] += report.actions[k].generated;
  };
  for (const char* name : {"MCRaftEverything", "MCRaftDurability", "MCRaftElections"}) {
    add(ReadConfig(name));
  }
  // One server is enough to lose a commit index and find it again.
  const std::string alone = std::regex_replace(ReadConfig("MCRaftMembership"),
                                               std::regex("Server = .*"), "Server = {s1}");
  add(std::regex_replace(alone, std::regex("(Joiners|Learners) = .*"), "$1 = {}"));
  for (std::size_t action = 0; action < taken.size(); ++action) {
    if (action == static_cast<std::size_t>(Action::kHandle)) continue;  // by message
    EXPECT_GT(taken[action], 0U) << ActionName(action);
  }
}

class Goals : public ::testing::TestWithParam<const char*> {};

TEST_P(Goals, AreReached) {
  const Loaded loaded = Load(ReadConfig(GetParam()));
  EXPECT_FALSE(loaded.settings.invariants.empty());
  const auto reached = [&](const std::string& goal, bool of_steps) {
    ModelSettings alone = loaded.settings;
    alone.invariants.clear();
    alone.step_properties.clear();
    (of_steps ? alone.step_properties : alone.invariants).push_back(goal);
    const Report report = Search(alone, 2);
    EXPECT_EQ(report.end, End::kFound) << goal;
  };
  for (const std::string& goal : loaded.settings.invariants) reached(goal, false);
  for (const std::string& goal : loaded.settings.step_properties) reached(goal, true);
}

INSTANTIATE_TEST_SUITE_P(Tla, Goals,
                         ::testing::Values("MCRaftGoals", "MCRaftTermGoals", "MCRaftFaultGoals",
                                           "MCRaftExtensionGoals"),
                         [](const auto& param) { return std::string(param.param); });

// Every state of a model with everything on: bytes and back, and each one's own fingerprint.
TEST(McRaft, StatesLoseNothingAsBytes) {
  const Small model(Load(ReadConfig("MCRaftEverything")).settings);
  auto worker = model.MakeWorker();
  std::uint64_t random = 1;
  Small::State state = model.Initial()[0];
  std::vector<std::uint8_t> bytes;
  for (int step = 0; step < 20000; ++step) {
    std::vector<Move> moves;
    worker.ForEachStep(state, [&](const Move& move, const Small::State& after) {
      if (model.InBounds(after)) moves.push_back(move);
    });
    ASSERT_FALSE(moves.empty());
    random = random * 6364136223846793005U + 1442695040888963407U;
    const Small::State next = worker.Take(state, moves[(random >> 33U) % moves.size()]);
    bytes.assign(3, 0xff);
    model.Encode(next, bytes);
    Small::State back;
    EXPECT_EQ(model.Decode(std::span(bytes).subspan(3), back), bytes.size() - 3);
    ASSERT_EQ(std::memcmp(&back, &next, sizeof next), 0) << step;
    state = next;
  }
}

// What a step did not change is not looked at again: the answer is as if it were.  States are put
// together from parts of others, so that there is something to find.
TEST(McRaft, WhatAStepDidNotChangeItDidNotBreak) {
  ModelSettings settings = Load(ReadConfig("MCRaft")).settings;
  settings.bounds.max_term = 2;
  settings.bounds.max_log_length = 2;
  settings.bounds.max_messages = 3;
  settings.next.values = 2;
  std::vector<Small::State> states;
  {
    const Small model(settings);
    auto worker = model.MakeWorker();
    for (std::uint64_t random = 7; states.size() < 20000;) {
      Small::State state = model.Initial()[0];
      for (int step = 0; step < 200; ++step) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        const bool calm = (random >> 40U) % 16 != 0;  // where something happens
        std::vector<Move> moves;
        worker.ForEachStep(state, [&](const Move& move, const Small::State& after) {
          const bool fault = move.action == Action::kRestart || move.action == Action::kTimeout ||
                             move.action == Action::kDropMessage;
          if (model.InBounds(after) && !(calm && fault)) moves.push_back(move);
        });
        if (moves.empty()) continue;
        state = Small::State(worker.Take(state, moves[(random >> 33U) % moves.size()]));
        states.push_back(state);
      }
    }
  }
  std::set<std::string_view> broken;
  for (const auto& property : kStateProperties<Small::View>) {
    settings.invariants = {std::string(property.name)};
    const Small model(settings);
    std::uint64_t random = 1;
    for (const Small::State& state : states) {
      random = random * 6364136223846793005U + 1442695040888963407U;
      const Small::State& other = states[(random >> 33U) % states.size()];
      Small::State after = state;
      const std::size_t part = (random >> 20U) % 5;
      if (part < 3) after.state[part] = other.state[part];
      if (part == 3) after.history = other.history;
      if (part == 4) after.network = other.network;
      const bool in_bounds = model.InBounds(after, model.ChangesOf(state, after));
      EXPECT_EQ(in_bounds, model.InBounds(after));
      if (model.BrokenInvariant(state) != explorer::kHolds) continue;
      const int whole = model.BrokenInvariant(after);
      ASSERT_EQ(model.BrokenInvariant(after, model.ChangesOf(state, after)), whole)
          << property.name << ", part " << part;
      if (whole != explorer::kHolds) broken.insert(property.name);
    }
  }
  for (const char* name : {"LogMatching", "LeaderCompleteness", "StateMachineSafety",
                           "CommittedIsDurable", "NeverTwoLeaders", "NeverElected"}) {
    EXPECT_TRUE(broken.count(name) != 0) << name;
  }
}

// Habit 17 of the house: no part of a state may be forgotten by its fingerprint.
TEST(McRaft, EveryByteOfAStateCounts) {
  const Small model(Load(ReadConfig("MCRaftEverything")).settings);
  auto worker = model.MakeWorker();
  Small::State state = model.Initial()[0];
  Small::Next::Network::Message m;
  m.to = 1;
  state.network.Send(m);
  const std::uint64_t fingerprint = worker.Fingerprint(state);
  const std::size_t used = BytesOf(state).size();
  EXPECT_GT(used, 150U);
  for (std::size_t k = 0; k < used; ++k) {
    Small::State other = state;
    auto& byte = reinterpret_cast<std::uint8_t*>(&other)[k];
    byte = static_cast<std::uint8_t>(byte ^ 1U);
    if (k == offsetof(Small::State, network)) continue;  // how many messages follow
    EXPECT_NE(worker.Fingerprint(other), fingerprint) << "byte " << k;
  }
}

TEST(McRaft, ABehaviourCanBeTold) {
  ModelSettings settings = Load(ReadConfig("MCRaftGoals")).settings;
  settings.invariants = {"NeverElected"};
  const Small model(settings);
  const Report report = BreadthFirst<Small>(model, {}).Run();
  ASSERT_EQ(report.end, End::kFound);
  auto worker = model.MakeWorker();
  Small::State state = model.Initial()[0];
  std::vector<std::string> told;
  for (const Move& move : report.behaviour.moves) {
    told.push_back(MoveText(model, state, move));
    state = worker.Take(state, move);
  }
  EXPECT_EQ(told.front().substr(0, 8), "Timeout(");
  EXPECT_EQ(told.back().substr(0, 13), "BecomeLeader(");
  const auto facts = FactsOf(model, state);
  const auto elections = std::find_if(facts.begin(), facts.end(),
                                      [](const Fact& fact) { return fact.first == "elections"; });
  ASSERT_NE(elections, facts.end());
  EXPECT_EQ(elections->second.substr(0, 9), "term 1 {s");
}

TEST(McRaft, SimulationFindsGoalsToo) {
  ModelSettings settings = Load(ReadConfig("MCRaftGoals")).settings;
  settings.invariants = {"NeverCommitted"};
  const Small model(settings);
  explorer::WalkOptions options;
  options.workers = 2;
  options.walks = 20000;
  options.length = 200;
  EXPECT_EQ(explorer::Simulation<Small>(model, options).Run().end, End::kFound);
}

// ---- What is not understood is an error.

std::string ErrorOf(const std::string& text) {
  const auto parsed = explorer::ParseConfig(text);
  return parsed.error.empty() ? SettingsOf(parsed.config).error : parsed.error;
}

std::string With(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(ModelConfig, WhatIsNotUnderstoodIsAnErrorWithItsLine) {
  const std::string good = ReadConfig("MCRaftSmoke");
  EXPECT_EQ(ErrorOf(good), "");
  const auto error = [&](const std::string& from, const std::string& to) {
    return ErrorOf(With(good, from, to));
  };
  EXPECT_EQ(error("    Nil = Nil\n", "    Nil = Nil\n    Extra = 1\n"),
            "line 10: constant Extra is not one of MCRaft's");
  EXPECT_EQ(error("    PreVote = FALSE\n", ""), "constant PreVote is not given");
  EXPECT_EQ(error("PreVote = FALSE", "PreVote = 7"),
            "line 10: constant PreVote must be TRUE or FALSE");
  EXPECT_EQ(error("PreVote = FALSE", "PreVote <- Other"),
            "line 10: PreVote <- ...: replacement by a definition is not supported");
  EXPECT_EQ(error("MaxTerm = 1", "MaxTerm = 60"),
            "line 23: MaxTerm is 60, this explorer takes 6 at most");
  EXPECT_EQ(error("InitialVoters = {s1, s2}", "InitialVoters = {s1, s9}"),
            "line 7: InitialVoters must be a subset of Server: `s9` is none");
  EXPECT_EQ(error("InitialVoters = {s1, s2}", "InitialVoters = {}"),
            "InitialVoters must not be empty");
  EXPECT_EQ(error("Server = {s1, s2}", "Server = {s1, s2"),
            "line 7: expected `,` or `}`, found `InitialVoters`");
  EXPECT_EQ(error("SPECIFICATION Spec", "SPECIFICATION Other"),
            "line 27: SPECIFICATION Other: there are Spec and CalmSpec");
  EXPECT_EQ(error("SPECIFICATION Spec\n", ""),
            "line 38: neither SPECIFICATION nor both of INIT and NEXT are given");
  EXPECT_EQ(error("SPECIFICATION Spec", "INIT Init\nNEXT Next"), "");
  EXPECT_EQ(error("CONSTRAINT Bounded", "CONSTRAINT Unbounded"),
            "line 28: CONSTRAINT Unbounded: there is Bounded");
  EXPECT_EQ(error("CONSTRAINT Bounded", "VIEW vars"), "line 28: VIEW is not supported");
  EXPECT_EQ(error("CONSTRAINT Bounded", "CONSTRAINED Bounded").substr(0, 40),
            "line 28: `CONSTRAINED` begins no section");
  EXPECT_EQ(error("    TypeOK\n", "    TypeOk\n").substr(0, 40),
            "line 30: INVARIANT TypeOk is not known: ");
  EXPECT_EQ(error("CONSTRAINT Bounded", "SYMMETRY Perms\nCONSTRAINT Bounded"),
            "line 28: SYMMETRY Perms: there is Symmetry");
  EXPECT_EQ(error("CONSTRAINT Bounded", "CHECK_DEADLOCK maybe\nCONSTRAINT Bounded"),
            "line 28: CHECK_DEADLOCK needs TRUE or FALSE, found `maybe`");
  EXPECT_EQ(ErrorOf(""), "line 1: neither SPECIFICATION nor both of INIT and NEXT are given");
  EXPECT_NE(ErrorOf("(* no end"), "");
  EXPECT_NE(ErrorOf("CONSTANTS A = \"x"), "");
}

TEST(ModelConfig, NoInputCrashesTheReader) {
  const std::string good = ReadConfig("MCRaftEverything");
  std::uint64_t random = 7;
  const auto draw = [&random](std::uint64_t below) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    return (random >> 33U) % below;
  };
  int refused = 0;
  for (int k = 0; k < 20000; ++k) {
    std::string text = good;
    for (std::uint64_t changes = 1 + draw(4); changes > 0; --changes) {
      const std::size_t at = draw(text.size());
      switch (draw(3)) {
        case 0:
          text[at] = static_cast<char>(draw(256));
          break;
        case 1:
          text.erase(at, draw(30));
          break;
        default:
          text.insert(at, text.substr(draw(text.size()), draw(30)));
      }
    }
    if (!ErrorOf(text).empty()) ++refused;
  }
  EXPECT_GT(refused, 10000);
}

}  // namespace
}  // namespace spec
