#include "raft/storage/wal.h"

#include <algorithm>

#include "raft/check.h"
#include "raft/log.h"

namespace raft {
namespace {

constexpr std::uint64_t kPointEntries = 64;
constexpr std::uint64_t kPointBytes = 64U << 10U;

}  // namespace

Wal::Wal(std::unique_ptr<Disk> disk, const WalOptions& options)
    : options_(options), disk_(std::move(disk)) {}
Wal::~Wal() = default;

IoStatus Wal::Fail(IoStatus status) {
  if (failed_) failed_ = std::move(status);
  return failed_;
}

// ---- Writing ---------------------------------------------------------------------------------

IoStatus Wal::Save(const SnapshotPtr& snapshot, const std::vector<Entry>& entries,
                   const std::optional<HardState>& state, bool sync) {
  if (!failed_) return failed_;
  if (!snapshot && entries.empty() && !state) return sync ? Sync() : IoStatus();
  std::uint64_t room = kSmallFrames;
  for (const Entry& entry : entries) room += EntryFrameSize(entry);
  if (IoStatus made = Room(room); !made) return made;
  if (snapshot) {
    RAFT_CHECK(snapshot->index, >, state_.snapshot.index);
    if (IoStatus written = WriteSnapshotFile(*snapshot); !written) return Fail(written);
    const Position position{snapshot->index, snapshot->term};
    writer_.Add(RecordType::kInstall, position);
    TookInstall(position);
    conf_state_ = snapshot->conf_state;
    snapshot_ = snapshot;
  }
  for (const Entry& entry : entries) {
    RAFT_CHECK(entry.index, >, state_.start.index);
    RAFT_CHECK(entry.index, <=, state_.last.index + 1);
    const std::uint64_t offset = writer_.end();
    writer_.Add(entry);
    Note(entry, offset);
    cached_bytes_ += entry.data.size();
    cache_.push_back(entry);
  }
  if (state) {
    writer_.Add(*state);
    state_.hard_state = *state;
  }
  if (IoStatus written = WriteFrames(); !written) return written;
  // Only now: what is no more in the cache is read from the file.
  while (cached_bytes_ > options_.cache_bytes && !cache_.empty()) {
    cached_bytes_ -= cache_.front().data.size();
    cache_.pop_front();
  }
  return sync ? Sync() : IoStatus();
}

// Room for so many bytes, and the frames' place.  What is known to be durable goes first.
IoStatus Wal::Room(std::uint64_t bytes) {
  if (end_ + bytes > capacity_) {
    if (IoStatus rolled = Roll(bytes); !rolled) return Fail(rolled);
  }
  writer_.Begin(segments_.back().number, end_);
  if (durable_end_ > noted_end_) {
    writer_.AddSynced(durable_end_);
    noted_end_ = durable_end_;
  }
  return {};
}

IoStatus Wal::WriteFrames() {
  if (writer_.bytes().empty()) return {};
  IoStatus written = segments_.back().file->WriteAt(end_, writer_.bytes());
  if (!written) return Fail(written);
  end_ = writer_.end();
  return {};
}

IoStatus Wal::Sync() {
  if (!failed_) return failed_;
  if (durable_end_ < end_) {
    if (IoStatus synced = segments_.back().file->Sync(); !synced) return Fail(synced);
    durable_end_ = end_;
  }
  for (const std::string& name : obsolete_) {
    if (IoStatus removed = disk_->Remove(name); !removed) return Fail(removed);
  }
  obsolete_.clear();
  return {};
}

// The last segment is full.  It is durable before the next one is there: only the last one's tail
// can be torn.
IoStatus Wal::Roll(std::uint64_t room) {
  if (durable_end_ < end_) {
    if (IoStatus synced = segments_.back().file->Sync(); !synced) return synced;
  }
  return AddSegment(segments_.back().number + 1, room);
}

IoStatus Wal::AddSegment(std::uint64_t number, std::uint64_t room) {
  SegmentHeader header = state_;
  header.number = number;
  header.previous_end = segments_.empty() ? 0 : end_;
  writer_.Begin(number, 0);
  writer_.Add(header);
  const std::uint64_t capacity = std::max(options_.segment_bytes, writer_.end() + room);
  const std::string name = SegmentName(number);
  IoResult<std::unique_ptr<File>> file = disk_->Create(name + ".tmp");
  if (!file) return IoFailure(std::move(file.error()));
  if (IoStatus s = (*file)->Allocate(capacity); !s) return s;
  if (IoStatus s = (*file)->WriteAt(0, writer_.bytes()); !s) return s;
  if (IoStatus s = (*file)->Sync(); !s) return s;
  if (IoStatus s = disk_->Rename(name + ".tmp", name); !s) return s;
  if (IoStatus s = disk_->SyncFolder(); !s) return s;
  capacity_ = capacity;
  end_ = durable_end_ = noted_end_ = writer_.end();
  new_point_ = true;
  segments_.push_back({number, std::move(*file), Index()});
  return {};
}

// Beside its place, and moved there when it is whole.
IoStatus Wal::WriteSnapshotFile(const Snapshot& snapshot) {
  const std::string name = SnapshotName({snapshot.index, snapshot.term});
  IoResult<std::unique_ptr<File>> file = disk_->Create(name + ".tmp");
  if (!file) return IoFailure(std::move(file.error()));
  if (IoStatus s = (*file)->WriteAt(0, WriteSnapshot(snapshot)); !s) return s;
  if (IoStatus s = (*file)->Sync(); !s) return s;
  if (IoStatus s = disk_->Rename(name + ".tmp", name); !s) return s;
  return disk_->SyncFolder();
}

IoStatus Wal::SaveSnapshot(const SnapshotPtr& snapshot) {
  if (!failed_) return failed_;
  RAFT_CHECK(snapshot->index, >, state_.snapshot.index);
  RAFT_CHECK(snapshot->index, <=, state_.last.index);
  if (IoStatus written = WriteSnapshotFile(*snapshot); !written) return Fail(written);
  if (IoStatus made = Room(kSmallFrames); !made) return made;
  const Position position{snapshot->index, snapshot->term};
  writer_.Add(RecordType::kSnapshot, position);
  obsolete_.push_back(SnapshotName(state_.snapshot));
  state_.snapshot = position;
  conf_state_ = snapshot->conf_state;
  snapshot_ = snapshot;
  if (IoStatus written = WriteFrames(); !written) return written;
  return Sync();
}

IoStatus Wal::Compact(Index index) {
  if (!failed_) return failed_;
  RAFT_CHECK(index, >=, FirstIndex());
  RAFT_CHECK(index, <=, state_.snapshot.index);
  const Position position{index, TermAt(index)};
  if (IoStatus made = Room(kSmallFrames); !made) return made;
  writer_.Add(RecordType::kCompact, position);
  TookCompact(position);
  if (IoStatus written = WriteFrames(); !written) return written;
  if (IoStatus synced = Sync(); !synced) return synced;
  while (segments_.size() > 1 && segments_.front().max_index <= index) {
    if (IoStatus s = disk_->Remove(SegmentName(segments_.front().number)); !s) return Fail(s);
    // One by one, for a gap would be refused.
    if (IoStatus s = disk_->SyncFolder(); !s) return Fail(s);
    segments_.pop_front();
  }
  return {};
}

// ---- What is where ---------------------------------------------------------------------------

void Wal::Note(const Entry& entry, std::uint64_t offset) {
  if (entry.index <= state_.last.index) {
    while (!points_.empty() && points_.back().index >= entry.index) points_.pop_back();
    while (!terms_.empty() && terms_.back().first >= entry.index) terms_.pop_back();
    while (!cache_.empty() && cache_.back().index >= entry.index) {
      cached_bytes_ -= cache_.back().data.size();
      cache_.pop_back();
    }
    new_point_ = true;
  }
  Segment& segment = segments_.back();
  if (new_point_ || entry.index - points_.back().index >= kPointEntries ||
      offset - points_.back().offset >= kPointBytes) {
    points_.push_back({entry.index, segment.number, offset});
    new_point_ = false;
  }
  if (terms_.empty() || terms_.back().second != entry.term) {
    terms_.emplace_back(entry.index, entry.term);
  }
  segment.max_index = std::max(segment.max_index, entry.index);
  state_.last = {entry.index, entry.term};
}

void Wal::TookInstall(const Position& position) {
  obsolete_.push_back(SnapshotName(state_.snapshot));
  state_.snapshot = state_.start = state_.last = position;
  points_.clear();
  terms_.clear();
  cache_.clear();
  cached_bytes_ = 0;
  new_point_ = true;
}

void Wal::TookCompact(const Position& position) {
  state_.start = position;
  const Index first = position.index + 1;
  while (points_.size() > 1 && points_[1].index <= first) points_.pop_front();
  while (terms_.size() > 1 && terms_[1].first <= first) terms_.pop_front();
  while (!cache_.empty() && cache_.front().index < first) {
    cached_bytes_ -= cache_.front().data.size();
    cache_.pop_front();
  }
}

// ---- Reading ---------------------------------------------------------------------------------

Term Wal::TermAt(Index index) const {
  RAFT_CHECK(index, >=, state_.start.index);
  RAFT_CHECK(index, <=, state_.last.index);
  if (index == state_.start.index) return state_.start.term;
  if (index == state_.last.index) return state_.last.term;
  const auto after =
      std::upper_bound(terms_.begin(), terms_.end(), index,
                       [](Index i, const std::pair<Index, Term>& run) { return i < run.first; });
  return std::prev(after)->second;
}

void Wal::Entries(Index low, Index high, std::uint64_t max_bytes, std::vector<Entry>& out) const {
  RAFT_CHECK(low, >, state_.start.index);
  RAFT_CHECK(low, <, high);
  RAFT_CHECK(high, <=, state_.last.index + 1);
  if (cache_.empty() || low < cache_.front().index) return ReadFrom(low, high, max_bytes, out);
  const auto begin = cache_.begin() + static_cast<std::ptrdiff_t>(low - cache_.front().index);
  const auto end = begin + static_cast<std::ptrdiff_t>(high - low);
  out.insert(out.end(), begin, EndWithin(begin, end, max_bytes));
}

const Wal::Segment& Wal::SegmentAt(std::uint64_t number) const {
  return segments_[number - segments_.front().number];
}

// From the files, from the nearest point on.
void Wal::ReadFrom(Index low, Index high, std::uint64_t max_bytes, std::vector<Entry>& out) const {
  const auto after = std::upper_bound(points_.begin(), points_.end(), low,
                                      [](Index i, const Point& point) { return i < point.index; });
  std::uint64_t bytes = 0;
  Index next = low;
  for (auto point = std::prev(after); next < high; ++point) {
    const auto following = std::next(point);
    const Index end = following == points_.end() ? high : std::min(high, following->index);
    FrameReader reader(SegmentAt(point->segment).file.get(), point->segment, point->offset);
    Frame frame;
    while (next < end) {
      const bool read = reader.Next(frame) == FrameReader::Result::kFrame;
      RAFT_CHECK_TRUE(read);
      if (frame.type != RecordType::kEntry) continue;
      std::optional<Entry> entry = ReadEntry(frame.fields, true);
      RAFT_CHECK_TRUE(entry.has_value());
      if (entry->index < next) continue;
      RAFT_CHECK(entry->index, ==, next);
      bytes += entry->data.size();
      if (next > low && bytes > max_bytes) return;
      out.push_back(std::move(*entry));
      ++next;
    }
  }
}

SnapshotPtr Wal::GetSnapshot() const {
  if (SnapshotPtr loaded = snapshot_.lock()) return loaded;
  const std::string name = SnapshotName(state_.snapshot);
  IoResult<std::unique_ptr<File>> file = disk_->Open(name);
  if (!file) return nullptr;
  IoResult<std::uint64_t> size = (*file)->Size();
  if (!size) return nullptr;
  std::string bytes(*size, '\0');
  IoResult<std::size_t> read = (*file)->ReadAt(0, bytes.data(), bytes.size());
  if (!read || *read != bytes.size()) return nullptr;
  std::optional<Snapshot> snapshot = ReadSnapshot(bytes);
  if (!snapshot || snapshot->index != state_.snapshot.index ||
      snapshot->term != state_.snapshot.term) {
    return nullptr;
  }
  auto loaded = std::make_shared<const Snapshot>(std::move(*snapshot));
  snapshot_ = loaded;
  return loaded;
}

}  // namespace raft
