// The schedules of a campaign that showed something new (conformance/judge/coverage.h), to be run
// first next time and to be made others from; and how much has been seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "conformance/judge/coverage.h"
#include "spec/explorer/fingerprint_set.h"
#include "tracegen/generator/generator.h"

namespace campaign {

class Corpus {
 public:
  // Counts what is new of `seen`; if anything is, the schedule is kept.  True if it was.
  bool Add(const tracegen::Schedule& schedule, const conformance::Coverage::Seen& seen);

  // Kept whatever it showed: a failure is worth another run.
  void Keep(const tracegen::Schedule& schedule);

  // What the next schedule is made from; `first` is null if it shall be a fresh one.  Changes
  // nothing: that a schedule was taken is told by Took, in any order that is the same every time.
  struct Choice {
    tracegen::Ancestors ancestors;
    std::size_t first = 0;
  };
  Choice Choose(tracegen::BoundedRandom random) const;
  void Took(std::size_t first) { ++entries_[first].taken; }

  std::size_t size() const { return entries_.size(); }
  const tracegen::Schedule& at(std::size_t k) const { return entries_[k].schedule; }
  std::uint64_t states() const { return states_.size(); }
  std::uint64_t steps() const { return steps_.size(); }

 private:
  struct Entry {
    tracegen::Schedule schedule;
    std::uint64_t novelty = 0;  // how much was new
    std::uint64_t taken = 0;    // how often it was made something from
  };
  static double Worth(const Entry& entry);
  void Insert(Entry entry);

  std::vector<Entry> entries_;
  spec::explorer::FingerprintShard states_;
  spec::explorer::FingerprintShard steps_;
};

}  // namespace campaign
