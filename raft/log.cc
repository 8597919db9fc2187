#include "raft/log.h"

#include <algorithm>
#include <limits>

#include "raft/check.h"

namespace raft {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Log::Log(const Storage* storage)
    : storage_(storage),
      unstable_offset_(storage->LastIndex() + 1),
      committed_(storage->FirstIndex() - 1),
      applying_(committed_),
      applied_(committed_) {}

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
  // Only a conflict cuts: a late message must not remove what was acknowledged since.
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

std::vector<Entry> Log::Slice(Index low, Index high, std::uint64_t max_bytes) const {
  std::vector<Entry> entries;
  if (low < unstable_offset_) {
    const Index cut = std::min(high, unstable_offset_);
    entries = storage_->Entries(low, cut, max_bytes);
    if (entries.size() < cut - low) return entries;  // the limit was reached
  }
  if (high > unstable_offset_) {
    const Index from = std::max(low, unstable_offset_);
    const auto begin = unstable_.begin() + static_cast<std::ptrdiff_t>(from - unstable_offset_);
    const auto end = unstable_.begin() + static_cast<std::ptrdiff_t>(high - unstable_offset_);
    entries.insert(entries.end(), begin, end);
    entries.erase(EndWithin(entries.begin(), entries.end(), max_bytes), entries.end());
  }
  return entries;
}

std::vector<Entry> Log::EntriesFrom(Index from, std::uint64_t max_bytes) const {
  if (from > last_index()) return {};
  return Slice(from, last_index() + 1, max_bytes);
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

std::vector<Entry> Log::Unstable() const {
  return {unstable_.begin() + static_cast<std::ptrdiff_t>(in_progress_), unstable_.end()};
}

void Log::StableTo(Index index, Term term) {
  if (index < unstable_offset_ || !Matches(index, term)) return;
  const std::uint64_t count = index - unstable_offset_ + 1;
  unstable_.erase(unstable_.begin(), unstable_.begin() + static_cast<std::ptrdiff_t>(count));
  unstable_offset_ = index + 1;
  in_progress_ -= std::min<std::size_t>(in_progress_, count);
}

std::vector<Entry> Log::Committed() const {
  if (!HasCommitted()) return {};
  return Slice(applying_ + 1, committed_ + 1, kNoLimit);
}

void Log::AppliedTo(Index index) {
  RAFT_CHECK(index, <=, committed_);
  RAFT_CHECK(index, >=, applied_);
  applied_ = index;
  applying_ = std::max(applying_, index);
}

}  // namespace raft
