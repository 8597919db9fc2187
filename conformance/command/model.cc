#include "conformance/command/model.h"

#include "conformance/campaign/stopwatch.h"

#define XXH_INLINE_ALL
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "conformance/command/exit_status.h"
#include "conformance/command/terminal.h"
#include "conformance/playback/behaviour_to_schedule.h"
#include "conformance/playback/behaviour_to_trace.h"
#include "conformance/playback/play.h"
#include "conformance/trial/trial.h"
#include "raft/trace/writer.h"
#include "spec/model/mc_raft_search.h"
#include "spec/model/model_text.h"

namespace command {
namespace {

using spec::explorer::End;
using spec::explorer::Finding;
using Report = spec::explorer::Report<spec::Move>;

std::string_view Why(End end) {
  switch (end) {
    case End::kComplete:
      return "complete";
    case End::kFound:
      return "found";
    case End::kDepth:
      return "the limit of --depth";
    case End::kStates:
      return "the limit of --states";
    case End::kStopped:
      return "stopped";
    case End::kMemory:
      return "the limit of --memory";
    case End::kError:
      return "error";
  }
  return "";
}

// With separators, as TLC prints numbers.
std::string Grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

template <int n>
class Exploration {
 public:
  Exploration(const ModelOptions& options, const tracegen::Implementation& implementation,
              spec::ModelSettings settings, std::map<std::string, std::uint64_t> expected)
      : options_(options),
        implementation_(implementation),
        model_(std::move(settings)),
        expected_(std::move(expected)) {}

  int Run() {
    const Report report = options_.simulate ? Simulate() : Search();
    if (!report.error.empty()) {
      spdlog::error("{}", report.error);
      return kBadInput;
    }
    if (options_.json) {
      PrintJson(report);
    } else {
      Print(report);
    }
    if (report.finding) return WriteSchedule(report) && WriteTraceFile(report) ? kFound : kBadInput;
    return IsAsExpected(report) ? kNothingFound : kFound;
  }

  Report Search() {
    spec::explorer::Options options;
    options.workers = Workers();
    options.exact = options_.exact;
    options.max_depth = options_.depth;
    options.max_states = options_.states;
    options.memory_bytes = Memory();
    options.work_folder = std::filesystem::temp_directory_path().string();
    options.checkpoint_folder = options_.checkpoint;
    options.identity = Identity();
    Progress progress;
    options.stop = [&](const spec::explorer::Progress& now) {
      progress.Show(fmt::format("{} distinct states, {} generated, {} queued, depth {}, {:.0f} s",
                                Grouped(now.distinct), Grouped(now.generated), Grouped(now.queued),
                                now.depth, watch_.Seconds()));
      return Interrupted() || TimeIsUp();
    };
    double last_checkpoint = 0;
    if (!options_.checkpoint.empty()) {
      options.checkpoint_due = [&](const spec::explorer::Progress&) {
        if (watch_.Seconds() - last_checkpoint < options_.checkpoint_seconds) return false;
        last_checkpoint = watch_.Seconds();
        return true;
      };
    }
    return spec::Search(model_, options);
  }

 private:
  using Model = spec::McRaft<n>;
  using State = typename Model::State;

  bool TimeIsUp() const { return options_.seconds > 0 && watch_.Seconds() >= options_.seconds; }
  int Workers() const {
    return options_.workers > 0
               ? options_.workers
               : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  }
  std::uint64_t Memory() const {
    if (options_.memory_gib > 0) {
      return static_cast<std::uint64_t>(options_.memory_gib * 1073741824.0);
    }
    const auto pages = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES));
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    return pages * page / 4 * 3;
  }
  // Of everything that the numbers depend on.
  std::uint64_t Identity() const {
    const spec::ModelSettings& s = model_.settings();
    std::string all = fmt::format("1 {} {} ", n, s.symmetry);
    const auto add = [&all](const auto& value) { all += fmt::format("{} ", value); };
    const spec::Constants& c = s.constants;
    for (const auto set : {c.initial.voters, s.next.joiners, s.next.learners, s.next.leavers}) {
      add(set.bits());
    }
    for (const auto set : s.next.targets) add(set.bits());
    for (const bool flag : {c.pre_vote, c.check_quorum, c.campaign_messages, c.answers_older_terms,
                            c.votes_carry_commit, c.lease_reads, s.next.snapshots, s.next.transfer,
                            s.next.calm, s.check_deadlock}) {
      add(flag);
    }
    add(c.servers), add(s.next.values), add(s.next.reads), add(s.bounds.max_term);
    add(s.bounds.max_log_length), add(s.bounds.max_messages), add(s.bounds.max_copies);
    for (const auto& name : s.invariants) add(name);
    for (const auto& name : s.step_properties) add(name);
    return XXH3_64bits(all.data(), all.size());
  }

  Report Simulate() {
    spec::explorer::WalkOptions options;
    options.workers = Workers();
    options.seed = options_.seed;
    options.walks = options_.walks;
    options.length = options_.length;
    Progress progress;
    options.stop = [&](const spec::explorer::Progress& now) {
      progress.Show(fmt::format("{} walks, {} states, {:.0f} s", Grouped(now.distinct),
                                Grouped(now.generated), watch_.Seconds()));
      return Interrupted() || TimeIsUp();
    };
    return spec::Simulate(model_, options);
  }

  // The .cfg may say how many there are; nothing is expected of a search with other limits.
  std::optional<std::uint64_t> Expected(const Report& report) const {
    const auto found = expected_.find("distinct states");
    const bool whole = !options_.simulate && report.end == End::kComplete;
    if (!whole || found == expected_.end()) return std::nullopt;
    return found->second;
  }
  bool IsAsExpected(const Report& report) const {
    const auto expected = Expected(report);
    return !expected || *expected == report.counts.distinct;
  }

  std::string NameOf(const Finding& finding) const {
    const spec::ModelSettings& settings = model_.settings();
    switch (finding.kind) {
      case Finding::Kind::kInvariant:
        return settings.invariants[static_cast<std::size_t>(finding.property)];
      case Finding::Kind::kStep:
        return settings.step_properties[static_cast<std::size_t>(finding.property)];
      case Finding::Kind::kDeadlock:
        return "deadlock";
    }
    return "";
  }

  void PrintJson(const Report& report) const {
    nlohmann::ordered_json json = {
        {"distinct", report.counts.distinct},
        {"generated", report.counts.generated},
        {"depth", report.counts.depth},
        {"violation", report.finding ? nlohmann::ordered_json(NameOf(*report.finding))
                                     : nlohmann::ordered_json(nullptr)},
        {"seconds", watch_.Seconds()},
        {"end", Why(report.end)},
        {"queued", report.counts.queued},
        {"workers", Workers()},
        {"symmetry", model_.settings().symmetry},
        {"exact", options_.exact},
        {"resumed", report.resumed}};
    if (options_.simulate) {
      json["walks"] = report.counts.distinct;
      json.erase("distinct");
    } else {
      json["visited_bytes"] = report.visited_bytes;
      json["peak_frontier_bytes"] = report.peak_frontier_bytes;
      json["spilt_bytes"] = report.spilt_bytes;
      json["collision_calculated"] = report.collision_calculated;
      json["collision_observed"] = report.collision_observed;
      if (options_.exact) json["collisions"] = report.collisions;
      if (const auto expected = Expected(report)) json["expected"] = *expected;
    }
    if (report.finding) {
      nlohmann::ordered_json steps = nlohmann::ordered_json::array();
      EachStep(report, [&](const State& before, const State& /*after*/, const spec::Move& move) {
        steps.push_back(spec::MoveText(model_, before, move));
      });
      json["behaviour"] = steps;
    }
    for (std::size_t a = 0; a < report.actions.size(); ++a) {
      if (report.actions[a].generated == 0) continue;
      json["actions"][std::string(spec::ActionName(a))] = {report.actions[a].generated,
                                                           report.actions[a].distinct};
    }
    std::cout << json.dump() << "\n";
  }

  template <class F>
  void EachStep(const Report& report, F f) const {
    auto worker = model_.MakeWorker();
    State state = model_.Initial()[report.behaviour.initial];
    for (const spec::Move& move : report.behaviour.moves) {
      const State after = worker.Take(state, move);
      f(state, after, move);
      state = after;
    }
  }

  void PrintBehaviour(const Report& report) const {
    const bool colour = ColourOutput();
    int number = 0;
    EachStep(report, [&](const State& before, const State& after, const spec::Move& move) {
      std::cout << fmt::format("{:>4}  {}{}{}\n", ++number, colour ? "\033[1m" : "",
                               spec::MoveText(model_, before, move), colour ? "\033[0m" : "");
      const auto was = spec::FactsOf(model_, before);
      const auto is = spec::FactsOf(model_, after);
      for (const spec::Fact& fact : is) {
        const auto old = std::find_if(was.begin(), was.end(), [&fact](const spec::Fact& other) {
          return other.first == fact.first;
        });
        if (old != was.end() && old->second == fact.second) continue;
        std::cout << fmt::format("        {:<20} {} -> {}\n", fact.first,
                                 old == was.end() ? "not asked" : old->second, fact.second);
      }
    });
  }

  // The behaviour as a schedule, and what that does on the implementation.
  bool WriteSchedule(const Report& report) const {
    if (options_.schedule.empty()) return true;
    const playback::Followed followed =
        playback::ToSchedule(model_, report.behaviour, implementation_);
    std::ofstream file(options_.schedule);
    file << "# " << NameOf(*report.finding) << ", found by raftcheck model --config "
         << options_.config << "\n"
         << tracegen::PrintSchedule(followed.schedule);
    if (!file.flush()) {
      spdlog::error("{}: cannot be written", options_.schedule);
      return false;
    }
    if (!options_.json) {
      std::cout << FollowedText(report, followed, trial::Run(followed.schedule, implementation_));
    }
    return true;
  }
  // The behaviour as a trace, and what the judge says to it.
  bool WriteTraceFile(const Report& report) const {
    if (options_.trace.empty()) return true;
    std::ofstream file(options_.trace);
    trace::Writer writer(file);
    writer.Write(playback::HeaderOf(model_.settings()));
    const playback::Written written = playback::ToTrace(model_, report.behaviour, writer);
    writer.Flush();
    if (!file) {
      spdlog::error("{}: cannot be written", options_.trace);
      return false;
    }
    if (options_.json) return true;
    std::cout << fmt::format("  trace    {}: {} of {} steps{}\n", options_.trace, written.steps,
                             report.behaviour.moves.size(),
                             written.why.empty() ? "" : "; " + written.why);
    return true;
  }
  std::string FollowedText(const Report& report, const playback::Followed& followed,
                           const trial::Result& judged) const {
    std::string text = "  " + implementation_.name + ": ";
    if (judged.failure == NameOf(*report.finding)) {
      text += "shows the same violation";
    } else if (!judged.failure.empty()) {
      text += "fails otherwise: " + judged.failure;
    } else if (followed.lost_at != 0) {
      text += fmt::format("does not follow: step {}, {}", followed.lost_at, followed.why);
    } else {
      text += "goes along, and what it does is allowed and breaks no property";
    }
    text += fmt::format(" ({} actions, {} events)\n", followed.schedule.actions.size(),
                        judged.report.events);
    if (!options_.schedule.empty())
      text += "  replay   raftcheck replay " + options_.schedule + "\n";
    return text;
  }

  void Print(const Report& report) const {
    const double seconds = watch_.Seconds();
    if (report.finding) {
      const bool goal = NameOf(*report.finding).starts_with("Never");
      std::cout << (goal ? "REACHED: " : "VIOLATED: ") << NameOf(*report.finding)
                << (goal ? " is refuted" : "") << ", after " << report.behaviour.moves.size()
                << " steps\n";
      PrintBehaviour(report);
    } else if (!IsAsExpected(report)) {
      std::cout << "NOT AS EXPECTED: " << options_.config << " says " << Grouped(*Expected(report))
                << " distinct states, there are " << Grouped(report.counts.distinct) << "\n";
    } else if (report.end == End::kComplete) {
      std::cout
          << "NOTHING FOUND: every property holds in all reachable states within the bounds\n";
    } else {
      std::cout << "NOTHING FOUND so far; ended by " << Why(report.end) << "\n";
    }
    if (options_.simulate) {
      std::cout << fmt::format(
          "  {} walks of up to {} steps, {} states looked at; {:.1f} s, seed {}\n",
          Grouped(report.counts.distinct), options_.length, Grouped(report.counts.generated),
          seconds, options_.seed);
      if (options_.coverage) PrintCoverage(report);
      return;
    }
    std::cout << fmt::format(
        "  {} states generated, {} distinct, {} queued; depth {}\n"
        "  {:.2f} s, {} distinct states a second with {} workers{}{}\n",
        Grouped(report.counts.generated), Grouped(report.counts.distinct),
        Grouped(report.counts.queued), report.counts.depth, seconds,
        Grouped(static_cast<std::uint64_t>(static_cast<double>(report.counts.distinct) / seconds)),
        Workers(), model_.settings().symmetry ? ", up to symmetry" : "",
        report.resumed ? ", resumed" : "");
    std::cout << fmt::format(
        "  {:.1f} bytes a state in the set of those seen; queue at most {:.1f} MB{}\n",
        static_cast<double>(report.visited_bytes) /
            static_cast<double>(std::max<std::uint64_t>(report.counts.distinct, 1)),
        static_cast<double>(report.peak_frontier_bytes) / 1e6,
        report.spilt_bytes == 0
            ? ""
            : fmt::format(", {:.1f} MB on disk", static_cast<double>(report.spilt_bytes) / 1e6));
    if (options_.exact) {
      std::cout << fmt::format(
          "  exact: states are kept whole; {} had the fingerprint of another\n", report.collisions);
    } else {
      std::cout << fmt::format(
          "  two states taken for one, because of one fingerprint: probability {:.1E} "
          "(calculated), "
          "{:.1E} (from the fingerprints)\n",
          report.collision_calculated, report.collision_observed);
    }
    if (options_.coverage) PrintCoverage(report);
  }

  void PrintCoverage(const Report& report) const {
    std::cout << fmt::format("  {:<30}{:>16}{:>16}\n", "action", "generated",
                             options_.simulate ? "taken" : "distinct");
    for (std::size_t a = 0; a < report.actions.size(); ++a) {
      if (a == static_cast<std::size_t>(spec::Action::kHandle)) continue;  // by message below
      std::cout << fmt::format("  {:<30}{:>16}{:>16}\n", spec::ActionName(a),
                               Grouped(report.actions[a].generated),
                               Grouped(report.actions[a].distinct));
    }
  }

  const ModelOptions& options_;
  const tracegen::Implementation& implementation_;
  Model model_;
  std::map<std::string, std::uint64_t> expected_;
  campaign::Stopwatch watch_;
};

// The reverse direction: does our library do what the model does?
int Play(const ModelOptions& options, const spec::ModelSettings& settings) {
  if (const std::string why = playback::CannotPlay(settings); !why.empty()) {
    spdlog::error("{}: cannot be played on raftcheck's own library: {}", options.config, why);
    return kBadInput;
  }
  const campaign::Stopwatch watch;
  const playback::Played played = playback::PlayOnLibrary(settings, &Interrupted);
  const std::uint64_t inputs = played.same + played.not_at_rest + (played.difference ? 1 : 0);
  if (options.json) {
    nlohmann::ordered_json json = {{"distinct", played.states},
                                   {"transitions", played.transitions},
                                   {"same", played.same},
                                   {"not_at_rest", played.not_at_rest},
                                   {"inner", played.inner},
                                   {"free_sends", played.free_sends},
                                   {"environment", played.environment},
                                   {"situations", played.situations},
                                   {"different", played.difference.has_value()},
                                   {"interrupted", played.interrupted},
                                   {"seconds", watch.Seconds()}};
    if (played.difference) {
      json["state"] = played.difference->state;
      json["input"] = played.difference->input;
      json["library"] = played.difference->library;
      json["model"] = played.difference->model;
    }
    std::cout << json.dump() << "\n";
    return played.difference ? kFound : kNothingFound;
  }
  if (played.difference) {
    std::cout << "DIFFERENT: the library does what the specification does not allow\n"
              << "  server     " << played.difference->state << "\n"
              << "  input      " << played.difference->input << "\n"
              << "  library    " << played.difference->library << "\n"
              << "  model      " << played.difference->model << "\n";
  } else {
    std::cout
        << (played.interrupted ? "STOPPED, no difference so far" : "THE SAME")
        << ": raftcheck's own library did what the specification allows, wherever it was played\n";
  }
  const auto share = [](std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  };
  std::cout << fmt::format(
      "  {} states, {} transitions, {:.1f} s\n"
      "  {:>12}  inputs (messages, campaigns, proposals); {} ({:.1f} %) played, as {} different "
      "situations of a server\n"
      "  {:>12}  ... not played: there the library would be amid a step of its own\n"
      "  {:>12}  are steps that the library takes on its own after an input: played with it\n"
      "  {:>12}  are messages that a server may send at any time: validating traces judges these\n"
      "  {:>12}  are the network's and the disk's, where the library does nothing\n",
      Grouped(played.states), Grouped(played.transitions), watch.Seconds(), Grouped(inputs),
      Grouped(played.same), share(played.same, inputs), Grouped(played.situations),
      Grouped(played.not_at_rest), Grouped(played.inner), Grouped(played.free_sends),
      Grouped(played.environment));
  return played.difference ? kFound : kNothingFound;
}

// One search for each property: each must be refuted.
template <int n>
int Goals(const ModelOptions& options, const tracegen::Implementation& implementation,
          const spec::ModelSettings& settings) {
  int missed = 0;
  const auto one = [&](const std::string& goal, bool of_steps) {
    spec::ModelSettings alone = settings;
    alone.invariants.clear();
    alone.step_properties.clear();
    (of_steps ? alone.step_properties : alone.invariants).push_back(goal);
    const campaign::Stopwatch watch;
    const Report report = Exploration<n>(options, implementation, alone, {}).Search();
    if (!report.finding) ++missed;
    const std::string what =
        report.finding ? fmt::format("reached after {} steps", report.behaviour.moves.size())
                       : fmt::format("NOT REACHED in {} states", Grouped(report.counts.distinct));
    if (options.json) {
      std::cout << nlohmann::ordered_json{{"goal", goal},
                                          {"reached", report.finding.has_value()},
                                          {"steps", report.behaviour.moves.size()},
                                          {"distinct", report.counts.distinct},
                                          {"seconds", watch.Seconds()}}
                       .dump()
                << "\n";
    } else {
      std::cout << fmt::format("{:<28}{}, {:.2f} s\n", goal, what, watch.Seconds());
    }
  };
  for (const std::string& goal : settings.invariants) one(goal, false);
  for (const std::string& goal : settings.step_properties) one(goal, true);
  return missed == 0 ? kNothingFound : kFound;
}

template <int n>
int RunWith(const ModelOptions& options, const tracegen::Implementation& implementation,
            const spec::ModelSettings& settings,
            const std::map<std::string, std::uint64_t>& expected) {
  if (options.goals) return Goals<n>(options, implementation, settings);
  return Exploration<n>(options, implementation, settings, expected).Run();
}

}  // namespace

int Model(const ModelOptions& options, const tracegen::Implementation& implementation) {
  std::ifstream file(options.config);
  if (!file || std::filesystem::is_directory(options.config)) {
    spdlog::error("{}: cannot be read", options.config);
    return kBadInput;
  }
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto parsed = spec::explorer::ParseConfig(text);
  auto settings = parsed ? spec::SettingsOf(*parsed) : tl::unexpected(parsed.error());
  if (!settings) {
    spdlog::error("{}: {}", options.config, settings.error());
    return kBadInput;
  }
  if (options.exact && !options.checkpoint.empty()) {
    spdlog::error("--exact keeps whole states: there are no checkpoints of them");
    return kBadInput;
  }
  if (options.play) return Play(options, *settings);
  auto expected = parsed->expected;
  if (options.symmetry && !settings->symmetry) expected.clear();
  settings->symmetry = settings->symmetry || options.symmetry;
  return settings->constants.servers <= spec::kSmallModel
             ? RunWith<spec::kSmallModel>(options, implementation, *settings, expected)
             : RunWith<spec::kLargeModel>(options, implementation, *settings, expected);
}

}  // namespace command
