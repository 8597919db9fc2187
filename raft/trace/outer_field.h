// The fields of a log line around its event, such as the number of a Raft group (CockroachDB's
// ranges, TiKV's regions) where one log has the lines of several.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trace {

// The value at `path` (keys, with dots between them) of a JSON object: a string without its quotes,
// else as it is written.  Empty if the line has no such value.
std::optional<std::string> OuterField(std::string_view line, std::string_view path);

// The paths and values of all outer fields that hold a string or a number, and of those one object
// further in, but for those that loggers write themselves (time, level, caller, message).
std::vector<std::pair<std::string, std::string>> OuterFields(std::string_view line);

}  // namespace trace
