// Models without any relation to Raft, whose state spaces can be counted by hand.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <vector>

#include "spec/explorer/model.h"

namespace explorer_test {

// A walk on a grid of `width` by `width` points that begins at (0, 0); a step goes one point right
// or up.  All points are reachable, (x, y) at depth x + y + 1.  A step can lead one point beyond
// the bounds.
struct Grid {
  struct State {
    std::uint32_t x = 0;
    std::uint32_t y = 0;
    friend bool operator==(const State&, const State&) = default;
  };
  struct Move {
    std::uint8_t right = 0;
  };

  std::uint32_t width = 10;
  bool symmetric = false;          // (x, y) and (y, x) are equal up to symmetry
  bool same_fingerprints = false;  // all points of a row collide, as good fingerprints must not
  bool deadlock_ok = true;
  std::function<bool(const State&)> invariant = [](const State&) { return true; };
  std::function<bool(const State&, const State&)> step = [](const State&, const State&) {
    return true;
  };

  class Worker {
   public:
    explicit Worker(const Grid& grid) : grid_(&grid) {}
    template <class F>
    void ForEachStep(const State& before, F f) {
      for (const std::uint8_t right : {std::uint8_t{1}, std::uint8_t{0}}) {
        if (before.x + before.y > 2 * grid_->width) continue;
        const Move move{right};
        f(move, Take(before, move));
      }
    }
    const State& Take(const State& before, const Move& move) {
      after_ = before;
      ++(move.right != 0 ? after_.x : after_.y);
      return after_;
    }
    State Canonical(const State& state) const {
      return grid_->symmetric && state.x > state.y ? State{state.y, state.x} : state;
    }
    std::uint64_t Fingerprint(const State& state) const {
      const State one = Canonical(state);
      if (grid_->same_fingerprints) return one.y * 0x9e3779b97f4a7c15U;
      std::uint64_t h = (std::uint64_t{one.x} << 32U | one.y) + 0x9e3779b97f4a7c15U;
      h = (h ^ h >> 30U) * 0xbf58476d1ce4e5b9U;
      h = (h ^ h >> 27U) * 0x94d049bb133111ebU;
      return h ^ h >> 31U;
    }

   private:
    const Grid* grid_;
    State after_;
  };

  Worker MakeWorker() const { return Worker(*this); }
  std::vector<State> Initial() const { return {State{}}; }
  struct Changes {};
  Changes ChangesOf(const State& /*before*/, const State& /*after*/) const { return {}; }
  bool InBounds(const State& state) const { return state.x < width && state.y < width; }
  bool InBounds(const State& state, const Changes& /*changes*/) const { return InBounds(state); }
  void Encode(const State& state, std::vector<std::uint8_t>& bytes) const {
    const std::size_t at = bytes.size();
    bytes.resize(at + sizeof state);
    std::memcpy(bytes.data() + at, &state, sizeof state);
  }
  std::size_t Decode(std::span<const std::uint8_t> bytes, State& state) const {
    std::memcpy(&state, bytes.data(), sizeof state);
    return sizeof state;
  }
  int BrokenInvariant(const State& state) const {
    return invariant(state) ? spec::explorer::kHolds : 0;
  }
  int BrokenInvariant(const State& state, const Changes& /*changes*/) const {
    return BrokenInvariant(state);
  }
  int BrokenStep(const State& before, const State& after, const Move& /*move*/,
                 const Changes& /*changes*/) const {
    return step(before, after) ? spec::explorer::kHolds : 0;
  }
  bool deadlock_allowed() const { return deadlock_ok; }
  std::size_t ActionOf(const State& /*before*/, const Move& move) const { return move.right; }
  std::size_t Actions() const { return 2; }
};

}  // namespace explorer_test
