#include "raft/trace/reader.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>

#include "raft/trace/format.h"
#include "raft/trace/parse.h"
#include "raft/trace/source.h"

namespace trace {
namespace {

using nlohmann::json;

constexpr std::size_t kBlock = std::size_t{1} << 16U;

std::string Found(const json& value) {
  if (value.is_string()) return "the string '" + Shown(value.get_ref<const std::string&>()) + "'";
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array of " + std::to_string(value.size());
  return value.dump();  // a number, true, false, null
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

// From JSON to the types of event.h, by their field lists.  The first error stays.
class Decoder {
 public:
  const std::optional<std::string>& error() const { return error_; }

  // `name` is that of the innermost field, also for the elements of its lists.
  template <class T>
  void Read(const json& value, const Path& path, std::string_view name, T& out) {
    if (error_) return;
    if constexpr (IsField<T>::value) {
      Read(value, path, name, out.emplace());
    } else if constexpr (Visitable<T>) {
      ReadObject(value, path, out);
    } else if constexpr (IsList<T>::value) {
      if (!value.is_array()) return Expected(path, "an array", value);
      for (std::size_t k = 0; k < value.size() && !error_; ++k) {
        Read(value[k], {&path, {}, k}, name, out.emplace_back());
      }
    } else if constexpr (std::is_same_v<T, Conf>) {
      if (!value.is_array() || value.size() != out.size()) {
        return Expected(path, "an array of two arrays", value);
      }
      for (std::size_t k = 0; k < out.size(); ++k) Read(value[k], {&path, {}, k}, name, out[k]);
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
  void Expected(const Path& path, const std::string& what, const json& found) {
    error_ = path.Text() + ": expected " + what + ", found " + Found(found);
  }

  template <class T>
  void ReadObject(const json& value, const Path& path, T& out) {
    if (!value.is_object()) return Expected(path, "an object", value);
    std::size_t known = 0;
    T::Visit(out, [&](std::string_view name, auto& field) {
      const Path inner{&path, name, 0};
      const auto found = value.find(name);
      if (found != value.end()) {
        ++known;
        Read(*found, inner, name, field);
      } else if (!IsField<std::remove_cvref_t<decltype(field)>>::value && !error_) {
        error_ = inner.Text() + ": is missing";
      }
    });
    if (known < value.size() && !error_) ReportUnknown(value, path, out);
  }

  template <class T>
  void ReportUnknown(const json& value, const Path& path, const T& out) {
    for (const auto& item : value.items()) {
      bool known = false;
      T::Visit(out,
               [&](std::string_view name, const auto&) { known = known || name == item.key(); });
      if (known) continue;
      error_ = path.Text() + ": unknown field '" + Shown(item.key()) + "'";
      return;
    }
  }

  template <class Enum>
  void ReadName(const json& value, const Path& path, Enum& out) {
    const auto& list = Names<Enum>::kList;
    if (value.is_string()) {
      const auto found = std::find(list.begin(), list.end(), value.get_ref<const std::string&>());
      if (found != list.end()) {
        out = static_cast<Enum>(found - list.begin());
        return;
      }
    }
    std::string what = "a known " + std::string(Names<Enum>::kWhat) + " (";
    for (const std::string_view name : list) what.append(name).append(", ");
    what.resize(what.size() - 2);
    Expected(path, what + ")", value);
  }

  void ReadNumber(const json& value, const Path& path, std::string_view name, std::uint64_t& out) {
    if (!IsStringField(name)) {
      if (!value.is_number_unsigned()) return Expected(path, "an unsigned 64-bit number", value);
      out = value.get<std::uint64_t>();
      return;
    }
    if (value.is_string()) {
      const auto& text = value.get_ref<const std::string&>();
      const char* const end = text.data() + text.size();
      const auto [stop, failure] = std::from_chars(text.data(), end, out);
      // "07" would be a second name of server 7.
      const bool canonical = text.size() == 1 || !text.starts_with('0');
      if (failure == std::errc() && stop == end && canonical) return;
    }
    Expected(path, "an unsigned 64-bit number as a decimal string", value);
  }

  std::optional<std::string> error_;
};

template <class T>
Result<bool> Decode(const json& line, std::uint64_t number, std::string_view key, Item& item) {
  const auto body = line.find(key);
  if (body == line.end()) return Error{number, std::string(key) + ": is missing"};
  Decoder decoder;
  decoder.Read(*body, {nullptr, key, 0}, key, item.value.emplace<T>());
  if (decoder.error()) return Error{number, *decoder.error()};
  return true;
}

// Nothing if this reader knows the version; an error about anything else is found later.
std::optional<std::string> NewerVersion(const json& line) {
  const auto header = line.find("header");
  if (header == line.end() || !header->is_object()) return std::nullopt;
  const auto version = header->find("version");
  if (version == header->end() || !version->is_number_unsigned()) return std::nullopt;
  if (version->get<std::uint64_t>() <= kFormatVersion) return std::nullopt;
  return "header.version: expected at most " + std::to_string(kFormatVersion) +
         ", the newest that this reader knows, found " + version->dump();
}

}  // namespace

Result<Reader> Reader::Open(const std::string& path) {
  auto source = OpenSource(path);
  if (!source.ok()) return source.error();
  return Reader(std::move(source).value());
}

Result<Reader> Reader::Follow(const std::string& path, std::function<bool()> wait) {
  auto source = OpenSource(path, std::move(wait));
  if (!source.ok()) return source.error();
  return Reader(std::move(source).value());
}

Reader Reader::FromString(std::string text) { return Reader(StringSource(std::move(text))); }

Result<bool> Reader::NextLine() {
  carried_.clear();
  block_.resize(kBlock + QuickLine::kPadding);
  for (bool any = false;;) {
    if (begin_ == end_) {
      auto count = source_->Read(block_.data(), kBlock);
      if (!count.ok()) return Error{line_ + 1, count.error().message};
      begin_ = 0;
      end_ = count.value();
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
      return Error{line_ + 1, "longer than " + std::to_string(kMaxLineBytes >> 20U) +
                                  " MiB: expected one event a line"};
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

Result<bool> Reader::ReadThoroughly(Item& item) {
  const ParsedLine parsed = ParseLine(text_);
  const json& line = parsed.value;
  if (parsed.error) return Error{line_, *parsed.error};
  if (!line.is_object()) return Error{line_, "expected a JSON object, found " + Found(line)};
  const auto tag = line.find("tag");
  const bool event = tag != line.end() && *tag == kTraceTag;
  const bool header = tag != line.end() && *tag == kHeaderTag;
  // Other loggers may repeat what they like, but not the key that says whose line it is.
  if (parsed.repeated && (event || header || *parsed.repeated == "tag")) {
    return Error{line_, "the field '" + Shown(*parsed.repeated) + "' occurs twice"};
  }
  if (event) return Decode<Event>(line, line_, "event", item);
  if (header) {
    if (const auto newer = NewerVersion(line)) return Error{line_, *newer};
    return Decode<Header>(line, line_, "header", item);
  }
  return false;
}

Result<bool> Reader::ReadItem(Item& item) {
  for (;;) {
    auto more = NextLine();
    if (!more.ok() || !more.value()) return more;
    if (text_.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    item.line = line_;
    if (!std::holds_alternative<Event>(item.value)) item.value.emplace<Event>();
    const auto answer = quick_.Read(text_, std::get<Event>(item.value));
    if (answer == QuickLine::Answer::kEvent) return true;
    if (answer == QuickLine::Answer::kUnsure) {
      auto read = ReadThoroughly(item);
      if (!read.ok() || read.value()) return read;
    }
    ++skipped_;
  }
}

Result<bool> Reader::Read(Item& item) {
  if (failed_) return *failed_;
  auto read = ReadItem(item);
  if (!read.ok()) failed_ = read.error();
  return read;
}

Result<std::vector<Item>> ReadAll(Reader reader) {
  std::vector<Item> items;
  for (Item item;;) {
    const auto more = reader.Read(item);
    if (!more.ok()) return more.error();
    if (!more.value()) return items;
    items.push_back(item);
  }
}

}  // namespace trace
