// The disk of one simulated server.  Writes happen in order, entries before the hard state, as in
// etcd's write-ahead log; a crash leaves what was synced and any prefix of what was not.
#pragma once

#include <cstddef>
#include <memory>
#include <variant>
#include <vector>

#include "raft/node.h"
#include "raft/storage/memory_storage.h"

namespace tracegen {

class Disk {
 public:
  explicit Disk(raft::ConfState conf_state);

  // What the node reads: everything written, synced or not.
  raft::Storage* storage() { return storage_.get(); }

  // The writes that a Ready asks for; the first `count` of them are done.
  static std::size_t WritesOf(const raft::Ready& ready);
  void Write(const raft::Ready& ready, std::size_t count);
  void Sync();
  // The first `keep` unsynced writes survive, the others are gone.  Returns how many entries at the
  // end of the log are not what was durable before.
  std::size_t Crash(std::size_t keep);
  std::size_t unsynced() const { return unsynced_.size(); }

  // What surely survives a crash.
  struct Content {
    raft::HardState hard_state;
    std::vector<raft::Entry> entries;  // from index 1
  };
  const Content& durable() const { return durable_; }

 private:
  using OneWrite = std::variant<raft::Entry, raft::HardState>;
  static void Apply(const OneWrite& write, Content& content);

  raft::ConfState conf_state_;
  std::unique_ptr<raft::MemoryStorage> storage_;
  Content durable_;
  std::vector<OneWrite> unsynced_;
};

}  // namespace tracegen
