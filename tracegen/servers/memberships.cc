#include "tracegen/servers/memberships.h"

#include <algorithm>

namespace tracegen {

std::vector<ServerId> IdsOf(const std::vector<raft::NodeId>& ids) {
  std::vector<ServerId> numbers;
  numbers.reserve(ids.size());
  for (const raft::NodeId id : ids) numbers.push_back(IdOf(id));
  return numbers;
}

namespace {

// Each server is in at most one list; a server in neither list is removed.
raft::ConfChange Replacement(const MembershipChange& change, std::uint32_t servers) {
  raft::ConfChange all;
  all.transition = change.kind == MembershipChange::Kind::kReplaceStay
                       ? raft::ConfChangeTransition::kJointExplicit
                       : raft::ConfChangeTransition::kJointImplicit;
  const auto has = [](const std::vector<ServerId>& ids, ServerId id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  for (ServerId id = 1; id <= servers; ++id) {
    const raft::ConfChangeType type = has(change.voters, id) ? raft::ConfChangeType::kAddNode
                                      : has(change.learners, id)
                                          ? raft::ConfChangeType::kAddLearnerNode
                                          : raft::ConfChangeType::kRemoveNode;
    all.changes.push_back({type, raft::NodeId(id)});
  }
  return all;
}

}  // namespace

raft::ConfChange ChangeOf(const MembershipChange& change, std::uint32_t servers) {
  const raft::NodeId id(change.server);
  switch (change.kind) {
    case MembershipChange::Kind::kAdd:
      return {{}, {{raft::ConfChangeType::kAddNode, id}}, {}};
    case MembershipChange::Kind::kAddLearner:
      return {{}, {{raft::ConfChangeType::kAddLearnerNode, id}}, {}};
    case MembershipChange::Kind::kRemove:
      return {{}, {{raft::ConfChangeType::kRemoveNode, id}}, {}};
    case MembershipChange::Kind::kReplace:
    case MembershipChange::Kind::kReplaceStay:
      return Replacement(change, servers);
    case MembershipChange::Kind::kLeaveJoint:
      break;
  }
  return {};
}

raft::ConfState InitialConfiguration(const Settings& settings) {
  raft::ConfState conf_state;
  for (ServerId id = 1; id <= InitialMembers(settings); ++id) conf_state.voters.emplace_back(id);
  return conf_state;
}

}  // namespace tracegen
