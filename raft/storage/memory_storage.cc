#include "raft/storage/memory_storage.h"

#include "raft/check.h"
#include "raft/log.h"

namespace raft {

Term MemoryStorage::TermAt(Index index) const {
  RAFT_CHECK(index, <=, LastIndex());
  return index == Index() ? Term() : entries_[index.value() - 1].term;
}

std::vector<Entry> MemoryStorage::Entries(Index low, Index high, std::uint64_t max_bytes) const {
  RAFT_CHECK(low, >=, FirstIndex());
  RAFT_CHECK(low, <, high);
  RAFT_CHECK(high, <=, LastIndex() + 1);
  const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(low.value() - 1);
  const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(high.value() - 1);
  return {begin, EndWithin(begin, end, max_bytes)};
}

void MemoryStorage::Append(const std::vector<Entry>& entries) {
  if (entries.empty()) return;
  const Index first = entries.front().index;
  RAFT_CHECK(first, >, Index());
  RAFT_CHECK(first, <=, LastIndex() + 1);
  entries_.resize(first.value() - 1);
  for (const Entry& entry : entries) {
    RAFT_CHECK(entry.index, ==, LastIndex() + 1);
    entries_.push_back(entry);
  }
}

}  // namespace raft
