#include "status_text.h"

#include <array>
#include <string_view>
#include <vector>

namespace scenarios {
namespace {

constexpr std::array<std::string_view, 3> kProgressNames = {"StateProbe", "StateReplicate",
                                                            "StateSnapshot"};
constexpr std::array<std::string_view, 8> kProposeResultNames = {
    "accepted",
    "no leader is known",
    "not forwarded to the leader",
    "a learner takes no proposals",
    "leadership is being transferred",
    "too much is uncommitted",
    "the leader is no member any more",
    "the membership change cannot be made"};

std::string BracedIds(const std::vector<raft::NodeId>& ids) {
  std::string text = "{";
  for (const raft::NodeId id : ids) {
    if (text.size() > 1) text += ",";
    text += std::to_string(id.value());
  }
  return text + "}";
}

}  // namespace

std::string Text(const raft::Status& s) {
  const auto number = [](auto value) { return std::to_string(value.value()); };
  std::string text = "server " + number(s.id) + " ";
  text += raft::kRoleNames[static_cast<std::size_t>(s.soft_state.role)];
  text += " term " + number(s.hard_state.term) + " leader " + number(s.soft_state.leader) +
          " vote " + number(s.hard_state.vote) + "\n";
  text += "log " + number(s.first_index) + " to " + number(s.last_index) + " commit " +
          number(s.hard_state.commit) + " applied " + number(s.applied) + "\n";
  text += "voters " + BracedIds(s.conf_state.voters);
  if (!s.conf_state.voters_outgoing.empty()) {
    text += " and " + BracedIds(s.conf_state.voters_outgoing);
    if (s.conf_state.auto_leave) text += " auto-leave";
  }
  if (!s.conf_state.learners.empty()) text += " learners " + BracedIds(s.conf_state.learners);
  if (!s.conf_state.learners_next.empty())
    text += " to learn " + BracedIds(s.conf_state.learners_next);
  text += "\n";
  if (s.lead_transferee != raft::kNone)
    text += "handing over to " + number(s.lead_transferee) + "\n";
  for (const raft::PeerStatus& peer : s.peers) {
    text += "  " + number(peer.id) + ": ";
    text += kProgressNames[static_cast<std::size_t>(peer.state)];
    text += " match " + number(peer.match) + " next " + number(peer.next);
    if (peer.learner) text += " learner";
    if (peer.paused) text += " paused";
    if (!peer.recent_active) text += " inactive";
    if (peer.pending_snapshot != raft::Index())
      text += " snapshot " + number(peer.pending_snapshot);
    if (peer.inflight > 0) text += " inflight " + std::to_string(peer.inflight);
    text += "\n";
  }
  return text;
}

std::string Text(raft::ProposeResult result) {
  return std::string(kProposeResultNames[static_cast<std::size_t>(result)]);
}

}  // namespace scenarios
