#include "conformance/command/limits.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <new>
#include <string_view>

#include "conformance/command/exit_status.h"
#include "conformance/command/terminal.h"

namespace command {
namespace {

// With a limit of the memory as a whole (ulimit -v) a stack that cannot grow later is a crash, so
// the stack grows now.
[[gnu::noinline]] void TouchStack() {
  constexpr std::size_t kPage = 4096;
  volatile char stack[std::size_t{384} << 10U];
  for (std::size_t k = 0; k < sizeof stack; k += kPage) stack[k] = 0;
}

}  // namespace

std::string MakeRoomForStacks() {
  constexpr rlim_t kUsual = rlim_t{8} << 20U;
  constexpr rlim_t kLeast = rlim_t{512} << 10U;  // the judge takes a quarter of it
  rlimit stack{};
  if (getrlimit(RLIMIT_STACK, &stack) != 0) return {};
  if (stack.rlim_cur >= kUsual) {
    TouchStack();
    return {};
  }
  stack.rlim_cur = std::min(stack.rlim_max, kUsual);
  setrlimit(RLIMIT_STACK, &stack);
  if (stack.rlim_cur < kLeast) {
    return "the stack may have only " + std::to_string(stack.rlim_cur >> 10U) +
           " KiB (ulimit -s): expected at least " + std::to_string(kLeast >> 10U);
  }
  TouchStack();
  // The size of the stacks of threads was taken from the limit when the process began.
  pthread_attr_t threads;
  if (pthread_attr_init(&threads) == 0) {
    pthread_attr_setstacksize(&threads, kUsual);
    pthread_setattr_default_np(&threads);
    pthread_attr_destroy(&threads);
  }
  return {};
}

std::uint64_t MemoryOfMachine() {
  const auto pages = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES));
  std::uint64_t bytes = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  for (const auto resource : {RLIMIT_AS, RLIMIT_DATA}) {
    rlimit limit{};
    // The program itself and the stacks of its threads are in such a limit, too.
    if (getrlimit(resource, &limit) == 0)
      bytes = std::min<std::uint64_t>(bytes, limit.rlim_cur / 2);
  }
  return bytes;
}

void EndWithoutMemory() {
  static const std::terminate_handler kOtherwise = std::get_terminate();
  std::set_terminate([] {
    try {
      if (const std::exception_ptr error = std::current_exception()) std::rethrow_exception(error);
    } catch (const std::bad_alloc&) {
      constexpr std::string_view kLine = "raftcheck: not enough memory for a schedule\n";
      [[maybe_unused]] const auto written = write(STDERR_FILENO, kLine.data(), kLine.size());
      _exit(kInternal);  // nothing else is possible without memory
    } catch (...) {      // NOLINT(bugprone-empty-catch): what it says is said below
    }
    kOtherwise();
  });
}

void NoteThreads(std::size_t wanted, std::size_t started) {
  if (started >= wanted) return;
  Note("only " + std::to_string(started) + " of " + std::to_string(wanted) +
       " threads could be started; it takes longer, and finds the same");
}

int ComplainOfMemory(const std::string& what) {
  Complain("not enough memory for " + what +
           "; fewer threads need less (--jobs, --workers), and --memory GIB ends a search of a "
           "model before it needs more");
  return kInternal;
}

}  // namespace command
