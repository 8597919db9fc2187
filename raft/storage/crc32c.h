// CRC-32C (Castagnoli), as in RFC 3720 appendix B.4.
#pragma once

#include <cstdint>
#include <string_view>

namespace raft {

// `crc` is that of the bytes before; 0 to begin with.
std::uint32_t Crc32c(std::uint32_t crc, std::string_view bytes);

}  // namespace raft
