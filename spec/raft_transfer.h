// Leadership transfer.  TLA+ module: RaftTransfer.  Source: dissertation 3.10; etcd.
#pragma once

#include "spec/outcome.h"
#include "spec/raft_election.h"
#include "spec/raft_membership.h"
#include "spec/raft_network.h"
#include "spec/raft_state.h"

namespace spec {

// Leader i asks j, which has i's whole log, to campaign at once.  From now on no promise to i binds
// the voters of j: i has no lease any more.
template <class Network>
Outcome SendTimeoutNow(Raft<Network>& raft, Server i, Server j) {
  const auto& s = raft.state[i];
  if (s.state != Role::kLeader) {
    return Outcome::Refused("SendTimeoutNow", "state[i] = Leader", Operand{"state[i]", s.state});
  }
  if (i == j || !s.config.Voters().Contains(j)) {
    return Outcome::Refused("SendTimeoutNow", "j \\in Voters(config[i]) \\ {i}", Operand{"j", j},
                            Operand{"Voters(config[i])", s.config.Voters()});
  }
  if (s.match_index[j] != raft.tree->Length(s.log)) {
    return Outcome::Refused("SendTimeoutNow", "matchIndex[i][j] = Len(log[i])",
                            Operand{"matchIndex[i][j]", s.match_index[j]},
                            Operand{"Len(log[i])", raft.tree->Length(s.log)});
  }
  auto m = MakeMessage(raft, MessageType::kMsgTimeoutNow, i, j);
  raft.network.Send(m);
  if (raft.constants.Clocked()) raft.history.LeaseOf(i).lease_ended = true;
  return Outcome::Taken();
}

// Does server i campaign when it receives MsgTimeoutNow?
template <class Network>
bool ObeysTimeoutNow(const Raft<Network>& raft, Server i) {
  return raft.state[i].state == Role::kFollower && MayCampaign(raft, i, "HandleTimeoutNow").taken();
}

// m.term = currentTerm[i].  The campaign needs no PreVote and ignores leases.
template <class Network>
Outcome HandleTimeoutNow(Raft<Network>& raft, Server i, Server /*j*/, const MessageOf<Network>& m) {
  if (const Outcome own = IsOfOwnTerm("HandleTimeoutNow", raft.state[i], m); !own) return own;
  raft.network.Discard(m);
  if (ObeysTimeoutNow(raft, i)) {
    BecomeCandidate(raft, i);
    raft.state[i].forced = true;
  }
  return Outcome::Taken();
}

}  // namespace spec
