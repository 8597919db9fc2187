// Many schedules under the judge, on many threads, in rounds: what a round draws depends only on
// the seed and on the rounds before it, and its outcomes are taken up in their order, so that equal
// seeds find equal things whatever the number of threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "conformance/campaign/corpus.h"
#include "conformance/campaign/stopwatch.h"
#include "conformance/trial/trial.h"
#include "tracegen/generator/generator.h"

namespace campaign {

struct Options {
  std::uint64_t schedules = 0;  // at most
  double seconds = 0;           // 0: no limit
  tracegen::Limits limits;
  std::uint64_t seed = 1;
  int jobs = 1;
  bool guided = false;    // schedules are made from those that showed something new
  bool coverage = false;  // keep account of it, guided or not
  // Stop after so many different kinds of failure; 0: never.
  std::uint64_t max_failures = 1;
  std::string program = "raftcheck";  // the command in the findings' texts
  // Asked often, from every thread: shall the campaign stop now?  Null: never.
  std::function<bool()> stop;
};

// The name of the profile that was asked for; empty if none was.
std::string ProfileOf(const Options& options);

struct Totals {
  std::uint64_t schedules = 0;  // drawn in this campaign; those of RunFirst are not among them
  std::uint64_t events = 0;     // of these
  std::uint64_t fields_compared = 0;
  std::uint64_t operations = 0;
  std::uint64_t undecided_keys = 0;
  tracegen::Counts run;
  std::map<std::string, std::uint64_t, std::less<>> actions;
  // Of RunFirst.
  std::uint64_t schedules_again = 0;
  std::uint64_t events_again = 0;
  std::uint64_t fields_compared_again = 0;

  void Add(const trial::Result& judged);
};

// Failures of one kind: the same property, action and guard.
struct FailureGroup {
  std::string failure;  // as trial::Result::failure
  std::string root;     // as trial::Result::root
  bool violated = false;
  std::uint64_t count = 0;
  std::uint64_t first = 0;     // how many schedules had run, with the first of them
  std::uint64_t number = 0;    // of that one; 0 if it was not drawn in this campaign
  bool near_another = false;   // found while looking for harm near the schedule of that number
  double seconds = 0;          // when it was found
  tracegen::Schedule example;  // the first
  tracegen::Schedule shortest;
  std::string mix;  // of the first
};

struct Growth {
  std::uint64_t schedules = 0;
  double seconds = 0;
  std::uint64_t states = 0;
  std::uint64_t steps = 0;
};

class Campaign {
 public:
  // `implementation` outlives the campaign.
  Campaign(Options options, const tracegen::Implementation& implementation);

  // Schedules that run before any other; of those that show nothing new none is kept.
  void RunFirst(std::vector<tracegen::Schedule> schedules) { first_ = std::move(schedules); }
  // Goes on after so many.
  void SkipTo(std::uint64_t schedule) { next_ = schedule; }

  // `found` hears of every kind of failure when it is met first; `progress` now and then.
  void Run(const std::function<void(const FailureGroup&)>& found,
           const std::function<void(const Campaign&)>& progress);

  const Options& options() const { return options_; }
  // Threads that could be started, at most Options::jobs.
  int threads() const { return threads_; }
  // There was not enough memory for a schedule: the campaign has ended before it, and kept the
  // rest.
  bool out_of_memory() const { return out_of_memory_; }
  const Totals& totals() const { return totals_; }
  const std::vector<FailureGroup>& failures() const { return failures_; }
  const Corpus& corpus() const { return corpus_; }
  const std::vector<Growth>& growth() const { return growth_; }
  std::uint64_t next() const { return next_; }
  // Schedules of RunFirst for which there was no time.
  std::vector<tracegen::Schedule> Unrun() const {
    return {first_.begin() + static_cast<std::ptrdiff_t>(first_done_), first_.end()};
  }
  // Since the campaign was made; after its end, until that.
  double seconds() const { return seconds_ ? *seconds_ : watch_.Seconds(); }

 private:
  // One schedule of a round.
  struct Slot {
    std::uint64_t number = 0;
    const tracegen::Schedule* given = nullptr;  // runs as it is; else one is drawn
    Corpus::Choice choice;
    rc::Random random;
    // What came of it; empty if there was no time.
    std::optional<trial::Result> judged;
    tracegen::Schedule schedule;
    std::string mix;
  };

  bool TimeIsUp() const {
    return (options_.stop && options_.stop()) ||
           (options_.seconds > 0 && watch_.Seconds() >= options_.seconds);
  }
  // Enough has failed; what is still looked for is one that does harm.
  bool LooksForHarm() const {
    return options_.max_failures != 0 && failures_.size() >= options_.max_failures;
  }
  bool IsOver() const;
  void Fill();
  void RunSlot(Slot& slot) const;
  static void DropIfStopped(Slot& slot);
  void TryToRunSlot(Slot& slot) noexcept;
  void TakeUp(Slot& slot, const std::function<void(const FailureGroup&)>& found);
  void TakeUpRound(const std::function<void(const FailureGroup&)>& found);
  FailureGroup& GroupOf(const trial::Result& judged);
  void NoteGrowth();

  const Options options_;
  const tracegen::Implementation& implementation_;
  Stopwatch watch_;
  std::optional<double> seconds_;  // known when the campaign has ended
  int threads_ = 1;
  std::atomic<bool> out_of_memory_ = false;
  std::vector<tracegen::Schedule> first_;
  std::size_t first_done_ = 0;
  std::uint64_t next_ = 0;
  std::vector<Slot> round_;
  Totals totals_;
  std::vector<FailureGroup> failures_;
  // After a step that is none of the specification, how many more schedules look for harm near it.
  std::uint64_t harm_tries_ = 0;
  Corpus corpus_;
  std::vector<Growth> growth_;
};

}  // namespace campaign
