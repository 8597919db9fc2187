// What a leader knows of one follower, and how it sends to it: probing (one message at a time)
// until the logs are known to match, then replicating (optimistically, within a window), or waiting
// for a snapshot to arrive.  Sources: dissertation 10.2.1; etcd's tracker package.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "raft/ids.h"

namespace raft {

// The messages that are not acknowledged: a ring, so that a steady stream allocates nothing.
class Inflights {
 public:
  // At most `max_messages` (> 0), and no further one once `max_bytes` are out (0: any number).
  Inflights(std::size_t max_messages, std::uint64_t max_bytes)
      : max_messages_(max_messages), max_bytes_(max_bytes) {}

  bool Full() const { return count_ == max_messages_ || (max_bytes_ != 0 && bytes_ >= max_bytes_); }
  std::size_t count() const { return count_; }
  // A message whose last entry is `last` was sent.  REQUIRES: !Full(), `last` grows.
  void Add(Index last, std::uint64_t bytes);
  // Everything up to `index` arrived.
  void FreeTo(Index index);
  void Clear() { first_ = count_ = 0, bytes_ = 0; }

 private:
  struct Sent {
    Index last;
    std::uint64_t bytes = 0;
  };
  void Grow();

  std::size_t max_messages_;
  std::uint64_t max_bytes_;
  std::vector<Sent> ring_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::uint64_t bytes_ = 0;
};

class Progress {
 public:
  enum class State : std::uint8_t {
    kProbe,      // one message, then wait for its answer or for a heartbeat's
    kReplicate,  // as fast as the window allows
    kSnapshot,   // nothing until the snapshot is acknowledged or reported
  };

  // For a new leader whose log ends at `last_index`, or for a server that joins.
  Progress(Index match, Index next, Inflights inflights)
      : match_(match), next_(next), inflights_(std::move(inflights)) {}

  Index match() const { return match_; }  // the follower's log equals the leader's up to here
  Index next() const { return next_; }    // match < next: what to send next
  State state() const { return state_; }
  Index pending_snapshot() const { return pending_snapshot_; }
  // May nothing be sent but heartbeats?
  bool paused() const { return state_ == State::kSnapshot || flow_paused_; }
  bool window_full() const { return inflights_.Full(); }
  std::size_t inflight() const { return inflights_.count(); }

  // Was it heard of since the last check for a quorum?
  bool recent_active() const { return recent_active_; }
  void set_recent_active(bool active) { recent_active_ = active; }

  void BecomeProbe();
  void BecomeReplicate();
  void BecomeSnapshot(Index snapshot);
  // The snapshot failed: the follower does not have it.
  void SnapshotFailed() { pending_snapshot_ = Index(); }

  // A MsgApp with `entries` entries and the given commit index was sent.
  void Sent(std::size_t entries, std::uint64_t bytes, Index commit);
  void SentCommit(Index commit) { sent_commit_ = commit; }
  // May sending `commit` alone move the follower's commit index?
  bool CanBumpCommit(Index commit) const {
    return commit > sent_commit_ && sent_commit_ < next_ - 1;
  }

  // The follower has everything up to `index`.  True if that is news.
  bool MaybeUpdate(Index index);
  // The follower refused entries after `rejected` and hints where its log may match.  False if the
  // refusal is older than what is known.
  bool MaybeDecrement(Index rejected, Index hint);
  void FreeInflights(Index index) { inflights_.FreeTo(index); }
  void Pause() { flow_paused_ = true; }
  void Resume() { flow_paused_ = false; }

 private:
  void ResetTo(State state);

  Index match_;
  Index next_;
  Index sent_commit_;
  Index pending_snapshot_;
  State state_ = State::kProbe;
  bool flow_paused_ = false;
  bool recent_active_ = false;
  Inflights inflights_;
};

}  // namespace raft
