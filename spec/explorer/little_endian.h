// Little-endian numbers in byte arrays; the array's size is the number's width.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace spec::explorer {

inline void StoreLittle(std::span<std::uint8_t> bytes, std::uint64_t number) {
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(number);
    number >>= 8U;
  }
}

inline std::uint64_t LoadLittle(std::span<const std::uint8_t> bytes) {
  std::uint64_t number = 0;
  for (std::size_t k = bytes.size(); k-- > 0;) number = number << 8U | bytes[k];
  return number;
}

}  // namespace spec::explorer
