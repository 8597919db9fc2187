// Bounded draws from rapidcheck's random numbers (Claessen and Palka 2013).  Equal generators give
// equal numbers on every machine, which the standard library's distributions do not promise.
#pragma once

#include <rapidcheck/Random.h>

#include <cstdint>

namespace tracegen {

// The random numbers of the `number`-th schedule of a campaign.  `stream` tells apart what else is
// drawn beside the schedules.
inline rc::Random RandomOf(std::uint64_t seed, std::uint64_t number, std::uint64_t stream = 0) {
  return rc::Random(rc::Random::Key{seed, number, stream, 0});
}

class BoundedRandom {
 public:
  explicit BoundedRandom(const rc::Random& random) : random_(random) {}

  // Uniform in [0, bound), without bias (Lemire 2019).  REQUIRES: 0 < bound.
  std::uint32_t Below(std::uint32_t bound) {
    const std::uint32_t threshold = (0U - bound) % bound;
    for (;;) {
      const std::uint64_t product = std::uint64_t{Half()} * bound;
      if (static_cast<std::uint32_t>(product) >= threshold) {
        return static_cast<std::uint32_t>(product >> 32U);
      }
    }
  }

 private:
  // A number is made by a cipher, so both its halves are used.
  std::uint32_t Half() {
    if (halves_ == 0) {
      number_ = random_.next();
      halves_ = 2;
    }
    --halves_;
    const auto half = static_cast<std::uint32_t>(number_);
    number_ >>= 32U;
    return half;
  }

  rc::Random random_;
  std::uint64_t number_ = 0;
  int halves_ = 0;  // of `number_` that are left
};

}  // namespace tracegen
