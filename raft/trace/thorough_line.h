// One line of a trace, whatever it is, and what is wrong with it: without exceptions and without
// recursion into the input.  The only user of nlohmann_json in this folder.  Private to it.
// What it is worth is its messages: simdjson says that a line is no JSON, not at which byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "raft/trace/event.h"
#include "raft/trace/result.h"

namespace trace {

// Deeper nesting is refused; the format itself needs six levels.
inline constexpr std::size_t kMaxDepth = 64;

// False if the line is somebody else's.  `number` is that of the line, for messages.
[[nodiscard]] Result<bool> ReadThoroughly(std::string_view line, std::uint64_t number,
                                          std::variant<Header, Event>& out);

}  // namespace trace
