// The write-ahead log, compared with a storage in memory that gets the same calls.  After a crash
// at any step, the log must have the state of that storage at some time since the last sync.
#include "raft/storage/wal.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "raft/node.h"
#include "raft/storage/crc32c.h"
#include "raft/storage/real_disk.h"
#include "tests/raft/wal_program.h"

namespace raft {
namespace {

constexpr int kCalls = 12;
constexpr int kPrograms = 25;

// The number of disk operations that a program performs.
std::uint64_t Operations(std::uint64_t seed) {
  auto platter = std::make_shared<Platter>(seed);
  Program program(seed);
  auto wal = OpenOn(platter);
  EXPECT_TRUE(wal.has_value() && program.Run(*wal.value(), kCalls));
  const std::uint64_t operations = platter->operations();
  EXPECT_EQ(Text(*wal.value()), program.last());
  return operations;
}

TEST(Crc32c, GivesThePublishedValues) {  // RFC 3720 B.4
  EXPECT_EQ(Crc32c(0, std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(Crc32c(0, std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(Crc32c(0, "123456789"), 0xe3069283U);
  EXPECT_EQ(Crc32c(Crc32c(0, "1234"), "56789"), 0xe3069283U);
}

TEST(Wal, HoldsWhatWasSavedAndAfterAnOrderlyRestartToo) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    auto platter = std::make_shared<Platter>(seed);
    Program program(seed);
    for (int restart = 0; restart < 6; ++restart) {
      auto wal = OpenOn(platter);
      ASSERT_TRUE(wal.has_value()) << wal.error().message;
      EXPECT_EQ(wal.value()->repaired(), "");
      EXPECT_EQ(Text(*wal.value()), program.last());
      ASSERT_TRUE(program.Run(*wal.value(), 20)) << program.failure().error().message;
      EXPECT_EQ(Text(*wal.value()), program.last());
    }
  }
}

TEST(Wal, AfterACrashAtAnyStepHoldsAStateThatWasPromised) {
  std::uint64_t crashes = 0;
  std::uint64_t repaired = 0;
  for (std::uint64_t seed = 1; seed <= kPrograms; ++seed) {
    const std::uint64_t operations = Operations(seed);
    for (std::uint64_t at = 0; at < operations; ++at, ++crashes) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", crash at operation " + std::to_string(at));
      auto platter = std::make_shared<Platter>(seed * 1000 + at);
      platter->FailAt(at, Fault::kCrash);
      Program program(seed);
      {
        auto wal = OpenOn(platter);
        if (wal.has_value()) program.Run(*wal.value(), kCalls);
      }
      ASSERT_TRUE(platter->crashed());
      platter->Restart();
      auto again = OpenOn(platter);
      ASSERT_TRUE(again.has_value()) << again.error().message;
      ASSERT_TRUE(program.MayBe(Text(*again.value())));
      repaired += again.value()->repaired().empty() ? 0 : 1;
      // What was recovered is now durable, and no part of the torn end ever comes back.
      const std::string found = Text(*again.value());
      const Index next = again.value()->LastIndex() + 1;
      ASSERT_TRUE(
          again.value()->Save({}, {{Term(99), next, {}, "z"}}, std::nullopt, true).has_value());
      const std::string more = Text(*again.value());
      again.value().reset();
      platter->Restart();
      auto third = OpenOn(platter);
      ASSERT_TRUE(third.has_value()) << third.error().message;
      ASSERT_EQ(Text(*third.value()), more) << "after " << found;
      ASSERT_EQ(third.value()->repaired(), "");
    }
  }
  EXPECT_GT(crashes, 1000U);
  EXPECT_GT(repaired, 50U) << "the crashes should tear tails";
}

TEST(Wal, ACrashDuringTheRepairOfACrashLosesNothing) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const std::uint64_t operations = Operations(seed);
    auto platter = std::make_shared<Platter>(seed);
    platter->FailAt(operations - 1 - seed % 5, Fault::kCrash);
    Program program(seed);
    {
      auto wal = OpenOn(platter);
      if (wal.has_value()) program.Run(*wal.value(), kCalls);
    }
    for (std::uint64_t at = 0;; ++at) {
      platter->Restart();
      platter->FailAt(at, Fault::kCrash);
      auto wal = OpenOn(platter);
      if (!wal.has_value()) continue;
      platter->FailNoMore();
      EXPECT_TRUE(program.MayBe(Text(*wal.value())));
      break;
    }
    platter->Restart();
    auto wal = OpenOn(platter);
    ASSERT_TRUE(wal.has_value()) << wal.error().message;
    EXPECT_TRUE(program.MayBe(Text(*wal.value())));
  }
}

TEST(Wal, AfterAnErrorNothingMoreIsSavedAndNothingIsLost) {
  for (const Fault fault : {Fault::kError, Fault::kShortWrite, Fault::kFull}) {
    for (std::uint64_t seed = 1; seed <= kPrograms; ++seed) {
      const std::uint64_t operations = Operations(seed);
      for (std::uint64_t at = 0; at < operations; ++at) {
        SCOPED_TRACE("seed " + std::to_string(seed) + ", fault at operation " + std::to_string(at));
        auto platter = std::make_shared<Platter>(seed * 1000 + at);
        platter->FailAt(at, fault);
        Program program(seed);
        {
          auto wal = OpenOn(platter);
          if (wal.has_value() && !program.Run(*wal.value(), kCalls)) {
            const std::string& why = program.failure().error().message;
            EXPECT_NE(why, "");
            EXPECT_EQ(wal.value()->Sync().error().message, why);
            EXPECT_EQ(wal.value()->Save({}, {}, HardState(), true).error().message, why);
          }
        }
        if (at % 2 == 0) platter->Restart();  // otherwise only the process ends
        auto again = OpenOn(platter);
        ASSERT_TRUE(again.has_value()) << again.error().message;
        ASSERT_TRUE(program.MayBe(Text(*again.value())));
      }
    }
  }
}

TEST(Wal, DamageIsRefusedOrAtMostTheLastThingSynced) {
  int refused = 0;
  int unnoticed = 0;
  for (std::uint64_t seed = 1; seed <= kPrograms; ++seed) {
    Random random(seed);
    for (int flip = 0; flip < 60; ++flip) {
      auto platter = std::make_shared<Platter>(seed);
      Program program(seed);
      {
        auto wal = OpenOn(platter);
        ASSERT_TRUE(wal.has_value() && program.Run(*wal.value(), 3 * kCalls));
      }
      const std::vector<std::string> names = platter->Names();
      const std::string& name = names[random.Below(names.size())];
      const std::string content = platter->Content(name);
      const std::size_t end = content.find_last_not_of('\0') + 1;
      const std::uint64_t byte = random.Below(end);
      platter->FlipBit(name, byte, static_cast<unsigned>(random.Below(8)));
      SCOPED_TRACE(name + " byte " + std::to_string(byte) + " of " + std::to_string(end));
      auto again = OpenOn(platter);
      if (!again.has_value()) {
        ++refused;
        const std::string why = again.error().message;
        EXPECT_NE(why.find(name), std::string::npos) << why;
        EXPECT_NE(why.find("offset"), std::string::npos) << why;
      } else if (again.value()->repaired().empty()) {
        ++unnoticed;
        EXPECT_EQ(Text(*again.value()), program.last()) << "only padding says nothing";
      } else {
        EXPECT_TRUE(program.MayBe(Text(*again.value()), true));
      }
    }
  }
  EXPECT_GT(refused, kPrograms * 30);
  EXPECT_LT(unnoticed, kPrograms * 6);
}

TEST(Wal, AMissingSegmentIsRefused) {
  auto platter = std::make_shared<Platter>(1);
  {
    auto wal = OpenOn(platter);
    ASSERT_TRUE(wal.has_value());
    for (std::uint64_t k = 1; k <= 9; ++k) {
      const Entry entry{Term(1), Index(k), EntryType::kNormal, std::string(900, 'x')};
      ASSERT_TRUE(wal.value()->Save({}, {entry}, std::nullopt, true).has_value());
    }
    ASSERT_GE(wal.value()->segments(), 4U);
  }
  ASSERT_TRUE(OpenFaultyDisk(platter)->Remove(SegmentName(2)).has_value());
  auto again = OpenOn(platter);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().message,
            "disk/" + SegmentName(2) + " is missing: later segments of the log are there");
}

TEST(Wal, CompactionReleasesSegmentsAndOldSnapshots) {
  auto platter = std::make_shared<Platter>(1);
  auto wal = std::move(OpenOn(platter).value());
  for (std::uint64_t k = 1; k <= 40; ++k) {
    const Entry entry{Term(1), Index(k), EntryType::kNormal, std::string(900, 'x')};
    ASSERT_TRUE(wal->Save({}, {entry}, std::nullopt, true).has_value());
    if (k % 4 != 0) continue;
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->index = Index(k);
    snapshot->term = Term(1);
    ASSERT_TRUE(wal->SaveSnapshot(snapshot).has_value());
    ASSERT_TRUE(wal->Compact(Index(k)).has_value());
    EXPECT_LE(wal->segments(), 3U);
    EXPECT_LE(platter->Names().size(), 4U);
  }
}

TEST(Wal, ReadsWhatIsInNoCacheAsItIsInMemory) {
  const auto reads = [](std::uint64_t seed) {
    Random random(seed);
    auto platter = std::make_shared<Platter>(seed);
    auto opened = Wal::Open(OpenFaultyDisk(platter), kThree, {20000, 300});
    RC_ASSERT(opened.has_value());
    Wal& wal = *opened.value();
    MemoryStorage memory(kThree);
    Term term(1);
    for (int k = 0; k < 60; ++k) {
      if (random.Below(5) == 0) term = term + 1;
      Index index = memory.LastIndex() + 1;
      if (random.Below(4) == 0) index = Index(1 + random.Below(index.value()));
      std::vector<Entry> entries;
      for (std::uint64_t count = random.Below(30); count > 0; --count, ++index) {
        entries.push_back({term, index, EntryType::kNormal, std::string(random.Below(30), 'e')});
      }
      memory.Append(entries);
      RC_ASSERT(wal.Save({}, entries, HardState(), false).has_value());
      if (memory.LastIndex() == Index()) continue;
      for (int read = 0; read < 5; ++read) {
        const Index low(1 + random.Below(memory.LastIndex().value()));
        const Index high = low + 1 + random.Below(memory.LastIndex() - low + 1);
        const std::uint64_t limit = random.Below(500);
        std::vector<Entry> expected;
        std::vector<Entry> found;
        memory.Entries(low, high, limit, expected);
        wal.Entries(low, high, limit, found);
        RC_ASSERT(found == expected);
        RC_ASSERT(wal.TermAt(low) == memory.TermAt(low));
      }
    }
  };
  EXPECT_TRUE(rc::check("Wal::Entries", reads));
}

class RealFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("raftcheck-wal-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  IoResult<std::unique_ptr<Wal>> Open(const ConfState& initial = kThree) {
    return Wal::Open(DiskAt(folder_.string()), initial, {1U << 16U, 1U << 10U});
  }
  std::filesystem::path folder_;
};

TEST_F(RealFolder, KeepsARaftNodeAlive) {
  for (std::uint64_t life = 1; life <= 3; ++life) {
    auto wal = Open({{NodeId(1)}});
    ASSERT_TRUE(wal.has_value()) << wal.error().message;
    EXPECT_EQ(wal.value()->Initial().hard_state.term, Term(life - 1));
    EXPECT_EQ(wal.value()->LastIndex(), Index(51 * (life - 1)));
    Config config;
    config.id = NodeId(1);
    config.storage = wal.value().get();
    Node node(config);
    node.Campaign();
    const auto drain = [&] {
      while (node.HasReady()) {
        Ready& ready = node.TakeReady();
        ASSERT_TRUE(wal.value()
                        ->Save(ready.snapshot, ready.entries, ready.hard_state, ready.must_sync)
                        .has_value());
        node.Advance();
      }
    };
    drain();
    ASSERT_EQ(node.role(), Role::kLeader);
    for (int k = 0; k < 50; ++k) node.Propose("payload");
    drain();
    EXPECT_EQ(node.applied(), Index(51 * life));
  }
}

TEST_F(RealFolder, IsLockedWhileItIsOpen) {
  auto wal = Open();
  ASSERT_TRUE(wal.has_value());
  auto other = Open();
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().message,
            (folder_ / "LOCK").string() + " is locked: somebody else has this log open");
  wal.value().reset();
  EXPECT_TRUE(Open().has_value());
}

TEST_F(RealFolder, ATornTailIsRepairedAndReported) {
  {
    auto wal = Open();
    ASSERT_TRUE(wal.has_value());
    for (std::uint64_t k = 1; k <= 3; ++k) {
      ASSERT_TRUE(
          wal.value()->Save({}, {{Term(1), Index(k), {}, "abc"}}, std::nullopt, true).has_value());
    }
  }
  const std::filesystem::path file = folder_ / SegmentName(1);
  std::uint64_t end = 0;
  {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    end = bytes.find_last_not_of('\0');
    std::ofstream out(file, std::ios::binary | std::ios::in);
    out.seekp(static_cast<std::streamoff>(end));
    out << "?";  // the last byte of the last payload
  }
  auto wal = Open();
  ASSERT_TRUE(wal.has_value()) << wal.error().message;
  EXPECT_EQ(wal.value()->LastIndex(), Index(2));
  EXPECT_EQ(wal.value()->repaired().find(file.string() + ": offset "), 0U)
      << wal.value()->repaired();
}

TEST_F(RealFolder, WhatCannotBeOpenedSaysWhy) {
  auto wal = Wal::Open(DiskAt((folder_ / "not" / "there").string()), kThree);
  ASSERT_FALSE(wal.has_value());
  EXPECT_NE(wal.error().message.find("not/there: No such file or directory"), std::string::npos);
}

}  // namespace
}  // namespace raft
