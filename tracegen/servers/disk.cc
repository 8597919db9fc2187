#include "tracegen/servers/disk.h"

#include <algorithm>
#include <array>
#include <utility>

#include "raft/check.h"

namespace tracegen {

namespace {

// Small segments, so that schedules fill many of them.
constexpr raft::WalOptions kWalOptions{1024, 64};
constexpr std::uint64_t kNever = std::uint64_t{1} << 62U;

void CheckDone(bool done) { RAFT_CHECK_TRUE(done); }

}  // namespace

Disk::Disk(raft::ConfState conf_state, Kind kind, std::uint64_t seed)
    : storage_(std::make_unique<raft::MemoryStorage>(conf_state)), initial_(std::move(conf_state)) {
  durable_.snapshot = storage_->GetSnapshot();
  if (kind == Kind::kPlain) return;
  platter_ = std::make_shared<Platter>(seed);
  OpenWal();
}

void Disk::OpenWal() {
  auto opened = raft::Wal::Open(OpenFaultyDisk(platter_), initial_, kWalOptions);
  CheckDone(opened.has_value());
  wal_ = std::move(*opened);
}

raft::IoStatus Disk::Save(const OneWrite& write) {
  std::vector<raft::Entry> entries;
  std::optional<raft::HardState> hard_state;
  raft::SnapshotPtr snapshot;
  if (const auto* entry = std::get_if<raft::Entry>(&write)) {
    entries.push_back(*entry);
  } else if (const auto* state = std::get_if<raft::HardState>(&write)) {
    hard_state = *state;
  } else {
    snapshot = std::get<raft::SnapshotPtr>(write);
  }
  return wal_->Save(snapshot, entries, hard_state, false);
}

bool Disk::HoldsInWal(const Content& content) const {
  if (!(wal_->Initial().hard_state == content.hard_state)) return false;
  if (!(*wal_->GetSnapshot() == *content.snapshot)) return false;
  if (wal_->FirstIndex() != content.first || wal_->LastIndex() != content.last_index())
    return false;
  if (wal_->TermAt(content.first - 1) != content.term_before) return false;
  std::vector<raft::Entry> entries;
  if (!content.entries.empty()) {
    wal_->Entries(content.first, content.last_index() + 1, ~std::uint64_t{0}, entries);
  }
  return entries == content.entries;
}

// How many of the unsynced writes the log has kept after a crash.
std::size_t Disk::RecoverWal() {
  OpenWal();
  std::size_t kept = unsynced_.size() + 1;
  Content content = durable_;
  for (std::size_t k = 0; k <= unsynced_.size(); ++k) {
    if (HoldsInWal(content)) kept = k;
    if (k < unsynced_.size()) Apply(unsynced_[k], content);
  }
  RAFT_CHECK(kept, <=, unsynced_.size());  // else the log lost something or made it up
  return kept;
}

raft::IoStatus Disk::Do(OneWrite write) {
  if (const auto* entry = std::get_if<raft::Entry>(&write)) {
    storage_->Append({*entry});
  } else if (const auto* hard_state = std::get_if<raft::HardState>(&write)) {
    storage_->SetHardState(*hard_state);
  } else {
    storage_->Install(std::get<raft::SnapshotPtr>(write));
  }
  raft::IoStatus done;
  if (wal_) done = Save(write);
  unsynced_.push_back(std::move(write));
  return done;
}

std::vector<Disk::OneWrite> Disk::SingleWrites(const DiskWrite& write) {
  std::vector<OneWrite> writes;
  if (write.snapshot) writes.emplace_back(write.snapshot);
  writes.insert(writes.end(), write.entries.begin(), write.entries.end());
  if (write.hard_state) writes.emplace_back(*write.hard_state);
  return writes;
}

void Disk::Write(const DiskWrite& write, std::size_t count) {
  std::vector<OneWrite> writes = SingleWrites(write);
  for (std::size_t k = 0; k < std::min(count, writes.size()); ++k) {
    CheckDone(Do(std::move(writes[k])).has_value());
  }
}

void Disk::Apply(const OneWrite& write, Content& content) {
  if (const auto* entry = std::get_if<raft::Entry>(&write)) {
    content.entries.resize(entry->index - content.first);
    content.entries.push_back(*entry);
  } else if (const auto* hard_state = std::get_if<raft::HardState>(&write)) {
    content.hard_state = *hard_state;
  } else {
    content.snapshot = std::get<raft::SnapshotPtr>(write);
    content.first = content.snapshot->index + 1;
    content.term_before = content.snapshot->term;
    content.entries.clear();
  }
}

void Disk::Sync() {
  for (const OneWrite& write : unsynced_) Apply(write, durable_);
  unsynced_.clear();
  if (wal_) CheckDone(wal_->Sync().has_value());
}

void Disk::Compact(raft::SnapshotPtr snapshot, raft::Index start) {
  for (const OneWrite& write : unsynced_) {
    RAFT_CHECK_TRUE(std::holds_alternative<raft::HardState>(write));
  }
  if (wal_) {
    if (snapshot->index > durable_.snapshot->index)
      CheckDone(wal_->SaveSnapshot(snapshot).has_value());
    if (start >= wal_->FirstIndex()) CheckDone(wal_->Compact(start).has_value());
  }
  if (snapshot->index > durable_.snapshot->index) storage_->SaveSnapshot(snapshot);
  if (start >= storage_->FirstIndex()) storage_->Compact(start);
  durable_.snapshot = std::move(snapshot);
  if (start < durable_.first) return;
  durable_.term_before = storage_->TermAt(start);
  const auto gone = static_cast<std::ptrdiff_t>(start - durable_.first + 1);
  durable_.entries.erase(durable_.entries.begin(), durable_.entries.begin() + gone);
  durable_.first = start + 1;
}

std::size_t Disk::Crash(std::size_t keep) {
  if (wal_) {
    wal_.reset();
    platter_->Restart();
  }
  return Stop(keep);
}

// With a write-ahead log, the disk fails during one of the log's own writes or has no room for it.
// Whether that write survives is undetermined.
std::size_t Disk::FailWrite(const DiskWrite& write, std::size_t count) {
  Write(write, count);
  if (wal_) {
    std::vector<OneWrite> writes = SingleWrites(write);
    static constexpr std::array<Fault, 3> kFaults = {Fault::kError, Fault::kShortWrite,
                                                     Fault::kFull};
    platter_->FailAt(0, kFaults[count % kFaults.size()]);
    for (std::size_t k = count; k < writes.size(); ++k) {
      if (!Do(std::move(writes[k]))) break;
    }
    platter_->FailAt(kNever, Fault::kNothing);
    wal_.reset();
  }
  return Stop(unsynced_.size());
}

std::size_t Disk::FailSync(std::size_t keep) {
  if (!wal_) return Stop(keep);
  platter_->FailAt(0, Fault::kError);
  static_cast<void>(wal_->Sync());
  return Crash(keep);
}

std::size_t Disk::Stop(std::size_t keep) {
  const Content before = durable_;
  unsynced_.resize(platter_ ? RecoverWal() : std::min(keep, unsynced_.size()));
  Sync();
  raft::ConfState conf_state = durable_.snapshot->conf_state;
  storage_ = std::make_unique<raft::MemoryStorage>(std::move(conf_state));
  if (durable_.snapshot->index > raft::Index()) storage_->Install(durable_.snapshot);
  storage_->Load(durable_.first, durable_.term_before, durable_.entries);
  storage_->SetHardState(durable_.hard_state);
  const std::vector<raft::Entry>& after = durable_.entries;
  if (durable_.first != before.first) return after.size();
  const auto same =
      std::mismatch(after.begin(), after.end(), before.entries.begin(), before.entries.end()).first;
  return static_cast<std::size_t>(after.end() - same);
}

}  // namespace tracegen
