// Schedules by chance.  Settings and a mix of faults are drawn first (profile.h), then the actions
// under it.  The generator plays the cluster along while it draws, so that it draws what can
// happen: a packet that is in flight, a server that is up.  It looks at nothing else of it, and at
// no verdict.  Now and then it tells a story: some actions in a row that random steps would rarely
// come upon, and that bugs of the field need (stories.cc).
//
// A schedule may also be made from others (Ancestors): the first part of one, changed here and
// there, and then drawn on.  So a campaign searches near what was new (conformance/command).
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "raft/random.h"
#include "raft/trace/sink.h"
#include "tracegen/cluster/cluster.h"
#include "tracegen/generator/profile.h"
#include "tracegen/schedule.h"

namespace tracegen {

struct Limits {
  int servers = 0;                   // 3 to 7; 0: drawn
  int steps = 0;                     // number of actions, about; 0: drawn, 50 to 400
  const Profile* profile = nullptr;  // null: the first
};

// What a new schedule is made from.
struct Ancestors {
  const Schedule* first = nullptr;   // its settings and its beginning
  const Schedule* second = nullptr;  // null, or some of its actions follow
};

class Generator {
 public:
  // Equal seeds, limits and ancestors give equal schedules on every machine.
  Generator(std::uint64_t seed, const Limits& limits, const Implementation& implementation);
  Generator(std::uint64_t seed, const Limits& limits, const Ancestors& ancestors,
            const Implementation& implementation);

  const Settings& settings() const { return schedule_.settings; }
  const FaultMix& mix() const { return mix_; }
  const Implementation& implementation() const { return implementation_; }

  // Draws and plays all of it, once; the lines go to `sink`.  What the sink or the implementation
  // throws comes through: the schedule then ends with the action that was under way.
  void Play(trace::Sink& sink);
  // The same without a trace, and without playing the end, of which nothing is drawn.
  void Draw();

  const Schedule& schedule() const { return schedule_; }
  // Of what was played; null before.
  const Cluster* played() const { return cluster_.get(); }

 private:
  void PlayOn(trace::Sink* sink);
  void Inherit();
  void DrawOne();
  void DrawFault(Kind kind);
  void DrawRequest(Kind kind);
  bool Do(Kind kind, std::uint32_t a = 0, std::uint32_t b = 0, std::uint32_t c = 0);
  void Write(ServerId server);
  Kind DrawKind();
  template <class F>
  void DrawUp(F f);
  void DrawPair(Kind kind);
  void DrawReconfigure(Kind kind);
  void DrawThread(Kind kind);
  void DrawTick();
  void DrawProcess(Kind kind);
  void DrawMessage(Kind kind);
  void DrawRestart();
  void Idle();
  void End();

  // stories.cc
  void DrawStory();
  void DeliverAll(ServerId from, ServerId to, bool processing = false);
  void Exchange(ServerId from, ServerId to);
  void Part(const std::vector<ServerId>& side, const std::vector<ServerId>& other);
  void LeaveBehind(ServerId leader, ServerId behind);
  void ShrinkMembership(ServerId leader);
  void TearChanges(ServerId leader, ServerId torn);
  void Overwrite(ServerId leader, ServerId slow);
  void OverwriteTwice();
  void EndLeases(const std::vector<ServerId>& voters);
  bool Elect(ServerId candidate, const std::vector<ServerId>& voters);
  void Depose(ServerId leader);
  void PowerCut();
  void Overload(ServerId leader);
  void OneWay(ServerId leader);

  std::uint32_t Below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(random_.Below(bound));
  }
  bool OneIn(std::uint32_t n) { return Below(n) == 0; }
  ServerId AnyServer() { return 1 + Below(schedule_.settings.servers); }
  bool Uses(Kind kind) const { return mix_.weights[static_cast<std::size_t>(kind)] != 0; }

  const Implementation& implementation_;
  raft::Random random_;
  Ancestors ancestors_;
  Schedule schedule_;
  FaultMix mix_;
  std::unique_ptr<Cluster> cluster_;
  std::uint32_t proposed_ = 0;
  std::size_t steps_ = 0;
  std::vector<ServerId> candidates_;
  std::vector<std::pair<ServerId, ServerId>> links_;
};

Schedule GenerateSchedule(std::uint64_t seed, const Limits& limits,
                          const Implementation& implementation);

}  // namespace tracegen
