// The configuration of a model: a .cfg file, in the syntax of TLC.  Whatever the parser does not
// understand is an error; it ignores nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace spec::explorer {

// The value of a constant: a number, a Boolean, a string, a model value (a name that stands for
// itself), or a set of these.
struct ConfigValue {
  enum class Kind : std::uint8_t { kNumber, kTruth, kString, kModelValue, kSet };
  Kind kind = Kind::kModelValue;
  std::uint64_t number = 0;  // also 1 for TRUE
  std::string text;          // of a string or a model value
  std::vector<ConfigValue> elements;
  int line = 0;
  friend bool operator==(const ConfigValue& a, const ConfigValue& b) {
    return a.kind == b.kind && a.number == b.number && a.text == b.text && a.elements == b.elements;
  }
};

// What a comment says of a whole search, with its line and its text.
struct ConfigExpectation {
  std::uint64_t number = 0;
  int line = 0;
  std::string text;  // "distinct states: 12,345"
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
  // From comments, which TLC ignores and this parser reads: `\* distinct states: N`, and the same
  // with "states generated" and "depth".  N may have commas, and a full stop may follow it.
  std::map<std::string, ConfigExpectation> expected;
};

// Errors have the form "line 3: ...".
[[nodiscard]] tl::expected<Config, std::string> ParseConfig(std::string_view text);

}  // namespace spec::explorer
