#include "tracegen/schedule.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <ostream>

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
    {"fail-write", {"SERVER", "AFTER"}},
    {"fail-sync", {"SERVER", "KEEP"}},
    {"restart", {"SERVER"}},
    {"run", {"ROUNDS"}},
    {"write", {"SERVER"}},
    {"apply", {"SERVER"}},
    {"answer", {"SERVER"}},
    {"stall", {"SERVER"}},
    {"unstall", {"SERVER"}},
    {"slow", {"SERVER", "EVERY"}},
    {"compact", {"SERVER", "KEEP"}},
    {"read", {"SERVER", "KEY"}},
    {"read-again", {"SERVER", "K"}},
    {"get", {"SERVER", "KEY"}},
    {"transfer", {"SERVER", "TO"}},
    {"forget-leader", {"SERVER"}},
    {"unreachable", {"SERVER", "TO"}},
    {"add", {"SERVER", "NODE"}},
    {"add-learner", {"SERVER", "NODE"}},
    {"remove", {"SERVER", "NODE"}},
    {"reconfigure", {"SERVER", "VOTERS", "LEARNERS"}},
    {"enter-joint", {"SERVER", "VOTERS", "LEARNERS"}},
    {"leave-joint", {"SERVER"}},
    {"progress", {"ROUNDS"}},
    {"converge", {"ROUNDS"}},
}};

// Every count is bounded, so that no schedule runs for ever.
constexpr std::uint32_t kMaxCount = 10000;
constexpr std::uint32_t kMaxNumber = std::numeric_limits<std::uint32_t>::max();

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
    if (!error_ && s.lease_reads && !s.check_quorum) {
      Fail("expected check-quorum 1 with lease-reads 1");
    }
    if (!error_ && s.voters > s.servers) {
      Fail("expected voters to be at most servers, found " + std::to_string(s.voters) + " and " +
           std::to_string(s.servers));
    }
    if (!error_ && s.max_inflight_bytes != 0 && s.max_inflight_bytes < s.max_message_bytes) {
      Fail("expected max-inflight-bytes to be 0 or at least max-message-bytes");
    }
    if (error_) return trace::Failure(*error_);
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
           SetFlag(words, "equal-seeds", s.equal_seeds) ||
           Set(words, "election-ticks", s.election_ticks, 2U, kMaxCount) ||
           Set(words, "heartbeat-ticks", s.heartbeat_ticks, 1U, kMaxCount) ||
           Set(words, "max-message-bytes", s.max_message_bytes, 0U, kMaxNumber) ||
           Set(words, "voters", s.voters, 0U, kMaxServers) ||
           Set(words, "max-inflight-messages", s.max_inflight_messages, 1U, kMaxCount) ||
           Set(words, "max-inflight-bytes", s.max_inflight_bytes, 0U, kMaxNumber) ||
           Set(words, "max-uncommitted-bytes", s.max_uncommitted_bytes, 1U, kMaxNumber) ||
           Set(words, "max-committed-bytes", s.max_committed_bytes, 0U, kMaxNumber) ||
           SetFlag(words, "pre-vote", s.pre_vote) ||
           SetFlag(words, "check-quorum", s.check_quorum) ||
           SetFlag(words, "lease-reads", s.lease_reads) ||
           SetFlag(words, "async-storage", s.async_storage) || SetFlag(words, "wal", s.wal) ||
           SetFlag(words, "forward-proposals", s.forward_proposals) ||
           SetFlag(words, "step-down-on-removal", s.step_down_on_removal);
  }

  bool SetFlag(const std::vector<std::string_view>& words, std::string_view name, bool& field) {
    std::uint32_t value = field ? 1 : 0;
    if (!Set(words, name, value, 0U, 1U)) return false;
    field = value == 1;
    return true;
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
      const std::uint32_t low = IsServerOperand(name) ? 1 : 0;
      const std::uint32_t high = IsServerOperand(name) ? schedule_.settings.servers
                                 : IsCount(name)       ? kMaxCount
                                                       : kMaxNumber;
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

bool IsServerOperand(std::string_view operand) {
  return operand == "SERVER" || operand == "FROM" || operand == "TO" || operand == "NODE";
}

std::string PrintAction(const Action& action) {
  const KindInfo& info = InfoOf(action.kind);
  std::string text(info.word);
  for (std::size_t k = 0; k < info.operands.size() && !info.operands[k].empty(); ++k) {
    text += " " + std::to_string(action.operands[k]);
  }
  return text;
}

std::vector<std::uint32_t> Digits(std::uint32_t number) {
  std::vector<std::uint32_t> digits;
  for (; number > 0; number /= 10) digits.push_back(number % 10);
  std::sort(digits.begin(), digits.end());
  return digits;
}

// Settings that are as they are without being said are left out, but for the oldest.
std::string PrintSchedule(const Schedule& schedule) {
  const Settings& s = schedule.settings;
  const Settings usual;
  std::string text = std::string(kMagic) + " " + std::to_string(kVersion) + "\n";
  const auto always = [&text](std::string_view name, std::uint64_t value) {
    text += std::string(name) + " " + std::to_string(value) + "\n";
  };
  const auto say = [&always](std::string_view name, std::uint64_t value, std::uint64_t unsaid) {
    if (value != unsaid) always(name, value);
  };
  always("servers", s.servers);
  say("voters", s.voters, usual.voters);
  always("seed", s.seed);
  say("equal-seeds", s.equal_seeds ? 1 : 0, 0);
  always("election-ticks", s.election_ticks);
  always("heartbeat-ticks", s.heartbeat_ticks);
  always("max-message-bytes", s.max_message_bytes);
  say("max-inflight-messages", s.max_inflight_messages, usual.max_inflight_messages);
  say("max-inflight-bytes", s.max_inflight_bytes, usual.max_inflight_bytes);
  say("max-uncommitted-bytes", s.max_uncommitted_bytes, usual.max_uncommitted_bytes);
  say("max-committed-bytes", s.max_committed_bytes, usual.max_committed_bytes);
  say("pre-vote", s.pre_vote ? 1 : 0, 0);
  say("check-quorum", s.check_quorum ? 1 : 0, 0);
  say("lease-reads", s.lease_reads ? 1 : 0, 0);
  say("async-storage", s.async_storage ? 1 : 0, 0);
  say("wal", s.wal ? 1 : 0, 0);
  say("forward-proposals", s.forward_proposals ? 1 : 0, 1);
  say("step-down-on-removal", s.step_down_on_removal ? 1 : 0, 1);
  for (const Action& action : schedule.actions) text += PrintAction(action) + "\n";
  return text;
}

std::ostream& operator<<(std::ostream& out, const Schedule& schedule) {
  return out << PrintSchedule(schedule);
}

trace::Result<Schedule> ParseSchedule(std::string_view text) { return Parser().Parse(text); }

}  // namespace tracegen
