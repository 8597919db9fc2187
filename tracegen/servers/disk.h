// The disk of one simulated server.  Writes happen in the order of etcd's write-ahead log: a
// snapshot, then entries, then the hard state.  A crash leaves what was synced and some prefix of
// the rest.  With Kind::kPlain the schedule chooses the prefix.  With Kind::kWal a write-ahead log
// (raft/storage/wal.h) runs on a disk that may lose any unsynced block and any unsynced change of a
// name: the log determines what survives, and this class checks that it is such a prefix.
//
// With Kind::kWal every stop has more in store, which the seed and the operand of the action draw:
// the operation of the disk that fails or at which the power goes; whether the power goes at all or
// only the process ends; faults while the log is recovered; a power cut right after that; and a
// copy of the files on which one is damaged or lost, which the log must refuse, or hold everything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "raft/node.h"
#include "raft/random.h"
#include "raft/storage/memory_storage.h"
#include "raft/storage/wal.h"
#include "tracegen/servers/faulty_disk.h"

namespace tracegen {

// What a Ready, or a message to the append thread, asks to be written.
struct DiskWrite {
  raft::SnapshotPtr snapshot;
  std::vector<raft::Entry> entries;
  std::optional<raft::HardState> hard_state;

  // The number of single writes.
  std::size_t size() const { return entries.size() + (snapshot ? 1 : 0) + (hard_state ? 1 : 0); }
};

class Disk {
 public:
  enum class Kind : std::uint8_t { kPlain, kWal };
  // `seed` determines what is lost and what fails.
  Disk(raft::ConfState conf_state, Kind kind, std::uint64_t seed);

  // What the node reads: everything written, synced or not.
  raft::Storage* storage() {
    return wal_ ? static_cast<raft::Storage*>(wal_.get()) : storage_.get();
  }

  // With `sync` all that was written is durable on return.
  void Write(const DiskWrite& write, bool sync);
  // The application made a snapshot, and the log up to `start` is removed; both are durable at
  // once.  REQUIRES: only hard states are unsynced.
  void Compact(const raft::SnapshotPtr& snapshot, raft::Index start);

  // How the host stops.  What is returned is how many entries at the end of the log differ from
  // what was durable before.  With a write-ahead log the last parameter is only chance: the log
  // keeps as much as it can.
  //
  // The first `keep` unsynced writes survive, and the others are lost.
  std::size_t Crash(std::size_t keep);
  // The power goes during `write`, after the first `count` single writes.
  std::size_t CrashWriting(const DiskWrite& write, std::size_t count);
  // The first `count` single writes of `write` are performed; then the disk reports an error.  The
  // power stays on, so what was written survives.
  std::size_t FailWrite(const DiskWrite& write, std::size_t count);
  // The sync after `write` fails, and an operator restarts the machine: the same as after a crash.
  std::size_t FailSync(const DiskWrite& write, std::size_t keep);
  // Something goes wrong during Compact.  REQUIRES: CompactsWhenItCrashes(chance).
  void CrashCompacting(const raft::SnapshotPtr& snapshot, raft::Index start, std::size_t chance);
  // Does the crash that is about to come hit a compaction?
  bool CompactsWhenItCrashes(std::size_t chance) const;

  std::size_t unsynced() const { return unsynced_.size(); }

  // What is certain to survive a crash.
  struct Content {
    raft::HardState hard_state;
    raft::SnapshotPtr snapshot;        // never null
    raft::Index first{1};              // index of the first entry
    raft::Term term_before;            // of the entry before `first`
    std::vector<raft::Entry> entries;  //
    raft::Index last_index() const { return first + entries.size() - 1; }
    raft::Term last_term() const { return entries.empty() ? term_before : entries.back().term; }
  };
  const Content& durable() const { return durable_; }

 private:
  struct Made {  // by the application, of its state; the log stays
    raft::SnapshotPtr snapshot;
  };
  struct Removed {  // from the log
    raft::Index up_to;
  };
  using OneWrite = std::variant<raft::Entry, raft::HardState, raft::SnapshotPtr, Made, Removed>;
  static void Apply(const OneWrite& write, Content& content);
  static std::vector<OneWrite> SingleWrites(const DiskWrite& write);
  std::vector<OneWrite> Compaction(const raft::SnapshotPtr& snapshot, raft::Index start) const;
  [[nodiscard]] raft::IoStatus CompactWal(const OneWrite& write);
  void Do(OneWrite write);
  [[nodiscard]] bool Save(const DiskWrite& write, bool sync);
  void TookSync();

  raft::Random Chance(std::size_t operand) const;
  Fault DrawFault();
  void ArmWrite(Fault fault);
  void OpenWal();
  void FailRecovering();
  std::size_t RecoverWal();
  void TryPowerCut();
  void TryDamage();
  std::size_t Stop(std::size_t keep);
  void StopWal(bool power_goes);
  void Stopped();
  std::size_t ChangedSince(const Content& before) const;
  static bool Holds(const raft::Wal& wal, const Content& content);

  std::unique_ptr<raft::MemoryStorage> storage_;
  Content durable_;
  std::vector<OneWrite> unsynced_;
  raft::ConfState initial_;
  std::uint64_t seed_;
  std::uint64_t stops_ = 0;
  raft::Random chance_;               // of the stop under way
  std::shared_ptr<Platter> platter_;  // null without a write-ahead log
  std::unique_ptr<raft::Wal> wal_;
};

}  // namespace tracegen
