// NDJSON to events, line by line, with bounded memory.  Strict about what it knows: an unknown
// event, role, type or field is an error, for to a checker leniency is blindness; lines that are no
// trace lines (no "tag":"trace") are other log lines, skipped and counted. Read next: event.h for
// the fields, source.h for compressed input.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "raft/trace/event.h"
#include "raft/trace/result.h"

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
  // "-" is standard input; .gz and .zst are known by their first bytes.
  static Result<Reader> Open(const std::string& path);
  static Reader FromString(std::string text);

  // The next event or header; nothing at the end.  An error is final.
  Result<std::optional<Item>> Next();

  std::uint64_t line() const { return line_; }        // lines read so far
  std::uint64_t skipped() const { return skipped_; }  // of them, no trace lines

 private:
  explicit Reader(std::shared_ptr<Source> source) : source_(std::move(source)) {}
  // False at the end.
  Result<bool> NextLine(std::string& line);

  std::shared_ptr<Source> source_;
  std::vector<char> block_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t line_ = 0;
  std::uint64_t skipped_ = 0;
  std::string text_;
};

}  // namespace trace
