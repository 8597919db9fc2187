// Stories about leases: old messages arrive late.
#include <algorithm>

#include "tracegen/generator/generator.h"

namespace tracegen {

// A heartbeat of the leader reaches these servers, and their answers are in flight.
void Generator::Beat(ServerId leader, const std::vector<ServerId>& others) {
  Do(Kind::kTick, leader, schedule_.settings.heartbeat_ticks);
  Do(Kind::kProcess, leader);
  Write(leader);
  for (const ServerId s : others) {
    DeliverAll(leader, s);
    Do(Kind::kProcess, s);
    Write(s);
  }
}

// Answers that followers gave wait until time has passed, and perhaps until the followers have
// voted for another leader, which has committed; then they reach the old leader, and a client reads
// there. Earlier answers come in time, so that the old leader does not give up before.
void Generator::LateAnswers(ServerId leader, const std::vector<ServerId>& others) {
  if (!implementation_.features.reads || !mix_.Allows(Group::kReads)) return;
  const std::uint32_t election_ticks = schedule_.settings.election_ticks;
  Beat(leader, others);
  for (const ServerId s : others) DeliverAll(s, leader);
  if (OneIn(2)) Do(Kind::kTick, leader, 1 + Below(election_ticks));
  Beat(leader, others);
  if (mix_.Allows(Group::kPartitions) && !OneIn(3)) {
    for (const ServerId s : others) Do(Kind::kCut, leader, s);
  }
  const ServerId active = others[Below(static_cast<std::uint32_t>(others.size()))];
  for (std::uint32_t ticks = 1 + Below(election_ticks + 2); ticks > 0; --ticks) {
    Do(Kind::kTick, leader, 1);
    if (OneIn(2)) Do(Kind::kDeliver, active, leader, 0);
    if (OneIn(3)) Do(Kind::kRead, leader, proposed_ % kKeys);
  }
  if (OneIn(2)) {
    const ServerId next = others[Below(static_cast<std::uint32_t>(others.size()))];
    std::vector<ServerId> voters = others;
    std::erase(voters, next);
    if (Elect(next, voters)) {
      Do(Kind::kPropose, next, ++proposed_);
      for (int rounds = 2; rounds > 0; --rounds) {
        Do(Kind::kProcess, next);
        Write(next);
        for (const ServerId s : voters) Exchange(next, s);
      }
      Do(Kind::kProcess, next);
    }
  }
  for (const ServerId s : others) DeliverAll(s, leader);
  Do(Kind::kRead, leader, proposed_ % kKeys);
  Do(Kind::kProcess, leader);
  if (OneIn(2)) Do(Kind::kHeal);
}

// A server that was cut off has campaigned.  Something old, from before, reaches it from a server
// that follows the leader, and its answer tells that server the newer term; then its vote request
// arrives there.  The leader knows nothing of this when a client reads there.
void Generator::OldRequests(ServerId leader, ServerId stray) {
  const Settings& settings = schedule_.settings;
  if (!mix_.Allows(Group::kPartitions)) return;
  std::vector<ServerId> rest;
  for (ServerId s = 1; s <= settings.servers; ++s) {
    if (s != leader && s != stray && cluster_->IsUp(s)) rest.push_back(s);
  }
  if (rest.empty()) return;
  const ServerId voter = rest[Below(static_cast<std::uint32_t>(rest.size()))];
  // The voter leads first, so that something of an older term is on its way to the other.
  std::vector<ServerId> all = rest;
  all.push_back(leader);
  all.push_back(stray);
  std::erase(all, voter);
  if (implementation_.features.transfer && OneIn(2)) {
    Do(Kind::kTransfer, leader, voter);
    Do(Kind::kRun, 0);
  } else {
    EndLeases({leader});
    Elect(voter, all);
    Do(Kind::kRun, 0);
  }
  Do(Kind::kTick, voter, settings.heartbeat_ticks);
  Do(Kind::kProcess, voter);
  Do(Kind::kIsolate, stray);
  Do(Kind::kTransfer, voter, leader);
  Do(Kind::kRun, 1);
  const std::uint32_t rounds = settings.election_ticks + Below(settings.election_ticks);
  for (std::uint32_t k = 0; k < rounds; ++k) Do(Kind::kRun, 1);
  Do(Kind::kCampaign, stray);
  Do(Kind::kProcess, stray);
  Write(stray);
  Do(Kind::kHeal);
  Part({leader}, {stray});
  if (OneIn(2)) Part({leader}, rest);
  DeliverAll(voter, stray);
  Do(Kind::kProcess, stray);
  Write(stray);
  // The youngest first: the answer overtakes the request.
  for (std::size_t k = cluster_->network().InFlight(stray, voter); k > 0; --k) {
    Do(Kind::kDeliver, stray, voter, static_cast<std::uint32_t>(k - 1));
    if (OneIn(2)) Do(Kind::kProcess, voter);
  }
  Do(Kind::kProcess, voter);
  Write(voter);
  for (int exchanges = 3; exchanges > 0; --exchanges) {
    DeliverAll(voter, stray);
    Do(Kind::kProcess, stray);
    Write(stray);
    if (exchanges == 2) Do(Kind::kPropose, stray, ++proposed_);
    Exchange(stray, voter);
  }
  Do(Kind::kProcess, stray);
  if (implementation_.features.reads && mix_.Allows(Group::kReads)) {
    Do(Kind::kRead, leader, proposed_ % kKeys);
    Do(Kind::kProcess, leader);
  }
  Do(Kind::kHeal);
}

}  // namespace tracegen
