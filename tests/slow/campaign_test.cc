// Campaigns that take a while: the same whatever the number of threads, failures in groups, kept
// and resumed.
#include "conformance/campaign/campaign.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/command/buggy_servers.h"
#include "tests/command/run_command.h"
#include "tracegen/servers/our_server.h"

namespace command {
namespace {

TEST(Campaign, FindsTheSameWithAnyNumberOfThreads) {
  for (const bool guided : {false, true}) {
    campaign::Options options;
    options.schedules = 400;
    options.guided = guided;
    options.coverage = true;
    campaign::Campaign one(options, tracegen::OurImplementation());
    one.Run(Ignore, Silent);
    options.jobs = 3;
    campaign::Campaign three(options, tracegen::OurImplementation());
    three.Run(Ignore, Silent);
    EXPECT_EQ(one.totals().schedules, 400U);
    EXPECT_EQ(one.totals().events, three.totals().events);
    EXPECT_EQ(one.totals().actions, three.totals().actions);
    EXPECT_EQ(one.corpus().states(), three.corpus().states());
    EXPECT_EQ(one.corpus().steps(), three.corpus().steps());
    ASSERT_EQ(one.corpus().size(), three.corpus().size());
    for (std::size_t k = 0; k < one.corpus().size(); ++k) {
      EXPECT_EQ(one.corpus().at(k), three.corpus().at(k)) << k;
    }
    EXPECT_TRUE(one.failures().empty());
    EXPECT_GT(one.totals().operations, 1000U);
    EXPECT_EQ(one.totals().undecided_keys, 0U);
  }
}

TEST(Campaign, GoesOnAfterAFailureAndGroupsThem) {
  campaign::Options options;
  options.schedules = 600;
  options.max_failures = 0;
  int told = 0;
  campaign::Campaign campaign(options, Hasty());
  campaign.Run([&told](const campaign::FailureGroup& /*group*/) { ++told; }, Silent);
  EXPECT_EQ(campaign.totals().schedules, 600U);
  ASSERT_FALSE(campaign.failures().empty());
  EXPECT_EQ(static_cast<std::size_t>(told), campaign.failures().size());
  const campaign::FailureGroup& group = campaign.failures().front();
  EXPECT_EQ(group.failure, "ReadsSeeCommitted");
  EXPECT_TRUE(group.violated);
  EXPECT_GT(group.count, 10U);
  EXPECT_LE(group.shortest.actions.size(), group.example.actions.size());
}

class CampaignCommand : public CommandFixture {};

TEST_F(CampaignCommand, GoesOnWhereItStopped) {
  const std::string folder = Path("campaign");
  const auto state = [&folder] {
    return nlohmann::json::parse(std::ifstream(folder + "/campaign.json"));
  };
  const std::string command = "check --guided --json --campaign " + folder + " --schedules ";
  ASSERT_EQ(Run(command + "200").status, 0);
  EXPECT_EQ(state()["next"].front(), 200);
  const auto corpus = std::distance(std::filesystem::directory_iterator(folder + "/corpus"), {});
  EXPECT_GT(corpus, 10);
  // The corpus comes first, then the next hundred.
  const Output again = Run(command + "300");
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(state()["next"].front(), 300);
  EXPECT_NE(again.err.find("schedules of earlier runs come first"), std::string::npos) << again.err;
  const auto summary = nlohmann::json::parse(again.out);
  EXPECT_EQ(summary["schedules"], 100);
  EXPECT_EQ(summary["schedules_again"].get<std::int64_t>(), corpus);
  EXPECT_EQ(state()["schedules"], 300);

  EXPECT_EQ(Run("check --schedules 10 --campaign " + Write("file", "x")).status, 2);
  Write("campaign/campaign.json", "nonsense");
  const Output broken = Run(command + "300");
  EXPECT_EQ(broken.status, 2);
  EXPECT_NE(broken.err.find("campaign.json: expected what a campaign writes"), std::string::npos);
}

TEST_F(CampaignCommand, SaysWhatAProfileIsAndRefusesOthers) {
  for (const char* profile : {"swarm", "everything", "calm", "network", "crashes", "slow-disks",
                              "clocks", "membership", "snapshots", "reads", "overload"}) {
    const Output output = Run(std::string("check --schedules 60 --json --profile ") + profile);
    EXPECT_EQ(output.status, 0) << profile << output.err;
    const auto summary = nlohmann::json::parse(output.out);
    EXPECT_GT(summary["elections"], 10) << profile;
    EXPECT_EQ(summary["crashes"] == 0,
              std::string(profile) == "calm" || std::string(profile) == "network" ||
                  std::string(profile) == "clocks" || std::string(profile) == "snapshots" ||
                  std::string(profile) == "reads" || std::string(profile) == "overload")
        << profile;
  }
  const Output unknown = Run("check --profile nice");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("--profile: nice is none of swarm,"), std::string::npos)
      << unknown.err;
}

}  // namespace
}  // namespace command
