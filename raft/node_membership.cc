// Who belongs to the cluster, and who leads it: configurations and their changes (dissertation
// chapter 4; etcd: a change is in force when it is applied), leadership transfer (3.10).
// TLA+: ApplyConfChange, ProposeConfChange, LeaveJoint, TransferLeader, TimeoutNow.
#include <algorithm>
#include <utility>

#include "raft/node_impl.h"

namespace raft {

// Why a leader does not append this change now; nothing if it may.
std::optional<std::string> Node::Impl::Refusal(const ConfChange& change) const {
  if (config_.disable_conf_change_validation) return std::nullopt;
  if (pending_conf_index_ > log_.applied()) {
    return "a change at index " + std::to_string(pending_conf_index_.value()) +
           " may be pending, applied is " + std::to_string(log_.applied().value());
  }
  const ConfigurationOrError next = Apply(tracker_.configuration(), change);
  if (!next) return next.error();
  return std::nullopt;
}

ProposeResult Node::Impl::ProposeConfChange(const ConfChange& change, std::string* why) {
  if (role_ == Role::kLeader) {
    const std::optional<std::string> refusal = Refusal(change);
    if (refusal) {
      if (why != nullptr) *why = *refusal;
      return ProposeResult::kBadConfChange;
    }
  }
  std::vector<Entry> entries(1);
  entries[0].type = EntryType::kConfChange;
  entries[0].data = Encode(change);
  return Propose(entries);
}

ConfState Node::Impl::ApplyConfChange(const ConfChange& change) {
  const ConfigurationOrError next = Apply(tracker_.configuration(), change);
  if (next) return SwitchTo(*next);
  TraceApplyConfChange(tracker_.configuration());
  return tracker_.configuration().ToConfState();
}

ConfState Node::Impl::SwitchTo(Configuration configuration) {
  TraceApplyConfChange(configuration);
  ConfState state = configuration.ToConfState();
  tracker_.SwitchTo(std::move(configuration), std::max(log_.last_index(), Index(1)));
  if (role_ != Role::kLeader) return state;
  const bool leaves = config_.step_down_on_removal && !tracker_.IsVoter(config_.id);
  if (leaves && lead_transferee_ == kNone) HandOver();
  // A smaller quorum may already have what the larger one lacked, and new servers must hear of it.
  ReleaseConfirmedReads();
  if (MaybeCommit()) {
    ReleasePendingReads();
    BroadcastAppend();
  } else {
    for (Peer& peer : tracker_.peers()) {
      if (peer.id != config_.id) MaybeSendAppend(peer, false);
    }
  }
  if (lead_transferee_ != kNone && !tracker_.IsVoter(lead_transferee_)) AbortTransfer();
  return state;
}

// The leader leaves an automatic joint configuration once the change that entered it is applied.
void Node::Impl::MaybeLeaveJoint() {
  if (role_ != Role::kLeader || !tracker_.configuration().auto_leave) return;
  if (log_.applied() < pending_conf_index_ || lead_transferee_ != kNone) return;
  std::vector<Entry> leave(1);
  leave[0].type = EntryType::kConfChange;
  HandlePropose(leave);
}

// A leader that was removed hands over (dissertation 4.2.2).  If it only stepped down, the servers
// that it leaves behind might not know yet that the change is committed.  In their old
// configuration they might need the vote of a server that is gone, and never elect anybody.  So it
// goes on leading, without counting itself, until one of them takes over; it gives up when nobody
// answers any more.  Each election timeout it turns to another one, for the one with the longest
// log may be dead, or cut off from the others: dissertation 3.10 has a transfer given up, and then
// there is no other leader to take proposals again.  REQUIRES: leader, no voter, no transfer.
void Node::Impl::HandOver() {
  Peer* best = nullptr;
  const auto before = [](const Peer& a, const Peer& b) {
    if (a.asked_to_lead != b.asked_to_lead) return a.asked_to_lead < b.asked_to_lead;
    return a.progress.match() > b.progress.match();
  };
  for (Peer& peer : tracker_.peers()) {
    const bool can = peer.id != config_.id && tracker_.IsVoter(peer.id);
    if (can && (best == nullptr || before(peer, *best))) best = &peer;
  }
  if (best == nullptr) return;
  ++best->asked_to_lead;
  HandleTransfer(*best);
}

// REQUIRES: leader.
void Node::Impl::HandleTransfer(Peer& peer) {
  if (!tracker_.IsVoter(peer.id) || lead_transferee_ == peer.id) return;
  if (lead_transferee_ != kNone) AbortTransfer();
  if (peer.id == config_.id) return;
  election_elapsed_ = 0;  // it has an election timeout to succeed
  lead_transferee_ = peer.id;
  if (peer.progress.match() == log_.last_index()) {
    SendTimeoutNow(peer.id);
  } else {
    MaybeSendAppend(peer, true);
  }
}

void Node::Impl::SendTimeoutNow(NodeId to) {
  told_to_campaign_ = true;
  Message m = MessageTo(MessageType::kTimeoutNow, to);
  m.term = term_;
  Send(std::move(m));
}

void Node::Impl::AbortTransfer() {
  if (lead_transferee_ == kNone) return;
  lead_transferee_ = kNone;
  MaybeLeaveJoint();  // which had to wait
}

}  // namespace raft
