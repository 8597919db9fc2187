// What a Raft node reads back from its host: etcd's Storage.  The host writes it (a Ready says
// what), the node only reads.  An implementation must answer from what it was last told, synced or
// not; what survives a crash is the host's affair.
#pragma once

#include <cstdint>
#include <vector>

#include "raft/ids.h"
#include "raft/message.h"

namespace raft {

class Storage {
 public:
  virtual ~Storage() = default;
  struct InitialState {
    HardState hard_state;
    ConfState conf_state;  // of the snapshot that the log follows on, or of the first start
  };
  virtual InitialState Initial() const = 0;
  // First index that can be read; 1 unless compacted.  The host compacts no further than
  // Node::applied(): with asynchronous storage the application may be ahead of what the node knows.
  virtual Index FirstIndex() const = 0;
  // Last index, FirstIndex() - 1 when there is none.
  virtual Index LastIndex() const = 0;
  // REQUIRES: FirstIndex() - 1 <= index <= LastIndex().  The term at FirstIndex() - 1 is known (0
  // for the empty log).
  virtual Term TermAt(Index index) const = 0;
  // Appends to `out` the entries in [low, high): at least one, then as many as fit into max_bytes
  // of payload.
  // REQUIRES: FirstIndex() <= low < high <= LastIndex() + 1.
  virtual void Entries(Index low, Index high, std::uint64_t max_bytes,
                       std::vector<Entry>& out) const = 0;
  // The newest snapshot, at least at FirstIndex() - 1; null if it cannot be had now (the node asks
  // again later).
  virtual SnapshotPtr GetSnapshot() const = 0;
  // Where it is, 0 if it cannot be had now.  A storage whose snapshots are large answers without
  // reading one.
  virtual Index SnapshotIndex() const {
    const SnapshotPtr snapshot = GetSnapshot();
    return snapshot ? snapshot->index : Index();
  }
};

}  // namespace raft
