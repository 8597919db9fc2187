#include "raft/trace/reader.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "raft/trace/format.h"
#include "raft/trace/source.h"

namespace trace {
namespace {

using nlohmann::json;

constexpr std::size_t kBlock = std::size_t{1} << 16U;
constexpr int kMaxDepth = 64;

// Text from the input, cut and without control characters, for a message of one line.
std::string Shown(std::string_view text) {
  constexpr std::size_t kLength = 40;
  std::string shown(text.substr(0, kLength));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  }
  return text.size() > kLength ? shown + "..." : shown;
}

std::string Found(const json& value) {
  if (value.is_string()) return "the string '" + Shown(value.get_ref<const std::string&>()) + "'";
  if (value.is_number()) return value.dump();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  return std::string("a value of type ") + value.type_name();
}

// From JSON to the types of event.h, by their field lists.  The first error stays.
class Decoder {
 public:
  const std::optional<std::string>& error() const { return error_; }

  template <class T>
  void Read(const json& value, const std::string& path, std::string_view name, T& out) {
    if (error_) return;
    if constexpr (IsField<T>::value) {
      Read(value, path, name, out.emplace());
    } else if constexpr (Visitable<T>) {
      ReadObject(value, path, out);
    } else if constexpr (IsList<T>::value) {
      if (!value.is_array()) return Expected(path, "an array", value);
      for (std::size_t k = 0; k < value.size() && !error_; ++k) {
        Read(value[k], path + "[" + std::to_string(k) + "]", name, out.emplace_back());
      }
    } else if constexpr (std::is_same_v<T, Conf>) {
      if (!value.is_array() || value.size() != 2) {
        return Expected(path, "an array of two arrays", value);
      }
      Read(value[0], path + "[0]", name, out[0]);
      Read(value[1], path + "[1]", name, out[1]);
    } else if constexpr (std::is_enum_v<T>) {
      ReadName(value, path, out);
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!value.is_boolean()) return Expected(path, "true or false", value);
      out = value.get<bool>();
    } else {
      ReadNumber(value, path, name, out);
    }
  }

 private:
  void Expected(const std::string& path, const std::string& what, const json& found) {
    error_ = path + ": expected " + what + ", found " + Found(found);
  }

  template <class T>
  void ReadObject(const json& value, const std::string& path, T& out) {
    if (!value.is_object()) return Expected(path, "an object", value);
    std::size_t known = 0;
    T::Visit(out, [&](std::string_view name, auto& field) {
      const auto found = value.find(name);
      if (found != value.end()) {
        ++known;
        Read(*found, path + "." + std::string(name), name, field);
      } else if (!IsField<std::remove_cvref_t<decltype(field)>>::value && !error_) {
        error_ = path + "." + std::string(name) + ": is missing";
      }
    });
    if (known < value.size() && !error_) ReportUnknown(value, path, out);
  }

  template <class T>
  void ReportUnknown(const json& value, const std::string& path, T& out) {
    for (const auto& item : value.items()) {
      bool known = false;
      T::Visit(out, [&](std::string_view name, auto&) { known = known || name == item.key(); });
      if (!known) {
        error_ = path + ": unknown field '" + Shown(item.key()) + "'";
        return;
      }
    }
  }

  template <class Enum>
  void ReadName(const json& value, const std::string& path, Enum& out) {
    const auto& list = Names<Enum>::kList;
    if (value.is_string()) {
      const auto found = std::find(list.begin(), list.end(), value.get_ref<const std::string&>());
      if (found != list.end()) {
        out = static_cast<Enum>(found - list.begin());
        return;
      }
    }
    std::string what = "a known " + std::string(Names<Enum>::kWhat) + " (";
    for (const std::string_view name : list) what += std::string(name) + ", ";
    what.resize(what.size() - 2);
    Expected(path, what + ")", value);
  }

  void ReadNumber(const json& value, const std::string& path, std::string_view name,
                  std::uint64_t& out) {
    if (!IsStringField(name)) {
      if (!value.is_number_unsigned()) {
        return Expected(path, "an unsigned 64-bit number", value);
      }
      out = value.get<std::uint64_t>();
      return;
    }
    if (value.is_string()) {
      const auto& text = value.get_ref<const std::string&>();
      const char* const end = text.data() + text.size();
      const auto [stop, failure] = std::from_chars(text.data(), end, out);
      if (failure == std::errc() && stop == end && !text.empty()) return;
    }
    Expected(path, "a string that holds an unsigned 64-bit decimal number", value);
  }

  std::optional<std::string> error_;
};

// Deeper nesting than any trace has: a parser that recurses must not see it.
bool TooDeep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t k = 0; k < text.size(); ++k) {
    const char c = text[k];
    if (quoted) {
      if (c == '\\') ++k;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

struct Parsed {
  json value;
  std::string error;  // empty if there is none
};

Parsed Parse(const std::string& text) {
  Parsed parsed;
  if (TooDeep(text)) {
    parsed.error = "nested more than " + std::to_string(kMaxDepth) + " deep";
    return parsed;
  }
  // Of two fields with one name JSON readers keep either: neither may be the one that was checked.
  std::vector<std::vector<std::string>> keys;
  const auto on_event = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key) {
      auto& seen = keys.back();
      const auto& key = value.get_ref<const std::string&>();
      if (std::find(seen.begin(), seen.end(), key) != seen.end() && parsed.error.empty()) {
        parsed.error = "the field '" + Shown(key) + "' occurs twice";
      }
      seen.push_back(key);
    }
    return true;
  };
  try {
    parsed.value = json::parse(text, on_event);
  } catch (const json::parse_error& error) {
    parsed.error = "not JSON: " + (error.byte > text.size()
                                       ? std::string("the line ends too early")
                                       : "unexpected text at byte " + std::to_string(error.byte));
  } catch (const json::exception& error) {
    parsed.error = std::string("not JSON that can be read: ") + Shown(error.what());
  }
  return parsed;
}

}  // namespace

Result<Reader> Reader::Open(const std::string& path) {
  auto source = OpenSource(path);
  if (!source.ok()) return source.error();
  return Reader(std::move(source).value());
}

Reader Reader::FromString(std::string text) { return Reader(StringSource(std::move(text))); }

Result<bool> Reader::NextLine(std::string& line) {
  line.clear();
  if (block_.empty()) block_.resize(kBlock);
  for (bool any = false;;) {
    if (begin_ == end_) {
      auto count = source_->Read(block_.data(), block_.size());
      if (!count.ok()) return Error{line_ + 1, count.error().message};
      begin_ = 0;
      end_ = count.value();
      if (end_ == 0) {
        if (any) ++line_;
        return any;
      }
    }
    any = true;
    const char* const from = block_.data() + begin_;
    const auto* const stop = static_cast<const char*>(std::memchr(from, '\n', end_ - begin_));
    const std::size_t length =
        stop != nullptr ? static_cast<std::size_t>(stop - from) : end_ - begin_;
    if (line.size() + length > kMaxLineBytes) {
      return Error{line_ + 1, "longer than " + std::to_string(kMaxLineBytes >> 20U) +
                                  " MiB: expected one event a line"};
    }
    line.append(from, length);
    begin_ += length;
    if (stop == nullptr) continue;
    ++begin_;
    ++line_;
    return true;
  }
}

Result<std::optional<Item>> Reader::Next() {
  for (;;) {
    auto more = NextLine(text_);
    if (!more.ok()) return more.error();
    if (!more.value()) return std::optional<Item>();
    if (text_.find_first_not_of(" \t\r") == std::string::npos) continue;
    const Parsed parsed = Parse(text_);
    if (!parsed.error.empty()) return Error{line_, parsed.error};
    if (!parsed.value.is_object()) {
      return Error{line_, "expected a JSON object, found " + Found(parsed.value)};
    }
    const auto tag = parsed.value.find("tag");
    const bool event = tag != parsed.value.end() && *tag == kTraceTag;
    const bool header = tag != parsed.value.end() && *tag == kHeaderTag;
    if (!event && !header) {
      ++skipped_;
      continue;
    }
    const char* const key = event ? "event" : "header";
    const auto body = parsed.value.find(key);
    if (body == parsed.value.end()) return Error{line_, std::string(key) + ": is missing"};
    Item item{line_, Event{}};
    Decoder decoder;
    if (event) {
      decoder.Read(*body, key, key, std::get<Event>(item.value));
    } else {
      Header read;
      decoder.Read(*body, key, key, read);
      const std::uint64_t version = read.version.value_or(kFormatVersion);
      if (!decoder.error() && version > kFormatVersion) {
        return Error{line_, "header.version: " + std::to_string(version) +
                                " is newer than this reader, which knows versions up to " +
                                std::to_string(kFormatVersion)};
      }
      item.value = std::move(read);
    }
    if (decoder.error()) return Error{line_, *decoder.error()};
    return std::optional<Item>(std::move(item));
  }
}

}  // namespace trace
