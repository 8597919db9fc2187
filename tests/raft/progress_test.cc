// What a leader knows of a follower (dissertation 10.2.1; etcd's progress).
#include "raft/progress.h"

#include <gtest/gtest.h>

namespace raft {
namespace {

Progress At(std::uint64_t match, std::uint64_t last, std::size_t window = 3) {
  return {Index(match), Index(last + 1), Inflights(window, 0)};
}

TEST(Progress, ProbesOneMessageAtATime) {
  Progress p = At(0, 5);
  EXPECT_EQ(p.next(), Index(6));
  p.Sent(1, 0, Index());
  EXPECT_TRUE(p.paused());
  EXPECT_EQ(p.next(), Index(6));
  p.Resume();
  EXPECT_FALSE(p.paused());
}

TEST(Progress, ReplicatesAheadWithinItsWindow) {
  Progress p = At(0, 0);
  p.MaybeUpdate(Index(1));
  p.BecomeReplicate();
  p.Sent(2, 0, Index());
  p.Sent(1, 0, Index());
  EXPECT_EQ(p.next(), Index(5));
  EXPECT_FALSE(p.paused());
  p.Sent(1, 0, Index());
  EXPECT_TRUE(p.window_full());
  EXPECT_TRUE(p.paused());
  EXPECT_TRUE(p.MaybeUpdate(Index(3)));
  p.FreeInflights(Index(3));
  EXPECT_FALSE(p.paused());
  EXPECT_FALSE(p.window_full());
}

TEST(Progress, MatchNeverFalls) {
  Progress p = At(0, 0);
  EXPECT_TRUE(p.MaybeUpdate(Index(5)));
  EXPECT_FALSE(p.MaybeUpdate(Index(3)));
  EXPECT_EQ(p.match(), Index(5));
  EXPECT_EQ(p.next(), Index(6));
}

TEST(Progress, ARejectedProbeGoesBackToTheHint) {
  Progress p = At(0, 9);
  p.Sent(1, 0, Index());
  EXPECT_TRUE(p.MaybeDecrement(Index(9), Index(4)));
  EXPECT_EQ(p.next(), Index(5));
  EXPECT_FALSE(p.paused());
}

TEST(Progress, ARejectionThatIsOldNewsIsIgnored) {
  Progress p = At(0, 9);
  EXPECT_FALSE(p.MaybeDecrement(Index(7), Index(4)));  // not the outstanding probe
  p.MaybeUpdate(Index(8));
  p.BecomeReplicate();
  EXPECT_FALSE(p.MaybeDecrement(Index(8), Index(2)));  // the follower has acknowledged more since
  EXPECT_EQ(p.next(), Index(9));
}

TEST(Progress, NextNeverFallsToMatch) {
  Progress p = At(4, 4);
  EXPECT_TRUE(p.MaybeDecrement(Index(4), Index(1)));
  EXPECT_EQ(p.next(), Index(5));
}

TEST(Progress, ARejectionWhileReplicatingStartsOverAfterMatch) {
  Progress p = At(0, 0);
  p.MaybeUpdate(Index(2));
  p.BecomeReplicate();
  p.Sent(5, 0, Index());
  EXPECT_TRUE(p.MaybeDecrement(Index(7), Index(1)));
  p.BecomeProbe();
  EXPECT_EQ(p.next(), Index(3));
  EXPECT_EQ(p.state(), Progress::State::kProbe);
}

TEST(Progress, ACommitIndexIsSentOnce) {
  Progress p = At(0, 0);
  p.MaybeUpdate(Index(3));
  p.BecomeReplicate();
  EXPECT_TRUE(p.CanBumpCommit(Index(2)));
  p.SentCommit(Index(3));
  EXPECT_FALSE(p.CanBumpCommit(Index(3)));
}

}  // namespace
}  // namespace raft
