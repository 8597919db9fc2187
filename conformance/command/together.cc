#include "conformance/command/together.h"

#include <initializer_list>

namespace command {
namespace {

struct Rule {
  const char* command;
  std::initializer_list<const char*> options;
  std::initializer_list<const char*> others;
  const char* why;
};

// None of `options` goes with any of `others`.
const Rule kApart[] = {
    {"check", {"--schedules"}, {"--time"}, "each says alone how long to run"},
    {"check", {"--out"}, {"--campaign"}, "a campaign keeps what it finds in its own folder"},
    {"check", {"--github"}, {"--json"}, "both write to standard output"},

    {"validate", {"--merge"}, {"--group-by"}, "merged files are one trace, of one Raft group"},
    {"validate", {"--follow"}, {"--merge"}, "it follows one file"},
    {"validate", {"--follow"}, {"--group-by"}, "it judges one trace"},
    {"validate", {"--jobs"}, {"--merge"}, "merged files are one trace, which one thread judges"},
    {"validate", {"--jobs"}, {"--follow"}, "it follows one file, on one thread"},
    {"validate", {"--github"}, {"--json"}, "both write to standard output"},

    {"replay", {"--github"}, {"--json"}, "both write to standard output"},

    {"model", {"--github"}, {"--json"}, "both write to standard output"},
    {"model", {"--exact"}, {"--checkpoint"}, "whole states are not kept in checkpoints"},
    {"model",
     {"--play"},
     {"--workers", "--symmetry", "--exact", "--goals", "--schedule", "--trace", "--coverage",
      "--depth", "--states", "--memory", "--checkpoint", "--checkpoint-every", "--simulate"},
     "playing walks the whole graph on one thread and judges the library, not the properties"},
    {"model",
     {"--simulate"},
     {"--symmetry", "--exact", "--depth", "--states", "--memory", "--checkpoint",
      "--checkpoint-every"},
     "random walks keep no states; --walks, --length and --time bound them"},
    {"model", {"--goals"}, {"--simulate"}, "only a search of all states decides a goal"},
    {"model",
     {"--goals"},
     {"--schedule", "--trace", "--coverage", "--checkpoint", "--checkpoint-every"},
     "there is a search for each goal, and this would be of one search"},
};

// Each of `options` needs one of `others`.
const Rule kNeeds[] = {
    {"model", {"--walks", "--length", "--seed"}, {"--simulate"}, "a search takes no random walks"},
    {"model",
     {"--checkpoint-every"},
     {"--checkpoint"},
     "without a folder no checkpoint is written"},
};

bool Given(const CLI::App& command, const char* option) {
  return command.get_option(option)->count() > 0;
}

}  // namespace

std::string WhyNotTogether(const CLI::App& app) {
  const CLI::App& command = *app.get_subcommands().front();
  const auto pair = [&](const char* option, const char* between, const char* other,
                        const char* why) {
    return command.get_name() + ": " + option + between + other + ": " + why;
  };
  for (const Rule& rule : kApart) {
    if (command.get_name() != rule.command) continue;
    for (const char* option : rule.options) {
      for (const char* other : rule.others) {
        if (!Given(command, option) || !Given(command, other)) continue;
        return pair(option, " does not go with ", other, rule.why);
      }
    }
  }
  for (const Rule& rule : kNeeds) {
    if (command.get_name() != rule.command) continue;
    for (const char* option : rule.options) {
      for (const char* other : rule.others) {
        if (!Given(command, option) || Given(command, other)) continue;
        return pair(option, " needs ", other, rule.why);
      }
    }
  }
  return {};
}

std::string WhyNoValue(const CLI::App& app) {
  const CLI::App& command = *app.get_subcommands().front();
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& value : option->results()) {
      if (value.empty()) return option->get_name() + ": expected a value, found an empty one";
    }
  }
  return {};
}

}  // namespace command
