#include "conformance/command/model.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "conformance/campaign/stopwatch.h"
#include "conformance/command/exit_status.h"
#include "conformance/command/limits.h"
#include "conformance/command/progress.h"
#include "conformance/command/terminal.h"
#include "conformance/playback/behaviour_to_schedule.h"
#include "conformance/playback/behaviour_to_trace.h"
#include "conformance/playback/play.h"
#include "conformance/playback/playback_report.h"
#include "conformance/report/model_report.h"
#include "conformance/report/whole_file.h"
#include "conformance/trial/trial.h"
#include "raft/trace/writer.h"
#include "spec/model/exploration.h"

namespace command {
namespace {

using conformance::ModelRun;

int Workers(const ModelOptions& options) {
  return options.workers > 0 ? options.workers
                             : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

std::uint64_t Memory(const ModelOptions& options) {
  if (options.memory_gib > 0) {
    return static_cast<std::uint64_t>(options.memory_gib * 1073741824.0);
  }
  return MemoryOfMachine() / 4 * 3;
}

bool IsTimeUp(const ModelOptions& options, const campaign::Stopwatch& watch) {
  return options.seconds > 0 && watch.Seconds() >= options.seconds;
}

spec::SearchReport Search(const ModelOptions& from, const spec::Exploration& model,
                          const ModelRun& run, const campaign::Stopwatch& watch,
                          const std::string& before = {}) {
  spec::explorer::Options options;
  options.workers = Workers(from);
  options.exact = from.exact;
  options.max_depth = from.depth;
  options.max_states = from.states;
  options.memory_bytes = Memory(from);
  options.work_folder = std::filesystem::temp_directory_path().string();
  options.checkpoint_folder = from.checkpoint;
  options.identity = model.Identity();
  Progress progress;
  options.stop = [&](const spec::explorer::Progress& now) {
    if (progress.IsDue()) {
      progress.Show(before + conformance::SearchProgressText(now, run, watch.Seconds()));
    }
    return Interrupted() || IsTimeUp(from, watch);
  };
  double last_checkpoint = 0;
  if (!from.checkpoint.empty()) {
    options.checkpoint_due = [&](const spec::explorer::Progress&) {
      if (watch.Seconds() - last_checkpoint < from.checkpoint_seconds) return false;
      last_checkpoint = watch.Seconds();
      return true;
    };
  }
  return model.Search(options);
}

spec::SearchReport Simulate(const ModelOptions& from, const spec::Exploration& model,
                            const ModelRun& run, const campaign::Stopwatch& watch) {
  spec::explorer::WalkOptions options;
  options.workers = Workers(from);
  options.seed = from.seed;
  options.walks = from.walks;
  options.length = from.length;
  Progress progress;
  options.stop = [&](const spec::explorer::Progress& now) {
    if (progress.IsDue()) {
      progress.Show(conformance::SimulationProgressText(now, run, watch.Seconds()));
    }
    return Interrupted() || IsTimeUp(from, watch);
  };
  return model.Simulate(options);
}

// What was found as a schedule, and what that does on the implementation.
bool WriteSchedule(const ModelOptions& options, const tracegen::Implementation& implementation,
                   const spec::Exploration& model, const spec::SearchReport& report) {
  if (options.schedule.empty()) return true;
  const std::string property = model.NameOf(*report.finding);
  const playback::BehaviourSchedule followed =
      playback::ToSchedule(model, report.behaviour, implementation);
  const std::string trouble = conformance::WriteWhole(
      options.schedule, "# " + property + ", found by raftcheck model --config " + options.config +
                            "\n" + tracegen::PrintSchedule(followed.schedule));
  if (!trouble.empty()) {
    Complain(trouble);
    return false;
  }
  if (options.json) return true;
  std::cout << playback::BehaviourScheduleText(followed,
                                               trial::Run(followed.schedule, implementation),
                                               implementation.name, property, options.schedule);
  return true;
}

// What was found as a trace.
bool WriteTrace(const ModelOptions& options, const spec::Exploration& model,
                const spec::SearchReport& report) {
  if (options.trace.empty()) return true;
  conformance::WholeFile file(options.trace);
  trace::Writer writer(file.stream());
  writer.Write(playback::HeaderOf(model.settings()));
  const playback::BehaviourTrace written = playback::ToTrace(model, report.behaviour, writer);
  writer.Flush();
  if (const std::string trouble = file.Commit(); !trouble.empty()) {
    Complain(trouble);
    return false;
  }
  if (options.json) return true;
  std::cout << playback::BehaviourTraceText(written, report.behaviour.moves.size(), options.trace);
  return true;
}

// Of a run that found nothing.
int StatusOf(const spec::SearchReport& report, const ModelRun& run) {
  if (!conformance::IsUnfinished(report, run)) return kNothingFound;
  const bool too_small_a_machine =
      report.end == spec::explorer::End::kMemory && !run.memory_was_given;
  return too_small_a_machine ? kInternal : kUnfinished;
}

// `run` has what the configuration says.
int Explore(const ModelOptions& options, const tracegen::Implementation& implementation,
            const spec::ModelSettings& settings, ModelRun run) {
  const spec::Exploration model(settings);
  const campaign::Stopwatch watch;
  const spec::SearchReport report =
      options.simulate ? Simulate(options, model, run, watch) : Search(options, model, run, watch);
  if (!report.error.empty()) return Refuse(report.error);
  NoteThreads(static_cast<std::size_t>(Workers(options)), static_cast<std::size_t>(report.workers));
  run.workers = report.workers;
  run.seconds = watch.Seconds();
  run.interrupted = Interrupted();
  std::cout << (options.json ? conformance::ModelJson(model, report, run) + "\n"
                             : conformance::ModelText(model, report, run, ColourOutput()));
  int status = StatusOf(report, run);
  if (!conformance::IsAnythingDemanded(model)) status = kBadInput;
  if (report.finding || !conformance::IsAsExpected(report, run)) status = kFound;
  bool written = !report.finding || (WriteSchedule(options, implementation, model, report) &&
                                     WriteTrace(options, model, report));
  written =
      WriteCiReports(options.ci, "model", conformance::ModelResults(model, report, run)) && written;
  return written ? status : Worse(status, kBadInput);
}

// One search for each property: each must be refuted.
int Goals(const ModelOptions& options, const spec::ModelSettings& settings, ModelRun run) {
  const std::vector<spec::ModelSettings> goals = spec::OnePropertyEach(settings);
  if (goals.empty()) {
    return Refuse(options.config +
                  ": has no INVARIANTS and no PROPERTIES, so there is no goal to reach");
  }
  int status = kNothingFound;
  const campaign::Stopwatch all;
  std::vector<conformance::NamedResult> results;
  for (const spec::ModelSettings& alone : goals) {
    const std::string& goal =
        alone.invariants.empty() ? alone.step_properties.front() : alone.invariants.front();
    const double began = all.Seconds();
    const std::string number =
        "goal " + std::to_string(results.size() + 1) + " of " + std::to_string(goals.size()) + ": ";
    const spec::SearchReport report = Search(options, spec::Exploration(alone), run, all, number);
    if (!report.error.empty()) return Worse(status, Refuse(report.error));
    run.seconds = all.Seconds() - began;
    run.interrupted = Interrupted();
    const bool not_reached =
        conformance::OutcomeOfGoal(report, run) == conformance::GoalOutcome::kNotReached;
    status = Worse(status, not_reached ? kFound : StatusOf(report, run));
    std::cout << (options.json ? conformance::GoalJson(goal, report, run) + "\n"
                               : conformance::GoalText(goal, report, run));
    results.push_back(conformance::GoalResult(goal, report, run));
  }
  const bool written = WriteCiReports(options.ci, "model", results);
  return written ? status : Worse(status, kBadInput);
}

// The reverse direction: does our library do what the model does?
int Play(const ModelOptions& options, const spec::ModelSettings& settings, std::uint64_t expected) {
  if (const std::string why = playback::CannotPlay(settings); !why.empty()) {
    return Refuse(options.config + ": cannot be played on raftcheck's own library: " + why);
  }
  const campaign::Stopwatch watch;
  std::optional<Progress> progress(std::in_place);
  const playback::Played played =
      playback::PlayOnLibrary(settings, [&](const playback::Played& now) {
        if (progress->IsDue()) progress->Show(playback::PlayProgressText(now, expected));
        return Interrupted() || IsTimeUp(options, watch);
      });
  progress.reset();
  const std::string_view end = playback::EndOf(played, Interrupted());
  std::cout << (options.json ? playback::PlayedJson(played, end, watch.Seconds()) + "\n"
                             : playback::PlayedText(played, end, watch.Seconds()));
  const bool written = WriteCiReports(
      options.ci, "model", {playback::PlayedResult(played, end, options.config, watch.Seconds())});
  const int status = played.difference  ? kFound
                     : played.stopped   ? kUnfinished
                     : played.same == 0 ? kBadInput
                                        : kNothingFound;
  return written ? status : Worse(status, kBadInput);
}

}  // namespace

int Model(const ModelOptions& options, const tracegen::Implementation& implementation) {
  const auto text = ReadInput(options.config);
  if (!text) return text.error();
  if (const std::string why = conformance::WhyNotWritten(
          {options.config}, {options.schedule, options.trace, options.ci.junit, options.ci.sarif});
      !why.empty()) {
    return Refuse(why);
  }
  const auto parsed = spec::explorer::ParseConfig(*text);
  auto settings = parsed ? spec::SettingsOf(*parsed) : tl::unexpected(parsed.error());
  if (!settings) return Refuse(options.config + ": " + settings.error());
  if (options.play) {
    const auto states = parsed->expected.find("distinct states");
    return Play(options, *settings, states == parsed->expected.end() ? 0 : states->second.number);
  }
  ModelRun run;
  run.config = options.config;
  run.simulate = options.simulate;
  run.exact = options.exact;
  run.coverage = options.coverage;
  run.workers = Workers(options);
  run.walks = options.walks;
  run.length = options.length;
  run.seed = options.seed;
  run.memory_was_given = options.memory_gib > 0;
  // With another symmetry there are other numbers of states.
  if (!options.symmetry || settings->symmetry) run.expected = parsed->expected;
  for (const auto* names : {&parsed->invariants, &parsed->properties}) {
    for (const auto& [name, line] : *names) run.lines.emplace(name, line);
  }
  settings->symmetry = settings->symmetry || options.symmetry;
  if (options.goals) return Goals(options, *settings, std::move(run));
  return Explore(options, implementation, *settings, std::move(run));
}

}  // namespace command
