// Is what the clients of a key-value store saw linearizable (Herlihy and Wing 1990)?  Key by key,
// as linearizability is local; by the search of Wing and Gong 1993 with Lowe's memory of what was
// tried (2017), as Porcupine does it.  Where the implementation claims an order
// (Operation::position) that order is tried first: if it is right, the search never turns back.  It
// is not believed.
//
// Serializable reads are judged by their promise: the value that the key had at the position that
// they name, and no position before one that the same session got earlier.
//
// Knows no Raft.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "raft/trace/history.h"

namespace conformance {

struct HistoryVerdict {
  struct Violation {
    std::string what;                  // one line
    std::vector<std::string> details;  // operations, a line each
  };
  std::optional<Violation> violation;
  std::uint64_t operations = 0;  // that were judged
  std::uint64_t states = 0;      // that were looked at
  // Keys that were given up, as the search took more than `max_states`: nothing is said of them.
  std::uint64_t undecided = 0;
};

HistoryVerdict JudgeHistory(const trace::History& history, std::uint64_t max_states = 1'000'000);

}  // namespace conformance
