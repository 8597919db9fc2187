// Each action of the specification: when it is enabled, what it changes, and which guard refuses
// it.
#include <gtest/gtest.h>

#include "spec/raft_properties.h"
#include "tests/spec/three_servers.h"

namespace spec {
namespace {

using ActionsTest = ThreeServers;

TEST_F(ActionsTest, TimeoutStartsANewTermWithAVoteForItself) {
  At(0).leader_id = 2;
  ASSERT_TRUE(Timeout(raft_, 0).taken());
  EXPECT_EQ(At(0).state, Role::kCandidate);
  EXPECT_EQ(At(0).current_term, 1U);
  EXPECT_EQ(At(0).voted_for, 0);
  EXPECT_EQ(At(0).leader_id, kNil);
}

TEST_F(ActionsTest, ALeaderDoesNotTimeOut) {
  Elect(0, 1);
  EXPECT_EQ(GuardOf(Timeout(raft_, 0)), "state[i] # Leader");
}

TEST_F(ActionsTest, MessagesWaitUntilTheirPromiseIsDurable) {
  ASSERT_TRUE(Timeout(raft_, 0).taken());
  ASSERT_TRUE(RequestVote(raft_, 0, 1).taken());
  const Message request = raft_.network.Pending(0).back();
  EXPECT_EQ(raft_.network.InFlight(request), 0);
  Flush(0);
  EXPECT_EQ(raft_.network.InFlight(request), 1);
  EXPECT_EQ(At(0).durable.term, 1U);
  EXPECT_EQ(At(0).durable.vote, 0);
}

TEST_F(ActionsTest, OnlyACandidateAsksForVotesAndNotTwiceOfOne) {
  EXPECT_EQ(GuardOf(RequestVote(raft_, 0, 1)), "state[i] = Candidate");
  ASSERT_TRUE(Timeout(raft_, 0).taken());
  At(0).votes_responded.Insert(1);
  EXPECT_EQ(GuardOf(RequestVote(raft_, 0, 1)), "j \\in Voters(config[i]) \\ votesResponded[i]");
}

TEST_F(ActionsTest, AMajorityOfVotesMakesALeader) {
  ASSERT_TRUE(Timeout(raft_, 0).taken());
  At(0).votes_granted.Insert(0);
  EXPECT_EQ(GuardOf(BecomeLeader(raft_, 0)), "votesGranted[i] \\in Quorum(config[i])");
  At(0).votes_granted.Insert(1);
  ASSERT_TRUE(BecomeLeader(raft_, 0).taken());
  EXPECT_EQ(At(0).leader_id, 0);
}

TEST_F(ActionsTest, SecondVoteInATermIsRefused) {
  for (const Server i : {Server{0}, Server{1}}) {
    ASSERT_TRUE(Timeout(raft_, i).taken());
    ASSERT_TRUE(RequestVote(raft_, i, 2).taken());
    Flush(i);
  }
  const Message first = InFlight(MessageType::kMsgVote, 0, 2);
  const Message second = InFlight(MessageType::kMsgVote, 1, 2);
  ASSERT_TRUE(UpdateTerm(raft_, 2, 0, first).taken());
  ASSERT_TRUE(Handle(raft_, first).taken());
  EXPECT_FALSE(raft_.network.Pending(2).back().reject);
  ASSERT_TRUE(Handle(raft_, second).taken());
  EXPECT_TRUE(raft_.network.Pending(2).back().reject);
  EXPECT_EQ(At(2).voted_for, 0);
}

TEST_F(ActionsTest, VoteNeedsAnUpToDateLog) {
  struct Case {
    std::initializer_list<Term> voter;
    Index index;
    Term log_term;
    bool granted;
  };
  for (const Case& c : {Case{{1, 1}, 2, 1, true}, Case{{1, 1}, 1, 1, false},
                        Case{{1, 1}, 1, 2, true}, Case{{2}, 5, 1, false}}) {
    Message m;
    m.type = MessageType::kMsgVote;
    m.from = 0;
    m.to = 1;
    m.term = 3;
    m.index = c.index;
    m.log_term = c.log_term;
    At(1) = ServerState{};
    At(1).current_term = 3;
    At(1).log = Log(c.voter);
    raft_.network.AddCopy(m);
    ASSERT_TRUE(Handle(raft_, m).taken());
    EXPECT_EQ(raft_.network.Pending(1).back().reject, !c.granted);
  }
}

TEST_F(ActionsTest, NoVoteForAnotherWhenTheLeaderOfTheTermIsKnown) {
  Message m;
  m.type = MessageType::kMsgVote;
  m.from = 0;
  m.to = 1;
  m.term = 3;
  At(1).current_term = 3;
  At(1).leader_id = 2;
  raft_.network.AddCopy(m);
  ASSERT_TRUE(Handle(raft_, m).taken());
  EXPECT_TRUE(raft_.network.Pending(1).back().reject);
}

TEST_F(ActionsTest, TheFirstAnswerOfAServerCounts) {
  ASSERT_TRUE(Timeout(raft_, 0).taken());
  Message m;
  m.type = MessageType::kMsgVoteResp;
  m.from = 1;
  m.to = 0;
  m.term = 1;
  m.reject = true;
  raft_.network.AddCopy(m);
  ASSERT_TRUE(Handle(raft_, m).taken());
  m.reject = false;
  raft_.network.AddCopy(m);
  ASSERT_TRUE(Handle(raft_, m).taken());
  EXPECT_TRUE(At(0).votes_responded.Contains(1));
  EXPECT_FALSE(At(0).votes_granted.Contains(1));
}

TEST_F(ActionsTest, StepDownWaitsUntilTheElectionIsLost) {
  EXPECT_EQ(GuardOf(StepDown(raft_, 0)), "state[i] # Follower");
  ASSERT_TRUE(Timeout(raft_, 0).taken());
  EXPECT_EQ(GuardOf(StepDown(raft_, 0)), "the votes that i may still get are no majority");
  At(0).votes_responded.Insert(1);
  At(0).votes_responded.Insert(2);
  ASSERT_TRUE(StepDown(raft_, 0).taken());
  EXPECT_EQ(At(0).current_term, 1U);
  EXPECT_EQ(At(0).voted_for, 0);
}

TEST_F(ActionsTest, ALeaderStepsDownOnlyWithCheckQuorum) {
  Elect(0, 1);
  EXPECT_EQ(GuardOf(StepDown(raft_, 0)),
            "state[i] = Leader => CheckQuorum \\/ i \\notin Voters(config[i])");
  raft_.constants.check_quorum = true;
  EXPECT_TRUE(StepDown(raft_, 0).taken());
}

TEST_F(ActionsTest, ALeaderReplicatesAndCommitsWhatAMajorityStored) {
  Elect(0, 1);
  ASSERT_TRUE(ClientRequest(raft_, 0, 7).taken());
  ASSERT_TRUE(AppendEntriesToSelf(raft_, 0).taken());
  ASSERT_TRUE(AppendEntries(raft_, 0, 1, 0, 1).taken());
  Flush(0);
  ASSERT_TRUE(Handle(raft_, InFlight(MessageType::kMsgAppResp, 0, 0)).taken());
  ASSERT_TRUE(AdvanceCommitIndex(raft_, 0).taken());
  EXPECT_EQ(At(0).commit_index, 0U);
  ASSERT_TRUE(Handle(raft_, InFlight(MessageType::kMsgApp, 0, 1)).taken());
  EXPECT_EQ(At(1).log, At(0).log);
  EXPECT_EQ(At(1).leader_id, 0);
  Flush(1);
  ASSERT_TRUE(Handle(raft_, InFlight(MessageType::kMsgAppResp, 1, 0)).taken());
  ASSERT_TRUE(AdvanceCommitIndex(raft_, 0).taken());
  EXPECT_EQ(At(0).commit_index, 1U);
  EXPECT_EQ(raft_.history.committed, At(0).log);
  EXPECT_EQ(CommittedIsDurable(raft_.state, tree_, raft_.history, 0), std::nullopt);
}

TEST_F(ActionsTest, AnEntryOfAnOlderTermIsNotCommittedByCounting) {
  Elect(0, 1);
  At(0).current_term = 2;
  At(0).log = Log({1});
  At(0).match_index = {1, 1, 0};
  ASSERT_TRUE(AdvanceCommitIndex(raft_, 0).taken());
  EXPECT_EQ(At(0).commit_index, 0U);
}

TEST_F(ActionsTest, AppendEntriesSendsOnlyWhatTheLogHasAndTheFollowerMayLack) {
  Elect(0, 1);
  At(0).log = Log({1, 1});
  At(0).match_index[1] = 1;
  EXPECT_EQ(GuardOf(AppendEntries(raft_, 0, 1, 0, 1)), "prev \\in matchIndex[i][j] .. Len(log[i])");
  EXPECT_EQ(GuardOf(AppendEntries(raft_, 0, 1, 3, 0)), "prev \\in matchIndex[i][j] .. Len(log[i])");
  EXPECT_EQ(GuardOf(AppendEntries(raft_, 0, 1, 1, 2)), "prev + n <= Len(log[i])");
  EXPECT_EQ(GuardOf(AppendEntries(raft_, 0, 0, 1, 1)), "j \\in Members(config[i]) \\ {i}");
  EXPECT_EQ(GuardOf(AppendEntries(raft_, 1, 0, 0, 0)), "state[i] = Leader");
}

TEST_F(ActionsTest, HeartbeatNeverCommitsBeyondWhatTheFollowerHas) {
  Elect(0, 1);
  At(0).commit_index = 5;
  At(0).match_index[1] = 3;
  ASSERT_TRUE(Heartbeat(raft_, 0, 1).taken());
  EXPECT_EQ(raft_.network.LastSent().commit, 3U);
}

// A follower of term 3 with the given log and commit index takes a MsgApp.
struct AppendCase {
  std::initializer_list<Term> log;
  Index commit;
  Index index;
  Term log_term;
  std::initializer_list<Term> sent;  // the sender's log up to the last entry carried
  Index leader_commit;
  std::initializer_list<Term> log_after;
  Index commit_after;
  bool reject;
  Index answer;
  Index hint;
};

TEST_F(ActionsTest, FollowersAppendCutAndRefuseAsThePaperSays) {
  const AppendCase cases[] = {
      // log      commit index term  sent       commit  after       commit reject answer hint
      {{}, 0, 0, 0, {1}, 0, {1}, 0, false, 1, 0},               // appends
      {{1, 1}, 0, 0, 0, {1}, 0, {1, 1}, 0, false, 1, 0},        // a late append cuts nothing
      {{1, 1, 1}, 0, 1, 1, {1, 2}, 0, {1, 2}, 0, false, 2, 0},  // a conflict cuts
      {{1, 1}, 2, 1, 1, {1, 1}, 2, {1, 1}, 2, false, 2, 0},     // before the commit index
      {{1, 1}, 0, 2, 1, {}, 9, {1, 1}, 2, false, 2, 0},         // commit stops at what matches
      {{1}, 0, 3, 1, {}, 0, {1}, 0, true, 3, 1},                // too short
      {{1, 2, 2}, 0, 3, 1, {}, 0, {1, 2, 2}, 0, true, 3, 1},    // other term: hint skips terms
  };
  for (const AppendCase& c : cases) {
    At(1) = ServerState{};
    At(1).current_term = 3;
    At(1).log = Log(c.log);
    At(1).commit_index = c.commit;
    Message m;
    m.type = MessageType::kMsgApp;
    m.from = 0;
    m.to = 1;
    m.term = 3;
    m.index = c.index;
    m.log_term = c.log_term;
    m.commit = c.leader_commit;
    if (c.sent.size() > c.index) {
      m.entry_count = static_cast<std::uint32_t>(c.sent.size() - c.index);
      m.entries = Log(c.sent);
    }
    raft_.network = {};
    raft_.network.AddCopy(m);
    ASSERT_TRUE(Handle(raft_, m).taken());
    const Message answer = raft_.network.Pending(1).back();
    EXPECT_EQ(At(1).log, Log(c.log_after));
    EXPECT_EQ(At(1).commit_index, c.commit_after);
    EXPECT_EQ(answer.reject, c.reject);
    EXPECT_EQ(answer.index, c.answer);
    EXPECT_EQ(answer.hint, c.hint);
  }
}

TEST_F(ActionsTest, LateAcknowledgementsDoNotLowerMatch) {
  Elect(0, 1);
  At(0).match_index[1] = 5;
  Message m;
  m.type = MessageType::kMsgAppResp;
  m.from = 1;
  m.to = 0;
  m.term = 1;
  m.index = 3;
  raft_.network.AddCopy(m);
  ASSERT_TRUE(Handle(raft_, m).taken());
  EXPECT_EQ(At(0).match_index[1], 5U);
}

TEST_F(ActionsTest, TheTermGateComesFirst) {
  Message m;
  m.type = MessageType::kMsgHeartbeat;
  m.from = 0;
  m.to = 1;
  m.term = 4;
  raft_.network.AddCopy(m);
  EXPECT_EQ(GuardOf(Handle(raft_, m)), "m.term = currentTerm[i]");
  EXPECT_EQ(GuardOf(DropStale(raft_, 1, 0, m)), "m.term < currentTerm[i]");
  At(1).voted_for = 2;
  ASSERT_TRUE(UpdateTerm(raft_, 1, 0, m).taken());
  EXPECT_EQ(At(1).voted_for, kNil);
  EXPECT_EQ(At(1).leader_id, 0);
  EXPECT_EQ(raft_.network.InFlight(m), 1);
  EXPECT_EQ(GuardOf(UpdateTerm(raft_, 1, 0, m)), "m.term > currentTerm[i]");
  ASSERT_TRUE(Handle(raft_, m).taken());
  EXPECT_EQ(raft_.network.InFlight(m), 0);
}

TEST_F(ActionsTest, LateMessagesOfALeaderAreAnsweredOnlyWithCheckQuorumOrPreVote) {
  Message m;
  m.type = MessageType::kMsgApp;
  m.from = 0;
  m.to = 1;
  m.term = 1;
  At(1).current_term = 2;
  raft_.network.AddCopy(m);
  EXPECT_EQ(GuardOf(RespondToOlderTerm(raft_, 1, 0, m)), "MustTellNewerTerm(m)");
  raft_.constants.pre_vote = true;
  EXPECT_FALSE(DropStale(raft_, 1, 0, m).taken());
  ASSERT_TRUE(RespondToOlderTerm(raft_, 1, 0, m).taken());
  EXPECT_EQ(raft_.network.Pending(1).back().term, 2U);
}

TEST_F(ActionsTest, LateCandidatesAreAnsweredByWhoeverAnswersOlderTerms) {
  Message m;
  m.type = MessageType::kMsgVote;
  m.from = 0;
  m.to = 1;
  m.term = 1;
  At(1).current_term = 2;
  raft_.network.AddCopy(m);
  EXPECT_EQ(GuardOf(RespondToOlderTerm(raft_, 1, 0, m)), "MustTellNewerTerm(m)");
  raft_.constants.answers_older_terms = true;
  raft_.constants.settings_known = true;
  EXPECT_EQ(GuardOf(DropStale(raft_, 1, 0, m)), "~MustTellNewerTerm(m)");
  ASSERT_TRUE(RespondToOlderTerm(raft_, 1, 0, m).taken());
  const Message& answer = raft_.network.Pending(1).back();
  EXPECT_EQ(answer.type, MessageType::kMsgVoteResp);
  EXPECT_TRUE(answer.reject);
  EXPECT_EQ(answer.term, 2U);
}

TEST_F(ActionsTest, UnderALeaseVoteRequestsAreIgnored) {
  Message m;
  m.type = MessageType::kMsgVote;
  m.from = 0;
  m.to = 1;
  m.term = 1;
  raft_.network.AddCopy(m);
  EXPECT_EQ(GuardOf(IgnoreVoteRequest(raft_, 1, 0, m)), "CheckQuorum");
  raft_.constants.check_quorum = true;
  EXPECT_EQ(GuardOf(IgnoreVoteRequest(raft_, 1, 0, m)), "leaderId[i] # Nil");
  At(1).leader_id = 2;
  ASSERT_TRUE(IgnoreVoteRequest(raft_, 1, 0, m).taken());
  EXPECT_EQ(At(1).current_term, 0U);
}

TEST_F(ActionsTest, ACandidateGivesWayToTheLeaderOfItsTerm) {
  ASSERT_TRUE(Timeout(raft_, 1).taken());
  Message m;
  m.type = MessageType::kMsgApp;
  m.from = 0;
  m.to = 1;
  m.term = 1;
  raft_.network.AddCopy(m);
  EXPECT_EQ(GuardOf(Handle(raft_, m)), "state[i] = Follower");
  ASSERT_TRUE(ReturnToFollower(raft_, 1, 0, m).taken());
  EXPECT_EQ(At(1).voted_for, 1);
  EXPECT_TRUE(Handle(raft_, m).taken());
}

TEST_F(ActionsTest, PreCandidatesKeepTermAndVote) {
  EXPECT_EQ(GuardOf(BecomePreCandidate(raft_, 0)), "PreVote");
  raft_.constants.pre_vote = true;
  ASSERT_TRUE(BecomePreCandidate(raft_, 0).taken());
  EXPECT_EQ(At(0).current_term, 0U);
  EXPECT_EQ(At(0).voted_for, kNil);
}

TEST_F(ActionsTest, RestartFindsWhatIsDurableOrAPrefixOfWhatWasWritten) {
  const auto disk = [](Term term, Server vote, Index commit, LogId log) {
    ServerState::Durable content;
    content.term = term;
    content.vote = vote;
    content.commit = commit;
    content.log = log;
    return content;
  };
  At(0).durable = disk(1, 1, 1, Log({1, 1}));
  At(0).current_term = 3;
  At(0).voted_for = 2;
  At(0).log = Log({1, 3, 3});
  At(0).commit_index = 1;
  const auto found = [&](Term term, Server vote, Index commit, LogId log) {
    Raft<BagNetwork> copy = raft_;
    EXPECT_TRUE(HandOver(copy, 0).taken());
    return Restart(copy, 0, disk(term, vote, commit, log)).taken();
  };
  EXPECT_TRUE(found(1, 1, 1, Log({1, 1})));      // nothing was written
  EXPECT_TRUE(found(1, 1, 1, Log({1, 3})));      // one entry was
  EXPECT_TRUE(found(1, 1, 1, Log({1, 3, 3})));   // all entries, not the hard state
  EXPECT_TRUE(found(3, 2, 1, Log({1, 3, 3})));   // everything
  EXPECT_FALSE(found(3, 2, 1, Log({1, 3})));     // the hard state is written last
  EXPECT_FALSE(found(1, 1, 1, Log({1})));        // a durable entry is lost
  EXPECT_FALSE(found(1, 1, 0, Log({1, 1})));     // so is the commit index
  EXPECT_FALSE(found(3, 1, 1, Log({1, 3, 3})));  // a vote that was never cast
  EXPECT_FALSE(found(2, kNil, 1, Log({1, 3, 3})));
}

TEST_F(ActionsTest, RestartForgetsRoleAndUnsentMessages) {
  Elect(0, 1);
  ASSERT_TRUE(ClientRequest(raft_, 0, 7).taken());
  ASSERT_TRUE(AppendEntriesToSelf(raft_, 0).taken());
  ASSERT_TRUE(Restart(raft_, 0, At(0).durable).taken());
  EXPECT_EQ(At(0).state, Role::kFollower);
  EXPECT_EQ(At(0).log, kEmptyLog);
  EXPECT_EQ(At(0).voted_for, 0);
  EXPECT_TRUE(raft_.network.Pending(0).empty());
}

TEST_F(ActionsTest, TheNetworkDropsAndDuplicatesOnlyWhatIsInFlight) {
  Message m;
  m.from = 0;
  m.to = 1;
  m.term = 1;
  EXPECT_EQ(GuardOf(DropMessage(raft_, m)), "m \\in DOMAIN messages");
  EXPECT_EQ(GuardOf(DuplicateMessage(raft_, m)), "m \\in DOMAIN messages");
  raft_.network.AddCopy(m);
  ASSERT_TRUE(DuplicateMessage(raft_, m).taken());
  EXPECT_EQ(raft_.network.InFlight(m), 2);
  ASSERT_TRUE(DropMessage(raft_, m).taken());
  EXPECT_EQ(raft_.network.InFlight(m), 1);
  Message loopback = m;
  loopback.to = 0;
  raft_.network.AddCopy(loopback);
  EXPECT_EQ(GuardOf(DropMessage(raft_, loopback)), "m.from # m.to");
}

}  // namespace
}  // namespace spec
