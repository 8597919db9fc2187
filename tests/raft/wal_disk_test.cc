// The folder of the operating system, when the operating system fails.  The calls that real_disk.cc
// makes are caught here, before the C library, so that each of them can fail.  Nothing is synced in
// earnest, which would take its time.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "raft/storage/real_disk.h"
#include "raft/storage/wal.h"

namespace {

struct Calls {
  bool counting = false;
  std::uint64_t made = 0;
  std::uint64_t fail_at = ~std::uint64_t{0};
  int error = 0;           // of that call
  bool all_short = false;  // reads and writes do less than they were asked for
  std::vector<std::string> synced;
};
Calls calls;

// The error of this call, 0 if it is to be made.
int Meet() {
  if (!calls.counting || calls.made++ != calls.fail_at) return 0;
  errno = calls.error;
  return calls.error;
}

std::string PathOf(int fd) {
  std::error_code none;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), none).string();
}

template <class F>
F* Real(F* /*type*/, const char* name) {
  return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// NOLINTBEGIN: the names and the types are the operating system's
extern "C" {
int mkdir(const char* path, mode_t mode) noexcept {
  return Meet() != 0 ? -1 : Real(&::mkdir, "mkdir")(path, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  return Meet() != 0 ? -1 : Real(&::openat, "openat")(folder, path, flags, mode);
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  if (calls.counting && calls.all_short) size = (size + 1) / 2;
  return Meet() != 0 ? -1 : Real(&::pwrite, "pwrite")(fd, bytes, size, offset);
}
ssize_t pread(int fd, void* bytes, size_t size, off_t offset) {
  if (calls.counting && calls.all_short) size = (size + 1) / 2;
  return Meet() != 0 ? -1 : Real(&::pread, "pread")(fd, bytes, size, offset);
}
int fdatasync(int fd) {
  if (calls.counting) calls.synced.push_back(PathOf(fd));
  return Meet() != 0 ? -1 : calls.counting ? 0 : Real(&::fdatasync, "fdatasync")(fd);
}
int fsync(int fd) {
  if (calls.counting) calls.synced.push_back(PathOf(fd));
  return Meet() != 0 ? -1 : calls.counting ? 0 : Real(&::fsync, "fsync")(fd);
}
int posix_fallocate(int fd, off_t offset, off_t size) {
  if (const int error = Meet()) return error;
  return Real(&::posix_fallocate, "posix_fallocate")(fd, offset, size);
}
int renameat(int from, const char* a, int to, const char* b) noexcept {
  return Meet() != 0 ? -1 : Real(&::renameat, "renameat")(from, a, to, b);
}
int unlinkat(int folder, const char* name, int flags) noexcept {
  return Meet() != 0 ? -1 : Real(&::unlinkat, "unlinkat")(folder, name, flags);
}
int flock(int fd, int operation) noexcept {
  return Meet() != 0 ? -1 : Real(&::flock, "flock")(fd, operation);
}
struct dirent* readdir(DIR* folder) {
  return Meet() != 0 ? nullptr : Real(&::readdir, "readdir")(folder);
}
}
// NOLINTEND

namespace raft {
namespace {

class RealDiskFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("raftcheck-disk-" + std::to_string(::getpid()));
    Clean();
  }
  void TearDown() override { Clean(); }
  void Clean() const { std::filesystem::remove_all(folder_); }

  IoResult<std::unique_ptr<Wal>> Open() const {
    return Wal::Open(DiskAt(folder_.string()), {{NodeId(1)}}, {4096, 256});
  }

  // Saves what is acknowledged at the end of a life; returns the index of the last entry that was.
  Index Life() const {
    auto wal = Open();
    if (!wal) return Index();
    Index last;
    for (std::uint64_t k = 1; k <= 9; ++k) {
      const Entry entry{Term(1), Index(k), EntryType::kNormal, std::string(900, 'x')};
      const HardState state{Term(1), NodeId(1), Index(k)};
      if (!(*wal)->Save({}, {entry}, state, true)) return last;
      last = Index(k);
      if (k != 6) continue;
      auto snapshot = std::make_shared<Snapshot>();
      snapshot->index = Index(5);
      snapshot->term = Term(1);
      snapshot->conf_state.voters = {NodeId(1)};
      if (!(*wal)->SaveSnapshot(snapshot) || !(*wal)->Compact(Index(5))) return last;
    }
    return last;
  }

  // The same under `error` at call `at`; returns the number of calls.
  std::uint64_t LifeWith(std::uint64_t at, int error, bool all_short, Index& last) const {
    calls = {true, 0, at, error, all_short, {}};
    last = Life();
    calls.counting = false;
    return calls.made;
  }

  std::filesystem::path folder_;
};

constexpr std::uint64_t kNever = ~std::uint64_t{0};

TEST_F(RealDiskFaults, ACallThatASignalInterruptsIsMadeAgain) {
  Index last;
  const std::uint64_t all = LifeWith(kNever, 0, false, last);
  EXPECT_GT(all, 60U);
  for (std::uint64_t at = 0; at < all; ++at) {
    Clean();
    LifeWith(at, EINTR, false, last);
    EXPECT_EQ(last, Index(9)) << "call " << at;
  }
}

TEST_F(RealDiskFaults, AShortReadOrWriteIsCompleted) {
  Index last;
  LifeWith(kNever, 0, true, last);
  EXPECT_EQ(last, Index(9));
  calls = {true, 0, kNever, 0, true, {}};
  auto wal = Open();
  calls.counting = false;
  ASSERT_TRUE(wal.has_value()) << wal.error().message;
  EXPECT_EQ((*wal)->LastIndex(), Index(9));
  EXPECT_EQ((*wal)->repaired(), "");
}

TEST_F(RealDiskFaults, AnErrorOfAnyCallLosesNothing) {
  for (const int error : {EIO, ENOSPC}) {
    Clean();
    Index last;
    const std::uint64_t all = LifeWith(kNever, 0, false, last);
    for (std::uint64_t at = 0; at < all; ++at) {
      SCOPED_TRACE("call " + std::to_string(at));
      Clean();
      LifeWith(at, error, false, last);
      auto wal = Open();
      ASSERT_TRUE(wal.has_value()) << wal.error().message;
      EXPECT_GE((*wal)->LastIndex(), last);
    }
  }
}

TEST_F(RealDiskFaults, AnErrorOfAnyCallDuringARecoveryLosesNothing) {
  Index last;
  LifeWith(kNever, 0, false, last);
  bool reached = true;
  for (std::uint64_t at = 0; reached; ++at) {
    SCOPED_TRACE("call " + std::to_string(at));
    calls = {true, 0, at, EIO, false, {}};
    { static_cast<void>(Open()); }
    calls.counting = false;
    reached = calls.made > at;
    auto wal = Open();
    ASSERT_TRUE(wal.has_value()) << wal.error().message;
    EXPECT_EQ((*wal)->LastIndex(), Index(9));
    EXPECT_EQ((*wal)->Initial().hard_state, (HardState{Term(1), NodeId(1), Index(9)}));
  }
}

TEST_F(RealDiskFaults, ANewFolderIsSyncedInItsParentBeforeAnythingIsInIt) {
  calls = {true, 0, kNever, 0, false, {}};
  auto wal = Open();
  calls.counting = false;
  ASSERT_TRUE(wal.has_value());
  ASSERT_FALSE(calls.synced.empty());
  EXPECT_EQ(calls.synced.front(), std::filesystem::canonical(folder_.parent_path()).string());
}

}  // namespace
}  // namespace raft
