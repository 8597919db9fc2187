// Quorums, compared with a search over every subset of the voters.
#include "raft/quorum.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <vector>

namespace raft {
namespace {

using Acked = std::map<NodeId, std::uint64_t>;
using Votes = std::map<NodeId, bool>;

MajorityConfig DrawVoters(std::size_t most) {
  std::vector<NodeId> voters;
  const auto count = *rc::gen::inRange<std::size_t>(0, most + 1);
  for (std::size_t k = 0; k < count; ++k) voters.emplace_back(*rc::gen::inRange(1, 13));
  return MajorityConfig(voters);
}

// Is there a majority of `voters` for each of which `yes` holds?
template <class Yes>
bool SomeMajority(const MajorityConfig& voters, Yes yes) {
  const std::vector<NodeId>& ids = voters.voters();
  if (ids.empty()) return true;
  for (std::uint32_t subset = 0; subset < (1U << ids.size()); ++subset) {
    std::size_t members = 0;
    bool all = true;
    for (std::size_t k = 0; k < ids.size(); ++k) {
      if ((subset >> k & 1U) == 0) continue;
      ++members;
      all = all && yes(ids[k]);
    }
    if (all && 2 * members > ids.size()) return true;
  }
  return false;
}

template <class Yes>
bool SomeQuorum(const JointConfig& config, Yes yes) {
  return SomeMajority(config.incoming, yes) && SomeMajority(config.outgoing, yes);
}

TEST(Quorum, CommittedIsTheHighestIndexThatAQuorumHas) {
  EXPECT_TRUE(rc::check("Committed", [] {
    const JointConfig config{DrawVoters(9), DrawVoters(7)};
    RC_PRE(!config.incoming.empty());
    Acked acked;
    for (const NodeId id : config.Ids()) acked[id] = *rc::gen::inRange<std::uint64_t>(0, 20);
    const std::uint64_t found = config.Committed([&](NodeId id) { return acked[id]; });
    RC_ASSERT(SomeQuorum(config, [&](NodeId id) { return acked[id] >= found; }));
    RC_ASSERT(!SomeQuorum(config, [&](NodeId id) { return acked[id] > found; }));
  }));
}

TEST(Quorum, ATallyIsWonByAQuorumAndLostWhenNoneIsLeft) {
  EXPECT_TRUE(rc::check("Tally", [] {
    const JointConfig config{DrawVoters(7), DrawVoters(7)};
    std::map<NodeId, std::optional<bool>> votes;
    for (const NodeId id : config.Ids()) {
      const int vote = *rc::gen::inRange(0, 3);
      if (vote > 0) votes[id] = vote == 2;
    }
    const VoteResult found = config.Tally([&](NodeId id) { return votes[id]; });
    const bool won = SomeQuorum(config, [&](NodeId id) { return votes[id].value_or(false); });
    const bool open = SomeQuorum(config, [&](NodeId id) { return votes[id].value_or(true); });
    RC_ASSERT(found == (won ? VoteResult::kWon : open ? VoteResult::kPending : VoteResult::kLost));
  }));
}

TEST(Quorum, TwoQuorumsOfOneConfigurationMeet) {
  EXPECT_TRUE(rc::check("intersection", [] {
    const MajorityConfig voters = DrawVoters(7);
    RC_PRE(!voters.empty());
    Votes yes;
    for (const NodeId id : voters.voters()) yes[id] = *rc::gen::arbitrary<bool>();
    const auto tally = [&](bool wanted) {
      return voters.Tally([&](NodeId id) { return std::optional<bool>(yes[id] == wanted); });
    };
    RC_ASSERT(tally(true) != VoteResult::kWon || tally(false) != VoteResult::kWon);
  }));
}

TEST(Quorum, VotersAreASortedSet) {
  MajorityConfig voters({NodeId(3), NodeId(1), NodeId(3)});
  EXPECT_EQ(voters.voters(), (std::vector<NodeId>{NodeId(1), NodeId(3)}));
  voters.Insert(NodeId(2));
  voters.Insert(NodeId(2));
  voters.Erase(NodeId(1));
  voters.Erase(NodeId(9));
  EXPECT_EQ(voters.voters(), (std::vector<NodeId>{NodeId(2), NodeId(3)}));
  EXPECT_TRUE(voters.Contains(NodeId(2)));
  EXPECT_FALSE(voters.Contains(NodeId(1)));
}

TEST(Quorum, ManyVotersTooHaveAMedian) {
  std::vector<NodeId> ids;
  for (std::uint64_t id = 1; id <= 11; ++id) ids.emplace_back(id);
  EXPECT_EQ(MajorityConfig(ids).Committed([](NodeId id) { return id.value(); }), 6U);
}

}  // namespace
}  // namespace raft
