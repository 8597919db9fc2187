#include "raft/trace/thorough_line.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "raft/trace/format.h"
#include "raft/trace/shape.h"

namespace trace {
namespace {

using nlohmann::json;

// ---- Text to a JSON value --------------------------------------------------------------------

// Only what the format is about is kept: of a line's own keys `tag`, `event` and `header`.
struct ParsedLine {
  json value;                        // an object without the keys that are not ours, or no object
  std::optional<std::string> error;  // if the text is not JSON; then there is no value
  // A key that an object of the value holds twice, the first.  Of two fields with one name JSON
  // readers keep either, and neither may be the one that was checked.
  std::optional<std::string> repeated;
};

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

ParsedLine ParseLine(std::string_view text) {
  ParsedLine parsed;
  Builder builder(text, parsed);
  json::sax_parse(text.begin(), text.end(), &builder);
  return parsed;
}

// ---- The value to the types of event.h -------------------------------------------------------

// Text from the input, cut and without anything that could break a message of one line.
std::string Shown(std::string_view text) {
  constexpr std::size_t kLength = 40;
  std::string shown(text.substr(0, kLength));
  for (char& c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) c = '?';
  }
  return text.size() > kLength ? shown + "..." : shown;
}

const std::string* TextIn(const json& value) { return value.get_ptr<const std::string*>(); }

std::string Found(const json& value) {
  if (const std::string* text = TextIn(value)) return "the string '" + Shown(*text) + "'";
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array of " + std::to_string(value.size());
  return value.dump();  // a number, true, false, null
}

// The member of an object, or null.
const json* At(const json& object, const std::string& key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

// Where a value stands, from the inside out: built on the stack, spelled out for an error only.
struct Path {
  const Path* outer = nullptr;
  std::string_view name;  // of a member; empty for an element
  std::size_t element = 0;

  std::string Text() const {
    if (outer == nullptr) return std::string(name);
    if (name.empty()) return outer->Text() + "[" + std::to_string(element) + "]";
    return outer->Text() + "." + std::string(name);
  }
};

// From JSON to the types of event.h, by their shapes.  The first error stays.
class Decoder {
 public:
  const std::optional<std::string>& error() const { return error_; }

  // `out` is of the type of the shape.
  void Read(const json& value, const Path& path, const Shape& shape, bool decimal, void* out) {
    if (error_) return;
    switch (shape.kind) {
      case Shape::Kind::kObject:
        return ReadObject(value, path, shape, out);
      case Shape::Kind::kList:
        if (!value.is_array()) return Expected(path, "an array", value);
        for (std::size_t k = 0; k < value.size() && !error_; ++k) {
          Read(value[k], {&path, {}, k}, *shape.element, decimal, shape.add(out));
        }
        return;
      case Shape::Kind::kPair:
        if (!value.is_array() || value.size() != 2) {
          return Expected(path, "an array of two arrays", value);
        }
        for (std::size_t k = 0; k < 2; ++k) {
          Read(value[k], {&path, {}, k}, *shape.element, decimal, shape.half(out, k));
        }
        return;
      case Shape::Kind::kName:
        return ReadName(value, path, shape, *static_cast<std::uint8_t*>(out));
      case Shape::Kind::kTruth:
        if (!value.is_boolean()) return Expected(path, "true or false", value);
        *static_cast<bool*>(out) = value.get<bool>();
        return;
      case Shape::Kind::kNumber:
        return ReadNumber(value, path, decimal, *static_cast<std::uint64_t*>(out));
    }
  }

 private:
  void Expected(const Path& path, const std::string& what, const json& found) {
    error_ = path.Text() + ": expected " + what + ", found " + Found(found);
  }

  void ReadObject(const json& value, const Path& path, const Shape& shape, void* out) {
    if (!value.is_object()) return Expected(path, "an object", value);
    std::size_t known = 0;
    for (const Member& member : shape.members) {
      const Path inner{&path, member.name, 0};
      if (const json* found = At(value, std::string(member.name))) {
        ++known;
        Read(*found, inner, *member.shape, member.decimal, member.In(out));
      } else if (member.required && !error_) {
        error_ = inner.Text() + ": is missing";
      }
    }
    if (known == value.size() || error_) return;
    for (auto item = value.begin(); item != value.end(); ++item) {
      if (shape.Find(item.key()) != nullptr) continue;
      error_ = path.Text() + ": unknown field '" + Shown(item.key()) + "'";
      return;
    }
  }

  void ReadName(const json& value, const Path& path, const Shape& shape, std::uint8_t& out) {
    const std::string* const text = TextIn(value);
    const std::size_t place = text != nullptr ? shape.find(*text) : shape.names.size();
    if (place < shape.names.size()) {
      out = static_cast<std::uint8_t>(place);
      return;
    }
    std::string what = "a known " + std::string(shape.what) + " (";
    for (const std::string_view name : shape.names) what.append(name).append(", ");
    what.resize(what.size() - 2);
    Expected(path, what + ")", value);
  }

  void ReadNumber(const json& value, const Path& path, bool decimal, std::uint64_t& out) {
    if (!decimal) {
      if (!value.is_number_unsigned()) return Expected(path, "an unsigned 64-bit number", value);
      out = value.get<std::uint64_t>();
      return;
    }
    if (const std::string* text = TextIn(value)) {
      const char* const end = text->data() + text->size();
      const auto [stop, failure] = std::from_chars(text->data(), end, out);
      // "07" would be a second name of server 7.
      const bool canonical = text->size() == 1 || !text->starts_with('0');
      if (failure == std::errc() && stop == end && canonical) return;
    }
    Expected(path, "an unsigned 64-bit number as a decimal string", value);
  }

  std::optional<std::string> error_;
};

Result<bool> Decode(const json& line, std::uint64_t number, const std::string& key,
                    const Shape& shape, void* out) {
  const json* const body = At(line, key);
  if (body == nullptr) return Failure(number, key + ": is missing");
  Decoder decoder;
  decoder.Read(*body, {nullptr, key, 0}, shape, false, out);
  if (decoder.error()) return Failure(number, *decoder.error());
  return true;
}

// Nothing if this reader knows the version; an error about anything else is found later.
std::optional<std::string> NewerVersion(const json& line) {
  const json* const header = At(line, "header");
  if (header == nullptr || !header->is_object()) return std::nullopt;
  const json* const version = At(*header, "version");
  if (version == nullptr || !version->is_number_unsigned()) return std::nullopt;
  if (version->get<std::uint64_t>() <= kFormatVersion) return std::nullopt;
  return "header.version: expected at most " + std::to_string(kFormatVersion) +
         ", the newest that this reader knows, found " + version->dump();
}

}  // namespace

Result<bool> ReadThoroughly(std::string_view line, std::uint64_t number,
                            std::variant<Header, Event>& out) {
  const ParsedLine parsed = ParseLine(line);
  const json& value = parsed.value;
  if (parsed.error) return Failure(number, *parsed.error);
  if (!value.is_object()) return Failure(number, "expected a JSON object, found " + Found(value));
  const json* const tag = At(value, "tag");
  const std::string* const whose = tag != nullptr ? TextIn(*tag) : nullptr;
  const bool event = whose != nullptr && *whose == kTraceTag;
  const bool header = whose != nullptr && *whose == kHeaderTag;
  // Other loggers may repeat what they like, but not the key that says whose line it is.
  if (parsed.repeated && (event || header || *parsed.repeated == "tag")) {
    return Failure(number, "the field '" + Shown(*parsed.repeated) + "' occurs twice");
  }
  if (event) return Decode(value, number, "event", EventShape(), &out.emplace<Event>());
  if (!header) return false;
  if (const auto newer = NewerVersion(value)) return Failure(number, *newer);
  return Decode(value, number, "header", HeaderShape(), &out.emplace<Header>());
}

}  // namespace trace
