// All logs ever seen, as the nodes of one tree (hash consing): a log is an integer, equality of
// logs is equality of integers, "is a prefix of" is an ancestor test. Log Matching becomes "no two
// nodes with the same index and term": it is kept here, where nodes are made, over all of history.
// No TLA+ module: TLA+ has sequences.
//
// Costs: Append O(1) (the children of a node, and the nodes of one index, are few); everything
// that looks up an ancestor O(log n).  56 bytes an entry.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "spec/raft_types.h"

namespace spec {

class LogTree {
 public:
  LogTree();

  // The log that has one more entry than `log`.  `change` is for a configuration entry.
  LogId Append(LogId log, Term term, Value value,
               const std::optional<ConfChange>& change = std::nullopt);
  // The same entry as the last of `entry`, after `log`.
  LogId Copy(LogId log, LogId entry);

  Index Length(LogId log) const { return nodes_[log].index; }
  Term LastTerm(LogId log) const { return nodes_[log].term; }
  Value LastValue(LogId log) const { return nodes_[log].value; }
  // The log without its last entry.  REQUIRES: not empty.
  LogId Parent(LogId log) const { return nodes_[log].parent; }

  // The first `length` entries.  REQUIRES: length <= Length(log).
  LogId Prefix(LogId log, Index length) const;
  // REQUIRES: index <= Length(log).  0 for index 0.
  Term TermAt(LogId log, Index index) const { return nodes_[Prefix(log, index)].term; }
  bool IsPrefix(LogId prefix, LogId log) const {
    return Length(prefix) <= Length(log) && Prefix(log, Length(prefix)) == prefix;
  }
  // The last configuration entry of the log, as the log that ends with it; kEmptyLog if none.
  LogId LastConf(LogId log) const { return nodes_[log].last_conf; }
  // The first configuration entry after `index`; kEmptyLog if none.
  LogId FirstConfAfter(LogId log, Index index) const;
  // REQUIRES: the last entry of `log` is a configuration entry.
  const ConfChange& Change(LogId log) const { return changes_[nodes_[log].change]; }

  // For what is known only later.  Of the last entry, a configuration entry; of all entries of
  // `log`, which is all that the tree holds.
  void SetChange(LogId log, const ConfChange& change);
  void SetTerm(LogId log, Term term);

  // The longest log that is a prefix of both.
  LogId CommonPrefix(LogId a, LogId b) const;

  // Two logs whose last entries have the same index and term and that yet differ: Log Matching
  // (Raft paper, figure 3) is broken.  The first such pair.
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
    std::uint32_t change = kNoChange;  // in changes_
  };
  std::uint32_t Intern(const ConfChange& change);
  LogId AppendNode(LogId log, Term term, Value value, std::uint32_t change);

  std::vector<Node> nodes_;
  std::vector<ConfChange> changes_;  // each once
  std::vector<NodeId> of_index_;     // [index]: the nodes there, a list through next_of_index
  std::optional<Conflict> conflict_;
};

}  // namespace spec
