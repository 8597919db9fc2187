// The set of states that a search has seen, as 64-bit fingerprints.  It needs 9 to 11.5 bytes per
// state.  It consists of shards; the upper bits of a fingerprint select its shard.  Different
// threads may use different shards at the same time, but only one thread may use a given shard.
//
// A shard is a sorted table with gaps: a fingerprint lies at its home or shortly after it, and the
// home is proportional to the fingerprint's value.  Searches are therefore short, the table grows
// in one pass over memory, and the smallest distance of two fingerprints is found by comparing
// neighbours.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace spec::explorer {

using Fingerprint = std::uint64_t;

class FingerprintShard {
 public:
  FingerprintShard();
  // Returns true if the fingerprint is new.  REQUIRES: the fingerprint belongs to this shard, and
  // its upper bits, which select the shard, are removed: it is at most kLargest.
  bool Insert(Fingerprint fingerprint);
  void Prefetch(Fingerprint fingerprint) const {
    __builtin_prefetch(table_.data() + Home(fingerprint));
  }
  std::uint64_t size() const { return size_; }
  std::uint64_t bytes() const { return table_.capacity() * sizeof(Fingerprint); }
  // The smallest difference of two fingerprints; the largest number if there are fewer than two.
  Fingerprint SmallestGap() const;

  // All fingerprints in ascending order, for checkpoints.
  std::vector<Fingerprint> Sorted() const;
  // REQUIRES: ascending order, no duplicates.
  void Assign(const std::vector<Fingerprint>& sorted);

  static constexpr int kValueBits = 56;  // the upper 8 bits select the shard
  static constexpr Fingerprint kLargest = (Fingerprint{1} << kValueBits) - 1U;

 private:
  static constexpr Fingerprint kFree = ~Fingerprint{0};
  std::uint64_t Home(Fingerprint fingerprint) const {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>(Wide{fingerprint} * capacity_ >> kValueBits);
  }
  void Replace();

  std::uint64_t capacity_ = 0;  // number of possible homes
  std::uint64_t slack_ = 0;     // a few places more, of which one is always free
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
