#include "tracegen/generator/profile.h"

#include <rapidcheck.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace tracegen {
namespace {

using Use = Profile::Use;

constexpr std::array<Use, kGroups> All(Use use) {
  std::array<Use, kGroups> groups{};
  groups.fill(use);
  return groups;
}

constexpr std::array<Use, kGroups> Only(std::initializer_list<Group> always) {
  std::array<Use, kGroups> groups = All(Use::kNever);
  for (const Group group : always) groups[static_cast<std::size_t>(group)] = Use::kAlways;
  return groups;
}

using AnyNumber = rc::Gen<std::uint32_t>;

// Uniform in [least, most], whatever the size.
AnyNumber Between(std::uint32_t least, std::uint32_t most) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::uint32_t>(least, most + 1));
}

template <class T>
rc::Gen<T> OneIn(std::size_t n, rc::Gen<T> one, T other) {
  return rc::gen::weightedOneOf<T>({{1, std::move(one)}, {n - 1, rc::gen::just(other)}});
}

// What a group switches: `on` in `times` of twelve runs where the group is drawn, else `off`; the
// profile can also force the group on or off.
template <class T>
rc::Gen<T> In(const Profile& profile, Group group, std::size_t times, rc::Gen<T> on, T off) {
  constexpr std::size_t kOf = 12;
  switch (profile.groups[static_cast<std::size_t>(group)]) {
    case Use::kNever:
      break;
    case Use::kAlways:
      return on;
    case Use::kDrawn:
      return rc::gen::weightedOneOf<T>(
          {{times, std::move(on)}, {kOf - times, rc::gen::just(std::move(off))}});
  }
  return rc::gen::just(std::move(off));
}

rc::Gen<bool> Perhaps(bool offered) {
  return offered ? rc::gen::arbitrary<bool>() : rc::gen::just(false);
}

AnyNumber AnyServers() {
  constexpr int kSmall = 20;
  return rc::gen::withSize([](int size) {
    if (size < kSmall) return rc::gen::just<std::uint32_t>(3);
    return rc::gen::weightedElement<std::uint32_t>({{5, 3}, {3, 5}, {1, 4}, {1, 7}});
  });
}

// Settings that were drawn one by one, made to agree with each other.
Settings Agreeing(Settings s) {
  if (s.max_inflight_bytes != 0) s.max_inflight_bytes += s.max_message_bytes - 1;
  s.lease_reads = s.lease_reads && s.check_quorum;
  if (s.voters != 0) s.voters = 1 + s.voters % s.servers;
  return s;
}

// One kind of action: how likely a run uses it, and its largest weight.
struct Weight {
  Kind kind;
  Group group;
  std::uint32_t times;  // out of twelve runs, where the group is drawn
  std::uint32_t most;
};
constexpr std::array<Weight, 21> kWeights = {{
    {Kind::kDrop, Group::kNetwork, 6, 12},          {Kind::kDuplicate, Group::kNetwork, 6, 24},
    {Kind::kCut, Group::kPartitions, 8, 3},         {Kind::kIsolate, Group::kPartitions, 8, 3},
    {Kind::kCrash, Group::kCrashes, 6, 6},          {Kind::kCrashWriting, Group::kCrashes, 6, 6},
    {Kind::kFailWrite, Group::kDiskErrors, 3, 4},   {Kind::kFailSync, Group::kDiskErrors, 3, 4},
    {Kind::kCompact, Group::kSnapshots, 6, 16},     {Kind::kRead, Group::kReads, 6, 10},
    {Kind::kReadAgain, Group::kReads, 3, 6},        {Kind::kGet, Group::kReads, 3, 6},
    {Kind::kTransfer, Group::kLeadership, 8, 4},    {Kind::kForget, Group::kLeadership, 9, 2},
    {Kind::kUnreachable, Group::kLeadership, 8, 3}, {Kind::kAdd, Group::kMembership, 8, 5},
    {Kind::kAddLearner, Group::kMembership, 8, 5},  {Kind::kRemove, Group::kMembership, 8, 5},
    {Kind::kReconfigure, Group::kMembership, 8, 5}, {Kind::kEnterJoint, Group::kMembership, 8, 5},
    {Kind::kLeaveJoint, Group::kMembership, 8, 5},
}};

bool Offers(const Features& features, Kind kind) {
  switch (kind) {
    case Kind::kCompact:
      return features.snapshots;
    case Kind::kRead:
    case Kind::kReadAgain:
      return features.reads;
    case Kind::kTransfer:
      return features.transfer;
    case Kind::kForget:
      return features.forget_leader;
    case Kind::kAdd:
    case Kind::kRemove:
      return features.membership;
    case Kind::kAddLearner:
      return features.membership && features.learners;
    case Kind::kReconfigure:
    case Kind::kEnterJoint:
    case Kind::kLeaveJoint:
      return features.joint;
    default:
      return true;
  }
}

}  // namespace

const std::vector<Profile>& Profiles() {
  static const std::vector<Profile> kProfiles = {
      {"swarm", "each run draws its own subset and weights of everything", All(Use::kDrawn)},
      {"everything", "all faults and requests, in every run", All(Use::kAlways)},
      {"calm", "no faults: clients, elections, ticks", All(Use::kNever)},
      {"network", "loss, duplication, reordering, partitions",
       Only({Group::kNetwork, Group::kPartitions})},
      {"crashes", "crashes, power lost amid writes, disks with errors",
       Only({Group::kCrashes, Group::kDiskErrors})},
      {"slow-disks", "asynchronous storage, slow and stalled disks, crashes",
       Only({Group::kSlowDisks, Group::kCrashes, Group::kNetwork})},
      {"clocks", "clocks that drift, reads, partitions",
       Only({Group::kClocks, Group::kReads, Group::kPartitions})},
      {"membership", "changes of the membership under partitions and crashes",
       Only({Group::kMembership, Group::kPartitions, Group::kCrashes})},
      {"snapshots", "compaction and snapshots under loss and partitions",
       Only({Group::kSnapshots, Group::kNetwork, Group::kPartitions})},
      {"reads", "reads, transfers, partitions",
       Only({Group::kReads, Group::kLeadership, Group::kPartitions})},
      {"overload", "small messages, windows and quotas", Only({Group::kLimits, Group::kNetwork})},
  };
  return kProfiles;
}

const Profile* FindProfile(std::string_view name) {
  for (const Profile& profile : Profiles()) {
    if (profile.name == name) return &profile;
  }
  return nullptr;
}

std::uint32_t FaultMix::total() const {
  return std::accumulate(weights.begin(), weights.end(), std::uint32_t{0});
}

std::string Describe(const FaultMix& mix) {
  std::string with;
  std::string without;
  for (std::size_t k = 0; k < mix.weights.size(); ++k) {
    // These belong to the end of every run.
    const auto kind = static_cast<Kind>(k);
    if (kind == Kind::kConverge || kind == Kind::kProgress || kind == Kind::kSlow) continue;
    const std::string word(InfoOf(static_cast<Kind>(k)).word);
    std::string& list = mix.weights[k] == 0 ? without : with;
    if (!list.empty()) list += ", ";
    list += word;
    if (mix.weights[k] != 0) list += " " + std::to_string(mix.weights[k]);
  }
  std::string text = "profile " + mix.profile + "; " + with;
  if (!without.empty()) text += "; without " + without;
  const auto one_in = [](std::uint32_t n) {
    return n == 0 ? std::string("never") : "one in " + std::to_string(n);
  };
  text += "; overtaking " + one_in(mix.reorder_one_in) + "; stories " + one_in(mix.story_one_in);
  if (mix.late_answers) text += "; late answers of storage threads";
  if (mix.slow_disks != 0) {
    text += "; slow disks";
    for (std::uint32_t s = 1; s <= kMaxServers; ++s) {
      if ((mix.slow_disks >> (s - 1) & 1U) != 0) text += " " + std::to_string(s);
    }
  }
  if (std::adjacent_find(mix.clocks.begin(), mix.clocks.end(), std::not_equal_to<>()) !=
      mix.clocks.end()) {
    text += "; clocks";
    for (const std::uint32_t clock : mix.clocks) text += " " + std::to_string(clock);
  }
  return text;
}

rc::Gen<Settings> AnySettings(const Profile& profile, const Features& features,
                              std::uint32_t servers) {
  const Settings usual;
  const auto in = [&profile](Group group, std::size_t times, auto on, auto off) {
    return In<decltype(off)>(profile, group, times, std::move(on), std::move(off));
  };
  const rc::Gen<bool> leases = Perhaps(features.lease_reads);
  const rc::Gen<bool> wal = Perhaps(features.wal);
  const rc::Gen<bool> async = rc::gen::just(features.async_storage);
  const AnyNumber voters = Between(1, kMaxServers * 60);  // divisible by every number of servers
  const auto set = [](auto member, auto gen) { return rc::gen::set(member, std::move(gen)); };
  return rc::gen::map(
      rc::gen::build<Settings>(
          set(&Settings::servers, servers != 0 ? rc::gen::just(servers) : AnyServers()),
          set(&Settings::seed,
              rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::uint64_t>(0, 1ULL << 32U))),
          set(&Settings::equal_seeds, OneIn(8, rc::gen::just(true), false)),
          set(&Settings::election_ticks, Between(3, 6)),
          set(&Settings::max_message_bytes,
              in(Group::kLimits, 4, Between(0, 47), usual.max_message_bytes)),
          set(&Settings::max_inflight_messages,
              in(Group::kLimits, 3, Between(1, 3), usual.max_inflight_messages)),
          set(&Settings::max_inflight_bytes,
              in(Group::kLimits, 2, Between(1, 48), usual.max_inflight_bytes)),
          set(&Settings::max_uncommitted_bytes,
              in(Group::kLimits, 2, Between(1, 60), usual.max_uncommitted_bytes)),
          set(&Settings::max_committed_bytes,
              in(Group::kLimits, 3, Between(1, 48), usual.max_committed_bytes)),
          set(&Settings::pre_vote, Perhaps(features.pre_vote)),
          set(&Settings::check_quorum, Perhaps(features.check_quorum)),
          set(&Settings::lease_reads, in(Group::kReads, 8, leases, false)),
          set(&Settings::async_storage, in(Group::kSlowDisks, 4, async, false)),
          set(&Settings::wal, in(Group::kCrashes, 4, wal, false)),
          set(&Settings::forward_proposals, OneIn(8, rc::gen::just(false), features.forwarding)),
          set(&Settings::step_down_on_removal, OneIn(4, rc::gen::just(false), true)),
          set(&Settings::voters,
              in(Group::kMembership, 4, features.membership ? voters : Between(0, 0), 0U))),
      Agreeing);
}

namespace {

// One number of each.
template <std::size_t kSize>
rc::Gen<std::array<std::uint32_t, kSize>> Each(std::vector<AnyNumber> gens) {
  return [gens = std::move(gens)](const rc::Random& random, int size) {
    rc::Random rest = random;
    std::array<std::uint32_t, kSize> numbers{};
    for (std::size_t k = 0; k < kSize; ++k) numbers[k] = gens[k](rest.split(), size).value();
    return rc::shrinkable::just(numbers);
  };
}

rc::Gen<decltype(FaultMix::weights)> AnyWeights(const Profile& profile, const Features& features,
                                                const Settings& settings, bool members) {
  std::vector<AnyNumber> weights(kKinds, rc::gen::just(0U));
  const auto weight = [&weights](Kind kind) -> AnyNumber& {
    return weights[static_cast<std::size_t>(kind)];
  };
  weight(Kind::kProcess) = Between(60, 119);  // progress: never 0
  weight(Kind::kDeliver) = Between(40, 139);
  weight(Kind::kTick) = Between(1, 30);
  weight(Kind::kPropose) = Between(2, 17);
  weight(Kind::kCampaign) = Between(1, 8);
  weight(Kind::kRun) = OneIn(2, Between(1, 3), 0U);
  weight(Kind::kHeal) = Between(1, 4);
  weight(Kind::kRestart) = Between(4, 19);
  for (const Weight& w : kWeights) {
    if (!Offers(features, w.kind) || (w.group == Group::kMembership && !members)) continue;
    weight(w.kind) = In(profile, w.group, w.times, Between(1, w.most), 0U);
  }
  if (settings.async_storage) {
    weight(Kind::kWrite) = Between(20, 119);
    weight(Kind::kApply) = Between(5, 64);
    weight(Kind::kAnswer) = Between(20, 139);
    weight(Kind::kStall) = In(profile, Group::kSlowDisks, 6, Between(1, 3), 0U);
    weight(Kind::kUnstall) = In(profile, Group::kSlowDisks, 8, Between(1, 6), 0U);
  }
  return Each<kKinds>(std::move(weights));
}

}  // namespace

rc::Gen<FaultMix> AnyMix(const Profile& profile, const Features& features,
                         const Settings& settings) {
  FaultMix mix;
  mix.profile = profile.name;
  for (std::uint32_t g = 0; g < kGroups; ++g) {
    if (profile.groups[g] != Use::kNever) mix.groups |= 1U << g;
  }
  const auto weights = [profile, features, settings](bool members) {
    return AnyWeights(profile, features, settings, members || settings.voters != 0);
  };
  const bool async = settings.async_storage;
  const AnyNumber overtaking = rc::gen::oneOf(Between(1, 2), Between(1, 6));
  const AnyNumber stories = rc::gen::weightedOneOf<std::uint32_t>(
      {{1, rc::gen::just(0U)}, {2, mix.groups == 0 ? rc::gen::just(0U) : Between(8, 57)}});
  const AnyNumber slow = Between(1, (1U << settings.servers) - 1);
  constexpr std::uint32_t kEven = 4;
  auto even = mix.clocks;
  even.fill(kEven);
  const auto uneven = Each<kMaxServers>(std::vector(kMaxServers, Between(1, 2 * kEven)));
  return rc::gen::build<FaultMix>(
      rc::gen::just(mix),
      rc::gen::set(&FaultMix::weights, rc::gen::mapcat(rc::gen::arbitrary<bool>(), weights)),
      rc::gen::set(&FaultMix::reorder_one_in, In(profile, Group::kNetwork, 11, overtaking, 0U)),
      rc::gen::set(&FaultMix::story_one_in, stories),
      rc::gen::set(&FaultMix::slow_disks,
                   async ? In(profile, Group::kSlowDisks, 6, slow, 0U) : rc::gen::just(0U)),
      rc::gen::set(&FaultMix::late_answers,
                   In(profile, Group::kSlowDisks, 4, rc::gen::just(async), false)),
      rc::gen::set(&FaultMix::clocks, In(profile, Group::kClocks, 4, uneven, even)));
}

}  // namespace tracegen
