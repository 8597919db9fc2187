#include "raft/check.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace raft {
namespace {

thread_local bool catch_checks = false;

}  // namespace

void CatchChecks(bool on) { catch_checks = on; }

void CheckFailed(const char* file, int line, const char* condition, std::uint64_t a,
                 std::uint64_t b) {
  if (catch_checks) {
    throw CheckError{std::string(condition) + " is false: " + std::to_string(a) + ", " +
                     std::to_string(b)};
  }
  std::fprintf(stderr, "internal error: %s:%d: RAFT_CHECK(%s) is false: %llu, %llu\n", file, line,
               condition, static_cast<unsigned long long>(a), static_cast<unsigned long long>(b));
  std::abort();
}

}  // namespace raft
