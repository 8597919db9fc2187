// Snapshots, for servers whose log ends where the leader's is gone (dissertation 5.1 to 5.3; etcd).
// TLA+: SendSnapshot, HandleSnapshotRequest.
#include <algorithm>
#include <utility>

#include "raft/check.h"
#include "raft/node_impl.h"

namespace raft {

// False if none was sent.
bool Node::Impl::MaybeSendSnapshot(Peer& peer) {
  // Large, and of no use to a server that is not there.
  if (!peer.progress.recent_active()) return false;
  SnapshotPtr snapshot = log_.GetSnapshot();
  if (!snapshot) return false;
  // One from before the peer joined would be refused: the next one will do.
  const ConfigurationOrError members = raft::Restore(snapshot->conf_state);
  if (!members || !members->Contains(peer.id)) return false;
  RAFT_CHECK(snapshot->index, >, Index());
  peer.progress.BecomeSnapshot(snapshot->index);
  Message m = Make(MessageType::kSnap, peer.id);
  m.term = term_;
  m.snapshot = std::move(snapshot);
  Send(std::move(m));
  return true;
}

void Node::Impl::HandleSnapshot(const Message& m) {
  Message response = Make(MessageType::kAppResp, m.from);
  response.term = term_;
  response.index = Restore(m.snapshot) ? log_.last_index() : log_.committed();
  Send(std::move(response));
}

// False if it was not needed.
bool Node::Impl::Restore(const SnapshotPtr& snapshot) {
  if (snapshot->index <= log_.committed()) return false;
  RAFT_CHECK(static_cast<std::uint64_t>(role_), ==, static_cast<std::uint64_t>(Role::kFollower));
  const ConfigurationOrError restored = raft::Restore(snapshot->conf_state);
  RAFT_CHECK(static_cast<std::uint64_t>(restored.has_value()), ==, std::uint64_t{1});
  // Nobody sends us what is not for us; a server that is to become a learner takes it as well.
  if (!restored->Contains(config_.id)) return false;
  if (log_.Matches(snapshot->index, snapshot->term)) {
    // All of it is here already: the log is kept, with what follows.
    log_.CommitTo(snapshot->index);
    return false;
  }
  log_.Restore(snapshot);
  tracker_.SwitchTo(Configuration(), Index(1));  // nothing of the old one counts any more
  SwitchTo(*restored);
  return true;
}

// The host's word on what became of a snapshot.  An acknowledgement may tell us first.
void Node::Impl::HandleSnapshotStatus(Peer& peer, bool failed) {
  if (peer.progress.state() != Progress::State::kSnapshot) return;
  if (failed) peer.progress.SnapshotFailed();
  peer.progress.BecomeProbe();
  // One heartbeat's answer, or the acknowledgement, first: it may still be loading.
  peer.progress.Pause();
}

}  // namespace raft
