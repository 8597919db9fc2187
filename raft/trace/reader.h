// NDJSON to events, line by line, with bounded memory.  Strict about what it knows: an unknown
// event, role, type or field, or one that occurs twice, is an error, for to a checker leniency is
// blindness.  JSON objects that are no trace lines (no "tag":"trace") are other log lines, skipped
// and counted; so are blank lines, without being counted as skipped.
// Not a validator: whether an event makes sense is for conformance/ to say.
//
//   trace::Result<trace::Reader> reader = trace::Reader::Open("run.ndjson.zst");
//   if (!reader) return Complain(reader.error());     // "cannot be opened: No such file ..."
//   for (trace::Item item;;) {
//     const auto more = reader->Read(item);
//     if (!more) return Complain(more.error());       // line 7, "event.log: expected ..."
//     if (!*more) break;                              // the end
//     Use(item);
//   }
//
// Read next: event.h for the fields, source.h for compressed input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "raft/trace/event.h"
#include "raft/trace/quick_line.h"
#include "raft/trace/result.h"
#include "raft/trace/watch.h"

namespace trace {

class Source;

struct Item {
  std::uint64_t line = 0;  // from 1
  std::variant<Header, Event> value;
};

// Longer lines are refused, without reading them into memory.
inline constexpr std::size_t kMaxLineBytes = std::size_t{16} << 20U;

class Reader {
 public:
  // "-" is standard input; gzip and zstd are known by their first bytes, not by a name.
  // The Error has no line and does not repeat the path.  Where the watch ends the input, Read
  // returns false; what is then there of a line is left out.
  [[nodiscard]] static Result<Reader> Open(const std::string& path, Watch watch = nullptr);
  static Reader FromString(std::string text);
  // A file that still grows: its end is that of the watch, which must not be null.  A last line
  // without its end is not taken before it has one.  If the file is cut, replaced by another one or
  // removed, that is an Error, after what can still be read of it.
  [[nodiscard]] static Result<Reader> Follow(const std::string& path, Watch watch);

  // The next event or header; false at the end.  An error is final: it is returned again, and
  // `item` is anything.  Quickest with the same `item` every time.
  [[nodiscard]] Result<bool> Read(Item& item);

  // Compressed data is checked at its end, so damage may show after the lines that it has spoilt:
  // who refuses a line asks here whether the data is damaged.  Reads on to the next check sum, 4
  // GiB at most; afterwards there is nothing more to Read.  Read asks by itself before it says that
  // a line is not readable.
  [[nodiscard]] std::optional<Error> Damage();

  // Both for messages and for the caller's check that there was anything to read.
  std::uint64_t line() const { return line_; }        // lines read so far
  std::uint64_t skipped() const { return skipped_; }  // of them, JSON objects of other kinds
  // Where the watch ended the input: the bytes of a last line that has no end yet, which were left
  // out, or those of the file that were not read, as they are stored.
  std::uint64_t left_out() const { return left_out_; }
  std::uint64_t unread() const { return unread_; }
  // The text of the line that was read last; valid until the next Read.
  std::string_view text() const { return text_; }

 private:
  explicit Reader(std::shared_ptr<Source> source) : source_(std::move(source)) {}
  // Into text_.  False at the end.
  Result<bool> NextLine();
  Result<bool> ReadItem(Item& item);

  std::shared_ptr<Source> source_;
  std::vector<char> block_;
  std::size_t begin_ = 0;  // of what is not read yet of block_
  std::size_t end_ = 0;
  std::uint64_t line_ = 0;
  std::uint64_t skipped_ = 0;
  std::uint64_t left_out_ = 0;
  std::uint64_t unread_ = 0;
  std::string_view text_;  // the line; in block_, or in carried_ where two blocks share it
  std::string carried_;
  QuickLine quick_;
  std::optional<Error> failed_;
};

// Everything, for traces that fit into memory.
[[nodiscard]] Result<std::vector<Item>> ReadAll(Reader reader);

}  // namespace trace
