// A queue of bytes: appended at its end, read anywhere, forgotten from its front.  What does not
// fit into a stated amount of memory lies in a file without a name, which vanishes with the
// process.  Not for several threads at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace spec::explorer {

class Spool {
 public:
  // Keeps at most about `memory_bytes` in memory; the rest goes to `folder`.
  Spool(std::string folder, std::uint64_t memory_bytes);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  Spool(Spool&& other) noexcept;
  Spool& operator=(Spool&& other) noexcept;

  void Append(std::span<const std::uint8_t> bytes);
  // False if the file cannot be read: then error() says why.  REQUIRES: that much is there.
  bool Read(std::uint64_t offset, std::span<std::uint8_t> bytes) const;
  // What lies before `offset` is not read any more.
  void Forget(std::uint64_t offset);
  std::uint64_t size() const { return size_; }  // what was forgotten counts
  std::uint64_t on_disk() const { return on_disk_; }
  // Empty if all went well so far.  What is appended after an error is kept in memory.
  const std::string& error() const { return error_; }

 private:
  static constexpr std::uint64_t kBlock = 1U << 20U;
  using Block = std::unique_ptr<std::uint8_t[]>;
  void Spill();
  bool OpenFile();

  std::string folder_;
  std::uint64_t memory_blocks_ = 1;
  std::vector<Block> blocks_;  // [offset / kBlock]; null: forgotten, or in the file
  std::vector<bool> in_file_;  // as blocks_
  std::uint64_t size_ = 0;
  std::uint64_t in_memory_ = 0;  // blocks
  std::uint64_t next_spilt_ = 0;
  std::uint64_t on_disk_ = 0;  // bytes
  int file_ = -1;
  mutable std::string error_;
};

}  // namespace spec::explorer
