// Bytes from a file, from standard input or from memory; compressed or not.  Private to this
// folder.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "raft/trace/result.h"

namespace trace {

class Source {
 public:
  virtual ~Source() = default;
  // Up to `size` bytes; 0 at the end.
  virtual Result<std::size_t> Read(char* data, std::size_t size) = 0;
  // Is all that was read known to be what was written?  Of compressed data it is not before the end
  // of a gzip member or of a zstd frame was read, where its check sum is.
  virtual bool verified() const { return true; }
};

// "-" is standard input.  gzip and zstd are known by their first bytes.  `wait` as in
// Reader::Follow.
Result<std::shared_ptr<Source>> OpenSource(const std::string& path,
                                           std::function<bool()> wait = nullptr);
std::shared_ptr<Source> StringSource(std::string text);

}  // namespace trace
