// A storage in memory: what the host was told to persist, without a disk.
#pragma once

#include <utility>
#include <vector>

#include "raft/storage.h"

namespace raft {

class MemoryStorage : public Storage {
 public:
  explicit MemoryStorage(ConfState conf_state) { initial_.conf_state = std::move(conf_state); }

  InitialState Initial() const override { return initial_; }
  Index FirstIndex() const override { return Index(1); }
  Index LastIndex() const override { return Index(entries_.size()); }
  Term TermAt(Index index) const override;
  std::vector<Entry> Entries(Index low, Index high, std::uint64_t max_bytes) const override;

  // Replaces what is stored from entries[0].index on.
  // REQUIRES: entries are contiguous and leave no gap after what is stored.
  void Append(const std::vector<Entry>& entries);
  void SetHardState(const HardState& state) { initial_.hard_state = state; }

 private:
  InitialState initial_;
  std::vector<Entry> entries_;  // [k] has index k + 1
};

}  // namespace raft
