#include "tracegen/shrink.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace tracegen {
namespace {

class Shrinker {
 public:
  Shrinker(Schedule schedule, const std::function<bool(const Schedule&)>& still_fails,
           int max_trials)
      : best_(std::move(schedule)), still_fails_(still_fails), trials_left_(max_trials) {}

  Schedule Run() {
    // Each way may open another one.
    bool progress = true;
    while (progress && trials_left_ > 0) {
      progress = RemoveActions();
      progress = ExpandRuns() || progress;
      progress = LowerOperands() || progress;
      progress = RemoveServers() || progress;
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

  bool RemoveActions() {
    bool any = false;
    for (std::size_t chunk = std::max<std::size_t>(1, best_.actions.size() / 2); chunk > 0;
         chunk /= 2) {
      // From the end: what comes last depends on what came before.
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

  // `run` hides many steps; written out, most of them can go.
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
        const bool names = name == "SERVER" || name == "FROM" || name == "TO" || name == "NODE" ||
                           name == "VOTERS" || name == "LEARNERS";
        if (names || name == "ROUNDS") continue;
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

  static bool Mentions(const Schedule& schedule, std::uint32_t server) {
    for (const Action& action : schedule.actions) {
      const KindInfo& info = InfoOf(action.kind);
      for (std::size_t o = 0; o < info.operands.size(); ++o) {
        const std::string_view name = info.operands[o];
        const std::uint32_t operand = action.operands[o];
        const bool one = name == "SERVER" || name == "FROM" || name == "TO" || name == "NODE";
        if (one && operand == server) return true;
        if (name != "VOTERS" && name != "LEARNERS") continue;
        for (const std::uint32_t digit : Digits(operand)) {
          if (digit == server) return true;
        }
      }
    }
    return false;
  }

  bool RemoveServers() {
    bool any = false;
    while (best_.settings.servers > 1 && !Mentions(best_, best_.settings.servers)) {
      Schedule candidate = best_;
      --candidate.settings.servers;
      candidate.settings.voters = std::min(candidate.settings.voters, candidate.settings.servers);
      if (!Try(std::move(candidate))) break;
      any = true;
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
