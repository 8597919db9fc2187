#include "raft/trace/outer_field.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace trace {
namespace {

using Json = nlohmann::json;

// Written by zap, slog, logrus, zerolog, tracing and their like, or by the format itself.
constexpr std::array<std::string_view, 16> kOfLoggers = {
    "tag",     "event",  "header", "level",  "ts",         "time",   "timestamp", "msg",
    "message", "caller", "logger", "target", "stacktrace", "source", "thread",    "@timestamp"};

std::string TextOf(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

std::optional<std::string> OuterField(std::string_view line, std::string_view path) {
  const Json parsed = Json::parse(line, nullptr, false);
  const Json* value = &parsed;
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t to = std::min(path.find('.', from), path.size());
    const std::string key(path.substr(from, to - from));
    if (!value->is_object() || !value->contains(key)) return std::nullopt;
    value = &(*value)[key];
    from = to + 1;
  }
  return TextOf(*value);
}

std::vector<std::pair<std::string, std::string>> OuterFields(std::string_view line) {
  std::vector<std::pair<std::string, std::string>> fields;
  const Json parsed = Json::parse(line, nullptr, false);
  const auto add = [&fields](const std::string& path, const Json& value) {
    if (value.is_string() || value.is_number()) fields.emplace_back(path, TextOf(value));
  };
  if (!parsed.is_object()) return fields;
  for (const auto& [key, value] : parsed.items()) {
    if (std::find(kOfLoggers.begin(), kOfLoggers.end(), key) != kOfLoggers.end()) continue;
    add(key, value);
    if (!value.is_object()) continue;
    for (const auto& [inner, one] : value.items()) add(key + "." + inner, one);
  }
  return fields;
}

}  // namespace trace
