#include "tracegen/servers/disk.h"

#include <algorithm>
#include <array>
#include <utility>

#include "raft/check.h"

namespace tracegen {

namespace {

// Small segments, so that schedules fill many of them; and some that take several reads.
raft::WalOptions OptionsOf(std::uint64_t seed) {
  return {seed % 4 == 0 ? std::uint64_t{8192} : std::uint64_t{512}, 300};
}

}  // namespace

Disk::Disk(raft::ConfState conf_state, Kind kind, std::uint64_t seed)
    : storage_(std::make_unique<raft::MemoryStorage>(conf_state)),
      initial_(std::move(conf_state)),
      seed_(seed),
      chance_(seed) {
  durable_.snapshot = storage_->GetSnapshot();
  if (kind == Kind::kPlain) return;
  platter_ = std::make_shared<Platter>(seed);
  OpenWal();
}

// ---- Writing ---------------------------------------------------------------------------------

std::vector<Disk::OneWrite> Disk::SingleWrites(const DiskWrite& write) {
  std::vector<OneWrite> writes;
  if (write.snapshot) writes.emplace_back(write.snapshot);
  writes.insert(writes.end(), write.entries.begin(), write.entries.end());
  if (write.hard_state) writes.emplace_back(*write.hard_state);
  return writes;
}

void Disk::Do(OneWrite write) {
  if (const auto* entry = std::get_if<raft::Entry>(&write)) {
    storage_->Append({*entry});
  } else if (const auto* hard_state = std::get_if<raft::HardState>(&write)) {
    storage_->SetHardState(*hard_state);
  } else {
    storage_->Install(std::get<raft::SnapshotPtr>(write));
  }
  unsynced_.push_back(std::move(write));
}

// False if a write-ahead log reports an error; then the log may have any first part of `write`.
bool Disk::Save(const DiskWrite& write, bool sync) {
  for (OneWrite& one : SingleWrites(write)) Do(std::move(one));
  const bool saved =
      !wal_ || wal_->Save(write.snapshot, write.entries, write.hard_state, sync).has_value();
  if (saved && sync) TookSync();
  return saved;
}

void Disk::Write(const DiskWrite& write, bool sync) {
  const bool saved = Save(write, sync);
  RAFT_CHECK_TRUE(saved);
}

void Disk::TookSync() {
  for (const OneWrite& write : unsynced_) Apply(write, durable_);
  unsynced_.clear();
}

void Disk::Apply(const OneWrite& write, Content& content) {
  if (const auto* entry = std::get_if<raft::Entry>(&write)) {
    content.entries.resize(entry->index - content.first);
    content.entries.push_back(*entry);
  } else if (const auto* hard_state = std::get_if<raft::HardState>(&write)) {
    content.hard_state = *hard_state;
  } else if (const auto* installed = std::get_if<raft::SnapshotPtr>(&write)) {
    content.snapshot = *installed;
    content.first = content.snapshot->index + 1;
    content.term_before = content.snapshot->term;
    content.entries.clear();
  } else if (const auto* made = std::get_if<Made>(&write)) {
    content.snapshot = made->snapshot;
  } else {
    const std::uint64_t gone = std::get<Removed>(write).up_to - content.first + 1;
    content.term_before = content.entries[gone - 1].term;
    content.entries.erase(content.entries.begin(),
                          content.entries.begin() + static_cast<std::ptrdiff_t>(gone));
    content.first = content.first + gone;
  }
}

// ---- Compaction ------------------------------------------------------------------------------

std::vector<Disk::OneWrite> Disk::Compaction(const raft::SnapshotPtr& snapshot,
                                             raft::Index start) const {
  for (const OneWrite& write : unsynced_) {
    RAFT_CHECK_TRUE(std::holds_alternative<raft::HardState>(write));
  }
  std::vector<OneWrite> writes;
  if (snapshot->index > durable_.snapshot->index) writes.emplace_back(Made{snapshot});
  if (start >= durable_.first) writes.emplace_back(Removed{start});
  return writes;
}

raft::IoStatus Disk::CompactWal(const OneWrite& write) {
  const auto* made = std::get_if<Made>(&write);
  return made != nullptr ? wal_->SaveSnapshot(made->snapshot)
                         : wal_->Compact(std::get<Removed>(write).up_to);
}

void Disk::Compact(const raft::SnapshotPtr& snapshot, raft::Index start) {
  for (const OneWrite& write : Compaction(snapshot, start)) {
    const bool compacted = !wal_ || CompactWal(write).has_value();
    RAFT_CHECK_TRUE(compacted);
    Apply(write, durable_);
    if (std::holds_alternative<Made>(write)) storage_->SaveSnapshot(snapshot);
    if (std::holds_alternative<Removed>(write)) storage_->Compact(start);
  }
}

bool Disk::CompactsWhenItCrashes(std::size_t chance) const {
  return wal_ && Chance(~chance).Below(2) == 0;
}

void Disk::CrashCompacting(const raft::SnapshotPtr& snapshot, raft::Index start,
                           std::size_t chance) {
  chance_ = Chance(chance);
  const std::vector<OneWrite> writes = Compaction(snapshot, start);
  platter_->FailAt(chance_.Below(16), DrawFault());
  for (const OneWrite& write : writes) {
    unsynced_.push_back(write);
    if (!CompactWal(write)) break;
    TookSync();
  }
  StopWal(chance_.Below(2) == 0);
}

// ---- How it stops ----------------------------------------------------------------------------

// Of the stop that is about to come: not of those before it, so that a schedule that is shrunk
// meets the same faults.
raft::Random Disk::Chance(std::size_t operand) const {
  return raft::Random(raft::Random::Mix(seed_ + stops_ * 1000003) + operand);
}

Fault Disk::DrawFault() {
  static constexpr std::array<Fault, 6> kFaults = {
      Fault::kError, Fault::kShortWrite, Fault::kFull, Fault::kCrash, Fault::kCrash, Fault::kError};
  return kFaults[chance_.Below(kFaults.size())];
}

std::size_t Disk::Crash(std::size_t keep) {
  if (!wal_) return Stop(keep);
  chance_ = Chance(keep);
  const Content before = durable_;
  StopWal(chance_.Below(3) != 0);
  return ChangedSince(before);
}

// Most saves take one operation or two, those that begin a segment or install a snapshot a dozen.
void Disk::ArmWrite(Fault fault) {
  const std::uint64_t within = chance_.Below(2) == 0 ? 2 : 16;
  platter_->FailAt(chance_.Below(within), fault);
}

std::size_t Disk::CrashWriting(const DiskWrite& write, std::size_t count) {
  if (!wal_) return FailWrite(write, count);
  chance_ = Chance(count);
  const Content before = durable_;
  ArmWrite(Fault::kCrash);
  static_cast<void>(Save(write, true));
  StopWal(true);
  return ChangedSince(before);
}

std::size_t Disk::FailWrite(const DiskWrite& write, std::size_t count) {
  if (wal_) {
    chance_ = Chance(count);
    static constexpr std::array<Fault, 3> kFaults = {Fault::kError, Fault::kShortWrite,
                                                     Fault::kFull};
    ArmWrite(kFaults[chance_.Below(kFaults.size())]);
    const Content before = durable_;
    const bool failed = !Save(write, true);
    const bool stays_failed = failed == !wal_->Sync().has_value();
    RAFT_CHECK_TRUE(stays_failed);
    StopWal(chance_.Below(2) == 0);
    return ChangedSince(before);
  }
  std::vector<OneWrite> writes = SingleWrites(write);
  for (std::size_t k = 0; k < std::min(count, writes.size()); ++k) Do(std::move(writes[k]));
  return Stop(unsynced_.size());
}

std::size_t Disk::FailSync(const DiskWrite& write, std::size_t keep) {
  Write(write, false);
  if (!wal_) return Stop(keep);
  chance_ = Chance(keep);
  const Content before = durable_;
  platter_->FailAt(0, Fault::kError);
  static_cast<void>(wal_->Sync());
  StopWal(chance_.Below(2) == 0);
  return ChangedSince(before);
}

std::size_t Disk::Stop(std::size_t keep) {
  unsynced_.resize(std::min(keep, unsynced_.size()));
  const Content before = durable_;
  Stopped();
  return ChangedSince(before);
}

void Disk::StopWal(bool power_goes) {
  wal_.reset();
  platter_->Reseed(chance_.Next());
  if (power_goes || platter_->crashed()) platter_->Restart();
  platter_->FailNoMore();
  FailRecovering();
  unsynced_.resize(RecoverWal());
  Stopped();
  if (chance_.Below(3) == 0) TryPowerCut();
  if (chance_.Below(3) == 0) TryDamage();
}

// All that is left is durable.
void Disk::Stopped() {
  ++stops_;
  TookSync();
  raft::ConfState conf_state = durable_.snapshot->conf_state;
  storage_ = std::make_unique<raft::MemoryStorage>(std::move(conf_state));
  if (durable_.snapshot->index > raft::Index()) storage_->Install(durable_.snapshot);
  storage_->Load(durable_.first, durable_.term_before, durable_.entries);
  storage_->SetHardState(durable_.hard_state);
}

// How many entries at the end of the log are others.
std::size_t Disk::ChangedSince(const Content& before) const {
  const std::vector<raft::Entry>& after = durable_.entries;
  if (durable_.first != before.first) return after.size();
  const auto same =
      std::mismatch(after.begin(), after.end(), before.entries.begin(), before.entries.end()).first;
  return static_cast<std::size_t>(after.end() - same);
}

// ---- Recovery of a write-ahead log -----------------------------------------------------------

void Disk::OpenWal() {
  auto opened = raft::Wal::Open(OpenFaultyDisk(platter_), initial_, OptionsOf(seed_));
  const bool log_opens = opened.has_value();
  RAFT_CHECK_TRUE(log_opens);
  wal_ = std::move(*opened);
}

// The host tries to start, and something goes wrong again.
void Disk::FailRecovering() {
  for (std::uint64_t attempts = chance_.Below(3); attempts > 0; --attempts) {
    platter_->FailAt(chance_.Below(32), DrawFault());
    static_cast<void>(raft::Wal::Open(OpenFaultyDisk(platter_), initial_, OptionsOf(seed_)));
    platter_->FailNoMore();
    if (platter_->crashed() || chance_.Below(2) == 0) platter_->Restart();
  }
}

bool Disk::Holds(const raft::Wal& wal, const Content& content) {
  if (!(wal.Initial().hard_state == content.hard_state)) return false;
  if (!(*wal.GetSnapshot() == *content.snapshot)) return false;
  if (wal.FirstIndex() != content.first || wal.LastIndex() != content.last_index()) return false;
  if (wal.TermAt(content.first - 1) != content.term_before) return false;
  std::vector<raft::Entry> entries;
  if (!content.entries.empty()) {
    wal.Entries(content.first, content.last_index() + 1, ~std::uint64_t{0}, entries);
  }
  return entries == content.entries;
}

// How many of the unsynced writes the log has kept.
std::size_t Disk::RecoverWal() {
  OpenWal();
  std::size_t kept = unsynced_.size() + 1;
  Content content = durable_;
  for (std::size_t k = 0; k <= unsynced_.size(); ++k) {
    if (Holds(*wal_, content)) kept = k;
    if (k < unsynced_.size()) Apply(unsynced_[k], content);
  }
  RAFT_CHECK(kept, <=, unsynced_.size());  // else the log lost something or made it up
  return kept;
}

// What was found when the log was opened is built upon, so it must be durable by then.
void Disk::TryPowerCut() {
  const std::shared_ptr<Platter> twin = platter_->Twin(chance_.Next());
  twin->Restart();
  auto again = raft::Wal::Open(OpenFaultyDisk(twin), initial_, OptionsOf(seed_));
  const bool found_again = again && Holds(**again, durable_);
  RAFT_CHECK_TRUE(found_again);
}

// One file of a copy is damaged, which the log must notice unless nothing is lost by it.  (Damage
// to the last thing that was synced looks like a torn tail; here that says nothing new.)
void Disk::TryDamage() {
  const std::shared_ptr<Platter> copy = platter_->Copy(chance_.Next());
  const auto open = [&] {
    return raft::Wal::Open(OpenFaultyDisk(copy), initial_, OptionsOf(seed_));
  };
  {
    auto wal = open();
    const bool copy_is_sound =
        wal.has_value() && (*wal)->Save(nullptr, {}, durable_.hard_state, true).has_value();
    RAFT_CHECK_TRUE(copy_is_sound);
  }
  const std::vector<std::string> names = copy->Names();
  const std::string& name = names[chance_.Below(names.size())];
  const std::string content = copy->Content(name);
  const std::size_t size = content.size();
  const std::size_t used = std::min(size, content.find_last_not_of('\0') + 17);
  const std::uint64_t how = chance_.Below(5);
  const auto bit = static_cast<unsigned>(chance_.Below(8));
  std::uint64_t byte = chance_.Below(used);
  if (how == 0) copy->Lose(name);
  if (how == 1) copy->CutOff(name, byte);
  // Records begin at multiples of 8, with their size.
  if (how == 2) byte = std::min<std::uint64_t>(byte | 3U, used - 1) & ~std::uint64_t{4};
  if (how >= 2) copy->FlipBit(name, byte, bit);
  auto damaged = open();
  const bool damage_is_noticed = damaged
                                     ? Holds(**damaged, durable_)
                                     : damaged.error().message.find("disk/") != std::string::npos;
  RAFT_CHECK_TRUE(damage_is_noticed);
}

}  // namespace tracegen
