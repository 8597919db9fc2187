// Is what the clients of a key-value store saw linearizable (Herlihy and Wing 1990)?  Each key is
// judged alone, because linearizability is local.  The search is that of Wing and Gong (1993) with
// Lowe's cache of what was tried (2017), as in Porcupine.  If the implementation claims an order
// (Operation::position), the search tries that order first; if the order is right, the search never
// goes back.  The claim alone proves nothing.
//
// A serializable read is judged by what it promises: it returns the value that the key had at the
// position that it names, and no position before one that the same session got earlier.
//
// This file knows no Raft.
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
  std::uint64_t operations = 0;  // number of operations that were judged
  std::uint64_t states = 0;      // number of states that the search visited
  // Number of keys that were given up because the search took more than `max_states` states, or
  // looked at more than 300 operations for each of so many.
  std::uint64_t undecided = 0;
};

HistoryVerdict JudgeHistory(const trace::History& history, std::uint64_t max_states = 1'000'000);

}  // namespace conformance
