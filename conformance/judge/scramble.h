// The finaliser of splitmix64.  Every bit of the input influences every bit of the output, and the
// result is the same on every machine.
#pragma once

#include <cstdint>

namespace conformance {

constexpr std::uint64_t Scramble(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

}  // namespace conformance
