#include "conformance/judge/coverage.h"

#include <algorithm>
#include <utility>

#include "conformance/judge/scramble.h"

namespace conformance {
namespace {

constexpr std::uint64_t kMask = (std::uint64_t{1} << 56U) - 1;

// Packs small numbers into one.
class Digits {
 public:
  void Add(std::uint64_t value, std::uint64_t most) {
    number_ = number_ * (most + 1) + std::min(value, most);
  }
  std::uint64_t number() const { return number_; }

 private:
  std::uint64_t number_ = 0;
};

// The kind of step that a line is.
std::uint32_t StepOf(const trace::Event& event) {
  std::uint32_t step = static_cast<std::uint32_t>(event.name) + 1;
  step *= 16;
  if (event.msg && event.msg->type) step += 1 + static_cast<std::uint32_t>(*event.msg->type);
  return step * 2 + (event.msg && event.msg->reject.value_or(false) ? 1 : 0);
}

// Has the server completed a step with this event?
bool IsRest(trace::EventName name) {
  using Name = trace::EventName;
  return name == Name::kReady || name == Name::kPersist || name == Name::kBecomeLeader ||
         name == Name::kCommit || name == Name::kCrash || name == Name::kCompact ||
         name == Name::kApplyConfChange || name == Name::kReadState;
}

}  // namespace

std::uint64_t Coverage::Abstract(const Candidate& candidate, const TraceContext& context,
                                 spec::Server i) const {
  const auto& s = candidate.raft.state[i];
  const spec::LogTree& tree = context.tree;
  const spec::Index length = tree.Length(s.log);
  Digits digits;
  digits.Add(static_cast<std::uint64_t>(s.state), 3);
  digits.Add(static_cast<std::uint64_t>(candidate.progress[i].stage), 3);
  digits.Add(newest_term_ - std::min(newest_term_, s.current_term), 2);
  digits.Add(s.voted_for == spec::kNil ? 0 : s.voted_for == i ? 1 : 2, 2);
  digits.Add(s.leader_id == spec::kNil ? 0 : s.leader_id == i ? 1 : 2, 2);
  digits.Add(most_committed_ - std::min(most_committed_, s.commit_index), 2);
  digits.Add(length - std::min(length, s.commit_index), 2);
  digits.Add(tree.TermAt(s.log, length) == s.current_term ? 1 : 0, 1);
  digits.Add(s.durable.term != s.current_term || s.durable.vote != s.voted_for ? 1 : 0, 1);
  digits.Add(s.durable.log == s.log ? 0 : tree.Length(s.durable.log) < length ? 1 : 2, 2);
  // Does its log conflict with the log of the server of the newest term?
  const spec::LogId newest = candidate.raft.state[newest_].log;
  const spec::Index both = std::min(length, tree.Length(newest));
  digits.Add(both > 0 && tree.TermAt(s.log, both) != tree.TermAt(newest, both) ? 1 : 0, 1);
  digits.Add(s.config.IsJoint() ? 1 : 0, 1);
  digits.Add(s.config.Voters().Contains(i) ? 0 : s.config.learners.Contains(i) ? 1 : 2, 2);
  digits.Add(tree.FirstConfAfter(s.log, s.conf_index) == spec::kEmptyLog ? 0 : 1, 1);
  digits.Add(s.log_start > 0 ? 1 : 0, 1);
  digits.Add(s.pending_snapshot > 0 ? 1 : 0, 1);
  digits.Add(static_cast<std::uint64_t>(s.votes_granted.Size()), 2);
  std::uint64_t behind = 0;
  if (s.state == spec::Role::kLeader) {
    s.config.Members().All([&](spec::Server j) {
      behind += s.match_index[j] < length ? 1 : 0;
      return true;
    });
  }
  digits.Add(behind, 2);
  return Scramble(digits.number() + 1);
}

void Coverage::Observe(const Candidate& candidate, const trace::Event& event,
                       const TraceContext& context) {
  const spec::Server i = context.servers.Find(event.node);
  if (i == spec::kNil) return;
  const auto& state = candidate.raft.state;
  const std::uint32_t step = StepOf(event);
  seen_.steps.push_back(Scramble(servers_[i] + step) & kMask);

  const bool newer = state[i].current_term > newest_term_ ||
                     (state[i].current_term == newest_term_ &&
                      state[i].state == spec::Role::kLeader && newest_ != i);
  const bool further = state[i].commit_index > most_committed_;
  if (newer) newest_term_ = state[i].current_term, newest_ = i;
  if (further) most_committed_ = state[i].commit_index;
  if (!IsRest(event.name) && !newer && !further) {
    servers_[i] = Abstract(candidate, context, i);
    return;
  }
  std::uint64_t sum = 0;
  for (int k = 0; k < static_cast<int>(context.servers.size()); ++k) {
    const auto server = static_cast<spec::Server>(k);
    if (newer || further || server == i) servers_[server] = Abstract(candidate, context, server);
    sum += servers_[server];
  }
  seen_.states.push_back(Scramble(sum) & kMask);
}

Coverage::Seen Coverage::Take() {
  for (std::vector<std::uint64_t>* all : {&seen_.states, &seen_.steps}) {
    std::sort(all->begin(), all->end());
    all->erase(std::unique(all->begin(), all->end()), all->end());
  }
  return std::exchange(seen_, {});
}

}  // namespace conformance
