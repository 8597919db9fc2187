#include "raft/trace/parse.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "raft/trace/format.h"

namespace trace {
namespace {

using nlohmann::json;

std::string SyntaxError(std::string_view text, std::size_t position, std::string_view token) {
  if (position > text.size()) return "not JSON: the line ends too early";
  const std::string place = " at byte " + std::to_string(position);
  const auto byte = static_cast<unsigned char>(position > 0 ? text[position - 1] : '\0');
  if (byte >= 0x80 && token.starts_with('"')) return "not JSON: invalid UTF-8" + place;
  if (byte >= 0x20 && byte < 0x7f) {
    return std::string("not JSON: unexpected '") + static_cast<char>(byte) + "'" + place;
  }
  std::array<char, 8> hex{};
  std::snprintf(hex.data(), hex.size(), "0x%02x", byte);
  return std::string("not JSON: unexpected byte ") + hex.data() + place;
}

// What nlohmann's event parser calls, hence the names.  A handler of our own and not its ready
// parser, since that one throws or says nothing, and keeps the last of two equal keys.
class Builder {
 public:
  Builder(std::string_view text, ParsedLine& out) : text_(text), out_(out) {}

  bool null() { return Add(nullptr); }
  bool boolean(bool value) { return Add(value); }
  bool number_integer(std::int64_t value) { return Add(value); }
  bool number_unsigned(std::uint64_t value) { return Add(value); }
  bool number_float(double value, const std::string&) { return Add(value); }
  bool string(std::string& value) { return Add(std::move(value)); }
  bool binary(json::binary_t&) { return false; }  // not in text
  bool start_object(std::size_t) { return Open(json::object()); }
  bool start_array(std::size_t) { return Open(json::array()); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }

  bool key(std::string& name) {
    if (depth_ == 1) ignoring_ = name != "tag" && name != "event" && name != "header";
    if (ignoring_) return true;
    const auto [place, added] = open_.back()->emplace(name, nullptr);
    if (!added && !out_.repeated) out_.repeated = name;
    member_ = &*place;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& token, const json::exception& error) {
    constexpr int kNumberOverflow = 406;
    out_.error = error.id == kNumberOverflow
                     ? "a number that no reader can hold before byte " + std::to_string(position)
                     : SyntaxError(text_, position, token);
    return false;
  }

 private:
  // Where the next value goes.
  template <class Value>
  json* Put(Value&& value) {
    if (depth_ == 0) return &(out_.value = std::forward<Value>(value));
    if (open_.back()->is_object()) return &(*member_ = std::forward<Value>(value));
    return &open_.back()->emplace_back(std::forward<Value>(value));
  }
  template <class Value>
  bool Add(Value&& value) {
    if (!ignoring_) Put(std::forward<Value>(value));
    return true;
  }
  bool Open(json container) {
    if (depth_ == kMaxDepth) {
      out_.error = "nested more than " + std::to_string(kMaxDepth) + " deep";
      return false;
    }
    // A line that is a list is no line of a log; its elements are of no interest.
    const bool ignore_content = depth_ == 0 && container.is_array();
    if (!ignoring_) open_.push_back(Put(std::move(container)));
    ignoring_ = ignoring_ || ignore_content;
    ++depth_;
    return true;
  }
  bool Close() {
    --depth_;
    // `ignoring_` stays as it is: it holds until the next key of the line itself.
    if (open_.size() > depth_) open_.pop_back();
    return true;
  }

  std::string_view text_;
  ParsedLine& out_;
  std::size_t depth_ = 0;
  bool ignoring_ = false;    // inside of a value that is not kept
  std::vector<json*> open_;  // the containers that are kept and not closed, outermost first
  json* member_ = nullptr;   // of the innermost, if it is an object: the value of the last key
};

}  // namespace

ParsedLine ParseLine(std::string_view text) {
  ParsedLine parsed;
  Builder builder(text, parsed);
  json::sax_parse(text.begin(), text.end(), &builder);
  return parsed;
}

std::string Shown(std::string_view text) {
  constexpr std::size_t kLength = 40;
  std::string shown(text.substr(0, kLength));
  for (char& c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) c = '?';
  }
  return text.size() > kLength ? shown + "..." : shown;
}

}  // namespace trace
