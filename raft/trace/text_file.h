// A small text file as a whole: a schedule, a configuration.
#pragma once

#include <cstddef>
#include <string>

#include "raft/trace/result.h"
#include "raft/trace/watch.h"

namespace trace {

// People or raftcheck write such a text, so it is small.  What is not, is not read into memory.
inline constexpr std::size_t kMostText = std::size_t{16} << 20U;  // bytes

// "-" is standard input; gzip and zstd are known by their first bytes.  The Error, of a text of
// more than `most` bytes too, has no line and does not repeat the path.  Where the watch ends the
// input the text is what came before.
[[nodiscard]] Result<std::string> ReadTextFile(const std::string& path, Watch watch = nullptr,
                                               std::size_t most = kMostText);

}  // namespace trace
