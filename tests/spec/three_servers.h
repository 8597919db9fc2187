// For the tests of actions and properties.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "spec/raft.h"

namespace spec {

// Three servers with empty logs, and helpers that drive them.
class ThreeServers : public ::testing::Test {
 protected:
  ThreeServers() {
    raft_.tree = &tree_;
    raft_.constants.servers = 3;
    raft_.constants.initial.voters = ServerSet::FirstN(3);
    for (Server i = 0; i < 3; ++i) InitServer(raft_, i, kEmptyLog, 0);
  }
  ServerState& At(Server i) { return raft_.state[i]; }
  LogId Log(std::initializer_list<Term> terms) {
    LogId log = kEmptyLog;
    for (const Term term : terms) log = tree_.Append(log, term, 1);
    return log;
  }
  // Makes the whole state of i durable and releases the messages that wait.
  void Flush(Server i) {
    ASSERT_TRUE(HandOver(raft_, i).taken());
    ASSERT_TRUE(Persist(raft_, i, At(i).commit_index).taken());
  }
  // Returns the only message of this type in flight from i to j.
  Message InFlight(MessageType type, Server from, Server to) {
    Message found;
    int count = 0;
    raft_.network.ForEach(
        [&](const Message& m, int copies) {
          return m.type == type && m.from == from && m.to == to && copies > 0;
        },
        [&](const Message& m) { found = m, ++count; });
    EXPECT_EQ(count, 1);
    return found;
  }
  // Server i wins term 1 with its own vote and that of j.
  void Elect(Server i, Server j) {
    ASSERT_TRUE(Timeout(raft_, i).taken());
    ASSERT_TRUE(RequestVote(raft_, i, i).taken());
    ASSERT_TRUE(RequestVote(raft_, i, j).taken());
    Flush(i);
    ASSERT_TRUE(Handle(raft_, InFlight(MessageType::kMsgVoteResp, i, i)).taken());
    const Message request = InFlight(MessageType::kMsgVote, i, j);
    ASSERT_TRUE(UpdateTerm(raft_, j, i, request).taken());
    ASSERT_TRUE(Handle(raft_, request).taken());
    Flush(j);
    ASSERT_TRUE(Handle(raft_, InFlight(MessageType::kMsgVoteResp, j, i)).taken());
    ASSERT_TRUE(BecomeLeader(raft_, i).taken());
  }
  static std::string GuardOf(const Outcome& outcome) { return std::string(outcome.guard()); }

  LogTree tree_;
  Raft<BagNetwork> raft_;
};

}  // namespace spec
