// A generator of our own: equal seeds give equal numbers on every machine, which the standard
// library's distributions do not promise.  xoshiro256** (Blackman and Vigna 2018), seeded by
// splitmix64; bounded draws by Lemire's method, without bias.
#pragma once

#include <array>
#include <cstdint>

namespace raft {

class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15U;
      word = Mix(seed);
    }
  }

  // splitmix64's finaliser: every bit of the input reaches every bit of the output.
  static constexpr std::uint64_t Mix(std::uint64_t x) {
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
  }

  std::uint64_t Next() {
    const std::uint64_t result = Rotate(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = Rotate(state_[3], 45);
    return result;
  }

  // Uniform in [0, bound).  REQUIRES: 0 < bound < 2^32.
  std::uint64_t Below(std::uint64_t bound) {
    const std::uint64_t threshold = (std::uint64_t{1} << 32U) % bound;
    for (;;) {
      const std::uint64_t product = (Next() >> 32U) * bound;
      if ((product & 0xffffffffU) >= threshold) return product >> 32U;
    }
  }

 private:
  static constexpr std::uint64_t Rotate(std::uint64_t x, unsigned k) {
    return (x << k) | (x >> (64U - k));
  }
  std::array<std::uint64_t, 4> state_;
};

}  // namespace raft
