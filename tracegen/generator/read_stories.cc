// Stories about reads: what random steps would rarely do to a read that waits.
#include <cstddef>

#include "tracegen/generator/generator.h"

namespace tracegen {

// A follower reads twice, with a write in between, and the answer to the first read comes once more
// for the second one.  The follower may restart in between.
void Generator::AnswerTwice(ServerId leader, ServerId follower) {
  if (leader == follower || !cluster_->IsUp(leader) || !cluster_->IsUp(follower)) return;
  const std::uint32_t key = Below(kKeys);
  Replicate(leader);
  Do(Kind::kRead, follower, key);
  Do(Kind::kProcess, follower);
  DeliverAll(follower, leader);
  Replicate(leader);
  Do(Kind::kProcess, leader);
  const std::size_t waiting = cluster_->network().InFlight(leader, follower);
  if (waiting == 0) return;
  Do(Kind::kDuplicate, leader, follower, static_cast<std::uint32_t>(waiting - 1));
  for (std::size_t k = waiting; k > 0; --k) Do(Kind::kDeliver, leader, follower, 0);
  Do(Kind::kProcess, follower);
  Do(Kind::kPropose, leader, ++proposed_);
  Do(Kind::kProcess, leader);
  Write(leader);
  for (ServerId s = 1; s <= schedule_.settings.servers; ++s) {
    if (s != leader && s != follower && cluster_->IsUp(s)) Exchange(leader, s);
  }
  Do(Kind::kProcess, leader);
  if (Uses(Kind::kCrash) && OneIn(3)) {
    Do(Kind::kCrash, follower);
    Do(Kind::kRestart, follower);
  }
  Do(Kind::kRead, follower, key);
  Do(Kind::kDeliver, leader, follower, 0);
  Do(Kind::kProcess, follower);
}

// The membership shrinks to one or two voters while reads wait.  The smaller quorum may already
// have confirmed them: nothing that arrives later will.
void Generator::ReadWhileShrinking(ServerId leader) {
  const Features& features = implementation_.features;
  if (!features.reads || !features.joint || !mix_.Allows(Group::kMembership)) return;
  const ServerId other = AnyServer();
  Do(Kind::kReconfigure, leader, OneIn(2) || other == leader ? leader : 10 * leader + other);
  for (std::uint32_t rounds = 1 + Below(5); rounds > 0; --rounds) {
    Replicate(leader);
    if (OneIn(2) && cluster_->IsUp(leader)) Do(Kind::kRead, leader, Below(kKeys));
  }
  Do(Kind::kProcess, leader);
}

}  // namespace tracegen
