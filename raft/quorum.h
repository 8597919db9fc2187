// Who decides: majorities, and the two majorities of a joint configuration.  Values: they know
// voters and nothing else; what the voters say is asked of the caller.
// Sources: dissertation 3.2 and 4.3; etcd's quorum package.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "raft/ids.h"

namespace raft {

enum class VoteResult : std::uint8_t {
  kPending,  // neither won nor lost
  kLost,     // a quorum of yes cannot be reached any more
  kWon,
};

class MajorityConfig {
 public:
  MajorityConfig() = default;
  explicit MajorityConfig(std::vector<NodeId> voters) : voters_(std::move(voters)) {
    std::sort(voters_.begin(), voters_.end());
    voters_.erase(std::unique(voters_.begin(), voters_.end()), voters_.end());
  }

  const std::vector<NodeId>& voters() const { return voters_; }  // sorted
  bool empty() const { return voters_.empty(); }
  std::size_t size() const { return voters_.size(); }
  bool Contains(NodeId id) const { return std::binary_search(voters_.begin(), voters_.end(), id); }
  void Insert(NodeId id) {
    const auto at = std::lower_bound(voters_.begin(), voters_.end(), id);
    if (at == voters_.end() || *at != id) voters_.insert(at, id);
  }
  void Erase(NodeId id) {
    const auto at = std::lower_bound(voters_.begin(), voters_.end(), id);
    if (at != voters_.end() && *at == id) voters_.erase(at);
  }

  // The highest number that a majority has reached, where reached(id) is how far a voter is.
  // Without voters there is nobody to wait for: the highest number of all.
  template <class Reached>
  std::uint64_t Committed(Reached reached) const {
    constexpr std::size_t kInline = 8;
    if (voters_.empty()) return std::numeric_limits<std::uint64_t>::max();
    if (voters_.size() > kInline) {
      std::vector<std::uint64_t> all(voters_.size());
      return Select(all.data(), reached);
    }
    std::array<std::uint64_t, kInline> all{};
    return Select(all.data(), reached);
  }

  // The result of an election in which vote(id) is a voter's answer, or nothing if it has not
  // answered.  Without voters the election is won.
  template <class Vote>
  VoteResult Tally(Vote vote) const {
    std::size_t yes = 0;
    std::size_t no = 0;
    for (const NodeId id : voters_) {
      const std::optional<bool> answer = vote(id);
      if (answer) ++(*answer ? yes : no);
    }
    const std::size_t quorum = voters_.size() / 2 + 1;
    if (voters_.empty() || yes >= quorum) return VoteResult::kWon;
    return voters_.size() - no < quorum ? VoteResult::kLost : VoteResult::kPending;
  }

  friend bool operator==(const MajorityConfig&, const MajorityConfig&) = default;

 private:
  template <class Reached>
  std::uint64_t Select(std::uint64_t* all, Reached reached) const {
    const std::size_t n = voters_.size();
    // Sorted by insertion as they come: there are few.
    for (std::size_t k = 0; k < n; ++k) {
      const std::uint64_t value = reached(voters_[k]);
      std::size_t at = k;
      for (; at > 0 && all[at - 1] < value; --at) all[at] = all[at - 1];
      all[at] = value;
    }
    return all[n / 2];
  }

  std::vector<NodeId> voters_;
};

// Decisions need a majority of each half (dissertation 4.3).  Outside of a joint configuration the
// outgoing half is empty.
struct JointConfig {
  MajorityConfig incoming;
  MajorityConfig outgoing;

  bool IsJoint() const { return !outgoing.empty(); }
  bool Contains(NodeId id) const { return incoming.Contains(id) || outgoing.Contains(id); }
  // Sorted, nobody twice.
  std::vector<NodeId> Ids() const {
    std::vector<NodeId> ids;
    std::set_union(incoming.voters().begin(), incoming.voters().end(), outgoing.voters().begin(),
                   outgoing.voters().end(), std::back_inserter(ids));
    return ids;
  }

  template <class Reached>
  std::uint64_t Committed(Reached reached) const {
    const std::uint64_t first = incoming.Committed(reached);
    return outgoing.empty() ? first : std::min(first, outgoing.Committed(reached));
  }
  template <class Vote>
  VoteResult Tally(Vote vote) const {
    const VoteResult first = incoming.Tally(vote);
    const VoteResult second = outgoing.Tally(vote);
    if (first == second) return first;
    if (first == VoteResult::kLost || second == VoteResult::kLost) return VoteResult::kLost;
    return VoteResult::kPending;
  }
  friend bool operator==(const JointConfig&, const JointConfig&) = default;
};

}  // namespace raft
