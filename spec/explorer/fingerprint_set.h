// The set of states that a search has seen, as 64-bit fingerprints: 9 to 11.5 bytes a state.  It
// consists of shards; a fingerprint's upper bits say which.  Different shards may be used by
// different threads at a time, one shard by one thread only.
//
// A shard is a table in the order of its fingerprints, with gaps: a fingerprint lies at or shortly
// after the place that its value, as a fraction of all values, has in the table.  So a search
// stops early, growing is one pass over memory, and the smallest distance of two fingerprints is
// found by looking at neighbours.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace spec::explorer {

using Fingerprint = std::uint64_t;

class FingerprintShard {
 public:
  FingerprintShard();
  // Has it been new?  REQUIRES: the shard's own fingerprints only, without the upper bits that say
  // which shard: at most kLargest.
  bool Insert(Fingerprint fingerprint);
  void Prefetch(Fingerprint fingerprint) const {
    __builtin_prefetch(table_.data() + Home(fingerprint));
  }
  std::uint64_t size() const { return size_; }
  std::uint64_t bytes() const { return table_.capacity() * sizeof(Fingerprint); }
  // The smallest difference of two of them; the largest number if there are fewer.
  Fingerprint SmallestGap() const;

  // For checkpoints: everything, in order.
  std::vector<Fingerprint> Sorted() const;
  // REQUIRES: in order, each once.
  void Assign(const std::vector<Fingerprint>& sorted);

  static constexpr int kValueBits = 56;  // the upper 8 say which shard
  static constexpr Fingerprint kLargest = (Fingerprint{1} << kValueBits) - 1U;

 private:
  static constexpr Fingerprint kFree = ~Fingerprint{0};
  std::uint64_t Home(Fingerprint fingerprint) const {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>(Wide{fingerprint} * capacity_ >> kValueBits);
  }
  void Replace();

  std::uint64_t capacity_ = 0;  // places that may be a home
  std::uint64_t slack_ = 0;     // a few more follow, never all taken
  std::uint64_t size_ = 0;
  std::vector<Fingerprint> table_;
};

class FingerprintSet {
 public:
  static constexpr std::size_t kShards = 256;
  static std::size_t ShardOf(Fingerprint fingerprint) {
    return static_cast<std::size_t>(fingerprint >> FingerprintShard::kValueBits);
  }
  FingerprintSet() : shards_(kShards) {}
  FingerprintShard& Shard(std::size_t shard) { return shards_[shard]; }
  const FingerprintShard& Shard(std::size_t shard) const { return shards_[shard]; }
  std::uint64_t size() const;
  std::uint64_t bytes() const;
  Fingerprint SmallestGap() const;

 private:
  std::vector<FingerprintShard> shards_;
};

}  // namespace spec::explorer
