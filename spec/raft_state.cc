#include "spec/raft_state.h"

namespace spec {
namespace {

Config AfterJoint(Config config) {
  config.learners = config.learners | config.learners_next;
  config.outgoing = {};
  config.learners_next = {};
  config.auto_leave = false;
  return config;
}

}  // namespace

Config ConfigAfter(const Config& config, const ConfChange& change) {
  using Transition = ConfChange::Transition;
  const bool leave = change.changes == 0 && change.transition == Transition::kAuto;
  if (leave) return config.IsJoint() ? AfterJoint(config) : config;
  if (config.IsJoint()) return config;
  const bool joint = change.transition != Transition::kAuto || change.changes > 1;
  Config next = config;
  if (joint) {
    next.outgoing = config.voters;
    next.auto_leave = change.transition != Transition::kJointExplicit;
  }
  next.voters = (config.voters | change.add) - change.add_learner - change.remove;
  next.learners =
      (config.learners - change.add - change.remove) | (change.add_learner - next.outgoing);
  next.learners_next = change.add_learner & next.outgoing;
  // A change that no later change could undo, or after which two majorities might not intersect.
  const int changed = (next.voters - config.voters).Size() + (config.voters - next.voters).Size();
  if (next.voters.Empty() || (!joint && changed > 1)) return config;
  return next;
}

}  // namespace spec
