// A small replicated key-value store: the application on top of Raft, in the examples, the tests
// and the simulated cluster.  Commands travel as entries, state as snapshots; equal commands in
// equal order give equal states, whose digest goes into the trace.
//
//   node.Propose(tracegen::Put(1, "x", "1"));
//   ...
//   for (const raft::Entry& entry : ready.committed_entries) {
//     store.Apply(entry.index.value(), entry.data.view());
//   }
//
// A command carries the number of its request: one that comes twice, as a client tried again or the
// network copied it, takes effect once (dissertation 6.3).
// Reads: Get answers from what is applied here, which may be old (serializable); it is linearizable
// once applied() has reached the index that the node gave for a ReadIndex.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tracegen {

// The command that sets `key` to `value`.  `request` is not 0, and no other command's.
std::string Put(std::uint64_t request, std::string_view key, std::string_view value);
// The same, if the key is at `expected`; nothing stands for "is not there".
std::string CompareAndSwap(std::uint64_t request, std::string_view key,
                           const std::optional<std::string>& expected, std::string_view value);

class KvStore {
 public:
  struct Effect {
    std::uint64_t request = 0;  // 0: no command, or one that was here before
    bool written = false;       // false: a swap that found another value
  };
  // What is no command (a no-op, a membership change) only moves applied().
  Effect Apply(std::uint64_t index, std::string_view command);
  std::optional<std::string> Get(std::string_view key) const;
  std::uint64_t applied() const { return applied_; }
  // Of the whole state, the same on every machine.
  std::uint64_t digest() const { return digest_; }
  std::size_t size() const { return values_.size(); }

  std::string Snapshot() const;
  // False, and nothing is changed, if the bytes are no snapshot.
  bool Restore(std::string_view snapshot);

 private:
  void Set(std::string_view key, std::string_view value);
  bool IsNew(std::uint64_t request);

  std::map<std::string, std::string, std::less<>> values_;
  // The requests that took effect, as stretches: the first of each, and the one after its last.
  std::map<std::uint64_t, std::uint64_t> requests_;
  std::uint64_t applied_ = 0;
  std::uint64_t digest_ = 0;  // of all pairs, added up: their order does not matter
};

}  // namespace tracegen
