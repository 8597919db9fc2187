#include "tracegen/generator/shrink.h"

#include <algorithm>
#include <cstddef>
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

class Shrinker {
 public:
  Shrinker(Schedule schedule, const std::function<bool(const Schedule&)>& still_fails,
           int max_trials)
      : best_(std::move(schedule)), still_fails_(still_fails), trials_left_(max_trials) {}

  Schedule Run() {
    CutEnd();
    // One reduction may make another one possible.
    bool progress = true;
    while (progress && trials_left_ > 0) {
      progress = RemoveKinds();
      progress = RemoveServers() || progress;
      progress = RemoveActions() || progress;
      progress = SimplifySettings() || progress;
      progress = ExpandRuns() || progress;
      progress = LowerOperands() || progress;
    }
    return std::move(best_);
  }

 private:
  bool Try(Schedule candidate) {
    if (trials_left_ == 0) return false;
    --trials_left_;
    if (!still_fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  // Drops what follows the failure: finds the shortest prefix that fails, if a prefix does.
  void CutEnd() {
    std::size_t fails = best_.actions.size();
    std::size_t passes = 0;
    const Schedule whole = best_;
    while (fails - passes > 1) {
      const std::size_t middle = passes + (fails - passes) / 2;
      Schedule candidate = whole;
      candidate.actions.resize(middle);
      (Try(std::move(candidate)) ? fails : passes) = middle;
    }
  }

  bool RemoveKinds() {
    bool any = false;
    for (int k = kKinds - 1; k >= 0; --k) {
      const auto is_kind = [k](const Action& action) { return static_cast<int>(action.kind) == k; };
      Schedule candidate = best_;
      if (std::erase_if(candidate.actions, is_kind) <= 1) continue;
      any = Try(std::move(candidate)) || any;
    }
    return any;
  }

  bool RemoveActions() {
    bool any = false;
    for (std::size_t chunk = std::max<std::size_t>(1, best_.actions.size() / 2); chunk > 0;
         chunk /= 2) {
      // From the end, because later actions depend on earlier ones.
      std::size_t end = best_.actions.size();
      while (end > 0) {
        const std::size_t begin = end > chunk ? end - chunk : 0;
        Schedule candidate = best_;
        candidate.actions.erase(candidate.actions.begin() + static_cast<std::ptrdiff_t>(begin),
                                candidate.actions.begin() + static_cast<std::ptrdiff_t>(end));
        any = Try(std::move(candidate)) || any;
        end = std::min(begin, best_.actions.size());
      }
    }
    return any;
  }

  // Removes a server with all its actions; servers with higher numbers move down by one.
  bool RemoveServers() {
    bool any = false;
    for (std::uint32_t gone = best_.settings.servers; gone > 0; --gone) {
      if (best_.settings.servers == 1 || gone > best_.settings.servers) continue;
      Schedule candidate = best_;
      Settings& settings = candidate.settings;
      std::erase_if(candidate.actions,
                    [gone](const Action& action) { return IsAbout(action, gone); });
      for (Action& action : candidate.actions) Renumber(action, gone);
      --settings.servers;
      if (settings.voters != 0 && (gone <= settings.voters || settings.voters > settings.servers)) {
        --settings.voters;
        if (settings.voters == 0) continue;
      }
      any = Try(std::move(candidate)) || any;
    }
    return any;
  }

  bool SimplifySettings() {
    const Settings usual;
    bool any = false;
    const auto reset = [&](auto Settings::*setting) {
      if (best_.settings.*setting == usual.*setting) return;
      Schedule candidate = best_;
      candidate.settings.*setting = usual.*setting;
      if (candidate.settings.lease_reads && !candidate.settings.check_quorum) return;
      any = Try(std::move(candidate)) || any;
    };
    reset(&Settings::wal);
    reset(&Settings::equal_seeds);
    reset(&Settings::async_storage);
    reset(&Settings::lease_reads);
    reset(&Settings::pre_vote);
    reset(&Settings::check_quorum);
    reset(&Settings::max_inflight_bytes);
    reset(&Settings::max_inflight_messages);
    reset(&Settings::max_uncommitted_bytes);
    reset(&Settings::max_committed_bytes);
    if (best_.settings.max_inflight_bytes == 0) reset(&Settings::max_message_bytes);
    reset(&Settings::forward_proposals);
    reset(&Settings::step_down_on_removal);
    reset(&Settings::voters);
    return any;
  }

  // `run` stands for many steps; most of them can be removed once they are written out.
  bool ExpandRuns() {
    for (std::size_t k = 0; k < best_.actions.size(); ++k) {
      const Action action = best_.actions[k];
      if (action.kind != Kind::kRun || action.operands[0] <= 1) continue;
      for (const std::uint32_t rounds : {1U, action.operands[0] / 2, action.operands[0] - 1}) {
        Schedule candidate = best_;
        candidate.actions[k].operands[0] = rounds;
        if (Try(std::move(candidate))) return true;
      }
    }
    return false;
  }

  bool LowerOperands() {
    bool any = false;
    for (std::size_t k = 0; k < best_.actions.size(); ++k) {
      const KindInfo& info = InfoOf(best_.actions[k].kind);
      for (std::size_t o = 0; o < info.operands.size() && !info.operands[o].empty(); ++o) {
        const std::string_view name = info.operands[o];
        if (IsServerOperand(name) || IsServerList(name) || name == "ROUNDS") continue;
        const std::uint32_t value = best_.actions[k].operands[o];
        for (const std::uint32_t lower : {0U, 1U, value / 2, value == 0 ? 0 : value - 1}) {
          if (lower >= value) continue;
          Schedule candidate = best_;
          candidate.actions[k].operands[o] = lower;
          if (Try(std::move(candidate))) {
            any = true;
            break;
          }
        }
      }
    }
    return any;
  }

  Schedule best_;
  const std::function<bool(const Schedule&)>& still_fails_;
  int trials_left_;
};

}  // namespace

Schedule Shrink(const Schedule& schedule, const std::function<bool(const Schedule&)>& still_fails,
                int max_trials) {
  return Shrinker(schedule, still_fails, max_trials).Run();
}

}  // namespace tracegen
