// A node's log: the part that the storage has, and behind it the unstable part, which a Ready
// hands out to be persisted.  Knows what is committed and applied; knows nothing of roles.
// Sources: Raft paper figure 2 and 5.3; etcd's raftLog for the unstable part.
//
// Invariant: applied <= applying <= committed <= last_index.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "raft/ids.h"
#include "raft/message.h"
#include "raft/storage.h"

namespace raft {

// The end of the longest run of entries from `begin` on that fits into max_bytes of payload, but at
// least one entry.
template <class Iterator>
Iterator EndWithin(Iterator begin, Iterator end, std::uint64_t max_bytes) {
  std::uint64_t bytes = 0;
  Iterator it = begin;
  for (; it != end; ++it) {
    bytes += it->data.size();
    if (it != begin && bytes > max_bytes) break;
  }
  return it;
}

class Log {
 public:
  // `storage` outlives the log.
  explicit Log(const Storage* storage);

  Index first_index() const { return storage_->FirstIndex(); }
  Index last_index() const { return unstable_offset_ + unstable_.size() - 1; }
  Term last_term() const { return *TermAt(last_index()); }
  Index committed() const { return committed_; }
  Index applied() const { return applied_; }

  // Empty for an index that this log does not have; 0 for index 0.
  std::optional<Term> TermAt(Index index) const;
  bool Matches(Index index, Term term) const { return TermAt(index) == term; }
  // Is a log that ends with (index, term) at least as up-to-date (Raft paper 5.4.1)?
  bool IsUpToDate(Index index, Term term) const;

  // A leader's entries after (prev, prev_term).  Empty if the log does not match there; else the
  // last index that now matches the leader's log.
  std::optional<Index> MaybeAppend(Index prev, Term prev_term, const std::vector<Entry>& entries,
                                   Index leader_commit);
  // Cuts what conflicts and appends.  REQUIRES: entries follow on committed().
  void Append(const Entry* begin, const Entry* end);
  // The last index up to `index` whose term is at most `term`, and its term (0 if unknown).
  std::pair<Index, Term> FindConflictByTerm(Index index, Term term) const;
  // Entries from `from` on that fit into max_bytes, at least one if there is one.
  std::vector<Entry> EntriesFrom(Index from, std::uint64_t max_bytes) const;

  // Never lowers the commit index.  An index beyond the log is not taken: only a lying peer
  // sends one.
  void CommitTo(Index index);
  // True if `index` is of `term` and was not committed before.
  bool MaybeCommit(Index index, Term term);

  // What is to be persisted, and not yet handed out.
  bool HasUnstable() const { return in_progress_ < unstable_.size(); }
  std::vector<Entry> Unstable() const;
  // All of it was handed out.
  void AcceptUnstable() { in_progress_ = unstable_.size(); }
  bool HasAnyUnstable() const { return !unstable_.empty(); }
  // Everything up to (index, term) is in the storage; ignored if the log has changed there since.
  void StableTo(Index index, Term term);

  // What is committed, and not yet handed out to be applied.
  bool HasCommitted() const { return applying_ < committed_; }
  std::vector<Entry> Committed() const;
  void AcceptCommitted() { applying_ = committed_; }
  void AppliedTo(Index index);
  // On a restart.  REQUIRES: what the storage had says so.
  void Load(Index commit, Index applied);

 private:
  Index FindConflict(const std::vector<Entry>& entries) const;
  std::vector<Entry> Slice(Index low, Index high, std::uint64_t max_bytes) const;

  const Storage* storage_;
  std::vector<Entry> unstable_;
  Index unstable_offset_;        // of unstable_[0]
  std::size_t in_progress_ = 0;  // how many of unstable_ were handed out
  Index committed_;
  Index applying_;
  Index applied_;
};

}  // namespace raft
