// Random schedules.  The generator first draws the settings and a mix of faults (profile.h), and
// then actions from this mix.  It runs the cluster while it draws, so that it draws possible
// actions: a packet that is in flight, a server that is up.  It reads nothing else of the cluster,
// and no verdict.  Now and then it inserts a story: a sequence of actions that random steps would
// rarely produce, and that known bugs need (stories.cc).
//
// A schedule may also be derived from others (Ancestors): it repeats the beginning of one with
// small changes and continues at random.  In this way a campaign searches near schedules that
// showed something new (conformance/command).
#pragma once

#include <rapidcheck/Gen.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "raft/trace/sink.h"
#include "tracegen/cluster/cluster.h"
#include "tracegen/generator/bounded_random.h"
#include "tracegen/generator/profile.h"
#include "tracegen/schedule.h"

namespace tracegen {

struct Limits {
  int servers = 0;                   // 3 to 7; 0: random
  int steps = 0;                     // approximate number of actions; 0: random, by the size
  const Profile* profile = nullptr;  // null: the first profile
};

// The schedules that a new one is derived from.
struct Ancestors {
  const Schedule* first = nullptr;   // gives the settings and the beginning
  const Schedule* second = nullptr;  // null, or gives some later actions
};

class Generator {
 public:
  // Equal arguments give equal schedules on every machine.  `size` is rapidcheck's: at 100, its
  // largest usual one, a schedule has 50 to 400 actions, and at 50 half as many.
  // `implementation` outlives the generator.
  Generator(const rc::Random& random, int size, const Limits& limits,
            const Implementation& implementation, const Ancestors& ancestors = {});

  const Settings& settings() const { return schedule_.settings; }
  const FaultMix& mix() const { return mix_; }
  const Implementation& implementation() const { return implementation_; }

  // Draws and executes the whole schedule, once; the trace goes to `sink`.  Exceptions of the sink
  // and of the implementation are passed on; the schedule then ends with the action that was being
  // executed.
  void Play(trace::Sink& sink);
  // The same without a trace, and without executing the end, which is not random.
  void Draw();

  const Schedule& schedule() const { return schedule_; }
  // The cluster that ran the schedule; null before that.
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

  // ending.cc
  void End();
  void LeaveSomeMissing();
  Membership NewestMembers() const;
  std::vector<ServerId> DrawMissing();
  void Lose(ServerId server);
  void CutLinks(ServerId server, bool out, bool in, std::uint32_t one_in = 1);
  void Replicate(ServerId leader);
  void RemoveLeader(ServerId leader);

  // read_stories.cc
  void AnswerTwice(ServerId leader, ServerId follower);
  void ReadWhileShrinking(ServerId leader);

  // stories.cc, lease_stories.cc
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
  void LateAnswers(ServerId leader, const std::vector<ServerId>& others);
  void OldRequests(ServerId leader, ServerId stray);
  void Beat(ServerId leader, const std::vector<ServerId>& others);

  std::uint32_t Below(std::uint32_t bound) { return random_.Below(bound); }
  bool OneIn(std::uint32_t n) { return Below(n) == 0; }
  ServerId AnyServer() { return 1 + Below(schedule_.settings.servers); }
  bool Uses(Kind kind) const { return mix_.weights[static_cast<std::size_t>(kind)] != 0; }

  const Implementation& implementation_;
  BoundedRandom random_;
  Ancestors ancestors_;
  Schedule schedule_;
  FaultMix mix_;
  std::unique_ptr<Cluster> cluster_;
  std::uint32_t proposed_ = 0;
  std::size_t steps_ = 0;
  std::vector<ServerId> candidates_;
  std::vector<std::pair<ServerId, ServerId>> links_;
};

// Random schedules for rapidcheck, which shrinks them by the passes of shrink.h.  `implementation`
// and the profile outlive the generator.
rc::Gen<Schedule> AnySchedule(const Limits& limits, const Implementation& implementation);

// The schedule that AnySchedule gives for the first random numbers of `seed`, at full size: for
// tests and benchmarks that want the same few schedules every time.
Schedule GenerateSchedule(std::uint64_t seed, const Limits& limits,
                          const Implementation& implementation);

}  // namespace tracegen
