#include "raft/trace/reader.h"

#include <cstring>
#include <string_view>

#include "raft/trace/source.h"
#include "raft/trace/thorough_line.h"

namespace trace {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 16U;
constexpr std::uint64_t kMostUnverified = std::uint64_t{4} << 30U;

// A log may have empty lines; as many as these are a few bytes that were compressed.
constexpr std::uint64_t kMostEmptyLines = 1'000'000;

}  // namespace

Result<Reader> Reader::Open(const std::string& path, Watch watch) {
  auto source = OpenSource(path, std::move(watch));
  if (!source) return Failure(std::move(source.error()));
  return Reader(std::move(*source));
}

Result<Reader> Reader::Follow(const std::string& path, Watch watch) {
  auto source = OpenSource(path, std::move(watch), true);
  if (!source) return Failure(std::move(source.error()));
  return Reader(std::move(*source));
}

Reader Reader::FromString(std::string text) { return Reader(StringSource(std::move(text))); }

Result<bool> Reader::NextLine() {
  carried_.clear();
  block_.resize(kBlock + QuickLine::kPadding);
  for (bool any = false;;) {
    if (begin_ == end_) {
      auto count = source_->Read(block_.data(), kBlock);
      if (source_->stopped()) {
        unread_ = source_->unread();
        // In the middle of a file, that a line is not whole says nothing.
        if (unread_ == 0) left_out_ = carried_.size() + count.value_or(0);
        return false;
      }
      if (!count) return Failure({line_ + 1, count.error().message, count.error().damaged});
      begin_ = 0;
      end_ = *count;
      if (end_ == 0) {
        if (any) ++line_;
        text_ = carried_;
        return any;
      }
    }
    any = true;
    const char* const from = block_.data() + begin_;
    const auto* const stop = static_cast<const char*>(std::memchr(from, '\n', end_ - begin_));
    const std::size_t length =
        stop != nullptr ? static_cast<std::size_t>(stop - from) : end_ - begin_;
    if (carried_.size() + length > kMaxLineBytes) {
      return Failure(line_ + 1, "longer than " + std::to_string(kMaxLineBytes >> 20U) +
                                    " MiB: expected one event a line");
    }
    begin_ += length;
    if (stop == nullptr) {
      carried_.append(from, length);
      carried_.reserve(carried_.size() + QuickLine::kPadding);
      continue;
    }
    ++begin_;
    ++line_;
    if (carried_.empty()) {
      text_ = {from, length};
    } else {
      carried_.append(from, length);
      carried_.reserve(carried_.size() + QuickLine::kPadding);
      text_ = carried_;
    }
    return true;
  }
}

Result<bool> Reader::ReadItem(Item& item) {
  for (std::uint64_t empty = 0;;) {
    auto more = NextLine();
    if (!more || !*more) return more;
    if (text_.find_first_not_of(" \t\r") == std::string_view::npos) {
      if (++empty <= kMostEmptyLines) continue;
      return Failure(line_, std::to_string(kMostEmptyLines) +
                                " empty lines one after the other: expected a trace");
    }
    empty = 0;
    item.line = line_;
    if (!std::holds_alternative<Event>(item.value)) item.value.emplace<Event>();
    const auto answer = quick_.Read(text_, std::get<Event>(item.value));
    if (answer == QuickLine::Answer::kEvent) return true;
    if (answer == QuickLine::Answer::kUnsure) {
      auto read = ReadThoroughly(text_, line_, item.value);
      if (!read || *read) return read;
    }
    ++skipped_;
  }
}

Result<bool> Reader::Read(Item& item) {
  if (failed_) return Failure(*failed_);
  auto read = ReadItem(item);
  if (read) return read;
  if (!read.error().damaged) {
    if (const auto damage = Damage()) return Failure(*damage);
  }
  failed_ = read.error();
  return read;
}

std::optional<Error> Reader::Damage() {
  if (failed_) return failed_->damaged ? failed_ : std::nullopt;
  std::vector<char> rest(kBlock);  // block_ has the text of the line
  for (std::uint64_t bytes = 0; !source_->verified() && bytes < kMostUnverified;) {
    const auto count = source_->Read(rest.data(), rest.size());
    if (!count && count.error().damaged) {
      failed_ = Error{line_, count.error().message, true};
      return failed_;
    }
    if (!count || *count == 0) break;
    bytes += *count;
  }
  return std::nullopt;
}

Result<std::vector<Item>> ReadAll(Reader reader) {
  std::vector<Item> items;
  for (Item item;;) {
    const auto more = reader.Read(item);
    if (!more) return Failure(more.error());
    if (!*more) return items;
    items.push_back(item);
  }
}

}  // namespace trace
