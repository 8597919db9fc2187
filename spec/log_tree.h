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

  // The log with one more entry.  Only a configuration entry has a `change`.  An empty value is one
  // that no line of a trace has told yet.
  LogId Append(LogId log, Term term, std::optional<Value> value,
               const std::optional<ConfChange>& change = std::nullopt);
  // The log with one more entry as somebody shows it, who may leave its value out.  It is the entry
  // that the tree has already, if that one has this term and no other value is known of it.
  LogId AppendShown(LogId log, Term term, std::optional<Value> value);
  // Appends a copy of the last entry of `entry` to `log`.
  LogId Copy(LogId log, LogId entry);

  Index Length(LogId log) const { return nodes_[log].index; }
  Term LastTerm(LogId log) const { return nodes_[log].term; }
  // The value of the last entry; empty if no line of a trace has told it.
  std::optional<Value> LastValue(LogId log) const {
    const Node& node = nodes_[log];
    return node.value_known ? std::optional<Value>(node.value) : std::nullopt;
  }
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

  // These set what a trace says only later: SetValue the value of the last entry of `log` (empty:
  // it is not told yet); SetChange its change, if it is a configuration entry; SetTerm the term of
  // all entries of `log`.  SetTerm REQUIRES: the tree has no other entries.
  void SetValue(LogId log, std::optional<Value> value);
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
  static constexpr std::uint32_t kNoChange = ~0U >> 1U;
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
    std::uint32_t change : 31 = kNoChange;  // index in changes_
    std::uint32_t value_known : 1 = 1;
  };
  std::uint32_t Intern(const ConfChange& change);
  LogId AppendNode(LogId log, Node entry);  // of the entry: its term, value and change

  std::vector<Node> nodes_;
  std::vector<ConfChange> changes_;  // without duplicates
  std::vector<NodeId> of_index_;  // [index]: the first of the nodes there; next_of_index links them
  std::optional<Conflict> conflict_;
};

}  // namespace spec
