// Tests of `raftcheck model` that take long.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "tests/command/model_fixture.h"

namespace {

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
    // Waits until there is a checkpoint to resume from.
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
  EXPECT_EQ(json["distinct"], json["expected"]["distinct states"]);
  EXPECT_EQ(json["generated"].dump(), Pinned("MCRaftEverything", "states generated"));
  EXPECT_EQ(json["depth"].dump(), Pinned("MCRaftEverything", "depth"));
  // A search with other bounds cannot resume from this checkpoint.
  const Output other = Run("model --config " + Tla("MCRaftSmoke") + " --checkpoint " + folder);
  EXPECT_EQ(other.status, 2);
  EXPECT_NE(other.err.find("another model"), std::string::npos) << other.err;
}

}  // namespace
