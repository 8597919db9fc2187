#include "raft/log.h"

#include <algorithm>

#include "raft/check.h"

namespace raft {
Log::Log(const Storage* storage, std::uint64_t max_applying_bytes)
    : storage_(storage),
      unstable_offset_(storage->LastIndex() + 1),
      committed_(storage->FirstIndex() - 1),
      applying_(committed_),
      applied_(committed_),
      max_applying_bytes_(max_applying_bytes) {}

void Log::Load(Index commit, Index applied) {
  RAFT_CHECK(commit, >=, committed_);
  RAFT_CHECK(commit, <=, last_index());
  RAFT_CHECK(applied, <=, commit);
  committed_ = commit;
  applied_ = std::max(applied_, applied);
  applying_ = applied_;
}

std::optional<Term> Log::TermAt(Index index) const {
  if (index > last_index() || index + 1 < first_index()) return std::nullopt;
  if (index >= unstable_offset_) return unstable_[index - unstable_offset_].term;
  if (snapshot_ && index == snapshot_->index) return snapshot_->term;
  return storage_->TermAt(index);
}

bool Log::IsUpToDate(Index index, Term term) const {
  return term > last_term() || (term == last_term() && index >= last_index());
}

// The first index at which `entries` differ from the log; 0 if they are all in it.
Index Log::FindConflict(const std::vector<Entry>& entries) const {
  for (const Entry& entry : entries) {
    if (!Matches(entry.index, entry.term)) return entry.index;
  }
  return Index();
}

std::optional<Index> Log::MaybeAppend(Index prev, Term prev_term, const std::vector<Entry>& entries,
                                      Index leader_commit) {
  if (!Matches(prev, prev_term)) return std::nullopt;
  const Index last_new = prev + entries.size();
  // Only a conflict removes entries: a late message must not remove what was acknowledged since.
  const Index conflict = FindConflict(entries);
  if (conflict != Index()) {
    Append(entries.data() + (conflict - prev - 1), entries.data() + entries.size());
  }
  CommitTo(std::min(leader_commit, last_new));
  return last_new;
}

void Log::Append(const Entry* begin, const Entry* end) {
  if (begin == end) return;
  const Index first = begin->index;
  RAFT_CHECK(first, >, committed_);
  RAFT_CHECK(first, <=, last_index() + 1);
  if (first <= unstable_offset_) {
    unstable_.clear();
    unstable_offset_ = first;
  } else {
    unstable_.resize(first - unstable_offset_);
  }
  in_progress_ = std::min(in_progress_, unstable_.size());
  unstable_.insert(unstable_.end(), begin, end);
}

std::pair<Index, Term> Log::FindConflictByTerm(Index index, Term term) const {
  for (; index > Index(); index = index - 1) {
    const std::optional<Term> ours = TermAt(index);
    if (!ours) return {index, Term()};
    if (*ours <= term) return {index, *ours};
  }
  return {Index(), Term()};
}

void Log::Slice(Index low, Index high, std::uint64_t max_bytes, std::vector<Entry>& out) const {
  const std::size_t before = out.size();
  std::uint64_t bytes = 0;
  if (low < unstable_offset_) {
    const Index cut = std::min(high, unstable_offset_);
    storage_->Entries(low, cut, max_bytes, out);
    if (out.size() - before < cut - low) return;  // the limit was reached
    for (std::size_t k = before; k < out.size(); ++k) bytes += out[k].data.size();
  }
  if (high <= unstable_offset_) return;
  const Index from = std::max(low, unstable_offset_);
  const auto begin = unstable_.begin() + static_cast<std::ptrdiff_t>(from - unstable_offset_);
  const auto end = unstable_.begin() + static_cast<std::ptrdiff_t>(high - unstable_offset_);
  // The limit comes before the copy: behind a slow disk most of the log is unstable.
  out.insert(out.end(), begin, EndWithin(begin, end, max_bytes, bytes, out.size() == before));
}

void Log::EntriesFrom(Index from, std::uint64_t max_bytes, std::vector<Entry>& out) const {
  RAFT_CHECK(from, >=, first_index());
  if (from <= last_index()) Slice(from, last_index() + 1, max_bytes, out);
}

bool Log::HasUnappliedConfChange() const {
  constexpr std::uint64_t kPage = 1U << 20U;
  std::vector<Entry> page;
  for (Index at = applied_ + 1; at <= committed_; at = at + page.size()) {
    page.clear();
    Slice(at, committed_ + 1, kPage, page);
    for (const Entry& entry : page) {
      if (entry.type == EntryType::kConfChange) return true;
    }
  }
  return false;
}

void Log::CommitTo(Index index) {
  if (index > last_index() || index <= committed_) return;
  committed_ = index;
}

bool Log::MaybeCommit(Index index, Term term) {
  if (index <= committed_ || !Matches(index, term)) return false;
  CommitTo(index);
  return true;
}

void Log::RestoreSnapshot(SnapshotPtr snapshot) {
  RAFT_CHECK(snapshot->index, >, committed_);
  committed_ = snapshot->index;
  unstable_offset_ = snapshot->index + 1;
  unstable_.clear();
  in_progress_ = 0;
  snapshot_ = std::move(snapshot);
  snapshot_in_progress_ = false;
}

void Log::CopyUnstable(std::vector<Entry>& out) const {
  out.insert(out.end(), unstable_.begin() + static_cast<std::ptrdiff_t>(in_progress_),
             unstable_.end());
}

void Log::AcceptUnstable() {
  in_progress_ = unstable_.size();
  snapshot_in_progress_ = snapshot_ != nullptr;
}

void Log::StableTo(Index index, Term term) {
  if (index < unstable_offset_ || !Matches(index, term)) return;
  const std::uint64_t count = index - unstable_offset_ + 1;
  unstable_.erase(unstable_.begin(), unstable_.begin() + static_cast<std::ptrdiff_t>(count));
  unstable_offset_ = index + 1;
  in_progress_ -= std::min<std::size_t>(in_progress_, count);
}

void Log::SnapshotStableTo(Index index) {
  if (!snapshot_ || snapshot_->index != index) return;
  snapshot_.reset();
  snapshot_in_progress_ = false;
}

Index Log::Appliable(bool allow_unstable) const {
  return allow_unstable ? committed_ : std::min(committed_, unstable_offset_ - 1);
}

bool Log::HasCommitted(bool allow_unstable) const {
  return !applying_paused_ && !snapshot_ && applying_ < Appliable(allow_unstable);
}

void Log::CopyCommitted(bool allow_unstable, std::vector<Entry>& out) const {
  if (!HasCommitted(allow_unstable)) return;
  Slice(applying_ + 1, Appliable(allow_unstable) + 1, max_applying_bytes_ - applying_bytes_, out);
}

void Log::AcceptCommitted(Index index, std::uint64_t bytes, bool allow_unstable) {
  applying_ = index;
  applying_bytes_ += bytes;
  // It also pauses if the limit left entries behind: otherwise they would be handed out one by one.
  applying_paused_ = applying_bytes_ >= max_applying_bytes_ || index < Appliable(allow_unstable);
}

void Log::AppliedTo(Index index, std::uint64_t bytes) {
  RAFT_CHECK(index, <=, committed_);
  RAFT_CHECK(index, >=, applied_);
  applied_ = index;
  applying_ = std::max(applying_, index);
  applying_bytes_ -= std::min(applying_bytes_, bytes);
  // When nothing is handed out any more it does not pause, even with a limit of 0.
  applying_paused_ = applying_bytes_ > 0 && applying_bytes_ >= max_applying_bytes_;
}

}  // namespace raft
