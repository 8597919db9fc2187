// The end of a schedule: the faults stop, and the cluster must come to rest and serve everybody.
// What is demanded, one stage after the other, in good weather and within a bound:
//   a leader, and every member with all of its log, applied;
//   an entry proposed to each member is applied by all;
//   a read asked of each member is answered, and so is every one that was asked of the leader
//   since it leads;
//   a follower that was reported unreachable, with nothing to send to it, is replicated to again;
//   a burst of proposals is replicated and applied by all before the clocks tick again;
//   leadership goes where it is sent, although clients go on proposing.
#include <algorithm>
#include <string>

#include "tracegen/cluster.h"

namespace tracegen {
namespace {

bool Has(const std::vector<raft::NodeId>& ids, raft::NodeId id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

bool IsMember(const raft::ConfState& conf, raft::NodeId id) {
  return Has(conf.voters, id) || Has(conf.voters_outgoing, id) || Has(conf.learners, id);
}

}  // namespace

bool Cluster::Converge(std::uint32_t rounds) {
  network_.Heal();
  for (std::uint32_t s = 1; s <= settings_.servers; ++s) {
    At(s).stalled = false;
    if (!IsUp(s)) Perform({Kind::kRestart, {s}});
  }
  Goal goal;
  const std::uint64_t before = counts_.steps;
  for (std::uint32_t round = 1; round <= rounds; ++round) {
    Run(1);
    if (counts_.steps - before > 2 * kRunawaySteps) break;
    const std::uint32_t leader = Leader();
    if (leader == 0) continue;
    const raft::Status status = At(leader).node->status();
    StopStrangers(leader, status);
    if (!CaughtUp(status)) {
      // Whoever joined after the last snapshot needs a newer one.
      if (round % 8 == 0) Compact(leader, rounds);
      continue;
    }
    // A leader that was removed may be stopped when the others know what it knew.
    if (!IsMember(status.conf_state, status.id)) {
      Crash(leader, At(leader).disk.unsynced());
      continue;
    }
    if (!Reached(goal, leader, status)) continue;
    if (goal.stage == Goal::Stage::kDone || !stuck_.empty()) return true;
  }
  stuck_ = Describe(goal);
  return true;
}

std::uint32_t Cluster::Leader() const {
  std::uint32_t leader = 0;
  raft::Term term;
  for (std::uint32_t s = 1; s <= settings_.servers; ++s) {
    if (!IsUp(s)) continue;
    const raft::Status status = servers_[s - 1].node->status();
    if (status.soft_state.role != raft::Role::kLeader || status.hard_state.term < term) continue;
    leader = s;
    term = status.hard_state.term;
  }
  return leader;
}

// Who was removed and does not know it would campaign for ever: people switch it off, and on again
// when it comes back.
void Cluster::StopStrangers(std::uint32_t leader, const raft::Status& status) {
  for (std::uint32_t s = 1; s <= settings_.servers; ++s) {
    const bool member = IsMember(status.conf_state, raft::NodeId(s));
    if (s != leader && !member && IsUp(s)) Crash(s, At(s).disk.unsynced());
    if (member && !IsUp(s)) Perform({Kind::kRestart, {s}});
  }
}

bool Cluster::CaughtUp(const raft::Status& leader) const {
  if (leader.hard_state.commit != leader.last_index || leader.conf_state.auto_leave ||
      leader.lead_transferee != raft::kNone) {
    return false;
  }
  for (std::uint32_t s = 1; s <= settings_.servers; ++s) {
    if (!IsMember(leader.conf_state, raft::NodeId(s))) continue;
    if (!IsUp(s)) return false;
    const raft::Status status = servers_[s - 1].node->status();
    if (status.hard_state.term != leader.hard_state.term || status.soft_state.leader != leader.id ||
        status.applied != leader.last_index) {
      return false;
    }
  }
  return true;
}

bool Cluster::ReadsAnswered(const raft::Status& leader) const {
  const auto& asked = servers_[leader.id.value() - 1].asked_as_leader;
  return std::none_of(asked.begin(), asked.end(),
                      [&](const auto& read) { return read.second == leader.hard_state.term; });
}

// True, and the next stage begun, if that of `goal` is reached.
bool Cluster::Reached(Goal& goal, std::uint32_t leader, const raft::Status& status) {
  const auto of_members = [&](Kind kind) {
    std::uint64_t asked = 0;
    for (std::uint32_t s = 1; s <= settings_.servers; ++s) {
      if (!IsMember(status.conf_state, raft::NodeId(s))) continue;
      const bool forwards =
          settings_.forward_proposals && !Has(status.conf_state.learners, raft::NodeId(s));
      if (kind == Kind::kPropose && s != leader && !forwards) continue;
      Perform({kind, {s, 5}});
      ++asked;
    }
    return asked;
  };
  switch (goal.stage) {
    case Goal::Stage::kCatchUp:
      goal.wanted = status.last_index.value() + of_members(Kind::kPropose);
      // With a small quota some may be refused, but not the first.
      if (settings_.max_uncommitted_bytes < 1000) goal.wanted = status.last_index.value() + 1;
      goal.stage = Goal::Stage::kProposals;
      return true;
    case Goal::Stage::kProposals:
      if (status.last_index.value() < goal.wanted) return false;
      // With nothing in the log, too, a leader must know what it has committed.
      Perform({Kind::kCompact, {leader, 0}});
      goal.wanted = counts_.reads_served + of_members(Kind::kRead);
      goal.stage = Goal::Stage::kReads;
      return true;
    case Goal::Stage::kReads:
      if (counts_.reads_served < goal.wanted || !ReadsAnswered(status)) return false;
      for (const raft::PeerStatus& peer : status.peers) {
        Perform({Kind::kUnreachable, {leader, static_cast<std::uint32_t>(peer.id.value())}});
      }
      goal.stage = Goal::Stage::kUnreachable;
      return true;
    case Goal::Stage::kUnreachable:
      for (const raft::PeerStatus& peer : status.peers) {
        const bool itself = peer.id == status.id;
        if (!itself && peer.state != raft::Progress::State::kReplicate) return false;
      }
      goal.stage = Goal::Stage::kBurst;
      Burst(leader);
      if (!CaughtUp(At(leader).node->status())) stuck_ = Describe(goal);
      return true;
    case Goal::Stage::kBurst:
      goal.stage = Goal::Stage::kTransfer;
      TransferUnderLoad(goal, leader, status);
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

void Cluster::Burst(std::uint32_t leader) {
  const std::uint32_t size = std::min(settings_.max_inflight_messages, 8U) + 3;
  for (std::uint32_t k = 0; k < size; ++k) Perform({Kind::kPropose, {leader, k}});
  SettleAll();
}

// There is always one more proposal on its way to the next leader.
void Cluster::TransferUnderLoad(Goal& goal, std::uint32_t leader, const raft::Status& status) {
  goal.wanted = leader;
  for (const raft::NodeId id : status.conf_state.voters) {
    if (id != status.id) goal.wanted = id.value();
  }
  Perform({Kind::kPropose, {leader, 1}});
  Perform({Kind::kTransfer, {leader, static_cast<std::uint32_t>(goal.wanted)}});
  constexpr int kPasses = 32;
  for (int pass = 0; pass < kPasses && Leader() != goal.wanted; ++pass) {
    Settle();
    Perform({Kind::kPropose, {leader, 1}});
  }
  SettleAll();
  if (Leader() != goal.wanted) stuck_ = Describe(goal);
}

std::string Cluster::Describe(const Goal& goal) const {
  std::string text;
  switch (goal.stage) {
    case Goal::Stage::kCatchUp:
      text = "no leader whom every member follows to the end of its log";
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
  text += ", long after the faults stopped;";
  for (std::uint32_t s = 1; s <= settings_.servers; ++s) {
    if (!IsUp(s)) continue;
    const raft::Status status = servers_[s - 1].node->status();
    text += " server " + std::to_string(s) + ": " +
            std::string(raft::kRoleNames[static_cast<std::size_t>(status.soft_state.role)]) +
            " term " + std::to_string(status.hard_state.term.value()) + " commit " +
            std::to_string(status.hard_state.commit.value()) + " of " +
            std::to_string(status.last_index.value()) + ";";
  }
  text.pop_back();
  return text;
}

}  // namespace tracegen
