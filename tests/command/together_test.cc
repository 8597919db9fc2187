// Which options go together: every pair of every command is either refused, with one line that
// names both, or taken.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "conformance/command/command.h"
#include "tests/command/run_command.h"
#include "tracegen/servers/our_server.h"

namespace {

using Pair = std::pair<std::string, std::string>;

struct Case {
  std::string command;
  std::vector<std::string> always;            // so that it parses, and ends at once
  std::map<std::string, std::string> values;  // of each option; empty for a flag
  std::set<Pair> apart;
  std::map<std::string, std::string> needs;
};

// What the others of --play, of --simulate and of --goals are.
std::set<Pair> With(const std::string& option, const std::vector<std::string>& others) {
  std::set<Pair> pairs;
  for (const std::string& other : others) pairs.emplace(option, other);
  return pairs;
}

std::vector<Case> Cases() {
  const std::map<std::string, std::string> reports = {
      {"--junit", "FOLDER/j.xml"}, {"--sarif", "FOLDER/s.json"}, {"--github", ""}, {"--json", ""}};
  std::vector<Case> cases = {
      {"check",
       {},
       {{"--schedules", "1"},
        {"--time", "0.001s"},
        {"--steps", "1"},
        {"--servers", "3"},
        {"--seed", "2"},
        {"--jobs", "1"},
        {"--profile", "calm"},
        {"--guided", ""},
        {"--coverage", ""},
        {"--failures", "1"},
        {"--campaign", "FOLDER/campaign"},
        {"--out", "FOLDER/out"}},
       {{"--schedules", "--time"}, {"--out", "--campaign"}},
       {}},
      {"validate",
       {"FOLDER/none.ndjson"},
       {{"--jobs", "1"},
        {"--group-by", "k"},
        {"--merge", ""},
        {"--follow", ""},
        {"--unvalidated-changes", ""}},
       {{"--merge", "--group-by"},
        {"--follow", "--merge"},
        {"--follow", "--group-by"},
        {"--jobs", "--merge"},
        {"--jobs", "--follow"}},
       {}},
      {"replay", {"FOLDER/none.schedule"}, {{"--trace", "FOLDER/t.ndjson"}}, {}, {}},
      {"export",
       {"FOLDER/none.ndjson"},
       {{"--to", "itf"}, {"--out", "FOLDER/Out.tla"}, {"--unvalidated-changes", ""}},
       {},
       {}},
      {"explain",
       {"FOLDER/none.ndjson"},
       {{"--line", "1"},
        {"--event", R"({"name":"Ready","nid":"1"})"},
        {"--unvalidated-changes", ""},
        {"--json", ""}},
       {},
       {}},
      {"model",
       {},
       {{"--config", "FOLDER/none.cfg"},
        {"--workers", "1"},
        {"--symmetry", ""},
        {"--exact", ""},
        {"--goals", ""},
        {"--play", ""},
        {"--schedule", "FOLDER/s.schedule"},
        {"--trace", "FOLDER/t.ndjson"},
        {"--coverage", ""},
        {"--depth", "1"},
        {"--states", "1"},
        {"--time", "1s"},
        {"--memory", "1"},
        {"--checkpoint", "FOLDER/c"},
        {"--checkpoint-every", "1s"},
        {"--simulate", ""},
        {"--walks", "1"},
        {"--length", "1"},
        {"--seed", "1"}},
       {{"--exact", "--checkpoint"}},
       {{"--walks", "--simulate"},
        {"--length", "--simulate"},
        {"--seed", "--simulate"},
        {"--checkpoint-every", "--checkpoint"}}}};
  for (Case& one : cases) {
    if (one.command == "export" || one.command == "explain") continue;
    one.values.insert(reports.begin(), reports.end());
    one.apart.emplace("--github", "--json");
  }
  std::set<Pair>& apart = cases.back().apart;
  apart.merge(With("--play", {"--workers", "--symmetry", "--exact", "--goals", "--schedule",
                              "--trace", "--coverage", "--depth", "--states", "--memory",
                              "--checkpoint", "--checkpoint-every", "--simulate"}));
  apart.merge(With("--simulate", {"--symmetry", "--exact", "--goals", "--depth", "--states",
                                  "--memory", "--checkpoint", "--checkpoint-every"}));
  apart.merge(With("--goals",
                   {"--schedule", "--trace", "--coverage", "--checkpoint", "--checkpoint-every"}));
  return cases;
}

class TogetherTest : public CommandFixture {
 protected:
  // In this process: the pairs are many.
  Output RunHere(std::vector<std::string> words) {
    words.insert(words.begin(), "raftcheck");
    std::vector<char*> arguments;
    for (std::string& word : words) {
      if (const std::size_t at = word.find("FOLDER"); at == 0) word.replace(0, 6, folder_.string());
      arguments.push_back(word.data());
    }
    Output output;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    output.status = command::Main(static_cast<int>(arguments.size()), arguments.data(),
                                  tracegen::OurImplementation());
    output.err = testing::internal::GetCapturedStderr();
    output.out = testing::internal::GetCapturedStdout();
    return output;
  }
  // All options that are given, with those that every call needs and those that these need.
  static std::vector<std::string> Words(const Case& one, std::set<std::string> options) {
    if (one.command == "check" && !options.contains("--time")) options.insert("--schedules");
    if (one.command == "export") options.insert("--to");
    if (one.command == "explain") options.insert("--line");
    if (one.command == "model") options.insert("--config");
    std::vector<std::string> words = {one.command};
    words.insert(words.end(), one.always.begin(), one.always.end());
    for (const std::string& option : options) {
      words.push_back(option);
      if (!one.values.at(option).empty()) words.push_back(one.values.at(option));
    }
    return words;
  }
  static bool IsRefused(const Output& output) {
    return output.err.find(" does not go with ") != std::string::npos ||
           output.err.find(" needs ") != std::string::npos;
  }
};

TEST_F(TogetherTest, EveryPairIsRefusedOrTaken) {
  for (const Case& one : Cases()) {
    for (auto a = one.values.begin(); a != one.values.end(); ++a) {
      for (auto b = std::next(a); b != one.values.end(); ++b) {
        std::set<std::string> options = {a->first, b->first};
        const bool apart =
            one.apart.contains({a->first, b->first}) || one.apart.contains({b->first, a->first});
        if (!apart) {
          for (const auto& [option, needed] : one.needs) {
            if (options.contains(option)) options.insert(needed);
          }
        }
        // What is needed may itself not go with the other.
        const bool in_the_end = std::any_of(one.apart.begin(), one.apart.end(), [&](const Pair& p) {
          return options.contains(p.first) && options.contains(p.second);
        });
        const Output output = RunHere(Words(one, options));
        const std::string what = one.command + " " + a->first + " " + b->first + ": " + output.err;
        EXPECT_EQ(IsRefused(output), in_the_end) << what;
        EXPECT_EQ(output.err.find("--help"), std::string::npos) << what;  // the parser takes all
        if (!apart) continue;
        EXPECT_EQ(output.status, 2) << what;
        EXPECT_EQ(std::count(output.err.begin(), output.err.end(), '\n'), 1) << what;
        EXPECT_NE(output.err.find(a->first), std::string::npos) << what;
        EXPECT_NE(output.err.find(b->first), std::string::npos) << what;
      }
    }
  }
}

TEST_F(TogetherTest, WhatNeedsAnotherOptionSaysSo) {
  for (const Case& one : Cases()) {
    for (const auto& [option, needed] : one.needs) {
      const Output output = RunHere(Words(one, {option}));
      EXPECT_EQ(output.status, 2) << option;
      EXPECT_NE(output.err.find(one.command + ": " + option + " needs " + needed),
                std::string::npos)
          << output.err;
      EXPECT_FALSE(IsRefused(RunHere(Words(one, {option, needed})))) << option;
    }
  }
}

// A new option needs its place in the list above.
TEST_F(TogetherTest, NoOptionIsForgotten) {
  for (const Case& one : Cases()) {
    const std::string help = Run(one.command + " --help").out;
    std::set<std::string> listed;
    const std::regex option("\n  (?:-[a-z],)?(--[a-z-]+)");
    for (std::sregex_iterator at(help.begin(), help.end(), option), end; at != end; ++at) {
      listed.insert((*at)[1]);
    }
    listed.erase("--help");
    std::set<std::string> known;
    for (const auto& [name, value] : one.values) known.insert(name);
    EXPECT_EQ(listed, known) << one.command;
  }
}

}  // namespace
