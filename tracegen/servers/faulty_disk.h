// A disk in memory that crashes, fails and forgets on demand, deterministically: what a storage
// must survive can be tried at every one of its steps.
//
//   auto platter = std::make_shared<tracegen::Platter>(seed);
//   auto wal = raft::Wal::Open(tracegen::OpenFaultyDisk(platter), ...);
//   platter->FailAt(17, tracegen::Fault::kCrash);     // the 17th operation from now
//   ... until an operation fails ...
//   platter->Restart();                           // what was not synced may be gone
//   auto again = raft::Wal::Open(tracegen::OpenFaultyDisk(platter), ...);
//
// At a crash each block of kBlock bytes that was written and not synced is old or new, each by
// itself; changes of names that were not synced survive up to some point of their order.
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
  kError,       // nothing happens, and an error is returned (for a sync: what it was for is lost)
  kShortWrite,  // a part is written, and an error is returned; only writes
  kFull,        // no room left; only what needs room
  kCrash,       // nothing more happens until Restart
};

class Platter {
 public:
  static constexpr std::size_t kBlock = 512;

  explicit Platter(std::uint64_t seed) : random_(seed) {}

  // The `n`-th operation from now (0: the next one) that changes something meets `fault`.
  void FailAt(std::uint64_t n, Fault fault) { fail_at_ = operations_ + n, fault_ = fault; }
  std::uint64_t operations() const { return operations_; }  // so far
  bool crashed() const { return crashed_; }
  // Power comes back, after a crash or at any other moment.
  void Restart();
  // One bit of a file is another one, durably.  REQUIRES: the file has that byte.
  void FlipBit(const std::string& name, std::uint64_t byte, unsigned bit);
  std::string Content(const std::string& name) const;  // empty if there is no such file
  std::vector<std::string> Names() const;

 private:
  friend class FaultyFile;
  friend class FaultyDisk;
  struct Inode {
    std::string durable;
    std::string current;
    std::set<std::size_t> dirty;  // blocks
  };
  using Folder = std::map<std::string, std::shared_ptr<Inode>>;

  // What the next operation meets.
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
  std::vector<Folder> folders_{Folder()};  // the durable one, and after each change of a name
};

std::unique_ptr<raft::Disk> OpenFaultyDisk(std::shared_ptr<Platter> platter);

}  // namespace tracegen
