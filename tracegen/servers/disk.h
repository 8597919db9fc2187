// The disk of one simulated server.  Writes happen in the order of etcd's write-ahead log: a
// snapshot, then entries, then the hard state.  A crash leaves what was synced and some prefix of
// the rest.  With Kind::kPlain the schedule chooses the prefix.  With Kind::kWal a write-ahead log
// (raft/storage/wal.h) runs on a disk that may lose any unsynced block: the log determines what
// survives, and the disk checks that this is such a prefix.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "raft/node.h"
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
  // `seed` determines which blocks are lost.
  Disk(raft::ConfState conf_state, Kind kind, std::uint64_t seed);

  // What the node reads: everything written, synced or not.
  raft::Storage* storage() {
    return wal_ ? static_cast<raft::Storage*>(wal_.get()) : storage_.get();
  }

  // Performs the first `count` single writes.
  void Write(const DiskWrite& write, std::size_t count);
  void Sync();
  // The first `keep` unsynced writes survive (with a write-ahead log: as many as it kept), and the
  // others are lost.  Returns how many entries at the end of the log differ from what was durable
  // before.
  std::size_t Crash(std::size_t keep);
  // The first `count` single writes of `write` are performed; then the disk reports an error, and
  // the host stops.  The power stays on, so what was written survives.
  std::size_t FailWrite(const DiskWrite& write, std::size_t count);
  // A sync fails, the host stops, and an operator restarts the machine: the same as after a crash.
  std::size_t FailSync(std::size_t keep);
  std::size_t unsynced() const { return unsynced_.size(); }

  // The application made a snapshot, and the log up to `start` is removed; both are durable at
  // once.  REQUIRES: only hard states are unsynced.
  void Compact(raft::SnapshotPtr snapshot, raft::Index start);

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
  using OneWrite = std::variant<raft::Entry, raft::HardState, raft::SnapshotPtr>;
  static void Apply(const OneWrite& write, Content& content);
  static std::vector<OneWrite> SingleWrites(const DiskWrite& write);
  [[nodiscard]] raft::IoStatus Do(OneWrite write);
  [[nodiscard]] raft::IoStatus Save(const OneWrite& write);
  void OpenWal();
  std::size_t RecoverWal();
  std::size_t Stop(std::size_t keep);
  bool HoldsInWal(const Content& content) const;

  std::unique_ptr<raft::MemoryStorage> storage_;
  Content durable_;
  std::vector<OneWrite> unsynced_;
  raft::ConfState initial_;
  std::shared_ptr<Platter> platter_;  // null without a write-ahead log
  std::unique_ptr<raft::Wal> wal_;
};

}  // namespace tracegen
