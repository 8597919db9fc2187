// Every single fault at every single operation of write-ahead logs: saves of several parts, cut off
// tails, segments that roll, compactions, installed snapshots, restarts, and the recovery itself.
// The oracle is the list of what was acknowledged (tests/raft/wal_program.h).
#include <gtest/gtest.h>

#include "tests/raft/wal_program.h"

namespace raft {
namespace {

constexpr int kCalls = 60;

std::uint64_t OperationsOf(std::uint64_t seed) {
  auto platter = std::make_shared<Platter>(seed);
  Life life(seed);
  EXPECT_TRUE(life.Run(platter, kCalls));
  return platter->operations();
}

TEST(WalFaults, EveryFaultAtEveryOperationLosesNothing) {
  std::uint64_t faults = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const std::uint64_t operations = OperationsOf(seed);
    EXPECT_GT(operations, 300U);
    for (std::uint64_t at = 0; at < operations; ++at) {
      for (const Fault fault : {Fault::kError, Fault::kShortWrite, Fault::kFull, Fault::kCrash}) {
        for (const Then then :
             {Then::kPowerGoes, Then::kProcessEnds, Then::kProcessEndsThenPower}) {
          CheckFault(seed, kCalls, at, fault, then);
          if (::testing::Test::HasFatalFailure()) return;
          ++faults;
        }
      }
    }
  }
  RecordProperty("faults", static_cast<int>(faults));
}

// A second fault at every operation of the recovery from the first.
TEST(WalFaults, EveryFaultDuringARecoveryLosesNothing) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const std::uint64_t operations = OperationsOf(seed);
    Random random(seed);
    for (int k = 0; k < 10; ++k) {
      const std::uint64_t first = random.Below(operations);
      const bool power = random.Below(2) == 0;
      for (const Fault fault : {Fault::kError, Fault::kFull, Fault::kCrash}) {
        bool reached = true;
        for (std::uint64_t at = 0; reached; ++at) {
          SCOPED_TRACE("seed " + std::to_string(seed) + ", operation " + std::to_string(first) +
                       ", then " + std::to_string(at) + " of the recovery");
          auto platter = std::make_shared<Platter>(seed * 1000 + at);
          platter->FailAt(first, k % 2 == 0 ? Fault::kCrash : Fault::kError);
          Life life(seed);
          life.Run(platter, kCalls);
          platter->FailNoMore();
          if (power || platter->crashed()) platter->Restart();
          const std::uint64_t before = platter->operations();
          platter->FailAt(at, fault);
          static_cast<void>(OpenOn(platter));
          reached = platter->operations() > before + at;
          platter->FailNoMore();
          if (at % 2 == 0 || platter->crashed()) platter->Restart();
          auto wal = OpenOn(platter);
          ASSERT_TRUE(wal.has_value()) << wal.error().message;
          ASSERT_TRUE(life.program().MayBe(Text(**wal)));
        }
      }
    }
  }
}

// What a life left, and one more thing that says nothing new and is the last that was synced.
std::shared_ptr<Platter> Left(std::uint64_t seed, std::string& last) {
  auto platter = std::make_shared<Platter>(seed);
  Life life(seed);
  EXPECT_TRUE(life.Run(platter, kCalls));
  auto wal = std::move(OpenOn(platter).value());
  EXPECT_TRUE(wal->Save({}, {}, wal->Initial().hard_state, true));
  last = Text(*wal);
  return platter;
}

TEST(WalFaults, EveryFileEveryByteEveryLength) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    std::string last;
    const std::shared_ptr<Platter> sound = Left(seed, last);
    for (const std::string& name : sound->Names()) {
      const std::size_t size = sound->Content(name).size();
      CheckDamage(*sound, last, name + " lost", [&](Platter& p) { p.Lose(name); });
      for (std::size_t k = 0; k < size; ++k) {
        const std::string what = name + " byte " + std::to_string(k);
        const auto bit = static_cast<unsigned>(k % 8);
        CheckDamage(*sound, last, what + " bit", [&](Platter& p) { p.FlipBit(name, k, bit); });
        CheckDamage(*sound, last, what + " flipped", [&](Platter& p) {
          for (unsigned b = 0; b < 8; ++b) p.FlipBit(name, k, b);
        });
        CheckDamage(*sound, last, what + " is the end", [&](Platter& p) { p.CutOff(name, k); });
      }
      if (::testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace raft
