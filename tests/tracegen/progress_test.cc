// What is demanded of a quorum while other servers are missing, and of whom it is not demanded.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tracegen/cluster/quorum.h"
#include "tracegen/cluster/run.h"
#include "tracegen/schedule.h"
#include "tracegen/servers/our_server.h"

namespace tracegen {
namespace {

// Settings and actions, each on a line, after the first line of a schedule.
Schedule Parsed(const std::string& text) {
  auto parsed = ParseSchedule("raftcheck-schedule 1\n" + text);
  EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error().message);
  return parsed ? *parsed : Schedule();
}

// Who is promised progress after these actions, as digits.
std::string Promised(const std::string& text) {
  const Schedule schedule = Parsed(text);
  Cluster cluster(schedule.settings, nullptr, OurImplementation());
  for (const Action& action : schedule.actions) cluster.Execute(action);
  const Quorum quorum(cluster);
  std::string servers;
  for (ServerId s = 1; s <= schedule.settings.servers; ++s) {
    if (quorum.Has(s)) servers += std::to_string(s);
  }
  return servers;
}

std::string Stuck(const std::string& text, const Implementation& implementation) {
  const Schedule schedule = Parsed(text);
  Cluster cluster(schedule.settings, nullptr, implementation);
  for (const Action& action : schedule.actions) cluster.Execute(action);
  return cluster.stuck();
}

const char* const kFollowerOf1 = "campaign 1\nrun 1\n";

TEST(Quorum, IsWholeAndAMajority) {
  EXPECT_EQ(Promised("servers 3\n"), "123");
  EXPECT_EQ(Promised("servers 3\ncrash 2 0\n"), "13");
  EXPECT_EQ(Promised("servers 3\ncrash 2 0\ncrash 1 0\n"), "");
  EXPECT_EQ(Promised("servers 3\nisolate 3\n"), "12");
  EXPECT_EQ(Promised("servers 3\nasync-storage 1\nstall 3\n"), "12");
  EXPECT_EQ(Promised("servers 3\nslow 3 4\n"), "12");
  EXPECT_EQ(Promised("servers 3\nslow 3 1\n"), "123");
  EXPECT_EQ(Promised("servers 4\nisolate 3\nisolate 4\n"), "");
  EXPECT_EQ(Promised("servers 4\nvoters 3\ncrash 4 0\n"), "123");
}

TEST(Quorum, OfBothHalvesOfAJointConfiguration) {
  const std::string joint = "servers 4\ncampaign 1\nrun 1\nenter-joint 1 14 0\nrun 1\n";
  EXPECT_EQ(Promised(joint), "1234");
  EXPECT_EQ(Promised(joint + "crash 3 0\n"), "124");
  EXPECT_EQ(Promised(joint + "crash 4 0\n"), "") << "the incoming half is 1 and 4";
  EXPECT_EQ(Promised(joint + "crash 2 0\ncrash 3 0\n"), "") << "the outgoing half is 1 to 4";
}

// Receives and cannot send: it changes nothing.
TEST(Quorum, IsPromisedProgressBesideAMuteServerWithAnySettings) {
  const std::string mute = "cut 1 2\ncut 1 3\n";
  for (const std::string settings : {"", "pre-vote 1\n", "check-quorum 1\n"}) {
    EXPECT_EQ(Promised("servers 3\n" + settings + mute), "23");
    EXPECT_EQ(Promised("servers 3\n" + settings + kFollowerOf1 + mute), "23");
  }
}

// Sends and cannot receive: without CheckQuorum it disturbs, or leads, for ever.
TEST(Quorum, IsPromisedProgressBesideADeafServerByCheckQuorum) {
  const std::string deaf = "cut 2 1\ncut 3 1\n";
  EXPECT_EQ(Promised("servers 3\n" + deaf), "");
  EXPECT_EQ(Promised("servers 3\ncheck-quorum 1\n" + deaf), "23");
  EXPECT_EQ(Promised(std::string("servers 3\ncheck-quorum 1\n") + kFollowerOf1 + deaf), "23");
  EXPECT_EQ(Promised("servers 3\npre-vote 1\n" + deaf), "23") << "it never wins a pre-vote";
  EXPECT_EQ(Promised(std::string("servers 3\npre-vote 1\n") + kFollowerOf1 + deaf), "")
      << "it leads for ever";
  EXPECT_EQ(Promised("servers 3\npre-vote 1\ncut 2 1\n"), "") << "3 reaches both";
}

// The rest of a partial partition: the outage of Cloudflare of 2020.
TEST(Quorum, IsPromisedProgressInAPartialPartitionByCheckQuorum) {
  const std::string partial = "cut 1 3\ncut 3 1\n";
  EXPECT_EQ(Promised("servers 3\n" + partial), "");
  EXPECT_EQ(Promised("servers 3\npre-vote 1\n" + partial), "");
  EXPECT_EQ(Promised("servers 3\npre-vote 1\ncheck-quorum 1\n" + partial), "23");
}

// Server 3 was promoted, has the longest log, and does not know it: it refuses its vote to 2, and
// never campaigns itself.
TEST(Quorum, IsPromisedNothingIfAVoterDoesNotKnowThatItVotes) {
  const std::string promoted =
      "servers 3\nvoters 2\nseed 1\nelection-ticks 10\ncampaign 1\nrun 0\nadd-learner 1 3\nrun 2\n"
      "add 1 3\nprocess 1\npropose 1 1\nprocess 1\ndeliver 1 2 0\nprocess 2\ndeliver 2 1 0\n"
      "process 1\ntick 1 1\nprocess 1\ndeliver 1 2 9\nprocess 2\ndeliver 1 3 0\ndeliver 1 3 0\n"
      "process 3\n";
  EXPECT_EQ(Promised(promoted), "12");
  EXPECT_EQ(Promised(promoted + "isolate 1\n"), "");
}

// Server 4 answers the heartbeats of 1 and does not store its entries: 1 leads on without a quorum.
// Found by `raftcheck check --seed 100`, schedule 34098.
TEST(Quorum, IsPromisedNothingInAPartialPartitionWithAStuckDiskBesides) {
  const std::string partial = "servers 5\ncheck-quorum 1\nasync-storage 1\ncut 3 1\ncut 5 1\n";
  EXPECT_EQ(Promised(partial), "2345");
  EXPECT_EQ(Promised(partial + "stall 4\n"), "");
}

TEST(Quorum, IsPromisedProgressBesideARemovedServerThatTalks) {
  // 4 was cut off when it was removed, and does not know it.
  const std::string removed = "servers 4\ncampaign 1\nrun 1\nisolate 4\nremove 1 4\nrun 2\nheal\n";
  EXPECT_EQ(Promised(removed), "");
  EXPECT_EQ(Promised("servers 4\ncheck-quorum 1\n" + removed.substr(10)), "123");
  EXPECT_EQ(Promised(removed + "crash 4 0\n"), "123");
}

TEST(Progress, IsNotPossibleWithoutAQuorum) {
  const Schedule schedule = Parsed("servers 3\ncrash 1 0\ncrash 2 0\nprogress 300\n");
  Cluster cluster(schedule.settings, nullptr, OurImplementation());
  for (const Action& action : schedule.actions) cluster.Execute(action);
  EXPECT_EQ(cluster.counts().no_ops, 1U);
  EXPECT_EQ(cluster.stuck(), "");
}

TEST(Progress, IsMadeWithEveryKindOfFault) {
  const std::vector<std::string> faults = {
      "crash 1 0\n",
      "crash 2 0\n",
      "isolate 1\n",
      "cut 1 2\ncut 1 3\n",
      "slow 1 9\n",
      "slow 2 9\n",
      "transfer 1 2\nprocess 1\ncrash 2 0\n",
      "stall 1\n",
      "stall 2\n",
      "remove 1 1\nrun 0\n",
  };
  for (const std::string& fault : faults) {
    for (const std::string settings : {"", "pre-vote 1\n", "check-quorum 1\n", "async-storage 1\n",
                                       "pre-vote 1\ncheck-quorum 1\nlease-reads 1\n"}) {
      const std::string schedule = "servers 3\nseed 7\n" + settings + kFollowerOf1 +
                                   "read 1 0\npropose 2 1\n" + fault + "progress 300\n";
      EXPECT_EQ(Stuck(schedule, OurImplementation()), "") << schedule;
    }
  }
}

TEST(Progress, IsMadeBesideADeafLeaderWithCheckQuorum) {
  const std::string deaf = std::string(kFollowerOf1) + "cut 2 1\ncut 3 1\nprogress 300\n";
  EXPECT_EQ(Stuck("servers 3\ncheck-quorum 1\n" + deaf, OurImplementation()), "");
  EXPECT_EQ(Stuck("servers 3\ncheck-quorum 1\npre-vote 1\n" + deaf, OurImplementation()), "");
}

// A server that takes part only in each third round neither ticks nor receives in the others.
TEST(Cluster, ASlowServerRestsBetweenItsRounds) {
  const Schedule schedule = Parsed("servers 2\nslow 2 3\ncampaign 1\nrun 2\n");
  Cluster cluster(schedule.settings, nullptr, OurImplementation());
  for (const Action& action : schedule.actions) cluster.Execute(action);
  EXPECT_EQ(cluster.Leader(), 0U);
  EXPECT_GT(cluster.network().InFlight(1, 2), 0U);
  cluster.Execute({Kind::kRun, {1}});
  EXPECT_EQ(cluster.Leader(), 1U);
}

// Found by `raftcheck check --seed 1`, schedule 118: equal seeds gave equal timeouts for ever.
TEST(Progress, IsMadeByServersWithEqualSeedsInLockstep) {
  for (const std::string servers : {"2", "3", "5", "7"}) {
    for (const std::string settings : {"", "pre-vote 1\n"}) {
      const std::string schedule = "servers " + servers + "\nequal-seeds 1\n" + settings;
      EXPECT_EQ(Stuck(schedule + "election-ticks 10\nprogress 300\n", OurImplementation()), "");
    }
  }
}

// Found by `raftcheck check`, seed 3, schedule 689, and seed 2, schedule 631: a leader that was
// removed handed over to the same server for ever, which was dead, or mute.
TEST(Progress, IsMadeAfterALeaderWasRemovedThatTurnsToADeadServerFirst) {
  const std::string removed =
      "servers 4\nseed 3576945932\nelection-ticks 4\ntick 3 7\nrun 0\nremove 3 3\nprocess 3\n"
      "deliver 3 1 0\nprocess 1\n";
  EXPECT_EQ(Stuck(removed + "crash 1 0\nprogress 400\n", OurImplementation()), "");
  EXPECT_EQ(Stuck(removed + "deliver 1 3 0\ncut 1 2\ncut 1 3\ncut 1 4\nprogress 400\n",
                  OurImplementation()),
            "");
}

// tikv/raft-rs#345, in a schedule: server 3 leaves last, and the read was asked for before the
// removal is applied.  The leader alone has confirmed it already.
TEST(Progress, IsMadeWhenASmallerQuorumHasConfirmedAReadAlready) {
  EXPECT_EQ(
      Stuck("servers 3\nseed 1\nelection-ticks 10\nasync-storage 1\nstep-down-on-removal 0\n"
            "campaign 1\nrun 0\nremove 1 2\nrun 0\nremove 1 3\nprocess 1\nwrite 1\nanswer 1\n"
            "deliver 1 3 0\nprocess 3\nwrite 3\nanswer 3\ndeliver 3 1 0\nread 1 0\nisolate 3\n"
            "process 1\napply 1\nanswer 1\nprocess 1\nprogress 200\n",
            OurImplementation()),
      "");
}

// An environment that loses the answer to the first read.
class ForgetsARead : public Environment {
 public:
  explicit ForgetsARead(Environment& whole) : whole_(whole) {}
  void Send(ServerId to, PacketPtr packet) override { whole_.Send(to, std::move(packet)); }
  std::uint64_t Apply(std::uint64_t index, std::string_view command) override {
    return whole_.Apply(index, command);
  }
  std::string TakeSnapshot() override { return whole_.TakeSnapshot(); }
  void Restore(std::string_view snapshot) override { whole_.Restore(snapshot); }
  void AnswerRead(std::uint64_t read, std::uint64_t index) override {
    if (std::exchange(first_, false)) return;
    whole_.AnswerRead(read, index);
  }

 private:
  Environment& whole_;
  bool first_ = true;
};

// tikv/raft-rs#345: a read waits for ever, and every later one is answered.
TEST(Progress, IsNotMadeWhileAnOldReadOfTheLeaderWaits) {
  std::vector<std::unique_ptr<ForgetsARead>> environments;
  Implementation forgetful = OurImplementation();
  forgetful.make = [&environments](const ServerConfig& config) {
    environments.push_back(std::make_unique<ForgetsARead>(*config.environment));
    ServerConfig changed = config;
    changed.environment = environments.back().get();
    return OurImplementation().make(changed);
  };
  const std::string reads = "servers 3\ncampaign 1\nrun 1\nread 1 0\nrun 2\n";
  for (const std::string end : {"progress 30\n", "converge 30\n"}) {
    EXPECT_NE(Stuck(reads + end, forgetful), "");
    EXPECT_EQ(Stuck(reads + end, OurImplementation()), "");
  }
}

}  // namespace
}  // namespace tracegen
