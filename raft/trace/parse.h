// One line of a trace to a JSON value, without exceptions and without recursion.  Private to this
// folder.  Only what the format is about is kept: of a line's own keys `tag`, `event` and `header`.
// Read next: reader.cc, which turns the value into the types of event.h.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace trace {

// Deeper nesting is refused; the format itself needs six levels.
inline constexpr std::size_t kMaxDepth = 64;

struct ParsedLine {
  nlohmann::json value;              // an object without the keys that are not ours, or no object
  std::optional<std::string> error;  // if the text is not JSON; then there is no value
  // A key that an object of the value holds twice, the first.  Of two fields with one name JSON
  // readers keep either, and neither may be the one that was checked.
  std::optional<std::string> repeated;
};

ParsedLine ParseLine(std::string_view text);

// Text from the input, cut and without anything that could break a message of one line.
std::string Shown(std::string_view text);

}  // namespace trace
