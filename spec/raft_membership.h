// Membership: single-server changes, joint consensus, learners.  TLA+ module: RaftMembership.
// Sources: dissertation chapter 4; etcd, where a configuration is in force from when its entry is
// applied, not from when it is appended, and where a leader proposes no change before it has
// applied the last one.  Without ValidatesChanges (etcd: DisableConfChangeValidation) it does not
// look at that, and the application answers for what it asks for.
#pragma once

#include "spec/outcome.h"
#include "spec/raft_network.h"
#include "spec/raft_state.h"

namespace spec {

// Guards that hold with ValidatesChanges only.
inline constexpr std::string_view kLastChangeApplied =
    "every configuration entry of log[i] is applied";
inline constexpr std::string_view kOnlyJointIsLeft =
    "a joint configuration is left, another one changed";
inline constexpr std::string_view kEarlierChangesApplied =
    "every configuration entry but the last is applied";

// The configuration that results from the entries of `log`.
template <class Network>
typename Raft<Network>::Config ConfigIn(const Raft<Network>& raft, LogId log) {
  return typename Raft<Network>::Config(ConfigOf(raft.constants, *raft.tree, log));
}

// The first configuration entry that server i has not applied; kEmptyLog if there is none.
template <class Network>
LogId NextConf(const Raft<Network>& raft, Server i) {
  const auto& s = raft.state[i];
  return raft.tree->FirstConfAfter(s.log, s.conf_index);
}

// The index of the last configuration entry but one in the log of server i, if it is beyond i's
// commit index; otherwise 0.  With ValidatesChanges that entry is committed, because no leader
// proposes a change before the previous one is committed.  TLA+: ChangeBeforeLast(i), if that is
// greater than commitIndex[i].
template <class Network>
Index ChangeToRecover(const Raft<Network>& raft, Server i) {
  const auto& s = raft.state[i];
  LogId before = kEmptyLog;
  LogId last = raft.tree->FirstConfAfter(s.log, s.commit_index);
  while (last != kEmptyLog) {
    const LogId next = raft.tree->FirstConfAfter(s.log, raft.tree->Length(last));
    if (next == kEmptyLog) break;
    before = last;
    last = next;
  }
  return raft.tree->Length(before);
}

// A crash may lose the commit index and keep the entries (RaftDurability).  Even so, server i knows
// that every change in its log except the last one is committed.
template <class Network>
Outcome RecoverCommitIndex(Raft<Network>& raft, Server i) {
  auto& s = raft.state[i];
  if (!raft.constants.validates_changes) {
    return Outcome::Refused("RecoverCommitIndex", "ValidatesChanges");
  }
  const Index index = ChangeToRecover(raft, i);
  if (index == 0) {
    return Outcome::Refused("RecoverCommitIndex", "commitIndex[i] < ChangeBeforeLast(i)",
                            Operand{"commitIndex[i]", s.commit_index});
  }
  s.commit_index = index;
  RecordCommitted(raft, i, s.current_term);
  return Outcome::Taken();
}

// May server i campaign?  It must be a voter of the configuration in force.  No committed entry and
// no snapshot may be about to replace that configuration: otherwise i could win in the old one
// while another server wins in the new one.
template <class Network>
Outcome MayCampaign(const Raft<Network>& raft, Server i, std::string_view action) {
  const auto& s = raft.state[i];
  if (!s.config.Voters().Contains(i)) {
    return Outcome::Refused(action, "i \\in Voters(config[i])", Operand{"i", i},
                            Operand{"Voters(config[i])", s.config.Voters()});
  }
  const LogId next = NextConf(raft, i);
  if (next != kEmptyLog && raft.tree->Length(next) <= s.commit_index) {
    return Outcome::Refused(action, "no committed configuration entry is unapplied",
                            Operand{"its index", raft.tree->Length(next)},
                            Operand{"commitIndex[i]", s.commit_index});
  }
  const bool validates = raft.constants.validates_changes;
  if (const Index earlier = validates ? ChangeToRecover(raft, i) : 0; earlier != 0) {
    return Outcome::Refused(action, kEarlierChangesApplied, Operand{"ChangeBeforeLast(i)", earlier},
                            Operand{"commitIndex[i]", s.commit_index});
  }
  if (s.pending_snapshot != 0) {
    return Outcome::Refused(action, "pendingSnapshot[i] = 0",
                            Operand{"pendingSnapshot[i]", s.pending_snapshot});
  }
  return Outcome::Taken();
}

// Leader i appends a membership change.
template <class Network>
Outcome ChangeConf(Raft<Network>& raft, Server i, const ConfChange& change, Value value) {
  auto& s = raft.state[i];
  if (s.state != Role::kLeader) {
    return Outcome::Refused("ChangeConf", "state[i] = Leader", Operand{"state[i]", s.state});
  }
  const bool validates = raft.constants.validates_changes;
  const LogId pending = validates ? NextConf(raft, i) : kEmptyLog;
  if (pending != kEmptyLog) {
    return Outcome::Refused("ChangeConf", kLastChangeApplied,
                            Operand{"index of the first that is not", raft.tree->Length(pending)},
                            Operand{"confIndex[i]", s.conf_index});
  }
  const bool leaves = change.changes == 0 && change.transition == ConfChange::Transition::kAuto;
  if (validates && leaves != s.config.IsJoint()) {
    return Outcome::Refused("ChangeConf", kOnlyJointIsLeft, Operand{"joint", s.config.IsJoint()},
                            Operand{"leaves", leaves});
  }
  s.log = raft.tree->Append(s.log, s.current_term, value, change);
  return Outcome::Taken();
}

// Server i applies its next configuration entry.  A leader forgets the progress of a server that is
// removed, so that the server starts anew if it is added again.
template <class Network>
Outcome ApplyConfChange(Raft<Network>& raft, Server i) {
  auto& s = raft.state[i];
  const LogId next = NextConf(raft, i);
  if (next == kEmptyLog || raft.tree->Length(next) > s.commit_index) {
    return Outcome::Refused("ApplyConfChange", "a committed configuration entry is unapplied",
                            Operand{"confIndex[i]", s.conf_index},
                            Operand{"commitIndex[i]", s.commit_index});
  }
  s.config = typename Raft<Network>::Config(ConfigAfter(Config(s.config), raft.tree->Change(next)));
  s.conf_index = raft.tree->Length(next);
  const auto members = s.config.Members();
  for (Server j = 0; j < static_cast<Server>(s.match_index.size()); ++j) {
    if (!members.Contains(j)) s.match_index[j] = 0;
  }
  if (raft.constants.Clocked()) {
    auto& confirmed = raft.history.LeaseOf(i).confirmed_at;
    for (Server j = 0; j < static_cast<Server>(confirmed.size()); ++j) {
      if (!members.Contains(j)) confirmed[j] = 0;
    }
  }
  return Outcome::Taken();
}

}  // namespace spec
