// Linearizable reads.  TLA+ module: RaftReads.  Source: dissertation 6.4; etcd's ReadIndex.
// How a leader makes sure that it still leads is left open here: a read must not go back behind
// what was committed when it was asked for, whoever serves it.
#pragma once

#include "spec/outcome.h"
#include "spec/raft_state.h"

namespace spec {

// Somebody asks server i for an index to read at.
template <class Network>
Outcome ReadIndex(Raft<Network>& raft, Server i, std::uint64_t read) {
  if (raft.history.reads.contains(read)) {
    return Outcome::Refused("ReadIndex", "read \\notin DOMAIN reads", Operand{"read", read});
  }
  raft.history.reads[read] = {i, raft.tree->Length(raft.history.committed)};
  return Outcome::Taken();
}

// Server i is told `index`.
template <class Network>
Outcome ServeRead(Raft<Network>& raft, Server i, std::uint64_t read, Index index) {
  const auto asked = raft.history.reads.find(read);
  if (asked == raft.history.reads.end()) {
    return Outcome::Refused("ServeRead", "read \\in DOMAIN reads", Operand{"read", read});
  }
  if (asked->second.server != i) {
    return Outcome::Refused("ServeRead", "reads[read].server = i",
                            Operand{"reads[read].server", asked->second.server}, Operand{"i", i});
  }
  if (index < asked->second.committed) {
    return Outcome::Refused("ServeRead", "index >= reads[read].committed", Operand{"index", index},
                            Operand{"reads[read].committed", asked->second.committed});
  }
  const Index committed = raft.tree->Length(raft.history.committed);
  if (index > committed) {
    return Outcome::Refused("ServeRead", "index <= Len(committed)", Operand{"index", index},
                            Operand{"Len(committed)", committed});
  }
  return Outcome::Taken();
}

}  // namespace spec
