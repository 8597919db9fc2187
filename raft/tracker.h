// The servers of the configuration in force, and what each of them told its leader or candidate.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "raft/configuration.h"
#include "raft/ids.h"
#include "raft/progress.h"

namespace raft {

struct Peer {
  NodeId id;
  Progress progress;
  std::optional<bool> vote;      // its answer to our campaign
  std::uint64_t read_ack = 0;    // how many of our reads it confirmed
  std::uint64_t lease_tick = 0;  // when the last heartbeat that it answered was sent
  int asked_to_lead = 0;         // how often a leader that was removed turned to it
};

class Tracker {
 public:
  explicit Tracker(Inflights inflights) : inflights_(std::move(inflights)) {}

  const Configuration& configuration() const { return configuration_; }
  std::vector<Peer>& peers() { return peers_; }  // sorted by id
  const std::vector<Peer>& peers() const { return peers_; }
  Peer* Find(NodeId id);
  const Peer* Find(NodeId id) const;
  bool IsVoter(NodeId id) const { return configuration_.voters.Contains(id); }

  // A peer that stays keeps its progress.  A new peer counts as active, and is sent entries from
  // `next` on.
  void SwitchTo(Configuration configuration, Index next);
  // In a new term or role: forgets what the peers told, and sends entries from `next` on.
  void Reset(Index next);
  void ResetVotes();

  // The highest index up to which a quorum has the log.
  Index Committed() const;
  VoteResult Tally() const;
  // Has a quorum answered since the last check?  `self` counts as if it had.
  bool QuorumActive(NodeId self) const;
  // The highest number that a quorum has reached, where reached(peer) is the peer's number.
  template <class Reached>
  std::uint64_t Quorum(Reached reached) const {
    return configuration_.voters.Committed([&](NodeId id) -> std::uint64_t {
      const Peer* peer = Find(id);
      return peer == nullptr ? 0 : reached(*peer);
    });
  }

 private:
  Configuration configuration_;
  std::vector<Peer> peers_;
  Inflights inflights_;  // empty; what each peer begins with
};

}  // namespace raft
