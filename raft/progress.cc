#include "raft/progress.h"

#include <algorithm>

namespace raft {

void Progress::BecomeProbe() {
  state_ = State::kProbe;
  paused_ = false;
  inflight_.clear();
  next_ = match_ + 1;
  sent_commit_ = std::min(sent_commit_, match_);
}

void Progress::BecomeReplicate() {
  state_ = State::kReplicate;
  paused_ = false;
  inflight_.clear();
  next_ = match_ + 1;
}

void Progress::Sent(std::size_t entries, Index commit) {
  if (state_ == State::kReplicate) {
    if (entries > 0) {
      next_ = next_ + entries;
      inflight_.push_back(next_ - 1);
    }
    // A full window turns the next message into a probe, sent when a heartbeat is answered.
    paused_ = window_full();
  } else if (entries > 0) {
    paused_ = true;
  }
  sent_commit_ = commit;
}

bool Progress::MaybeUpdate(Index index) {
  if (index <= match_) return false;
  match_ = index;
  next_ = std::max(next_, index + 1);
  paused_ = false;
  return true;
}

bool Progress::MaybeDecrement(Index rejected, Index hint) {
  if (state_ == State::kReplicate) {
    if (rejected <= match_) return false;
    next_ = match_ + 1;
  } else {
    // Probes go one at a time: a refusal of another index is an old one.
    if (rejected != next_ - 1) return false;
    next_ = std::max(std::min(rejected, hint + 1), match_ + 1);
    paused_ = false;
  }
  sent_commit_ = std::min(sent_commit_, next_ - 1);
  return true;
}

void Progress::FreeInflight(Index index) {
  while (!inflight_.empty() && inflight_.front() <= index) inflight_.pop_front();
}

}  // namespace raft
