// Snapshots, for servers whose log ends where the leader's is gone (dissertation 5.1 to 5.3; etcd).
// TLA+: SendSnapshot, HandleSnapshotRequest.
#include <algorithm>
#include <utility>

#include "raft/check.h"
#include "raft/node_impl.h"

namespace raft {

// False if none was sent.
bool Node::Impl::MaybeSendSnapshot(Peer& peer) {
  // A snapshot is large, and of no use to a server that does not answer.
  if (!peer.progress.recent_active()) return false;
  SnapshotPtr snapshot = log_.GetSnapshot();
  if (!snapshot) return false;
  // The peer refuses a snapshot from before it joined.  The next snapshot will do.
  const ConfigurationOrError members = ConfigurationOf(snapshot->conf_state);
  if (!members || !members->Contains(peer.id)) return false;
  RAFT_CHECK(snapshot->index, >, Index());
  peer.progress.BecomeSnapshot(snapshot->index);
  Message m = MessageTo(MessageType::kSnap, peer.id);
  m.term = term_;
  m.snapshot = std::move(snapshot);
  Send(std::move(m));
  return true;
}

void Node::Impl::HandleSnapshot(const Message& m) {
  Message response = MessageTo(MessageType::kAppResp, m.from);
  response.term = term_;
  response.index = RestoreSnapshot(m.snapshot) ? log_.last_index() : log_.committed();
  Send(std::move(response));
}

// False if it was not needed.
bool Node::Impl::RestoreSnapshot(const SnapshotPtr& snapshot) {
  if (snapshot->index <= log_.committed()) return false;
  RAFT_CHECK(role_, ==, Role::kFollower);
  const ConfigurationOrError restored = ConfigurationOf(snapshot->conf_state);
  RAFT_CHECK_TRUE(restored.has_value());
  // A snapshot without this server in it is not for this server.  A voter that is to become a
  // learner takes it as well.
  if (!restored->Contains(config_.id)) return false;
  if (log_.Matches(snapshot->index, snapshot->term)) {
    // The log has all of it already: it is kept, with the entries that follow.
    log_.CommitTo(snapshot->index);
    return false;
  }
  log_.RestoreSnapshot(snapshot);
  tracker_.SwitchTo(Configuration(), Index(1));  // nothing of the old one counts any more
  SwitchTo(*restored);
  return true;
}

// The host reports what became of a snapshot.  The follower's acknowledgement may come first.
void Node::Impl::HandleSnapshotStatus(Peer& peer, bool failed) {
  if (peer.progress.state() != Progress::State::kSnapshot) return;
  if (failed) peer.progress.SnapshotFailed();
  peer.progress.BecomeProbe();
  // Nothing is sent before the follower answers a heartbeat or acknowledges the snapshot: it may
  // still be loading it.
  peer.progress.Pause();
}

}  // namespace raft
