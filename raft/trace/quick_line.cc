#include "raft/trace/quick_line.h"

#include <simdjson.h>

#include <array>
#include <cctype>
#include <charconv>
#include <cstring>
#include <type_traits>

#include "raft/trace/format.h"
#include "raft/trace/name_hash.h"
#include "raft/trace/parse.h"

namespace trace {
namespace {

namespace dom = simdjson::dom;
static_assert(QuickLine::kPadding >= simdjson::SIMDJSON_PADDING);

template <class Enum>
bool FindName(std::string_view name, Enum& out) {
  const std::size_t k = NameHash<Names<Enum>::kList>::Find(name);
  out = static_cast<Enum>(k);
  return k < Names<Enum>::kList.size();
}

// All of these answer whether the value is as the format wants it, without a doubt.
class QuickDecoder {
 public:
  // `name` is that of the innermost field, also for the elements of its lists.
  template <class T>
  static bool Read(dom::element value, std::string_view name, T& out) {
    if constexpr (IsField<T>::value) {
      return Read(value, name, out.emplace());
    } else if constexpr (Visitable<T>) {
      dom::object object;
      return value.get(object) == simdjson::SUCCESS && ReadObject(object, out);
    } else if constexpr (IsList<T>::value) {
      return ReadList(value, name, out);
    } else if constexpr (std::is_same_v<T, Conf>) {
      dom::array halves;
      if (value.get(halves) != simdjson::SUCCESS || halves.size() != out.size()) return false;
      return Read(halves.at(0).value_unsafe(), name, out[0]) &&
             Read(halves.at(1).value_unsafe(), name, out[1]);
    } else if constexpr (std::is_enum_v<T>) {
      std::string_view text;
      return value.get(text) == simdjson::SUCCESS && FindName(text, out);
    } else if constexpr (std::is_same_v<T, bool>) {
      return value.get(out) == simdjson::SUCCESS;
    } else {
      return ReadNumber(value, name, out);
    }
  }

 private:
  template <class T>
  static bool ReadList(dom::element value, std::string_view name, T& out) {
    dom::array array;
    if (value.get(array) != simdjson::SUCCESS) return false;
    for (const dom::element element : array) {
      if (!Read(element, name, out.emplace_back())) return false;
    }
    return true;
  }

  static bool ReadNumber(dom::element value, std::string_view name, std::uint64_t& out) {
    if (!IsStringField(name)) return value.get(out) == simdjson::SUCCESS;
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return false;
    const char* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, out);
    const bool canonical = text.size() == 1 || !text.starts_with('0');
    return failure == std::errc() && stop == end && canonical;
  }

  // Nearly every writer keeps the order of the field list.
  template <class T>
  static bool ReadObject(dom::object object, T& out) {
    auto at = object.begin();
    const auto end = object.end();
    bool good = true;
    T::Visit(out, [&](std::string_view name, auto& field) {
      if (!good) return;
      if (at != end && at.key_equals(name)) {
        good = Read(at.value(), name, field);
        ++at;
      } else if (!IsField<std::remove_cvref_t<decltype(field)>>::value) {
        good = false;
      }
    });
    return good && at == end ? true : ReadInAnyOrder(object, out);
  }

  template <class T>
  static bool ReadInAnyOrder(dom::object object, T& out) {
    out = T{};
    std::uint64_t seen = 0;
    for (const auto [key, value] : object) {
      std::uint64_t bit = 1;
      bool good = false;  // known, once, and as it should be
      T::Visit(out, [&](std::string_view name, auto& field) {
        if (name == key && (seen & bit) == 0) {
          good = Read(value, name, field);
          seen |= bit;
        }
        bit <<= 1U;
      });
      if (!good) return false;
    }
    std::uint64_t bit = 1;
    bool whole = true;
    T::Visit(out, [&](std::string_view /*name*/, auto& field) {
      const bool wanted = !IsField<std::remove_cvref_t<decltype(field)>>::value;
      whole = whole && (!wanted || (seen & bit) != 0);
      bit <<= 1U;
    });
    return whole;
  }
};

// What the two parsers may take differently: -0, which is no unsigned number; escapes.
bool HasOddities(std::string_view line) {
  if (std::memchr(line.data(), '\\', line.size()) != nullptr) return true;
  const char* const end = line.data() + line.size();
  for (const char* at = line.data();; ++at) {
    at = static_cast<const char*>(std::memchr(at, '-', static_cast<std::size_t>(end - at)));
    if (at == nullptr) return false;
    const bool zero = at + 1 != end && at[1] == '0';
    // In a date the minus follows a digit.
    const bool begins =
        at == line.data() || std::isalnum(static_cast<unsigned char>(at[-1])) == 0;
    if (zero && begins) return true;
  }
}

}  // namespace

struct QuickLine::Parser {
  dom::parser parser;
};

QuickLine::QuickLine() : parser_(std::make_unique<Parser>()) {}
QuickLine::QuickLine(QuickLine&&) noexcept = default;
QuickLine& QuickLine::operator=(QuickLine&&) noexcept = default;
QuickLine::~QuickLine() = default;

QuickLine::Answer QuickLine::Read(std::string_view line, Event& event) {
  if (HasOddities(line)) return Answer::kUnsure;
  dom::parser& parser = parser_->parser;
  if (parser.capacity() < line.size() &&
      parser.allocate(2 * line.size(), kMaxDepth - 1) != simdjson::SUCCESS) {
    return Answer::kUnsure;
  }
  dom::object object;
  if (parser.parse(line.data(), line.size(), false).get(object) != simdjson::SUCCESS) {
    return Answer::kUnsure;
  }
  int tags = 0;
  int bodies = 0;  // of any kind
  bool ours = false;
  dom::element body;
  for (const auto [key, value] : object) {
    if (key == "tag") {
      std::string_view tag;
      ++tags;
      const bool text = value.get(tag) == simdjson::SUCCESS;
      if (text && tag == kHeaderTag) return Answer::kUnsure;
      ours = text && tag == kTraceTag;
    } else if (key == "event") {
      ++bodies;
      body = value;
    } else if (key == "header") {
      return Answer::kUnsure;
    }
  }
  if (tags <= 1 && bodies == 0 && !ours) return Answer::kSkipped;
  if (tags != 1 || bodies != 1 || !ours) return Answer::kUnsure;
  event = Event{};
  return QuickDecoder::Read(body, "event", event) ? Answer::kEvent : Answer::kUnsure;
}

}  // namespace trace
