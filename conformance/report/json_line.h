// One JSON object, without a line end, member by member in the order of the calls.  It writes what
// nlohmann_json would, which only json_line.cc compiles.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace conformance {

class JsonLine {
 public:
  JsonLine& Add(std::string_view key, std::uint64_t value);
  JsonLine& Add(std::string_view key, int value);
  JsonLine& Add(std::string_view key, double value);
  JsonLine& Add(std::string_view key, bool value);
  JsonLine& Add(std::string_view key, std::string_view value);
  // Without this one a literal would be a truth.
  JsonLine& Add(std::string_view key, const char* value) {
    return Add(key, std::string_view(value));
  }
  JsonLine& Add(std::string_view key, const std::string& value) {
    return Add(key, std::string_view(value));
  }
  JsonLine& Add(std::string_view key, const std::vector<std::string>& values);
  JsonLine& Add(std::string_view key, const std::vector<std::uint64_t>& values);
  JsonLine& Add(std::string_view key, const JsonLine& object);
  JsonLine& AddNull(std::string_view key);

  bool Empty() const { return members_.empty(); }
  std::string Text() const { return "{" + members_ + "}"; }

 private:
  JsonLine& AddText(std::string_view key, const std::string& text);
  std::string members_;
};

}  // namespace conformance
