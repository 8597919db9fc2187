// A bounded model of the specification, for the explorer.  TLA+ module: MCRaft (Bounded, Symmetry).
// The explorer knows nothing of Raft (explorer/model.h states what it requires), and this class
// knows nothing of search strategies.
//
// The definitions take long to compile.  They are in mc_raft_inl.h, and only mc_raft_small.cc and
// mc_raft_large.cc compile them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "spec/explorer/model.h"
#include "spec/model/model_properties.h"
#include "spec/model/model_settings.h"
#include "spec/model/move.h"
#include "spec/model/raft_next.h"

namespace spec {

template <int kServersOfModel>
class McRaft {
 public:
  using Next = RaftNext<kServersOfModel>;
  using Types = typename Next::Types;
  using State = typename Next::State;
  using Move = spec::Move;
  using View = ModelView<kServersOfModel>;
  static_assert(std::is_trivially_copyable_v<State>);
  // What ForEachStep calls in files that do not include mc_raft_inl.h; this instance is compiled
  // already.
  using StepVisitor = typename Next::StepVisitor;

  // REQUIRES: the settings come from SettingsOf and fit.
  explicit McRaft(ModelSettings settings);

  class Worker {
   public:
    explicit Worker(const McRaft& model)
        : model_(&model), next_(model.settings_.constants, model.settings_.next, model.logs_) {}
    template <class F>
    void ForEachStep(const State& before, F f) {
      next_.ForEachStep(before, f);
    }
    const State& Take(const State& before, const Move& move) { return next_.Take(before, move); }
    std::uint64_t Fingerprint(const State& state) const;
    State Canonical(const State& state) const;
    Next& next() { return next_; }

   private:
    const McRaft* model_;
    Next next_;
  };

  Worker MakeWorker() const { return Worker(*this); }
  std::vector<State> Initial() const { return {MakeWorker().next().Initial()}; }
  // What differs between two states.  The messages are not compared: they count as changed.
  struct Changes {
    typename Types::Set servers;
    bool history = false;
  };
  Changes ChangesOf(const State& before, const State& after) const;
  bool InBounds(const State& state) const;
  bool InBounds(const State& state, const Changes& changes) const;
  void Encode(const State& state, std::vector<std::uint8_t>& bytes) const;
  std::size_t Decode(std::span<const std::uint8_t> bytes, State& state) const;
  int BrokenInvariant(const State& state) const;
  int BrokenInvariant(const State& state, const Changes& changes) const;
  int BrokenStep(const State& before, const State& after, const Move& move,
                 const Changes& changes) const;
  bool deadlock_allowed() const { return !settings_.check_deadlock; }

  // For coverage.  Handle counts as one action per message type.
  static constexpr std::size_t kActions = static_cast<std::size_t>(Action::kServeRead) + 1;
  static constexpr std::size_t kMessageTypes = 10;
  std::size_t Actions() const { return kActions + kMessageTypes; }
  std::size_t ActionOf(const State& before, const Move& move) const {
    if (move.action != Action::kHandle) return static_cast<std::size_t>(move.action);
    return kActions + static_cast<std::size_t>(before.network.Slots()[move.a].message.type);
  }

  const ModelSettings& settings() const { return settings_; }
  const PackedLogs& logs() const { return logs_; }
  View ViewOf(const State& state) const { return {state, logs_, settings_.constants, servers_}; }

 private:
  // A permutation of servers and values.
  struct Permutation {
    std::array<Server, kServersOfModel> server{};
    std::array<std::uint8_t, 32> code{};  // the image of an entry's code, which leaves out the term
  };
  void Permute(const Permutation& by, State& state) const;
  void FindPermutations();

  ModelSettings settings_;
  PackedLogs logs_;
  State base_;  // the initial state; Encode stores only the differences from it
  typename Types::Set servers_;
  std::vector<Permutation> permutations_;  // without the identity
  std::vector<StateProperty<View>> invariants_;
  bool looks_at_messages_ = false;       // true if an invariant reads the messages
  bool steps_look_at_messages_ = false;  // true if a step property does
  std::vector<StepProperty<View>> step_properties_;
};

// The bytes of a state, without the unused message slots.
template <class State>
std::span<const std::uint8_t> BytesOf(const State& state) {
  static_assert(alignof(State) == 1, "no padding");
  return {reinterpret_cast<const std::uint8_t*>(&state),
          offsetof(State, network) + state.network.UsedBytes()};
}

}  // namespace spec
