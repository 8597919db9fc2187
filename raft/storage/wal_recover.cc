// Opening a write-ahead log: from its files to the state that they promise.
#include <algorithm>

#include "raft/storage/wal.h"

namespace raft {
namespace {

bool EndsWith(std::string_view name, std::string_view end) {
  return name.size() >= end.size() && name.substr(name.size() - end.size()) == end;
}

}  // namespace

IoResult<std::unique_ptr<Wal>> Wal::Open(std::unique_ptr<Disk> disk, const ConfState& initial,
                                         const WalOptions& options) {
  std::unique_ptr<Wal> wal(new Wal(std::move(disk), options));
  const IoStatus opened = wal->Attempt([&]() -> IoStatus {
    if (IoStatus made = wal->disk_->MakeFolder(); !made) return made;
    IoResult<std::unique_ptr<Disk::Lock>> lock = wal->disk_->LockFolder();
    if (!lock) return IoFailure(std::move(lock.error()));
    wal->lock_ = std::move(*lock);
    return wal->Recover(initial);
  });
  if (!opened) return IoFailure(opened.error());
  return wal;
}

IoStatus Wal::Recover(const ConfState& initial) {
  IoResult<std::vector<std::string>> names = disk_->List();
  if (!names) return IoFailure(std::move(names.error()));
  std::vector<std::uint64_t> numbers;
  std::string snapshot;
  for (const std::string& name : *names) {
    if (const auto number = SegmentNumber(name)) numbers.push_back(*number);
    if (SnapshotPosition(name)) snapshot = name;
  }
  if (numbers.empty() && !snapshot.empty()) {
    return IoFailure(disk_->PathOf(snapshot) + " is there, but no segment of its log");
  }
  if (numbers.empty()) return CreateLog(initial);
  if (IoStatus read = RecoverSegments(numbers); !read) return read;
  // The first segment comes before the first snapshot, and nothing is saved before both are there.
  const bool empty = segments_.back().number == 1 && points_.empty() && replayed_ == 0;
  const bool unfinished = empty && snapshot.empty() && torn_.empty();
  // Nothing is changed before all of it is found to be sound.
  if (!unfinished) {
    if (IoStatus loaded = LoadSnapshot(); !loaded) return loaded;
  }
  return MakeDurable(initial, unfinished);
}

// The first segment before the snapshot: whoever finds a snapshot knows that there was a log.  The
// folder first of all: whoever finds a segment knows that the folder is durable.
IoStatus Wal::CreateLog(const ConfState& initial) {
  if (IoStatus s = disk_->SyncParent(); !s) return s;
  if (IoStatus s = AddSegment(1, kSmallFrames); !s) return s;
  if (IoStatus s = WriteSnapshotFile({Index(), Term(), initial, {}}); !s) return s;
  conf_state_ = initial;
  return RemoveLeftovers();
}

// What was found may be so in the memory of the operating system only.  It is built upon from now
// on, so it is written again, and synced.
IoStatus Wal::MakeDurable(const ConfState& initial, bool unfinished) {
  if (IoStatus s = disk_->SyncFolder(); !s) return s;
  if (unfinished) {
    if (IoStatus s = WriteSnapshotFile({Index(), Term(), initial, {}}); !s) return s;
    conf_state_ = initial;
  }
  for (Segment& segment : segments_) {
    if (segment.followed || &segment == &segments_.back()) continue;
    if (IoStatus s = MarkFollowed(segment); !s) return s;
  }
  if (IoStatus s = RewriteTail(); !s) return s;
  if (IoStatus s = RepairTail(); !s) return s;
  return RemoveLeftovers();
}

// What a crash left beside what counts.
IoStatus Wal::RemoveLeftovers() {
  obsolete_.clear();
  IoResult<std::vector<std::string>> names = disk_->List();
  if (!names) return IoFailure(std::move(names.error()));
  for (const std::string& name : *names) {
    const auto snapshot = SnapshotPosition(name);
    const bool old = snapshot && !(*snapshot == state_.snapshot);
    const bool unfinished = EndsWith(name, ".snap.tmp") || EndsWith(name, ".log.tmp");
    if (!old && !unfinished) continue;
    if (IoStatus removed = disk_->Remove(name); !removed) return removed;
  }
  return {};
}

IoStatus Wal::RecoverSegments(const std::vector<std::uint64_t>& numbers) {
  for (std::size_t k = 0; k < numbers.size(); ++k) {
    if (numbers[k] != numbers[0] + k) {
      return IoFailure(disk_->PathOf(SegmentName(numbers[0] + k)) +
                       " is missing: later segments of the log are there");
    }
    IoResult<std::unique_ptr<File>> file = disk_->Open(SegmentName(numbers[k]));
    if (!file) return IoFailure(std::move(file.error()));
    segments_.push_back({numbers[k], std::move(*file), Index()});
    if (IoStatus s = ReplaySegment(segments_.back(), k == 0, k + 1 == numbers.size()); !s) {
      return s;
    }
  }
  return CheckWhole();
}

IoStatus Wal::Damaged(const Segment& segment, std::uint64_t offset, const std::string& what) const {
  return IoFailure(disk_->PathOf(SegmentName(segment.number)) + ": offset " +
                   std::to_string(offset) + ": " + what);
}

IoStatus Wal::ReplaySegment(Segment& segment, bool first, bool last) {
  new_point_ = true;
  marked_ = replayed_ = 0;
  FrameReader reader(segment.file.get(), segment.number, 0);
  if (IoStatus header = ReplayHeader(segment, reader, first); !header) return header;
  Frame frame;
  FrameReader::Result result{};
  while (!segment.followed) {
    result = reader.Next(frame);
    if (result != FrameReader::Result::kFrame) break;
    end_ = frame.offset;
    if (IoStatus taken = ReplayFrame(segment, frame); !taken) return taken;
  }
  if (result == FrameReader::Result::kFailed) return reader.failure();
  if (!segment.followed) end_ = reader.offset();
  segment.end = end_;
  if (result == FrameReader::Result::kDamaged) {
    torn_ = disk_->PathOf(SegmentName(segment.number)) + ": offset " + std::to_string(end_);
  }
  // How far the others reach is in the header of the next one.
  return last ? CheckEnd(segment, reader) : IoStatus();
}

IoStatus Wal::ReplayHeader(const Segment& segment, FrameReader& reader, bool first) {
  Frame frame;
  const FrameReader::Result result = reader.Next(frame);
  if (result == FrameReader::Result::kFailed) return reader.failure();
  std::optional<SegmentHeader> header;
  if (result == FrameReader::Result::kFrame && frame.type == RecordType::kSegment) {
    header = ReadHeader(frame.fields);
  }
  if (!header || header->number != segment.number) {
    return Damaged(segment, 0, "expected the header of this segment");
  }
  IoResult<std::uint64_t> size = segment.file->Size();
  if (!size) return IoFailure(std::move(size.error()));
  if (*size < header->room) {
    return Damaged(
        segment, *size,
        "the file ends here, but it was made with " + std::to_string(header->room) + " bytes");
  }
  if (first) {
    state_ = *header;
  } else if (header->previous_end != end_ && !torn_.empty()) {
    return IoFailure(torn_ + ": the record is damaged, and later segments follow");
  } else if (header->previous_end != end_) {
    return Damaged(segment, 0,
                   "expected a segment that follows one of " + std::to_string(end_) +
                       " bytes, found one that follows " + std::to_string(header->previous_end));
  }
  torn_.clear();  // what came after the end of the previous segment says nothing
  return {};
}

// The end of the last segment: is it the end of all that is durable?
IoStatus Wal::CheckEnd(const Segment& segment, FrameReader& reader) const {
  if (segment.followed) {
    const std::uint64_t next = segment.number + 1;
    return Damaged(segment, end_,
                   disk_->PathOf(SegmentName(next)) + " is missing: this segment says it follows");
  }
  IoResult<bool> durable = reader.LaterSynced(end_);
  if (!durable) return IoFailure(std::move(durable.error()));
  if (!*durable) return {};
  return Damaged(segment, end_, "the record is damaged, and what follows shows it was durable");
}

IoStatus Wal::ReplayFrame(Segment& segment, const Frame& frame) {
  ++replayed_;
  const auto wrong = [&](const std::string& what) { return Damaged(segment, frame.offset, what); };
  switch (frame.type) {
    case RecordType::kEntry: {
      const std::optional<Entry> entry = ReadEntry(frame.fields, false);
      if (!entry) return wrong("expected an entry");
      if (entry->index <= state_.start.index || entry->index > state_.last.index + 1) {
        return wrong("expected an entry from index " + std::to_string(FirstIndex().value()) +
                     " to " + std::to_string(state_.last.index.value() + 1) + ", found index " +
                     std::to_string(entry->index.value()));
      }
      Note(*entry, frame.offset);
      return {};
    }
    case RecordType::kHardState: {
      const std::optional<HardState> state = ReadHardState(frame.fields);
      if (!state) return wrong("expected a hard state");
      state_.hard_state = *state;
      return {};
    }
    case RecordType::kSnapshot:
    case RecordType::kInstall:
    case RecordType::kCompact: {
      const std::optional<Position> position = ReadPosition(frame.fields);
      if (!position) return wrong("expected an index and a term");
      if (frame.type == RecordType::kSnapshot) state_.snapshot = *position;
      if (frame.type == RecordType::kInstall) TookInstall(*position);
      if (frame.type == RecordType::kCompact) TookCompact(*position);
      return {};
    }
    case RecordType::kSynced: {
      const std::optional<std::uint64_t> offset = ReadNumber(frame.fields);
      if (!offset || *offset > frame.offset) return wrong("expected an offset before this one");
      marked_ = std::max(marked_, *offset);
      return {};
    }
    case RecordType::kNext:
      segment.followed = ReadNumber(frame.fields) == segment.number + 1;
      return segment.followed ? IoStatus() : wrong("expected the number of the next segment");
    case RecordType::kSegment:
      break;
  }
  return wrong("a record of an unknown kind");
}

// A sync that failed may have left records in the memory of the operating system that never reached
// the disk.  Nobody tells, and another sync does nothing about them.
IoStatus Wal::RewriteTail() {
  const Segment& segment = segments_.back();
  constexpr std::uint64_t kPiece = 1U << 20U;
  std::string piece;
  for (std::uint64_t at = marked_; at < end_; at += piece.size()) {
    piece.resize(std::min(kPiece, end_ - at));
    IoResult<std::size_t> read = segment.file->ReadAt(at, piece.data(), piece.size());
    if (!read) return IoFailure(std::move(read.error()));
    if (*read != piece.size()) return Damaged(segment, at + *read, "the file ends here now");
    if (IoStatus written = segment.file->WriteAt(at, piece); !written) return written;
  }
  return {};
}

// After the last whole record there must be nothing: what a crash left there could pass for a
// record when others have been written before it.
IoStatus Wal::RepairTail() {
  const Segment& segment = segments_.back();
  const std::uint64_t from = end_;
  IoResult<std::uint64_t> size = segment.file->Size();
  if (!size) return IoFailure(std::move(size.error()));
  capacity_ = *size;
  std::uint64_t dropped = 0;
  constexpr std::size_t kPiece = 1U << 20U;
  std::string piece;
  for (std::uint64_t at = from; at < capacity_; at += piece.size()) {
    piece.resize(std::min<std::uint64_t>(kPiece, capacity_ - at));
    IoResult<std::size_t> read = segment.file->ReadAt(at, piece.data(), piece.size());
    if (!read) return IoFailure(std::move(read.error()));
    if (*read == 0) break;
    piece.resize(*read);
    const std::size_t last = piece.find_last_not_of('\0');
    if (last == std::string::npos) continue;
    dropped = at + last + 1 - from;
    IoStatus cleared = segment.file->WriteAt(at, std::string(piece.size(), '\0'));
    if (!cleared) return cleared;
  }
  if (dropped > 0) {
    repaired_ = disk_->PathOf(SegmentName(segment.number)) + ": offset " + std::to_string(from) +
                ": dropped " + std::to_string(dropped) +
                " bytes that were not completely written before a crash";
  }
  // Also when there was nothing: what was read may not be durable yet, and is built upon now.
  if (IoStatus synced = segment.file->Sync(); !synced) return synced;
  durable_end_ = end_;
  noted_end_ = 0;
  return {};
}

IoStatus Wal::CheckWhole() const {
  const Index first = FirstIndex();
  if (first > LastIndex() + 1 || state_.snapshot.index < state_.start.index ||
      state_.snapshot.index > state_.last.index) {
    return IoFailure(disk_->PathOf(SegmentName(segments_.back().number)) + ": the log from " +
                     std::to_string(first.value()) + " to " + std::to_string(LastIndex().value()) +
                     " does not fit its snapshot at " +
                     std::to_string(state_.snapshot.index.value()));
  }
  const bool empty = first == LastIndex() + 1;
  if (!empty && (points_.empty() || points_.front().index > first)) {
    const std::uint64_t number = segments_.front().number;
    return IoFailure(disk_->PathOf(SegmentName(number - std::min<std::uint64_t>(number, 1))) +
                     " is missing: the entries from " + std::to_string(first.value()) +
                     " on are in no segment");
  }
  return {};
}

IoStatus Wal::LoadSnapshot() {
  IoResult<Snapshot> snapshot = ReadSnapshotFile();
  if (!snapshot) {
    return IoFailure(snapshot.error().message +
                     (torn_.empty() ? "" : "; the log ends with a damaged record, " + torn_));
  }
  conf_state_ = snapshot->conf_state;
  return {};
}

}  // namespace raft
