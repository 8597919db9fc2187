#include "spec/explorer/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace spec::explorer {
namespace {

std::string Reason() { return std::strerror(errno); }  // NOLINT(concurrency-mt-unsafe)

}  // namespace

Spool::Spool(std::string folder, std::uint64_t memory_bytes)
    : folder_(std::move(folder)),
      memory_blocks_(std::max<std::uint64_t>(memory_bytes / kBlock, 2)) {}

Spool::~Spool() {
  if (file_ >= 0) close(file_);
}

Spool::Spool(Spool&& other) noexcept { *this = std::move(other); }

Spool& Spool::operator=(Spool&& other) noexcept {
  std::swap(folder_, other.folder_);
  std::swap(memory_blocks_, other.memory_blocks_);
  std::swap(blocks_, other.blocks_);
  std::swap(in_file_, other.in_file_);
  std::swap(size_, other.size_);
  std::swap(in_memory_, other.in_memory_);
  std::swap(next_spilt_, other.next_spilt_);
  std::swap(on_disk_, other.on_disk_);
  std::swap(file_, other.file_);
  std::swap(error_, other.error_);
  return *this;
}

void Spool::Append(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const std::uint64_t used = size_ % kBlock;
    if (used == 0) {
      if (in_memory_ >= memory_blocks_) Spill();
      blocks_.push_back(std::make_unique_for_overwrite<std::uint8_t[]>(kBlock));
      in_file_.push_back(false);
      ++in_memory_;
    }
    const std::uint64_t now = std::min<std::uint64_t>(bytes.size(), kBlock - used);
    std::memcpy(blocks_.back().get() + used, bytes.data(), now);
    size_ += now;
    bytes = bytes.subspan(now);
  }
}

bool Spool::OpenFile() {
  if (file_ >= 0) return true;
  std::string name = folder_ + "/raftcheck-XXXXXX";
  file_ = mkstemp(name.data());
  if (file_ < 0) {
    error_ = "cannot make a file in " + folder_ + ": " + Reason();
    return false;
  }
  unlink(name.c_str());
  return true;
}

// Moves the oldest blocks to the file.  It frees a quarter of the memory limit at once, so that it
// need not run for every new block.
void Spool::Spill() {
  if (!error_.empty() || !OpenFile()) return;
  const std::uint64_t target = memory_blocks_ - memory_blocks_ / 4;
  for (; in_memory_ >= target && next_spilt_ < blocks_.size(); ++next_spilt_) {
    Block& block = blocks_[next_spilt_];
    if (block == nullptr) continue;
    std::uint64_t done = 0;
    while (done < kBlock) {
      const ssize_t written = pwrite(file_, block.get() + done, kBlock - done,
                                     static_cast<off_t>(next_spilt_ * kBlock + done));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        error_ = "cannot write to a file in " + folder_ + ": " + Reason();
        return;
      }
      done += static_cast<std::uint64_t>(written);
    }
    block.reset();
    in_file_[next_spilt_] = true;
    --in_memory_;
    on_disk_ += kBlock;
  }
}

bool Spool::Read(std::uint64_t offset, std::span<std::uint8_t> bytes) const {
  while (!bytes.empty()) {
    const std::uint64_t block = offset / kBlock;
    const std::uint64_t from = offset % kBlock;
    const std::uint64_t now = std::min<std::uint64_t>(bytes.size(), kBlock - from);
    if (blocks_[block] != nullptr) {
      std::memcpy(bytes.data(), blocks_[block].get() + from, now);
    } else {
      std::uint64_t done = 0;
      while (done < now) {
        const ssize_t got =
            pread(file_, bytes.data() + done, now - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
          error_ = "cannot read a file in " + folder_ + ": " + Reason();
          return false;
        }
        done += static_cast<std::uint64_t>(got);
      }
    }
    offset += now;
    bytes = bytes.subspan(now);
  }
  return true;
}

void Spool::Forget(std::uint64_t offset) {
  const std::uint64_t end = std::min<std::uint64_t>(offset / kBlock, blocks_.size());
  for (std::uint64_t block = end; block-- > 0;) {
    if (blocks_[block] != nullptr) {
      blocks_[block].reset();
      --in_memory_;
    } else if (in_file_[block]) {
      in_file_[block] = false;
      on_disk_ -= kBlock;
      // Returns the disk space early if the file system can; otherwise it stays in use until the
      // end.
#ifdef FALLOC_FL_PUNCH_HOLE
      fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                static_cast<off_t>(block * kBlock), static_cast<off_t>(kBlock));
#endif
    } else {
      break;  // it was freed before
    }
  }
}

}  // namespace spec::explorer
