// What the write-ahead log needs of a disk: one folder of files.  real_disk.h has a real one; the
// test bed has one that crashes and fails on demand (tracegen/servers/faulty_disk.h).
// What any of them promises about crashes: a File's bytes and size are durable once Sync has
// returned; a name (Create, Rename, Remove) once SyncFolder has; the folder once SyncParent has.
// Before that, any of the blocks and any of the names may be old or new, in any order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "raft/storage/io_status.h"

namespace raft {

class File {
 public:
  virtual ~File() = default;
  // Nothing is known of the bytes there after an error.
  [[nodiscard]] virtual IoStatus WriteAt(std::uint64_t offset, std::string_view bytes) = 0;
  // Up to `size` bytes; fewer only at the end of the file.
  [[nodiscard]] virtual IoResult<std::size_t> ReadAt(std::uint64_t offset, char* bytes,
                                                     std::size_t size) = 0;
  // After an error nothing is known of what was not durable before, and never will be.
  [[nodiscard]] virtual IoStatus Sync() = 0;
  // Makes room: the file grows to `size` bytes, zeros at its end.
  [[nodiscard]] virtual IoStatus Allocate(std::uint64_t size) = 0;
  [[nodiscard]] virtual IoResult<std::uint64_t> Size() = 0;
};

class Disk {
 public:
  virtual ~Disk() = default;
  // Makes the folder, if it is not there; its parent must be.  First of all.
  [[nodiscard]] virtual IoStatus MakeFolder() = 0;
  [[nodiscard]] virtual IoStatus SyncParent() = 0;
  // Held until it is destroyed, or the process ends.
  class Lock {
   public:
    virtual ~Lock() = default;
  };
  // An error if anybody else holds it.
  [[nodiscard]] virtual IoResult<std::unique_ptr<Lock>> LockFolder() = 0;
  [[nodiscard]] virtual IoResult<std::unique_ptr<File>> Create(
      const std::string& name) = 0;  // empty
  [[nodiscard]] virtual IoResult<std::unique_ptr<File>> Open(
      const std::string& name) = 0;  // must exist
  [[nodiscard]] virtual IoStatus Rename(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual IoStatus Remove(const std::string& name) = 0;
  [[nodiscard]] virtual IoResult<std::vector<std::string>> List() = 0;  // sorted
  [[nodiscard]] virtual IoStatus SyncFolder() = 0;
  // How people would call the file.
  virtual std::string PathOf(const std::string& name) const = 0;
};

}  // namespace raft
