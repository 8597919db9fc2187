// What the answers to a heartbeat confirm.  The leader writes it into the heartbeat's context, and
// followers send it back: first how many reads of its term the leader had accepted in all, then,
// with leases, its clock when it sent the heartbeat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "raft/bytes.h"

namespace raft {

inline constexpr std::size_t kContextNumber = sizeof(std::uint64_t);

inline std::optional<std::uint64_t> ReadsAsked(std::string_view context) {
  if (context.size() < kContextNumber) return std::nullopt;
  return GetNumber<std::uint64_t>(context, 0);
}

inline std::optional<std::uint64_t> SentAt(std::string_view context) {
  if (context.size() != 2 * kContextNumber) return std::nullopt;
  return GetNumber<std::uint64_t>(context, kContextNumber);
}

}  // namespace raft
