// `raftcheck model` as its users see it.
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "conformance/command/command.h"
#include "tests/command/buggy_servers.h"
#include "tests/command/model_fixture.h"

namespace {

TEST_F(ModelTest, CountsWhatTheConfigurationSays) {
  const Output output = Run("model --json --config " + Tla("MCRaftSmoke"));
  EXPECT_EQ(output.status, 0) << output.err;
  const auto json = nlohmann::json::parse(output.out);
  for (const char* key : {"distinct", "generated", "depth", "violation", "seconds"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_EQ(json["distinct"], json["expected"]["distinct states"]);
  EXPECT_EQ(json["generated"], json["expected"]["states generated"]);
  EXPECT_EQ(json["depth"], json["expected"]["depth"]);
  EXPECT_TRUE(json["as_expected"]);
  EXPECT_TRUE(json["violation"].is_null());
  EXPECT_EQ(json["end"], "complete");
}

TEST_F(ModelTest, AnotherNumberThanExpectedIsNoSuccess) {
  std::string text = ReadTla("MCRaftSmoke");
  text.insert(text.find("distinct states: ") + 17, "1");
  const Output output = Run("model --config " + Write("other.cfg", text));
  EXPECT_EQ(output.status, 1);
  EXPECT_NE(output.out.find("NOT AS EXPECTED"), std::string::npos) << output.out;
}

TEST_F(ModelTest, ExpectedNumbersAreReadHoweverTheyAreWritten) {
  const std::string plain = ReadTla("MCRaftSmoke");
  const std::string comment = "\\* distinct states: 1891\n";
  const auto run = [&](const std::string& other) {
    std::string text = plain;
    text.replace(text.find(comment), comment.size(), other);
    return Run("model --config " + Write("other.cfg", text));
  };
  for (const char* number : {"1892", "1,892", "1892.", "1892 ", " 1892\t", "1892\r"}) {
    for (const std::string& other :
         {"\\* distinct states: " + std::string(number) + "\n",
          "\\*distinct states:" + std::string(number) + "\n",
          "\\* Distinct  States : " + std::string(number) + "\n",
          "(* distinct states: " + std::string(number) + " *)\n",
          "(* What TLC finds:\n   distinct states: " + std::string(number) + "\n*)\n",
          "(*\n * distinct states: " + std::string(number) + "\n *)\n",
          "\\** -- distinct states: " + std::string(number) + "\n"}) {
      const Output output = run(other);
      EXPECT_EQ(output.status, 1) << other;
      EXPECT_EQ(output.out.rfind("NOT AS EXPECTED: the comment `", 0), 0U) << other << output.out;
    }
  }
  EXPECT_EQ(run("(* distinct states: 1,891. *)\n").status, 0);
  const Output unreadable = run("\\* distinct states: about 1892\n");
  EXPECT_EQ(unreadable.status, 2);
  EXPECT_NE(unreadable.err.find("`distinct states:` expected a number, found `about 1892`"),
            std::string::npos)
      << unreadable.err;
}

// Each of the three is compared, and the comment is named.
TEST_F(ModelTest, AnUnexpectedNumberNamesItsComment) {
  const std::string plain = ReadTla("MCRaftSmoke");
  const auto config = [&](const std::string& from, const std::string& to) {
    std::string text = plain;
    text.replace(text.find(from), from.size(), to);
    return Write("other.cfg", text);
  };
  for (const auto& [from, to, line] : std::vector<std::array<std::string, 3>>{
           {"distinct states: 1891", "distinct states: 1,892", "2"},
           {"states generated: 17625", "states generated: 1", "3"},
           {"depth: 28", "depth: 0", "4"}}) {
    const Output output = Run("model --config " + config(from, to));
    EXPECT_EQ(output.status, 1) << to;
    EXPECT_EQ(output.out.rfind("NOT AS EXPECTED: the comment `" + to + "` (" + Path("other.cfg") +
                                   ":" + line + ") says ",
                               0),
              0U)
        << output.out;
    EXPECT_NE(output.out.find("correct the comment"), std::string::npos) << output.out;
  }
  // The comment speaks of the whole search with the settings of the file.
  const std::string other = config("depth: 28", "depth: 1");
  EXPECT_EQ(Run("model --symmetry --config " + other).status, 0);
  EXPECT_EQ(Run("model --simulate --walks 2 --config " + other).status, 0);
  EXPECT_EQ(Run("model --depth 5 --config " + other).status, 4);
  EXPECT_EQ(Run("model --exact --workers 1 --config " + other).status, 1);
  const Output twice = Run("model --config " + config("depth: 28", "depth: 28\n\\* depth: 29"));
  EXPECT_EQ(twice.status, 2);
  EXPECT_NE(twice.err.find("line 5: the comment `depth:` says 29, and line 4 says 28"),
            std::string::npos)
      << twice.err;
}

TEST_F(ModelTest, WhereNothingIsDemandedNothingIsSaid) {
  std::string text = ReadTla("MCRaftSmoke");
  text.erase(text.find("INVARIANTS"));
  const Output output = Run("model --config " + Write("free.cfg", text));
  EXPECT_EQ(output.status, 2);
  EXPECT_EQ(output.out.rfind("NOTHING DEMANDED: ", 0), 0U) << output.out;
}

TEST_F(ModelTest, ASimulationDoesNotSpeakOfAllStates) {
  const Output output = Run("model --simulate --walks 1 --config " + Tla("MCRaftSmoke"));
  EXPECT_EQ(output.status, 0);
  EXPECT_EQ(output.out.find("all reachable states"), std::string::npos) << output.out;
}

TEST_F(ModelTest, AModelValueThatIsAServerIsRefused) {
  std::string text = ReadTla("MCRaftSmoke");
  text.replace(text.find("Nil = Nil"), 9, "Nil = s1");
  const Output output = Run("model --config " + Write("nil.cfg", text));
  EXPECT_EQ(output.status, 2);
  EXPECT_NE(output.err.find("`s1` is in Server and in Nil: expected different names"),
            std::string::npos)
      << output.err;
}

TEST_F(ModelTest, WhatIsFoundIsToldStepByStepAndBecomesASchedule) {
  const std::string schedule = Path("found.schedule");
  const std::string trace = Path("found.ndjson");
  const Output output =
      Run("model --config " + Tla("MCRaftGoals") + " --schedule " + schedule + " --trace " + trace);
  EXPECT_EQ(output.status, 1);
  EXPECT_NE(output.out.find("REACHED: NeverElected"), std::string::npos) << output.out;
  EXPECT_NE(output.out.find("BecomeLeader("), std::string::npos);
  EXPECT_NE(output.out.find("currentTerm["), std::string::npos);
  EXPECT_NE(output.out.find("raftcheck's own library: goes along"), std::string::npos)
      << output.out;
  EXPECT_EQ(Run("replay " + schedule).status, 0);
  const Output validated = Run("validate --json " + trace);
  EXPECT_EQ(validated.status, 0) << validated.out;
  std::ifstream file(trace);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_NE(text.find("\"BecomeLeader\""), std::string::npos) << "the library has a leader too";
}

// The command of another implementation runs the schedule on that Raft, never on ours.
TEST_F(ModelTest, TheScheduleRunsOnTheImplementationOfTheCommand) {
  std::vector<std::string> words = {"raftcheck",        "model",      "--config",
                                    Tla("MCRaftGoals"), "--schedule", Path("found.schedule")};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  testing::internal::CaptureStdout();
  const int status =
      command::Main(static_cast<int>(arguments.size()), arguments.data(), command::Hasty());
  const std::string out = testing::internal::GetCapturedStdout();
  EXPECT_EQ(status, 1);
  EXPECT_NE(out.find("\n  buggy: goes along"), std::string::npos) << out;
  EXPECT_EQ(out.find("raftcheck's own library"), std::string::npos) << out;
}

TEST_F(ModelTest, GoalsAreTriedOneByOne) {
  EXPECT_EQ(Run("model --goals --config " + Tla("MCRaftTermGoals")).status, 0);
  // With terms 1 and 2 only, no leader of term 3 can be elected.
  std::string text = ReadTla("MCRaftTermGoals");
  text.replace(text.find("MaxTerm = 3"), 11, "MaxTerm = 1");
  const Output output = Run("model --goals --config " + Write("calm.cfg", text));
  EXPECT_EQ(output.status, 1);
  EXPECT_NE(output.out.find("NOT REACHED"), std::string::npos) << output.out;
}

TEST_F(ModelTest, WhatCannotBePlayedIsNamed) {
  const Output output = Run("model --play --config " + Tla("MCRaftSmoke"));
  EXPECT_EQ(output.status, 2);
  EXPECT_NE(output.err.find("AnswersOlderTerms"), std::string::npos) << output.err;
}

TEST_F(ModelTest, BadInputIsOneClearLine) {
  const auto line = [&](const std::string& arguments) {
    const Output output = Run("model " + arguments);
    EXPECT_EQ(output.status, 2) << arguments;
    EXPECT_EQ(output.out, "") << arguments;
    return output.err;
  };
  EXPECT_NE(
      line("--config " + Path("none.cfg")).find("cannot be opened: No such file or directory"),
      std::string::npos);
  EXPECT_NE(line("--config " + Write("bad.cfg", "CONSTANTS\n  Server = {s1")).find("line 2"),
            std::string::npos);
  EXPECT_NE(line("--config " + Tla("MCRaftSmoke") + " --exact --checkpoint " + Path("c"))
                .find("--exact does not go with --checkpoint"),
            std::string::npos);
  EXPECT_NE(line("--config " + Tla("MCRaftSmoke") + " --workers 0").find("--workers"),
            std::string::npos);
}

}  // namespace
