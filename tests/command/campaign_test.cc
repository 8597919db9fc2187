// Campaigns: the same whatever the number of threads, kept and resumed, failures in groups, each
// with its shortest example.
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
#include "conformance/trial/story.h"
#include "tests/command/run_command.h"
#include "tracegen/servers/our_server.h"

namespace command {
namespace {

// Our own servers; what is derived from it has a bug in its host.
class WrappedServer : public tracegen::Server {
 public:
  explicit WrappedServer(const tracegen::ServerConfig& config)
      : server_(tracegen::OurImplementation().make(config)) {}

  void Start() override { server_->Start(); }
  void Crash(std::size_t keep) override { server_->Crash(keep); }
  bool CrashWriting(tracegen::Interruption how, std::size_t count) override {
    return server_->CrashWriting(how, count);
  }
  std::size_t Unsynced() const override { return server_->Unsynced(); }
  void Tick() override { server_->Tick(); }
  bool Receive(tracegen::ServerId from, tracegen::PacketPtr packet) override {
    return server_->Receive(from, std::move(packet));
  }
  void Sent(tracegen::ServerId to, const tracegen::Packet& packet, bool arrived) override {
    server_->Sent(to, packet, arrived);
  }
  bool HasWork(tracegen::Work work) const override { return server_->HasWork(work); }
  bool DoWork(tracegen::Work work) override { return server_->DoWork(work); }
  void Propose(std::string_view command) override { server_->Propose(command); }
  void Read(std::uint64_t read) override { server_->Read(read); }
  void Change(const tracegen::MembershipChange& change) override { server_->Change(change); }
  void Campaign() override { server_->Campaign(); }
  void TransferLeadership(tracegen::ServerId to) override { server_->TransferLeadership(to); }
  void ForgetLeader() override { server_->ForgetLeader(); }
  void ReportUnreachable(tracegen::ServerId to) override { server_->ReportUnreachable(to); }
  bool Compact(std::uint64_t keep) override { return server_->Compact(keep); }
  tracegen::ServerStatus status() const override { return server_->status(); }

 private:
  std::unique_ptr<tracegen::Server> server_;
};

template <class Buggy>
const tracegen::Implementation& ImplementationWith() {
  static const tracegen::Implementation kBuggy{
      "buggy", tracegen::OurImplementation().features, tracegen::OurImplementation().header,
      [](const tracegen::ServerConfig& config) { return std::make_unique<Buggy>(config); }};
  return kBuggy;
}

// It answers a read at once, from whatever is applied.
class HastyServer : public WrappedServer {
 public:
  explicit HastyServer(const tracegen::ServerConfig& config)
      : WrappedServer(config), environment_(*config.environment) {}
  void Read(std::uint64_t read) override { environment_.AnswerRead(read, status().applied); }

 private:
  tracegen::Environment& environment_;
};
const tracegen::Implementation& Hasty() { return ImplementationWith<HastyServer>(); }

// Now and then it does not give a committed command to the application, and its trace does not show
// what the application made of any.
class ForgetfulEnvironment : public tracegen::Environment {
 public:
  // The first server is as it should be.
  explicit ForgetfulEnvironment(const tracegen::ServerConfig& config)
      : whole_(*config.environment), forgets_(config.id != 1) {}
  void Send(tracegen::ServerId to, tracegen::PacketPtr packet) override {
    whole_.Send(to, std::move(packet));
  }
  std::uint64_t Apply(std::uint64_t index, std::string_view command) override {
    whole_.Apply(index, forgets_ && index % 3 == 0 ? std::string_view() : command);
    return 0;
  }
  std::string TakeSnapshot() override { return whole_.TakeSnapshot(); }
  void Restore(std::string_view snapshot) override { whole_.Restore(snapshot); }
  void AnswerRead(std::uint64_t read, std::uint64_t index) override {
    whole_.AnswerRead(read, index);
  }

 private:
  tracegen::Environment& whole_;
  bool forgets_;
};
class ForgetfulServer : private ForgetfulEnvironment, public WrappedServer {
 public:
  explicit ForgetfulServer(const tracegen::ServerConfig& config)
      : ForgetfulEnvironment(config), WrappedServer(With(config, this)) {}

 private:
  static tracegen::ServerConfig With(tracegen::ServerConfig config,
                                     tracegen::Environment* environment) {
    config.environment = environment;
    return config;
  }
};

void Ignore(const campaign::FailureGroup& /*group*/) {}
void Silent(const campaign::Campaign& /*campaign*/) {}

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
  EXPECT_EQ(group.failure, "LinearizableRead");
  EXPECT_TRUE(group.violated);
  EXPECT_GT(group.count, 10U);
  EXPECT_LE(group.shortest.actions.size(), group.example.actions.size());
}

TEST(Campaign, StopsAtTheFirstFailureIfAsked) {
  campaign::Options options;
  options.schedules = 100000;
  campaign::Campaign campaign(options, Hasty());
  campaign.Run(Ignore, Silent);
  EXPECT_EQ(campaign.failures().size(), 1U);
  EXPECT_LT(campaign.totals().schedules, 1000U);
}

// A history that no line of the trace gives away.
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
  // An election, a write, a read at a server that has not applied it; step by step.
  EXPECT_LE(shrunk.actions.size(), 40U);
  for (const tracegen::Action& action : shrunk.actions) {
    EXPECT_NE(action.kind, tracegen::Kind::kRun);
    EXPECT_NE(action.kind, tracegen::Kind::kConverge);
  }

  const std::string folder = ::testing::TempDir() + "raftcheck-finding";
  std::filesystem::remove_all(folder);
  const campaign::Finding finding =
      campaign::WriteFinding(group, shrunk, folder, "found by a test", Hasty());
  EXPECT_EQ(finding.trouble, "");
  EXPECT_EQ(finding.report.violation->property, "LinearizableRead");
  for (const char* name : {"schedule.txt", "schedule-as-found.txt", "story.txt", "trace.ndjson",
                           "verdict.txt", "verdict.json", "regression_test.cc"}) {
    EXPECT_GT(std::filesystem::file_size(folder + "/" + name), 0U) << name;
  }
  std::ifstream file(folder + "/schedule.txt");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto again = tracegen::ParseSchedule(text);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(again.value(), shrunk);
  EXPECT_NE(text.find("# shows: LinearizableRead"), std::string::npos);
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

// A failure of another implementation is never judged on ours.
TEST(Story, BecomesACaseForTheImplementationThatItRanOn) {
  tracegen::Schedule schedule;
  schedule.actions = {{tracegen::Kind::kCampaign, {1}}};
  const std::string test = trial::TestCase(schedule, "AppendEntries refused", Hasty());
  EXPECT_NE(test.find("What raftcheck found in " + Hasty().name), std::string::npos) << test;
  EXPECT_EQ(test.find("OurImplementation"), std::string::npos) << test;
}

class CampaignCommand : public CommandFixture {};

TEST_F(CampaignCommand, GoesOnWhereItStopped) {
  const std::string folder = Path("campaign");
  const auto state = [&folder] {
    return nlohmann::json::parse(std::ifstream(folder + "/campaign.json"));
  };
  const std::string command = "check --guided --json --campaign " + folder + " --schedules ";
  ASSERT_EQ(Run(command + "200").status, 0);
  EXPECT_EQ(state()["next"], 200);
  EXPECT_TRUE(std::filesystem::exists(folder + "/corpus/0000.txt"));
  // The corpus comes first, then the next hundred.
  const Output again = Run(command + "300");
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(state()["next"], 300);
  EXPECT_NE(again.err.find("schedules of earlier runs come first"), std::string::npos) << again.err;
  const auto summary = nlohmann::json::parse(again.out);
  EXPECT_GT(summary["schedules"], 100);
  EXPECT_EQ(state()["schedules"].get<int>(), 200 + summary["schedules"].get<int>());

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
  EXPECT_NE(unknown.err.find("nice not in {swarm,"), std::string::npos) << unknown.err;
}

}  // namespace
}  // namespace command
