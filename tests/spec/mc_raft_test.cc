// The bounded models of tla/: encoded states are decoded without loss, behaviours can be printed,
// and configurations are understood or refused.
#include "spec/model/mc_raft.h"

#include <gtest/gtest.h>

#include <set>

#include "spec/model/model_text.h"
#include "tests/spec/models.h"

namespace spec::testing {
namespace {

using explorer::End;

// Small models, so that sanitizers can run whole searches; tests/exhaustive has the others.
TEST(Models, HaveTheSameNumbersWithWholeStates) {
  for (const char* name : {"MCRaftSmoke", "MCRaftTransfer"}) {
    const Loaded loaded = Load(ReadConfig(name));
    const ModelReport report = SearchModel(loaded.settings, 2, true);
    ExpectPinned(loaded, report);
    EXPECT_EQ(report.collisions, 0U);
  }
}

TEST(Models, HaveTheSameNumbersWithRoomForMoreServers) {
  const Loaded loaded = Load(ReadConfig("MCRaftTransfer"));
  ExpectPinned(loaded, SearchModel<McRaft<kLargeModel>>(loaded.settings, 2));
}

// Every state of a model with all features: decoding restores it, and its fingerprint is unique.
TEST(McRaft, StatesLoseNothingAsBytes) {
  const Small model(Load(ReadConfig("MCRaftEverything")).settings);
  auto worker = model.MakeWorker();
  std::uint64_t random = 1;
  Small::State state = model.Initial()[0];
  std::vector<std::uint8_t> bytes;
  for (int step = 0; step < 20000; ++step) {
    std::vector<Move> moves;
    worker.ForEachStep(state, Small::StepVisitor([&](const Move& move, const Small::State& after) {
                         if (model.InBounds(after)) moves.push_back(move);
                       }));
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

// Checks are skipped for what a step did not change; the answer must be the same as without
// skipping.  States are combined from parts of different states, so that some of them are broken.
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
        const bool calm = (random >> 40U) % 16 != 0;  // mostly no faults, so that there is progress
        std::vector<Move> moves;
        const Small::StepVisitor visit = [&](const Move& move, const Small::State& after) {
          const bool fault = move.action == Action::kRestart || move.action == Action::kTimeout ||
                             move.action == Action::kDropMessage;
          if (model.InBounds(after) && !(calm && fault)) moves.push_back(move);
        };
        worker.ForEachStep(state, visit);
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

// No part of a state may be missing from its fingerprint.
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
    if (k == offsetof(Small::State, network)) continue;  // the number of messages
    EXPECT_NE(worker.Fingerprint(other), fingerprint) << "byte " << k;
  }
}

TEST(McRaft, ABehaviourCanBeTold) {
  ModelSettings settings = Load(ReadConfig("MCRaftGoals")).settings;
  settings.invariants = {"NeverElected"};
  const Small model(settings);
  const ModelReport report = Search(model, explorer::Options());
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
  EXPECT_EQ(Simulate(model, options).end, End::kFound);
}

// ---- Anything that is not understood is an error.

std::string ErrorOf(const std::string& text) {
  const auto parsed = explorer::ParseConfig(text);
  const auto settings = parsed ? SettingsOf(*parsed) : tl::unexpected(parsed.error());
  return settings ? "" : settings.error();
}

std::string With(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(ModelConfig, SetsHaveALargestSize) {
  const std::string good = ReadConfig("MCRaftSmoke");
  const auto error = [&](int size) {
    std::string set;
    for (int k = 0; k < size; ++k) set += (k == 0 ? "v" : ", v") + std::to_string(k);
    return ErrorOf(With(good, "{v1}", "{" + set + "}"));
  };
  EXPECT_NE(error(1000).find("Value has 1000 elements, this explorer takes"), std::string::npos);
  EXPECT_NE(error(1001).find("a set has more than 1000 elements"), std::string::npos);
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
  EXPECT_EQ(error("    ValidatesChanges = TRUE\n", ""), "") << "a .cfg of before";
  EXPECT_EQ(error("ValidatesChanges = TRUE", "ValidatesChanges = {}"),
            "line 19: constant ValidatesChanges must be TRUE or FALSE");
  EXPECT_EQ(error("PreVote = FALSE", "PreVote = 7"),
            "line 10: constant PreVote must be TRUE or FALSE");
  EXPECT_EQ(error("PreVote = FALSE", "PreVote <- Other"),
            "line 10: PreVote <- ...: replacement by a definition is not supported");
  EXPECT_EQ(error("MaxTerm = 1", "MaxTerm = 60"),
            "line 24: MaxTerm is 60, this explorer takes 6 at most");
  EXPECT_EQ(error("InitialVoters = {s1, s2}", "InitialVoters = {s1, s9}"),
            "line 7: InitialVoters must be a subset of Server: `s9` is none");
  EXPECT_EQ(error("InitialVoters = {s1, s2}", "InitialVoters = {}"),
            "InitialVoters must not be empty");
  EXPECT_EQ(error("Server = {s1, s2}", "Server = {s1, s2"),
            "line 7: expected `,` or `}`, found `InitialVoters`");
  EXPECT_EQ(error("SPECIFICATION Spec", "SPECIFICATION Other"),
            "line 28: SPECIFICATION Other: there are Spec, CalmSpec and CrashSpec");
  EXPECT_EQ(error("SPECIFICATION Spec\n", ""),
            "line 39: neither SPECIFICATION nor both of INIT and NEXT are given");
  EXPECT_EQ(error("SPECIFICATION Spec", "INIT Init\nNEXT Next"), "");
  EXPECT_EQ(error("CONSTRAINT Bounded", "CONSTRAINT Unbounded"),
            "line 29: CONSTRAINT Unbounded: there is Bounded");
  EXPECT_EQ(error("CONSTRAINT Bounded", "VIEW vars"), "line 29: VIEW is not supported");
  EXPECT_EQ(error("CONSTRAINT Bounded", "CONSTRAINED Bounded").substr(0, 40),
            "line 29: `CONSTRAINED` begins no section");
  EXPECT_EQ(error("    TypeOK\n", "    TypeOk\n").substr(0, 40),
            "line 31: INVARIANT TypeOk is not known: ");
  EXPECT_EQ(error("CONSTRAINT Bounded", "SYMMETRY Perms\nCONSTRAINT Bounded"),
            "line 29: SYMMETRY Perms: there is Symmetry");
  EXPECT_EQ(error("CONSTRAINT Bounded", "CHECK_DEADLOCK maybe\nCONSTRAINT Bounded"),
            "line 29: CHECK_DEADLOCK needs TRUE or FALSE, found `maybe`");
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
}  // namespace spec::testing
