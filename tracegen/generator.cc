#include "tracegen/generator.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "raft/check.h"
#include "raft/random.h"
#include "tracegen/cluster.h"

namespace tracegen {
namespace {

// How often each kind is drawn, relative to the others; 0 turns it off for the whole schedule.
using FaultMix = std::array<std::uint32_t, kKinds>;

class Generator {
 public:
  Generator(std::uint64_t seed, const Limits& limits) : random_(seed) {
    Settings& s = schedule_.settings;
    s.servers = limits.servers != 0 ? static_cast<std::uint32_t>(limits.servers) : DrawServers();
    s.seed = random_.Next() >> 32U;
    s.election_ticks = 3 + Below(4);
    s.max_message_bytes = OneIn(3) ? Below(8) : 1U << 20U;
    steps_ = limits.steps != 0 ? static_cast<std::size_t>(limits.steps) : 50 + Below(351);
    DrawMix();
  }

  Schedule Generate() {
    // A bug in the library may break a check of its own here: the schedule then ends there, and
    // whoever runs it will see.
    raft::CatchChecks(true);
    try {
      Cluster cluster(schedule_.settings, nullptr);
      cluster_ = &cluster;
      while (schedule_.actions.size() < steps_) Draw();
      End();
    } catch (const raft::CheckError&) {
    }
    raft::CatchChecks(false);
    return std::move(schedule_);
  }

 private:
  std::uint32_t Below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(random_.Below(bound));
  }
  bool OneIn(std::uint32_t n) { return Below(n) == 0; }
  std::uint32_t AnyServer() { return 1 + Below(schedule_.settings.servers); }

  std::uint32_t DrawServers() {
    static constexpr std::array<std::uint32_t, 10> kServers = {3, 3, 3, 3, 3, 5, 5, 5, 4, 7};
    return kServers[Below(kServers.size())];
  }

  void DrawMix() {
    const auto weight = [this](Kind kind, std::uint32_t one_in, std::uint32_t most) {
      mix_[static_cast<std::size_t>(kind)] = OneIn(one_in) ? 0 : 1 + Below(most);
    };
    // Progress, never off.
    mix_.fill(0);
    mix_[static_cast<std::size_t>(Kind::kProcess)] = 60 + Below(60);
    mix_[static_cast<std::size_t>(Kind::kDeliver)] = 40 + Below(100);
    mix_[static_cast<std::size_t>(Kind::kTick)] = 1 + Below(30);
    mix_[static_cast<std::size_t>(Kind::kPropose)] = 2 + Below(16);
    mix_[static_cast<std::size_t>(Kind::kCampaign)] = 1 + Below(8);
    // Faults, each off in some schedules.
    weight(Kind::kDrop, 2, 12);
    weight(Kind::kDuplicate, 2, OneIn(3) ? 40 : 12);
    weight(Kind::kCut, 3, 3);
    weight(Kind::kIsolate, 3, 3);
    weight(Kind::kCrash, 2, 6);
    weight(Kind::kCrashWriting, 2, 6);
    mix_[static_cast<std::size_t>(Kind::kHeal)] = 1 + Below(4);
    mix_[static_cast<std::size_t>(Kind::kRestart)] = 4 + Below(16);
    reorder_one_in_ = 1 + Below(OneIn(2) ? 2 : 6);
    total_ = 0;
    for (const std::uint32_t w : mix_) total_ += w;
  }

  void Do(Kind kind, std::uint32_t a = 0, std::uint32_t b = 0, std::uint32_t c = 0) {
    schedule_.actions.push_back({kind, {a, b, c}});
    cluster_->Execute(schedule_.actions.back());
  }

  Kind DrawKind() {
    std::uint32_t ticket = Below(total_);
    std::size_t kind = 0;
    while (ticket >= mix_[kind]) ticket -= mix_[kind++];
    return static_cast<Kind>(kind);
  }

  void Draw() {
    switch (DrawKind()) {
      case Kind::kTick:
        return DrawTick();
      case Kind::kProcess:
        return DrawProcess(Kind::kProcess);
      case Kind::kDeliver:
        return DrawMessage(Kind::kDeliver);
      case Kind::kDrop:
        return DrawMessage(Kind::kDrop);
      case Kind::kDuplicate:
        return DrawMessage(Kind::kDuplicate);
      case Kind::kPropose:
        return DrawUp([this](std::uint32_t s) { Do(Kind::kPropose, s, ++proposed_); });
      case Kind::kCampaign:
        return DrawUp([this](std::uint32_t s) { Do(Kind::kCampaign, s); });
      case Kind::kCut: {
        const std::uint32_t from = AnyServer();
        const std::uint32_t to = AnyServer();
        if (from != to) Do(Kind::kCut, from, to);
        return;
      }
      case Kind::kIsolate:
        return Do(Kind::kIsolate, AnyServer());
      case Kind::kHeal:
        return Do(Kind::kHeal);
      case Kind::kCrash:
        return DrawUp([this](std::uint32_t s) {
          const auto unsynced = static_cast<std::uint32_t>(cluster_->Unsynced(s));
          Do(Kind::kCrash, s, OneIn(2) ? 0 : Below(unsynced + 1));
        });
      case Kind::kCrashWriting:
        return DrawProcess(Kind::kCrashWriting);
      case Kind::kRestart:
        return DrawRestart();
      case Kind::kRun:
        return;
    }
  }

  template <class F>
  void DrawUp(F f) {
    const std::uint32_t server = AnyServer();
    if (cluster_->IsUp(server)) f(server);
  }

  void DrawTick() {
    DrawUp([this](std::uint32_t s) {
      Do(Kind::kTick, s, OneIn(4) ? 1 + Below(2 * schedule_.settings.election_ticks) : 1);
    });
  }

  void DrawProcess(Kind kind) {
    candidates_.clear();
    for (std::uint32_t s = 1; s <= schedule_.settings.servers; ++s) {
      if (cluster_->HasReady(s)) candidates_.push_back(s);
    }
    if (candidates_.empty()) return Idle();
    const std::uint32_t server = candidates_[Below(static_cast<std::uint32_t>(candidates_.size()))];
    if (kind == Kind::kProcess) return Do(kind, server);
    Do(kind, server, Below(4));
  }

  void DrawMessage(Kind kind) {
    links_.clear();
    for (std::uint32_t from = 1; from <= schedule_.settings.servers; ++from) {
      for (std::uint32_t to = 1; to <= schedule_.settings.servers; ++to) {
        const bool passes = kind != Kind::kDeliver || !cluster_->network().IsCut(from, to);
        if (passes && cluster_->network().InFlight(from, to) > 0) links_.emplace_back(from, to);
      }
    }
    if (links_.empty()) return Idle();
    const auto [from, to] = links_[Below(static_cast<std::uint32_t>(links_.size()))];
    const auto waiting = static_cast<std::uint32_t>(cluster_->network().InFlight(from, to));
    Do(kind, from, to, OneIn(reorder_one_in_) ? Below(waiting) : 0);
  }

  void DrawRestart() {
    candidates_.clear();
    for (std::uint32_t s = 1; s <= schedule_.settings.servers; ++s) {
      if (!cluster_->IsUp(s)) candidates_.push_back(s);
    }
    if (candidates_.empty()) return;
    Do(Kind::kRestart, candidates_[Below(static_cast<std::uint32_t>(candidates_.size()))]);
  }

  // Nothing is in flight and nobody has work: time passes.
  void Idle() {
    if (OneIn(2)) return DrawTick();
    DrawRestart();
  }

  // The faults stop: what was broken on the way shows.
  void End() {
    Do(Kind::kHeal);
    for (std::uint32_t s = 1; s <= schedule_.settings.servers; ++s) {
      if (!cluster_->IsUp(s)) Do(Kind::kRestart, s);
    }
    Do(Kind::kRun, 2 * schedule_.settings.election_ticks);
  }

  raft::Random random_;
  Schedule schedule_;
  Cluster* cluster_ = nullptr;
  FaultMix mix_{};
  std::uint32_t total_ = 0;
  std::uint32_t reorder_one_in_ = 1;
  std::uint32_t proposed_ = 0;
  std::size_t steps_ = 0;
  std::vector<std::uint32_t> candidates_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> links_;
};

}  // namespace

Schedule GenerateSchedule(std::uint64_t seed, const Limits& limits) {
  return Generator(seed, limits).Generate();
}

}  // namespace tracegen
