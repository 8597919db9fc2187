// The statements of the Raft paper and the dissertation, one test for each, with the section.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "raft/node.h"
#include "raft/storage/memory_storage.h"

namespace raft {
namespace {

// Some nodes, their storages and a queue of messages, which are delivered in order unless the
// filter `lost` drops them.
class Group {
 public:
  explicit Group(std::size_t size, std::uint64_t max_message_bytes = 1 << 20)
      : max_message_bytes_(max_message_bytes) {
    ConfState conf;
    for (std::size_t k = 1; k <= size; ++k) conf.voters.emplace_back(k);
    for (std::size_t k = 1; k <= size; ++k) {
      storages_.push_back(std::make_unique<MemoryStorage>(conf));
      nodes_.emplace_back(MakeConfig(k));
    }
  }
  Node& At(std::size_t k) { return nodes_[k - 1]; }
  MemoryStorage& StorageOf(std::size_t k) { return *storages_[k - 1]; }

  // Persists one Ready of node k and sends its messages.
  void Process(std::size_t k) {
    if (!At(k).HasReady()) return;
    const Ready ready = At(k).TakeReady();
    StorageOf(k).Append(ready.entries);
    if (ready.hard_state) StorageOf(k).SetHardState(*ready.hard_state);
    queue_.insert(queue_.end(), ready.messages.begin(), ready.messages.end());
    for (const Entry& entry : ready.committed_entries) {
      if (!entry.data.empty()) applied[k].emplace_back(entry.data.view());
    }
    At(k).Advance();
  }
  // Runs until no message is left.
  void Settle() {
    for (bool busy = true; busy;) {
      busy = false;
      for (std::size_t k = 1; k <= nodes_.size(); ++k) {
        while (At(k).HasReady()) Process(k), busy = true;
      }
      while (!queue_.empty()) {
        const Message m = queue_.front();
        queue_.pop_front();
        busy = true;
        if (!lost(m)) At(m.to.value()).Step(m);
      }
    }
  }
  void Restart(std::size_t k) { nodes_[k - 1] = Node(MakeConfig(k)); }
  void Elect(std::size_t k) {
    At(k).Campaign();
    Settle();
    ASSERT_EQ(At(k).role(), Role::kLeader);
  }
  void Isolate(std::size_t k) {
    lost = [k](const Message& m) { return m.from == NodeId(k) || m.to == NodeId(k); };
  }
  void Heal() {
    lost = [](const Message&) { return false; };
  }

  std::function<bool(const Message&)> lost = [](const Message&) { return false; };
  std::array<std::vector<std::string>, 8> applied;

 private:
  Config MakeConfig(std::size_t k) {
    Config config;
    config.id = NodeId(k);
    config.storage = storages_[k - 1].get();
    config.seed = k;
    config.max_message_bytes = max_message_bytes_;
    return config;
  }
  std::uint64_t max_message_bytes_;
  std::vector<std::unique_ptr<MemoryStorage>> storages_;
  std::vector<Node> nodes_;
  std::deque<Message> queue_;
};

Message Vote(std::uint64_t from, std::uint64_t to, std::uint64_t term, std::uint64_t index = 0,
             std::uint64_t log_term = 0) {
  Message m;
  m.type = MessageType::kVote;
  m.from = NodeId(from);
  m.to = NodeId(to);
  m.term = Term(term);
  m.index = Index(index);
  m.log_term = Term(log_term);
  return m;
}

Message AppendOf(std::uint64_t term, std::vector<Entry> entries = {}) {
  Message m;
  m.type = MessageType::kApp;
  m.from = NodeId(1);
  m.to = NodeId(2);
  m.term = Term(term);
  m.entries = std::move(entries);
  return m;
}

// 5.2: a follower that hears nothing over the election timeout becomes a candidate.
TEST(Election, AFollowerThatHearsNothingCampaigns) {
  Group g(3);
  for (int k = 0; k < 9; ++k) g.At(1).Tick();
  EXPECT_EQ(g.At(1).role(), Role::kFollower);
  for (int k = 0; k < 11; ++k) g.At(1).Tick();
  EXPECT_EQ(g.At(1).role(), Role::kCandidate);
  EXPECT_EQ(g.At(1).hard_state().term, Term(1));
  EXPECT_EQ(g.At(1).hard_state().vote, NodeId(1));
}

// 5.2: heartbeats keep followers followers.
TEST(Election, HeartbeatsPreventElections) {
  Group g(3);
  g.Elect(1);
  for (int k = 0; k < 100; ++k) {
    for (std::size_t n = 1; n <= 3; ++n) g.At(n).Tick();
    g.Settle();
  }
  EXPECT_EQ(g.At(1).role(), Role::kLeader);
  EXPECT_EQ(g.At(1).hard_state().term, Term(1));
}

// 5.2: timeouts are drawn at random, so that split votes are rare and soon resolved.
TEST(Election, TimeoutsAreSpreadOverTheInterval) {
  std::vector<int> timeouts;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    MemoryStorage storage(ConfState{{NodeId(1), NodeId(2)}});
    Config config;
    config.id = NodeId(1);
    config.storage = &storage;
    config.seed = seed;
    Node node(config);
    int ticks = 0;
    while (node.role() == Role::kFollower) node.Tick(), ++ticks;
    timeouts.push_back(ticks);
  }
  const auto [least, most] = std::minmax_element(timeouts.begin(), timeouts.end());
  EXPECT_EQ(*least, 10);
  EXPECT_EQ(*most, 19);
}

// 5.2: each server votes for at most one candidate in a term.
TEST(Election, SecondVoteInSameTermIsRefused) {
  Group g(3);
  g.At(3).Step(Vote(1, 3, 5));
  g.At(3).Step(Vote(2, 3, 5));
  const Ready ready = g.At(3).TakeReady();
  ASSERT_EQ(ready.messages.size(), 2U);
  EXPECT_FALSE(ready.messages[0].reject);
  EXPECT_TRUE(ready.messages[1].reject);
  EXPECT_TRUE(ready.must_sync);
}

// 5.2: the vote survives a step down within the term and a restart.
TEST(Election, TheVoteIsRememberedThroughRestartAndStepDown) {
  Group g(3);
  g.At(3).Step(Vote(1, 3, 5));
  g.Process(3);
  g.Restart(3);
  EXPECT_EQ(g.At(3).hard_state().vote, NodeId(1));
  g.At(2).Campaign();
  g.Process(2);
  Message m = AppendOf(1);
  m.from = NodeId(3);
  g.At(2).Step(m);
  EXPECT_EQ(g.At(2).role(), Role::kFollower);
  EXPECT_EQ(g.At(2).hard_state().vote, NodeId(2));
}

// 5.4.1: a voter refuses a candidate whose log is less up-to-date than its own.
TEST(Election, AStaleLogWinsNoVote) {
  Group g(3);
  g.Isolate(3);
  g.Elect(1);
  g.At(1).Propose("x");
  g.Settle();
  g.Heal();
  g.At(3).Campaign();  // for term 1, which has its leader
  g.Settle();
  g.At(3).Campaign();  // for term 2
  g.Settle();
  EXPECT_NE(g.At(3).role(), Role::kLeader);
  EXPECT_EQ(g.At(1).hard_state().term, Term(2));  // the loser's newer term spreads
}

// 5.1: a server with a stale term updates it, and a leader or candidate then steps down.
TEST(Election, ANewerTermMakesALeaderAFollower) {
  Group g(3);
  g.Elect(1);
  g.At(1).Step(Vote(2, 1, 9, 5, 5));
  EXPECT_EQ(g.At(1).role(), Role::kFollower);
  EXPECT_EQ(g.At(1).hard_state().term, Term(9));
}

// 5.1: requests of an older term are not obeyed.
TEST(Election, MessagesOfOlderTermsChangeNothing) {
  Group g(3);
  g.At(2).Step(Vote(3, 2, 7));
  g.Process(2);
  const HardState before = g.At(2).hard_state();
  Entry entry;
  entry.term = Term(3);
  entry.index = Index(1);
  g.At(2).Step(AppendOf(3, {entry}));
  EXPECT_EQ(g.At(2).hard_state(), before);
  EXPECT_EQ(g.At(2).last_index(), Index());
}

// 5.2: a vote of an older campaign does not count for a newer one.
TEST(Election, AVoteOfAnOlderTermDoesNotCount) {
  Group g(3);
  g.At(1).Campaign();
  g.Process(1);
  g.At(1).Campaign();
  g.Process(1);
  Message late;
  late.type = MessageType::kVoteResp;
  late.from = NodeId(2);
  late.to = NodeId(1);
  late.term = Term(1);
  g.At(1).Step(late);
  EXPECT_EQ(g.At(1).role(), Role::kCandidate);
  late.term = Term(2);
  g.At(1).Step(late);
  EXPECT_EQ(g.At(1).role(), Role::kLeader);
}

// 3.8: a vote or an acknowledgement leaves only after the Ready is persisted that makes it durable;
// the candidate's own vote counts only when it is durable.
TEST(Durability, OwnVoteAndOwnAcknowledgementCountAfterAdvance) {
  Group g(1);
  g.At(1).Campaign();
  EXPECT_EQ(g.At(1).role(), Role::kCandidate);
  const Ready vote = g.At(1).TakeReady();
  EXPECT_TRUE(vote.must_sync);
  EXPECT_EQ(g.At(1).role(), Role::kCandidate);
  g.At(1).Advance();
  EXPECT_EQ(g.At(1).role(), Role::kLeader);
  const Ready no_op = g.At(1).TakeReady();
  EXPECT_EQ(g.At(1).hard_state().commit, Index());
  EXPECT_EQ(no_op.entries.size(), 1U);
  g.StorageOf(1).Append(no_op.entries);
  g.At(1).Advance();
  EXPECT_EQ(g.At(1).hard_state().commit, Index(1));
}

// 3.8: a new term, vote or entry must be synced; a new commit index need not.
TEST(Durability, ACommitIndexAloneNeedsNoSync) {
  Group g(3);
  g.Elect(1);
  g.At(1).Propose("x");
  g.Settle();
  Message heartbeat;
  heartbeat.type = MessageType::kHeartbeat;
  heartbeat.from = NodeId(1);
  heartbeat.to = NodeId(2);
  heartbeat.term = Term(1);
  heartbeat.commit = Index(2);
  g.At(2).Step(heartbeat);
  EXPECT_FALSE(g.At(2).TakeReady().must_sync);
}

// 3.6.2 and 6.4: a new leader appends an entry of its own term at once, which commits earlier
// entries.
TEST(Commitment, ALeaderOpensItsTermWithAnEntry) {
  Group g(3);
  g.Elect(1);
  EXPECT_EQ(g.At(1).last_index(), Index(1));
  EXPECT_EQ(g.At(1).hard_state().commit, Index(1));
  EXPECT_EQ(g.At(2).hard_state().commit, Index(1));
}

// 5.3: committed entries are applied by all, in order.
TEST(Replication, EveryServerAppliesTheSameInTheSameOrder) {
  Group g(5);
  g.Elect(3);
  for (const char* value : {"a", "b", "c"}) g.At(3).Propose(value);
  g.Settle();
  for (std::size_t k = 1; k <= 5; ++k) {
    EXPECT_EQ(g.applied[k], (std::vector<std::string>{"a", "b", "c"})) << k;
  }
}

// 5.3: a leader replaces the diverged end of any log, however long; it never removes an entry of
// its own log.
TEST(Replication, ADivergedTailIsReplaced) {
  Group g(3);
  g.Elect(1);
  g.Isolate(1);
  for (int k = 0; k < 200; ++k) g.At(1).Propose("lost");
  g.Settle();
  g.At(2).Campaign();
  g.Settle();
  g.At(2).Propose("kept");
  g.Settle();
  ASSERT_EQ(g.At(1).last_index(), Index(201));
  g.Heal();
  g.At(2).Tick();
  g.Settle();
  EXPECT_EQ(g.At(1).role(), Role::kFollower);
  EXPECT_EQ(g.At(1).last_index(), g.At(2).last_index());
  EXPECT_EQ(g.applied[1], (std::vector<std::string>{"kept"}));
}

// 5.3: entries in lost messages are sent again.
TEST(Replication, LostAppendsAreSentAgainAfterAHeartbeat) {
  Group g(3);
  g.Elect(1);
  g.lost = [](const Message& m) { return m.type == MessageType::kApp; };
  for (int k = 0; k < 10; ++k) g.At(1).Propose("x");
  g.Settle();
  EXPECT_EQ(g.At(2).last_index(), Index(1));
  g.Heal();
  for (int k = 0; k < 3; ++k) {
    g.At(1).Tick();
    g.Settle();
  }
  EXPECT_EQ(g.At(2).last_index(), Index(11));
  EXPECT_EQ(g.applied[3].size(), 10U);
}

// Figure 8, (a) to (d): an entry of an older term is not committed by counting copies, because the
// next leader may replace it.
TEST(Commitment, FigureEight) {
  Group g(5, 0);  // one entry per message
  g.Elect(1);
  const auto is_append = [](const Message& m) { return m.type == MessageType::kApp; };
  // (a) The entry of term 1 reaches 1 and 2 only.
  g.lost = [&](const Message& m) { return is_append(m) && m.to > NodeId(2); };
  g.At(1).Propose("old");
  g.Settle();
  // (b) 1 crashes; 5 wins term 2 with the votes of 3 and 4, and its entry reaches no other server.
  g.lost = [&](const Message& m) { return is_append(m) || m.to == NodeId(1); };
  g.At(5).Campaign();
  g.Settle();
  ASSERT_EQ(g.At(5).role(), Role::kLeader);
  // (c) 1 restarts, wins term 3, and replicates the old entry to a majority (1, 3 and 4), but not
  // the entry of its own term.
  g.Restart(1);
  g.lost = [&](const Message& m) {
    if (!is_append(m)) return false;
    if (m.to == NodeId(2) || m.to == NodeId(5)) return true;
    return !m.entries.empty() && m.entries.back().term == Term(3) &&
           g.At(m.to.value()).last_index() == Index(2);
  };
  g.At(1).Campaign();
  g.Settle();
  g.Elect(1);
  ASSERT_EQ(g.At(1).hard_state().term, Term(3));
  ASSERT_EQ(g.At(1).status().peers.at(2).match, Index(2));
  ASSERT_EQ(g.At(1).status().peers.at(3).match, Index(2));
  ASSERT_EQ(g.At(1).hard_state().commit, Index(1));
  // (d) 5 wins again and replaces the entry everywhere; no server had applied it.
  g.Heal();
  g.Elect(5);
  for (std::size_t k = 1; k <= 5; ++k) {
    EXPECT_EQ(g.At(k).hard_state().commit, Index(3)) << k;
    EXPECT_TRUE(g.applied[k].empty()) << k;
  }
}

// 5.3: a request to any server is forwarded to the leader; without a leader it is refused.
TEST(Proposals, FollowersForwardAndCandidatesRefuse) {
  Group g(3);
  EXPECT_EQ(g.At(2).Propose("x"), ProposeResult::kNoLeader);
  g.At(1).Campaign();
  EXPECT_EQ(g.At(1).Propose("x"), ProposeResult::kNoLeader);
  g.Settle();
  EXPECT_EQ(g.At(2).Propose("y"), ProposeResult::kAccepted);
  g.Settle();
  EXPECT_EQ(g.applied[3], (std::vector<std::string>{"y"}));
}

TEST(Restart, WhatWasStoredIsLoaded) {
  Group g(3);
  g.Elect(1);
  g.At(1).Propose("x");
  g.Settle();
  const HardState before = g.At(2).hard_state();
  g.Restart(2);
  EXPECT_EQ(g.At(2).hard_state(), before);
  EXPECT_EQ(g.At(2).last_index(), Index(2));
  EXPECT_EQ(g.At(2).role(), Role::kFollower);
  EXPECT_EQ(g.At(2).leader(), kNone);
}

// Messages that no correct peer sends change nothing.
TEST(Input, ImpossibleMessagesAreIgnored) {
  Group g(3);
  g.Elect(1);
  const auto unchanged = [&](const Message& m) {
    const HardState before = g.At(2).hard_state();
    const Index last = g.At(2).last_index();
    g.At(2).Step(m);
    EXPECT_EQ(g.At(2).hard_state(), before);
    EXPECT_EQ(g.At(2).last_index(), last);
  };
  Message m = AppendOf(9);
  m.to = NodeId(3);
  unchanged(m);  // to another server
  m = AppendOf(9);
  m.from = NodeId(2);
  unchanged(m);  // from itself
  m = AppendOf(0);
  unchanged(m);  // without a term
  m = AppendOf(9);
  m.type = MessageType::kHup;
  unchanged(m);  // a local message
  m.type = MessageType::kVoteResp;
  m.from = NodeId(77);
  unchanged(m);  // from a server that is no member
  Entry entry;
  entry.index = Index(5);
  entry.term = Term(9);
  unchanged(AppendOf(9, {entry}));  // a gap
}

TEST(Input, ALyingLeaderOrFollowerDoesNoHarm) {
  Group g(3);
  g.Elect(1);
  Message heartbeat;
  heartbeat.type = MessageType::kHeartbeat;
  heartbeat.from = NodeId(1);
  heartbeat.to = NodeId(2);
  heartbeat.term = Term(1);
  heartbeat.commit = Index(1000);
  g.At(2).Step(heartbeat);
  EXPECT_EQ(g.At(2).hard_state().commit, Index(1));
  Message ack;
  ack.type = MessageType::kAppResp;
  ack.from = NodeId(2);
  ack.to = NodeId(1);
  ack.term = Term(1);
  ack.index = Index(1000);
  g.At(1).Step(ack);
  EXPECT_EQ(g.At(1).hard_state().commit, Index(1));
}

TEST(NodeConfig, EachMistakeHasItsSentence) {
  MemoryStorage storage{ConfState{}};
  Config good;
  good.id = NodeId(1);
  good.storage = &storage;
  EXPECT_EQ(Validate(good), std::nullopt);
  Config bad = good;
  bad.id = kNone;
  EXPECT_EQ(Validate(bad), "id must not be 0");
  bad = good;
  bad.storage = nullptr;
  EXPECT_EQ(Validate(bad), "storage must be set");
  bad = good;
  bad.election_ticks = 1;
  EXPECT_EQ(Validate(bad), "election_ticks must be greater than heartbeat_ticks");
  bad = good;
  bad.heartbeat_ticks = 0;
  EXPECT_EQ(Validate(bad), "heartbeat_ticks must be greater than 0");
  bad = good;
  bad.max_inflight_messages = 0;
  EXPECT_EQ(Validate(bad), "max_inflight_messages must be greater than 0");
}

}  // namespace
}  // namespace raft
