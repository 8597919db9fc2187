// The bytes of the write-ahead log.  All numbers are little-endian.
//
// A segment file is a sequence of frames, then zeros (room made in advance).  A frame:
//   u32 size of the body, 1 to kMaxBody | u32 CRC-32C | body | zeros up to a multiple of 8
//   body: u8 type | fields
// The checksum covers the segment's number, the frame's offset, the size and the body: a frame that
// strayed from another place does not pass.
//
//   Segment   magic u64, number u64, end of the previous segment u64, bytes of this file u64, and
//   the
//             state before this segment: term, vote, commit, start index and term, last index and
//             term, snapshot index and term (u64 each).  The first frame of each segment, and only
//             there.
//   Entry     term u64, index u64, kind u8, payload.  Replaces everything from its index on.
//   HardState term, vote, commit u64
//   Snapshot  index, term u64: the file of that name is complete; the log stays
//   Install   the same, and the log begins anew after it
//   Compact   index, term u64: entries up to there are not needed any more
//   Synced    u64: everything before that offset of this segment was durable when this was written
//   Next      u64: the segment of that number, the next one, is there.  The last frame of each
//             segment but the last; "the end of a segment" is that of the frame before it.
//
// A snapshot file: magic u64 | u32 CRC-32C of what follows | index, term u64 | four lists (u32
// count, u64 each): voters, learners, outgoing voters, next learners | u8 auto-leave | payload.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "raft/message.h"
#include "raft/storage/disk.h"

namespace raft {

enum class RecordType : std::uint8_t {
  kSegment = 1,
  kEntry,
  kHardState,
  kSnapshot,
  kInstall,
  kCompact,
  kSynced,
  kNext,
};

// An index and the term of the entry there.
struct Position {
  Index index;
  Term term;
  friend bool operator==(const Position&, const Position&) = default;
};

struct SegmentHeader {
  std::uint64_t number = 0;
  std::uint64_t previous_end = 0;  // 0: of the first segment
  std::uint64_t room = 0;          // the file is never shorter
  HardState hard_state;
  Position start;  // before the first entry that is needed
  Position last;
  Position snapshot;
};

// Frames for one place of one segment.
class FrameWriter {
 public:
  void Begin(std::uint64_t segment, std::uint64_t offset);
  void Add(const SegmentHeader& header);
  void Add(const Entry& entry);
  void Add(const HardState& state);
  void Add(RecordType type, const Position& position);
  void Add(RecordType type, std::uint64_t number);
  const std::string& bytes() const { return bytes_; }
  std::uint64_t end() const { return offset_ + bytes_.size(); }  // where the next frame would be

 private:
  void Open(RecordType type);
  void Put(std::uint64_t number);
  void Close();

  std::uint64_t segment_ = 0;
  std::uint64_t offset_ = 0;
  std::size_t frame_ = 0;  // where in bytes_ the open frame begins
  std::string bytes_;
};

// What a frame with so much in its body takes.
constexpr std::uint64_t FrameSize(std::uint64_t body) { return (8 + body + 7) / 8 * 8; }
inline std::uint64_t EntryFrameSize(const Entry& entry) {
  return FrameSize(18 + entry.data.size());
}
// More than a hard state, two positions and two numbers take.
constexpr std::uint64_t kSmallFrames = 256;
constexpr std::uint64_t kNumberBody = 9;
constexpr std::uint64_t kMaxBody = std::uint64_t{1} << 31U;
static_assert(Payload::kMaxSize + 64 <= kMaxBody);

struct Frame {
  RecordType type{};
  std::string_view fields;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

// Reads the frames of a segment, a piece of the file at a time.
class FrameReader {
 public:
  FrameReader(File* file, std::uint64_t segment, std::uint64_t offset)
      : file_(file), segment_(segment), offset_(offset) {}

  enum class Result : std::uint8_t { kFrame, kEnd, kDamaged, kFailed };
  // kEnd: no frame was ever written here, as far as this place shows.  The frame's views hold until
  // the next call.
  Result Next(Frame& frame);
  // From here on: is there a Synced frame that says that `offset` was durable?
  [[nodiscard]] IoResult<bool> LaterSynced(std::uint64_t offset);
  std::uint64_t offset() const { return offset_; }  // of the next frame
  const IoStatus& failure() const { return failure_; }

 private:
  // At least `size` bytes at offset_, if the file has them.
  bool Fill(std::size_t size);
  bool Reaches(std::uint64_t size);
  Result Parse(Frame& frame);
  std::string_view left() const { return std::string_view(buffer_).substr(used_); }

  File* file_;
  std::uint64_t segment_;
  std::uint64_t offset_;
  std::string buffer_;
  std::size_t used_ = 0;
  // What is read at once: little at first, because often a few entries are wanted, then more.
  std::size_t piece_ = 4096;
  bool at_end_ = false;
  IoStatus failure_;
};

// Nothing if the fields are not what the type has.
std::optional<SegmentHeader> ReadHeader(std::string_view fields);
std::optional<Entry> ReadEntry(std::string_view fields, bool with_data);
std::optional<HardState> ReadHardState(std::string_view fields);
std::optional<Position> ReadPosition(std::string_view fields);
std::optional<std::uint64_t> ReadNumber(std::string_view fields);

std::string WriteSnapshot(const Snapshot& snapshot);
// An error says at which offset of the file what was expected.
[[nodiscard]] IoResult<Snapshot> ReadSnapshot(std::string_view bytes, const Position& position);

std::string SegmentName(std::uint64_t number);
std::string SnapshotName(const Position& position);
std::optional<std::uint64_t> SegmentNumber(std::string_view name);
std::optional<Position> SnapshotPosition(std::string_view name);

}  // namespace raft
