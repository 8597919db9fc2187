#include "spec/explorer/config.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <iterator>
#include <system_error>
#include <utility>

namespace spec::explorer {
namespace {

struct Token {
  enum class Kind : std::uint8_t { kName, kNumber, kString, kSign, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;
  int line = 0;
};

constexpr std::array kSections = {"CONSTANT",      "CONSTANTS", "INIT",           "NEXT",
                                  "SPECIFICATION", "INVARIANT", "INVARIANTS",     "PROPERTY",
                                  "PROPERTIES",    "SYMMETRY",  "CHECK_DEADLOCK", "CONSTRAINT",
                                  "CONSTRAINTS"};
// What TLC supports and this parser does not; the error message names it.
constexpr std::array kUnsupported = {"ACTION_CONSTRAINT",
                                     "ACTION_CONSTRAINTS",
                                     "VIEW",
                                     "ALIAS",
                                     "POSTCONDITION",
                                     "TYPE",
                                     "TYPE_CONSTRAINT",
                                     "ACTION-CONSTRAINT",
                                     "ACTION-CONSTRAINTS"};

// What a comment may tell of a whole search.
constexpr std::array<std::string_view, 3> kExpected = {"distinct states", "states generated",
                                                       "depth"};

constexpr std::size_t kMostElements = 1000;  // no model has sets as large as that

bool IsNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  tl::expected<Config, std::string> Run() {
    Advance();
    while (error_.empty() && token_.kind != Token::Kind::kEnd) Section();
    if (error_.empty()) Agree();
    if (!error_.empty()) return tl::unexpected(std::move(error_));
    return std::move(config_);
  }

 private:
  void Fail(int line, const std::string& what) {
    if (error_.empty()) error_ = "line " + std::to_string(line) + ": " + what;
  }

  // ---- Characters to tokens.
  // A line of a comment may say what a search finds: "distinct states: 12345".
  void Comment(std::string_view line) {
    // A line of a box begins with a star, too.
    while (!line.empty() && (line.front() == '*' || line.front() == '-' ||
                             std::isspace(static_cast<unsigned char>(line.front())) != 0)) {
      line.remove_prefix(1);
    }
    const auto trim = [](std::string_view text) {
      while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0)
        text.remove_prefix(1);
      while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0)
        text.remove_suffix(1);
      return text;
    };
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    // Large letters and more blanks make no other comment.
    std::string what;
    for (const char c : trim(line.substr(0, colon))) {
      const auto byte = static_cast<unsigned char>(c);
      if (std::isspace(byte) == 0) {
        what += static_cast<char>(std::tolower(byte));
      } else if (!what.ends_with(' ')) {
        what += ' ';
      }
    }
    if (std::find(kExpected.begin(), kExpected.end(), what) == kExpected.end()) return;
    std::string_view number = trim(line.substr(colon + 1));
    if (number.ends_with('.')) number.remove_suffix(1);
    std::string digits;
    std::copy_if(number.begin(), number.end(), std::back_inserter(digits),
                 [](char c) { return c != ','; });
    std::uint64_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [at, error] = std::from_chars(digits.data(), end, value);
    if (digits.empty() || at != end || error != std::errc()) {
      return Fail(line_, "the comment `" + what + ":` expected a number, found `" +
                             std::string(number) + "`");
    }
    const auto [known, is_new] = config_.expected.try_emplace(what);
    if (!is_new && known->second.number != value) {
      return Fail(line_, "the comment `" + what + ":` says " + std::to_string(value) +
                             ", and line " + std::to_string(known->second.line) + " says " +
                             std::to_string(known->second.number));
    }
    known->second = {value, line_, std::string(trim(line))};
  }
  void SkipBlank() {
    while (at_ < text_.size()) {
      if (text_[at_] == '\n') ++line_;
      if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
        ++at_;
      } else if (text_.substr(at_, 2) == "\\*") {
        const std::size_t end = std::min(text_.find('\n', at_), text_.size());
        Comment(text_.substr(at_ + 2, end - at_ - 2));
        at_ = end;
      } else if (text_.substr(at_, 2) == "(*") {
        const std::size_t end = text_.find("*)", at_);
        if (end == std::string_view::npos) {
          Fail(line_, "a comment that begins with (* has no end");
          at_ = text_.size();
          return;
        }
        for (at_ += 2; at_ < end;) {
          const std::size_t stop = std::min(text_.find('\n', at_), end);
          Comment(text_.substr(at_, stop - at_));
          if (stop < end) ++line_;
          at_ = stop + 1;
        }
        at_ = end + 2;
      } else {
        return;
      }
    }
  }
  void Advance() {
    SkipBlank();
    token_ = Token{Token::Kind::kEnd, "the end of the file", line_};
    if (at_ >= text_.size()) return;
    const char c = text_[at_];
    if (IsNameCharacter(c)) {
      const std::size_t from = at_;
      while (at_ < text_.size() && IsNameCharacter(text_[at_])) ++at_;
      token_.text = std::string(text_.substr(from, at_ - from));
      const bool number = std::all_of(token_.text.begin(), token_.text.end(), [](char d) {
        return std::isdigit(static_cast<unsigned char>(d)) != 0;
      });
      token_.kind = number ? Token::Kind::kNumber : Token::Kind::kName;
    } else if (c == '"') {
      const std::size_t end = text_.find_first_of("\"\n", at_ + 1);
      if (end == std::string_view::npos || text_[end] == '\n') {
        Fail(line_, "a string has no end");
        at_ = text_.size();
        return;
      }
      token_ = {Token::Kind::kString, std::string(text_.substr(at_ + 1, end - at_ - 1)), line_};
      at_ = end + 1;
    } else {
      const std::size_t length = text_.substr(at_, 2) == "<-" ? 2 : 1;
      token_ = {Token::Kind::kSign, std::string(text_.substr(at_, length)), line_};
      at_ += length;
    }
  }
  bool AtSection() const {
    return token_.kind == Token::Kind::kName &&
           (std::find(kSections.begin(), kSections.end(), token_.text) != kSections.end() ||
            std::find(kUnsupported.begin(), kUnsupported.end(), token_.text) != kUnsupported.end());
  }

  // ---- Tokens to sections.
  void Section() {
    const Token section = token_;
    if (std::find(kUnsupported.begin(), kUnsupported.end(), section.text) != kUnsupported.end()) {
      return Fail(section.line, section.text + " is not supported");
    }
    if (!AtSection()) {
      return Fail(section.line, "`" + section.text + "` begins no section: expected one of " +
                                    "CONSTANTS, SPECIFICATION, INIT, NEXT, INVARIANTS, PROPERTIES, "
                                    "CONSTRAINTS, SYMMETRY, CHECK_DEADLOCK");
    }
    Advance();
    if (section.text.starts_with("CONSTANT")) return Constants();
    if (section.text.starts_with("INVARIANT")) return Names(config_.invariants);
    if (section.text.starts_with("PROPERT")) return Names(config_.properties);
    if (section.text.starts_with("CONSTRAINT")) return Names(config_.constraints);
    if (section.text == "CHECK_DEADLOCK") return CheckDeadlock();
    std::optional<ConfigName>& one = section.text == "INIT"            ? config_.init
                                     : section.text == "NEXT"          ? config_.next
                                     : section.text == "SPECIFICATION" ? config_.specification
                                                                       : config_.symmetry;
    if (one) return Fail(section.line, section.text + " is given twice");
    if (token_.kind != Token::Kind::kName || AtSection()) {
      return Fail(token_.line, section.text + " needs a name, found `" + token_.text + "`");
    }
    one = ConfigName{token_.text, token_.line};
    Advance();
  }
  void Names(std::vector<ConfigName>& names) {
    while (token_.kind == Token::Kind::kName && !AtSection()) {
      names.push_back({token_.text, token_.line});
      Advance();
      if (token_.kind == Token::Kind::kSign && token_.text == ",") Advance();
    }
  }
  void CheckDeadlock() {
    if (token_.text != "TRUE" && token_.text != "FALSE") {
      return Fail(token_.line, "CHECK_DEADLOCK needs TRUE or FALSE, found `" + token_.text + "`");
    }
    config_.check_deadlock = token_.text == "TRUE";
    Advance();
  }
  void Constants() {
    while (error_.empty() && token_.kind == Token::Kind::kName && !AtSection()) {
      const Token name = token_;
      Advance();
      if (token_.text == "<-") {
        return Fail(name.line, name.text + " <- ...: replacement by a definition is not supported");
      }
      if (token_.kind != Token::Kind::kSign || token_.text != "=") {
        return Fail(token_.line,
                    "expected `=` after " + name.text + ", found `" + token_.text + "`");
      }
      Advance();
      ConfigValue value = Value(0);
      if (!config_.constants.emplace(name.text, std::move(value)).second) {
        Fail(name.line, "constant " + name.text + " is given twice");
      }
    }
  }
  ConfigValue Value(int nesting) {
    ConfigValue value;
    value.line = token_.line;
    const Token token = token_;
    switch (token.kind) {
      case Token::Kind::kNumber:
        value.kind = ConfigValue::Kind::kNumber;
        if (token.text.size() > 9)
          Fail(token.line, token.text + " is too large a number");
        else
          value.number = std::stoull(token.text);
        break;
      case Token::Kind::kString:
        value.kind = ConfigValue::Kind::kString;
        value.text = token.text;
        break;
      case Token::Kind::kName:
        if (token.text == "TRUE" || token.text == "FALSE") {
          value.kind = ConfigValue::Kind::kTruth;
          value.number = token.text == "TRUE" ? 1 : 0;
        } else {
          value.text = token.text;
        }
        break;
      default:
        if (token.text == "{" && nesting < 4) return Set(nesting);
        Fail(token.line, "expected a value, found `" + token.text + "`");
        return value;
    }
    Advance();
    return value;
  }
  ConfigValue Set(int nesting) {
    ConfigValue set;
    set.kind = ConfigValue::Kind::kSet;
    set.line = token_.line;
    Advance();
    while (error_.empty() && token_.text != "}") {
      ConfigValue element = Value(nesting + 1);
      // A set holds each element once.
      if (std::find(set.elements.begin(), set.elements.end(), element) == set.elements.end()) {
        set.elements.push_back(std::move(element));
      }
      if (set.elements.size() > kMostElements) {
        Fail(set.line, "a set has more than " + std::to_string(kMostElements) + " elements");
      }
      if (token_.text == ",") {
        Advance();
        if (token_.text == "}") Fail(token_.line, "expected a value after `,`");
      } else if (token_.text != "}") {
        Fail(token_.line, "expected `,` or `}`, found `" + token_.text + "`");
      }
    }
    Advance();
    return set;
  }

  // TLC requires either a SPECIFICATION, or INIT and NEXT.
  void Agree() {
    if (config_.specification && (config_.init || config_.next)) {
      Fail(config_.specification->line, "both SPECIFICATION and INIT or NEXT are given");
    } else if (!config_.specification && !(config_.init && config_.next)) {
      Fail(line_, "neither SPECIFICATION nor both of INIT and NEXT are given");
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  Token token_;
  Config config_;
  std::string error_;  // the first one
};

}  // namespace

tl::expected<Config, std::string> ParseConfig(std::string_view text) { return Parser(text).Run(); }

}  // namespace spec::explorer
