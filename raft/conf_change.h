// The configuration of a cluster, and changes of it: who votes, who only learns.
// Sources: dissertation chapter 4 (single-server changes 4.2, joint consensus 4.3, learners 4.2.1
// as "non-voting"); etcd's ConfState and ConfChangeV2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "raft/ids.h"
#include "raft/payload.h"

namespace raft {

// A configuration as it is stored in snapshots.  Every list is sorted and has nobody twice.
struct ConfState {
  std::vector<NodeId> voters = {};           // the incoming half of a joint configuration
  std::vector<NodeId> learners = {};         //
  std::vector<NodeId> voters_outgoing = {};  // empty outside of a joint configuration
  std::vector<NodeId> learners_next =
      {};                   // still voters of the outgoing half; learners when it ends
  bool auto_leave = false;  // the leader leaves the joint configuration by itself
  friend bool operator==(const ConfState&, const ConfState&) = default;
};

enum class ConfChangeType : std::uint8_t {
  kAddNode,         // makes it a voter, also if it is a learner
  kRemoveNode,      //
  kAddLearnerNode,  // makes it a learner, also if it is a voter (demotion)
};

struct ConfChangeSingle {
  ConfChangeType type = ConfChangeType::kAddNode;
  NodeId node;
  friend bool operator==(const ConfChangeSingle&, const ConfChangeSingle&) = default;
};

enum class ConfChangeTransition : std::uint8_t {
  kAuto,           // directly if one change does it; else joint, left automatically
  kJointImplicit,  // joint, left automatically
  kJointExplicit,  // joint, left when an empty change is proposed
};

// What a configuration entry asks for.  An entry without changes and with kAuto asks to leave the
// joint configuration.
struct ConfChange {
  ConfChangeTransition transition = ConfChangeTransition::kAuto;
  std::vector<ConfChangeSingle> changes;
  std::string context;  // the application's
  friend bool operator==(const ConfChange&, const ConfChange&) = default;

  bool LeavesJoint() const { return changes.empty() && transition == ConfChangeTransition::kAuto; }
  bool UsesJoint() const { return transition != ConfChangeTransition::kAuto || changes.size() > 1; }
  bool AutoLeave() const { return transition != ConfChangeTransition::kJointExplicit; }
};

// The payload of a configuration entry, and back; nothing if the bytes are no change.  A change
// without changes, transition and context is the empty payload.
Payload Encode(const ConfChange& change);
std::optional<ConfChange> Decode(std::string_view bytes);

}  // namespace raft
