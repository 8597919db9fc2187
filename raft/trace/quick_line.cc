#include "raft/trace/quick_line.h"

#include <simdjson.h>

#include <charconv>
#include <cstring>
#include <type_traits>
#include <utility>

#include "raft/trace/format.h"
#include "raft/trace/name_hash.h"
#include "raft/trace/plain_line.h"

namespace trace {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::SUCCESS;
static_assert(QuickLine::kPadding >= simdjson::SIMDJSON_PADDING);

template <class Enum>
bool FindName(std::string_view name, Enum& out) {
  const std::size_t k = NameHash<Names<Enum>::kList>::Find(name);
  out = static_cast<Enum>(k);
  return k < Names<Enum>::kList.size();
}

// What stands in a string; a line with escapes does not come this far.
std::string_view TextOf(ondemand::raw_json_string raw) {
  const char* const begin = raw.raw();
  return {begin, static_cast<std::size_t>(std::strchr(begin, '"') - begin)};
}

// All of these answer whether the value is as the format wants it, without a doubt.
class QuickDecoder {
 public:
  // `decimal`: numbers are decimal strings.
  template <class T>
  static bool Read(ondemand::value value, bool decimal, T& out) {
    if constexpr (IsField<T>::value) {
      return Read(value, decimal, out.emplace());
    } else if constexpr (Visitable<T>) {
      ondemand::object object;
      return value.get_object().get(object) == SUCCESS && ReadObject(object, out);
    } else if constexpr (IsList<T>::value) {
      return ReadElements(value, [&](ondemand::value element, std::size_t /*k*/) {
        return Read(element, decimal, out.emplace_back());
      });
    } else if constexpr (std::is_same_v<T, Conf>) {
      std::size_t halves = 0;
      const bool good = ReadElements(value, [&](ondemand::value element, std::size_t k) {
        halves = k + 1;
        return k < out.size() && Read(element, decimal, out[k]);
      });
      return good && halves == out.size();
    } else if constexpr (std::is_enum_v<T>) {
      ondemand::raw_json_string raw;
      return value.get_raw_json_string().get(raw) == SUCCESS && FindName(TextOf(raw), out);
    } else if constexpr (std::is_same_v<T, bool>) {
      return value.get_bool().get(out) == SUCCESS;
    } else {
      return decimal ? ReadDecimal(value, out) : value.get_uint64().get(out) == SUCCESS;
    }
  }

 private:
  template <class F>
  static bool ReadElements(ondemand::value value, F read) {
    ondemand::array array;
    if (value.get_array().get(array) != SUCCESS) return false;
    std::size_t k = 0;
    for (auto next : array) {
      if (next.error() != SUCCESS || !read(next.value_unsafe(), k++)) return false;
    }
    return true;
  }

  static bool ReadDecimal(ondemand::value value, std::uint64_t& out) {
    ondemand::raw_json_string raw;
    if (value.get_raw_json_string().get(raw) != SUCCESS) return false;
    constexpr std::ptrdiff_t kMostDigits = 20;
    const char* const begin = raw.raw();
    const auto [stop, failure] = std::from_chars(begin, begin + kMostDigits, out);
    const bool canonical = *begin != '0' || stop == begin + 1;
    return failure == std::errc() && *stop == '"' && canonical;
  }

  // Nearly every writer keeps the order of the field list.
  template <class T>
  static bool ReadObject(ondemand::object object, T& out) {
    auto at = object.begin();
    const auto end = object.end();
    ondemand::field field;
    const auto next = [&] { return at != end && (*at).get(field) == SUCCESS; };
    bool good = at.error() == SUCCESS;
    bool there = good && next();
    std::uint64_t decimal = DecimalMembers<T>() << 1U;
    T::Visit(out, [&](std::string_view name, auto& member) {
      decimal >>= 1U;
      if (!good) return;
      if (there && field.key().unsafe_is_equal(name)) {
        good = Read(field.value(), (decimal & 1U) != 0, member);
        ++at;
        there = next();
      } else if (!IsField<std::remove_cvref_t<decltype(member)>>::value) {
        good = false;
      }
    });
    if (good && !there) return at == end;
    return object.reset().error() == SUCCESS && ReadInAnyOrder(object, out);
  }

  template <class T>
  static bool ReadInAnyOrder(ondemand::object object, T& out) {
    out = T{};
    std::uint64_t seen = 0;
    for (auto next : object) {
      ondemand::field field;
      if (std::move(next).get(field) != SUCCESS) return false;
      std::uint64_t bit = 1;
      bool good = false;  // known, once, and as it should be
      T::Visit(out, [&](std::string_view name, auto& member) {
        if ((seen & bit) == 0 && field.key().unsafe_is_equal(name)) {
          good = Read(field.value(), (DecimalMembers<T>() & bit) != 0, member);
          seen |= bit;
        }
        bit <<= 1U;
      });
      if (!good) return false;
    }
    std::uint64_t bit = 1;
    bool whole = true;
    T::Visit(out, [&](std::string_view /*name*/, auto& member) {
      const bool wanted = !IsField<std::remove_cvref_t<decltype(member)>>::value;
      whole = whole && (!wanted || (seen & bit) != 0);
      bit <<= 1U;
    });
    return whole;
  }
};

// Is it sound?  What nobody looks at is not checked by simdjson.
bool IsScalar(ondemand::value value) {
  ondemand::json_type type{};
  if (value.type().get(type) != SUCCESS) return false;
  switch (type) {
    case ondemand::json_type::string: {
      ondemand::raw_json_string raw;
      return value.get_raw_json_string().get(raw) == SUCCESS;
    }
    case ondemand::json_type::number:
      return value.get_double().error() == SUCCESS;
    case ondemand::json_type::boolean:
      return value.get_bool().error() == SUCCESS;
    default:
      return false;
  }
}

}  // namespace

struct QuickLine::Parser {
  ondemand::parser parser;
};

QuickLine::QuickLine() : parser_(std::make_unique<Parser>()) {}
QuickLine::QuickLine(QuickLine&&) noexcept = default;
QuickLine& QuickLine::operator=(QuickLine&&) noexcept = default;
QuickLine::~QuickLine() = default;

QuickLine::Answer QuickLine::Read(std::string_view line, Event& event) {
  if (ReadPlainLine(line, event)) return Answer::kEvent;
  if (std::memchr(line.data(), '\\', line.size()) != nullptr) return Answer::kUnsure;
  ondemand::document document;
  ondemand::object object;
  if (parser_->parser.iterate(line.data(), line.size(), line.size() + kPadding).get(document) !=
          SUCCESS ||
      document.get_object().get(object) != SUCCESS) {
    return Answer::kUnsure;
  }
  bool tagged = false;
  bool ours = false;
  bool read = false;
  for (auto next : object) {
    ondemand::field field;
    if (std::move(next).get(field) != SUCCESS) return Answer::kUnsure;
    if (field.key().unsafe_is_equal("tag")) {
      ondemand::raw_json_string tag;
      if (tagged || field.value().get_raw_json_string().get(tag) != SUCCESS) return Answer::kUnsure;
      tagged = true;
      ours = TextOf(tag) == kTraceTag;
      if (TextOf(tag) == kHeaderTag) return Answer::kUnsure;
    } else if (field.key().unsafe_is_equal("event")) {
      if (read) return Answer::kUnsure;
      read = true;  // whose it is may come later
      event = Event{};
      if (!QuickDecoder::Read(field.value(), false, event)) return Answer::kUnsure;
    } else if (field.key().unsafe_is_equal("header") || !IsScalar(field.value())) {
      return Answer::kUnsure;
    }
  }
  const char* rest = nullptr;  // nothing may follow
  if (document.current_location().get(rest) == SUCCESS) return Answer::kUnsure;
  if (ours) return read ? Answer::kEvent : Answer::kUnsure;
  return Answer::kSkipped;
}

}  // namespace trace
