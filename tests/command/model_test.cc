// `raftcheck model` as its users meet it.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "tests/command/run_command.h"

namespace {

class ModelTest : public CommandFixture {
 protected:
  static std::string Tla(const std::string& name) {
    return std::string(RAFTCHECK_SOURCE_DIR) + "/tla/" + name + ".cfg";
  }
  std::string ReadTla(const std::string& name) {
    std::ifstream file(Tla(name));
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  // The number that its comment says.
  std::string Pinned(const std::string& name, const std::string& what) {
    const std::string text = ReadTla(name);
    const std::size_t at = text.find("\\* " + what + ": ") + what.size() + 5;
    return text.substr(at, text.find('\n', at) - at);
  }
};

TEST_F(ModelTest, CountsWhatTheConfigurationSays) {
  const Output output = Run("model --json --config " + Tla("MCRaftSmoke"));
  EXPECT_EQ(output.status, 0) << output.err;
  const auto json = nlohmann::json::parse(output.out);
  for (const char* key : {"distinct", "generated", "depth", "violation", "seconds"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_EQ(json["distinct"], json["expected"]);
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

TEST_F(ModelTest, GoalsAreTriedOneByOne) {
  EXPECT_EQ(Run("model --goals --config " + Tla("MCRaftTermGoals")).status, 0);
  // In one term nobody is elected in the third.
  std::string text = ReadTla("MCRaftTermGoals");
  text.replace(text.find("MaxTerm = 3"), 11, "MaxTerm = 1");
  const Output output = Run("model --goals --config " + Write("calm.cfg", text));
  EXPECT_EQ(output.status, 1);
  EXPECT_NE(output.out.find("NOT REACHED"), std::string::npos) << output.out;
}

TEST_F(ModelTest, OurLibraryDoesWhatTheModelsAllow) {
  for (const char* name : {"MCRaftLibrary", "MCRaftLibraryReplication", "MCRaftLibraryElections"}) {
    const Output output = Run("model --play --json --config " + Tla(name));
    EXPECT_EQ(output.status, 0) << output.out << output.err;
    const auto json = nlohmann::json::parse(output.out);
    const std::uint64_t same = json["same"];
    const std::uint64_t not_at_rest = json["not_at_rest"];
    EXPECT_GT(same, 5 * not_at_rest) << name;
    EXPECT_GT(json["situations"], 1000) << name;
    EXPECT_EQ(json["transitions"].get<std::uint64_t>(),
              same + not_at_rest + json["inner"].get<std::uint64_t>() +
                  json["free_sends"].get<std::uint64_t>() +
                  json["environment"].get<std::uint64_t>());
  }
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
  EXPECT_NE(line("--config " + Path("none.cfg")).find("cannot be read"), std::string::npos);
  EXPECT_NE(line("--config " + Write("bad.cfg", "CONSTANTS\n  Server = {s1")).find("line 2"),
            std::string::npos);
  EXPECT_NE(line("--config " + Tla("MCRaftSmoke") + " --exact --checkpoint " + Path("c"))
                .find("no checkpoints"),
            std::string::npos);
  EXPECT_NE(line("--config " + Tla("MCRaftSmoke") + " --workers 0").find("--workers"),
            std::string::npos);
}

TEST_F(ModelTest, ASearchThatIsKilledGoesOnFromItsCheckpoint) {
  const std::string folder = Path("checkpoints");
  const std::string config = Tla("MCRaftEverything");
  for (int kills = 0; kills < 3; ++kills) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      execl(RAFTCHECK_BINARY, RAFTCHECK_BINARY, "model", "--config", config.c_str(), "--checkpoint",
            folder.c_str(), "--checkpoint-every", "0", "--json", nullptr);
      _exit(127);
    }
    // Not before there is a checkpoint to go on from.
    for (int wait = 0; wait < 600 && !std::filesystem::exists(folder + "/checkpoint"); ++wait) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(30 * kills));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  ASSERT_TRUE(std::filesystem::exists(folder + "/checkpoint"));
  const Output output = Run("model --json --config " + config + " --checkpoint " + folder);
  EXPECT_EQ(output.status, 0) << output.out << output.err;
  const auto json = nlohmann::json::parse(output.out);
  EXPECT_EQ(json["resumed"], true);
  EXPECT_EQ(json["distinct"], json["expected"]);
  EXPECT_EQ(json["generated"].dump(), Pinned("MCRaftEverything", "states generated"));
  EXPECT_EQ(json["depth"].dump(), Pinned("MCRaftEverything", "depth"));
  // Other bounds are another search.
  const Output other = Run("model --config " + Tla("MCRaftSmoke") + " --checkpoint " + folder);
  EXPECT_EQ(other.status, 2);
  EXPECT_NE(other.err.find("another model"), std::string::npos) << other.err;
}

}  // namespace
