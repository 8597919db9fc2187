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
    DrawSettings();
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

  void DrawSettings() {
    Settings& s = schedule_.settings;
    s.max_message_bytes = OneIn(3) ? Below(40) : 1U << 20U;
    if (OneIn(4)) s.max_inflight_messages = 1 + Below(3);
    if (OneIn(6)) s.max_inflight_bytes = s.max_message_bytes + Below(40);
    if (OneIn(8)) s.max_uncommitted_bytes = 1 + Below(60);
    if (OneIn(4)) s.max_committed_bytes = 1 + Below(40);
    s.pre_vote = OneIn(2);
    s.check_quorum = OneIn(2);
    s.lease_reads = s.check_quorum && OneIn(3);
    s.async_storage = OneIn(3);
    s.wal = OneIn(6);
    s.forward_proposals = !OneIn(8);
    s.step_down_on_removal = !OneIn(4);
    if (OneIn(3)) s.voters = 1 + Below(s.servers);
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
    weight(Kind::kCompact, 2, 16);
    weight(Kind::kRun, 2, 3);
    weight(Kind::kRead, 2, 10);
    weight(Kind::kTransfer, 3, 4);
    weight(Kind::kForget, 4, 2);
    weight(Kind::kUnreachable, 3, 3);
    const bool members = OneIn(2) || schedule_.settings.voters != 0;
    for (const Kind kind : {Kind::kAdd, Kind::kAddLearner, Kind::kRemove, Kind::kReconfigure,
                            Kind::kEnterJoint, Kind::kLeaveJoint}) {
      if (members) weight(kind, 3, 5);
    }
    if (schedule_.settings.async_storage) {
      mix_[static_cast<std::size_t>(Kind::kWrite)] = 20 + Below(100);
      mix_[static_cast<std::size_t>(Kind::kApply)] = 5 + Below(60);
      weight(Kind::kStall, 2, 3);
      weight(Kind::kUnstall, 3, 6);
    }
    mix_[static_cast<std::size_t>(Kind::kHeal)] = 1 + Below(4);
    mix_[static_cast<std::size_t>(Kind::kRestart)] = 4 + Below(16);
    reorder_one_in_ = 1 + Below(OneIn(2) ? 2 : 6);
    story_one_in_ = OneIn(3) ? 0 : 10 + Below(60);
    if (schedule_.settings.async_storage && OneIn(2)) {
      slow_disks_ = 1 + Below((1U << schedule_.settings.servers) - 1);
    }
    total_ = 0;
    for (const std::uint32_t w : mix_) total_ += w;
  }

  void Do(Kind kind, std::uint32_t a = 0, std::uint32_t b = 0, std::uint32_t c = 0) {
    const std::uint64_t no_ops = cluster_->counts().no_ops;
    schedule_.actions.push_back({kind, {a, b, c}});
    cluster_->Execute(schedule_.actions.back());
    if (cluster_->counts().no_ops > no_ops) schedule_.actions.pop_back();
  }

  Kind DrawKind() {
    std::uint32_t ticket = Below(total_);
    std::size_t kind = 0;
    while (ticket >= mix_[kind]) ticket -= mix_[kind++];
    return static_cast<Kind>(kind);
  }

  void Draw() {
    if (story_one_in_ != 0 && OneIn(story_one_in_)) return DrawStory();
    const Kind kind = DrawKind();
    switch (kind) {
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
      case Kind::kWrite:
        return DrawThread(Kind::kWrite);
      case Kind::kApply:
        return DrawThread(Kind::kApply);
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
        return schedule_.settings.async_storage ? DrawThread(Kind::kCrashWriting)
                                                : DrawProcess(Kind::kCrashWriting);
      case Kind::kStall:
      case Kind::kUnstall:
        return Do(kind, AnyServer());
      case Kind::kCompact:
        return DrawUp([this](std::uint32_t s) { Do(Kind::kCompact, s, OneIn(2) ? 0 : Below(4)); });
      case Kind::kRead:
        return DrawUp([this](std::uint32_t s) { Do(Kind::kRead, s); });
      case Kind::kForget:
        return DrawUp([this](std::uint32_t s) { Do(Kind::kForget, s); });
      case Kind::kTransfer:
        return DrawPair(Kind::kTransfer);
      case Kind::kUnreachable:
        return DrawPair(Kind::kUnreachable);
      case Kind::kAdd:
        return DrawPair(Kind::kAdd);
      case Kind::kAddLearner:
        return DrawPair(Kind::kAddLearner);
      case Kind::kRemove:
        return DrawPair(Kind::kRemove);
      case Kind::kReconfigure:
        return DrawReconfigure(Kind::kReconfigure);
      case Kind::kEnterJoint:
        return DrawReconfigure(Kind::kEnterJoint);
      case Kind::kLeaveJoint:
        return DrawUp([this](std::uint32_t s) { Do(Kind::kLeaveJoint, s); });
      case Kind::kRestart:
        return DrawRestart();
      case Kind::kRun:
        return Do(Kind::kRun, 1 + Below(schedule_.settings.election_ticks));
      case Kind::kConverge:
        return;
    }
  }

  template <class F>
  void DrawUp(F f) {
    const std::uint32_t server = AnyServer();
    if (cluster_->IsUp(server)) f(server);
  }

  void DrawPair(Kind kind) {
    DrawUp([this, kind](std::uint32_t s) { Do(kind, s, AnyServer()); });
  }

  // Each server votes, learns or leaves; at least one votes.
  void DrawReconfigure(Kind kind) {
    DrawUp([this, kind](std::uint32_t s) {
      std::uint32_t voters = 0;
      std::uint32_t learners = 0;
      for (std::uint32_t k = 1; k <= schedule_.settings.servers; ++k) {
        const std::uint32_t part = Below(5);
        if (part < 3) voters = 10 * voters + k;
        if (part == 3) learners = 10 * learners + k;
      }
      Do(kind, s, voters == 0 ? AnyServer() : voters, learners);
    });
  }

  // What random steps would rarely come upon, and bugs of the field need.
  void DrawStory() {
    const std::uint32_t leader = cluster_->Leader();
    if (leader == 0) return;
    const Settings& s = schedule_.settings;
    const std::uint32_t story = s.async_storage && s.servers > 4 && OneIn(3) ? 3 : Below(5);
    if (story < 2) return Depose(leader);
    if (story == 4) return Shrink(leader);
    const std::uint32_t behind = AnyServer();
    if (behind == leader || !cluster_->IsUp(behind)) return;
    if (story == 2) return LeaveBehind(leader, behind);
    if (schedule_.settings.async_storage) Overwrite(leader, behind);
  }

  // All that is in flight; the receiver's host works now and then in between, if it may.
  void DeliverAll(std::uint32_t from, std::uint32_t to, bool processing = false) {
    for (std::size_t k = cluster_->network().InFlight(from, to); k > 0; --k) {
      Do(Kind::kDeliver, from, to, 0);
      if (processing && OneIn(2)) Do(Kind::kProcess, to);
    }
  }

  // A server is away until the log that it needs is gone, and may be slow to store the snapshot.
  void LeaveBehind(std::uint32_t leader, std::uint32_t behind) {
    Do(Kind::kIsolate, behind);
    for (std::uint32_t k = Below(4); k > 0; --k) Do(Kind::kPropose, leader, ++proposed_);
    Do(Kind::kRun, Below(2));
    Do(Kind::kCompact, leader, Below(2));
    Do(Kind::kHeal);
    for (std::uint32_t k = 1 + Below(4); k > 0; --k) {
      Do(Kind::kTick, leader, schedule_.settings.heartbeat_ticks);
      Do(Kind::kProcess, leader);
      DeliverAll(leader, behind);
      Do(Kind::kProcess, behind);
      if (OneIn(2)) Do(Kind::kStall, behind);
      if (!OneIn(3)) Do(Kind::kWrite, behind);
      DeliverAll(behind, leader);
    }
    if (OneIn(2)) return;
    const std::uint32_t next = AnyServer();
    if (next != behind && cluster_->IsUp(next)) Do(Kind::kCampaign, next);
    Do(Kind::kRun, 0);
    Do(Kind::kUnstall, behind);
  }

  // A server is removed, and what is proposed after that has not reached the others yet: with an
  // even number of voters before, the smaller quorum has it already.
  void Shrink(std::uint32_t leader) {
    const std::vector<raft::NodeId> voters = cluster_->Members(leader).voters;
    const auto others = static_cast<std::uint32_t>(voters.size());
    const auto removed = static_cast<std::uint32_t>(voters[Below(others)].value());
    if (others % 2 != 0 || removed == leader) return;
    Do(Kind::kRemove, leader, removed);
    Do(Kind::kProcess, leader);
    Do(Kind::kWrite, leader);
    for (const raft::NodeId id : voters) {
      const auto s = static_cast<std::uint32_t>(id.value());
      if (s == leader || !cluster_->IsUp(s)) continue;
      DeliverAll(leader, s);
      Do(Kind::kProcess, s);
      Do(Kind::kWrite, s);
    }
    Do(Kind::kPropose, leader, ++proposed_);
    Do(Kind::kProcess, leader);
    Do(Kind::kWrite, leader);
    for (const raft::NodeId id : voters) {
      const auto s = static_cast<std::uint32_t>(id.value());
      if (s != leader) DeliverAll(s, leader);
    }
    Do(Kind::kProcess, leader);
  }

  // What a server is to write has been replaced by the next leader before it is written.
  void Overwrite(std::uint32_t leader, std::uint32_t slow) {
    const std::uint32_t other = AnyServer();
    if (other == leader || other == slow || !cluster_->IsUp(other)) return;
    Do(Kind::kStall, slow);
    Do(Kind::kPropose, leader, ++proposed_);
    Do(Kind::kProcess, leader);
    DeliverAll(leader, slow, true);
    Do(Kind::kIsolate, slow);
    Do(Kind::kIsolate, leader);
    Do(Kind::kCampaign, other);
    Do(Kind::kRun, 0);
    Do(Kind::kHeal);
    DeliverAll(other, slow, true);
    for (std::uint32_t writes = 1 + Below(3); writes > 0; --writes) Do(Kind::kWrite, slow);
    if (OneIn(2)) Do(Kind::kUnstall, slow);
  }

  // A leader is cut off, with some of the others or none; the rest elect another one, and a client
  // of the old one reads.  What a lease or a forgotten question to the quorum breaks, shows here.
  void Depose(std::uint32_t leader) {
    std::vector<std::uint32_t> with;
    std::vector<std::uint32_t> rest;
    for (std::uint32_t s = 1; s <= schedule_.settings.servers; ++s) {
      const std::vector<raft::NodeId>& learners = cluster_->Members(leader).learners;
      const bool learns =
          std::find(learners.begin(), learners.end(), raft::NodeId(s)) != learners.end();
      (s == leader || learns || OneIn(3) ? with : rest).push_back(s);
    }
    if (rest.empty()) return;
    const std::uint32_t next = rest[Below(static_cast<std::uint32_t>(rest.size()))];
    const std::uint32_t election_ticks = schedule_.settings.election_ticks;
    const bool transfer = OneIn(3);
    if (transfer) {
      Do(Kind::kRun, 1);
      Do(Kind::kTransfer, leader, next);
      Do(Kind::kProcess, leader);
      const std::size_t waiting = cluster_->network().InFlight(leader, next);
      if (waiting > 0) Do(Kind::kDeliver, leader, next, static_cast<std::uint32_t>(waiting - 1));
    }
    for (const std::uint32_t a : with) {
      for (const std::uint32_t b : rest) {
        Do(Kind::kCut, a, b);
        Do(Kind::kCut, b, a);
      }
    }
    if (!transfer) {
      if (OneIn(2)) Do(Kind::kTick, next, election_ticks + Below(election_ticks));
      Do(Kind::kCampaign, next);
    }
    Do(Kind::kRun, 0);
    Do(Kind::kPropose, next, ++proposed_);
    Do(Kind::kRun, 0);
    const std::uint32_t reader = with[Below(static_cast<std::uint32_t>(with.size()))];
    if (reader != leader && OneIn(2)) {
      // The old leader learns of the new one, its follower does not: the read goes a long way.
      Do(Kind::kHeal);
      Do(Kind::kTick, next, schedule_.settings.heartbeat_ticks);
      Do(Kind::kProcess, next);
      DeliverAll(next, leader);
    }
    Do(Kind::kRead, reader);
    Do(Kind::kRun, 0);
    if (OneIn(2)) Do(Kind::kHeal);
  }

  // A server whose append thread (or apply thread) has work.
  void DrawThread(Kind kind) {
    candidates_.clear();
    for (std::uint32_t s = 1; s <= schedule_.settings.servers; ++s) {
      if (kind != Kind::kApply && (slow_disks_ >> (s - 1) & 1U) != 0 && !OneIn(8)) continue;
      if (kind == Kind::kApply ? cluster_->HasApply(s) : cluster_->HasWrite(s)) {
        candidates_.push_back(s);
      }
    }
    if (candidates_.empty()) return Idle();
    Do(kind, candidates_[Below(static_cast<std::uint32_t>(candidates_.size()))],
       kind == Kind::kCrashWriting ? Below(4) : 0);
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
    // Not run here: nothing more is drawn.
    schedule_.actions.push_back({Kind::kConverge, {100 * schedule_.settings.election_ticks}});
  }

  raft::Random random_;
  Schedule schedule_;
  Cluster* cluster_ = nullptr;
  FaultMix mix_{};
  std::uint32_t total_ = 0;
  std::uint32_t reorder_one_in_ = 1;
  std::uint32_t story_one_in_ = 0;  // 0: never
  std::uint32_t slow_disks_ = 0;    // bit s-1: server s writes now and then
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
