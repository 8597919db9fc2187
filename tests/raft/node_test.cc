// The rules for a single node; the test plays its peers.  thesis_test.cc tests what a group does.
#include "raft/node.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "raft/check.h"
#include "tests/raft/solo.h"

namespace raft {
namespace {

Message Reject(Message m, std::uint64_t hint = 0) {
  m.reject = true;
  m.reject_hint = Index(hint);
  return m;
}

Start Stored(std::vector<std::uint64_t> terms, std::uint64_t term, std::uint64_t commit = 0) {
  Start start;
  start.terms = std::move(terms);
  start.hard_state = {Term(term), kNone, Index(commit)};
  return start;
}

// ---- Votes.

TEST(Vote, IsRefusedWhereTheTermHasALeader) {
  Solo node;
  node.Tell(Append(2, 1, 0, 0, {}));
  ASSERT_EQ(node->leader(), NodeId(2));
  ASSERT_EQ(node->hard_state().vote, kNone);
  const auto sent = node.Tell(From(3, MessageType::kVote, 1, 9, 1));
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_TRUE(sent[0].reject);
}

TEST(Vote, IsGivenAgainToWhoeverHasIt) {
  Solo node;
  EXPECT_FALSE(node.Tell(From(2, MessageType::kVote, 5)).at(0).reject);
  EXPECT_FALSE(node.Tell(From(2, MessageType::kVote, 5)).at(0).reject);
}

// ---- Leases.  A promise to a leader is a state of its own.

Start WithLeases() {
  Start start;
  start.config.check_quorum = true;
  start.config.read_only = ReadOnly::kLeaseBased;
  return start;
}

// Ticks until the promise that every start begins with has run out.
void EndFirstPromise(Solo& node) {
  for (int k = 0; k < Config{}.election_ticks; ++k) node->Tick();
  node.Flush();
}

TEST(Promise, OutlivesANewerTermThatOthersTell) {
  Solo node(WithLeases());
  EndFirstPromise(node);
  node.Tell(From(2, MessageType::kHeartbeat, 2));
  node.Tell(Reject(From(3, MessageType::kVoteResp, 3)));
  ASSERT_EQ(node->hard_state().term, Term(3));
  const auto sent = node.Tell(From(3, MessageType::kVote, 3, 9, 1));
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_TRUE(sent[0].reject);
  EXPECT_TRUE(node.Tell(From(3, MessageType::kVote, 4, 9, 1)).empty());
  EXPECT_EQ(node->hard_state().term, Term(3));
  EndFirstPromise(node);
  node.Tell(From(3, MessageType::kVote, 9, 9, 1));
  EXPECT_EQ(node->hard_state().vote, NodeId(3));
}

TEST(Promise, BindsAServerThatStartsAndDoesNotKnowWhatItPromised) {
  Start start = WithLeases();
  start.hard_state = {Term(3), kNone, Index()};
  Solo node(start);
  const auto sent = node.Tell(From(3, MessageType::kVote, 3, 9, 1));
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_TRUE(sent[0].reject);
  node->Campaign();
  node.Flush();
  EXPECT_EQ(node->role(), Role::kFollower);
}

TEST(Promise, DoesNotBindWhomTheLeaderAsksToCampaign) {
  Solo node(WithLeases());
  EndFirstPromise(node);
  node.Tell(From(2, MessageType::kHeartbeat, 2));
  Message forced = From(3, MessageType::kVote, 3, 9, 1);
  forced.context = Payload(kTransferContext);
  EXPECT_FALSE(node.Tell(forced).at(0).reject);
}

TEST(Vote, RestartsTheElectionTimeout) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Start start = Stored({}, 5);
    start.config.seed = seed;
    Solo node(start);
    for (int k = 0; k < 9; ++k) node->Tick();
    node.Tell(From(2, MessageType::kVote, 5));
    for (int k = 0; k < 9; ++k) node->Tick();
    EXPECT_EQ(node->role(), Role::kFollower) << "seed " << seed;
  }
}

TEST(Campaign, AsksTheOthersInOrderAndItself) {
  Solo node(Stored({1, 1}, 3));
  node->Campaign();
  const Ready ready = node.Take();
  ASSERT_EQ(ready.messages.size(), 2U);
  for (const std::size_t k : {0U, 1U}) {
    EXPECT_EQ(ready.messages[k].to, NodeId(k + 2));
    EXPECT_EQ(ready.messages[k].type, MessageType::kVote);
    EXPECT_EQ(ready.messages[k].term, Term(4));
    EXPECT_EQ(ready.messages[k].index, Index(2));
    EXPECT_EQ(ready.messages[k].log_term, Term(1));
  }
}

TEST(Campaign, CountsTheFirstAnswerOfEachVoter) {
  Start start;
  start.voters = 5;
  Solo node(start);
  node->Campaign();
  node.Flush();
  node.Tell(Reject(From(2, MessageType::kVoteResp, 1)));
  node.Tell(From(2, MessageType::kVoteResp, 1));
  node.Tell(From(3, MessageType::kVoteResp, 1));
  node.Tell(From(3, MessageType::kVoteResp, 1));
  EXPECT_EQ(node->role(), Role::kCandidate);
  node.Tell(From(4, MessageType::kVoteResp, 1));
  EXPECT_EQ(node->role(), Role::kLeader);
}

TEST(Campaign, IsNotWonByHalfOfTheVoters) {
  Start start;
  start.voters = 4;
  Solo node(start);
  node->Campaign();
  node.Flush();
  node.Tell(From(2, MessageType::kVoteResp, 1));
  EXPECT_EQ(node->role(), Role::kCandidate);
  node.Tell(From(3, MessageType::kVoteResp, 1));
  EXPECT_EQ(node->role(), Role::kLeader);
}

TEST(Campaign, IsLostWhenNoQuorumIsLeftAndTheVoteStays) {
  Solo node;
  node->Campaign();
  node.Flush();
  node.Tell(Reject(From(2, MessageType::kVoteResp, 1)));
  EXPECT_EQ(node->role(), Role::kCandidate);
  node.Tell(Reject(From(3, MessageType::kVoteResp, 1)));
  EXPECT_EQ(node->role(), Role::kFollower);
  EXPECT_EQ(node->hard_state().term, Term(1));
  EXPECT_EQ(node->hard_state().vote, NodeId(1));
}

TEST(Campaign, WaitsAnewlyDrawnTimeEachTime) {
  Solo node;
  std::set<int> waits;
  for (int election = 0; election < 30; ++election) {
    const Term before = node->hard_state().term;
    int ticks = 0;
    for (; node->hard_state().term == before; ++ticks) node->Tick();
    node.Flush();
    EXPECT_GE(ticks, 10);
    EXPECT_LT(ticks, 20);
    waits.insert(ticks);
  }
  EXPECT_GT(waits.size(), 3U);
}

// ---- The order of writes and messages.

TEST(Ready, AsksForASyncForAVoteATermAndAnEntryEachAlone) {
  Solo votes(Stored({}, 5));
  votes->Step(From(2, MessageType::kVote, 5));
  Ready ready = votes.Take();
  EXPECT_TRUE(ready.must_sync);
  EXPECT_EQ(ready.hard_state, (HardState{Term(5), NodeId(2), Index()}));
  EXPECT_TRUE(ready.entries.empty());

  Solo learns(Stored({}, 5));
  learns->Step(From(2, MessageType::kHeartbeat, 6));
  ready = learns.Take();
  EXPECT_TRUE(ready.must_sync);
  EXPECT_EQ(ready.hard_state, (HardState{Term(6), kNone, Index()}));

  Solo appends(Stored({}, 5));
  appends->Step(Append(2, 5, 0, 0, {5}));
  ready = appends.Take();
  EXPECT_TRUE(ready.must_sync);
  EXPECT_FALSE(ready.hard_state.has_value());
  EXPECT_EQ(ready.entries.size(), 1U);
}

// etcd's MustSync does not require this sync (testdata/snapshot_succeed_via_app_resp.txt), so there
// a response could leave before the snapshot that it acknowledges is durable.
TEST(Ready, AsksForASyncForASnapshotAndACommitIndexAlone) {
  Solo node(Stored({}, 5));
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->index = Index(11);
  snapshot->term = Term(4);
  snapshot->conf_state.voters = {NodeId(1), NodeId(2), NodeId(3)};
  Message m = From(2, MessageType::kSnap, 5);
  m.snapshot = snapshot;
  node->Step(m);
  const Ready ready = node->TakeReady();
  EXPECT_TRUE(ready.must_sync);
  EXPECT_EQ(ready.snapshot, snapshot);
  EXPECT_EQ(ready.hard_state, (HardState{Term(5), kNone, Index(11)}));
  EXPECT_TRUE(ready.entries.empty());
}

TEST(Ready, SendsWhatPromisesNothingFirst) {
  Solo node;
  node->Step(Append(2, 1, 0, 0, {1}));
  EXPECT_EQ(node->Propose("x"), ProposeResult::kAccepted);
  const Ready ready = node.Take();
  ASSERT_EQ(ready.messages.size(), 2U);
  EXPECT_EQ(ready.messages[0].type, MessageType::kProp);
  EXPECT_EQ(ready.messages[1].type, MessageType::kAppResp);
}

TEST(Ready, HandsOutEachEntryOnce) {
  Solo node;
  node->Step(Append(2, 1, 0, 0, {1, 1}, 1));
  const Ready first = node.Take();
  EXPECT_EQ(first.entries.size(), 2U);
  EXPECT_EQ(first.committed_entries.size(), 1U);
  node->Step(Append(2, 1, 2, 1, {1}, 3));  // while the first write is in progress
  node->Advance();
  const Ready second = node.Take();
  EXPECT_EQ(second.entries, EntriesOf(3, {1}));
  EXPECT_EQ(second.committed_entries, EntriesOf(2, {1, 1}));
  node->Advance();
  EXPECT_FALSE(node->HasReady());
  EXPECT_EQ(node->applied(), Index(3));
}

// ---- Responses of a follower.

TEST(Follower, AcknowledgesWhatTheMessageShowedToMatchAndNoMore) {
  Solo node(Stored({1, 1, 1}, 1));
  const auto sent = node.Tell(Append(2, 1, 0, 0, {1}));
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_FALSE(sent[0].reject);
  EXPECT_EQ(sent[0].index, Index(1));
  EXPECT_EQ(node->last_index(), Index(3));
}

TEST(Follower, AnswersAnAppendBelowItsCommitIndexWithThatIndex) {
  Solo node(Stored({1, 1, 1}, 1, 3));
  const auto sent = node.Tell(Append(2, 1, 1, 1, {1, 1, 1}));
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_FALSE(sent[0].reject);
  EXPECT_EQ(sent[0].index, Index(3));
  EXPECT_EQ(node->last_index(), Index(3));
}

TEST(Follower, HintsAtTheLastEntryThatCanMatch) {
  Solo node(Stored({1, 1, 4, 4}, 5));
  Message sent = node.Tell(Append(2, 6, 4, 2, {6})).at(0);
  EXPECT_TRUE(sent.reject);
  EXPECT_EQ(sent.index, Index(4));
  EXPECT_EQ(sent.reject_hint, Index(2));
  EXPECT_EQ(sent.log_term, Term(1));
  sent = node.Tell(Append(2, 6, 9, 6, {6})).at(0);  // beyond its log
  EXPECT_EQ(sent.index, Index(9));
  EXPECT_EQ(sent.reject_hint, Index(4));
  EXPECT_EQ(sent.log_term, Term(4));
}

TEST(Follower, PassesOnTheProposalsOfOthers) {
  Solo node;
  Message proposal = From(3, MessageType::kProp, 0);
  proposal.entries.emplace_back().data = "x";
  EXPECT_TRUE(node.Tell(proposal).empty());  // there is no leader to forward it to
  node.Tell(From(2, MessageType::kHeartbeat, 1));
  const auto sent = node.Tell(proposal);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].to, NodeId(2));
  EXPECT_EQ(sent[0].type, MessageType::kProp);
  EXPECT_EQ(sent[0].term, Term());
  EXPECT_EQ(sent[0].entries.at(0).data, "x");
}

// ---- A leader and its followers.

// Figure 8, and dissertation 3.6.2.
TEST(Leader, CommitsAnOldEntryOnlyUnderOneOfItsOwnTerm) {
  Start start = Stored({1}, 2);
  start.voters = 5;
  Solo node(start);
  node.Lead(5);
  ASSERT_EQ(node->last_index(), Index(2));
  node.Tell(From(2, MessageType::kAppResp, 3, 1));
  node.Tell(From(3, MessageType::kAppResp, 3, 1));
  EXPECT_EQ(node->hard_state().commit, Index());  // although a majority has the entry of term 1
  node.Tell(From(2, MessageType::kAppResp, 3, 2));
  node.Tell(From(3, MessageType::kAppResp, 3, 2));
  EXPECT_EQ(node->hard_state().commit, Index(2));
}

TEST(Leader, SkipsItsOwnTermsThatCannotMatch) {
  Solo node(Stored({1, 3, 3, 3, 5, 5}, 5));
  node.Lead();
  // The terms of the follower's log are 1 1 1 1 2 2.
  Message m = Reject(From(2, MessageType::kAppResp, 6, 6, 2), 6);
  const auto sent = node.Tell(m);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].index, Index(1));
  EXPECT_EQ(sent[0].log_term, Term(1));
  EXPECT_EQ(sent[0].entries.size(), 6U);
}

TEST(Leader, ProbesAgainAfterARejectionOfWhatItSentAhead) {
  Solo node;
  node.Lead();
  node.Tell(From(2, MessageType::kAppResp, 1, 1));
  for (int k = 0; k < 3; ++k) node->Propose("x");
  node.Flush();
  ASSERT_TRUE(IsReplicating(*node, 1));
  ASSERT_EQ(node->status().peers.at(1).next, Index(5));
  const auto sent = To(2, node.Tell(Reject(From(2, MessageType::kAppResp, 1, 2, 1), 1)));
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].index, Index(1));
  EXPECT_EQ(sent[0].entries.size(), 3U);
  EXPECT_FALSE(IsReplicating(*node, 1));
  EXPECT_TRUE(node->status().peers.at(1).paused);
}

TEST(Leader, IgnoresRejectionsThatAreOldNews) {
  Solo node;
  node.Lead();
  node.Tell(From(2, MessageType::kAppResp, 1, 1));
  EXPECT_TRUE(node.Tell(Reject(From(2, MessageType::kAppResp, 1, 1), 0)).empty());
  EXPECT_EQ(node->status().peers.at(1).match, Index(1));
  EXPECT_TRUE(IsReplicating(*node, 1));
}

TEST(Leader, SendsNoEntriesIntoAFullWindowButAnEmptyProbeAfterAHeartbeat) {
  Start start;
  start.config.max_inflight_messages = 2;
  start.config.max_message_bytes = 0;  // one entry per message
  Solo node(start);
  node.Lead();
  node.Tell(From(2, MessageType::kAppResp, 1, 1));
  for (int k = 0; k < 5; ++k) node->Propose("x");
  EXPECT_EQ(To(2, node.Flush()).size(), 2U);
  EXPECT_TRUE(node->status().peers.at(1).paused);
  const auto sent = node.Tell(From(2, MessageType::kHeartbeatResp, 1));
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].type, MessageType::kApp);
  EXPECT_EQ(sent[0].index, Index(3));
  EXPECT_TRUE(sent[0].entries.empty());
}

TEST(Leader, FillsTheWindowThatAnAcknowledgementFreed) {
  Start start;
  start.config.max_inflight_messages = 2;
  start.config.max_message_bytes = 0;
  Solo node(start);
  node.Lead();
  node.Tell(From(2, MessageType::kAppResp, 1, 1));
  for (int k = 0; k < 5; ++k) node->Propose("x");
  node.Flush();
  const auto sent = To(2, node.Tell(From(2, MessageType::kAppResp, 1, 3)));
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].entries.at(0).index, Index(4));
  EXPECT_EQ(sent[1].entries.at(0).index, Index(5));
}

TEST(Leader, TellsALateFollowerTheCommitIndexAtOnce) {
  Solo node;
  node.Lead();
  node.Tell(From(2, MessageType::kAppResp, 1, 1));
  ASSERT_EQ(node->hard_state().commit, Index(1));
  const auto sent = node.Tell(From(3, MessageType::kAppResp, 1, 1));
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].to, NodeId(3));
  EXPECT_TRUE(sent[0].entries.empty());
  EXPECT_EQ(sent[0].commit, Index(1));
}

// A heartbeat carries only a commit index that the follower is known to have, so the leader must
// send the higher one again.
TEST(Leader, RepeatsTheCommitIndexThatAHeartbeatDidNotCarry) {
  Solo node;
  node.Lead();
  for (const std::uint64_t k : {2U, 3U}) node.Tell(From(k, MessageType::kAppResp, 1, 1));
  node->Propose("x");
  node.Flush();
  ASSERT_EQ(To(3, node.Tell(From(2, MessageType::kAppResp, 1, 2))).at(0).commit, Index(2));
  node->Tick();
  EXPECT_EQ(To(3, node.Flush()).at(0).commit, Index(1));  // 3 is known to have only this
  const auto sent = To(3, node.Tell(From(3, MessageType::kAppResp, 1, 2)));
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].commit, Index(2));
}

// etcd appends an empty entry in its place (testdata/confchange_v2_add_single_explicit.txt).
TEST(Leader, AppendsNothingForAMembershipChangeThatItRefuses) {
  Solo node;
  node.Lead();
  const Index before = node->last_index();
  std::string why;
  EXPECT_EQ(node->ProposeConfChange(ConfChange(), &why), ProposeResult::kBadConfChange);
  EXPECT_EQ(why, "there is no joint configuration to leave");
  EXPECT_EQ(node->last_index(), before);
  EXPECT_FALSE(node->HasReady());
}

TEST(Proposals, OfNothingOrTooMuchAreRefused) {
  Solo node;
  // Nobody reads the bytes: there are none.
  const Payload huge(std::shared_ptr<const char[]>(), Payload::kMaxSize + 1);
  EXPECT_EQ(node->Propose(std::vector<Payload>()), ProposeResult::kNothing);
  node.Lead();
  const Index before = node->last_index();
  EXPECT_EQ(node->Propose(std::vector<Payload>()), ProposeResult::kNothing);
  EXPECT_EQ(node->Propose(huge), ProposeResult::kTooLarge);
  EXPECT_EQ(node->Propose(std::vector<Payload>{"small", huge}), ProposeResult::kTooLarge);
  EXPECT_EQ(node->last_index(), before);
  EXPECT_FALSE(node->HasReady());
}

TEST(Leader, HeartbeatsReachEveryoneAtTheInterval) {
  Start start;
  start.config.heartbeat_ticks = 3;
  Solo node(start);
  node.Lead();
  std::vector<std::size_t> sent;
  for (int k = 0; k < 6; ++k) {
    node->Tick();
    sent.push_back(node.Flush().size());
  }
  EXPECT_EQ(sent, (std::vector<std::size_t>{0, 0, 2, 0, 0, 2}));
}

// ---- Faulty peers.

// No message of any peer may break an invariant of the library.
TEST(Input, NoMessageBreaksAnInvariant) {
  const ThrowingChecks throwing;
  EXPECT_TRUE(rc::check([] {
    Start start = Stored({1, 1, 2}, 2, 1);
    start.config.max_inflight_messages = 2;
    Solo node(start);
    const auto small = rc::gen::inRange<std::uint64_t>(0, 7);
    const auto number =
        rc::gen::oneOf(small, small, small, small, small, small, rc::gen::just(~std::uint64_t{0}));
    const int steps = *rc::gen::inRange(0, 60);
    for (int step = 0; step < steps; ++step) {
      const int kind = *rc::gen::inRange(0, 12);
      if (kind == 0) node->Campaign();
      if (kind == 1) node->Tick();
      if (kind == 2) node->Propose("p");
      if (kind == 3) node.Flush();
      if (kind < 4) continue;
      Message m = From(*rc::gen::inRange<std::uint64_t>(0, 5),
                       static_cast<MessageType>(*rc::gen::inRange(0, 9)), *small, *number, *number);
      m.to = NodeId(*rc::gen::weightedElement<std::uint64_t>({{20, 1}, {1, 2}}));
      m.commit = Index(*number);
      m.reject = *rc::gen::arbitrary<bool>();
      m.reject_hint = Index(*number);
      const int entries = *rc::gen::inRange(0, 4);
      Index index = m.index;
      for (int k = 0; k < entries; ++k) {
        Entry entry = EntryAt((++index).value(), *small);
        if (*rc::gen::inRange(0, 20) == 0) entry.index = Index(*number);
        m.entries.push_back(std::move(entry));
      }
      const HardState before = node->hard_state();
      try {
        node->Step(m);
      } catch (const ThrowingChecks::Broken& broken) {
        RC_FAIL(std::string(broken.what()));
      }
      RC_ASSERT(node->hard_state().term >= before.term);
      RC_ASSERT(node->hard_state().commit >= before.commit);
      RC_ASSERT(node->hard_state().commit <= node->last_index());
    }
  }));
}

}  // namespace
}  // namespace raft
