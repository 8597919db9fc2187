// The configuration in force, and how a change leads to the next one.  Pure: a change gives a new
// value or says what is wrong with it; nobody's progress is touched.
// Sources: dissertation 4.1 to 4.3; etcd's confchange package.
#pragma once

#include <optional>
#include <string>
#include <variant>
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
class ConfigurationOrError {
 public:
  ConfigurationOrError(Configuration value) : half_(std::move(value)) {}  // NOLINT
  ConfigurationOrError(std::string error) : half_(std::move(error)) {}    // NOLINT
  bool ok() const { return half_.index() == 0; }
  const Configuration& value() const { return std::get<0>(half_); }
  const std::string& error() const { return std::get<1>(half_); }

 private:
  std::variant<Configuration, std::string> half_;
};

// What `change` makes of `from`: a direct change of at most one voter, the entry into a joint
// configuration, or the way out of it.
ConfigurationOrError Apply(const Configuration& from, const ConfChange& change);
// What was stored.  Lists may come in any order.
ConfigurationOrError Restore(const ConfState& stored);

}  // namespace raft
