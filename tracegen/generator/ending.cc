// How a schedule ends.  The faults stop, so that lasting damage shows.  Before that, in some runs,
// a few servers stay missing in one way or another, and the rest, if it is a quorum, must make
// progress (Kind::kProgress).
#include <algorithm>

#include "tracegen/generator/generator.h"

namespace tracegen {

// The last action is added but not executed here.
void Generator::End() {
  const std::uint32_t rounds = 100 * schedule_.settings.election_ticks;
  if (OneIn(4) && implementation_.features.progress) {
    LeaveSomeMissing();
    Do(Kind::kProgress, rounds);
  }
  Do(Kind::kHeal);
  for (ServerId s = 1; s <= schedule_.settings.servers; ++s) {
    if (!cluster_->IsUp(s)) Do(Kind::kRestart, s);
  }
  schedule_.actions.push_back({Kind::kConverge, {rounds}});
}

void Generator::LeaveSomeMissing() {
  const std::uint32_t servers = schedule_.settings.servers;
  Do(Kind::kHeal);
  // All begin anew at the same time: with equal seeds they are in lockstep.
  const bool anew = mix_.Allows(Group::kCrashes) && OneIn(4);
  for (ServerId s = 1; s <= servers; ++s) {
    if (anew && cluster_->IsUp(s)) Do(Kind::kCrash, s);
  }
  for (ServerId s = 1; s <= servers; ++s) {
    if (!cluster_->IsUp(s)) Do(Kind::kRestart, s);
    if (cluster_->IsStalled(s)) Do(Kind::kUnstall, s);
  }
  if (!anew && OneIn(2)) Do(Kind::kRun, Below(3));
  std::vector<ServerId> missing = DrawMissing();
  const ServerId leader = cluster_->Leader();
  if (leader != 0) {
    switch (Below(5)) {
      case 0:
      case 1:
        RemoveLeader(leader);
        missing = DrawMissing();
        break;
      case 2:
        ReadWhileShrinking(leader);
        missing = DrawMissing();
        break;
      case 3:
        if (implementation_.features.transfer && !missing.empty()) {
          Do(Kind::kTransfer, leader, missing.front());
          if (OneIn(2)) Do(Kind::kProcess, leader);
        }
        break;
      default:
        break;
    }
  }
  for (const ServerId s : missing) Lose(s);
  // Without CheckQuorum a server that was removed and does not know it may disturb for ever, so an
  // operator stops it.
  const Membership members = NewestMembers();
  for (ServerId s = 1; s <= servers; ++s) {
    if (schedule_.settings.check_quorum || !cluster_->IsUp(s) || members.Has(s)) continue;
    if (cluster_->StatusOf(s).members.Votes(s)) Do(Kind::kCrash, s);
  }
}

// In force at the server that has applied most.
Membership Generator::NewestMembers() const {
  Membership newest;
  std::uint64_t applied = 0;
  for (ServerId s = 1; s <= schedule_.settings.servers; ++s) {
    if (!cluster_->IsUp(s)) continue;
    const ServerStatus status = cluster_->StatusOf(s);
    if (!newest.voters.empty() && status.applied <= applied) continue;
    newest = status.members;
    applied = status.applied;
  }
  return newest;
}

// Voters without whom the others still are a quorum.
std::vector<ServerId> Generator::DrawMissing() {
  const Membership members = NewestMembers();
  std::uint32_t left = Bit(schedule_.settings.servers + 1) - 1;
  std::vector<ServerId> missing;
  for (std::uint32_t tries = 1 + Below(schedule_.settings.servers); tries > 0; --tries) {
    const ServerId s = AnyServer();
    const bool again = (left & Bit(s)) == 0;
    if (again || !members.Votes(s) || !members.IsQuorum(left & ~Bit(s))) continue;
    left &= ~Bit(s);
    missing.push_back(s);
  }
  return missing;
}

// The server stays up or goes down, and does not take part as it should.
void Generator::Lose(ServerId server) {
  const Settings& settings = schedule_.settings;
  const bool links = mix_.Allows(Group::kPartitions);
  switch (Below(7)) {
    case 0:
      if (links) CutLinks(server, true, false);
      return;
    case 1:
      if (links && (settings.check_quorum || settings.pre_vote)) CutLinks(server, false, true);
      return;
    case 2:
      if (links && settings.check_quorum) CutLinks(server, !OneIn(3), !OneIn(3), 2);
      return;
    case 3:
      if (mix_.Allows(Group::kSlowDisks)) Do(Kind::kStall, server);
      return;
    case 4:
      if (!settings.lease_reads) Do(Kind::kSlow, server, 2 + Below(2 * settings.election_ticks));
      return;
    case 5:
      if (links) Do(Kind::kIsolate, server);
      return;
    default:
      if (!mix_.Allows(Group::kCrashes)) return;
      Do(Kind::kCrash, server, Below(static_cast<std::uint32_t>(cluster_->Unsynced(server)) + 1));
      return;
  }
}

// Nothing passes any more on one in so many of its links, in the directions that are named.
void Generator::CutLinks(ServerId server, bool out, bool in, std::uint32_t one_in) {
  for (ServerId other = 1; other <= schedule_.settings.servers; ++other) {
    if (other == server || !OneIn(one_in)) continue;
    if (out) Do(Kind::kCut, server, other);
    if (in) Do(Kind::kCut, other, server);
  }
}

// One round of replication, message by message: nobody's clock ticks, and what the leader sends at
// its end stays in flight.
void Generator::Replicate(ServerId leader) {
  Do(Kind::kProcess, leader);
  Write(leader);
  for (ServerId s = 1; s <= schedule_.settings.servers; ++s) {
    if (s != leader && cluster_->IsUp(s)) Exchange(leader, s);
  }
}

// A leader leaves.  The server to which it hands over may be lost at any moment.
void Generator::RemoveLeader(ServerId leader) {
  if (!implementation_.features.membership || !mix_.Allows(Group::kMembership)) return;
  Do(Kind::kRemove, leader, leader);
  // After two rounds everybody has applied it, and the leader is about to hand over.
  for (std::uint32_t rounds = OneIn(3) ? 1 + Below(4) : 2; rounds > 0; --rounds) Replicate(leader);
  if (OneIn(2)) Do(Kind::kProcess, leader);
}

}  // namespace tracegen
