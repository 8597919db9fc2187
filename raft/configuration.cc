#include "raft/configuration.h"

#include <algorithm>
#include <utility>

namespace raft {
namespace {

using Ids = std::vector<NodeId>;

bool Has(const Ids& ids, NodeId id) { return std::binary_search(ids.begin(), ids.end(), id); }

void Insert(Ids& ids, NodeId id) {
  const auto at = std::lower_bound(ids.begin(), ids.end(), id);
  if (at == ids.end() || *at != id) ids.insert(at, id);
}

void Erase(Ids& ids, NodeId id) {
  const auto at = std::lower_bound(ids.begin(), ids.end(), id);
  if (at != ids.end() && *at == id) ids.erase(at);
}

Ids Sorted(Ids ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::string Name(NodeId id) { return "server " + std::to_string(id.value()); }

void MakeVoter(Configuration& to, NodeId id) {
  to.voters.incoming.Insert(id);
  Erase(to.learners, id);
  Erase(to.learners_next, id);
}

// A voter of the outgoing half goes on voting there: a server is never learner and voter at once,
// so it becomes a learner only when the joint configuration is left.
void MakeLearner(Configuration& to, NodeId id) {
  to.voters.incoming.Erase(id);
  if (to.voters.outgoing.Contains(id)) {
    Insert(to.learners_next, id);
  } else {
    Insert(to.learners, id);
  }
}

void Remove(Configuration& to, NodeId id) {
  to.voters.incoming.Erase(id);
  Erase(to.learners, id);
  Erase(to.learners_next, id);
}

void TakeUp(Configuration& to, const ConfChange& change) {
  for (const ConfChangeSingle& single : change.changes) {
    switch (single.type) {
      case ConfChangeType::kAddNode:
        MakeVoter(to, single.node);
        break;
      case ConfChangeType::kAddLearnerNode:
        MakeLearner(to, single.node);
        break;
      case ConfChangeType::kRemoveNode:
        Remove(to, single.node);
        break;
    }
  }
}

// How many servers vote in one of the two and not in the other.
std::size_t Difference(const MajorityConfig& a, const MajorityConfig& b) {
  Ids different;
  std::set_symmetric_difference(a.voters().begin(), a.voters().end(), b.voters().begin(),
                                b.voters().end(), std::back_inserter(different));
  return different.size();
}

ConfigurationOrError LeaveJoint(const Configuration& from) {
  if (!from.voters.IsJoint())
    return tl::unexpected<std::string>("there is no joint configuration to leave");
  Configuration to = from;
  for (const NodeId id : from.learners_next) Insert(to.learners, id);
  to.learners_next.clear();
  to.voters.outgoing = MajorityConfig();
  to.auto_leave = false;
  return to;
}

}  // namespace

bool Configuration::IsLearner(NodeId id) const { return Has(learners, id); }

bool Configuration::Contains(NodeId id) const { return voters.Contains(id) || IsLearner(id); }

std::vector<NodeId> Configuration::Ids() const {
  std::vector<NodeId> ids = voters.Ids();
  ids.insert(ids.end(), learners.begin(), learners.end());
  return Sorted(std::move(ids));
}

ConfState Configuration::ToConfState() const {
  return {voters.incoming.voters(), learners, voters.outgoing.voters(), learners_next, auto_leave};
}

ConfigurationOrError Apply(const Configuration& from, const ConfChange& change) {
  if (change.LeavesJoint()) return LeaveJoint(from);
  if (from.voters.IsJoint())
    return tl::unexpected<std::string>("the joint configuration must be left first");
  for (const ConfChangeSingle& single : change.changes) {
    if (single.node == kNone || single.node >= NodeId(~std::uint64_t{0} - 1)) {
      return tl::unexpected("no server can have the identifier " +
                            std::to_string(single.node.value()));
    }
  }
  Configuration to = from;
  if (change.UsesJoint()) {
    if (from.voters.incoming.empty()) {
      return tl::unexpected<std::string>("a configuration without voters cannot become joint");
    }
    to.voters.outgoing = from.voters.incoming;
    to.auto_leave = change.AutoLeave();
  }
  TakeUp(to, change);
  if (to.voters.incoming.empty()) return tl::unexpected<std::string>("no voter would be left");
  if (!change.UsesJoint() && Difference(from.voters.incoming, to.voters.incoming) > 1) {
    return tl::unexpected<std::string>(
        "more than one voter would change without a joint configuration");
  }
  return to;
}

ConfigurationOrError ConfigurationOf(const ConfState& stored) {
  Configuration to;
  to.voters.incoming = MajorityConfig(stored.voters);
  to.voters.outgoing = MajorityConfig(stored.voters_outgoing);
  to.learners = Sorted(stored.learners);
  to.learners_next = Sorted(stored.learners_next);
  to.auto_leave = stored.auto_leave;
  for (const NodeId id : to.learners) {
    if (to.voters.Contains(id)) return tl::unexpected(Name(id) + " is a learner and votes");
  }
  for (const NodeId id : to.learners_next) {
    if (!to.voters.outgoing.Contains(id)) {
      return tl::unexpected(Name(id) + " is to be a learner and never voted");
    }
    if (to.voters.incoming.Contains(id)) {
      return tl::unexpected(Name(id) + " is to be a learner and goes on voting");
    }
  }
  if (!to.voters.IsJoint() && to.auto_leave) {
    return tl::unexpected<std::string>("auto_leave outside of a joint configuration");
  }
  if (to.voters.IsJoint() && to.voters.incoming.empty()) {
    return tl::unexpected<std::string>("a joint configuration without incoming voters");
  }
  return to;
}

}  // namespace raft
