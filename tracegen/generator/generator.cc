#include "tracegen/generator/generator.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <numeric>

#include "tracegen/generator/shrink.h"

namespace tracegen {
namespace {

const Profile& ProfileOf(const Limits& limits) {
  return limits.profile != nullptr ? *limits.profile : Profiles().front();
}

// The generators of rapidcheck are noexcept, so without memory they would end the process.  A lack
// of memory shows itself here, as an exception.
void MakeRoomForSettings() {
  constexpr std::size_t kRoom = std::size_t{64} << 10U;  // malloc keeps as much when it is freed
  const auto room = std::make_unique<char[]>(kRoom);
  *static_cast<volatile char*>(room.get()) = 0;  // else the compiler leaves the room out
}

}  // namespace

// Three streams: who draws more settings changes no action.
Generator::Generator(const rc::Random& random, int size, const Limits& limits,
                     const Implementation& implementation, const Ancestors& ancestors)
    : implementation_(implementation), random_(random), ancestors_(ancestors) {
  MakeRoomForSettings();
  rc::Random rest = random;
  const Profile& profile = ProfileOf(limits);
  const Features& features = implementation.features;
  const auto servers = static_cast<std::uint32_t>(limits.servers);
  const rc::Random settings = rest.split();
  schedule_.settings = ancestors.first != nullptr
                           ? ancestors.first->settings
                           : AnySettings(profile, features, servers)(settings, size).value();
  mix_ = AnyMix(profile, features, schedule_.settings)(rest.split(), size).value();
  random_ = BoundedRandom(rest);
  constexpr std::uint32_t kLeast = 50;
  constexpr std::uint32_t kMost = 400;
  const auto part = static_cast<std::size_t>(std::clamp(size, 0, rc::kNominalSize));
  steps_ = limits.steps != 0 ? static_cast<std::size_t>(limits.steps)
                             : (kLeast + Below(kMost - kLeast + 1)) * part / rc::kNominalSize;
}

void Generator::Play(trace::Sink& sink) {
  PlayOn(&sink);
  cluster_->Execute(schedule_.actions.back());
}

void Generator::Draw() {
  // A bug may make the implementation throw here.  The schedule then ends at this action, and
  // whoever runs it sees the error.
  try {
    PlayOn(nullptr);
  } catch (const std::exception&) {
  }
}

void Generator::PlayOn(trace::Sink* sink) {
  cluster_ = std::make_unique<Cluster>(schedule_.settings, sink, implementation_);
  if (ancestors_.first != nullptr) Inherit();
  while (schedule_.actions.size() < steps_) DrawOne();
  End();
}

// Repeats the beginning of the first ancestor, where a few actions are left out, repeated or
// swapped, and then perhaps a stretch of the second ancestor.  Actions that are no longer possible
// are left out.
void Generator::Inherit() {
  const std::vector<Action>& first = ancestors_.first->actions;
  const std::size_t size = first.size();
  if (size == 0) return;
  const std::size_t cut = 1 + Below(static_cast<std::uint32_t>(size));
  const std::uint32_t changes = OneIn(2) ? 0 : 1 + Below(4);
  const auto replay = [this](const Action& action) {
    if (action.kind == Kind::kConverge || action.kind == Kind::kProgress) return;
    if (action.kind == Kind::kPropose) proposed_ = std::max(proposed_, action.operands[1]);
    Do(action.kind, action.operands[0], action.operands[1], action.operands[2]);
  };
  for (std::size_t k = 0; k < cut; ++k) {
    if (changes != 0 && Below(static_cast<std::uint32_t>(size)) < changes) {
      const std::uint32_t way = Below(4);
      if (way == 0) continue;
      if (way == 1) replay(first[k]);
      if (way == 2 && k + 1 < cut) replay(first[k + 1]);
      if (way == 3) DrawOne();
    }
    replay(first[k]);
  }
  if (ancestors_.second == nullptr || OneIn(2)) return;
  const std::vector<Action>& second = ancestors_.second->actions;
  if (second.empty()) return;
  const std::size_t begin = Below(static_cast<std::uint32_t>(second.size()));
  const std::size_t count = 1 + Below(60);
  for (std::size_t k = begin; k < std::min(begin + count, second.size()); ++k) {
    const KindInfo& info = InfoOf(second[k].kind);
    bool fits = true;
    for (std::size_t o = 0; o < info.operands.size(); ++o) {
      const bool names = IsServerOperand(info.operands[o]);
      fits = fits && (!names || second[k].operands[o] <= schedule_.settings.servers);
    }
    if (fits) replay(second[k]);
  }
}

bool Generator::Do(Kind kind, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  schedule_.actions.push_back({kind, {a, b, c}});
  if (cluster_->Execute(schedule_.actions.back())) return true;
  schedule_.actions.pop_back();
  return false;
}

// With asynchronous storage: completes all writes and reports them to the node.
void Generator::Write(ServerId server) {
  while (Do(Kind::kWrite, server)) {
  }
  while (Do(Kind::kAnswer, server)) {
  }
}

Kind Generator::DrawKind() {
  std::uint32_t ticket = Below(mix_.total());
  std::size_t kind = 0;
  while (ticket >= mix_.weights[kind]) ticket -= mix_.weights[kind++];
  return static_cast<Kind>(kind);
}

void Generator::DrawOne() {
  if (mix_.story_one_in != 0 && OneIn(mix_.story_one_in)) return DrawStory();
  const Kind kind = DrawKind();
  switch (kind) {
    case Kind::kTick:
      return DrawTick();
    case Kind::kProcess:
      return DrawProcess(kind);
    case Kind::kDeliver:
    case Kind::kDrop:
    case Kind::kDuplicate:
      return DrawMessage(kind);
    case Kind::kWrite:
    case Kind::kApply:
    case Kind::kAnswer:
      return DrawThread(kind);
    case Kind::kRestart:
      return DrawRestart();
    case Kind::kRun:
      Do(kind, 1 + Below(schedule_.settings.election_ticks));
      return;
    case Kind::kCut:
    case Kind::kIsolate:
    case Kind::kHeal:
    case Kind::kCrash:
    case Kind::kCrashWriting:
    case Kind::kFailWrite:
    case Kind::kFailSync:
    case Kind::kStall:
    case Kind::kUnstall:
      return DrawFault(kind);
    default:
      return DrawRequest(kind);
  }
}

void Generator::DrawFault(Kind kind) {
  switch (kind) {
    case Kind::kCut: {
      const ServerId from = AnyServer();
      const ServerId to = AnyServer();
      if (from != to) Do(kind, from, to);
      return;
    }
    case Kind::kHeal:
      Do(kind);
      return;
    case Kind::kCrash:
      return DrawUp([this](ServerId s) {
        const auto unsynced = static_cast<std::uint32_t>(cluster_->Unsynced(s));
        Do(Kind::kCrash, s, OneIn(2) ? 0 : Below(unsynced + 1));
      });
    case Kind::kCrashWriting:
    case Kind::kFailWrite:
    case Kind::kFailSync:
      return schedule_.settings.async_storage ? DrawThread(kind) : DrawProcess(kind);
    default:
      Do(kind, AnyServer());
  }
}

void Generator::DrawRequest(Kind kind) {
  switch (kind) {
    case Kind::kPropose:
      return DrawUp([this](ServerId s) { Do(Kind::kPropose, s, ++proposed_); });
    case Kind::kCompact:
      return DrawUp([this](ServerId s) { Do(Kind::kCompact, s, OneIn(2) ? 0 : Below(4)); });
    case Kind::kRead:
    case Kind::kGet:
      return DrawUp([this, kind](ServerId s) { Do(kind, s, Below(kKeys)); });
    case Kind::kReadAgain:
      return DrawUp([this](ServerId s) {
        const auto waiting = static_cast<std::uint32_t>(cluster_->UnansweredReads(s));
        if (waiting > 0) Do(Kind::kReadAgain, s, Below(waiting));
      });
    case Kind::kTransfer:
    case Kind::kUnreachable:
    case Kind::kAdd:
    case Kind::kAddLearner:
    case Kind::kRemove:
      return DrawPair(kind);
    case Kind::kReconfigure:
    case Kind::kEnterJoint:
      return DrawReconfigure(kind);
    default:  // campaign, forget-leader, leave-joint
      return DrawUp([this, kind](ServerId s) { Do(kind, s); });
  }
}

template <class F>
void Generator::DrawUp(F f) {
  const ServerId server = AnyServer();
  if (cluster_->IsUp(server)) f(server);
}

void Generator::DrawPair(Kind kind) {
  DrawUp([this, kind](ServerId s) { Do(kind, s, AnyServer()); });
}

// Each server becomes a voter or a learner or is removed; at least one becomes a voter.
void Generator::DrawReconfigure(Kind kind) {
  DrawUp([this, kind](ServerId s) {
    std::uint32_t voters = 0;
    std::uint32_t learners = 0;
    const bool learning = implementation_.features.learners;
    for (ServerId k = 1; k <= schedule_.settings.servers; ++k) {
      const std::uint32_t part = Below(5);
      if (part < 3) voters = 10 * voters + k;
      if (part == 3 && learning) learners = 10 * learners + k;
    }
    Do(kind, s, voters == 0 ? AnyServer() : voters, learners);
  });
}

// Picks a server whose append thread (or apply thread) has work.
void Generator::DrawThread(Kind kind) {
  candidates_.clear();
  const Work work = kind == Kind::kApply    ? Work::kApply
                    : kind == Kind::kAnswer ? Work::kAnswer
                                            : Work::kWrite;
  for (ServerId s = 1; s <= schedule_.settings.servers; ++s) {
    const bool slow = work == Work::kWrite && (mix_.slow_disks >> (s - 1) & 1U) != 0;
    if (slow && !OneIn(8)) continue;
    if (cluster_->Has(s, work)) candidates_.push_back(s);
  }
  if (candidates_.empty()) return Idle();
  const ServerId server = candidates_[Below(static_cast<std::uint32_t>(candidates_.size()))];
  const bool crashes = kind != Kind::kWrite && kind != Kind::kApply && kind != Kind::kAnswer;
  Do(kind, server, crashes ? Below(4) : 0);
  if (crashes || mix_.late_answers) return;
  while (cluster_->Has(server, Work::kAnswer)) Do(Kind::kAnswer, server);
}

// Clocks tick at different rates.
void Generator::DrawTick() {
  const std::uint32_t servers = schedule_.settings.servers;
  std::uint32_t ticket =
      Below(std::accumulate(mix_.clocks.begin(), mix_.clocks.begin() + servers, 0U));
  ServerId server = 1;
  while (ticket >= mix_.clocks[server - 1]) ticket -= mix_.clocks[server++ - 1];
  if (!cluster_->IsUp(server)) return;
  Do(Kind::kTick, server, OneIn(4) ? 1 + Below(2 * schedule_.settings.election_ticks) : 1);
}

void Generator::DrawProcess(Kind kind) {
  candidates_.clear();
  for (ServerId s = 1; s <= schedule_.settings.servers; ++s) {
    if (cluster_->Has(s, Work::kProcess)) candidates_.push_back(s);
  }
  if (candidates_.empty()) return Idle();
  const ServerId server = candidates_[Below(static_cast<std::uint32_t>(candidates_.size()))];
  Do(kind, server, kind == Kind::kProcess ? 0 : Below(4));
}

void Generator::DrawMessage(Kind kind) {
  links_.clear();
  const Network& network = cluster_->network();
  for (ServerId from = 1; from <= schedule_.settings.servers; ++from) {
    for (ServerId to = 1; to <= schedule_.settings.servers; ++to) {
      const bool passes = kind != Kind::kDeliver || !network.IsCut(from, to);
      if (passes && network.InFlight(from, to) > 0) links_.emplace_back(from, to);
    }
  }
  if (links_.empty()) return Idle();
  const auto [from, to] = links_[Below(static_cast<std::uint32_t>(links_.size()))];
  const auto waiting = static_cast<std::uint32_t>(network.InFlight(from, to));
  const bool overtakes = mix_.reorder_one_in != 0 && OneIn(mix_.reorder_one_in);
  Do(kind, from, to, overtakes ? Below(waiting) : 0);
}

void Generator::DrawRestart() {
  candidates_.clear();
  for (ServerId s = 1; s <= schedule_.settings.servers; ++s) {
    if (!cluster_->IsUp(s)) candidates_.push_back(s);
  }
  if (candidates_.empty()) return;
  Do(Kind::kRestart, candidates_[Below(static_cast<std::uint32_t>(candidates_.size()))]);
}

// No packet is in flight and no server has work, so time passes.
void Generator::Idle() {
  if (OneIn(2)) return DrawTick();
  DrawRestart();
}

rc::Gen<Schedule> AnySchedule(const Limits& limits, const Implementation& implementation) {
  return [limits, &implementation](const rc::Random& random, int size) {
    Generator generator(random, size, limits, implementation);
    generator.Draw();
    return ShrinkableSchedule(generator.schedule());
  };
}

Schedule GenerateSchedule(std::uint64_t seed, const Limits& limits,
                          const Implementation& implementation) {
  return AnySchedule(limits, implementation)(RandomOf(seed, 0)).value();
}

}  // namespace tracegen
