// The configuration of a model, as TLC reads it: a .cfg file.  What is not understood is an error,
// never ignored.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace spec::explorer {

// The value of a constant: a number, a truth, a string, a model value (a name that stands for
// itself), or a set of such.
struct ConfigValue {
  enum class Kind : std::uint8_t { kNumber, kTruth, kString, kModelValue, kSet };
  Kind kind = Kind::kModelValue;
  std::uint64_t number = 0;  // also 1 for TRUE
  std::string text;          // of strings and model values
  std::vector<ConfigValue> elements;
  int line = 0;
  friend bool operator==(const ConfigValue& a, const ConfigValue& b) {
    return a.kind == b.kind && a.number == b.number && a.text == b.text && a.elements == b.elements;
  }
};

// A name in the file and its line.
struct ConfigName {
  std::string name;
  int line = 0;
};

struct Config {
  std::map<std::string, ConfigValue> constants;
  std::optional<ConfigName> specification;
  std::optional<ConfigName> init;
  std::optional<ConfigName> next;
  std::vector<ConfigName> invariants;
  std::vector<ConfigName> properties;
  std::vector<ConfigName> constraints;
  std::optional<ConfigName> symmetry;
  bool check_deadlock = true;
  // From comments that only we read: `\* distinct states: N`, and so on.
  std::map<std::string, std::uint64_t> expected;
};

// The error is "line 3: ...".
[[nodiscard]] tl::expected<Config, std::string> ParseConfig(std::string_view text);

}  // namespace spec::explorer
