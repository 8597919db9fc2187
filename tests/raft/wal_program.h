// What the tests of the write-ahead log share: a program of calls, made to a log and to a storage
// in memory, so that after any fault the log can be compared with each state that it may have.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "raft/random.h"
#include "raft/storage/memory_storage.h"
#include "raft/storage/wal.h"
#include "tracegen/servers/faulty_disk.h"

namespace raft {

using tracegen::Fault;
using tracegen::OpenFaultyDisk;
using tracegen::Platter;

inline const ConfState kThree{{NodeId(1), NodeId(2), NodeId(3)}};
constexpr WalOptions kSmall{2048, 400};

inline std::string Text(const Storage& storage) {
  const HardState hard = storage.Initial().hard_state;
  std::string text =
      "t" + std::to_string(hard.term.value()) + " v" + std::to_string(hard.vote.value()) + " c" +
      std::to_string(hard.commit.value()) + " from " + std::to_string(storage.FirstIndex().value());
  text += " after term " + std::to_string(storage.TermAt(storage.FirstIndex() - 1).value()) + ":";
  std::vector<Entry> entries;
  if (storage.LastIndex() >= storage.FirstIndex()) {
    storage.Entries(storage.FirstIndex(), storage.LastIndex() + 1, ~std::uint64_t{0}, entries);
  }
  bool same = true;
  for (const Entry& entry : entries) {
    same = same && storage.TermAt(entry.index) == entry.term;
    text.append(" ").append(std::to_string(entry.index.value()));
    text.append("@").append(std::to_string(entry.term.value()));
    text.append("=").append(entry.data.view());
  }
  EXPECT_TRUE(same) << "TermAt differs from the entries: " << text;
  const SnapshotPtr snapshot = storage.GetSnapshot();
  if (!snapshot) return text + " no snapshot";
  return text + " snapshot " + std::to_string(snapshot->index.value()) + "@" +
         std::to_string(snapshot->term.value()) + "=" + std::string(snapshot->data.view()) +
         " of " + std::to_string(snapshot->conf_state.voters.size());
}

// Makes the same calls to a log and to a storage in memory.
class Program {
 public:
  explicit Program(std::uint64_t seed) : random_(seed), memory_(kThree), states_(StatesOf(seed)) {
    Took();
  }

  // Returns false once a call has failed.
  bool Run(Wal& wal, int calls) {
    for (int k = 0; k < calls; ++k) {
      if (!Call(wal)) return false;
    }
    return true;
  }

  // After a crash the log may have any of the recorded states of the storage in memory.
  ::testing::AssertionResult MayBe(const std::string& found, bool after_damage = false) const {
    const auto at = [this](std::size_t k) {
      return states_.begin() + static_cast<std::ptrdiff_t>(k);
    };
    if (std::find(at(after_damage ? before_last_sync_ : synced_), at(took_), found) != at(took_)) {
      return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure()
           << "found:    " << found << "\nsynced:   " << states_[synced_]
           << "\nlast:     " << last();
  }
  const std::string& last() const { return states_[took_ - 1]; }
  // What was found when the log was opened again is durable.
  void TookRestart() { synced_ = took_ - 1; }
  const IoStatus& failure() const { return failure_; }

 private:
  // The states of the storage in memory, as far as somebody went: the calls depend on the seed
  // alone, and the text of a state costs more than its call.
  static std::vector<std::string>& StatesOf(std::uint64_t seed) {
    static std::map<std::uint64_t, std::vector<std::string>> states;
    return states[seed];
  }
  void Took() {
    if (states_.size() == took_) states_.push_back(Text(memory_));
    ++took_;
  }

  bool Call(Wal& wal) {
    const std::uint64_t what = random_.Below(10);
    const bool appliable = memory_.LastIndex() > memory_.GetSnapshot()->index;
    bool sync = true;
    if (what == 0 && appliable) {
      failure_ = SaveSnapshot(wal);
    } else if (what == 1 && memory_.GetSnapshot()->index >= memory_.FirstIndex()) {
      failure_ = Compact(wal);
    } else {
      sync = random_.Below(3) > 0;
      failure_ = Save(wal, what == 2, sync);
    }
    if (failure_.has_value() && sync && synced_ + 1 < took_) {
      before_last_sync_ = synced_;
      synced_ = took_ - 1;
    }
    return failure_.has_value();
  }

  SnapshotPtr SnapshotAt(Index index, Term term) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->index = index;
    snapshot->term = term;
    snapshot->conf_state.voters = {NodeId(1), NodeId(2)};
    snapshot->data = std::string(random_.Below(700), 's');
    return snapshot;
  }

  IoStatus SaveSnapshot(Wal& wal) {
    const Index last = memory_.GetSnapshot()->index;
    const Index index = last + 1 + random_.Below(memory_.LastIndex() - last);
    const SnapshotPtr snapshot =
        SnapshotAt(index, memory_.TermAt(std::max(index, memory_.FirstIndex() - 1)));
    memory_.SaveSnapshot(snapshot);
    Took();
    return wal.SaveSnapshot(snapshot);
  }

  IoStatus Compact(Wal& wal) {
    const Index first = memory_.FirstIndex();
    const Index index = first + random_.Below(memory_.GetSnapshot()->index - first + 1);
    memory_.Compact(index);
    Took();
    return wal.Compact(index);
  }

  IoStatus Save(Wal& wal, bool install, bool sync) {
    if (random_.Below(4) == 0) term_ = term_ + 1;
    SnapshotPtr snapshot;
    if (install) {
      snapshot = SnapshotAt(memory_.LastIndex() + 1 + random_.Below(3), term_);
      memory_.Install(snapshot);
      Took();
    }
    std::vector<Entry> entries;
    const Index kept = std::max(memory_.GetSnapshot()->index, memory_.FirstIndex() - 1);
    Index index = memory_.LastIndex() + 1;
    if (index > kept + 1 && random_.Below(3) == 0) index = kept + 1 + random_.Below(index - kept);
    for (std::uint64_t count = random_.Below(6); count > 0; --count, ++index) {
      const std::uint64_t size = random_.Below(random_.Below(10) == 0 ? 3000 : 40);
      entries.push_back({term_, index, EntryType::kNormal,
                         std::string(size, static_cast<char>('a' + random_.Below(26)))});
      memory_.Append({entries.back()});
      Took();
    }
    std::optional<HardState> state;
    if (random_.Below(2) == 0) {
      state = {term_, NodeId(random_.Below(4)), Index(random_.Below(9))};
      memory_.SetHardState(*state);
      Took();
    }
    return wal.Save(snapshot, entries, state, sync);
  }

  Random random_;
  MemoryStorage memory_;
  Term term_{1};
  std::vector<std::string>& states_;
  std::size_t took_ = 0;  // so many of `states_` this program has reached
  std::size_t synced_ = 0;
  std::size_t before_last_sync_ = 0;
  IoStatus failure_;
};

inline IoResult<std::unique_ptr<Wal>> OpenOn(const std::shared_ptr<Platter>& platter) {
  return Wal::Open(OpenFaultyDisk(platter), kThree, kSmall);
}

// A log that is also closed and opened again, every few calls.
class Life {
 public:
  explicit Life(std::uint64_t seed) : program_(seed) {}

  // Returns false once a call, or opening the log, has failed.
  bool Run(const std::shared_ptr<Platter>& platter, int calls) {
    constexpr int kBetweenRestarts = 6;
    std::unique_ptr<Wal> wal;
    for (int k = 0; k < calls; ++k) {
      if (k % kBetweenRestarts == 0) {
        wal.reset();
        auto opened = OpenOn(platter);
        if (!opened) return false;
        wal = std::move(*opened);
        program_.TookRestart();
      }
      if (!program_.Run(*wal, 1)) return false;
    }
    return true;
  }
  const Program& program() const { return program_; }

 private:
  Program program_;
};

// How a life goes on after a fault.
enum class Then : std::uint8_t {
  kPowerGoes,
  kProcessEnds,           // what was written and not synced stays
  kProcessEndsThenPower,  // ... until the log was opened again: that must have made it durable
};

// The life of `seed`, with `fault` at operation `at`; then the log must have a state that it may
// have, and keep it.
inline void CheckFault(std::uint64_t seed, int calls, std::uint64_t at, Fault fault, Then then) {
  SCOPED_TRACE("seed " + std::to_string(seed) + ", fault " +
               std::to_string(static_cast<int>(fault)) + " at operation " + std::to_string(at) +
               ", then " + std::to_string(static_cast<int>(then)));
  auto platter = std::make_shared<Platter>(seed * 100000 + at);
  platter->FailAt(at, fault);
  Life life(seed);
  life.Run(platter, calls);
  platter->FailNoMore();
  if (then == Then::kPowerGoes || platter->crashed()) platter->Restart();
  std::string found;
  {
    auto wal = OpenOn(platter);
    ASSERT_TRUE(wal.has_value()) << wal.error().message;
    found = Text(**wal);
    ASSERT_TRUE(life.program().MayBe(found));
  }
  if (then == Then::kProcessEndsThenPower) platter->Restart();
  auto wal = OpenOn(platter);
  ASSERT_TRUE(wal.has_value()) << wal.error().message;
  ASSERT_EQ(Text(**wal), found) << "what was found once is durable";
}

// Damages one file of a log that nobody has open.  The log must be refused with the name of a file,
// or have the state `last`.
template <class Damage>
void CheckDamage(const Platter& sound, const std::string& last, const std::string& what,
                 Damage damage) {
  SCOPED_TRACE(what);
  const std::shared_ptr<Platter> platter = sound.Copy(1);
  damage(*platter);
  auto wal = OpenOn(platter);
  if (!wal.has_value()) {
    EXPECT_EQ(wal.error().message.find("disk/"), 0U) << wal.error().message;
  } else {
    EXPECT_EQ(Text(**wal), last) << wal.value()->repaired();
  }
}

}  // namespace raft
