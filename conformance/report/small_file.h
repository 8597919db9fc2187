// A schedule or a .cfg, which people or raftcheck write: small.  What is not, is not read into
// memory.
#pragma once

#include <cstddef>
#include <string>
#include <tl/expected.hpp>

#include "raft/trace/watch.h"

namespace conformance {

inline constexpr std::size_t kMostText = std::size_t{16} << 20U;  // bytes

// The whole of the file, or what was read of it before the watch ended that.  Errors are one line:
// the path and why it cannot be read.
[[nodiscard]] tl::expected<std::string, std::string> ReadSmallFile(const std::string& path,
                                                                   const trace::Watch& watch = {});

}  // namespace conformance
