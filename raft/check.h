// Checks of the library's own invariants.  They are on in every build.  A check that fails ends the
// process, after it has printed its operands and after the host's handler, if there is one.
// A check is not for input: what a peer, a disk or a user gets wrong is a value or is ignored.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>

namespace raft {

struct CheckFailure {
  const char* file = "";
  int line = 0;
  std::string what;  // the condition as it is written, "is false", and its operands
};

// The host's handler is called when a check fails, before anything is printed; for example to write
// to the host's own log.  If it returns, the process is aborted.  It may also throw: the exception
// leaves the library through the call that the host made, and the process lives on.  The node (or
// the storage) whose check failed is then of no use but to be destroyed.
using CheckHandler = void (*)(const CheckFailure& failure);
// Sets the handler of the whole process (null: none) and returns the previous one.
// Threads: may be called on any thread at any time.  The handler runs on the thread whose check
// failed, and on several threads at once if checks fail on several.
CheckHandler SetCheckHandler(CheckHandler handler);

// What the macros call.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition, std::uint64_t a,
                              std::uint64_t b);

inline std::uint64_t CheckOperand(std::uint64_t value) { return value; }
template <class T>
requires requires(T t) { t.value(); }
std::uint64_t CheckOperand(T value) { return value.value(); }
template <class T>
requires std::is_enum_v<T> std::uint64_t CheckOperand(T value) {
  return static_cast<std::uint64_t>(value);
}

}  // namespace raft

// RAFT_CHECK(a, <=, b): of numbers, of terms, indexes and identifiers, of enumerators.
#define RAFT_CHECK(a, op, b)                                                              \
  do {                                                                                    \
    if (!((a)op(b))) {                                                                    \
      ::raft::CheckFailed(__FILE__, __LINE__, #a " " #op " " #b, ::raft::CheckOperand(a), \
                          ::raft::CheckOperand(b));                                       \
    }                                                                                     \
  } while (false)

// RAFT_CHECK_TRUE(condition)
#define RAFT_CHECK_TRUE(condition)                                         \
  do {                                                                     \
    if (!(condition)) ::raft::CheckFailed(__FILE__, __LINE__, #condition); \
  } while (false)
