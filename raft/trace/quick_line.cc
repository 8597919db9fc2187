#include "raft/trace/quick_line.h"

#include <simdjson.h>

#include <charconv>
#include <cstring>
#include <utility>

#include "raft/trace/format.h"
#include "raft/trace/plain_line.h"
#include "raft/trace/shape.h"

namespace trace {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::SUCCESS;
static_assert(QuickLine::kPadding >= simdjson::SIMDJSON_PADDING);

// What stands in a string; a line with escapes does not come this far.
std::string_view TextOf(ondemand::raw_json_string raw) {
  const char* const begin = raw.raw();
  return {begin, static_cast<std::size_t>(std::strchr(begin, '"') - begin)};
}

// All of these answer whether the value is as the format wants it, without a doubt.
class QuickDecoder {
 public:
  // `decimal`: numbers are decimal strings.  `out` is of the type of the shape.
  static bool Read(ondemand::value value, const Shape& shape, bool decimal, void* out) {
    switch (shape.kind) {
      case Shape::Kind::kObject: {
        ondemand::object object;
        return value.get_object().get(object) == SUCCESS && ReadObject(object, shape, out);
      }
      case Shape::Kind::kList:
        return ReadElements(value, [&](ondemand::value element, std::size_t /*k*/) {
          return Read(element, *shape.element, decimal, shape.add(out));
        });
      case Shape::Kind::kPair: {
        std::size_t halves = 0;
        const bool good = ReadElements(value, [&](ondemand::value element, std::size_t k) {
          halves = k + 1;
          return k < 2 && Read(element, *shape.element, decimal, shape.half(out, k));
        });
        return good && halves == 2;
      }
      case Shape::Kind::kName: {
        ondemand::raw_json_string raw;
        if (value.get_raw_json_string().get(raw) != SUCCESS) return false;
        const std::size_t place = shape.find(TextOf(raw));
        *static_cast<std::uint8_t*>(out) = static_cast<std::uint8_t>(place);
        return place < shape.names.size();
      }
      case Shape::Kind::kTruth:
        return value.get_bool().get(*static_cast<bool*>(out)) == SUCCESS;
      case Shape::Kind::kNumber: {
        auto& number = *static_cast<std::uint64_t*>(out);
        return decimal ? ReadDecimal(value, number) : value.get_uint64().get(number) == SUCCESS;
      }
    }
    return false;
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

  // Nearly every writer keeps the order of the field list: each key is looked for from the place
  // of the last one on, and from the begin only if that fails.
  static bool ReadObject(ondemand::object object, const Shape& shape, void* out) {
    const std::size_t size = shape.members.size();
    std::uint64_t seen = 0;
    std::size_t place = 0;
    for (auto next : object) {
      ondemand::field field;
      if (std::move(next).get(field) != SUCCESS) return false;
      std::size_t tried = 0;
      while (tried < size && !field.key().unsafe_is_equal(shape.members[place].name)) {
        place = place + 1 == size ? 0 : place + 1;
        ++tried;
      }
      const std::uint64_t bit = std::uint64_t{1} << place;
      if (tried == size || (seen & bit) != 0) return false;  // unknown, or a second time
      seen |= bit;
      const Member& member = shape.members[place];
      if (!Read(field.value(), *member.shape, member.decimal, member.In(out))) return false;
      place = place + 1 == size ? 0 : place + 1;
    }
    for (std::size_t k = 0; k < size; ++k) {
      if (shape.members[k].required && (seen >> k & 1U) == 0) return false;
    }
    return true;
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
      if (!QuickDecoder::Read(field.value(), EventShape(), false, &event)) return Answer::kUnsure;
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
