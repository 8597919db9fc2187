// Progress of a quorum while other servers are missing (Kind::kProgress).  quorum.h says to whom it
// is promised.  The demands, within a bounded number of rounds and with all faults as they are:
//   there is a leader, and every server of the quorum has applied its whole log;
//   every read that this leader was asked for in its term is answered, before any new read can
//   release it;
//   what is then proposed to the servers of the quorum is applied by all of them, and what is read
//   there is answered, within a few election timeouts if the leader stays the same.
// If the leader is no server of the quorum (it is slow, its disk is stuck, it was removed, or it
// reaches other servers than they do), some server of the quorum must be served.
#include <algorithm>
#include <string>

#include "tracegen/cluster/cluster.h"
#include "tracegen/cluster/quorum.h"

namespace tracegen {

// What clients asked for, and since when.
struct Cluster::Attempt {
  bool asked = false;
  ServerId leader = 0;
  std::uint64_t term = 0;
  std::uint64_t since = 0;  // the round
  std::size_t first = 0;    // the first of its operations
};

bool Cluster::Progress(std::uint32_t rounds) {
  std::uint32_t servers = Quorum(*this).servers();
  if (servers == 0) return false;
  Attempt attempt;
  const std::uint64_t before = counts_.steps;
  const std::uint64_t all = std::uint64_t{rounds} * kElectionRounds;
  std::uint64_t left = all;
  while (left > 0 && counts_.steps - before <= 2 * kRunawaySteps) {
    Run(1);
    const Quorum quorum(*this, servers);
    if (quorum.servers() == 0) return true;  // a membership change came into force
    if (quorum.servers() != servers) {
      servers = quorum.servers();
      left = all;
      attempt = {};
    }
    const ServerId leader = quorum.Leader();
    left -= leader == 0 ? 1 : std::min<std::uint64_t>(left, kElectionRounds);
    if (leader != 0 && (IsServed(quorum, leader, attempt) || !stuck_.empty())) return true;
  }
  stuck_ = "a quorum is not served although it is whole: " +
           DescribeServers([servers](ServerId s) { return (servers & Bit(s)) != 0; });
  return true;
}

// Moves the attempt on; true if it succeeded.
bool Cluster::IsServed(const Quorum& quorum, ServerId leader, Attempt& attempt) {
  const ServerStatus& status = quorum.StatusOf(leader);
  if (attempt.asked && (attempt.leader != leader || attempt.term != status.term)) attempt = {};
  const bool inside = quorum.Has(leader);
  const bool follows = Follow(quorum, leader);
  // A server that joined after the last snapshot needs a newer one.
  if (!follows && rounds_ % 8 == 0) PerformPart({Kind::kCompact, {leader, 1000}});
  if (attempt.asked) {
    if (AttemptSucceeded(quorum, inside, attempt)) return true;
    const std::uint64_t patience = 4 * std::uint64_t{settings_.election_ticks};
    if (rounds_ - attempt.since < patience) return false;
    if (inside) {
      stuck_ = "a quorum that is whole has a leader and is not served: " +
               DescribeServers([&quorum](ServerId s) { return quorum.Has(s); });
      return false;
    }
    attempt = {};
  }
  if (inside && (!follows || !ReadsAnswered(leader, status))) return false;
  if (!inside) StopRemovedLeader(quorum, leader);
  if (!IsUp(leader)) return false;
  attempt = {true, leader, status.term, rounds_, history_.size()};
  for (ServerId s = 1; s <= settings_.servers; ++s) {
    if (!quorum.Has(s) && s != leader) continue;
    if (s == leader || settings_.forward_proposals) PerformPart({Kind::kPropose, {s, 5}});
    if (features_.reads && quorum.Has(s)) PerformPart({Kind::kRead, {s, 5}});
  }
  return false;
}

// Does every server of the quorum follow the leader to the end of its log?
bool Cluster::Follow(const Quorum& quorum, ServerId leader) const {
  const ServerStatus& status = quorum.StatusOf(leader);
  if (status.commit != status.last_index || status.busy) return false;
  for (ServerId s = 1; s <= settings_.servers; ++s) {
    if (!quorum.Has(s)) continue;
    const ServerStatus& other = quorum.StatusOf(s);
    if (other.term != status.term || other.leader != leader || other.applied != status.last_index) {
      return false;
    }
  }
  return true;
}

bool Cluster::AttemptSucceeded(const Quorum& quorum, bool all, const Attempt& attempt) const {
  std::uint64_t written = 0;  // where the first of the proposals was applied
  std::uint32_t answered = 0;
  for (std::size_t k = attempt.first; k < history_.size(); ++k) {
    const trace::Operation& operation = history_[k];
    if (operation.kind == trace::Operation::Kind::kRead) {
      if (operation.ended) answered |= Bit(operation.server);
    } else if (operation.position != 0 && (written == 0 || operation.position < written)) {
      written = operation.position;
    }
  }
  if (written == 0) return false;
  std::uint32_t served = 0;
  for (ServerId s = 1; s <= settings_.servers; ++s) {
    const bool read = !features_.reads || (answered & Bit(s)) != 0;
    if (quorum.Has(s) && read && servers_[s - 1].store.applied() >= written) served |= Bit(s);
  }
  return all ? served == quorum.servers() : served != 0;
}

// An operator stops a leader that was removed and does not hand over by itself, once the others
// have everything that it has.
void Cluster::StopRemovedLeader(const Quorum& quorum, ServerId leader) {
  const ServerStatus& status = quorum.StatusOf(leader);
  if (settings_.step_down_on_removal || status.members.Votes(leader)) return;
  for (ServerId s = 1; s <= settings_.servers; ++s) {
    if (quorum.Has(s) && quorum.StatusOf(s).applied < status.last_index) return;
  }
  PerformPart({Kind::kCrash, {leader, static_cast<std::uint32_t>(Unsynced(leader))}});
}

}  // namespace tracegen
