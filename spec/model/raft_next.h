// The next-state relation of a bounded model.  TLA+ module: Raft (Next, Receive) and MCRaft
// (CalmNext, CrashNext).  The steps have the same order and the same ranges, and each is generated
// as often as TLC generates it.  raft_next_inl.h has the definitions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "spec/model/model_network.h"
#include "spec/model/model_settings.h"
#include "spec/model/move.h"
#include "spec/raft_state.h"

namespace spec {

// TLA+: ChangesOf.  Calls f(change) once for each change that may be proposed in a configuration.
template <class F>
void ForEachChange(const NextConstants& next, const Config& config, F f) {
  using Transition = ConfChange::Transition;
  ConfChange change;
  if (config.IsJoint()) {
    f(change);
    return;
  }
  change.changes = 1;
  for (Server s = 0; s < kMaxServers; ++s) {
    ServerSet one;
    one.Insert(s);
    const ConfChange add{Transition::kAuto, 1, one, {}, {}};
    const ConfChange learn{Transition::kAuto, 1, {}, one, {}};
    const ConfChange remove{Transition::kAuto, 1, {}, {}, one};
    if (next.joiners.Contains(s) && !config.voters.Contains(s)) f(add);
    if (next.learners.Contains(s) && !config.learners.Contains(s)) f(learn);
    if (next.leavers.Contains(s) && config.Members().Contains(s)) f(remove);
  }
  for (const ServerSet target : next.targets) {
    if (target == config.voters) continue;
    const ServerSet leaving = config.voters - target;
    change.transition = Transition::kJointImplicit;
    change.add = target - config.voters;
    change.add_learner = leaving & next.learners;
    change.remove = leaving - next.learners;
    change.changes = (change.add | leaving).Size();
    f(change);
  }
}

// All changes that can ever be proposed, starting from the initial configuration.
std::vector<ConfChange> AllChanges(const NextConstants& next, const Config& initial);

// memcpy that is never inlined.  Where g++ knows a bound of the size, it copies with `rep movs`,
// which takes several times as long.
void CopyBytes(void* to, const void* from, std::size_t size);

// The next-state relation with a state to work on.  Each thread has its own.
template <int kServersOfModel>
class RaftNext {
 public:
  using Types = ModelTypes<kServersOfModel>;
  using Network = ModelNetwork<Types>;
  using State = Variables<Network>;
  using Durable = DurableOf<Network>;
  using StepVisitor = std::function<void(const Move&, const State&)>;

  RaftNext(const Constants& constants, const NextConstants& next, const PackedLogs& logs)
      : next_(next) {
    raft_.constants = constants;
    raft_.tree = &logs;
  }

  // TLA+: Init.
  State Initial();

  // Calls f(move, after) for each step from `before`.
  template <class F>
  void ForEachStep(const State& before, F f);

  // The state after a step that ForEachStep showed.
  const State& Take(const State& before, const Move& move);

  Raft<Network>& raft() { return raft_; }

 private:
  Server Servers() const { return static_cast<Server>(raft_.constants.servers); }
  // Copies everything that may differ from the initial value, in `state` or in raft_.
  void Load(const State& state) {
    State& to = raft_;
    CopyBytes(
        &to, &state,
        offsetof(State, network) + std::max(state.network.UsedBytes(), to.network.UsedBytes()));
  }

  // Tries one step from `before`, which is loaded.  A refused step changes nothing.
  bool Try(const State& before, const Move& move);
  bool TryRestart(Server i, Durable disk, Index commit);
  bool TryReceive(const Move& move, const typename Raft<Network>::Message& m);
  static bool HasToPersist(const State& before, Server i, Index commit);

  // TLA+: DisksAfterCrash, without the choice of the commit index.
  struct Disks {
    std::array<Durable, PackedLogs::kMaxLength + 2> disks;
    std::size_t count = 0;
    void Add(const Durable& disk) {
      for (std::size_t k = 0; k < count; ++k) {
        if (disks[k] == disk) return;
      }
      disks[count++] = disk;
    }
  };
  Disks DisksAfterCrash(const State& before, Server i) const;

  template <class F>
  void ForEachMessageStep(const State& before, F step);
  template <class F>
  void ForEachExtensionStep(const State& before, F step);

  NextConstants next_;
  Raft<Network> raft_;
};

}  // namespace spec
