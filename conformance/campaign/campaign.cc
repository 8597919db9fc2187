#include "conformance/campaign/campaign.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <utility>

#include "spec/explorer/crew.h"

namespace campaign {
namespace {

constexpr std::size_t kRound = 128;

// A broken property says more than a refused step: so many schedules look for one, every other
// of them made from the one that was refused.
constexpr std::uint64_t kHarmTries = 2048;

// Streams of random numbers beside that of the schedules (tracegen::RandomOf).
constexpr std::uint64_t kNearHarm = 1;
constexpr std::uint64_t kChoice = 2;

}  // namespace

// What was stopped in the middle is for the next time, as if there had been no time for it.
void Campaign::DropIfStopped(Slot& slot) {
  if (slot.judged->report.verdict == conformance::Verdict::kStopped) slot.judged.reset();
}

std::string ProfileOf(const Options& options) {
  return options.limits.profile == nullptr ? std::string()
                                           : std::string(options.limits.profile->name);
}

void Totals::Add(const trial::Result& judged) {
  ++schedules;
  events += judged.report.events;
  fields_compared += judged.report.fields_compared;
  operations += judged.operations;
  undecided_keys += judged.undecided_keys;
  run.Add(judged.run);
  for (const auto& [action, count] : judged.report.actions) actions[action] += count;
}

Campaign::Campaign(Options options, const tracegen::Implementation& implementation)
    : options_(std::move(options)), implementation_(implementation) {}

bool Campaign::IsOver() const {
  if (TimeIsUp() || out_of_memory_) return true;
  if (LooksForHarm()) {
    const bool harm = std::any_of(failures_.begin(), failures_.end(),
                                  [](const FailureGroup& group) { return group.violated; });
    return harm || harm_tries_ >= kHarmTries;
  }
  return first_done_ >= first_.size() && next_ >= options_.schedules;
}

// What the next round runs.
void Campaign::Fill() {
  round_.clear();
  const bool harm = LooksForHarm();
  while (round_.size() < kRound) {
    Slot slot;
    if (harm) {
      if (harm_tries_ >= kHarmTries) break;
      slot.random = tracegen::RandomOf(options_.seed, ++harm_tries_, kNearHarm);
      if (harm_tries_ % 2 == 0) slot.choice.ancestors.first = &failures_.front().example;
    } else if (first_done_ < first_.size()) {
      slot.given = &first_[first_done_++];
    } else if (next_ < options_.schedules) {
      slot.number = ++next_;
      slot.random = tracegen::RandomOf(options_.seed, slot.number);
      if (options_.guided) {
        slot.choice = corpus_.Choose(
            tracegen::BoundedRandom(tracegen::RandomOf(options_.seed, slot.number, kChoice)));
      }
    } else {
      break;
    }
    round_.push_back(std::move(slot));
  }
}

void Campaign::RunSlot(Slot& slot) const {
  if (TimeIsUp()) return;
  trial::Options options;
  options.coverage = options_.guided || options_.coverage;
  if (options_.stop) options.stop = [this](std::size_t) { return options_.stop(); };
  if (slot.given != nullptr) {
    slot.judged = trial::Run(*slot.given, implementation_, options);
    slot.schedule = *slot.given;
    DropIfStopped(slot);
    return;
  }
  tracegen::Generator generator(slot.random, rc::kNominalSize, options_.limits, implementation_,
                                slot.choice.ancestors);
  slot.judged = trial::Run(generator, options);
  slot.schedule = generator.schedule();
  DropIfStopped(slot);
  if (slot.judged && !slot.judged->failure.empty()) slot.mix = tracegen::Describe(generator.mix());
}

void Campaign::TryToRunSlot(Slot& slot) noexcept {
  try {
    RunSlot(slot);
  } catch (const std::bad_alloc&) {
    slot.judged.reset();
    out_of_memory_ = true;
  }
}

FailureGroup& Campaign::GroupOf(const trial::Result& judged) {
  for (FailureGroup& group : failures_) {
    if (group.root == judged.root) return group;
  }
  FailureGroup& group = failures_.emplace_back();
  group.failure = judged.failure;
  group.root = judged.root;
  group.violated = judged.report.verdict == conformance::Verdict::kViolated;
  return group;
}

void Campaign::TakeUp(Slot& slot, const std::function<void(const FailureGroup&)>& found) {
  if (!slot.judged) return;
  const trial::Result& judged = *slot.judged;
  const bool harm = LooksForHarm();
  // The search for harm is no part of the run.  A cluster that hangs near a refused step is most
  // often another matter.
  const bool harms =
      judged.report.verdict == conformance::Verdict::kViolated && judged.failure != "Liveness";
  if (harm && !harms) return;
  if (slot.given != nullptr) {
    ++totals_.schedules_again;
    totals_.events_again += judged.report.events;
    totals_.fields_compared_again += judged.report.fields_compared;
  } else if (!harm) {
    totals_.Add(judged);
  }
  if (options_.guided || options_.coverage) {
    corpus_.Add(slot.schedule, judged.seen);
    if (slot.choice.ancestors.first != nullptr && !harm) corpus_.Took(slot.choice.first);
  }
  if (judged.failure.empty()) return;
  FailureGroup& group = GroupOf(judged);
  ++group.count;
  if (group.count == 1) {
    group.first = harm ? failures_.front().first : totals_.schedules;
    group.number = harm ? failures_.front().number : slot.number;
    group.near_another = harm;
    group.seconds = watch_.Seconds();
    group.example = group.shortest = slot.schedule;
    group.mix = slot.mix;
    if (options_.guided || options_.coverage) corpus_.Keep(slot.schedule);
    found(group);
  } else if (slot.schedule.actions.size() < group.shortest.actions.size()) {
    group.shortest = slot.schedule;
  }
}

// In their order, up to the first for which there was no time: that one and those behind it are for
// the next time, so that stops change no count.  What failed is told at once.
void Campaign::TakeUpRound(const std::function<void(const FailureGroup&)>& found) {
  const auto left =
      std::find_if(round_.begin(), round_.end(), [](const Slot& slot) { return !slot.judged; });
  for (auto slot = round_.begin(); slot != left; ++slot) TakeUp(*slot, found);
  for (auto slot = left; slot != round_.end(); ++slot) {
    if (slot->judged && !slot->judged->failure.empty()) TakeUp(*slot, found);
  }
  const auto given =
      std::find_if(left, round_.end(), [](const Slot& slot) { return slot.given != nullptr; });
  if (given != round_.end()) first_done_ = static_cast<std::size_t>(given->given - first_.data());
  const auto drawn =
      std::find_if(left, round_.end(), [](const Slot& slot) { return slot.number != 0; });
  if (drawn != round_.end()) next_ = drawn->number - 1;
}

void Campaign::NoteGrowth() {
  if (!options_.guided && !options_.coverage) return;
  const bool doubled = growth_.empty() || totals_.schedules >= 2 * growth_.back().schedules;
  if (!doubled) return;
  growth_.push_back({totals_.schedules, watch_.Seconds(), corpus_.states(), corpus_.steps()});
}

void Campaign::Run(const std::function<void(const FailureGroup&)>& found,
                   const std::function<void(const Campaign&)>& progress) {
  spec::explorer::Crew crew(static_cast<std::size_t>(options_.jobs));  // fewer find the same
  threads_ = static_cast<int>(crew.size());
  while (!IsOver()) {
    Fill();
    if (round_.empty()) break;
    std::atomic<std::size_t> taken{0};
    crew.Do([&](std::size_t /*thread*/) {
      for (std::size_t k = taken++; k < round_.size(); k = taken++) TryToRunSlot(round_[k]);
    });
    TakeUpRound(found);
    NoteGrowth();
    progress(*this);
  }
  seconds_ = watch_.Seconds();
}

}  // namespace campaign
