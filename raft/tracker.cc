#include "raft/tracker.h"

#include <algorithm>

namespace raft {

const Peer* Tracker::Find(NodeId id) const {
  const auto found =
      std::find_if(peers_.begin(), peers_.end(), [id](const Peer& peer) { return peer.id == id; });
  return found == peers_.end() ? nullptr : &*found;
}

Peer* Tracker::Find(NodeId id) { return const_cast<Peer*>(std::as_const(*this).Find(id)); }

void Tracker::SwitchTo(Configuration configuration, Index next) {
  configuration_ = std::move(configuration);
  std::vector<Peer> peers;
  for (const NodeId id : configuration_.Ids()) {
    if (Peer* known = Find(id)) {
      peers.push_back(std::move(*known));
    } else {
      peers.push_back({id, Progress(Index(), next, inflights_), std::nullopt, 0, 0, 0});
      // Otherwise the next check for a quorum could depose the leader because of a server that has
      // had no time to answer.
      peers.back().progress.set_recent_active(true);
    }
  }
  peers_ = std::move(peers);
}

void Tracker::Reset(Index next) {
  for (Peer& peer : peers_)
    peer = {peer.id, Progress(Index(), next, inflights_), std::nullopt, 0, 0, 0};
}

void Tracker::ResetVotes() {
  for (Peer& peer : peers_) peer.vote.reset();
}

Index Tracker::Committed() const {
  return Index(Quorum([](const Peer& peer) { return peer.progress.match().value(); }));
}

VoteResult Tracker::Tally() const {
  return configuration_.voters.Tally([this](NodeId id) { return Find(id)->vote; });
}

bool Tracker::QuorumActive(NodeId self) const {
  const VoteResult active = configuration_.voters.Tally([this, self](NodeId id) {
    return std::optional<bool>(id == self || Find(id)->progress.recent_active());
  });
  return active == VoteResult::kWon;
}

}  // namespace raft
