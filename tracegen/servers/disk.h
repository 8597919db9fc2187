// The disk of one simulated server.  Writes happen in order: a snapshot, then entries, then the
// hard state, as in etcd's write-ahead log; a crash leaves what was synced and any prefix of what
// was not.  Which prefix the schedule says; or, with a log of its own (raft/storage/wal.h) on a
// disk that loses any of its blocks, that log: then it is checked that it is one.
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

// What a Ready, or a message to the append thread, asks for.
struct DiskWrite {
  raft::SnapshotPtr snapshot;
  std::vector<raft::Entry> entries;
  std::optional<raft::HardState> hard_state;

  // How many single writes it is.
  std::size_t size() const { return entries.size() + (snapshot ? 1 : 0) + (hard_state ? 1 : 0); }
};

class Disk {
 public:
  enum class Kind : std::uint8_t { kPlain, kWal };
  // `seed` is that of the blocks that are lost.
  Disk(raft::ConfState conf_state, Kind kind, std::uint64_t seed);

  // What the node reads: everything written, synced or not.
  raft::Storage* storage() {
    return wal_ ? static_cast<raft::Storage*>(wal_.get()) : storage_.get();
  }

  // The first `count` single writes are done.
  void Write(const DiskWrite& write, std::size_t count);
  void Sync();
  // The first `keep` unsynced writes survive (with a log: as many as it saved), the others are
  // gone. Returns how many entries at the end of the log are not what was durable before.
  std::size_t Crash(std::size_t keep);
  // The same, of a disk that says so: the first `count` single writes of `write` are done, then it
  // reports an error and the host stops.  The power stays on: what was written stays.
  std::size_t FailWrite(const DiskWrite& write, std::size_t count);
  // A sync fails, the host stops, and people start the machine anew: as after a crash.
  std::size_t FailSync(std::size_t keep);
  std::size_t unsynced() const { return unsynced_.size(); }

  // The application made a snapshot, and the log up to `start` goes: done and durable at once.
  // REQUIRES: nothing but hard states is unsynced.
  void Compact(raft::SnapshotPtr snapshot, raft::Index start);

  // What surely survives a crash.
  struct Content {
    raft::HardState hard_state;
    raft::SnapshotPtr snapshot;        // never null
    raft::Index first{1};              // of entries
    raft::Term term_before;            // of the entry before it
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
  std::shared_ptr<Platter> platter_;  // null without a log
  std::unique_ptr<raft::Wal> wal_;
};

}  // namespace tracegen
