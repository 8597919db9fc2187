// What a leader knows of one follower, and how it sends to it: probing (one message at a time)
// until the logs are known to match, then replicating (optimistically, within a window). Sources:
// dissertation 10.2.1; etcd's tracker package.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "raft/ids.h"

namespace raft {

class Progress {
 public:
  enum class State : std::uint8_t { kProbe, kReplicate };

  // For a new leader whose log ends at `last_index`.
  Progress(Index match, Index last_index, std::size_t max_inflight)
      : match_(match), next_(last_index + 1), max_inflight_(max_inflight) {}

  Index match() const { return match_; }  // the follower's log equals the leader's up to here
  Index next() const { return next_; }    // match < next: what to send next
  State state() const { return state_; }
  bool paused() const { return paused_; }
  bool window_full() const { return inflight_.size() >= max_inflight_; }

  void BecomeProbe();
  void BecomeReplicate();

  // A MsgApp with `entries` entries and the given commit index was sent.
  void Sent(std::size_t entries, Index commit);
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
  void FreeInflight(Index index);
  void Resume() { paused_ = false; }

 private:
  Index match_;
  Index next_;
  Index sent_commit_;
  State state_ = State::kProbe;
  bool paused_ = false;
  std::size_t max_inflight_;
  std::deque<Index> inflight_;  // last index of each message that is not acknowledged
};

}  // namespace raft
