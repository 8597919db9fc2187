#include "raft/check.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace raft {
namespace {

std::atomic<CheckHandler> check_handler = nullptr;

[[noreturn]] void Fail(const CheckFailure& failure) {
  if (const CheckHandler handler = check_handler.load()) handler(failure);
  std::fprintf(stderr, "internal error: %s:%d: RAFT_CHECK: %s\n", failure.file, failure.line,
               failure.what.c_str());
  std::abort();
}

}  // namespace

CheckHandler SetCheckHandler(CheckHandler handler) { return check_handler.exchange(handler); }

void CheckFailed(const char* file, int line, const char* condition) {
  Fail({file, line, std::string(condition) + " is false"});
}

void CheckFailed(const char* file, int line, const char* condition, std::uint64_t a,
                 std::uint64_t b) {
  Fail({file, line,
        std::string(condition) + " is false: " + std::to_string(a) + ", " + std::to_string(b)});
}

}  // namespace raft
