// What a search needs of a model; it knows nothing else of it.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace spec::explorer {

// A property that a state or a step breaks: its number among the model's, or none.
inline constexpr int kHolds = -1;

// A model is read by all threads of a search; each has a Worker of its own.
template <class M>
concept Model = requires(const M& model, typename M::Worker& worker, const typename M::State& state,
                         typename M::State& to, const typename M::Move& move,
                         const typename M::Changes& changes, std::vector<std::uint8_t>& bytes,
                         std::span<const std::uint8_t> stored) {
  requires std::is_trivially_copyable_v<typename M::State>;
  requires std::is_trivially_copyable_v<typename M::Move>;
  { model.MakeWorker() } -> std::same_as<typename M::Worker>;
  { model.Initial() } -> std::same_as<std::vector<typename M::State>>;
  // Calls f(move, after) for each step; Take is the same for one of them.
  worker.ForEachStep(state, [](const typename M::Move&, const typename M::State&) {});
  { worker.Take(state, move) } -> std::same_as<const typename M::State&>;
  { model.InBounds(state) } -> std::same_as<bool>;
  // Equal for states that symmetry does not tell apart.
  { worker.Fingerprint(state) } -> std::same_as<std::uint64_t>;
  // Appends a state's bytes; Decode reads them.  Canonical: those of the state that stands for all
  // that symmetry does not tell apart.
  model.Encode(state, bytes);
  { model.Decode(stored, to) } -> std::same_as<std::size_t>;  // how many it took
  { worker.Canonical(state) } -> std::same_as<typename M::State>;
  { model.BrokenInvariant(state) } -> std::same_as<int>;
  // What a step changed: what it did not change it has not broken.  The first state is in bounds
  // and nothing is broken in it.
  { model.ChangesOf(state, state) } -> std::same_as<typename M::Changes>;
  { model.InBounds(state, changes) } -> std::same_as<bool>;
  { model.BrokenInvariant(state, changes) } -> std::same_as<int>;
  { model.BrokenStep(state, state, move, changes) } -> std::same_as<int>;
  { model.deadlock_allowed() } -> std::same_as<bool>;
  // For coverage: a step's action, as a number below Actions().
  { model.ActionOf(state, move) } -> std::same_as<std::size_t>;
  { model.Actions() } -> std::same_as<std::size_t>;
};

// What a search found broken.
struct Finding {
  enum class Kind : std::uint8_t { kInvariant, kStep, kDeadlock };
  Kind kind = Kind::kInvariant;
  int property = kHolds;  // among the invariants, or the properties of steps
};

// A behaviour: the initial state's number, and the steps.
template <class Move>
struct Behaviour {
  std::size_t initial = 0;
  std::vector<Move> moves;
};

}  // namespace spec::explorer
