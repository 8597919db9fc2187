#include "tracegen/generator/profile.h"

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

// Draws the properties of a run; each group is drawn independently.
class Drawer {
 public:
  Drawer(raft::Random& random, const Profile& profile) : random_(random), profile_(profile) {}

  std::uint32_t Below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(random_.Below(bound));
  }
  // If the group is drawn, returns true with probability times/of; the profile can also force the
  // group on or off.
  bool In(Group group, std::uint32_t times, std::uint32_t of) {
    const Use use = profile_.groups[static_cast<std::size_t>(group)];
    const bool drawn = Below(of) < times;
    return use == Use::kAlways || (use == Use::kDrawn && drawn);
  }

 private:
  raft::Random& random_;
  const Profile& profile_;
};

std::uint32_t DrawServers(Drawer& draw) {
  static constexpr std::array<std::uint32_t, 10> kServers = {3, 3, 3, 3, 3, 5, 5, 5, 4, 7};
  return kServers[draw.Below(kServers.size())];
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
    if (static_cast<Kind>(k) == Kind::kConverge) continue;
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

Settings DrawSettings(raft::Random& random, const Profile& profile, const Features& features,
                      std::uint32_t servers) {
  Drawer draw(random, profile);
  Settings s;
  s.servers = servers != 0 ? servers : DrawServers(draw);
  s.seed = random.Next() >> 32U;
  s.election_ticks = 3 + draw.Below(4);
  if (draw.In(Group::kLimits, 4, 12)) s.max_message_bytes = draw.Below(48);
  if (draw.In(Group::kLimits, 3, 12)) s.max_inflight_messages = 1 + draw.Below(3);
  if (draw.In(Group::kLimits, 2, 12)) s.max_inflight_bytes = s.max_message_bytes + draw.Below(48);
  if (draw.In(Group::kLimits, 2, 12)) s.max_uncommitted_bytes = 1 + draw.Below(60);
  if (draw.In(Group::kLimits, 3, 12)) s.max_committed_bytes = 1 + draw.Below(48);
  s.pre_vote = features.pre_vote && draw.Below(2) == 0;
  s.check_quorum = features.check_quorum && draw.Below(2) == 0;
  const bool leases = draw.In(Group::kReads, 8, 12);
  s.lease_reads = features.lease_reads && s.check_quorum && leases && draw.Below(2) == 0;
  s.async_storage = draw.In(Group::kSlowDisks, 4, 12) && features.async_storage;
  const bool wal = draw.In(Group::kCrashes, 3, 12) || draw.In(Group::kDiskErrors, 1, 12);
  s.wal = features.wal && wal && draw.Below(2) == 0;
  s.forward_proposals = draw.Below(8) != 0 && features.forwarding;
  s.step_down_on_removal = draw.Below(4) != 0;
  if (draw.In(Group::kMembership, 4, 12) && features.membership) {
    s.voters = 1 + draw.Below(s.servers);
  }
  return s;
}

FaultMix DrawMix(raft::Random& random, const Profile& profile, const Features& features,
                 const Settings& settings) {
  Drawer draw(random, profile);
  FaultMix mix;
  mix.profile = profile.name;
  for (std::uint32_t g = 0; g < kGroups; ++g) {
    if (profile.groups[g] != Use::kNever) mix.groups |= 1U << g;
  }
  const auto weight = [&mix](Kind kind) -> std::uint32_t& {
    return mix.weights[static_cast<std::size_t>(kind)];
  };
  // Progress: this weight is never 0.
  weight(Kind::kProcess) = 60 + draw.Below(60);
  weight(Kind::kDeliver) = 40 + draw.Below(100);
  weight(Kind::kTick) = 1 + draw.Below(30);
  weight(Kind::kPropose) = 2 + draw.Below(16);
  weight(Kind::kCampaign) = 1 + draw.Below(8);
  weight(Kind::kRun) = draw.Below(2) == 0 ? 0 : 1 + draw.Below(3);
  weight(Kind::kHeal) = 1 + draw.Below(4);
  weight(Kind::kRestart) = 4 + draw.Below(16);
  const bool members = draw.Below(2) == 0 || settings.voters != 0;
  for (const Weight& w : kWeights) {
    const bool in = draw.In(w.group, w.times, 12) && Offers(features, w.kind);
    const std::uint32_t drawn = 1 + draw.Below(w.most);
    if (in && (w.group != Group::kMembership || members)) weight(w.kind) = drawn;
  }
  if (settings.async_storage) {
    weight(Kind::kWrite) = 20 + draw.Below(100);
    weight(Kind::kApply) = 5 + draw.Below(60);
    if (draw.In(Group::kSlowDisks, 6, 12)) weight(Kind::kStall) = 1 + draw.Below(3);
    if (draw.In(Group::kSlowDisks, 8, 12)) weight(Kind::kUnstall) = 1 + draw.Below(6);
    if (draw.In(Group::kSlowDisks, 6, 12)) {
      mix.slow_disks = 1 + draw.Below((1U << settings.servers) - 1);
    }
    mix.late_answers = draw.In(Group::kSlowDisks, 4, 12);
    weight(Kind::kAnswer) = 20 + draw.Below(120);
  }
  const std::uint32_t usual = 1 + draw.Below(draw.Below(2) == 0 ? 2 : 6);
  mix.reorder_one_in = draw.In(Group::kNetwork, 11, 12) ? usual : 0;
  mix.story_one_in = draw.Below(3) == 0 ? 0 : 8 + draw.Below(50);
  if (mix.groups == 0) mix.story_one_in = 0;
  mix.clocks.fill(4);
  if (draw.In(Group::kClocks, 4, 12)) {
    for (std::uint32_t& clock : mix.clocks) clock = 1 + draw.Below(8);
  }
  return mix;
}

}  // namespace tracegen
