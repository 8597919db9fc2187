// Numbers for people: "1 action", "2 actions"; 1,234,567.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace conformance {

// The noun for so many; `plural` for nouns that take more than an s.
inline std::string NounOf(std::uint64_t count, std::string_view noun,
                          std::string_view plural = {}) {
  if (count == 1) return std::string(noun);
  return plural.empty() ? std::string(noun) + "s" : std::string(plural);
}

// "1 action", "2 actions".
inline std::string Counted(std::uint64_t count, std::string_view noun,
                           std::string_view plural = {}) {
  return std::to_string(count) + " " + NounOf(count, noun, plural);
}

// With separators, as TLC prints numbers.
inline std::string Grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

}  // namespace conformance
