#include "tracegen/disk.h"

#include <algorithm>
#include <utility>

namespace tracegen {

Disk::Disk(raft::ConfState conf_state)
    : conf_state_(std::move(conf_state)),
      storage_(std::make_unique<raft::MemoryStorage>(conf_state_)) {}

std::size_t Disk::WritesOf(const raft::Ready& ready) {
  return ready.entries.size() + (ready.hard_state ? 1 : 0);
}

void Disk::Write(const raft::Ready& ready, std::size_t count) {
  const std::size_t entries = std::min(count, ready.entries.size());
  for (std::size_t k = 0; k < entries; ++k) {
    storage_->Append({ready.entries[k]});
    unsynced_.emplace_back(ready.entries[k]);
  }
  if (ready.hard_state && count > ready.entries.size()) {
    storage_->SetHardState(*ready.hard_state);
    unsynced_.emplace_back(*ready.hard_state);
  }
}

void Disk::Apply(const OneWrite& write, Content& content) {
  if (const auto* entry = std::get_if<raft::Entry>(&write)) {
    content.entries.resize(entry->index.value() - 1);
    content.entries.push_back(*entry);
  } else {
    content.hard_state = std::get<raft::HardState>(write);
  }
}

void Disk::Sync() {
  for (const OneWrite& write : unsynced_) Apply(write, durable_);
  unsynced_.clear();
}

std::size_t Disk::Crash(std::size_t keep) {
  const std::vector<raft::Entry> before = durable_.entries;
  unsynced_.resize(std::min(keep, unsynced_.size()));
  Sync();
  storage_ = std::make_unique<raft::MemoryStorage>(conf_state_);
  storage_->Append(durable_.entries);
  storage_->SetHardState(durable_.hard_state);
  const std::vector<raft::Entry>& after = durable_.entries;
  const auto same = std::mismatch(after.begin(), after.end(), before.begin(), before.end()).first;
  return static_cast<std::size_t>(after.end() - same);
}

}  // namespace tracegen
