#include "tracegen/generator/shrink.h"

#include <rapidcheck/Maybe.h>
#include <rapidcheck/seq/Transform.h>
#include <rapidcheck/shrinkable/Create.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tracegen {
namespace {

bool IsServerList(std::string_view operand) { return operand == "VOTERS" || operand == "LEARNERS"; }

// Is the action about `server`?  A list of members is not: it can lose the server instead.
bool IsAbout(const Action& action, std::uint32_t server) {
  const KindInfo& info = InfoOf(action.kind);
  for (std::size_t o = 0; o < info.operands.size(); ++o) {
    if (IsServerOperand(info.operands[o]) && action.operands[o] == server) return true;
  }
  return false;
}

// Servers with a higher number than `gone` move down by one.
void Renumber(Action& action, std::uint32_t gone) {
  const KindInfo& info = InfoOf(action.kind);
  for (std::size_t o = 0; o < info.operands.size(); ++o) {
    std::uint32_t& operand = action.operands[o];
    if (IsServerOperand(info.operands[o]) && operand > gone) --operand;
    if (!IsServerList(info.operands[o])) continue;
    std::uint32_t list = 0;
    for (const std::uint32_t digit : Digits(operand)) {
      if (digit != gone) list = 10 * list + (digit > gone ? digit - 1 : digit);
    }
    operand = list;
  }
}

enum class Pass : std::uint8_t { kEnd, kKinds, kServers, kActions, kSettings, kRuns, kOperands };

// Sets one setting back to what it usually is.  False if that is what it is.
template <auto kSetting>
bool Reset(Settings& settings) {
  const Settings usual;
  if (settings.*kSetting == usual.*kSetting) return false;
  settings.*kSetting = usual.*kSetting;
  return true;
}
constexpr std::array kResets = {
    &Reset<&Settings::wal>,
    &Reset<&Settings::equal_seeds>,
    &Reset<&Settings::async_storage>,
    &Reset<&Settings::lease_reads>,
    &Reset<&Settings::pre_vote>,
    &Reset<&Settings::check_quorum>,
    &Reset<&Settings::max_inflight_bytes>,
    &Reset<&Settings::max_inflight_messages>,
    &Reset<&Settings::max_uncommitted_bytes>,
    &Reset<&Settings::max_committed_bytes>,
    &Reset<&Settings::max_message_bytes>,
    &Reset<&Settings::forward_proposals>,
    &Reset<&Settings::step_down_on_removal>,
    &Reset<&Settings::voters>,
    &Reset<&Settings::heartbeat_ticks>,
    &Reset<&Settings::election_ticks>,
    &Reset<&Settings::seed>,
};

bool Consistent(const Settings& s) {
  const bool window = s.max_inflight_bytes == 0 || s.max_inflight_bytes >= s.max_message_bytes;
  return window && (s.check_quorum || !s.lease_reads) && s.heartbeat_ticks < s.election_ticks;
}

// The passes over one schedule, as a sequence of candidates.  A candidate that is taken becomes the
// schedule, and the sequence goes on behind it: what was tried is not tried again until a round of
// all passes is over.
class Passes {
 public:
  explicit Passes(Schedule schedule)
      : base_(std::make_shared<const Schedule>(std::move(schedule))) {
    Begin(Pass::kEnd);
  }

  const Schedule& base() const { return *base_; }

  std::optional<Schedule> Next() {
    for (;;) {
      if (std::optional<Schedule> candidate = NextOfPass()) return candidate;
      if (pass_ != Pass::kOperands) {
        Begin(static_cast<Pass>(static_cast<std::uint8_t>(pass_) + 1));
      } else if (progress_) {
        progress_ = false;  // one reduction may make another one possible
        Begin(Pass::kKinds);
      } else {
        return std::nullopt;
      }
    }
  }

  // Goes on from the candidate that Next gave last.
  Passes Taken(Schedule candidate) const {
    Passes passes = *this;
    passes.base_ = std::make_shared<const Schedule>(std::move(candidate));
    passes.progress_ = true;
    if (pass_ == Pass::kEnd) {
      passes.width_ = passes.base_->actions.size();
      passes.at_ = before_;
    } else if (pass_ == Pass::kRuns) {
      passes.at_ = passes.base_->actions.size();  // no further
    } else if (pass_ == Pass::kOperands) {
      ++passes.at_;
      passes.option_ = 0;
    }
    return passes;
  }

 private:
  void Begin(Pass pass) {
    const std::size_t size = base_->actions.size();
    pass_ = pass;
    at_ = 0;
    option_ = 0;
    if (pass == Pass::kEnd) width_ = size;
    if (pass == Pass::kKinds) at_ = kKinds;
    if (pass == Pass::kServers) at_ = base_->settings.servers;
    if (pass == Pass::kActions) {
      width_ = std::max<std::size_t>(1, size / 2);
      at_ = size;
    }
  }

  std::optional<Schedule> NextOfPass() {
    switch (pass_) {
      case Pass::kEnd:
        return CutEnd();
      case Pass::kKinds:
        return RemoveKind();
      case Pass::kServers:
        return RemoveServer();
      case Pass::kActions:
        return RemoveActions();
      case Pass::kSettings:
        return SimplifySetting();
      case Pass::kRuns:
        return ShortenRun();
      case Pass::kOperands:
        return LowerOperand();
    }
    return std::nullopt;
  }

  // Drops what follows the failure, by bisection: of the first `at_` actions nothing fails, of the
  // first `width_` something does.
  std::optional<Schedule> CutEnd() {
    if (width_ - at_ <= 1) return std::nullopt;
    before_ = at_;
    at_ += (width_ - at_) / 2;
    Schedule candidate = *base_;
    candidate.actions.resize(at_);
    return candidate;
  }

  std::optional<Schedule> RemoveKind() {
    while (at_ > 0) {
      const auto kind = static_cast<Kind>(--at_);
      Schedule candidate = *base_;
      const auto is_kind = [kind](const Action& action) { return action.kind == kind; };
      if (std::erase_if(candidate.actions, is_kind) > 1) return candidate;
    }
    return std::nullopt;
  }

  // Removes a server with all its actions; servers with higher numbers move down by one.
  std::optional<Schedule> RemoveServer() {
    while (at_ > 0) {
      const auto gone = static_cast<std::uint32_t>(at_--);
      Schedule candidate = *base_;
      Settings& settings = candidate.settings;
      if (settings.servers == 1 || gone > settings.servers) continue;
      std::erase_if(candidate.actions,
                    [gone](const Action& action) { return IsAbout(action, gone); });
      for (Action& action : candidate.actions) Renumber(action, gone);
      --settings.servers;
      if (settings.voters != 0 && (gone <= settings.voters || settings.voters > settings.servers)) {
        if (--settings.voters == 0) continue;
      }
      return candidate;
    }
    return std::nullopt;
  }

  // From the end, because later actions depend on earlier ones.
  std::optional<Schedule> RemoveActions() {
    while (at_ == 0) {
      width_ /= 2;
      if (width_ == 0 || base_->actions.empty()) return std::nullopt;
      at_ = base_->actions.size();
    }
    const auto end = static_cast<std::ptrdiff_t>(at_);
    at_ -= std::min(at_, width_);
    Schedule candidate = *base_;
    candidate.actions.erase(candidate.actions.begin() + static_cast<std::ptrdiff_t>(at_),
                            candidate.actions.begin() + end);
    return candidate;
  }

  std::optional<Schedule> SimplifySetting() {
    while (at_ < kResets.size()) {
      Schedule candidate = *base_;
      if (kResets[at_++](candidate.settings) && Consistent(candidate.settings)) return candidate;
    }
    return std::nullopt;
  }

  // `run` stands for many steps; most of them can be removed once they are written out.
  std::optional<Schedule> ShortenRun() {
    for (; at_ < base_->actions.size(); ++at_, option_ = 0) {
      const Action& action = base_->actions[at_];
      const std::uint32_t rounds = action.operands[0];
      const std::array shorter = {1U, rounds / 2, rounds - 1};
      if (action.kind != Kind::kRun || rounds <= 1 || option_ == shorter.size()) continue;
      Schedule candidate = *base_;
      candidate.actions[at_].operands[0] = shorter[option_++];
      return candidate;
    }
    return std::nullopt;
  }

  // `at_` counts the operands of all actions.
  std::optional<Schedule> LowerOperand() {
    constexpr std::size_t kOperands = std::tuple_size_v<decltype(Action::operands)>;
    for (; at_ < kOperands * base_->actions.size(); ++at_, option_ = 0) {
      const Action& action = base_->actions[at_ / kOperands];
      const std::string_view name = InfoOf(action.kind).operands[at_ % kOperands];
      if (name.empty() || name == "ROUNDS" || IsServerOperand(name) || IsServerList(name)) continue;
      const std::uint32_t value = action.operands[at_ % kOperands];
      const std::array lower = {0U, 1U, value / 2, value - 1};
      while (option_ < lower.size() && lower[option_] >= value) ++option_;
      if (option_ == lower.size()) continue;
      Schedule candidate = *base_;
      candidate.actions[at_ / kOperands].operands[at_ % kOperands] = lower[option_++];
      return candidate;
    }
    return std::nullopt;
  }

  std::shared_ptr<const Schedule> base_;
  Pass pass_ = Pass::kEnd;
  bool progress_ = false;  // in this round
  // Where the pass is; each pass says what they mean to it.
  std::size_t at_ = 0;
  std::size_t before_ = 0;
  std::size_t width_ = 0;
  std::size_t option_ = 0;
};

rc::Shrinkable<Schedule> ShrinkableOf(const Passes& passes);

// What rc::Seq asks of a sequence.
struct Candidates {
  Passes passes;
  rc::Maybe<rc::Shrinkable<Schedule>> operator()() {
    std::optional<Schedule> candidate = passes.Next();
    if (!candidate) return rc::Nothing;
    return ShrinkableOf(passes.Taken(std::move(*candidate)));
  }
};

rc::Shrinkable<Schedule> ShrinkableOf(const Passes& passes) {
  return rc::shrinkable::lambda(
      [passes] { return passes.base(); },
      [passes] { return rc::Seq<rc::Shrinkable<Schedule>>(Candidates{passes}); });
}

}  // namespace

rc::Shrinkable<Schedule> ShrinkableSchedule(Schedule schedule) {
  return ShrinkableOf(Passes(std::move(schedule)));
}

rc::Seq<Schedule> Shrinks(Schedule schedule) {
  return rc::seq::map(ShrinkableSchedule(std::move(schedule)).shrinks(),
                      [](const rc::Shrinkable<Schedule>& candidate) { return candidate.value(); });
}

Schedule Shrink(const Schedule& schedule, const std::function<bool(const Schedule&)>& still_fails,
                int max_trials) {
  Schedule best = schedule;
  rc::Seq<rc::Shrinkable<Schedule>> candidates = ShrinkableSchedule(schedule).shrinks();
  for (int trials = 0; trials < max_trials; ++trials) {
    const rc::Maybe<rc::Shrinkable<Schedule>> candidate = candidates.next();
    if (!candidate) break;
    Schedule smaller = candidate->value();
    if (!still_fails(smaller)) continue;
    best = std::move(smaller);
    candidates = candidate->shrinks();
  }
  return best;
}

}  // namespace tracegen
