// A small replicated key-value store: the application on top of Raft in the examples, the tests and
// the simulated cluster.  Commands are replicated as entries, and the state as snapshots.  The same
// commands in the same order give the same state, whose digest goes into the trace.
//
//   node.Propose(tracegen::Put(1, "x", "1"));
//   ...
//   for (const raft::Entry& entry : ready.committed_entries) {
//     store.Apply(entry.index.value(), entry.data.view());
//   }
//
// A command carries the number of its request.  If it is applied twice, because a client retried or
// the network duplicated it, it takes effect once (dissertation 6.3).
// Get reads the state that is applied here, which may be stale.  The read is linearizable once
// applied() has reached the index that the node gave for a ReadIndex.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tracegen {

// The command that sets `key` to `value`.  `request` is unique and not 0.
std::string Put(std::uint64_t request, std::string_view key, std::string_view value);
// Sets `key` only if its value is `expected`; an empty `expected` means that the key does not
// exist.
std::string CompareAndSwap(std::uint64_t request, std::string_view key,
                           const std::optional<std::string>& expected, std::string_view value);

class KvStore {
 public:
  struct Effect {
    std::uint64_t request = 0;  // 0: no command, or a duplicate
    bool written = false;       // false: a swap that found another value
  };
  // An entry that holds no command (a no-op, a membership change) only advances applied().
  Effect Apply(std::uint64_t index, std::string_view command);
  std::optional<std::string> Get(std::string_view key) const;
  std::uint64_t applied() const { return applied_; }
  // A digest of the whole state, the same on every machine.
  std::uint64_t digest() const { return digest_; }
  std::size_t size() const { return values_.size(); }

  std::string Snapshot() const;
  // If the bytes are no snapshot, returns false and changes nothing.
  bool Restore(std::string_view snapshot);

 private:
  void Set(std::string_view key, std::string_view value);
  bool IsNew(std::uint64_t request);

  std::map<std::string, std::string, std::less<>> values_;
  // The applied requests as half-open ranges: the first request, and the one after the last.
  std::map<std::uint64_t, std::uint64_t> requests_;
  std::uint64_t applied_ = 0;
  std::uint64_t digest_ = 0;  // sum over all pairs, so that their order does not matter
};

}  // namespace tracegen
