#include "spec/log_tree.h"

#include <algorithm>

namespace spec {

LogTree::LogTree() : nodes_(1), of_index_(1, 0) {}

LogId LogTree::Append(LogId log, Term term, Value value, const std::optional<ConfChange>& change) {
  return AppendNode(log, term, value, change ? Intern(*change) : kNoChange);
}

std::uint32_t LogTree::Intern(const ConfChange& change) {
  auto known = std::find(changes_.begin(), changes_.end(), change);
  if (known == changes_.end()) known = changes_.insert(changes_.end(), change);
  return static_cast<std::uint32_t>(known - changes_.begin());
}

void LogTree::SetChange(LogId log, const ConfChange& change) {
  nodes_[log].change = Intern(change);
}

void LogTree::SetTerm(LogId log, Term term) {
  for (; log != kEmptyLog; log = Parent(log)) nodes_[log].term = term;
}

LogId LogTree::Copy(LogId log, LogId entry) {
  const Node& node = nodes_[entry];
  return node.parent == log ? entry : AppendNode(log, node.term, node.value, node.change);
}

LogId LogTree::FirstConfAfter(LogId log, Index index) const {
  LogId first = kEmptyLog;
  for (LogId conf = LastConf(log); Length(conf) > index; conf = LastConf(Parent(conf)))
    first = conf;
  return first;
}

LogId LogTree::AppendNode(LogId log, Term term, Value value, std::uint32_t change) {
  for (LogId child = nodes_[log].first_child; child != kEmptyLog;
       child = nodes_[child].next_sibling) {
    const Node& node = nodes_[child];
    if (node.term == term && node.value == value && node.change == change) return child;
  }
  const auto id = static_cast<NodeId>(nodes_.size());
  const auto before = static_cast<NodeId>(log);
  Node node;
  node.index = nodes_[log].index + 1;
  node.term = term;
  node.value = value;
  node.parent = before;
  node.change = change;
  node.last_conf = change == kNoChange ? nodes_[log].last_conf : id;
  const Node& parent = nodes_[log];
  const Node& jump = nodes_[parent.jump];
  node.jump =
      parent.index - jump.index == jump.index - nodes_[jump.jump].index ? jump.jump : before;
  node.next_sibling = parent.first_child;
  if (of_index_.size() <= node.index) of_index_.push_back(0);
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
    // Nodes at equal depth have jumps to equal depth, so both can jump if the targets differ.
    const bool jump = nodes_[a].jump != nodes_[b].jump;
    a = jump ? nodes_[a].jump : nodes_[a].parent;
    b = jump ? nodes_[b].jump : nodes_[b].parent;
  }
  return a;
}

}  // namespace spec
