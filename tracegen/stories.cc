// What random steps would rarely come upon, and bugs of the field need: some actions in a row, with
// their details drawn.
#include <algorithm>

#include "tracegen/generator.h"

namespace tracegen {

void Generator::DrawStory() {
  const Settings& s = schedule_.settings;
  if (Uses(Kind::kCrash) && OneIn(8)) return PowerCut();
  const ServerId leader = cluster_->Leader();
  if (leader == 0) return;
  const std::uint32_t story = s.async_storage && s.servers > 4 && OneIn(3) ? 3 : Below(7);
  if (story < 2) return Depose(leader);
  if (story == 4) return ShrinkMembership(leader);
  if (story == 5) return Overload(leader);
  if (story == 6) return OneWay(leader);
  const ServerId behind = AnyServer();
  if (behind == leader || !cluster_->IsUp(behind)) return;
  if (story == 2) return LeaveBehind(leader, behind);
  if (!s.async_storage) return;
  if (s.servers >= 5 && OneIn(2)) return OverwriteTwice(leader, behind);
  Overwrite(leader, behind);
}

// All that is in flight; the receiver's host works now and then in between, if it may.
void Generator::DeliverAll(ServerId from, ServerId to, bool processing) {
  for (std::size_t k = cluster_->network().InFlight(from, to); k > 0; --k) {
    Do(Kind::kDeliver, from, to, 0);
    if (processing && OneIn(2)) Do(Kind::kProcess, to);
  }
}

void Generator::Part(const std::vector<ServerId>& side, const std::vector<ServerId>& other) {
  for (const ServerId a : side) {
    for (const ServerId b : other) {
      Do(Kind::kCut, a, b);
      Do(Kind::kCut, b, a);
    }
  }
}

// A server is away until the log that it needs is gone, and may be slow to store the snapshot.
void Generator::LeaveBehind(ServerId leader, ServerId behind) {
  Do(Kind::kIsolate, behind);
  for (std::uint32_t k = Below(4); k > 0; --k) Do(Kind::kPropose, leader, ++proposed_);
  Do(Kind::kRun, Below(2));
  if (implementation_.features.snapshots) Do(Kind::kCompact, leader, Below(2));
  Do(Kind::kHeal);
  for (std::uint32_t k = 1 + Below(4); k > 0; --k) {
    Do(Kind::kTick, leader, schedule_.settings.heartbeat_ticks);
    Do(Kind::kProcess, leader);
    DeliverAll(leader, behind);
    Do(Kind::kProcess, behind);
    if (OneIn(2)) Do(Kind::kStall, behind);
    if (!OneIn(3)) Write(behind);
    DeliverAll(behind, leader);
  }
  if (OneIn(2)) return;
  const ServerId next = AnyServer();
  if (next != behind && cluster_->IsUp(next)) Do(Kind::kCampaign, next);
  Do(Kind::kRun, 0);
  Do(Kind::kUnstall, behind);
}

// A server is removed, and what is proposed after that has not reached the others yet: with an
// even number of voters before, the smaller quorum has it already.
void Generator::ShrinkMembership(ServerId leader) {
  if (!implementation_.features.membership) return;
  const std::vector<ServerId> voters = cluster_->StatusOf(leader).members.voters;
  if (voters.empty()) return;
  const ServerId removed = voters[Below(static_cast<std::uint32_t>(voters.size()))];
  if (voters.size() % 2 != 0 || removed == leader) return;
  Do(Kind::kRemove, leader, removed);
  Do(Kind::kProcess, leader);
  Write(leader);
  for (const ServerId s : voters) {
    if (s == leader || !cluster_->IsUp(s)) continue;
    DeliverAll(leader, s);
    Do(Kind::kProcess, s);
    Write(s);
  }
  Do(Kind::kPropose, leader, ++proposed_);
  Do(Kind::kProcess, leader);
  Write(leader);
  for (const ServerId s : voters) {
    if (s != leader) DeliverAll(s, leader);
  }
  Do(Kind::kProcess, leader);
}

// What a server is to write has been replaced by the next leader before it is written.
void Generator::Overwrite(ServerId leader, ServerId slow) {
  const ServerId other = AnyServer();
  if (other == leader || other == slow || !cluster_->IsUp(other)) return;
  Do(Kind::kStall, slow);
  Do(Kind::kPropose, leader, ++proposed_);
  Do(Kind::kProcess, leader);
  DeliverAll(leader, slow, true);
  Do(Kind::kIsolate, slow);
  Do(Kind::kIsolate, leader);
  Do(Kind::kCampaign, other);
  Do(Kind::kRun, 0);
  Do(Kind::kHeal);
  DeliverAll(other, slow, true);
  for (std::uint32_t writes = 1 + Below(3); writes > 0; --writes) Do(Kind::kWrite, slow);
  if (OneIn(2)) Do(Kind::kUnstall, slow);
}

// Message by message, with the votes of `voters`, so that nothing else moves.
bool Generator::Elect(ServerId candidate, const std::vector<ServerId>& voters) {
  Do(Kind::kCampaign, candidate);
  for (int rounds = schedule_.settings.pre_vote ? 2 : 1; rounds > 0; --rounds) {
    Do(Kind::kProcess, candidate);
    Write(candidate);
    for (const ServerId voter : voters) {
      DeliverAll(candidate, voter);
      Do(Kind::kProcess, voter);
      Write(voter);
      DeliverAll(voter, candidate);
    }
  }
  Do(Kind::kProcess, candidate);
  return cluster_->IsUp(candidate) && cluster_->Leader() == candidate;
}

// What a server is to write is replaced by a second leader, and comes back from the first one: the
// same entry, twice on its way to the disk, and another one in between (ABA).
void Generator::OverwriteTwice(ServerId leader, ServerId slow) {
  std::vector<ServerId> voters;
  ServerId other = 0;
  for (ServerId s = 1; s <= schedule_.settings.servers; ++s) {
    if (s == leader || s == slow || !cluster_->IsUp(s)) continue;
    if (other == 0 && OneIn(2)) {
      other = s;
    } else {
      voters.push_back(s);
    }
  }
  if (other == 0) return;
  Do(Kind::kHeal);
  Do(Kind::kStall, slow);
  Do(Kind::kPropose, leader, ++proposed_);
  Do(Kind::kProcess, leader);
  DeliverAll(leader, slow);
  Do(Kind::kProcess, slow);
  // The old leader refuses, as its log is longer, and steps down.
  std::vector<ServerId> asked = {leader};
  asked.insert(asked.end(), voters.begin(), voters.end());
  if (!Elect(other, asked)) return;
  DeliverAll(other, slow);
  Do(Kind::kProcess, slow);
  if (!Elect(leader, voters)) return;
  for (std::uint32_t k = 2 + Below(3); k > 0; --k) {
    DeliverAll(leader, slow);
    Do(Kind::kProcess, slow);
    Do(Kind::kWrite, slow);
    if (OneIn(3)) Do(Kind::kAnswer, slow);
    DeliverAll(slow, leader);
    Do(Kind::kProcess, leader);
    if (OneIn(2)) Write(leader);
  }
  while (Do(Kind::kAnswer, slow) && !OneIn(4)) {
  }
  if (OneIn(2)) Do(Kind::kUnstall, slow);
}

// A leader is cut off, with some of the others or none; the rest elect another one, and a client
// of the old one reads.  What a lease or a forgotten question to the quorum breaks, shows here.
void Generator::Depose(ServerId leader) {
  std::vector<ServerId> with;
  std::vector<ServerId> rest;
  if (Uses(Kind::kAddLearner) && OneIn(2)) {
    Do(Kind::kAddLearner, leader, AnyServer());
    Do(Kind::kRun, 1);
  }
  const std::vector<ServerId> learners = cluster_->StatusOf(leader).members.learners;
  for (ServerId s = 1; s <= schedule_.settings.servers; ++s) {
    const bool learns = std::find(learners.begin(), learners.end(), s) != learners.end();
    (s == leader || learns || OneIn(3) ? with : rest).push_back(s);
  }
  if (rest.empty()) return;
  const ServerId next = rest[Below(static_cast<std::uint32_t>(rest.size()))];
  const std::uint32_t election_ticks = schedule_.settings.election_ticks;
  const bool transfer = implementation_.features.transfer && OneIn(3);
  if (transfer) {
    Do(Kind::kRun, 1);
    Do(Kind::kTransfer, leader, next);
    Do(Kind::kProcess, leader);
    const std::size_t waiting = cluster_->network().InFlight(leader, next);
    if (waiting > 0) Do(Kind::kDeliver, leader, next, static_cast<std::uint32_t>(waiting - 1));
  }
  Part(with, rest);
  if (!transfer) {
    if (OneIn(2)) Do(Kind::kTick, next, election_ticks + Below(election_ticks));
    Do(Kind::kCampaign, next);
  }
  Do(Kind::kRun, 0);
  Do(Kind::kPropose, next, ++proposed_);
  Do(Kind::kRun, 0);
  const ServerId reader = with[Below(static_cast<std::uint32_t>(with.size()))];
  if (reader != leader && OneIn(2)) {
    // The old leader learns of the new one, its follower does not: the read goes a long way.
    Do(Kind::kHeal);
    Do(Kind::kTick, next, schedule_.settings.heartbeat_ticks);
    Do(Kind::kProcess, next);
    DeliverAll(next, leader);
  }
  if (implementation_.features.reads) Do(Kind::kRead, reader, proposed_ % kKeys);
  Do(Kind::kRun, 0);
  if (OneIn(2)) Do(Kind::kHeal);
}

// The power fails for several servers at once, or for all; some come back soon.
void Generator::PowerCut() {
  const bool all = OneIn(2);
  for (ServerId s = 1; s <= schedule_.settings.servers; ++s) {
    if (!cluster_->IsUp(s) || (!all && OneIn(2))) continue;
    Do(Kind::kCrash, s, Below(static_cast<std::uint32_t>(cluster_->Unsynced(s)) + 1));
  }
  for (ServerId s = 1; s <= schedule_.settings.servers; ++s) {
    if (!cluster_->IsUp(s) && !OneIn(3)) Do(Kind::kRestart, s);
  }
}

// More is proposed than a quota or a window takes.
void Generator::Overload(ServerId leader) {
  for (std::uint32_t k = 4 + Below(12); k > 0; --k) {
    Do(Kind::kPropose, leader, ++proposed_);
    if (OneIn(4)) Do(Kind::kProcess, leader);
  }
}

// A leader that is heard and hears nothing, or the other way round, for about an election timeout.
void Generator::OneWay(ServerId leader) {
  if (!Uses(Kind::kCut) && !Uses(Kind::kIsolate)) return;
  const bool mute = OneIn(2);
  for (ServerId s = 1; s <= schedule_.settings.servers; ++s) {
    if (s == leader || OneIn(4)) continue;
    Do(Kind::kCut, mute ? leader : s, mute ? s : leader);
  }
  Do(Kind::kPropose, leader, ++proposed_);
  Do(Kind::kRun, 1 + Below(2 * schedule_.settings.election_ticks));
  if (OneIn(2)) Do(Kind::kHeal);
}

}  // namespace tracegen
