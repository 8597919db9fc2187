// The result of trying an action: either the action was taken, or the first guard that is false,
// with its name and the values that make it false.  Each guard is written once, where it is
// evaluated.  Text is produced only when somebody asks for it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "spec/raft_types.h"

namespace spec {

// A named value of the model at the time when a guard was false.
struct Operand {
  enum class Kind : std::uint8_t { kNumber, kServer, kServers, kRole, kTruth };
  std::string_view name;  // as the TLA+ text writes it
  std::uint64_t value = 0;
  Kind kind = Kind::kNumber;

  constexpr Operand() = default;
  constexpr Operand(std::string_view n, std::uint64_t v) : name(n), value(v) {}
  constexpr Operand(std::string_view n, Server v) : name(n), value(v), kind(Kind::kServer) {}
  template <class Bits>
  constexpr Operand(std::string_view n, BasicServerSet<Bits> v)
      : name(n), value(v.bits()), kind(Kind::kServers) {}
  constexpr Operand(std::string_view n, Role v)
      : name(n), value(static_cast<std::uint64_t>(v)), kind(Kind::kRole) {}
  constexpr Operand(std::string_view n, bool v) : name(n), value(v ? 1U : 0U), kind(Kind::kTruth) {}
};

class [[nodiscard]] Outcome {
 public:
  static constexpr Outcome Taken() { return {}; }
  template <class... Operands>
  static constexpr Outcome Refused(std::string_view action, std::string_view guard,
                                   Operands... operands) {
    static_assert(sizeof...(operands) <= 4);
    Outcome outcome;
    outcome.refusal_ = Refusal{action, guard, {operands...}};
    return outcome;
  }

  constexpr bool taken() const { return !refusal_; }
  constexpr explicit operator bool() const { return taken(); }
  // Empty if the action was taken.  The guard is the conjunct as TLA+ text.
  constexpr std::string_view action() const { return refusal_ ? refusal_->action : ""; }
  constexpr std::string_view guard() const { return refusal_ ? refusal_->guard : ""; }
  // Unused operands have an empty name.
  constexpr std::array<Operand, 4> operands() const {
    return refusal_ ? refusal_->operands : std::array<Operand, 4>{};
  }

 private:
  struct Refusal {
    std::string_view action;
    std::string_view guard;
    std::array<Operand, 4> operands{};
  };
  std::optional<Refusal> refusal_;  // empty if the action was taken
};

}  // namespace spec
