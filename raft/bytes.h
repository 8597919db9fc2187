// Numbers as bytes, little-endian on every machine: what is stored or sent must not depend on who
// wrote it.  By hand, for the library that has it (Boost.Endian) is 150 MB of headers to install;
// compilers make one load or store of each of these loops.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace raft {

template <class T>
void PutNumber(std::string& out, T value) {
  static_assert(std::is_unsigned_v<T>);
  std::array<char, sizeof(T)> bytes;
  for (std::size_t k = 0; k < sizeof(T); ++k) {
    bytes[k] = static_cast<char>((value >> (8 * k)) & 0xffU);
  }
  out.append(bytes.data(), bytes.size());
}

// REQUIRES: at + sizeof(T) <= bytes.size().
template <class T>
T GetNumber(std::string_view bytes, std::size_t at) {
  static_assert(std::is_unsigned_v<T>);
  T value = 0;
  for (std::size_t k = 0; k < sizeof(T); ++k) {
    value |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[at + k])) << (8 * k));
  }
  return value;
}

}  // namespace raft
