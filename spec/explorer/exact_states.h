// The set of whole states that a search has seen, for users who do not want to rely on
// fingerprints.  This is one shard; only one thread may use it at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

namespace spec::explorer {

class ExactStates {
 public:
  enum class Answer : std::uint8_t { kKnown, kNew, kCollision };
  // kCollision: the state is new, but another state has the same fingerprint.
  Answer Insert(std::uint64_t fingerprint, std::span<const std::uint8_t> bytes) {
    const auto [begin, end] = places_.equal_range(fingerprint);
    for (auto place = begin; place != end; ++place) {
      const Place& known = place->second;
      if (known.length == bytes.size() &&
          std::memcmp(bytes_.data() + known.offset, bytes.data(), bytes.size()) == 0) {
        return Answer::kKnown;
      }
    }
    const bool collides = begin != end;
    places_.emplace(fingerprint, Place{bytes_.size(), static_cast<std::uint32_t>(bytes.size())});
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return collides ? Answer::kCollision : Answer::kNew;
  }
  std::uint64_t size() const { return places_.size(); }
  std::uint64_t bytes() const { return bytes_.capacity() + places_.size() * 48; }

 private:
  struct Place {
    std::uint64_t offset;
    std::uint32_t length;
  };
  std::unordered_multimap<std::uint64_t, Place> places_;  // only looked up by key, never iterated
  std::vector<std::uint8_t> bytes_;
};

}  // namespace spec::explorer
