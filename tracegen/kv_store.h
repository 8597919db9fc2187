// A small replicated key-value store: the application on top of Raft, in the examples, the tests
// and the simulated cluster.  Commands travel as entries, state as snapshots; equal commands in
// equal order give equal states, whose digest goes into the trace.
//
//   node.Propose(tracegen::Put("x", "1"));
//   ...
//   for (const raft::Entry& entry : ready.committed_entries) store.Apply(entry.data.view());
//
// Reads: Get answers from what is applied here, which may be old (serializable); it is linearizable
// once applied() has reached the index that the node gave for a ReadIndex.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "raft/message.h"

namespace tracegen {

// The command that sets `key` to `value`.  A key has no line end.
std::string Put(std::string_view key, std::string_view value);
// The same, if the key is at `expected`; nothing stands for "is not there".
std::string CompareAndSwap(std::string_view key, const std::optional<std::string>& expected,
                           std::string_view value);

class KvStore {
 public:
  // True if the command changed something.  What is no command (a no-op, a membership change) only
  // moves applied().
  bool Apply(const raft::Entry& entry);
  std::optional<std::string> Get(std::string_view key) const;
  raft::Index applied() const { return applied_; }
  // Of the whole state, the same on every machine.
  std::uint64_t digest() const { return digest_; }
  std::size_t size() const { return values_.size(); }

  std::string Snapshot() const;
  // False, and nothing is changed, if the bytes are no snapshot.
  bool Restore(std::string_view snapshot);

 private:
  bool Set(std::string_view key, std::string_view value);

  std::map<std::string, std::string, std::less<>> values_;
  raft::Index applied_;
  std::uint64_t digest_ = 0;  // of all pairs, added up: their order does not matter
};

}  // namespace tracegen
