// A disk in memory that crashes, fails and loses data on demand, deterministically.  With it, a
// test can try a fault at every single operation of a storage.
//
//   auto platter = std::make_shared<tracegen::Platter>(seed);
//   auto wal = raft::Wal::Open(tracegen::OpenFaultyDisk(platter), ...);
//   platter->FailAt(17, tracegen::Fault::kCrash);     // the 17th operation from now
//   ... until an operation fails ...
//   platter->Restart();                           // what was not synced may be gone
//   auto again = raft::Wal::Open(tracegen::OpenFaultyDisk(platter), ...);
//
// At a crash, each block of kBlock bytes that was written but not synced is either old or new,
// independently of the others.  Of the name changes that were not synced, a prefix survives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "raft/random.h"
#include "raft/storage/disk.h"

namespace tracegen {

enum class Fault : std::uint8_t {
  kNothing,
  kError,       // nothing happens, and an error is returned (for a sync: the unsynced data is lost)
  kShortWrite,  // a part is written, and an error is returned; only for writes
  kFull,        // no room left; only for operations that need room
  kCrash,       // no operation has an effect until Restart
};

class Platter {
 public:
  static constexpr std::size_t kBlock = 512;

  explicit Platter(std::uint64_t seed) : random_(seed) {}

  // The `n`-th operation from now that changes something meets `fault` (0: the next one).
  void FailAt(std::uint64_t n, Fault fault) { fail_at_ = operations_ + n, fault_ = fault; }
  std::uint64_t operations() const { return operations_; }  // so far
  bool crashed() const { return crashed_; }
  // Power returns, after a crash or at any other time.
  void Restart();
  // Flips one bit of a file, durably.  REQUIRES: the file has that byte.
  void FlipBit(const std::string& name, std::uint64_t byte, unsigned bit);
  std::string Content(const std::string& name) const;  // empty if there is no such file
  std::vector<std::string> Names() const;

 private:
  friend class FaultyFile;
  friend class FaultyDisk;
  struct Inode {
    std::string durable;
    std::string current;
    std::set<std::size_t> dirty;  // indexes of unsynced blocks
  };
  using Folder = std::map<std::string, std::shared_ptr<Inode>>;

  // The fault that the next operation meets.
  Fault Meet();
  static void Touch(Inode& inode, std::uint64_t offset, std::string_view bytes);

  raft::Random random_;
  std::uint64_t operations_ = 0;
  std::uint64_t fail_at_ = ~std::uint64_t{0};
  Fault fault_ = Fault::kNothing;
  bool crashed_ = false;
  bool locked_ = false;
  std::uint64_t power_cycles_ = 0;
  Folder folder_;
  std::vector<Folder> folders_{Folder()};  // the durable one, then one per change of a name
};

std::unique_ptr<raft::Disk> OpenFaultyDisk(std::shared_ptr<Platter> platter);

}  // namespace tracegen
