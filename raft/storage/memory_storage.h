// A storage in memory: what the host was told to persist, without a disk.
#pragma once

#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "raft/storage.h"

namespace raft {

class MemoryStorage : public Storage {
 public:
  explicit MemoryStorage(ConfState conf_state);

  InitialState Initial() const override { return {hard_state_, snapshot_->conf_state}; }
  Index FirstIndex() const override { return first_; }
  Index LastIndex() const override { return first_ + entries_.size() - 1; }
  Term TermAt(Index index) const override;
  void Entries(Index low, Index high, std::uint64_t max_bytes,
               std::vector<Entry>& out) const override;
  SnapshotPtr GetSnapshot() const override { return snapshot_; }
  Index SnapshotIndex() const override { return snapshot_->index; }

  // Replaces what is stored from entries[0].index on.
  // REQUIRES: entries are contiguous, leave no gap after what is stored, and follow FirstIndex().
  void Append(const std::vector<Entry>& entries);
  void SetHardState(const HardState& state) { hard_state_ = state; }
  // A snapshot from the leader stands in place of the whole log.
  // REQUIRES: it is newer than the last one.
  void Install(SnapshotPtr snapshot);
  // The application made a snapshot.  REQUIRES: snapshot->index <= LastIndex(), newer than the
  // last.
  void SaveSnapshot(SnapshotPtr snapshot);
  // On a restart: what a disk had.  Entries follow on (first - 1, term_before), and reach the
  // snapshot.
  void Load(Index first, Term term_before, const std::vector<Entry>& entries);
  // Entries up to `index` may go.  REQUIRES: FirstIndex() <= index, and a snapshot at least there.
  void Compact(Index index);

 private:
  HardState hard_state_;
  SnapshotPtr snapshot_;  // never null: at index 0 in the beginning
  Index first_{1};
  Term term_before_first_;
  std::deque<Entry> entries_;  // [k] has index first_ + k
};

}  // namespace raft
