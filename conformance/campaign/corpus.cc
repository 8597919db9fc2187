#include "conformance/campaign/corpus.h"

#include <algorithm>
#include <utility>

namespace campaign {
namespace {

// A corpus that grew for ever would be slower to run than it is worth.
constexpr std::size_t kMostEntries = 4096;

}  // namespace

bool Corpus::Add(const tracegen::Schedule& schedule, const conformance::Coverage::Seen& seen) {
  std::uint64_t novelty = 0;
  // Nearly every run has a state of the whole cluster that none had before: that tells nothing.
  for (const std::uint64_t state : seen.states) states_.Insert(state);
  for (const std::uint64_t step : seen.steps) novelty += steps_.Insert(step) ? 1 : 0;
  if (novelty == 0) return false;
  Insert({schedule, novelty, 0});
  return true;
}

void Corpus::Keep(const tracegen::Schedule& schedule) {
  const bool there = std::any_of(entries_.begin(), entries_.end(),
                                 [&](const Entry& entry) { return entry.schedule == schedule; });
  if (!there) Insert({schedule, 1, 0});
}

void Corpus::Insert(Entry entry) {
  if (entries_.size() < kMostEntries) {
    entries_.push_back(std::move(entry));
    return;
  }
  const auto least =
      std::min_element(entries_.begin(), entries_.end(),
                       [](const Entry& a, const Entry& b) { return Worth(a) < Worth(b); });
  if (Worth(*least) < Worth(entry)) *least = std::move(entry);
}

// Much that was new, and not much made of it yet.
double Corpus::Worth(const Entry& entry) {
  return static_cast<double>(entry.novelty) / static_cast<double>(1 + entry.taken);
}

Corpus::Choice Corpus::Choose(tracegen::BoundedRandom random) const {
  Choice choice;
  const auto size = static_cast<std::uint32_t>(entries_.size());
  if (size == 0 || random.Below(4) == 0) return choice;
  constexpr int kTries = 4;
  for (int k = 0; k < kTries; ++k) {
    const std::size_t drawn = random.Below(size);
    if (k == 0 || Worth(entries_[drawn]) > Worth(entries_[choice.first])) choice.first = drawn;
  }
  choice.ancestors.first = &entries_[choice.first].schedule;
  choice.ancestors.second = &entries_[random.Below(size)].schedule;
  return choice;
}

}  // namespace campaign
