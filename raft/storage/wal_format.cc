#include "raft/storage/wal_format.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "raft/bytes.h"
#include "raft/check.h"
#include "raft/storage/crc32c.h"

namespace raft {
namespace {

constexpr std::uint64_t kSegmentMagic = 0x324c415754464152;   // "RAFTWAL2"
constexpr std::uint64_t kSnapshotMagic = 0x31504e5354464152;  // "RAFTSNP1"
constexpr std::size_t kHead = 8;                              // size and checksum

// Takes numbers from the front, and remembers whether there were enough bytes.
class Taker {
 public:
  explicit Taker(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  T Take() {
    if (bytes_.size() < sizeof(T)) {
      ok_ = false;
      return 0;
    }
    const T value = GetNumber<T>(bytes_, 0);
    bytes_.remove_prefix(sizeof(T));
    return value;
  }
  std::uint64_t Number() { return Take<std::uint64_t>(); }
  Position TakePosition() {
    const Index index(Number());
    return {index, Term(Number())};
  }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && bytes_.empty(); }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

// Of a frame at `offset`, whose size field and body are given.
std::uint32_t Checksum(std::uint64_t segment, std::uint64_t offset, std::string_view size,
                       std::string_view body) {
  std::string place;
  PutNumber(place, segment);
  PutNumber(place, offset);
  return Crc32c(Crc32c(Crc32c(0, place), size), body);
}

std::string Hex(std::uint64_t number) {
  std::string text(16, '0');
  for (std::size_t k = 0; k < 16; ++k) {
    text[15 - k] = "0123456789abcdef"[(number >> (4 * k)) & 0xfU];
  }
  return text;
}

std::optional<std::uint64_t> FromHex(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (text.size() != 16 || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return Hex(number) == text ? std::optional(number) : std::nullopt;
}

void PutIds(std::string& out, const std::vector<NodeId>& ids) {
  PutNumber(out, static_cast<std::uint32_t>(ids.size()));
  for (const NodeId id : ids) PutNumber(out, id.value());
}

std::vector<NodeId> TakeIds(Taker& taker) {
  std::vector<NodeId> ids;
  const auto count = taker.Take<std::uint32_t>();
  for (std::uint32_t k = 0; k < count && taker.ok(); ++k) ids.emplace_back(taker.Number());
  return ids;
}

}  // namespace

void FrameWriter::Begin(std::uint64_t segment, std::uint64_t offset) {
  segment_ = segment;
  offset_ = offset;
  bytes_.clear();
}

void FrameWriter::Open(RecordType type) {
  frame_ = bytes_.size();
  bytes_.append(kHead, '\0');
  bytes_.push_back(static_cast<char>(type));
}

void FrameWriter::Put(std::uint64_t number) { PutNumber(bytes_, number); }

void FrameWriter::Close() {
  const std::uint64_t body = bytes_.size() - frame_ - kHead;
  RAFT_CHECK(body, <=, kMaxBody);
  std::string head;
  PutNumber(head, static_cast<std::uint32_t>(body));
  PutNumber(head, Checksum(segment_, offset_ + frame_, head,
                           std::string_view(bytes_).substr(frame_ + kHead)));
  std::copy(head.begin(), head.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(frame_));
  bytes_.resize(frame_ + FrameSize(body), '\0');
}

void FrameWriter::Add(const SegmentHeader& header) {
  Open(RecordType::kSegment);
  for (const std::uint64_t number :
       {kSegmentMagic, header.number, header.previous_end, header.room,
        header.hard_state.term.value(), header.hard_state.vote.value(),
        header.hard_state.commit.value(), header.start.index.value(), header.start.term.value(),
        header.last.index.value(), header.last.term.value(), header.snapshot.index.value(),
        header.snapshot.term.value()}) {
    Put(number);
  }
  Close();
}

void FrameWriter::Add(const Entry& entry) {
  Open(RecordType::kEntry);
  Put(entry.term.value());
  Put(entry.index.value());
  bytes_.push_back(static_cast<char>(entry.type));
  bytes_.append(entry.data.view());
  Close();
}

void FrameWriter::Add(const HardState& state) {
  Open(RecordType::kHardState);
  Put(state.term.value());
  Put(state.vote.value());
  Put(state.commit.value());
  Close();
}

void FrameWriter::Add(RecordType type, const Position& position) {
  Open(type);
  Put(position.index.value());
  Put(position.term.value());
  Close();
}

void FrameWriter::Add(RecordType type, std::uint64_t number) {
  Open(type);
  Put(number);
  Close();
}

bool FrameReader::Fill(std::size_t size) {
  if (left().size() >= size) return true;
  if (at_end_) return false;
  constexpr std::size_t kLargestPiece = 256U << 10U;
  buffer_.erase(0, used_);
  used_ = 0;
  const std::size_t before = buffer_.size();
  buffer_.resize(std::max(size, piece_));
  piece_ = std::min(2 * piece_, kLargestPiece);
  IoResult<std::size_t> read =
      file_->ReadAt(offset_ + before, buffer_.data() + before, buffer_.size() - before);
  if (!read) {
    failure_ = IoFailure(std::move(read.error()));
    buffer_.resize(before);
    return false;
  }
  at_end_ = before + *read < buffer_.size();
  buffer_.resize(before + *read);
  return buffer_.size() >= size;
}

// Has the file so many bytes?  A size that nobody has checked must not ask for memory.
bool FrameReader::Reaches(std::uint64_t size) {
  if (left().size() >= size) return true;
  IoResult<std::uint64_t> all = file_->Size();
  if (!all) failure_ = IoFailure(std::move(all.error()));
  return all && offset_ <= *all && size <= *all - offset_;
}

FrameReader::Result FrameReader::Parse(Frame& frame) {
  if (!Fill(kHead)) return left().empty() ? Result::kEnd : Result::kDamaged;
  const std::string_view size = left().substr(0, 4);
  const auto body = GetNumber<std::uint32_t>(size, 0);
  const auto checksum = GetNumber<std::uint32_t>(left(), 4);
  if (body == 0) return checksum == 0 ? Result::kEnd : Result::kDamaged;
  const std::uint64_t total = FrameSize(body);
  if (body > kMaxBody || !Reaches(total) || !Fill(total)) return Result::kDamaged;
  const std::string_view all = left().substr(kHead, body);
  if (Checksum(segment_, offset_, left().substr(0, 4), all) != checksum) return Result::kDamaged;
  frame.type = static_cast<RecordType>(all[0]);
  frame.fields = all.substr(1);
  frame.offset = offset_;
  frame.size = total;
  return Result::kFrame;
}

FrameReader::Result FrameReader::Next(Frame& frame) {
  const Result result = Parse(frame);
  if (!failure_) return Result::kFailed;
  if (result != Result::kFrame) return result;
  used_ += frame.size;
  offset_ += frame.size;
  return result;
}

IoResult<bool> FrameReader::LaterSynced(std::uint64_t offset) {
  Frame frame;
  while (Fill(FrameSize(kNumberBody))) {
    const bool candidate = GetNumber<std::uint32_t>(left(), 0) == kNumberBody;
    if (candidate && Parse(frame) == Result::kFrame && frame.type == RecordType::kSynced &&
        GetNumber<std::uint64_t>(frame.fields, 0) > offset) {
      return true;
    }
    used_ += 8;
    offset_ += 8;
  }
  if (!failure_) return IoFailure(failure_.error());
  return false;
}

std::optional<SegmentHeader> ReadHeader(std::string_view fields) {
  Taker taker(fields);
  if (taker.Number() != kSegmentMagic) return std::nullopt;
  SegmentHeader header;
  header.number = taker.Number();
  header.previous_end = taker.Number();
  header.room = taker.Number();
  header.hard_state.term = Term(taker.Number());
  header.hard_state.vote = NodeId(taker.Number());
  header.hard_state.commit = Index(taker.Number());
  header.start = taker.TakePosition();
  header.last = taker.TakePosition();
  header.snapshot = taker.TakePosition();
  return taker.done() ? std::optional(header) : std::nullopt;
}

std::optional<Entry> ReadEntry(std::string_view fields, bool with_data) {
  Taker taker(fields);
  Entry entry;
  entry.term = Term(taker.Number());
  entry.index = Index(taker.Number());
  const auto type = taker.Take<std::uint8_t>();
  if (!taker.ok() || type > static_cast<std::uint8_t>(EntryType::kConfChange)) return std::nullopt;
  entry.type = static_cast<EntryType>(type);
  if (with_data) entry.data = Payload(taker.rest());
  return entry;
}

std::optional<HardState> ReadHardState(std::string_view fields) {
  Taker taker(fields);
  HardState state;
  state.term = Term(taker.Number());
  state.vote = NodeId(taker.Number());
  state.commit = Index(taker.Number());
  return taker.done() ? std::optional(state) : std::nullopt;
}

std::optional<Position> ReadPosition(std::string_view fields) {
  Taker taker(fields);
  const Position position = taker.TakePosition();
  return taker.done() ? std::optional(position) : std::nullopt;
}

std::optional<std::uint64_t> ReadNumber(std::string_view fields) {
  Taker taker(fields);
  const std::uint64_t number = taker.Number();
  return taker.done() ? std::optional(number) : std::nullopt;
}

std::string WriteSnapshot(const Snapshot& snapshot) {
  std::string rest;
  PutNumber(rest, snapshot.index.value());
  PutNumber(rest, snapshot.term.value());
  PutIds(rest, snapshot.conf_state.voters);
  PutIds(rest, snapshot.conf_state.learners);
  PutIds(rest, snapshot.conf_state.voters_outgoing);
  PutIds(rest, snapshot.conf_state.learners_next);
  rest.push_back(snapshot.conf_state.auto_leave ? '\1' : '\0');
  rest.append(snapshot.data.view());
  std::string bytes;
  PutNumber(bytes, kSnapshotMagic);
  PutNumber(bytes, Crc32c(0, rest));
  return bytes + rest;
}

IoResult<Snapshot> ReadSnapshot(std::string_view bytes, const Position& position) {
  Taker taker(bytes);
  if (taker.Number() != kSnapshotMagic) {
    return IoFailure("offset 0: expected the beginning of a snapshot");
  }
  const auto checksum = taker.Take<std::uint32_t>();
  if (!taker.ok() || Crc32c(0, taker.rest()) != checksum) {
    return IoFailure("offset 8: the checksum is not that of the " +
                     std::to_string(taker.rest().size()) + " bytes that follow");
  }
  Snapshot snapshot;
  snapshot.index = Index(taker.Number());
  snapshot.term = Term(taker.Number());
  snapshot.conf_state.voters = TakeIds(taker);
  snapshot.conf_state.learners = TakeIds(taker);
  snapshot.conf_state.voters_outgoing = TakeIds(taker);
  snapshot.conf_state.learners_next = TakeIds(taker);
  snapshot.conf_state.auto_leave = taker.Take<std::uint8_t>() != 0;
  if (!taker.ok() || !(Position{snapshot.index, snapshot.term} == position)) {
    return IoFailure("offset 12: expected index, term and configuration of the snapshot at " +
                     std::to_string(position.index.value()));
  }
  snapshot.data = Payload(taker.rest());
  return snapshot;
}

std::string SegmentName(std::uint64_t number) { return "wal-" + Hex(number) + ".log"; }

std::string SnapshotName(const Position& position) {
  return "snap-" + Hex(position.index.value()) + "-" + Hex(position.term.value()) + ".snap";
}

std::optional<std::uint64_t> SegmentNumber(std::string_view name) {
  if (name.size() != 24 || name.substr(0, 4) != "wal-" || name.substr(20) != ".log") {
    return std::nullopt;
  }
  return FromHex(name.substr(4, 16));
}

std::optional<Position> SnapshotPosition(std::string_view name) {
  if (name.size() != 43 || name.substr(0, 5) != "snap-" || name[21] != '-' ||
      name.substr(38) != ".snap") {
    return std::nullopt;
  }
  const auto index = FromHex(name.substr(5, 16));
  const auto term = FromHex(name.substr(22, 16));
  if (!index || !term) return std::nullopt;
  return Position{Index(*index), Term(*term)};
}

}  // namespace raft
