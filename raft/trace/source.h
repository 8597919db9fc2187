// Bytes from a file, from standard input or from memory; compressed or not.  Private to this
// folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "raft/trace/result.h"
#include "raft/trace/watch.h"

namespace trace {

class Source {
 public:
  virtual ~Source() = default;
  // Up to `size` bytes; 0 at the end.
  virtual Result<std::size_t> Read(char* data, std::size_t size) = 0;
  // Is it the watch who ended it?
  virtual bool stopped() const = 0;
  // If so: the bytes of the file that were not read, as they are stored; 0 where nobody knows.
  virtual std::uint64_t unread() const = 0;
  // Is all that was read known to be what was written?  Of compressed data it is not before the end
  // of a gzip member or of a zstd frame was read, where its check sum is.
  virtual bool verified() const { return true; }
};

// "-" is standard input.  gzip and zstd are known by their first bytes.  With `follow` the end of a
// regular file is waited beyond; that it was cut, replaced or removed is an error.
Result<std::shared_ptr<Source>> OpenSource(const std::string& path, Watch watch = nullptr,
                                           bool follow = false);
std::shared_ptr<Source> StringSource(std::string text);

}  // namespace trace
