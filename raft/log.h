// A node's log: the part that the storage has, and behind it the unstable part, which a Ready
// hands out to be persisted.  Knows what is committed and applied; knows nothing of roles.
// Sources: Raft paper figure 2 and 5.3; etcd's raftLog and its unstable part.
//
// Invariants: applied <= applying <= committed <= last_index; what was handed out (in progress) is
// the beginning of what is unstable.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "raft/ids.h"
#include "raft/message.h"
#include "raft/storage.h"

namespace raft {

// The end of the longest run of entries from `begin` on that fits into max_bytes of payload, of
// which `bytes` are taken, but at least one entry if it is the `first`.
template <class Iterator>
Iterator EndWithin(Iterator begin, Iterator end, std::uint64_t max_bytes, std::uint64_t bytes = 0,
                   bool first = true) {
  Iterator it = begin;
  for (; it != end; ++it) {
    bytes += it->data.size();
    if (bytes > max_bytes && !(first && it == begin)) break;
  }
  return it;
}

class Log {
 public:
  // `storage` outlives the log.  At most max_applying_bytes of payload are handed out to be applied
  // at a time, but one entry always may be.
  Log(const Storage* storage, std::uint64_t max_applying_bytes);

  Index first_index() const { return snapshot_ ? snapshot_->index + 1 : storage_->FirstIndex(); }
  Index last_index() const { return unstable_offset_ + unstable_.size() - 1; }
  Term last_term() const { return *TermAt(last_index()); }
  Index committed() const { return committed_; }
  Index applied() const { return applied_; }
  bool IsApplying() const { return applying_ > applied_; }  // is anything out to be applied?

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
  // Appends to `out` entries from `from` on that fit into max_bytes, at least one if there is one.
  // REQUIRES: from >= first_index().
  void EntriesFrom(Index from, std::uint64_t max_bytes, std::vector<Entry>& out) const;
  // Is there a membership change among the entries that are committed and not applied?
  bool HasUnappliedConfChange() const;

  // Never lowers the commit index.  An index beyond the log is not taken: only a lying peer
  // sends one.
  void CommitTo(Index index);
  // True if `index` is of `term` and was not committed before.
  bool MaybeCommit(Index index, Term term);

  // The snapshot stands in place of the whole log.
  void RestoreSnapshot(SnapshotPtr snapshot);
  // The one to send to a server whose log ends too early; null if none can be had now.
  SnapshotPtr GetSnapshot() const { return snapshot_ ? snapshot_ : storage_->GetSnapshot(); }

  // ---- What is to be persisted, and not yet handed out.
  bool HasUnstable() const { return in_progress_ < unstable_.size(); }
  void CopyUnstable(std::vector<Entry>& out) const;
  // Null if there is none to hand out.
  SnapshotPtr UnstableSnapshot() const { return snapshot_in_progress_ ? nullptr : snapshot_; }
  // All of it was handed out.
  void AcceptUnstable();
  // As above, but whether it was handed out already or not.
  bool HasAnyUnstable() const { return !unstable_.empty(); }
  bool HasAnySnapshot() const { return snapshot_ != nullptr; }
  // Everything up to (index, term) is in the storage; ignored if the log has changed there since.
  void StableTo(Index index, Term term);
  void SnapshotStableTo(Index index);

  // ---- What is committed, and not yet handed out to be applied: never while a snapshot waits to
  // be persisted.  Without allow_unstable only what is in the storage.
  bool HasCommitted(bool allow_unstable) const;
  void CopyCommitted(bool allow_unstable, std::vector<Entry>& out) const;
  // `bytes`: payload of what was handed out, up to `index`.
  void AcceptCommitted(Index index, std::uint64_t bytes, bool allow_unstable);
  void AppliedTo(Index index, std::uint64_t bytes);
  // On a restart: what is known to be committed and applied.  REQUIRES: FirstIndex() - 1 <= commit
  // <= LastIndex() of the storage, and applied <= commit.
  void Load(Index commit, Index applied);

 private:
  Index FindConflict(const std::vector<Entry>& entries) const;
  void Slice(Index low, Index high, std::uint64_t max_bytes, std::vector<Entry>& out) const;
  Index Appliable(bool allow_unstable) const;

  const Storage* storage_;
  SnapshotPtr snapshot_;  // to be persisted, before the entries
  bool snapshot_in_progress_ = false;
  std::vector<Entry> unstable_;
  Index unstable_offset_;        // of unstable_[0]
  std::size_t in_progress_ = 0;  // how many of unstable_ were handed out
  Index committed_;
  Index applying_;
  Index applied_;
  std::uint64_t max_applying_bytes_;
  std::uint64_t applying_bytes_ = 0;
  bool applying_paused_ = false;  // enough is out
};

}  // namespace raft
