// All logs that were ever seen, as the nodes of one tree (hash consing).  A log is an integer, two
// logs are equal if and only if their integers are equal, and "is a prefix of" is an ancestor test.
// Log Matching becomes "no two nodes have the same index and term".  The tree checks this whenever
// it makes a node, and therefore over the whole history.  There is no TLA+ module for it, because
// TLA+ has sequences.
//
// Costs: Append is O(1), since a node has few children and an index has few nodes; whatever looks
// up an ancestor is O(log n).  An entry needs 56 bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "spec/raft_types.h"

namespace spec {

class LogTree {
 public:
  LogTree();

  // The log with one more entry.  Only a configuration entry has a `change`.
  LogId Append(LogId log, Term term, Value value,
               const std::optional<ConfChange>& change = std::nullopt);
  // Appends a copy of the last entry of `entry` to `log`.
  LogId Copy(LogId log, LogId entry);

  Index Length(LogId log) const { return nodes_[log].index; }
  Term LastTerm(LogId log) const { return nodes_[log].term; }
  Value LastValue(LogId log) const { return nodes_[log].value; }
  // The log without its last entry.  REQUIRES: the log is not empty.
  LogId Parent(LogId log) const { return nodes_[log].parent; }

  // The first `length` entries.  REQUIRES: length <= Length(log).
  LogId Prefix(LogId log, Index length) const;
  // The term of the entry at `index`, 0 for index 0.  REQUIRES: index <= Length(log).
  Term TermAt(LogId log, Index index) const { return nodes_[Prefix(log, index)].term; }
  bool IsPrefix(LogId prefix, LogId log) const {
    return Length(prefix) <= Length(log) && Prefix(log, Length(prefix)) == prefix;
  }
  // The prefix of `log` that ends with its last configuration entry; kEmptyLog if it has none.
  LogId LastConf(LogId log) const { return nodes_[log].last_conf; }
  // The prefix that ends with the first configuration entry after `index`; kEmptyLog if none.
  LogId FirstConfAfter(LogId log, Index index) const;
  // REQUIRES: the last entry of `log` is a configuration entry.
  const ConfChange& Change(LogId log) const { return changes_[nodes_[log].change]; }

  // These set what a trace says only later: SetChange the change of the last entry of `log`, which
  // is a configuration entry; SetTerm the term of all entries of `log`.  SetTerm REQUIRES: the tree
  // has no other entries.
  void SetChange(LogId log, const ConfChange& change);
  void SetTerm(LogId log, Term term);

  // The longest common prefix.
  LogId CommonPrefix(LogId a, LogId b) const;

  // Two different logs whose last entries have the same index and term: Log Matching (Raft paper,
  // figure 3) is broken.  The first such pair is kept.
  struct Conflict {
    LogId first;
    LogId second;
  };
  const std::optional<Conflict>& conflict() const { return conflict_; }

  std::size_t size() const { return nodes_.size(); }

 private:
  using NodeId = std::uint32_t;
  static constexpr std::uint32_t kNoChange = ~0U;
  struct Node {
    Index index = 0;
    Term term = 0;
    Value value = 0;
    NodeId parent = 0;
    NodeId jump = 0;  // a far ancestor (skew-binary numbers: Myers 1983)
    NodeId first_child = 0;
    NodeId next_sibling = 0;
    NodeId next_of_index = 0;
    NodeId last_conf = 0;
    std::uint32_t change = kNoChange;  // index in changes_
  };
  std::uint32_t Intern(const ConfChange& change);
  LogId AppendNode(LogId log, Term term, Value value, std::uint32_t change);

  std::vector<Node> nodes_;
  std::vector<ConfChange> changes_;  // without duplicates
  std::vector<NodeId> of_index_;  // [index]: the first of the nodes there; next_of_index links them
  std::optional<Conflict> conflict_;
};

}  // namespace spec
