// A queue of bytes: the user appends at the end, reads anywhere, and forgets the front.  What
// exceeds a memory limit lies in an unnamed file that disappears with the process.  Only one thread
// may use a spool at a time.
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
  // Returns false if the file cannot be read; error() says why.  REQUIRES: these bytes were
  // appended.
  bool Read(std::uint64_t offset, std::span<std::uint8_t> bytes) const;
  // Promises that nothing before `offset` is read again.
  void Forget(std::uint64_t offset);
  std::uint64_t size() const { return size_; }  // includes what was forgotten
  std::uint64_t on_disk() const { return on_disk_; }
  // Empty as long as nothing failed.  After an error, what is appended stays in memory.
  const std::string& error() const { return error_; }

 private:
  static constexpr std::uint64_t kBlock = 1U << 20U;
  using Block = std::unique_ptr<std::uint8_t[]>;
  void Spill();
  bool OpenFile();

  std::string folder_;
  std::uint64_t memory_blocks_ = 1;
  std::vector<Block> blocks_;  // [offset / kBlock]; null if forgotten or in the file
  std::vector<bool> in_file_;  // same index as blocks_
  std::uint64_t size_ = 0;
  std::uint64_t in_memory_ = 0;  // number of blocks
  std::uint64_t next_spilt_ = 0;
  std::uint64_t on_disk_ = 0;  // in bytes
  int file_ = -1;
  mutable std::string error_;
};

}  // namespace spec::explorer
