#include "spec/explorer/fingerprint_set.h"

#include <algorithm>

#include "spec/explorer/out_of_memory.h"

namespace spec::explorer {
namespace {

constexpr std::uint64_t kFirstCapacity = 64;
constexpr std::uint64_t kFirstSlack = 64;

// A fuller table makes searches long.  A sorted table that is 88 % full needs 5 probes on average.
constexpr bool IsFull(std::uint64_t size, std::uint64_t capacity) {
  return size * 25 > capacity * 22;
}

std::vector<Fingerprint> Reserve(std::uint64_t places, Fingerprint free) {
  try {
    return std::vector<Fingerprint>(places, free);
  } catch (const std::bad_alloc&) {
    throw OutOfMemory("one of " + std::to_string(FingerprintSet::kShards) +
                      " tables of fingerprints, of " +
                      std::to_string((places * sizeof(Fingerprint) >> 20U) + 1) + " MiB");
  }
}

}  // namespace

FingerprintShard::FingerprintShard()
    : capacity_(kFirstCapacity), slack_(kFirstSlack), table_(capacity_ + slack_, kFree) {}

bool FingerprintShard::Insert(Fingerprint fingerprint) {
  Fingerprint* place = table_.data() + Home(fingerprint);
  while (*place < fingerprint) ++place;
  if (*place == fingerprint) return false;
  Fingerprint* free = place;
  while (*free != kFree) ++free;
  std::copy_backward(place, free, free + 1);
  *place = fingerprint;
  ++size_;
  if (IsFull(size_, capacity_)) {
    capacity_ += capacity_ / 4;
    Replace();
  } else if (free + 2 >= table_.data() + table_.size()) {
    // A search stops at a free place, so one must remain at the end of the table.  This is rare
    // unless the fingerprints are badly distributed.
    slack_ *= 2;
    Replace();
  }
  return true;
}

// Moves all fingerprints to their places in a new table of capacity_ and slack_ places; slack_
// grows if they do not fit.
void FingerprintShard::Replace() {
  std::vector<Fingerprint> old;
  old.swap(table_);
  for (;; slack_ *= 2) {
    table_ = Reserve(capacity_ + slack_, kFree);
    std::uint64_t next = 0;
    bool fits = true;
    for (const Fingerprint fingerprint : old) {
      if (fingerprint == kFree) continue;
      const std::uint64_t place = std::max(next, Home(fingerprint));
      fits = place + 2 < table_.size();
      if (!fits) break;
      table_[place] = fingerprint;
      next = place + 1;
    }
    if (fits) return;
  }
}

Fingerprint FingerprintShard::SmallestGap() const {
  Fingerprint smallest = kFree;
  Fingerprint last = kFree;
  for (const Fingerprint fingerprint : table_) {
    if (fingerprint == kFree) continue;
    if (last != kFree) smallest = std::min(smallest, fingerprint - last);
    last = fingerprint;
  }
  return smallest;
}

std::vector<Fingerprint> FingerprintShard::Sorted() const {
  std::vector<Fingerprint> sorted;
  sorted.reserve(size_);
  std::copy_if(table_.begin(), table_.end(), std::back_inserter(sorted),
               [](Fingerprint fingerprint) { return fingerprint != kFree; });
  return sorted;
}

void FingerprintShard::Assign(const std::vector<Fingerprint>& sorted) {
  size_ = sorted.size();
  while (IsFull(size_, capacity_)) capacity_ += capacity_ / 4;
  table_ = sorted;
  Replace();
}

std::uint64_t FingerprintSet::size() const {
  std::uint64_t all = 0;
  for (const FingerprintShard& shard : shards_) all += shard.size();
  return all;
}

std::uint64_t FingerprintSet::bytes() const {
  std::uint64_t all = 0;
  for (const FingerprintShard& shard : shards_) all += shard.bytes();
  return all;
}

Fingerprint FingerprintSet::SmallestGap() const {
  Fingerprint smallest = ~Fingerprint{0};
  for (const FingerprintShard& shard : shards_) smallest = std::min(smallest, shard.SmallestGap());
  return smallest;
}

}  // namespace spec::explorer
