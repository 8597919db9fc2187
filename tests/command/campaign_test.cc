// Campaigns: the result does not depend on the number of threads, a campaign can be resumed, and
// failures are grouped, each group with its shortest example.
#include "conformance/campaign/campaign.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "conformance/campaign/findings.h"
#include "conformance/campaign/store.h"
#include "conformance/report/report.h"
#include "conformance/trial/story.h"
#include "tests/command/buggy_servers.h"
#include "tracegen/servers/our_server.h"

namespace command {
namespace {

// A schedule that is stopped in its middle is for the next time, as if it had not begun.
TEST(Campaign, AStopInTheMiddleOfAScheduleChangesNoCount) {
  campaign::Options options;
  options.schedules = 30;
  campaign::Campaign whole(options, tracegen::OurImplementation());
  whole.Run(Ignore, Silent);
  std::uint64_t events = 0;
  std::uint64_t position = 0;
  int stops = 0;
  for (std::uint64_t patience = 1000; position < options.schedules; patience += 1000) {
    std::uint64_t asked = 0;
    options.stop = [&] { return ++asked > patience; };
    campaign::Campaign part(options, tracegen::OurImplementation());
    part.SkipTo(position);
    part.Run(Ignore, Silent);
    EXPECT_EQ(part.totals().schedules, part.next() - position);
    position = part.next();
    events += part.totals().events;
    ++stops;
  }
  EXPECT_GT(stops, 2);
  EXPECT_EQ(events, whole.totals().events);
}

// What a property test draws is what a campaign draws.
TEST(Campaign, ItsSchedulesAreThoseOfTheGenerator) {
  campaign::Options options;
  options.schedules = 20;
  options.seed = 5;
  options.coverage = true;  // keeps what showed something new
  campaign::Campaign campaign(options, tracegen::OurImplementation());
  campaign.Run(Ignore, Silent);
  const auto any = tracegen::AnySchedule({}, tracegen::OurImplementation());
  std::size_t kept = 0;
  for (std::uint64_t number = 1; number <= options.schedules; ++number) {
    const tracegen::Schedule schedule = any(tracegen::RandomOf(options.seed, number)).value();
    if (kept < campaign.corpus().size() && campaign.corpus().at(kept) == schedule) ++kept;
  }
  EXPECT_GT(kept, 5U);
  EXPECT_EQ(kept, campaign.corpus().size());
}

// Two in one folder would lose each other's work.
TEST(Campaign, OnlyOneRunsInAFolder) {
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / "one_at_a_time";
  std::filesystem::remove_all(folder);
  campaign::Campaign first({}, tracegen::OurImplementation());
  campaign::Campaign second({}, tracegen::OurImplementation());
  {
    campaign::Store store(folder.string());
    EXPECT_EQ(store.Resume(first).trouble, "");
    campaign::Store other(folder.string());
    EXPECT_NE(other.Resume(second).trouble.find("another campaign runs in this folder"),
              std::string::npos);
  }
  campaign::Store later(folder.string());
  EXPECT_EQ(later.Resume(second).trouble, "");
}

TEST(Campaign, StopsAtTheFirstFailureIfAsked) {
  campaign::Options options;
  options.schedules = 100000;
  campaign::Campaign campaign(options, Hasty());
  campaign.Run(Ignore, Silent);
  EXPECT_EQ(campaign.failures().size(), 1U);
  EXPECT_LT(campaign.totals().schedules, 1000U);
}

// A bug that only the history of the clients shows, and no line of the trace.
// Shrinking sets each setting back, also one that tells a feature which the implementation lacks.
TEST(Campaign, DemandsNoForwardingOfWhoDoesNotForward) {
  class NotForwarding : public WrappedServer {
   public:
    using WrappedServer::WrappedServer;
    void Propose(std::string_view command) override {
      if (status().role == tracegen::ServerStatus::Role::kLeader) WrappedServer::Propose(command);
    }
  };
  tracegen::Implementation stranger = ImplementationWith<NotForwarding>();
  tracegen::Schedule schedule;
  schedule.actions = {{tracegen::Kind::kConverge, {400}}};
  ASSERT_TRUE(schedule.settings.forward_proposals);
  EXPECT_EQ(trial::Run(schedule, stranger).failure, "Liveness");
  stranger.features.forwarding = false;
  const trial::Result fair = trial::Run(schedule, stranger);
  EXPECT_EQ(fair.failure, "") << conformance::ReportText(fair.report, "run", false);
}

TEST(Campaign, FindsWhatOnlyClientsSee) {
  campaign::Options options;
  options.schedules = 5000;
  campaign::Campaign campaign(options, ImplementationWith<ForgetfulServer>());
  campaign.Run(Ignore, Silent);
  ASSERT_EQ(campaign.failures().size(), 1U);
  const campaign::FailureGroup& group = campaign.failures().front();
  EXPECT_EQ(group.failure, "Linearizability");
  const trial::Result judged = trial::Run(group.example, ImplementationWith<ForgetfulServer>());
  ASSERT_TRUE(judged.report.violation);
  EXPECT_FALSE(judged.report.violation->details.empty());
}

TEST(Findings, AreShrunkAndLeaveAllThatIsNeeded) {
  campaign::Options options;
  options.schedules = 1000;
  campaign::Campaign campaign(options, Hasty());
  campaign.Run(Ignore, Silent);
  ASSERT_FALSE(campaign.failures().empty());
  const campaign::FailureGroup& group = campaign.failures().front();
  const tracegen::Schedule shrunk = campaign::ShrinkFailure(group.example, group.root, Hasty());
  EXPECT_EQ(shrunk, campaign::ShrinkFailure(group.example, group.root, Hasty()));
  // An election, a write, a read at a server that has not applied it; as single actions.
  EXPECT_LE(shrunk.actions.size(), 40U);
  for (const tracegen::Action& action : shrunk.actions) {
    EXPECT_NE(action.kind, tracegen::Kind::kRun);
    EXPECT_NE(action.kind, tracegen::Kind::kConverge);
  }

  // Who interrupts gets what is found by then, which still fails.
  int asked = 0;
  const auto stop = [&asked](std::size_t) { return ++asked > 30000; };
  const tracegen::Schedule half = campaign::ShrinkFailure(group.example, group.root, Hasty(), stop);
  EXPECT_LT(half.actions.size(), group.example.actions.size());
  EXPECT_EQ(trial::Run(half, Hasty()).root, group.root);
  const auto at_once = [](std::size_t) { return true; };
  EXPECT_EQ(campaign::ShrinkFailure(group.example, group.root, Hasty(), at_once), group.example);

  const std::string folder = ::testing::TempDir() + "raftcheck-finding";
  std::filesystem::remove_all(folder);
  const campaign::Finding finding =
      campaign::WriteFinding(group, shrunk, {folder, "found by a test"}, Hasty());
  EXPECT_EQ(finding.trouble, "");
  EXPECT_EQ(finding.report.violation->property, "ReadsSeeCommitted");
  for (const char* name : {"schedule.txt", "schedule-as-found.txt", "story.txt", "trace.ndjson",
                           "verdict.txt", "verdict.json", "regression_test.cc"}) {
    EXPECT_GT(std::filesystem::file_size(folder + "/" + name), 0U) << name;
  }
  std::ifstream file(folder + "/schedule.txt");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto again = tracegen::ParseSchedule(text);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(again.value(), shrunk);
  EXPECT_NE(text.find("# shows: ReadsSeeCommitted"), std::string::npos);
}

TEST(Story, SaysWhoDidWhatToWhom) {
  using tracegen::Kind;
  tracegen::Schedule schedule;
  schedule.actions = {{Kind::kCampaign, {1}},      {Kind::kProcess, {1}},
                      {Kind::kDeliver, {1, 2, 0}}, {Kind::kProcess, {2}},
                      {Kind::kDeliver, {2, 1, 0}}, {Kind::kDrop, {1, 3, 0}},
                      {Kind::kCrash, {2, 0}}};
  EXPECT_EQ(trial::TellStory(schedule, tracegen::OurImplementation()),
            "  1. server 1 campaigns\n"
            "     server 1: is a candidate in term 1; asks 2, 3 for a vote of term 1, its log ends "
            "at 0 of term 0\n"
            "  2. the host of server 1 does what it was told\n"
            "     server 1: its disk surely holds term 1, vote for 1, log up to 0\n"
            "  3. MsgVote of server 1 reaches server 2\n"
            "     server 2: is a follower in term 1; grants 1 its vote of term 1\n"
            "  4. the host of server 2 does what it was told\n"
            "     server 2: its disk surely holds term 1, vote for 1, log up to 0\n"
            "  5. MsgVoteResp of server 2 reaches server 1\n"
            "     server 1: is the leader in term 1; appends an entry; sends 2, 3 entries 1 to 1, "
            "commit 0\n"
            "  6. MsgVote from server 1 to server 3 is lost\n"
            "  7. server 2 crashes\n"
            "     server 2: is down; its disk holds term 1, vote for 1, log up to 0\n");
}

TEST(Story, BecomesACaseForGoogleTest) {
  tracegen::Schedule schedule;
  schedule.actions = {{tracegen::Kind::kCampaign, {1}}};
  const std::string test =
      trial::TestCase(schedule, "AppendEntries refused", tracegen::OurImplementation());
  EXPECT_NE(test.find("TEST(Regression, AppendEntriesRefused) {"), std::string::npos) << test;
  EXPECT_NE(test.find("raftcheck-schedule 1\nservers 3\n"), std::string::npos) << test;
  EXPECT_NE(test.find("#include \"tracegen/servers/our_server.h\""), std::string::npos) << test;
  EXPECT_NE(
      test.find("EXPECT_EQ(trial::Run(*parsed, tracegen::OurImplementation()).failure, \"\");"),
      std::string::npos)
      << test;
}

// A failure of another implementation is never tried on ours.
TEST(Story, BecomesACaseForTheImplementationThatItRanOn) {
  tracegen::Schedule schedule;
  schedule.actions = {{tracegen::Kind::kCampaign, {1}}};
  const std::string test = trial::TestCase(schedule, "AppendEntries refused", Hasty());
  EXPECT_NE(test.find("What raftcheck found in " + Hasty().name), std::string::npos) << test;
  EXPECT_EQ(test.find("OurImplementation"), std::string::npos) << test;
}

}  // namespace
}  // namespace command
