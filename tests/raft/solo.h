// One node under test, server 1; the test plays its peers.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "raft/check.h"
#include "raft/node.h"
#include "raft/storage/memory_storage.h"

namespace raft {

// While an object exists, a failed check throws instead of ending the process.
class ThrowingChecks {
 public:
  struct Broken : std::runtime_error {
    using std::runtime_error::runtime_error;
  };
  ThrowingChecks() : previous_(SetCheckHandler(&Throw)) {}
  ~ThrowingChecks() { SetCheckHandler(previous_); }
  ThrowingChecks(const ThrowingChecks&) = delete;
  ThrowingChecks& operator=(const ThrowingChecks&) = delete;

 private:
  static void Throw(const CheckFailure& failure) { throw Broken(failure.what); }
  CheckHandler previous_;
};

inline Entry EntryAt(std::uint64_t index, std::uint64_t term) {
  Entry entry;
  entry.index = Index(index);
  entry.term = Term(term);
  return entry;
}

inline std::vector<Entry> EntriesOf(std::uint64_t first, const std::vector<std::uint64_t>& terms) {
  std::vector<Entry> entries;
  entries.reserve(terms.size());
  for (const std::uint64_t term : terms) entries.push_back(EntryAt(first++, term));
  return entries;
}

// A message to server 1.
inline Message From(std::uint64_t from, MessageType type, std::uint64_t term,
                    std::uint64_t index = 0, std::uint64_t log_term = 0) {
  Message m;
  m.type = type;
  m.from = NodeId(from);
  m.to = NodeId(1);
  m.term = Term(term);
  m.index = Index(index);
  m.log_term = Term(log_term);
  return m;
}

inline Message Append(std::uint64_t from, std::uint64_t term, std::uint64_t prev,
                      std::uint64_t prev_term, const std::vector<std::uint64_t>& terms,
                      std::uint64_t commit = 0) {
  Message m = From(from, MessageType::kApp, term, prev, prev_term);
  m.entries = EntriesOf(prev + 1, terms);
  m.commit = Index(commit);
  return m;
}

struct Start {
  std::size_t voters = 3;
  std::vector<std::uint64_t> terms;  // of the entries that are stored
  HardState hard_state;
  Config config;  // id and storage are set by Solo
};

class Solo {
 public:
  explicit Solo(Start start = {}) : storage_(Conf(start.voters)) {
    storage_.Append(EntriesOf(1, start.terms));
    storage_.SetHardState(start.hard_state);
    start.config.id = NodeId(1);
    start.config.storage = &storage_;
    node_.emplace(start.config);
  }
  Node& operator*() { return *node_; }
  Node* operator->() { return &*node_; }

  // Takes one Ready and persists it; the caller calls Advance.
  Ready Take() {
    Ready ready = node_->TakeReady();
    storage_.Append(ready.entries);
    if (ready.hard_state) storage_.SetHardState(*ready.hard_state);
    return ready;
  }
  // Processes every Ready and returns the messages that were sent.
  std::vector<Message> Flush() {
    std::vector<Message> sent;
    while (node_->HasReady()) {
      Ready ready = Take();
      sent.insert(sent.end(), ready.messages.begin(), ready.messages.end());
      node_->Advance();
    }
    return sent;
  }
  // Returns the messages that the node sends in response.
  std::vector<Message> Tell(const Message& m) {
    node_->Step(m);
    return Flush();
  }
  // The node campaigns and gets every vote.  The messages of the new leader are discarded.
  void Lead(std::size_t voters = 3) {
    node_->Campaign();
    Flush();
    for (std::size_t k = 2; k <= voters; ++k) {
      node_->Step(From(k, MessageType::kVoteResp, node_->hard_state().term.value()));
    }
    Flush();
  }

 private:
  static ConfState Conf(std::size_t voters) {
    ConfState conf;
    for (std::size_t k = 1; k <= voters; ++k) conf.voters.emplace_back(k);
    return conf;
  }
  MemoryStorage storage_;
  std::optional<Node> node_;
};

inline bool IsReplicating(Node& node, std::size_t peer) {
  return node.status().peers.at(peer).state == Progress::State::kReplicate;
}

// The messages to server `to`.
inline std::vector<Message> To(std::uint64_t to, const std::vector<Message>& messages) {
  std::vector<Message> found;
  for (const Message& m : messages) {
    if (m.to == NodeId(to)) found.push_back(m);
  }
  return found;
}

}  // namespace raft
