// Reads that a follower forwards.  The scenarios reads*.txt show the leader's part.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/raft/solo.h"

namespace raft {
namespace {

// Server 1 follows 2.
void Follow(Solo& node) { node.Tell(Append(2, 1, 0, 0, {1})); }

// Asks for a read, and returns the question that goes to the leader.
Message Ask(Solo& node, const char* context) {
  node->ReadIndex(context);
  const std::vector<Message> sent = node.Flush();
  EXPECT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent.at(0).type, MessageType::kReadIndex);
  return sent.at(0);
}

Message AnswerTo(const Message& question, std::uint64_t index) {
  Message answer = From(2, MessageType::kReadIndexResp, 0, index);
  answer.context = question.context;
  return answer;
}

std::vector<ReadState> ReadStates(Solo& node, const Message& answer) {
  node->Step(answer);
  if (!node->HasReady()) return {};
  std::vector<ReadState> states = node.Take().read_states;
  node->Advance();
  return states;
}

TEST(Reads, AnAnswerCountsOnceAndHasTheContextOfTheQuestion) {
  Solo node;
  Follow(node);
  const Message question = Ask(node, "k");
  const std::vector<ReadState> states = ReadStates(node, AnswerTo(question, 1));
  ASSERT_EQ(states.size(), 1U);
  EXPECT_EQ(states[0].index, Index(1));
  EXPECT_EQ(states[0].context, Payload("k"));
  EXPECT_TRUE(ReadStates(node, AnswerTo(question, 1)).empty());
}

// The network's copy of the answer to the first would show less than the second must see.
TEST(Reads, AnAnswerIsNotTakenForThatToALaterReadWithTheSameContext) {
  Solo node;
  Follow(node);
  const Message first = Ask(node, "k");
  EXPECT_EQ(ReadStates(node, AnswerTo(first, 1)).size(), 1U);
  const Message second = Ask(node, "k");
  EXPECT_TRUE(ReadStates(node, AnswerTo(first, 1)).empty());
  EXPECT_EQ(ReadStates(node, AnswerTo(second, 3)).at(0).index, Index(3));
}

TEST(Reads, AnAnswerOfAnEarlierLifeIsNotTakenIfTheSeedIsAnother) {
  Solo node;
  Follow(node);
  const Message question = Ask(node, "k");
  Start start;
  start.config.seed = 1;
  Solo restarted(start);
  Follow(restarted);
  Ask(restarted, "k");
  EXPECT_TRUE(ReadStates(restarted, AnswerTo(question, 1)).empty());
}

// The follower becomes the leader, and its question comes back to it.
TEST(Reads, AForwardedReadMayBeAnsweredByTheNodeItself) {
  Solo node;
  Follow(node);
  Message question = Ask(node, "k");
  node.Lead();
  node.Tell(From(2, MessageType::kAppResp, 2, 2));
  question.to = NodeId(1);
  node->Step(question);
  node.Flush();
  Message confirmed = From(2, MessageType::kHeartbeatResp, 2);
  node->Tick();
  confirmed.context = To(2, node.Flush()).at(0).context;
  const std::vector<ReadState> states = ReadStates(node, confirmed);
  ASSERT_EQ(states.size(), 1U);
  EXPECT_EQ(states[0].context, Payload("k"));
}

TEST(Reads, AnswersToNothingAreLost) {
  Solo node;
  Follow(node);
  Message answer = From(2, MessageType::kReadIndexResp, 0, 1);
  for (const char* context : {"", "k", "12345678", "12345678k"}) {
    answer.context = context;
    EXPECT_TRUE(ReadStates(node, answer).empty()) << context;
  }
}

}  // namespace
}  // namespace raft
