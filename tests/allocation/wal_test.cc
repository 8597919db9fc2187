// The write-ahead log and memory: what it takes, and what happens when there is none.
#include "raft/storage/wal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "raft/storage/real_disk.h"
#include "tests/allocation/allocate.h"

namespace raft {
namespace {

class WalMemory : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("raftcheck-memory-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::unique_ptr<Wal> Open(const WalOptions& options) const {
    auto wal = Wal::Open(DiskAt(folder_.string()), {{NodeId(1)}}, options);
    return std::move(wal.value());
  }
  std::filesystem::path folder_;
};

std::vector<Entry> EntriesFrom(std::uint64_t first, std::uint64_t count, Term term) {
  std::vector<Entry> entries(count);
  for (std::uint64_t k = 0; k < count; ++k) {
    entries[k] = {term, Index(first + k), EntryType::kNormal, "p"};
  }
  return entries;
}

TEST_F(WalMemory, TheCacheTakesNoMoreThanItsLimit) {
  constexpr std::int64_t kLimit = 1 << 20;
  auto wal = Open({64U << 20U, kLimit});
  const std::int64_t before = allocation::live;
  for (std::uint64_t k = 0; k < 100; ++k) {
    ASSERT_TRUE(wal->Save({}, EntriesFrom(1 + 1000 * k, 1000, Term(1)), std::nullopt, false));
  }
  // Beside the cache: 24 bytes for 64 entries, and what one save writes.
  EXPECT_LT(allocation::live - before, kLimit + kLimit / 4);
}

TEST_F(WalMemory, WithoutMemoryNothingIsInMemoryThatIsNotOnTheDisk) {
  const HardState state{Term(2), NodeId(1), Index(2)};
  bool saved = false;
  int failed = 0;
  for (int at = 0; !saved; ++at) {
    SCOPED_TRACE("allocation " + std::to_string(at));
    std::filesystem::remove_all(folder_);
    auto wal = Open({4096, 1U << 20U});
    ASSERT_TRUE(wal->Save({}, EntriesFrom(1, 9, Term(1)), HardState{Term(1), NodeId(1), {}}, true));
    // Cuts the tail off, and begins a segment.
    const std::vector<Entry> entries = EntriesFrom(5, 120, Term(2));
    allocation::made = 0;
    allocation::fail_at = at;
    allocation::counting = true;
    const IoStatus done = wal->Save({}, entries, state, true);
    allocation::counting = false;
    saved = done.has_value();
    if (!saved) {
      ++failed;
      EXPECT_EQ(done.error().message, "out of memory");
      EXPECT_FALSE(wal->Save({}, {}, state, true));
    }
    const HardState hard = wal->Initial().hard_state;
    const Index last = wal->LastIndex();
    wal.reset();
    auto again = Open({4096, 1U << 20U});
    EXPECT_TRUE(hard == again->Initial().hard_state || hard.term == Term(1));
    EXPECT_LE(last, std::max(again->LastIndex(), Index(9)));
    if (saved) {
      EXPECT_EQ(last, Index(124));
    }
  }
  EXPECT_GT(failed, 5);
}

}  // namespace
}  // namespace raft
