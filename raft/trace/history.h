// What clients of a replicated key-value store saw, as plain types: operations with the moments of
// their begin and end.  A simulated cluster records it; conformance/judge/linearizability.h judges
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace trace {

// Values are numbers, each written by one operation at most; nothing: the key is not there.
using KeyValue = std::optional<std::uint64_t>;

struct Operation {
  enum class Kind : std::uint8_t {
    kPut,   // `value` is written
    kSwap,  // `value` is written if the key has `expected`
    kRead,  // linearizable
    kGet,   // serializable: some state of the past, never one before what this client got before
  };
  Kind kind = Kind::kPut;
  std::uint64_t id = 0;  // from 1 on, in the order in which they began
  std::uint32_t key = 0;
  std::uint32_t server = 0;            // that was asked
  std::uint64_t session = 0;           // of kGet: changes when the server restarts
  std::uint64_t value = 0;             // of kPut and kSwap
  KeyValue expected;                   // of kSwap
  std::uint64_t began = 0;             // in any unit that grows
  std::optional<std::uint64_t> ended;  // nothing: nobody knows whether it happened
  // Once it ended:
  KeyValue result;       // of kRead and kGet
  bool swapped = false;  // of kSwap
  // Where its effect stands in the order that the implementation claims; 0: unknown.  A hint: the
  // judge tries it first, and does not believe it.  For kGet it is the promise.
  std::uint64_t position = 0;
};

using History = std::vector<Operation>;

}  // namespace trace
