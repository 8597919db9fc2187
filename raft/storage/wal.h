// The write-ahead log: a Storage that survives crashes.  In one folder: segments of the log, each
// of which is written from its beginning to its end and then never again, and snapshots beside
// them (wal_format.h has the bytes).
//
//   auto wal = raft::Wal::Open(raft::DiskAt(folder), initial_configuration);
//   if (!wal) return Stop(wal.error().message);
//   config.storage = wal->get();
//   raft::Node node(config);
//   while (node.HasReady()) {
//     raft::Ready& ready = node.TakeReady();
//     const raft::IoStatus saved =
//         (*wal)->Save(ready.snapshot, ready.entries, ready.hard_state, ready.must_sync);
//     if (!saved) return Stop(saved.error().message);
//     Send(ready.messages);
//     node.Advance();
//   }
//
// Promises:
// - What was saved before a Sync that returned without an error is there after any crash.  Of what
//   was saved later, any first part may be there, in the order in which it was saved, and nothing
//   else: no gap, nothing invented.
// - A tail that a crash tore off is repaired when the log is opened, and reported.  Damage to what
//   was known to be durable is refused, with file and offset: throwing away what was promised is
//   for people to decide.  (Damage to the very last thing that was synced, after which nothing was
//   saved, looks like a torn tail; it is reported as one.)
//   A file that is missing or too short is refused, too: each segment says that the next one is
//   there, and how large its file is.
// - After a write, sync or rename that failed, or when memory ran out, nothing more is saved: every
//   call gives that error, until the log is opened anew.  Whether the failed part is there then is
//   open, as after a crash.  Memory never has what was not written.
// - What a failed sync has left only in the memory of the operating system is written again when
// the
//   log is opened, before anything is built on it.
// - Memory: the cache of the newest entries (WalOptions), and about 24 bytes per 64 entries.  The
//   largest file bounds what damaged bytes can ask for.
// What is wrong with the stored bytes when entries are read back after that (a disk that fails
// later) ends the process as a broken check.
// Threads: none inside; one caller at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <new>
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
  std::uint64_t cache_bytes = 8U << 20U;     // of memory, for the newest entries
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
  // An entry of more than Payload::kMaxSize bytes is refused, and then nothing of the call is done.
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
  Index SnapshotIndex() const override { return state_.snapshot.index; }

  std::uint64_t segments() const { return segments_.size(); }

 private:
  struct Segment {
    std::uint64_t number = 0;
    std::unique_ptr<File> file;
    Index max_index;        // of the entries that were ever written to it
    std::uint64_t end = 0;  // of its frames, without Next; of the last segment see end_
    bool followed = false;  // a Next frame says so
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
  [[nodiscard]] IoStatus MakeDurable(const ConfState& initial, bool unfinished);
  [[nodiscard]] IoStatus RecoverSegments(const std::vector<std::uint64_t>& numbers);
  [[nodiscard]] IoStatus ReplaySegment(Segment& segment, bool first, bool last);
  [[nodiscard]] IoStatus ReplayHeader(const Segment& segment, FrameReader& reader, bool first);
  [[nodiscard]] IoStatus CheckEnd(const Segment& segment, FrameReader& reader) const;
  [[nodiscard]] IoStatus ReplayFrame(Segment& segment, const Frame& frame);
  [[nodiscard]] IoStatus RewriteTail();
  [[nodiscard]] IoStatus RepairTail();
  [[nodiscard]] IoStatus CheckWhole() const;
  [[nodiscard]] IoStatus LoadSnapshot();
  [[nodiscard]] IoStatus CreateLog(const ConfState& initial);
  [[nodiscard]] IoStatus RemoveLeftovers();
  IoStatus Damaged(const Segment& segment, std::uint64_t offset, const std::string& what) const;

  IoStatus Fail(IoStatus status);
  // Does f unless something has failed before.
  template <class F>
  [[nodiscard]] IoStatus Attempt(F f) {
    if (!failed_) return failed_;
    try {
      return f();
    } catch (const std::bad_alloc&) {
      return Fail(IoFailure("out of memory"));  // so short that it needs none
    }
  }
  [[nodiscard]] IoStatus TrySave(const SnapshotPtr& snapshot, const std::vector<Entry>& entries,
                                 const std::optional<HardState>& state);
  [[nodiscard]] IoStatus TrySync();
  [[nodiscard]] IoStatus TrySaveSnapshot(const SnapshotPtr& snapshot);
  [[nodiscard]] IoStatus TryCompact(Index index);
  [[nodiscard]] IoStatus Roll(std::uint64_t room);
  [[nodiscard]] IoStatus AddSegment(std::uint64_t number, std::uint64_t room);
  [[nodiscard]] IoStatus MarkFollowed(Segment& segment);
  [[nodiscard]] IoStatus WriteSnapshotFile(const Snapshot& snapshot);
  [[nodiscard]] IoStatus WriteFrames();
  [[nodiscard]] IoStatus Room(std::uint64_t bytes);
  [[nodiscard]] IoResult<Snapshot> ReadSnapshotFile() const;
  void Note(const Entry& entry, std::uint64_t offset);
  void Cache(const Entry& entry);
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
  std::vector<std::uint64_t> offsets_;  // of the entries in writer_
  SegmentHeader state_;                 // as a segment that began now would say
  ConfState conf_state_;
  mutable std::weak_ptr<const Snapshot> snapshot_;  // while somebody uses it

  std::deque<Point> points_;
  bool new_point_ = true;                     // the next entry does not follow the last point's
  std::deque<std::pair<Index, Term>> terms_;  // from this index on, this term
  std::deque<Entry> cache_;                   // the newest entries
  std::uint64_t cached_bytes_ = 0;
  std::vector<std::string> obsolete_;  // snapshots, to be removed after the next sync
  IoStatus failed_;
  // Of the segment that is being replayed:
  std::uint64_t marked_ = 0;    // durable for certain up to here
  std::uint64_t replayed_ = 0;  // records after the header
  std::string torn_;            // where the last segment's last frame is damaged
  std::string repaired_;
};

}  // namespace raft
