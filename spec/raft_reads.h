// Linearizable reads.  TLA+ module: RaftReads.  Source: dissertation 6.4; etcd's ReadIndex.
// In a model, a read is served only after a quorum has confirmed the leader, or under its lease.  A
// trace shows a read under a lease (ServeUnderLease).  It need not say which reads a heartbeat
// confirms.  There the specification only demands, whoever serves the read, that its index is not
// below what was committed when the read was requested.
#pragma once

#include "spec/outcome.h"
#include "spec/raft_leases.h"
#include "spec/raft_network.h"
#include "spec/raft_state.h"

namespace spec {

// A client asks server i for an index to read at.  `read` is not 0.
template <class Network>
Outcome ReadIndex(Raft<Network>& raft, Server i, std::uint64_t read) {
  if (raft.history.FindRead(read) != nullptr) {
    return Outcome::Refused("ReadIndex", "read \\notin DOMAIN reads", Operand{"read", read});
  }
  auto& asked = raft.history.AddRead(read);
  asked.server = i;
  asked.known = raft.tree->Length(raft.history.committed);
  return Outcome::Taken();
}

// Leader l accepts the read, which a follower may have forwarded.  A leader that has not yet
// committed an entry of its own term does not know what its predecessors committed.
template <class Network>
Outcome TakeRead(Raft<Network>& raft, Server l, std::uint64_t read) {
  const auto& s = raft.state[l];
  auto* asked = raft.history.FindRead(read);
  if (asked == nullptr || asked->leader != kNil) {
    return Outcome::Refused("TakeRead", "read \\in DOMAIN reads /\\ reads[read].leader = Nil",
                            Operand{"read", read});
  }
  if (s.state != Role::kLeader) {
    return Outcome::Refused("TakeRead", "state[l] = Leader", Operand{"state[l]", s.state});
  }
  const Term term = raft.tree->TermAt(s.log, s.commit_index);
  if (term != s.current_term) {
    return Outcome::Refused("TakeRead", "TermAt(log[l], commitIndex[l]) = currentTerm[l]",
                            Operand{"TermAt(log[l], commitIndex[l])", term},
                            Operand{"currentTerm[l]", s.current_term});
  }
  asked->leader = l;
  asked->term = s.current_term;
  asked->index = s.commit_index;
  asked->acks = {};
  asked->acks.Insert(l);
  return Outcome::Taken();
}

// May leader i attach `read` to a heartbeat?  TLA+: Contexts.
template <class Network>
bool IsContext(const Raft<Network>& raft, Server i, std::uint64_t read) {
  const auto& s = raft.state[i];
  const auto* asked = raft.history.FindRead(read);
  return asked != nullptr && asked->leader == i && asked->term == s.current_term && !asked->served;
}

// Leader l answers the server that was asked, after a quorum has confirmed l since the read
// arrived, or while its lease excludes another leader.
template <class Network>
Outcome ServeRead(Raft<Network>& raft, Server l, std::uint64_t read) {
  const auto& s = raft.state[l];
  auto* asked = raft.history.FindRead(read);
  if (s.state != Role::kLeader || !IsContext(raft, l, read)) {
    return Outcome::Refused("ServeRead", "state[l] = Leader /\\ read \\in Contexts(l)",
                            Operand{"state[l]", s.state}, Operand{"read", read});
  }
  if (!s.config.IsQuorum(asked->acks) && !HasLease(raft, l)) {
    return Outcome::Refused("ServeRead", "IsQuorum(config[l], reads[read].acks) \\/ HasLease(l)",
                            Operand{"reads[read].acks", asked->acks},
                            Operand{"Voters(config[l])", s.config.Voters()});
  }
  asked->served = true;
  return Outcome::Taken();
}

// Leader l answers a read under its lease; the trace does not say which read.
template <class Network>
Outcome ServeUnderLease(const Raft<Network>& raft, Server l) {
  const auto& s = raft.state[l];
  if (s.state != Role::kLeader) {
    return Outcome::Refused("ServeRead", "state[l] = Leader", Operand{"state[l]", s.state});
  }
  const Term term = raft.tree->TermAt(s.log, s.commit_index);
  if (term != s.current_term) {
    return Outcome::Refused("ServeRead", "TermAt(log[l], commitIndex[l]) = currentTerm[l]",
                            Operand{"TermAt(log[l], commitIndex[l])", term},
                            Operand{"currentTerm[l]", s.current_term});
  }
  if (raft.constants.Clocked() && !HasLease(raft, l)) {
    const auto& lease = raft.history.LeaseOf(l);
    return Outcome::Refused("ServeRead", "HasLease(l)", Operand{"clock[l]", lease.clock},
                            Operand{"Bound(l)", Bound(raft.constants, s, lease, l)},
                            Operand{"leaseEnded[l]", lease.lease_ended},
                            Operand{"Voters(config[l])", s.config.Voters()});
  }
  return Outcome::Taken();
}

// Server i learns `index`.  The trace does not say how the leader made sure that it still led.
template <class Network>
Outcome ServeRead(Raft<Network>& raft, Server i, std::uint64_t read, Index index) {
  const auto* asked = raft.history.FindRead(read);
  if (asked == nullptr) {
    return Outcome::Refused("ServeRead", "read \\in DOMAIN reads", Operand{"read", read});
  }
  if (asked->server != i) {
    return Outcome::Refused("ServeRead", "reads[read].server = i",
                            Operand{"reads[read].server", asked->server}, Operand{"i", i});
  }
  if (index < asked->known) {
    return Outcome::Refused("ServeRead", "index >= reads[read].known", Operand{"index", index},
                            Operand{"reads[read].known", asked->known});
  }
  const Index committed = raft.tree->Length(raft.history.committed);
  if (index > committed) {
    return Outcome::Refused("ServeRead", "index <= Len(committed)", Operand{"index", index},
                            Operand{"Len(committed)", committed});
  }
  return Outcome::Taken();
}

}  // namespace spec
