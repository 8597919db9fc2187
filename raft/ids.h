// Terms, indexes and server identifiers: three numbers that the compiler keeps apart, so that
// `term < index` does not compile.  Arithmetic exists only where it means something.
#pragma once

#include <compare>
#include <cstdint>

namespace raft {

template <class Tag>
class Ordinal {
 public:
  constexpr Ordinal() = default;
  constexpr explicit Ordinal(std::uint64_t value) : value_(value) {}
  constexpr std::uint64_t value() const { return value_; }

  friend constexpr auto operator<=>(Ordinal, Ordinal) = default;
  constexpr Ordinal& operator++() { return ++value_, *this; }
  friend constexpr Ordinal operator+(Ordinal a, std::uint64_t n) { return Ordinal(a.value_ + n); }
  friend constexpr Ordinal operator-(Ordinal a, std::uint64_t n) { return Ordinal(a.value_ - n); }
  // How far a is above b.  REQUIRES: a >= b.
  friend constexpr std::uint64_t operator-(Ordinal a, Ordinal b) { return a.value_ - b.value_; }

 private:
  std::uint64_t value_ = 0;
};

using Term = Ordinal<struct TermTag>;    // 0: before the first election
using Index = Ordinal<struct IndexTag>;  // of a log entry, from 1; 0: before the first entry

class NodeId {
 public:
  constexpr NodeId() = default;
  constexpr explicit NodeId(std::uint64_t value) : value_(value) {}
  constexpr std::uint64_t value() const { return value_; }
  friend constexpr auto operator<=>(NodeId, NodeId) = default;

 private:
  std::uint64_t value_ = 0;
};
inline constexpr NodeId kNone{};  // no leader, no vote

}  // namespace raft
