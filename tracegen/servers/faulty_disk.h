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
// Every call of raft::Disk and raft::File is an operation, also those that only read.
// At a crash, each block of kBlock bytes that was written but not synced is either old or new,
// independently of the others.  So is each name that was created, renamed or removed since the
// folder was last synced, and the folder itself until its parent was synced.
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
  // Nothing happens, and an error is returned.  For a sync: some of the unsynced blocks are stored,
  // and the operating system takes all of them for stored.
  kError,
  kShortWrite,  // a part is written, and an error is returned; only for writes
  kFull,        // no room left; only for operations that need room
  kCrash,       // no operation has an effect until Restart
};

class Platter {
 public:
  static constexpr std::size_t kBlock = 128;  // small, as the files of schedules are

  explicit Platter(std::uint64_t seed) : random_(seed) {}

  // The `n`-th operation from now meets `fault` (0: the next one).  The last call counts.
  void FailAt(std::uint64_t n, Fault fault) { fail_at_ = operations_ + n, fault_ = fault; }
  void FailNoMore() { fail_at_ = ~std::uint64_t{0}; }
  std::uint64_t operations() const { return operations_; }  // so far
  bool crashed() const { return crashed_; }
  // Chance begins anew: what a crash leaves no longer depends on the crashes before.
  void Reseed(std::uint64_t seed) { random_ = raft::Random(seed); }
  // Power returns, after a crash or at any other time.
  void Restart();

  // Damage, all of it durable at once.  REQUIRES: the file is there, and has that byte.
  void FlipBit(const std::string& name, std::uint64_t byte, unsigned bit);
  void CutOff(const std::string& name, std::uint64_t size);  // the file has only `size` bytes left
  void Lose(const std::string& name);

  // Another disk with the same files, all of them durable.
  std::shared_ptr<Platter> Copy(std::uint64_t seed) const;
  // Another disk in the same state: the same is not durable yet.
  std::shared_ptr<Platter> Twin(std::uint64_t seed) const;
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
  // A file gets a name (from is empty), another one, or loses it (to is empty).
  struct Change {
    std::string from;
    std::string to;
    std::shared_ptr<Inode> inode;
  };

  // The fault that the next operation meets.
  Fault Meet();
  void Make(Change change);
  static void Apply(const Change& change, Folder& folder);
  static void Touch(Inode& inode, std::uint64_t offset, std::string_view bytes);
  static void Store(Inode& inode, std::size_t block);
  void FailSync(Inode& inode);

  raft::Random random_;
  std::uint64_t operations_ = 0;
  std::uint64_t fail_at_ = ~std::uint64_t{0};
  Fault fault_ = Fault::kNothing;
  bool crashed_ = false;
  bool locked_ = false;
  std::uint64_t power_cycles_ = 0;
  bool made_ = false;          // the folder is there
  bool made_durable_ = false;  // its parent was synced since
  Folder folder_;
  Folder durable_folder_;
  std::vector<Change> changes_;  // since the folder was synced
};

std::unique_ptr<raft::Disk> OpenFaultyDisk(std::shared_ptr<Platter> platter);

}  // namespace tracegen
