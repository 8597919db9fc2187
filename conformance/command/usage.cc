#include "conformance/command/usage.h"

#include <algorithm>
#include <utility>

#include "conformance/report/nearest_word.h"

namespace command {
namespace {

std::vector<std::string> CommandsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

// As they are written: --json, -h.
std::vector<std::string> OptionsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::string List(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

bool Contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::string UsageError(const CLI::App& app, const CLI::ParseError& error,
                       const std::vector<std::string>& arguments) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  const std::string help =
      parsed.empty() ? "raftcheck --help" : "raftcheck " + parsed[0]->get_name() + " --help";
  const std::vector<std::string> options = OptionsOf(parsed.empty() ? app : *parsed[0]);
  if (parsed.empty() || error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    for (const std::string& argument : arguments) {
      const std::string option = argument.substr(0, argument.find('='));
      if (option.size() < 2 || option[0] != '-' || Contains(options, option)) continue;
      return (parsed.empty() ? "raftcheck" : parsed[0]->get_name()) + " has no option " + option +
             conformance::DidYouMean(option, options) + "; " + help + " lists them";
    }
  }
  if (!parsed.empty()) return std::string(error.what()) + "; " + help + " tells more";
  const std::vector<std::string> commands = CommandsOf(app);
  if (arguments.empty()) {
    return "expected a command (" + List(commands) + "); raftcheck --help tells more";
  }
  return "there is no command " + arguments[0] + conformance::DidYouMean(arguments[0], commands) +
         "; raftcheck --help lists them";
}

CLI::Validator OneOf(std::vector<std::string> words) {
  std::string list = List(words);
  const auto check = [words = std::move(words), list](const std::string& word) {
    if (Contains(words, word)) return std::string();
    return word + " is none of " + list + conformance::DidYouMean(word, words);
  };
  return {check, "{" + list + "}"};
}

}  // namespace command
