// Stories: sequences of actions that random steps would rarely produce, and that known bugs need.
// Their details are random.
#include <algorithm>

#include "tracegen/generator/generator.h"

namespace tracegen {

void Generator::DrawStory() {
  const Settings& settings = schedule_.settings;
  if (Uses(Kind::kCrash) && OneIn(8)) return PowerCut();
  if (settings.async_storage && settings.servers >= 5 && OneIn(4)) return OverwriteTwice();
  const ServerId leader = cluster_->Leader();
  if (leader == 0) return;
  std::vector<ServerId> others;
  for (ServerId s = 1; s <= settings.servers; ++s) {
    if (s != leader && cluster_->IsUp(s)) others.push_back(s);
  }
  if (others.empty()) return;
  const ServerId other = others[Below(static_cast<std::uint32_t>(others.size()))];
  if (Uses(Kind::kRead) && Uses(Kind::kDuplicate) && OneIn(8)) return AnswerTwice(leader, other);
  if (settings.lease_reads && OneIn(2)) {
    return OneIn(2) ? LateAnswers(leader, others) : OldRequests(leader, other);
  }
  const bool async = settings.async_storage;
  switch (Below(async ? 12 : 9)) {
    case 0:
    case 1:
    case 2:
      return Depose(leader);
    case 3:
      return ShrinkMembership(leader);
    case 4:
      return Overload(leader);
    case 5:
      return OneWay(leader);
    case 6:
      return TearChanges(leader, other);
    case 7:
    case 8:
    case 9:
      return LeaveBehind(leader, other);
    default:
      return Overwrite(leader, other);
  }
}

// Delivers everything in flight from `from` to `to`.  If `processing`, the receiver's host
// sometimes works in between.
void Generator::DeliverAll(ServerId from, ServerId to, bool processing) {
  for (std::size_t k = cluster_->network().InFlight(from, to); k > 0; --k) {
    Do(Kind::kDeliver, from, to, 0);
    if (processing && OneIn(2)) Do(Kind::kProcess, to);
  }
}

// The messages in flight are delivered, written to disk, and answered.
void Generator::Exchange(ServerId from, ServerId to) {
  DeliverAll(from, to);
  Do(Kind::kProcess, to);
  Write(to);
  DeliverAll(to, from);
}

void Generator::Part(const std::vector<ServerId>& side, const std::vector<ServerId>& other) {
  for (const ServerId a : side) {
    for (const ServerId b : other) {
      Do(Kind::kCut, a, b);
      Do(Kind::kCut, b, a);
    }
  }
}

// A server is isolated until the log entries that it needs are compacted; it may be slow to store
// the snapshot.
void Generator::LeaveBehind(ServerId leader, ServerId behind) {
  if (!mix_.Allows(Group::kPartitions)) return;
  Do(Kind::kIsolate, behind);
  for (std::uint32_t k = Below(4); k > 0; --k) Do(Kind::kPropose, leader, ++proposed_);
  Do(Kind::kRun, Below(2));
  if (implementation_.features.snapshots && mix_.Allows(Group::kSnapshots)) {
    Do(Kind::kCompact, leader, Below(2));
  }
  Do(Kind::kHeal);
  for (std::uint32_t k = 1 + Below(4); k > 0; --k) {
    Do(Kind::kTick, leader, schedule_.settings.heartbeat_ticks);
    Do(Kind::kProcess, leader);
    DeliverAll(leader, behind);
    Do(Kind::kProcess, behind);
    if (OneIn(2)) Do(Kind::kStall, behind);
    // Many entries were committed at once: usually by a snapshot.
    const ServerStatus status = cluster_->StatusOf(behind);
    if (status.commit > status.applied && !OneIn(3)) break;
    if (!OneIn(3)) Do(Kind::kWrite, behind);
    if (!OneIn(3)) Do(Kind::kAnswer, behind);
    DeliverAll(behind, leader);
  }
  if (OneIn(3)) return;
  const ServerId next = AnyServer();
  if (next == behind || next == leader || !cluster_->IsUp(next)) return;
  if (OneIn(2)) {
    Do(Kind::kCampaign, next);
    Do(Kind::kRun, 0);
  } else {
    // The next term reaches it after the snapshot is written and before the node is told so.
    while (Do(Kind::kWrite, behind)) {
    }
    std::vector<ServerId> voters;
    for (ServerId s = 1; s <= schedule_.settings.servers; ++s) {
      if (s != next && s != behind && cluster_->IsUp(s)) voters.push_back(s);
    }
    EndLeases(voters);
    if (Elect(next, voters)) DeliverAll(next, behind);
    while (Do(Kind::kAnswer, behind)) {
    }
  }
  Do(Kind::kUnstall, behind);
}

// A server is removed, and the next proposal has not reached the others yet.  If the number of
// voters was even, the entry may already have a quorum in the new configuration, which is smaller.
void Generator::ShrinkMembership(ServerId leader) {
  if (!implementation_.features.membership || !mix_.Allows(Group::kMembership)) return;
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

// The cluster shrinks through a joint configuration.  Meanwhile a server loses power during a
// write, restarts, and campaigns in the configuration that it knows; the leader goes on.
void Generator::TearChanges(ServerId leader, ServerId torn) {
  const bool membership = implementation_.features.membership && mix_.Allows(Group::kMembership);
  if (!membership || !Uses(Kind::kCrashWriting)) return;
  std::vector<ServerId> rest = cluster_->StatusOf(leader).members.voters;
  std::erase_if(rest, [&](ServerId s) { return s == leader || s == torn || !cluster_->IsUp(s); });
  Do(Kind::kReconfigure, leader, leader);
  for (std::uint32_t rounds = 1 + Below(4); rounds > 0; --rounds) {
    Do(Kind::kProcess, leader);
    Write(leader);
    for (const ServerId s : rest) Exchange(leader, s);
    DeliverAll(leader, torn);
    if (rounds == 1 || OneIn(2)) continue;
    Do(Kind::kProcess, torn);
    Write(torn);
    DeliverAll(torn, leader);
  }
  Do(Kind::kCrashWriting, torn, Below(3));
  Do(Kind::kRestart, torn);
  EndLeases(rest);
  Elect(torn, rest);
  Do(Kind::kPropose, leader, ++proposed_);
  for (int rounds = 2; rounds > 0; --rounds) {
    Do(Kind::kProcess, leader);
    Write(leader);
  }
}

// The next leader replaces entries of a slow server before that server has written them.
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

// Lets the election timeout pass at these voters, so that they take part in an election.
void Generator::EndLeases(const std::vector<ServerId>& voters) {
  if (!schedule_.settings.check_quorum) return;
  for (const ServerId s : voters) Do(Kind::kTick, s, schedule_.settings.election_ticks);
}

// Elects `candidate` message by message, with the votes of `voters`, so that nothing else changes.
bool Generator::Elect(ServerId candidate, const std::vector<ServerId>& voters) {
  Do(Kind::kCampaign, candidate);
  for (int rounds = schedule_.settings.pre_vote ? 2 : 1; rounds > 0; --rounds) {
    Do(Kind::kProcess, candidate);
    Write(candidate);
    for (const ServerId voter : voters) Exchange(candidate, voter);
  }
  Do(Kind::kProcess, candidate);
  return cluster_->IsUp(candidate) && cluster_->Leader() == candidate;
}

// A second leader replaces entries that a slow server is still to write, and the first leader
// brings them back.  The same entry is then on its way to the disk twice, with another one in
// between (ABA).  The node learns of the first write only after all this.
void Generator::OverwriteTwice() {
  const Settings& settings = schedule_.settings;
  Do(Kind::kHeal);
  for (ServerId s = 1; s <= settings.servers; ++s) Do(Kind::kRestart, s);
  Do(Kind::kRun, 2 + Below(settings.election_ticks));
  const ServerId leader = cluster_->Leader();
  if (leader == 0) return;
  std::vector<ServerId> others = cluster_->StatusOf(leader).members.voters;
  std::erase_if(others, [&](ServerId s) { return s == leader || !cluster_->IsUp(s); });
  if (others.size() < 4) return;
  std::rotate(others.begin(), others.begin() + Below(static_cast<std::uint32_t>(others.size())),
              others.end());
  const ServerId slow = others[0];
  const ServerId other = others[1];
  const std::vector<ServerId> voters(others.begin() + 2, others.end());

  Do(Kind::kStall, slow);
  Do(Kind::kPropose, leader, ++proposed_);
  Do(Kind::kProcess, leader);
  DeliverAll(leader, slow);
  Do(Kind::kProcess, slow);
  EndLeases(voters);
  // The old leader has a longer log, so it refuses its vote, but it steps down.
  std::vector<ServerId> asked = {leader};
  asked.insert(asked.end(), voters.begin(), voters.end());
  if (!Elect(other, asked)) return;
  DeliverAll(other, slow);
  Do(Kind::kProcess, slow);
  EndLeases(asked);
  if (!Elect(leader, voters)) return;
  for (int rounds = 8; rounds > 0; --rounds) {
    DeliverAll(leader, slow);
    Do(Kind::kProcess, slow);
    // The entry is back in the log, but not yet written.
    if (cluster_->StatusOf(slow).last_index == cluster_->StatusOf(leader).last_index) break;
    Do(Kind::kWrite, slow);
    DeliverAll(slow, leader);
    Do(Kind::kProcess, leader);
  }
  for (int rounds = 3; rounds > 0; --rounds) {
    Write(leader);
    for (const ServerId s : voters) Exchange(leader, s);
    Do(Kind::kProcess, leader);
  }
  DeliverAll(leader, slow);
  Do(Kind::kProcess, slow);
  for (std::uint32_t k = Below(4); k > 0; --k) Do(Kind::kAnswer, slow);
  Do(Kind::kProcess, slow);
  Do(Kind::kApply, slow);
  if (OneIn(2)) Do(Kind::kUnstall, slow);
}

// A leader is cut off, alone or with some other servers.  The rest elect a new leader, and a client
// reads from the old side.  This shows errors in leases, and missing checks for a quorum.
void Generator::Depose(ServerId leader) {
  if (!mix_.Allows(Group::kPartitions)) return;
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
  const bool transfer =
      implementation_.features.transfer && mix_.Allows(Group::kLeadership) && OneIn(3);
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
    // The old leader learns of the new one, but its follower does not, so the read is forwarded
    // twice.
    Do(Kind::kHeal);
    Do(Kind::kTick, next, schedule_.settings.heartbeat_ticks);
    Do(Kind::kProcess, next);
    DeliverAll(next, leader);
  }
  if (implementation_.features.reads && mix_.Allows(Group::kReads))
    Do(Kind::kRead, reader, proposed_ % kKeys);
  Do(Kind::kRun, 0);
  if (OneIn(2)) Do(Kind::kHeal);
}

// Several servers or all of them lose power at the same time; some restart soon.
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

// Proposes more than a quota or an inflight window allows.
void Generator::Overload(ServerId leader) {
  for (std::uint32_t k = 4 + Below(12); k > 0; --k) {
    Do(Kind::kPropose, leader, ++proposed_);
    if (OneIn(4)) Do(Kind::kProcess, leader);
  }
}

// A leader can send and not receive, or receive and not send, for about one or two election
// timeouts.
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
