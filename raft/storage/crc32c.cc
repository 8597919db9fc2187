#include "raft/storage/crc32c.h"

#include <isa-l/crc.h>

#include <cstddef>

namespace raft {

std::uint32_t Crc32c(std::uint32_t crc, std::string_view bytes) {
  constexpr std::size_t kPiece = std::size_t{1} << 30U;  // the library takes an int
  crc = ~crc;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPiece);
    // It takes a pointer to what could be changed, and changes nothing.
    auto* const begin =
        reinterpret_cast<unsigned char*>(const_cast<char*>(piece.data()));  // NOLINT
    crc = crc32_iscsi(begin, static_cast<int>(piece.size()), crc);
    bytes.remove_prefix(piece.size());
  }
  return ~crc;
}

}  // namespace raft
