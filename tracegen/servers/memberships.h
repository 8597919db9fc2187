// Memberships and their changes, between the words of the seam (server.h) and those of our library.
// Private to this folder.
#pragma once

#include <cstdint>
#include <vector>

#include "raft/conf_change.h"
#include "raft/ids.h"
#include "tracegen/server.h"

namespace tracegen {

inline ServerId IdOf(raft::NodeId id) { return static_cast<ServerId>(id.value()); }
std::vector<ServerId> IdsOf(const std::vector<raft::NodeId>& ids);

// `servers` is how many there are: a change that replaces the membership removes all the others.
raft::ConfChange ChangeOf(const MembershipChange& change, std::uint32_t servers);

// What a cluster begins with.
raft::ConfState InitialConfiguration(const Settings& settings);

}  // namespace tracegen
