// Every fault at every operation of a write-ahead log, and every damage to its files: a sample.
// tests/slow/wal_test.cc does all of it.
#include <gtest/gtest.h>

#include "tests/raft/wal_program.h"

namespace raft {
namespace {

std::uint64_t OperationsOf(std::uint64_t seed, int calls) {
  auto platter = std::make_shared<Platter>(seed);
  Life life(seed);
  EXPECT_TRUE(life.Run(platter, calls));
  return platter->operations();
}

TEST(WalFaults, AnySingleFaultLosesNothing) {
  constexpr int kCalls = 30;
  constexpr std::uint64_t kEvery = 7;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const std::uint64_t operations = OperationsOf(seed, kCalls);
    EXPECT_GT(operations, 100U);
    for (std::uint64_t at = seed % kEvery; at < operations; at += kEvery) {
      for (const Fault fault : {Fault::kError, Fault::kShortWrite, Fault::kFull, Fault::kCrash}) {
        for (const Then then :
             {Then::kPowerGoes, Then::kProcessEnds, Then::kProcessEndsThenPower}) {
          CheckFault(seed, kCalls, at, fault, then);
          if (::testing::Test::HasFatalFailure()) return;
        }
      }
    }
  }
}

// A log of several segments and a snapshot.
std::shared_ptr<Platter> LogOfThreeSegments() {
  auto platter = std::make_shared<Platter>(1);
  auto wal = std::move(OpenOn(platter).value());
  for (std::uint64_t k = 1; k <= 3; ++k) {
    const Entry entry{Term(2), Index(k), EntryType::kNormal, std::string(900, 'x')};
    EXPECT_TRUE(wal->Save({}, {entry}, HardState{Term(2), NodeId(3), Index(k - 1)}, true));
    if (k != 2) continue;
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->index = Index(1);
    snapshot->term = Term(2);
    snapshot->conf_state = kThree;
    EXPECT_TRUE(wal->SaveSnapshot(snapshot));
  }
  // The last thing that is synced says nothing new.
  EXPECT_TRUE(wal->Save({}, {}, wal->Initial().hard_state, true));
  EXPECT_EQ(wal->segments(), 3U);
  return platter;
}

std::string TextOf(const std::shared_ptr<Platter>& platter) {
  return Text(*OpenOn(platter->Copy(1)).value());
}

TEST(WalFaults, AMissingFileIsRefused) {
  const std::shared_ptr<Platter> sound = LogOfThreeSegments();
  const std::vector<std::string> names = sound->Names();
  ASSERT_EQ(names.size(), 4U);
  for (const std::string& name : names) {
    const std::shared_ptr<Platter> platter = sound->Copy(1);
    platter->Lose(name);
    auto wal = OpenOn(platter);
    ASSERT_FALSE(wal.has_value()) << name;
    EXPECT_NE(wal.error().message.find("disk/" + name), std::string::npos) << wal.error().message;
  }
  const std::shared_ptr<Platter> platter = sound->Copy(1);
  for (const std::string& name : names) {
    if (SegmentNumber(name)) platter->Lose(name);
  }
  auto wal = OpenOn(platter);
  ASSERT_FALSE(wal.has_value()) << "all segments are gone, and the snapshot is there";
  EXPECT_EQ(wal.error().message, "disk/" + names[0] + " is there, but no segment of its log");
  EXPECT_EQ(platter->Names(), std::vector<std::string>{names[0]}) << "nothing is touched";
}

TEST(WalFaults, AFolderThatCannotBeListedIsRefused) {
  const std::shared_ptr<Platter> platter = LogOfThreeSegments();
  const std::string last = TextOf(platter);
  for (std::uint64_t at = 0; at < 4; ++at) {
    platter->FailAt(at, Fault::kError);
    EXPECT_FALSE(OpenOn(platter).has_value());
    platter->FailNoMore();
    EXPECT_EQ(TextOf(platter), last);
  }
}

TEST(WalFaults, AFileThatWasCutOffIsRefusedOrLacksNothing) {
  const std::shared_ptr<Platter> sound = LogOfThreeSegments();
  const std::string last = TextOf(sound);
  for (const std::string& name : sound->Names()) {
    for (std::size_t size = sound->Content(name).size(); size-- > 0; size -= size % 5) {
      CheckDamage(*sound, last, name + " of " + std::to_string(size) + " bytes",
                  [&](Platter& platter) { platter.CutOff(name, size); });
    }
  }
}

TEST(WalFaults, AByteThatWasDamagedIsRefusedOrSaidNothing) {
  const std::shared_ptr<Platter> sound = LogOfThreeSegments();
  const std::string last = TextOf(sound);
  for (const std::string& name : sound->Names()) {
    for (std::size_t byte = 0; byte < sound->Content(name).size(); byte += 3) {
      const auto bit = static_cast<unsigned>(byte % 8);
      CheckDamage(*sound, last, name + " byte " + std::to_string(byte),
                  [&](Platter& platter) { platter.FlipBit(name, byte, bit); });
    }
  }
}

// The largest file bounds what a damaged size asks for: the simulated disk checks it.
TEST(WalFaults, ADamagedSizeAsksForNoMemory) {
  const std::shared_ptr<Platter> sound = LogOfThreeSegments();
  const std::string last = TextOf(sound);
  const std::string segment = SegmentName(3);
  constexpr std::uint64_t kHeader = 120;
  for (unsigned bit = 0; bit < 8; ++bit) {
    CheckDamage(*sound, last, "bit " + std::to_string(bit),
                [&](Platter& platter) { platter.FlipBit(segment, kHeader + 3, bit); });
  }
}

TEST(WalFaults, AnEntryThatIsTooLargeIsRefusedAndNothingElseHappens) {
  auto platter = std::make_shared<Platter>(1);
  auto wal = std::move(OpenOn(platter).value());
  // Nobody reads the bytes: there are none.
  const Payload huge(std::shared_ptr<const char[]>(std::shared_ptr<const char[]>(), nullptr),
                     Payload::kMaxSize + 1);
  const std::string before = Text(*wal);
  const IoStatus saved = wal->Save({}, {{Term(1), Index(1), {}, huge}}, std::nullopt, true);
  ASSERT_FALSE(saved.has_value());
  EXPECT_EQ(saved.error().message,
            "an entry of 2147482625 bytes cannot be stored: at most 2147482624");
  EXPECT_EQ(Text(*wal), before);
  EXPECT_TRUE(wal->Save({}, {{Term(1), Index(1), {}, "small"}}, std::nullopt, true).has_value());
}

TEST(IoResult, AValueThatIsNotThereIsABrokenCheckThatSaysTheError) {
  IoResult<int> none = IoFailure("disk/x: no such file");
  EXPECT_DEATH(static_cast<void>(none.value()), "disk/x: no such file");
  IoStatus failed = IoFailure("disk/y: no space left");
  EXPECT_DEATH(failed.value(), "disk/y: no space left");
  IoResult<int> some = 7;
  EXPECT_EQ(some.value(), 7);
}

}  // namespace
}  // namespace raft
