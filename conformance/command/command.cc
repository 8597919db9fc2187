// Reads the command line, hands over.
#include "conformance/command/command.h"

#include <raftcheck/version.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>

#include "conformance/command/check.h"
#include "conformance/command/ci_options.h"
#include "conformance/command/exit_status.h"
#include "conformance/command/explain.h"
#include "conformance/command/export.h"
#include "conformance/command/limits.h"
#include "conformance/command/model.h"
#include "conformance/command/replay.h"
#include "conformance/command/terminal.h"
#include "conformance/command/together.h"
#include "conformance/command/usage.h"
#include "conformance/command/validate.h"
#include "spec/explorer/out_of_memory.h"
#include "tracegen/generator/profile.h"

namespace {

// CLI11 would take -1 for 2^64 - 1, and what is larger, too.
CLI::Validator Whole() {
  return {[](const std::string& text) {
            std::uint64_t number = 0;
            const char* const end = text.data() + text.size();
            const auto [at, error] = std::from_chars(text.data(), end, number);
            return at == end && error == std::errc()
                       ? std::string()
                       : "Value " + text + " not in range 0 to 18446744073709551615";
          },
          ""};
}

CLI::AsNumberWithUnit Duration() {
  return CLI::AsNumberWithUnit(
      std::map<std::string, double>{{"s", 1}, {"min", 60}, {"m", 60}, {"h", 3600}},
      CLI::AsNumberWithUnit::UNIT_OPTIONAL, "TIME");
}

void AddCiOptions(CLI::App& app, command::CiOptions& ci) {
  app.add_option("--junit", ci.junit, "Write a JUnit XML report here");
  app.add_option("--sarif", ci.sarif, "Write a SARIF report here");
  app.add_flag("--github", ci.github, "Annotations of GitHub Actions on standard output");
}

void AddModelOptions(CLI::App& app, command::ModelOptions& model) {
  app.add_option("--config", model.config, "A .cfg, as TLC reads it: tla/MCRaft.cfg")->required();
  app.add_option("--workers", model.workers, "Threads (default: one a core)")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--symmetry", model.symmetry,
               "Count states that differ in the names of servers or values once");
  app.add_flag("--exact", model.exact, "Keep whole states, not fingerprints of 64 bits");
  app.add_flag("--goals", model.goals,
               "Search for each property of the .cfg alone: each must be refuted");
  app.add_flag("--play", model.play,
               "Play every transition on our library, and compare what it does");
  app.add_option("--schedule", model.schedule,
                 "Write what is found as a schedule, run our library on it, and say what it did");
  app.add_option("--trace", model.trace, "Write what is found as a trace in our format");
  app.add_flag("--coverage", model.coverage, "How often each action was taken");
  app.add_option("--depth", model.depth, "Stop after so many levels")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40U));
  app.add_option("--states", model.states, "Stop after so many distinct states")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40U));
  app.add_option("--time", model.seconds, "Stop after this long (60s, 5min, 8h)")
      ->transform(Duration())
      ->check(CLI::PositiveNumber);
  app.add_option("--memory", model.memory_gib,
                 "GiB to use; the queue goes to disk (default: three quarters of the machine's)")
      ->check(CLI::Range(0.01, 100000.0));
  app.add_option("--checkpoint", model.checkpoint,
                 "Folder for checkpoints; if there is one, the search goes on from it");
  app.add_option("--checkpoint-every", model.checkpoint_seconds, "Time between checkpoints")
      ->transform(Duration())
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_flag("--simulate", model.simulate, "Random walks in place of the search");
  app.add_option("--walks", model.walks, "With --simulate: how many (default: until stopped)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40U));
  app.add_option("--length", model.length, "With --simulate: steps of a walk")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000000));
  app.add_option("--seed", model.seed, "With --simulate: of the walks")
      ->capture_default_str()
      ->check(Whole());
  AddCiOptions(app, model.ci);
  app.add_flag("--json", model.json,
               "One JSON object on standard output; with --goals, one a goal");
}

// Of each command that judges a trace.
void AddJudgeOptions(CLI::App& app, conformance::JudgeOptions& judge) {
  app.add_flag("--unvalidated-changes", judge.unvalidated_changes,
               "The node proposes membership changes without validation (etcd: "
               "DisableConfChangeValidation), and no header says so");
}

int Parse(int argc, char** argv, const tracegen::Implementation& implementation) {
  CLI::App app{"Does a Raft implementation do only what the formal specification allows?",
               "raftcheck"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "raftcheck " RAFTCHECK_VERSION);

  command::CheckOptions check;
  CLI::App* check_app = app.add_subcommand(
      "check", "Run generated schedules with faults on our Raft, and judge every event");
  check_app->add_option("--schedules", check.schedules, "How many schedules")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40U));
  check_app->add_option("--time", check.seconds, "Run for this long instead (60s, 5min, 8h)")
      ->transform(Duration())
      ->check(CLI::PositiveNumber);
  check_app->add_option("--steps", check.steps, "Actions of a schedule (default: drawn for each)")
      ->check(CLI::Range(1, 1000000));
  check_app->add_option("--servers", check.servers, "Servers, 3 to 7 (default: drawn for each)")
      ->check(CLI::Range(3, 7));
  check_app->add_option("--seed", check.seed, "Of the schedules")
      ->capture_default_str()
      ->check(Whole());
  check_app->add_option("--jobs", check.jobs, "Threads (default: one a core)")
      ->check(CLI::Range(1, 1024));
  std::vector<std::string> profiles;
  std::string about = "Profiles:\n";
  for (const tracegen::Profile& profile : tracegen::Profiles()) {
    profiles.emplace_back(profile.name);
    std::string name(profile.name);
    name.resize(std::max(name.size(), std::size_t{12}), ' ');
    about += "  " + name + std::string(profile.what) + "\n";
  }
  check_app->footer(about + "\n" + command::kExitStatuses);
  check_app->add_option("--profile", check.profile, "What may happen, see below (default: swarm)")
      ->check(command::OneOf(profiles));
  check_app->add_flag("--guided", check.guided,
                      "Make schedules from those that showed something new");
  check_app->add_flag("--coverage", check.coverage,
                      "Count the abstract states of the model that were seen");
  check_app
      ->add_option("--failures", check.failures,
                   "Stop after so many kinds of failure; 0: never (default: 1; with --time: 0)")
      ->check(CLI::Range(0, 1000000));
  check_app->add_option("--campaign", check.campaign,
                        "Folder of a campaign: goes on where it stopped; keeps what it finds, and "
                        "the schedules that showed something new, which run first next time");
  check_app->add_option("--out", check.out, "Folder for what is found")->capture_default_str();
  AddCiOptions(*check_app, check.ci);
  check_app->add_flag("--json", check.json, "One JSON object on standard output");

  command::ValidateOptions validate;
  CLI::App* validate_app =
      app.add_subcommand("validate", "Judge traces (NDJSON, also .gz and .zst)");
  validate_app->add_option("TRACE", validate.files, "Files; '-' is standard input")->required();
  validate_app
      ->add_option("--jobs", validate.jobs, "Threads at most, one a file (default: one a core)")
      ->check(CLI::Range(1, 1024));
  validate_app
      ->add_option("--group-by", validate.group_by,
                   "The files have the lines of several Raft groups, each to be judged alone: the "
                   "field outside of `event` that names the group (a.b for b inside of a)")
      ->type_name("KEY");
  validate_app->add_flag("--merge", validate.merge,
                         "The files are one trace, a server each, without a common clock");
  validate_app->add_flag("--follow", validate.follow,
                         "The file still grows: judge what comes, until interrupted or wrong");
  AddJudgeOptions(*validate_app, validate.judge);
  AddCiOptions(*validate_app, validate.ci);
  validate_app->add_flag("--json", validate.json, "One JSON object a trace on standard output");

  command::ReplayOptions replay;
  CLI::App* replay_app = app.add_subcommand("replay", "Run one schedule again, and judge it");
  replay_app->add_option("SCHEDULE", replay.schedule, "A schedule, as check writes it")->required();
  replay_app->add_option("--trace", replay.trace, "Write the trace here");
  AddCiOptions(*replay_app, replay.ci);
  replay_app->add_flag("--json", replay.json, "One JSON object on standard output");

  command::ExportOptions exported;
  CLI::App* export_app = app.add_subcommand("export", "Write a trace for other tools");
  export_app->add_option("TRACE", exported.trace, "A trace; '-' is standard input")->required();
  export_app
      ->add_option("--to", exported.to,
                   "tla: a module for the trace specification; itf: the model's states along it")
      ->required()
      ->check(command::OneOf({"tla", "itf"}));
  export_app->add_option("--out", exported.out, "File (default: standard output)");
  AddJudgeOptions(*export_app, exported.judge);

  command::ExplainOptions explain;
  CLI::App* explain_app =
      app.add_subcommand("explain", "Is one event a step of the specification, and which?");
  explain_app->add_option("TRACE", explain.trace, "A trace; '-' is standard input")->required();
  explain_app->add_option("--line", explain.line, "The line of the event")
      ->required()
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40U));
  explain_app->add_option("--event", explain.event,
                          "Another event in its place, as JSON: {\"name\":...}");
  AddJudgeOptions(*explain_app, explain.judge);
  explain_app->add_flag("--json", explain.json, "One JSON object on standard output");

  command::ModelOptions model;
  CLI::App* model_app = app.add_subcommand(
      "model", "Explore the specification inside the bounds of a TLC configuration");
  AddModelOptions(*model_app, model);

  app.footer(command::kExitStatuses);
  for (CLI::App* each : app.get_subcommands({})) {
    if (each->get_footer().empty()) each->footer(command::kExitStatuses);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    return command::Refuse(command::UsageError(app, error, {argv + 1, argv + argc}));
  }
  for (const auto& refusal : {command::WhyNoValue, command::WhyNotTogether}) {
    if (const std::string why = refusal(app); !why.empty()) return command::Refuse(why);
  }
  command::CatchInterrupt();
  if (check_app->parsed()) return command::Check(check, implementation);
  if (validate_app->parsed()) return command::Validate(validate);
  if (model_app->parsed()) return command::Model(model, implementation);
  if (export_app->parsed()) return command::Export(exported);
  if (explain_app->parsed()) return command::Explain(explain);
  return command::Replay(replay, implementation);
}

}  // namespace

namespace command {

int Main(int argc, char** argv, const tracegen::Implementation& implementation) {
  RefuseInJson(std::find(argv, argv + argc, std::string_view("--json")) != argv + argc);
  try {
    EndWithoutMemory();
    if (const std::string why = MakeRoomForStacks(); !why.empty()) {
      Complain(why);
      return kInternal;
    }
    const int status = Parse(argc, argv, implementation);
    errno = 0;
    if (std::cout.flush()) return status;
    // If it failed before, the reason is asked for once more.
    if (errno == 0 && write(STDOUT_FILENO, "\n", 1) == 1) errno = EIO;
    Complain(std::string("standard output: cannot be written: ") + std::strerror(errno));
    return status == kFound ? kFound : kBadInput;  // what was found must not be missed by a gate
  } catch (const spec::explorer::OutOfMemory& error) {
    return ComplainOfMemory(error.what());
  } catch (const std::bad_alloc&) {
    return ComplainOfMemory("this input");
  } catch (const std::exception& error) {
    Complain(std::string("internal error: ") + error.what());
    SayInJson(std::string("internal error: ") + error.what());
    return kInternal;
  }
}

}  // namespace command
