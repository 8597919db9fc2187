// Checks of our own invariants: on in every build, with both operands, and the end of the process,
// unless a test bed around the library asked to be told.
// Not for input: what a peer, a disk or a user gets wrong is a value or is ignored.
#pragma once

#include <cstdint>
#include <string>

namespace raft {

// What a broken check throws between CatchChecks(true) and CatchChecks(false), instead of ending
// the process.  The node is of no use afterwards but to be destroyed.
struct CheckError {
  std::string what;
};
// For the calling thread.  The library itself never calls it and never catches.
void CatchChecks(bool on);

[[noreturn]] void CheckFailed(const char* file, int line, const char* condition, std::uint64_t a,
                              std::uint64_t b);

inline std::uint64_t CheckOperand(std::uint64_t value) { return value; }
template <class T>
requires requires(T t) { t.value(); }
std::uint64_t CheckOperand(T value) { return value.value(); }

}  // namespace raft

// RAFT_CHECK(a, <=, b)
#define RAFT_CHECK(a, op, b)                                                              \
  do {                                                                                    \
    if (!((a)op(b))) {                                                                    \
      ::raft::CheckFailed(__FILE__, __LINE__, #a " " #op " " #b, ::raft::CheckOperand(a), \
                          ::raft::CheckOperand(b));                                       \
    }                                                                                     \
  } while (false)
