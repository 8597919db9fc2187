#include "conformance/trial/trial.h"

#include <exception>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "conformance/judge/judge_file.h"
#include "conformance/judge/linearizability.h"

namespace trial {
namespace {

class JudgeSink : public trace::Sink {
 public:
  // Thrown when a property is broken, or the run is stopped: nothing that follows matters.  No
  // std::exception: those are the implementation's.
  struct Stop {};

  JudgeSink(const trace::Header& header, const Options& options) : options_(options) {
    judge_.SetHeader(header);
  }
  void Emit(const trace::Event& event) override {
    // The header is line 1 of the trace.
    const bool explained = judge_.Feed(event, ++events_ + 1);
    if (options_.also != nullptr) options_.also->Emit(event);
    if (judge_.violated()) throw Stop{};
    ThrowIfStopped();
    if (options_.coverage && explained) {
      coverage_.Observe(judge_.explanation(), event, judge_.context());
    }
  }
  // Called before each action.
  void Begin(std::size_t action) {
    actions_ = action;
    ThrowIfStopped();
  }
  conformance::Judge& judge() { return judge_; }
  conformance::Coverage& coverage() { return coverage_; }
  std::uint64_t events() const { return events_; }
  bool stopped() const { return stopped_; }

 private:
  void ThrowIfStopped() {
    if (!options_.stop || !options_.stop(actions_)) return;
    stopped_ = true;
    throw Stop{};
  }

  const Options& options_;
  conformance::Judge judge_;
  conformance::Coverage coverage_;
  std::uint64_t events_ = 0;
  std::size_t actions_ = 0;  // done
  bool stopped_ = false;
};

void NameFailure(Result& judged) {
  const conformance::Report& report = judged.report;
  if (report.violation) {
    judged.failure = judged.root = report.violation->property;
    // Which check of its own an implementation broke tells one bug from another.
    if (judged.failure == "ImplementationCheck") {
      const std::string& what = report.violation->what;
      judged.root += ": " + what.substr(0, what.find(" is false"));
    }
  } else if (report.rejection) {
    judged.failure = judged.root = report.rejection->action + " refused";
    if (!report.rejection->attempts.empty()) {
      const conformance::Attempt& attempt = report.rejection->attempts.front();
      if (!attempt.guard.empty()) judged.root += ": " + attempt.guard;
      if (!attempt.differences.empty()) {
        judged.root += ": " + attempt.differences.front().field + " differs";
      }
    }
  } else if (report.verdict == conformance::Verdict::kInvalid && report.events > 0) {
    judged.failure = judged.root = "not judged: " + report.invalid;
  }
}

// `play` plays to the sink; `played` is the cluster, whatever ended that, or null.
template <class Play, class Played>
Result JudgeRun(const trace::Header& header, const Options& options, Play play, Played played) {
  Result judged;
  JudgeSink sink(header, options);
  std::optional<std::string> broken_check;
  try {
    play(sink);
  } catch (const JudgeSink::Stop&) {
  } catch (const std::bad_alloc&) {
    throw;  // the machine's failure, nobody's bug
  } catch (const std::exception& error) {
    broken_check = error.what();
  } catch (...) {
    broken_check = "an exception that is no std::exception";
  }
  const tracegen::Cluster* cluster = played();
  if (cluster != nullptr) judged.run = cluster->counts();
  judged.report = sink.judge().Finish();
  if (options.coverage) judged.seen = sink.coverage().Take();
  conformance::Report& report = judged.report;
  const auto violated = [&](const char* property, std::string what) {
    report.verdict = conformance::Verdict::kViolated;
    report.violation = {sink.events() + 1,       property, std::move(what), 0, {},
                        conformance::Basis::kRun};
  };
  if (broken_check && !report.violation) {
    // The implementation stopped itself: most likely an invariant of its own is broken.
    violated("ImplementationCheck", *broken_check);
  }
  if (sink.stopped()) report = conformance::Stopped(std::move(report));
  if (cluster != nullptr && !report.violation && !sink.stopped()) {
    conformance::HistoryVerdict history = conformance::JudgeHistory(cluster->history());
    judged.operations = history.operations;
    judged.undecided_keys = history.undecided;
    if (history.violation) {
      violated("Linearizability", std::move(history.violation->what));
      report.violation->details = std::move(history.violation->details);
    }
  }
  const bool stuck = cluster != nullptr && !cluster->stuck().empty();
  if (stuck && !report.violation && !report.rejection) {
    violated("Liveness", cluster->stuck());
  }
  NameFailure(judged);
  return judged;
}

}  // namespace

Result Run(const tracegen::Schedule& schedule, const tracegen::Implementation& implementation,
           const Options& options) {
  std::optional<tracegen::Cluster> cluster;
  const auto play = [&](JudgeSink& sink) {
    cluster.emplace(schedule.settings, &sink, implementation);
    for (std::size_t k = 0; k < schedule.actions.size(); ++k) {
      sink.Begin(k);
      cluster->Execute(schedule.actions[k]);
    }
  };
  return JudgeRun(tracegen::MakeHeader(schedule.settings, implementation), options, play,
                  [&] { return cluster ? &*cluster : nullptr; });
}

Result Run(tracegen::Generator& generator, const Options& options) {
  return JudgeRun(
      tracegen::MakeHeader(generator.settings(), generator.implementation()), options,
      [&](JudgeSink& sink) { generator.Play(sink); }, [&] { return generator.played(); });
}

}  // namespace trial
