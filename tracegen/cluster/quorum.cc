#include "tracegen/cluster/quorum.h"

#include <bit>

namespace tracegen {
Quorum::Quorum(const Cluster& cluster, std::uint32_t before)
    : cluster_(cluster), status_(cluster.settings().servers) {
  const std::uint32_t count = cluster.settings().servers;
  std::uint32_t whole = 0;
  std::uint64_t applied = 0;
  for (ServerId s = 1; s <= count; ++s) {
    if (!cluster.IsUp(s)) continue;
    const ServerStatus& status = status_[s - 1].emplace(cluster.StatusOf(s));
    stuck_disk_ = stuck_disk_ || cluster.IsStalled(s);
    if (!IsWhole(s)) continue;
    whole |= Bit(s);
    if (newest_ != nullptr && status.applied <= applied) continue;
    newest_ = &status.members;
    applied = status.applied;
  }
  if (newest_ == nullptr) return;
  for (ServerId s = 1; s <= count; ++s) {
    if (!newest_->Has(s)) whole &= ~Bit(s);
  }
  if (before != 0 && (before & ~whole) == 0 && IsPromised(before)) {
    servers_ = before;
    return;
  }
  for (std::uint32_t some = whole; some != 0; some = (some - 1) & whole) {
    if (std::popcount(some) > std::popcount(servers_) && IsPromised(some)) servers_ = some;
  }
}

ServerId Quorum::Leader() const {
  ServerId leader = 0;
  for (ServerId s = 1; s <= status_.size(); ++s) {
    if (!status_[s - 1] || StatusOf(s).role != ServerStatus::Role::kLeader) continue;
    if (leader != 0 && StatusOf(s).term < StatusOf(leader).term) continue;
    bool heard = Has(s);
    for (ServerId to = 1; to <= status_.size(); ++to) {
      heard = heard || (Has(to) && !cluster_.network().IsCut(s, to));
    }
    if (heard) leader = s;
  }
  return leader;
}

bool Quorum::IsWhole(ServerId server) const {
  return cluster_.IsUp(server) && !cluster_.IsStalled(server) && !cluster_.IsSlow(server);
}

bool Quorum::IsPromised(std::uint32_t servers) const {
  if (!newest_->IsQuorum(servers) || !AreConnected(servers)) return false;
  for (ServerId s = 1; s <= status_.size(); ++s) {
    if (!status_[s - 1]) continue;
    if ((servers & Bit(s)) == 0) {
      if (!IsHarmless(s, servers)) return false;
      continue;
    }
    const Membership& members = StatusOf(s).members;
    if (members.Votes(s) ? !members.IsQuorum(servers) : newest_->Votes(s)) return false;
  }
  return true;
}

bool Quorum::AreConnected(std::uint32_t servers) const {
  for (ServerId a = 1; a <= status_.size(); ++a) {
    for (ServerId b = 1; b <= status_.size(); ++b) {
      const bool both = a != b && (servers & Bit(a)) != 0 && (servers & Bit(b)) != 0;
      if (both && cluster_.network().IsCut(a, b)) return false;
    }
  }
  return true;
}

// The promises at the top of quorum.h.
bool Quorum::IsHarmless(ServerId outsider, std::uint32_t servers) const {
  bool sends = false;
  bool hears = false;
  bool cut = false;  // some link, in some direction
  for (ServerId s = 1; s <= status_.size(); ++s) {
    if ((servers & Bit(s)) == 0) continue;
    const bool to = !cluster_.network().IsCut(outsider, s);
    const bool from = !cluster_.network().IsCut(s, outsider);
    sends = sends || to;
    hears = hears || from;
    cut = cut || !to || !from;
  }
  if (!sends) return true;
  const Settings& settings = cluster_.settings();
  const ServerStatus& status = StatusOf(outsider);
  const bool leads = status.role == ServerStatus::Role::kLeader;
  if (!status.members.Votes(outsider)) return !leads || !cut || settings.step_down_on_removal;
  if (cluster_.IsSlow(outsider)) return !cut && !settings.lease_reads;
  if (settings.check_quorum) return !cut || !stuck_disk_;
  if (cluster_.IsStalled(outsider)) return !leads || !cut;
  return settings.pre_vote && !hears && !leads;
}

}  // namespace tracegen
