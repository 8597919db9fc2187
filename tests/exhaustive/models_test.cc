// Searches every model of tla/*.cfg completely.
#include "tests/spec/models.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace spec::testing {
namespace {

using explorer::End;

class Models : public ::testing::TestWithParam<const char*> {};

TEST_P(Models, HaveTheNumbersThatTlcFinds) {
  const Loaded loaded = Load(ReadConfig(GetParam()));
  ExpectPinned(loaded, SearchModel(loaded.settings, 2));
}

INSTANTIATE_TEST_SUITE_P(
    Tla, Models,
    ::testing::Values("MCRaft", "MCRaftSymmetry", "MCRaftSmoke", "MCRaftDurability",
                      "MCRaftElections", "MCRaftReplication", "MCRaftMembership", "MCRaftSnapshot",
                      "MCRaftTransfer", "MCRaftReads", "MCRaftEverything", "MCRaftLibrary",
                      "MCRaftLibraryReplication", "MCRaftLibraryElections", "MCRaftVotes",
                      "MCRaftPreVote", "MCRaftTwoTerms", "MCRaftTransferChanges",
                      "MCRaftSnapshotRestart", "MCRaftHalves"),
    [](const auto& param) { return std::string(param.param); });
// Millions of states: in `./run test-all` only.
INSTANTIATE_TEST_SUITE_P(Large, Models,
                         ::testing::Values("MCRaftJoint", "MCRaftThreeTwo", "MCRaftFigure8"),
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
  EXPECT_EQ(models.size(), 23U) << "add the new one to a list above";
}

TEST(Models, HaveTheSameNumbersWithAnyNumberOfThreads) {
  for (const char* name : {"MCRaftSmoke", "MCRaftTransfer", "MCRaftReplication"}) {
    const Loaded loaded = Load(ReadConfig(name));
    const ModelReport one = SearchModel(loaded.settings, 1);
    ExpectPinned(loaded, one);
    for (const int workers : {2, 8}) {
      const ModelReport many = SearchModel(loaded.settings, workers);
      ExpectPinned(loaded, many);
      for (std::size_t a = 0; a < one.actions.size(); ++a) {
        EXPECT_EQ(many.actions[a].generated, one.actions[a].generated) << ActionName(a);
        EXPECT_EQ(many.actions[a].distinct, one.actions[a].distinct) << ActionName(a);
      }
    }
  }
}

TEST(Models, TakeEveryActionOnceAllExtensionsAreOn) {
  std::vector<std::uint64_t> taken(Small(Load(ReadConfig("MCRaftSmoke")).settings).Actions());
  const auto add = [&](const std::string& text) {
    const ModelReport report = SearchModel(Load(text).settings, 2);
    for (std::size_t k = 0; k < taken.size(); ++k) taken[k] += report.actions[k].generated;
  };
  for (const char* name : {"MCRaftEverything", "MCRaftDurability", "MCRaftElections"}) {
    add(ReadConfig(name));
  }
  // A single server is enough to lose a commit index and to recover it.
  const std::string alone = std::regex_replace(ReadConfig("MCRaftMembership"),
                                               std::regex("Server = .*"), "Server = {s1}");
  add(std::regex_replace(alone, std::regex("(Joiners|Learners) = .*"), "$1 = {}"));
  for (std::size_t action = 0; action < taken.size(); ++action) {
    if (action == static_cast<std::size_t>(Action::kHandle)) continue;  // counted by message type
    EXPECT_GT(taken[action], 0U) << ActionName(action);
  }
}

class Goals : public ::testing::TestWithParam<const char*> {};

TEST_P(Goals, AreReached) {
  const Loaded loaded = Load(ReadConfig(GetParam()));
  EXPECT_FALSE(loaded.settings.invariants.empty());
  const std::vector<ModelSettings> goals = OnePropertyEach(loaded.settings);
  EXPECT_EQ(goals.size(),
            loaded.settings.invariants.size() + loaded.settings.step_properties.size());
  for (const ModelSettings& alone : goals) {
    ASSERT_EQ(alone.invariants.size() + alone.step_properties.size(), 1U);
    const std::string& goal =
        alone.invariants.empty() ? alone.step_properties.front() : alone.invariants.front();
    EXPECT_EQ(SearchModel(alone, 2).end, End::kFound) << goal;
  }
}

INSTANTIATE_TEST_SUITE_P(Tla, Goals,
                         ::testing::Values("MCRaftGoals", "MCRaftTermGoals", "MCRaftFaultGoals",
                                           "MCRaftExtensionGoals"),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace spec::testing
