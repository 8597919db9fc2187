#include "raft/storage/memory_storage.h"

#include "raft/check.h"
#include "raft/log.h"

namespace raft {

MemoryStorage::MemoryStorage(ConfState conf_state) {
  auto first = std::make_shared<Snapshot>();
  first->conf_state = std::move(conf_state);
  snapshot_ = std::move(first);
}

Term MemoryStorage::TermAt(Index index) const {
  RAFT_CHECK(index, <=, LastIndex());
  RAFT_CHECK(index + 1, >=, first_);
  return index < first_ ? term_before_first_ : entries_[index - first_].term;
}

void MemoryStorage::Entries(Index low, Index high, std::uint64_t max_bytes,
                            std::vector<Entry>& out) const {
  RAFT_CHECK(low, >=, first_);
  RAFT_CHECK(low, <, high);
  RAFT_CHECK(high, <=, LastIndex() + 1);
  const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(low - first_);
  const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(high - first_);
  out.insert(out.end(), begin, EndWithin(begin, end, max_bytes));
}

void MemoryStorage::Append(const std::vector<Entry>& entries) {
  if (entries.empty()) return;
  const Index first = entries.front().index;
  RAFT_CHECK(first, >=, first_);
  RAFT_CHECK(first, <=, LastIndex() + 1);
  entries_.resize(first - first_);
  for (const Entry& entry : entries) {
    RAFT_CHECK(entry.index, ==, LastIndex() + 1);
    entries_.push_back(entry);
  }
}

void MemoryStorage::Install(SnapshotPtr snapshot) {
  RAFT_CHECK(snapshot->index, >, snapshot_->index);
  entries_.clear();
  first_ = snapshot->index + 1;
  term_before_first_ = snapshot->term;
  snapshot_ = std::move(snapshot);
}

void MemoryStorage::SaveSnapshot(SnapshotPtr snapshot) {
  RAFT_CHECK(snapshot->index, >, snapshot_->index);
  RAFT_CHECK(snapshot->index, <=, LastIndex());
  snapshot_ = std::move(snapshot);
}

void MemoryStorage::Load(Index first, Term term_before, const std::vector<Entry>& entries) {
  RAFT_CHECK(first, <=, snapshot_->index + 1);
  first_ = first;
  term_before_first_ = term_before;
  entries_.clear();
  Append(entries);
  RAFT_CHECK(LastIndex(), >=, snapshot_->index);
}

void MemoryStorage::Compact(Index index) {
  RAFT_CHECK(index, >=, first_);
  RAFT_CHECK(index, <=, snapshot_->index);
  term_before_first_ = TermAt(index);
  while (first_ <= index) entries_.pop_front(), ++first_;
}

}  // namespace raft
