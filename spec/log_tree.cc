#include "spec/log_tree.h"

#include <algorithm>

namespace spec {

LogTree::LogTree() : nodes_(1), of_index_(1, 0) {}

LogId LogTree::Append(LogId log, Term term, std::optional<Value> value,
                      const std::optional<ConfChange>& change) {
  Node entry;
  entry.term = term;
  entry.value = value.value_or(0);
  entry.value_known = value ? 1 : 0;
  if (change) entry.change = Intern(*change) & kNoChange;
  return AppendNode(log, entry);
}

LogId LogTree::AppendShown(LogId log, Term term, std::optional<Value> value) {
  for (LogId child = nodes_[log].first_child; child != kEmptyLog;
       child = nodes_[child].next_sibling) {
    const std::optional<Value> known = LastValue(child);
    if (nodes_[child].term != term || (known && value && *known != *value)) continue;
    if (value) SetValue(child, value);
    return child;
  }
  return Append(log, term, value);
}

std::uint32_t LogTree::Intern(const ConfChange& change) {
  auto known = std::find(changes_.begin(), changes_.end(), change);
  if (known == changes_.end()) known = changes_.insert(changes_.end(), change);
  return static_cast<std::uint32_t>(known - changes_.begin());
}

void LogTree::SetValue(LogId log, std::optional<Value> value) {
  nodes_[log].value = value.value_or(0);
  nodes_[log].value_known = value ? 1 : 0;
}

void LogTree::SetChange(LogId log, const ConfChange& change) {
  nodes_[log].change = Intern(change) & kNoChange;
}

void LogTree::SetTerm(LogId log, Term term) {
  for (; log != kEmptyLog; log = Parent(log)) nodes_[log].term = term;
}

LogId LogTree::Copy(LogId log, LogId entry) {
  const Node& node = nodes_[entry];
  return node.parent == log ? entry : AppendNode(log, node);
}

LogId LogTree::FirstConfAfter(LogId log, Index index) const {
  LogId first = kEmptyLog;
  for (LogId conf = LastConf(log); Length(conf) > index; conf = LastConf(Parent(conf)))
    first = conf;
  return first;
}

LogId LogTree::AppendNode(LogId log, Node entry) {
  for (LogId child = nodes_[log].first_child; child != kEmptyLog;
       child = nodes_[child].next_sibling) {
    const Node& node = nodes_[child];
    if (node.term == entry.term && node.value == entry.value && node.change == entry.change &&
        node.value_known == entry.value_known) {
      return child;
    }
  }
  const auto id = static_cast<NodeId>(nodes_.size());
  const auto before = static_cast<NodeId>(log);
  Node node;
  node.index = nodes_[log].index + 1;
  node.term = entry.term;
  node.value = entry.value;
  node.value_known = entry.value_known;
  node.parent = before;
  node.change = entry.change;
  node.last_conf = entry.change == kNoChange ? nodes_[log].last_conf : id;
  const Node& parent = nodes_[log];
  const Node& jump = nodes_[parent.jump];
  node.jump =
      parent.index - jump.index == jump.index - nodes_[jump.jump].index ? jump.jump : before;
  node.next_sibling = parent.first_child;
  if (of_index_.size() <= node.index) of_index_.push_back(0);
  node.next_of_index = of_index_[node.index];
  for (LogId other = node.next_of_index; other != kEmptyLog && !conflict_;
       other = nodes_[other].next_of_index) {
    if (nodes_[other].term == entry.term) conflict_ = Conflict{other, id};
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
