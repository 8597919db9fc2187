#include "raft/progress.h"

#include <algorithm>

#include "raft/check.h"

namespace raft {

void Inflights::Add(Index last, std::uint64_t bytes) {
  RAFT_CHECK_TRUE(!Full());
  if (count_ == ring_.size()) Grow();
  ring_[(first_ + count_) % ring_.size()] = {last, bytes};
  ++count_;
  bytes_ += bytes;
}

// By doubling, up to the limit: most followers never need it all.
void Inflights::Grow() {
  std::vector<Sent> grown(std::min(max_messages_, std::max<std::size_t>(4, 2 * ring_.size())));
  for (std::size_t k = 0; k < count_; ++k) grown[k] = ring_[(first_ + k) % ring_.size()];
  ring_ = std::move(grown);
  first_ = 0;
}

void Inflights::FreeTo(Index index) {
  while (count_ > 0 && ring_[first_].last <= index) {
    bytes_ -= ring_[first_].bytes;
    first_ = (first_ + 1) % ring_.size();
    --count_;
  }
}

void Progress::ResetTo(State state) {
  state_ = state;
  flow_paused_ = false;
  pending_snapshot_ = Index();
  inflights_.Clear();
}

void Progress::BecomeProbe() {
  // What the snapshot brought need not be sent again.
  const Index after_snapshot = pending_snapshot_ + 1;
  ResetTo(State::kProbe);
  next_ = std::max(match_ + 1, after_snapshot);
  sent_commit_ = std::min(sent_commit_, next_ - 1);
}

void Progress::BecomeReplicate() {
  ResetTo(State::kReplicate);
  next_ = match_ + 1;
}

void Progress::BecomeSnapshot(Index snapshot) {
  ResetTo(State::kSnapshot);
  pending_snapshot_ = snapshot;
  next_ = snapshot + 1;
  sent_commit_ = snapshot;
}

void Progress::Sent(std::size_t entries, std::uint64_t bytes, Index commit) {
  if (state_ == State::kReplicate) {
    if (entries > 0) {
      next_ = next_ + entries;
      inflights_.Add(next_ - 1, bytes);
    }
    // A full window turns the next message into a probe, sent when a heartbeat is answered.
    flow_paused_ = inflights_.Full();
  } else if (entries > 0) {
    flow_paused_ = true;
  }
  sent_commit_ = commit;
}

bool Progress::MaybeUpdate(Index index) {
  if (index <= match_) return false;
  match_ = index;
  next_ = std::max(next_, index + 1);
  flow_paused_ = false;
  return true;
}

bool Progress::MaybeDecrement(Index rejected, Index hint) {
  if (state_ == State::kReplicate) {
    if (rejected <= match_) return false;
    next_ = match_ + 1;
  } else {
    // Probes go one at a time: a refusal of another index is an old one.
    if (rejected + 1 != next_) return false;
    next_ = std::max(std::min(rejected, hint + 1), match_ + 1);
    flow_paused_ = false;
  }
  sent_commit_ = std::min(sent_commit_, next_ - 1);
  return true;
}

}  // namespace raft
