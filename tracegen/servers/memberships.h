// Converts memberships and their changes from the types of the interface (server.h) to those of our
// library.  Private to this folder.
#pragma once

#include <cstdint>
#include <vector>

#include "raft/conf_change.h"
#include "raft/ids.h"
#include "tracegen/server.h"

namespace tracegen {

inline ServerId IdOf(raft::NodeId id) { return static_cast<ServerId>(id.value()); }
std::vector<ServerId> IdsOf(const std::vector<raft::NodeId>& ids);

// `servers` is the number of servers: a change that replaces the membership removes all others.
raft::ConfChange ChangeOf(const MembershipChange& change, std::uint32_t servers);

// The configuration at the start.
raft::ConfState InitialConfiguration(const Settings& settings);

}  // namespace tracegen
