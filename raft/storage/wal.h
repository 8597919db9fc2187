// The write-ahead log: a Storage that survives crashes.  In one folder: segments of the log, each
// of which is written from its beginning to its end and then never again, and snapshots beside
// them (wal_format.h has the bytes).
//
//   auto disk = raft::OpenDisk("/var/lib/app/raft");
//   auto wal = raft::Wal::Open(std::move(*disk), initial_configuration);
//   if (!wal) ...wal.error().message...
//   config.storage = wal->get();
//   ...
//   (*wal)->Save(ready.snapshot, ready.entries, ready.hard_state, ready.must_sync);
//
// Promises:
// - What was saved before a Sync that returned without an error is there after any crash.  Of what
//   was saved later, any first part may be there, in the order in which it was saved, and nothing
//   else: no gap, nothing invented.
// - A tail that a crash tore off is repaired when the log is opened, and reported.  Damage to what
//   was known to be durable is refused, with file and offset: throwing away what was promised is
//   for people to decide.  (Damage to the very last thing that was synced, after which nothing was
//   saved, looks like a torn tail; it is reported as one.)
// - After a write, sync or rename that failed nothing more is saved: every call gives that error,
//   until the log is opened anew.  Whether the failed part is there then is open, as after a crash.
// - Memory: the cache of the newest entries (WalOptions), and about 24 bytes per 64 entries.
// What is wrong with the stored bytes when entries are read back after that (a disk that fails
// later) ends the process as a broken check.
// Threads: none inside; one caller at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "raft/storage.h"
#include "raft/storage/disk.h"
#include "raft/storage/wal_format.h"

namespace raft {

struct WalOptions {
  std::uint64_t segment_bytes = 64U << 20U;  // room made for a segment; a large entry gets more
  std::uint64_t cache_bytes = 8U << 20U;     // payload of the newest entries, kept in memory
};

class Wal : public Storage {
 public:
  // Makes a new log, with `initial` as its configuration, if the folder has none; crashes while it
  // is made leave none.  The folder is locked until the log is destroyed.
  [[nodiscard]] static IoResult<std::unique_ptr<Wal>> Open(std::unique_ptr<Disk> disk,
                                                           const ConfState& initial,
                                                           const WalOptions& options = {});
  ~Wal() override;

  // One line on what Open had to repair; empty if nothing.
  const std::string& repaired() const { return repaired_; }

  // What a Ready, or a message to the append thread, asks for, in this order; with `sync` it is
  // durable on return.  A snapshot stands in place of the whole log.
  // REQUIRES: what MemoryStorage::Install and Append require.
  [[nodiscard]] IoStatus Save(const SnapshotPtr& snapshot, const std::vector<Entry>& entries,
                              const std::optional<HardState>& state, bool sync);
  [[nodiscard]] IoStatus Sync();
  // The application made a snapshot; durable on return.
  // REQUIRES: the last one's index < snapshot->index <= LastIndex().
  [[nodiscard]] IoStatus SaveSnapshot(const SnapshotPtr& snapshot);
  // Entries up to `index` may go, and with them the segments that hold nothing else; durable on
  // return.  REQUIRES: FirstIndex() <= index, and a snapshot at least there.
  [[nodiscard]] IoStatus Compact(Index index);

  InitialState Initial() const override { return {state_.hard_state, conf_state_}; }
  Index FirstIndex() const override { return state_.start.index + 1; }
  Index LastIndex() const override { return state_.last.index; }
  Term TermAt(Index index) const override;
  void Entries(Index low, Index high, std::uint64_t max_bytes,
               std::vector<Entry>& out) const override;
  SnapshotPtr GetSnapshot() const override;

  std::uint64_t segments() const { return segments_.size(); }

 private:
  struct Segment {
    std::uint64_t number = 0;
    std::unique_ptr<File> file;
    Index max_index;  // of the entries that were ever written to it
  };
  // Where an entry is.  Those that follow it, up to the next point, follow it in the file.
  struct Point {
    Index index;
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
  };

  Wal(std::unique_ptr<Disk> disk, const WalOptions& options);

  // wal_recover.cc
  [[nodiscard]] IoStatus Recover(const ConfState& initial);
  [[nodiscard]] IoStatus RecoverSegments(const std::vector<std::uint64_t>& numbers);
  [[nodiscard]] IoStatus ReplaySegment(Segment& segment, bool first, bool last);
  [[nodiscard]] IoStatus ReplayFrame(Segment& segment, const Frame& frame);
  [[nodiscard]] IoStatus RepairTail();
  [[nodiscard]] IoStatus CheckWhole() const;
  [[nodiscard]] IoStatus LoadSnapshot();
  [[nodiscard]] IoStatus CreateLog(const ConfState& initial);
  [[nodiscard]] IoStatus RemoveLeftovers();
  IoStatus Damaged(const Segment& segment, std::uint64_t offset, const std::string& what) const;

  IoStatus Fail(IoStatus status);
  [[nodiscard]] IoStatus Roll(std::uint64_t room);
  [[nodiscard]] IoStatus AddSegment(std::uint64_t number, std::uint64_t room);
  [[nodiscard]] IoStatus WriteSnapshotFile(const Snapshot& snapshot);
  [[nodiscard]] IoStatus WriteFrames();
  [[nodiscard]] IoStatus Room(std::uint64_t bytes);
  void Note(const Entry& entry, std::uint64_t offset);
  void TookInstall(const Position& position);
  void TookCompact(const Position& position);
  const Segment& SegmentAt(std::uint64_t number) const;
  void ReadFrom(Index low, Index high, std::uint64_t max_bytes, std::vector<Entry>& out) const;

  WalOptions options_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<Disk::Lock> lock_;
  std::deque<Segment> segments_;   // the last one is written to
  std::uint64_t capacity_ = 0;     // of the last one
  std::uint64_t end_ = 0;          // of what was written to it
  std::uint64_t durable_end_ = 0;  // of what was synced
  std::uint64_t noted_end_ = 0;    // the last Synced frame says this
  FrameWriter writer_;
  SegmentHeader state_;  // as a segment that began now would say
  ConfState conf_state_;
  mutable std::weak_ptr<const Snapshot> snapshot_;  // while somebody uses it

  std::deque<Point> points_;
  bool new_point_ = true;                     // the next entry does not follow the last point's
  std::deque<std::pair<Index, Term>> terms_;  // from this index on, this term
  std::deque<Entry> cache_;                   // the newest entries
  std::uint64_t cached_bytes_ = 0;
  std::vector<std::string> obsolete_;  // snapshots, to be removed after the next sync
  IoStatus failed_;
  std::string torn_;  // where the last segment's last frame is damaged
  std::string repaired_;
};

}  // namespace raft
