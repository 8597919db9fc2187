#include "conformance/command/model.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <thread>

#include "conformance/campaign/stopwatch.h"
#include "conformance/command/exit_status.h"
#include "conformance/command/limits.h"
#include "conformance/command/terminal.h"
#include "conformance/playback/behaviour_to_schedule.h"
#include "conformance/playback/behaviour_to_trace.h"
#include "conformance/playback/play.h"
#include "conformance/playback/playback_report.h"
#include "conformance/report/model_report.h"
#include "conformance/report/small_file.h"
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
                          const campaign::Stopwatch& watch) {
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
    progress.Show(conformance::SearchProgressText(now, watch.Seconds()));
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
                            const campaign::Stopwatch& watch) {
  spec::explorer::WalkOptions options;
  options.workers = Workers(from);
  options.seed = from.seed;
  options.walks = from.walks;
  options.length = from.length;
  Progress progress;
  options.stop = [&](const spec::explorer::Progress& now) {
    progress.Show(conformance::SimulationProgressText(now, watch.Seconds()));
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

// `expected`: what the .cfg says of the number of states; nothing is expected of a search with
// other limits.
int Explore(const ModelOptions& options, const tracegen::Implementation& implementation,
            const spec::ModelSettings& settings,
            const std::map<std::string, std::uint64_t>& expected) {
  const spec::Exploration model(settings);
  const campaign::Stopwatch watch;
  const spec::SearchReport report =
      options.simulate ? Simulate(options, model, watch) : Search(options, model, watch);
  if (!report.error.empty()) return Refuse(report.error);
  NoteThreads(static_cast<std::size_t>(Workers(options)), static_cast<std::size_t>(report.workers));
  ModelRun run;
  run.config = options.config;
  run.simulate = options.simulate;
  run.exact = options.exact;
  run.coverage = options.coverage;
  run.workers = report.workers;
  run.length = options.length;
  run.seed = options.seed;
  run.seconds = watch.Seconds();
  const auto number = expected.find("distinct states");
  const bool whole = !options.simulate && report.end == spec::explorer::End::kComplete;
  if (whole && number != expected.end()) run.expected = number->second;
  std::cout << (options.json ? conformance::ModelJson(model, report, run) + "\n"
                             : conformance::ModelText(model, report, run, ColourOutput()));
  if (!report.finding) {
    if (!conformance::IsAsExpected(report, run)) return kFound;
    return conformance::IsAnythingDemanded(model) ? kNothingFound : kBadInput;
  }
  const bool written =
      WriteSchedule(options, implementation, model, report) && WriteTrace(options, model, report);
  return written ? kFound : kBadInput;
}

// One search for each property: each must be refuted.
int Goals(const ModelOptions& options, const spec::ModelSettings& settings) {
  int status = kNothingFound;
  for (const spec::ModelSettings& alone : spec::OnePropertyEach(settings)) {
    const std::string& goal =
        alone.invariants.empty() ? alone.step_properties.front() : alone.invariants.front();
    const campaign::Stopwatch watch;
    const spec::SearchReport report = Search(options, spec::Exploration(alone), watch);
    if (!report.finding) status = kFound;
    std::cout << (options.json ? conformance::GoalJson(goal, report, watch.Seconds()) + "\n"
                               : conformance::GoalText(goal, report, watch.Seconds()));
  }
  return status;
}

// The reverse direction: does our library do what the model does?
int Play(const ModelOptions& options, const spec::ModelSettings& settings) {
  if (const std::string why = playback::CannotPlay(settings); !why.empty()) {
    return Refuse(options.config + ": cannot be played on raftcheck's own library: " + why);
  }
  const campaign::Stopwatch watch;
  const playback::Played played = playback::PlayOnLibrary(settings, &Interrupted);
  std::cout << (options.json ? playback::PlayedJson(played, watch.Seconds()) + "\n"
                             : playback::PlayedText(played, watch.Seconds()));
  return played.difference ? kFound : kNothingFound;
}

}  // namespace

int Model(const ModelOptions& options, const tracegen::Implementation& implementation) {
  const auto text = conformance::ReadSmallFile(options.config);
  if (!text) return Refuse(text.error());
  for (const std::string& output : {options.schedule, options.trace}) {
    if (conformance::IsSameFile(options.config, output)) {
      return Refuse(output + ": is the configuration; expected another file");
    }
  }
  const auto parsed = spec::explorer::ParseConfig(*text);
  auto settings = parsed ? spec::SettingsOf(*parsed) : tl::unexpected(parsed.error());
  if (!settings) return Refuse(options.config + ": " + settings.error());
  if (options.exact && !options.checkpoint.empty()) {
    return Refuse("--exact keeps whole states: there are no checkpoints of them");
  }
  if (options.play) return Play(options, *settings);
  auto expected = parsed->expected;
  if (options.symmetry && !settings->symmetry) expected.clear();
  settings->symmetry = settings->symmetry || options.symmetry;
  if (options.goals) return Goals(options, *settings);
  return Explore(options, implementation, *settings, expected);
}

}  // namespace command
