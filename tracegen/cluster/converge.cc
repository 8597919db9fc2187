// The end of a schedule: the faults stop, and the cluster must recover and serve every client.
// The requirements, one stage after the other, without faults and within a bounded time:
//   there is a leader, every member has applied its whole log, and every read that this leader was
//   asked for in its term is answered, before any new read can release it;
//   an entry that is proposed to each member is applied by all;
//   a read that is asked of each member is answered, and so is every read that the leader was asked
//   for in its term;
//   the leader resumes replication to a follower that was reported unreachable, although it has
//   nothing new to send;
//   a burst of proposals is replicated and applied by all before the clocks tick again;
//   leadership goes to the transfer target although clients go on proposing.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "tracegen/cluster/cluster.h"

namespace tracegen {

bool Cluster::Converge(std::uint32_t rounds) {
  if (!stuck_.empty()) return true;  // what was asked for before hangs still
  PerformPart({Kind::kHeal, {}});
  for (ServerId s = 1; s <= settings_.servers; ++s) {
    if (At(s).stalled) PerformPart({Kind::kUnstall, {s}});
    if (IsSlow(s)) PerformPart({Kind::kSlow, {s, 1}});
    if (!IsUp(s)) PerformPart({Kind::kRestart, {s}});
  }
  Goal goal;
  const std::uint64_t before = counts_.steps;
  std::uint64_t left = std::uint64_t{rounds} * kElectionRounds;
  for (std::uint32_t round = 1; left > 0; ++round) {
    Run(1);
    if (counts_.steps - before > 2 * kRunawaySteps) break;
    const ServerId leader = Leader();
    left -= leader == 0 ? 1 : std::min<std::uint64_t>(left, kElectionRounds);
    if (leader == 0) continue;
    const ServerStatus status = StatusOf(leader);
    StopStrangers(leader, status);
    if (!CaughtUp(leader, status)) {
      // A server that joined after the last snapshot needs a newer one.
      if (round % 8 == 0) PerformPart({Kind::kCompact, {leader, rounds}});
      continue;
    }
    // A removed leader may be stopped once the others have everything that it has.
    if (!status.members.Has(leader)) {
      PerformPart({Kind::kCrash, {leader, static_cast<std::uint32_t>(Unsynced(leader))}});
      continue;
    }
    if (!Reached(goal, leader, status)) continue;
    if (goal.stage == Goal::Stage::kDone || !stuck_.empty()) return true;
  }
  stuck_ = Describe(goal);
  return true;
}

ServerId Cluster::Leader() const {
  ServerId leader = 0;
  std::uint64_t term = 0;
  for (ServerId s = 1; s <= settings_.servers; ++s) {
    if (!IsUp(s)) continue;
    const ServerStatus status = StatusOf(s);
    if (status.role != ServerStatus::Role::kLeader || status.term < term) continue;
    leader = s;
    term = status.term;
  }
  return leader;
}

// A removed server that does not know that it was removed would campaign for ever, so an operator
// switches it off, and on again if it is added again.
void Cluster::StopStrangers(ServerId leader, const ServerStatus& status) {
  for (ServerId s = 1; s <= settings_.servers; ++s) {
    const bool member = status.members.Has(s);
    if (s != leader && !member && IsUp(s)) {
      PerformPart({Kind::kCrash, {s, static_cast<std::uint32_t>(Unsynced(s))}});
    }
    if (member && !IsUp(s)) PerformPart({Kind::kRestart, {s}});
  }
}

bool Cluster::CaughtUp(ServerId leader, const ServerStatus& status) const {
  if (status.commit != status.last_index || status.busy) return false;
  for (ServerId s = 1; s <= settings_.servers; ++s) {
    if (!status.members.Has(s)) continue;
    if (!IsUp(s)) return false;
    const ServerStatus other = StatusOf(s);
    if (other.term != status.term || other.leader != leader || other.applied != status.last_index) {
      return false;
    }
  }
  return true;
}

bool Cluster::ReadsAnswered(ServerId leader, const ServerStatus& status) const {
  const auto& asked = servers_[leader - 1].asked;
  return std::none_of(asked.begin(), asked.end(),
                      [&](const auto& read) { return read.second == status.term; });
}

// Returns how many members were asked.
std::uint64_t Cluster::AskMembers(Kind kind, ServerId leader, const ServerStatus& status) {
  std::uint64_t asked = 0;
  for (ServerId s = 1; s <= settings_.servers; ++s) {
    if (!status.members.Has(s)) continue;
    const std::vector<ServerId>& learners = status.members.learners;
    const bool learns = std::find(learners.begin(), learners.end(), s) != learners.end();
    const bool forwards = settings_.forward_proposals && features_.forwarding && !learns;
    if (kind == Kind::kPropose && s != leader && !forwards) continue;
    PerformPart({kind, {s, 5}});
    ++asked;
  }
  return asked;
}

// If the stage of `goal` is reached, begins the next stage and returns true.
bool Cluster::Reached(Goal& goal, ServerId leader, const ServerStatus& status) {
  switch (goal.stage) {
    case Goal::Stage::kCatchUp:
      if (!ReadsAnswered(leader, status)) return false;
      goal.wanted = status.last_index + AskMembers(Kind::kPropose, leader, status);
      // A small quota may refuse some of the proposals, but not the first.
      if (settings_.max_uncommitted_bytes < 1000) goal.wanted = status.last_index + 1;
      goal.stage = Goal::Stage::kProposals;
      return true;
    case Goal::Stage::kProposals:
      if (status.last_index < goal.wanted) return false;
      // A leader must know what it has committed even if its log is empty.
      if (features_.snapshots) PerformPart({Kind::kCompact, {leader, 0}});
      goal.wanted = counts_.reads_served;
      if (features_.reads) goal.wanted += AskMembers(Kind::kRead, leader, status);
      goal.stage = Goal::Stage::kReads;
      return true;
    case Goal::Stage::kReads:
      if (counts_.reads_served < goal.wanted || !ReadsAnswered(leader, status)) return false;
      for (ServerId s = 1; s <= settings_.servers; ++s) {
        if (status.members.Has(s)) PerformPart({Kind::kUnreachable, {leader, s}});
      }
      goal.stage = Goal::Stage::kUnreachable;
      return true;
    case Goal::Stage::kUnreachable:
      if (!status.replicating) return false;
      goal.stage = Goal::Stage::kBurst;
      Burst(leader);
      if (!CaughtUp(leader, StatusOf(leader))) stuck_ = Describe(goal);
      return true;
    case Goal::Stage::kBurst:
      goal.stage = features_.transfer ? Goal::Stage::kTransfer : Goal::Stage::kDone;
      if (features_.transfer) TransferUnderLoad(goal, leader, status);
      return true;
    case Goal::Stage::kTransfer:
      if (leader != goal.wanted) return false;
      goal.stage = Goal::Stage::kDone;
      return true;
    case Goal::Stage::kDone:
      return true;
  }
  return false;
}

void Cluster::Burst(ServerId leader) {
  const std::uint32_t size = std::min(settings_.max_inflight_messages, 8U) + 3;
  for (std::uint32_t k = 0; k < size; ++k) PerformPart({Kind::kPropose, {leader, k}});
  SettleAll();
}

// At each moment one more proposal is in flight to the next leader.
void Cluster::TransferUnderLoad(Goal& goal, ServerId leader, const ServerStatus& status) {
  goal.wanted = leader;
  for (const ServerId id : status.members.voters) {
    if (id != leader) goal.wanted = id;
  }
  PerformPart({Kind::kPropose, {leader, 1}});
  PerformPart({Kind::kTransfer, {leader, static_cast<ServerId>(goal.wanted)}});
  constexpr int kPasses = 32;
  for (int pass = 0; pass < kPasses && Leader() != goal.wanted; ++pass) {
    Settle();
    PerformPart({Kind::kPropose, {leader, 1}});
  }
  SettleAll();
  if (Leader() != goal.wanted) stuck_ = Describe(goal);
}

std::string Cluster::Describe(const Goal& goal) const {
  std::string text;
  switch (goal.stage) {
    case Goal::Stage::kCatchUp:
      text = "no leader whom every member follows to the end of its log and who answers its reads";
      break;
    case Goal::Stage::kProposals:
      text = "what was proposed to the members is not applied by all";
      break;
    case Goal::Stage::kReads:
      text = "what was read at the members is not answered";
      break;
    case Goal::Stage::kUnreachable:
      text = "a follower that was once unreachable is not replicated to";
      break;
    case Goal::Stage::kBurst:
      text = "with no tick, a burst of proposals is not replicated and applied by all";
      break;
    case Goal::Stage::kTransfer:
      text = "leadership was not handed over to server " + std::to_string(goal.wanted);
      break;
    case Goal::Stage::kDone:
      break;
  }
  return text + ", long after the faults stopped; " +
         DescribeServers([](ServerId) { return false; });
}

std::string Cluster::DescribeServers(const std::function<bool(ServerId)>& marked) const {
  std::string text;
  for (ServerId s = 1; s <= settings_.servers; ++s) {
    if (!IsUp(s)) continue;
    static constexpr std::array<std::string_view, 4> kRoles = {"follower", "pre-candidate",
                                                               "candidate", "leader"};
    const ServerStatus status = StatusOf(s);
    text += "server " + std::to_string(s) + (marked(s) ? "*: " : ": ") +
            std::string(kRoles[static_cast<std::size_t>(status.role)]) + " term " +
            std::to_string(status.term) + " commit " + std::to_string(status.commit) + " of " +
            std::to_string(status.last_index) + "; ";
  }
  if (!text.empty()) text.resize(text.size() - 2);
  return text;
}

}  // namespace tracegen
