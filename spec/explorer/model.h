// What a search requires of a model.  The search knows nothing else about it.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace spec::explorer {

// The index of a broken property in the model's list; kHolds if none is broken.
inline constexpr int kHolds = -1;

// All threads of a search read the same model; each thread has its own Worker.
template <class M>
concept Model = requires(const M& model, typename M::Worker& worker, const typename M::State& state,
                         typename M::State& to, const typename M::Move& move,
                         const typename M::Changes& changes, std::vector<std::uint8_t>& bytes,
                         std::span<const std::uint8_t> stored) {
  requires std::is_trivially_copyable_v<typename M::State>;
  requires std::is_trivially_copyable_v<typename M::Move>;
  { model.MakeWorker() } -> std::same_as<typename M::Worker>;
  { model.Initial() } -> std::same_as<std::vector<typename M::State>>;
  // ForEachStep calls f(move, after) for each step; Take computes the state after one of them.
  worker.ForEachStep(state, [](const typename M::Move&, const typename M::State&) {});
  { worker.Take(state, move) } -> std::same_as<const typename M::State&>;
  { model.InBounds(state) } -> std::same_as<bool>;
  // States that are equal up to symmetry have equal fingerprints.
  { worker.Fingerprint(state) } -> std::same_as<std::uint64_t>;
  // Encode appends the bytes of a state, and Decode reads them.  Canonical returns the
  // representative of all states that are equal to this one up to symmetry.
  model.Encode(state, bytes);
  { model.Decode(stored, to) } -> std::same_as<std::size_t>;  // how many bytes it read
  { worker.Canonical(state) } -> std::same_as<typename M::State>;
  { model.BrokenInvariant(state) } -> std::same_as<int>;
  // What a step changed.  A property that reads only unchanged parts need not be checked again,
  // because the state before the step is in bounds and breaks nothing.
  { model.ChangesOf(state, state) } -> std::same_as<typename M::Changes>;
  { model.InBounds(state, changes) } -> std::same_as<bool>;
  { model.BrokenInvariant(state, changes) } -> std::same_as<int>;
  { model.BrokenStep(state, state, move, changes) } -> std::same_as<int>;
  { model.deadlock_allowed() } -> std::same_as<bool>;
  // For coverage: the index of a step's action, below Actions().
  { model.ActionOf(state, move) } -> std::same_as<std::size_t>;
  { model.Actions() } -> std::same_as<std::size_t>;
};

struct Finding {
  enum class Kind : std::uint8_t { kInvariant, kStep, kDeadlock };
  Kind kind = Kind::kInvariant;
  int property = kHolds;  // index among the invariants or the step properties
};

// A behaviour: the index of the initial state, and the steps.
template <class Move>
struct Behaviour {
  std::size_t initial = 0;
  std::vector<Move> moves;
};

}  // namespace spec::explorer
