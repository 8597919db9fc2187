#include "raft/storage/wal.h"

#include <algorithm>

#include "raft/check.h"
#include "raft/log.h"

namespace raft {
namespace {

constexpr std::uint64_t kPointEntries = 64;
constexpr std::uint64_t kPointBytes = 64U << 10U;

// What an entry in the cache takes: a payload has a header, and the allocator adds its own.
std::uint64_t CacheBytes(const Entry& entry) {
  constexpr std::uint64_t kPayloadHeader = 40;
  constexpr std::uint64_t kAllocator = 8;
  return sizeof(Entry) + kAllocator + (entry.data.empty() ? 0 : entry.data.size() + kPayloadHeader);
}

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
  return Attempt([&]() -> IoStatus {
    if (snapshot || !entries.empty() || state) {
      if (IoStatus saved = TrySave(snapshot, entries, state); !saved) return saved;
    }
    return sync ? TrySync() : IoStatus();
  });
}

IoStatus Wal::Sync() {
  return Attempt([&] { return TrySync(); });
}

IoStatus Wal::SaveSnapshot(const SnapshotPtr& snapshot) {
  return Attempt([&] { return TrySaveSnapshot(snapshot); });
}

IoStatus Wal::Compact(Index index) {
  return Attempt([&] { return TryCompact(index); });
}

// Memory follows the disk: what is not written is not in memory.
IoStatus Wal::TrySave(const SnapshotPtr& snapshot, const std::vector<Entry>& entries,
                      const std::optional<HardState>& state) {
  const Position begin = snapshot ? Position{snapshot->index, snapshot->term} : state_.start;
  Index last = snapshot ? snapshot->index : state_.last.index;
  std::uint64_t room = kSmallFrames;
  for (const Entry& entry : entries) {
    RAFT_CHECK(entry.index, >, begin.index);
    RAFT_CHECK(entry.index, <=, last + 1);
    if (entry.data.size() > Payload::kMaxSize) {
      return IoFailure("an entry of " + std::to_string(entry.data.size()) +
                       " bytes cannot be stored: at most " + std::to_string(Payload::kMaxSize));
    }
    last = entry.index;
    room += EntryFrameSize(entry);
  }
  if (IoStatus made = Room(room); !made) return made;
  if (snapshot) {
    RAFT_CHECK(snapshot->index, >, state_.snapshot.index);
    if (IoStatus written = WriteSnapshotFile(*snapshot); !written) return Fail(written);
    writer_.Add(RecordType::kInstall, begin);
  }
  offsets_.clear();
  for (const Entry& entry : entries) {
    offsets_.push_back(writer_.end());
    writer_.Add(entry);
  }
  if (state) writer_.Add(*state);
  if (IoStatus written = WriteFrames(); !written) return written;
  if (snapshot) {
    TookInstall(begin);
    conf_state_ = snapshot->conf_state;
    snapshot_ = snapshot;
  }
  for (std::size_t k = 0; k < entries.size(); ++k) {
    Note(entries[k], offsets_[k]);
    Cache(entries[k]);
  }
  if (state) state_.hard_state = *state;
  return {};
}

// Room for so many bytes, and the frames' place.  What is known to be durable goes first.
IoStatus Wal::Room(std::uint64_t bytes) {
  if (end_ + bytes > capacity_) {
    if (IoStatus rolled = Roll(bytes); !rolled) return Fail(rolled);
  }
  writer_.Begin(segments_.back().number, end_);
  if (durable_end_ > noted_end_) {
    writer_.Add(RecordType::kSynced, durable_end_);
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

IoStatus Wal::TrySync() {
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
// can be torn.  And it says that the next one is there before anything in that one counts.
IoStatus Wal::Roll(std::uint64_t room) {
  if (durable_end_ < end_) {
    if (IoStatus synced = segments_.back().file->Sync(); !synced) return synced;
  }
  segments_.back().end = end_;
  if (IoStatus added = AddSegment(segments_.back().number + 1, room); !added) return added;
  return MarkFollowed(segments_[segments_.size() - 2]);
}

IoStatus Wal::AddSegment(std::uint64_t number, std::uint64_t room) {
  SegmentHeader header = state_;
  header.number = number;
  header.previous_end = segments_.empty() ? 0 : end_;
  header.room = std::max(options_.segment_bytes, kSmallFrames + room);
  writer_.Begin(number, 0);
  writer_.Add(header);
  const std::string name = SegmentName(number);
  IoResult<std::unique_ptr<File>> file = disk_->Create(name + ".tmp");
  if (!file) return IoFailure(std::move(file.error()));
  if (IoStatus s = (*file)->Allocate(header.room); !s) return s;
  if (IoStatus s = (*file)->WriteAt(0, writer_.bytes()); !s) return s;
  if (IoStatus s = (*file)->Sync(); !s) return s;
  if (IoStatus s = disk_->Rename(name + ".tmp", name); !s) return s;
  if (IoStatus s = disk_->SyncFolder(); !s) return s;
  segments_.push_back({number, std::move(*file), Index()});
  capacity_ = header.room;
  end_ = durable_end_ = noted_end_ = writer_.end();
  new_point_ = true;
  return {};
}

IoStatus Wal::MarkFollowed(Segment& segment) {
  FrameWriter next;
  next.Begin(segment.number, segment.end);
  next.Add(RecordType::kNext, segment.number + 1);
  if (IoStatus s = segment.file->WriteAt(segment.end, next.bytes()); !s) return s;
  if (IoStatus s = segment.file->Sync(); !s) return s;
  segment.followed = true;
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

IoStatus Wal::TrySaveSnapshot(const SnapshotPtr& snapshot) {
  RAFT_CHECK(snapshot->index, >, state_.snapshot.index);
  RAFT_CHECK(snapshot->index, <=, state_.last.index);
  if (IoStatus written = WriteSnapshotFile(*snapshot); !written) return Fail(written);
  if (IoStatus made = Room(kSmallFrames); !made) return made;
  const Position position{snapshot->index, snapshot->term};
  writer_.Add(RecordType::kSnapshot, position);
  if (IoStatus written = WriteFrames(); !written) return written;
  obsolete_.push_back(SnapshotName(state_.snapshot));
  state_.snapshot = position;
  conf_state_ = snapshot->conf_state;
  snapshot_ = snapshot;
  return TrySync();
}

IoStatus Wal::TryCompact(Index index) {
  RAFT_CHECK(index, >=, FirstIndex());
  RAFT_CHECK(index, <=, state_.snapshot.index);
  const Position position{index, TermAt(index)};
  if (IoStatus made = Room(kSmallFrames); !made) return made;
  writer_.Add(RecordType::kCompact, position);
  if (IoStatus written = WriteFrames(); !written) return written;
  TookCompact(position);
  if (IoStatus synced = TrySync(); !synced) return synced;
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
      cached_bytes_ -= CacheBytes(cache_.back());
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

// REQUIRES: the entry is written: what is no more in the cache is read from the file.
void Wal::Cache(const Entry& entry) {
  cache_.push_back(entry);
  cached_bytes_ += CacheBytes(entry);
  while (cached_bytes_ > options_.cache_bytes && !cache_.empty()) {
    cached_bytes_ -= CacheBytes(cache_.front());
    cache_.pop_front();
  }
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
    cached_bytes_ -= CacheBytes(cache_.front());
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

IoResult<Snapshot> Wal::ReadSnapshotFile() const {
  const std::string name = SnapshotName(state_.snapshot);
  IoResult<std::unique_ptr<File>> file = disk_->Open(name);
  if (!file) return IoFailure(std::move(file.error()));
  IoResult<std::uint64_t> size = (*file)->Size();
  if (!size) return IoFailure(std::move(size.error()));
  std::string bytes(*size, '\0');
  IoResult<std::size_t> read = (*file)->ReadAt(0, bytes.data(), bytes.size());
  if (!read) return IoFailure(std::move(read.error()));
  bytes.resize(*read);
  IoResult<Snapshot> snapshot = ReadSnapshot(bytes, state_.snapshot);
  if (!snapshot) return IoFailure(disk_->PathOf(name) + ": " + snapshot.error().message);
  return snapshot;
}

SnapshotPtr Wal::GetSnapshot() const {
  if (SnapshotPtr loaded = snapshot_.lock()) return loaded;
  IoResult<Snapshot> snapshot = ReadSnapshotFile();
  if (!snapshot) return nullptr;
  auto loaded = std::make_shared<const Snapshot>(std::move(*snapshot));
  snapshot_ = loaded;
  return loaded;
}

}  // namespace raft
