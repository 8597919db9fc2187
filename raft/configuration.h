// The configuration in force, and how a change leads to the next one.  Pure: a change gives a new
// value or says what is wrong with it; nobody's progress is touched.
// Sources: dissertation 4.1 to 4.3; etcd's confchange package.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "raft/conf_change.h"
#include "raft/quorum.h"

namespace raft {

struct Configuration {
  JointConfig voters;
  std::vector<NodeId> learners;       // sorted; never voters
  std::vector<NodeId> learners_next;  // sorted; voters of the outgoing half, not of the incoming
  bool auto_leave = false;

  bool IsLearner(NodeId id) const;
  bool Contains(NodeId id) const;   // as whatever
  std::vector<NodeId> Ids() const;  // of everybody, sorted
  ConfState ToConfState() const;
  friend bool operator==(const Configuration&, const Configuration&) = default;
};

// A configuration, or in one sentence why there is none.
using ConfigurationOrError = tl::expected<Configuration, std::string>;

// What `change` makes of `from`: a direct change of at most one voter, the entry into a joint
// configuration, or the way out of it.
[[nodiscard]] ConfigurationOrError Apply(const Configuration& from, const ConfChange& change);
// What was stored.  Lists may come in any order.
[[nodiscard]] ConfigurationOrError ConfigurationOf(const ConfState& stored);

}  // namespace raft
