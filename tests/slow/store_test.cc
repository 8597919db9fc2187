// A campaign is stopped at any moment, its folder is damaged, its disk is full: nothing is lost,
// and no silence passes for "nothing found".
#include "conformance/campaign/store.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "conformance/campaign/campaign_report.h"
#include "tests/command/buggy_servers.h"
#include "tests/command/run_command.h"

namespace command {
namespace {

namespace fs = std::filesystem;

class StoreTest : public CommandFixture {
 protected:
  std::set<std::string> Corpus() {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(Path("c/corpus"))) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }
  nlohmann::json State() { return nlohmann::json::parse(std::ifstream(Path("c/campaign.json"))); }
  // Has a campaign saved how far it has come, beyond `position`?
  bool IsSavedBeyond(std::uint64_t position) {
    return fs::exists(Path("c/campaign.json")) && State()["next"].front() > position;
  }
  // Starts a campaign and sends it a signal after so long, and not before it has saved something
  // beyond `position`; how it ended, as waitpid says.
  int StopAfter(std::chrono::milliseconds time, int signal,
                std::optional<std::uint64_t> position = std::nullopt, const char* jobs = "1") {
    const std::string folder = Path("c");
    const pid_t child = fork();
    if (child == 0) {
      if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(126);
      if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(126);
      execl(RAFTCHECK_BINARY, RAFTCHECK_BINARY, "check", "--campaign", folder.c_str(), "--time",
            "60s", "--jobs", jobs, "--steps", "30", nullptr);
      _exit(127);
    }
    std::this_thread::sleep_for(time);
    for (int wait = 0; wait < 3000 && position && !IsSavedBeyond(*position); ++wait) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    kill(child, signal);
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  }
};

TEST_F(StoreTest, ARunWithoutTimeForTheCorpusKeepsIt) {
  const std::string command = "check --campaign " + Path("c");
  ASSERT_EQ(Run(command + " --schedules 300").status, 0);
  const std::set<std::string> before = Corpus();
  ASSERT_GT(before.size(), 20U);
  const Output hasty = Run(command + " --time 0.001s");
  EXPECT_EQ(hasty.status, 2) << hasty.out;
  EXPECT_EQ(hasty.out.rfind("NOTHING JUDGED: no schedule ran before the time was up", 0), 0U);
  EXPECT_EQ(Corpus(), before);
}

TEST_F(StoreTest, KillsChangeNoCount) {
  StopAfter(std::chrono::milliseconds(0), SIGKILL, 0);
  for (const int milliseconds : {20, 400}) {  // most likely before there is anything to save
    StopAfter(std::chrono::milliseconds(milliseconds), SIGKILL);
  }
  const std::uint64_t saved = State()["next"].front();
  EXPECT_GT(saved, 0U);
  const std::string schedules = " --steps 30 --schedules " + std::to_string(saved + 500);
  const Output last = Run("check --json --campaign " + Path("c") + schedules);
  ASSERT_EQ(last.status, 0) << last.out << last.err;
  EXPECT_EQ(nlohmann::json::parse(last.out)["schedules"], 500);
  const Output whole = Run("check --json" + schedules);
  const auto undisturbed = nlohmann::json::parse(whole.out);
  EXPECT_EQ(State()["schedules"], undisturbed["schedules"]);
  EXPECT_EQ(State()["events"], undisturbed["events"]);
}

TEST_F(StoreTest, StopsOfEveryKindAreClean) {
  std::uint64_t position = 0;
  for (const int signal : {SIGTERM, SIGHUP, SIGINT}) {
    const int status =
        StopAfter(std::chrono::milliseconds(0), signal, position, signal == SIGTERM ? "2" : "1");
    ASSERT_TRUE(WIFEXITED(status)) << signal;
    EXPECT_EQ(WEXITSTATUS(status), 4) << signal;
    position = State()["next"].front();
    EXPECT_EQ(State()["schedules"], State()["next"].front());
  }
  const std::uint64_t next = State()["next"].front();
  const Output rest = Run("check --json --steps 30 --campaign " + Path("c") + " --schedules " +
                          std::to_string(next + 10));
  EXPECT_EQ(rest.status, 0) << rest.out;
  EXPECT_EQ(nlohmann::json::parse(rest.out)["schedules"], 10);
}

TEST_F(StoreTest, WhatIsNoScheduleIsSkippedAloud) {
  const std::string command = "check --campaign " + Path("c") + " --schedules ";
  ASSERT_EQ(Run(command + "50").status, 0);
  fs::create_directory(Path("c/corpus/folder.txt"));
  ASSERT_EQ(mkfifo(Path("c/corpus/pipe.txt").c_str(), 0600), 0);
  Write("c/corpus/empty.txt", "");
  const Output output = Run(command + "60");
  EXPECT_EQ(output.status, 0) << output.err;
  for (const char* name : {"folder.txt: not a file", "pipe.txt: not a file", "empty.txt:1: "}) {
    EXPECT_NE(output.err.find(name), std::string::npos) << output.err;
  }
  EXPECT_TRUE(fs::exists(Path("c/corpus/empty.txt"))) << "nobody can say what it was";
}

TEST_F(StoreTest, AnotherSeedHasAPositionOfItsOwn) {
  const std::string command = "check --json --campaign " + Path("c") + " --schedules ";
  ASSERT_EQ(Run(command + "40 --seed 1").status, 0);
  ASSERT_EQ(Run(command + "30 --seed 2").status, 0);
  const Output again = Run(command + "50 --seed 1");
  EXPECT_EQ(nlohmann::json::parse(again.out)["schedules"], 10);
}

TEST_F(StoreTest, AFullDiskIsAnErrorAndLeavesAFolderThatGoesOn) {
  const Output output =
      Run("check --schedules 20 --campaign /dev/full/c");  // no folder can be made there
  EXPECT_EQ(output.status, 2);
  EXPECT_NE(output.err.find("cannot write /dev/full/c"), std::string::npos) << output.err;
}

campaign::Options Quick(std::uint64_t schedules) {
  campaign::Options options;
  options.schedules = schedules;
  options.coverage = true;
  options.max_failures = 0;
  return options;
}

// Until its schedule passes.
TEST_F(StoreTest, AKnownFailureStaysOne) {
  {
    campaign::Store store(Path("c"));
    campaign::Campaign campaign(Quick(150), Hasty());
    ASSERT_EQ(store.Resume(campaign).trouble, "");
    campaign.Run(Ignore, Silent);
    ASSERT_FALSE(campaign.failures().empty());
    ASSERT_EQ(store.Save(campaign), "");
  }
  campaign::Options options = Quick(150);
  options.stop = [] { return true; };
  {
    campaign::Store store(Path("c"));
    campaign::Campaign campaign(options, tracegen::OurImplementation());
    ASSERT_EQ(store.Resume(campaign).trouble, "");
    campaign.Run(Ignore, Silent);
    const std::size_t left = store.FailuresLeft(campaign);
    EXPECT_GT(left, 0U);
    EXPECT_EQ(campaign::OutcomeOf(campaign, left, false), campaign::Outcome::kFailedEarlier);
    EXPECT_EQ(campaign::OutcomeText(campaign, left, true).rfind("FAILED EARLIER", 0), 0U);
    ASSERT_EQ(store.Save(campaign), "");
  }
  {
    campaign::Store store(Path("c"));
    campaign::Campaign campaign(Quick(150), tracegen::OurImplementation());
    ASSERT_EQ(store.Resume(campaign).trouble, "");
    campaign.Run(Ignore, Silent);
    EXPECT_EQ(store.FailuresLeft(campaign), 0U);
    EXPECT_EQ(campaign::OutcomeOf(campaign, 0, false), campaign::Outcome::kNothingFound);
  }
}

// Also if its file is damaged, or no longer there: it has not passed.
TEST_F(StoreTest, AKnownFailureThatCannotRunAgainStaysOne) {
  {
    campaign::Store store(Path("c"));
    campaign::Campaign campaign(Quick(150), Hasty());
    ASSERT_EQ(store.Resume(campaign).trouble, "");
    campaign.Run(Ignore, Silent);
    ASSERT_FALSE(campaign.failures().empty());
    ASSERT_EQ(store.Save(campaign), "");
  }
  fs::remove_all(fs::path(Path("c")) / "corpus");
  for (int again = 0; again < 2; ++again) {
    campaign::Store store(Path("c"));
    campaign::Campaign campaign(Quick(150), tracegen::OurImplementation());
    const campaign::Store::Resumed resumed = store.Resume(campaign);
    ASSERT_EQ(resumed.trouble, "");
    ASSERT_FALSE(resumed.skipped.empty());
    EXPECT_NE(resumed.skipped.front().find("stays a failure"), std::string::npos);
    campaign.Run(Ignore, Silent);
    const std::size_t left = store.FailuresLeft(campaign);
    EXPECT_EQ(left, resumed.skipped.size());
    EXPECT_EQ(campaign::OutcomeOf(campaign, left, false), campaign::Outcome::kFailedEarlier);
    ASSERT_EQ(store.Save(campaign), "");
  }
}

TEST(Outcome, OfAnImplementationThatWritesNoTraceIsNothingJudged) {
  tracegen::Implementation mute = ImplementationWith<MuteServer>();
  mute.features.reads = false;  // the simulated cluster itself writes a line of a read
  campaign::Campaign campaign(Quick(20), mute);
  campaign.Run(Ignore, Silent);
  EXPECT_EQ(campaign.totals().schedules, 20U);
  ASSERT_TRUE(campaign.failures().empty()) << campaign.failures().front().root;
  EXPECT_EQ(campaign::OutcomeOf(campaign, 0, false), campaign::Outcome::kNothingJudged);
  EXPECT_NE(campaign::OutcomeText(campaign, 0, false).find("must write a trace"),
            std::string::npos);
}

TEST_F(StoreTest, FoldersOfVersionsThatLostTheirWayGoOn) {
  const fs::path hostile = fs::path(RAFTCHECK_SOURCE_DIR) / ".." / "shared" / "repro" / "hostile";
  if (!fs::exists(hostile)) GTEST_SKIP() << "no folder " << hostile;
  for (const char* name : {"campaign_after_full_disk", "campaign_killed_while_saving"}) {
    fs::copy(hostile / name, Path(name), fs::copy_options::recursive);
    const Output output = Run("check --seed 7 --schedules 1210 --campaign " + Path(name));
    EXPECT_EQ(output.status, 0) << name << output.err;
    EXPECT_NE(output.err.find("; it is left out"), std::string::npos) << output.err;
  }
}

}  // namespace
}  // namespace command
