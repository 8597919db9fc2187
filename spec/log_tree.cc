#include "spec/log_tree.h"

#include <algorithm>

namespace spec {

LogTree::LogTree() : nodes_(1), of_index_(1, kEmptyLog) {}

LogId LogTree::Append(LogId log, Term term, Value value) {
  for (LogId child = nodes_[log].first_child; child != kEmptyLog;
       child = nodes_[child].next_sibling) {
    if (nodes_[child].term == term && nodes_[child].value == value) return child;
  }
  const auto id = static_cast<LogId>(nodes_.size());
  Node node;
  node.index = nodes_[log].index + 1;
  node.term = term;
  node.value = value;
  node.parent = log;
  const Node& parent = nodes_[log];
  const Node& jump = nodes_[parent.jump];
  node.jump = parent.index - jump.index == jump.index - nodes_[jump.jump].index ? jump.jump : log;
  node.next_sibling = parent.first_child;
  if (of_index_.size() <= node.index) of_index_.push_back(kEmptyLog);
  node.next_of_index = of_index_[node.index];
  for (LogId other = node.next_of_index; other != kEmptyLog && !conflict_;
       other = nodes_[other].next_of_index) {
    if (nodes_[other].term == term) conflict_ = Conflict{other, id};
  }
  of_index_[node.index] = id;
  nodes_[log].first_child = id;
  nodes_.push_back(node);
  return id;
}

LogId LogTree::Prefix(LogId log, Index length) const {
  while (nodes_[log].index > length) {
    const LogId jump = nodes_[log].jump;
    log = nodes_[jump].index >= length ? jump : nodes_[log].parent;
  }
  return log;
}

LogId LogTree::CommonPrefix(LogId a, LogId b) const {
  const Index length = std::min(Length(a), Length(b));
  a = Prefix(a, length);
  b = Prefix(b, length);
  while (a != b) {
    // Nodes of one depth have jumps of one depth, so both can jump where the jumps still differ.
    const bool jump = nodes_[a].jump != nodes_[b].jump;
    a = jump ? nodes_[a].jump : nodes_[a].parent;
    b = jump ? nodes_[b].jump : nodes_[b].parent;
  }
  return a;
}

}  // namespace spec
