#include "tracegen/schedule.h"

#include <charconv>
#include <limits>
#include <optional>

namespace tracegen {
namespace {

constexpr std::string_view kMagic = "raftcheck-schedule";
constexpr std::uint64_t kVersion = 1;
constexpr std::uint32_t kMaxServers = 7;

constexpr std::array<KindInfo, kKinds> kInfos = {{
    {"tick", {"SERVER", "COUNT"}},
    {"process", {"SERVER"}},
    {"deliver", {"FROM", "TO", "K"}},
    {"drop", {"FROM", "TO", "K"}},
    {"duplicate", {"FROM", "TO", "K"}},
    {"propose", {"SERVER", "VALUE"}},
    {"campaign", {"SERVER"}},
    {"cut", {"FROM", "TO"}},
    {"isolate", {"SERVER"}},
    {"heal", {}},
    {"crash", {"SERVER", "KEEP"}},
    {"crash-writing", {"SERVER", "AFTER"}},
    {"restart", {"SERVER"}},
    {"run", {"ROUNDS"}},
}};

// Whatever is a count is bounded, so that no schedule runs for ever.
constexpr std::uint32_t kMaxCount = 10000;

bool IsServer(std::string_view operand) {
  return operand == "SERVER" || operand == "FROM" || operand == "TO";
}

bool IsCount(std::string_view operand) { return operand == "COUNT" || operand == "ROUNDS"; }

std::vector<std::string_view> Words(std::string_view line) {
  line = line.substr(0, line.find('#'));
  std::vector<std::string_view> words;
  for (;;) {
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(" \t\r"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

template <class T>
std::optional<T> Number(std::string_view word) {
  T value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

class Parser {
 public:
  trace::Result<Schedule> Parse(std::string_view text) {
    while (!text.empty() && !error_) {
      ++line_;
      const std::size_t end = std::min(text.find('\n'), text.size());
      Line(Words(text.substr(0, end)));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (!error_ && !begun_) {
      ++line_;
      Fail("expected the line 'raftcheck-schedule 1', found the end of the file");
    }
    const Settings& s = schedule_.settings;
    if (!error_ && s.heartbeat_ticks >= s.election_ticks) {
      Fail("expected heartbeat-ticks to be less than election-ticks, found " +
           std::to_string(s.heartbeat_ticks) + " and " + std::to_string(s.election_ticks));
    }
    if (error_) return *error_;
    return std::move(schedule_);
  }

 private:
  void Fail(std::string message) { error_ = trace::Error{line_, std::move(message)}; }

  void Line(const std::vector<std::string_view>& words) {
    if (words.empty()) return;
    if (!begun_) {
      begun_ =
          words.size() == 2 && words[0] == kMagic && Number<std::uint64_t>(words[1]) == kVersion;
      if (!begun_) Fail("expected the line 'raftcheck-schedule 1'");
      return;
    }
    if (Setting(words) || error_) return;
    for (int k = 0; k < kKinds; ++k) {
      const auto kind = static_cast<Kind>(k);
      if (InfoOf(kind).word == words[0]) return ReadAction(kind, words);
    }
    Fail("expected an action or a setting, found '" + std::string(words[0]).substr(0, 40) + "'");
  }

  template <class T>
  bool Set(const std::vector<std::string_view>& words, std::string_view name, T& field, T low,
           T high) {
    if (words[0] != name) return false;
    if (!schedule_.actions.empty()) {
      Fail(std::string(name) + ": settings come before the first action");
      return true;
    }
    const auto value = words.size() == 2 ? Number<T>(words[1]) : std::optional<T>();
    if (!value || *value < low || *value > high) {
      Fail(std::string(name) + ": expected one number from " + std::to_string(low) + " to " +
           std::to_string(high));
      return true;
    }
    field = *value;
    return true;
  }

  bool Setting(const std::vector<std::string_view>& words) {
    Settings& s = schedule_.settings;
    return Set(words, "servers", s.servers, 1U, kMaxServers) ||
           Set(words, "seed", s.seed, std::uint64_t{0},
               std::numeric_limits<std::uint64_t>::max()) ||
           Set(words, "election-ticks", s.election_ticks, 2U, kMaxCount) ||
           Set(words, "heartbeat-ticks", s.heartbeat_ticks, 1U, kMaxCount) ||
           Set(words, "max-message-bytes", s.max_message_bytes, 0U,
               std::numeric_limits<std::uint32_t>::max());
  }

  void ReadAction(Kind kind, const std::vector<std::string_view>& words) {
    const KindInfo& info = InfoOf(kind);
    Action action{kind, {}};
    std::size_t expected = 0;
    for (std::size_t k = 0; k < info.operands.size() && !info.operands[k].empty(); ++k) ++expected;
    if (words.size() != expected + 1) {
      std::string form(info.word);
      for (std::size_t k = 0; k < expected; ++k) form += " " + std::string(info.operands[k]);
      return Fail("expected '" + form + "', found " + std::to_string(words.size() - 1) +
                  " operands");
    }
    for (std::size_t k = 0; k < expected; ++k) {
      const std::string_view name = info.operands[k];
      const auto value = Number<std::uint32_t>(words[k + 1]);
      const std::uint32_t low = IsServer(name) ? 1 : 0;
      const std::uint32_t high = IsServer(name)  ? schedule_.settings.servers
                                 : IsCount(name) ? kMaxCount
                                                 : std::numeric_limits<std::uint32_t>::max();
      if (!value || *value < low || *value > high) {
        return Fail(std::string(info.word) + ": " + std::string(name) +
                    ": expected a number from " + std::to_string(low) + " to " +
                    std::to_string(high) + ", found '" + std::string(words[k + 1]).substr(0, 40) +
                    "'");
      }
      action.operands[k] = *value;
    }
    schedule_.actions.push_back(action);
  }

  Schedule schedule_;
  std::uint64_t line_ = 0;
  bool begun_ = false;
  std::optional<trace::Error> error_;
};

}  // namespace

const KindInfo& InfoOf(Kind kind) { return kInfos[static_cast<std::size_t>(kind)]; }

std::string PrintAction(const Action& action) {
  const KindInfo& info = InfoOf(action.kind);
  std::string text(info.word);
  for (std::size_t k = 0; k < info.operands.size() && !info.operands[k].empty(); ++k) {
    text += " " + std::to_string(action.operands[k]);
  }
  return text;
}

std::string PrintSchedule(const Schedule& schedule) {
  const Settings& s = schedule.settings;
  std::string text = std::string(kMagic) + " " + std::to_string(kVersion) + "\nservers " +
                     std::to_string(s.servers) + "\nseed " + std::to_string(s.seed) +
                     "\nelection-ticks " + std::to_string(s.election_ticks) + "\nheartbeat-ticks " +
                     std::to_string(s.heartbeat_ticks) + "\nmax-message-bytes " +
                     std::to_string(s.max_message_bytes) + "\n";
  for (const Action& action : schedule.actions) text += PrintAction(action) + "\n";
  return text;
}

trace::Result<Schedule> ParseSchedule(std::string_view text) { return Parser().Parse(text); }

}  // namespace tracegen
