// Clocks, promises and leases.  TLA+ module: RaftLeases, which states what is assumed of clocks.
// Source: dissertation 6.4.1 and 4.2.3.
// A server that hears from the leader of its term promises to take part in no election for
// election_ticks of its own clock; a newer term does not end the promise.  A leader has a lease
// while a quorum is bound, counted from when it sent the heartbeats that were answered.  Without
// clocks (Constants::Clocked) nobody is bound, and nobody has a lease.
#pragma once

#include <algorithm>

#include "spec/outcome.h"
#include "spec/raft_network.h"
#include "spec/raft_state.h"

namespace spec {

// The clocks of these servers tick once.  `gap`: by how much the clocks of Ahead run before the
// others afterwards; only models need it.
template <class Network>
Outcome Tick(Raft<Network>& raft, typename Raft<Network>::Set servers, std::uint64_t gap) {
  servers.All([&raft](Server i) {
    auto& lease = raft.history.LeaseOf(i);
    lease.clock = lease.clock + 1;
    return true;
  });
  raft.history.clock_gap = gap;
  return Outcome::Taken();
}

// Server i hears from the leader of its term.
template <class Network>
void Promise(Raft<Network>& raft, Server i) {
  if (!raft.constants.Clocked()) return;
  auto& lease = raft.history.LeaseOf(i);
  lease.promised_until = lease.clock + raft.constants.election_ticks;
}

// Is server i bound?  A leader does not vote itself out of office either.
template <class Network>
bool UnderPromise(const Raft<Network>& raft, Server i) {
  if (!raft.constants.Clocked()) return false;
  const auto& lease = raft.history.LeaseOf(i);
  return raft.state[i].state == Role::kLeader || lease.clock < lease.promised_until;
}

// The guard of campaigns that the leader has not asked for.
template <class Network>
Outcome IsFree(const Raft<Network>& raft, Server i, std::string_view action) {
  if (!UnderPromise(raft, i)) return Outcome::Taken();
  const auto& lease = raft.history.LeaseOf(i);
  return Outcome::Refused(action, "~UnderPromise(i)", Operand{"clock[i]", lease.clock},
                          Operand{"promisedUntil[i]", lease.promised_until});
}

// The voters whose promise to leader l holds for sure: l itself, and those that are young enough.
template <class Types>
typename Types::Set Bound(const Constants& constants, const BasicServerState<Types>& server,
                          const BasicLease<Types>& lease, Server l) {
  typename Types::Set bound;
  server.config.Voters().All([&](Server j) {
    const std::uint64_t at = lease.confirmed_at[j];
    const bool young = at > 0 && lease.clock + constants.max_drift < at + constants.election_ticks;
    if (j == l || young) bound.Insert(j);
    return true;
  });
  return bound;
}

template <class Types>
bool HasLease(const Constants& constants, const BasicServerState<Types>& server,
              const BasicLease<Types>& lease, Server l) {
  return constants.Clocked() && server.state == Role::kLeader && !lease.lease_ended &&
         server.config.IsQuorum(Bound(constants, server, lease, l));
}

template <class Network>
bool HasLease(const Raft<Network>& raft, Server l) {
  return raft.constants.Clocked() &&
         HasLease(raft.constants, raft.state[l], raft.history.LeaseOf(l), l);
}

}  // namespace spec
