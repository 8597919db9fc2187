// What a user's files are called, and what stands in them, never reaches the terminal as a code.
#include "raft/trace/printable.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/command/run_command.h"

namespace {

// ESC, BEL, CR, newline, a C1 control, a byte that is no UTF-8, a change of direction.
const std::string kEvil = "e\x1b[31m\x07\r\n\xc2\x9b\xff\xe2\x80\xae";

std::string Quoted(const std::string& word) { return "'" + word + "'"; }

class PrintableTest : public CommandFixture {
 protected:
  // Runs it and demands that nothing but lines of printable text comes back.
  Output Clean(const std::string& arguments, int status, bool comes_back = true) {
    Output output = Run(arguments);
    EXPECT_EQ(output.status, status) << arguments << output.out << output.err;
    const std::string all = output.out + output.err;
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = all.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const std::string line = all.substr(begin, end - begin);
      EXPECT_EQ(line, trace::Printable(line)) << arguments;
    }
    EXPECT_EQ(begin, all.size()) << "ends in the middle of a line: " << all;
    // Each message names what was wrong, so the text did come back, as escapes.
    const bool told = all.find("e\\x1b[31m\\x07\\r\\n") != std::string::npos;
    EXPECT_TRUE(told || !comes_back) << arguments << all;
    return output;
  }
  // Every line of standard output is JSON, whatever bytes went in.
  void Json(const std::string& arguments, int status) {
    const Output output = Run(arguments);
    EXPECT_EQ(output.status, status) << arguments << output.err;
    const auto json = nlohmann::json::parse(output.out, nullptr, false);
    EXPECT_FALSE(json.is_discarded()) << arguments << output.out;
  }
  // A JSON string may spell them: the reader decodes it before it complains.
  static std::string InJson() { return "e\\u001b[31m\\u0007\\r\\n"; }
};

TEST_F(PrintableTest, NamesOfFiles) {
  const std::string good = GoodTrace();
  std::string bad = good;
  bad.replace(bad.find("\"role\":\"StateCandidate\""), 23, "\"role\":\"StateLeader\"");
  const std::string good_name = Quoted(Write(kEvil, good));
  const std::string bad_name = Quoted(Write("bad" + kEvil, bad));
  const std::string missing = Quoted(Path("none" + kEvil));
  const std::string config =
      Quoted(Write("cfg" + kEvil, "CONSTANTS\n  Server = {s1}\n  Nonsense = 1\n"));
  const std::string schedule = Quoted(Write("schedule" + kEvil, "nonsense\n"));
  Clean("validate " + good_name, 0);
  Clean("validate --github " + bad_name + " " + missing, 1);
  Clean("validate --merge " + bad_name + " " + missing, 2);
  Clean("validate --group-by k " + good_name, 2);
  Clean("validate " + good_name + " --junit " + good_name, 2);
  Clean("explain --line 5 " + good_name, 0);
  Clean("explain --line 5 " + missing, 2);
  Clean("explain --line 500000 " + good_name, 2);
  Clean("export --to itf " + missing, 2);
  Clean("export --to tla --out " + Quoted(Path("no" + kEvil + "/x.tla")) + " " + good_name, 2);
  Clean("model --config " + config, 2);
  Clean("model --config " + missing, 2);
  Clean("replay " + schedule, 2);
  Clean("replay " + missing, 2);
  Clean("check --schedules 1 --campaign " + Quoted("/dev/null/" + kEvil), 2);
  Clean("check --schedules 2 --campaign " + Quoted(Path("campaign" + kEvil)), 0);
  for (const std::string& name : {good_name, missing}) {
    Json("validate --json " + name, name == good_name ? 0 : 2);
    Json("explain --json --line 5 " + name, name == good_name ? 0 : 2);
  }
  Json("validate --json " + bad_name, 1);
  Json("model --json --config " + missing, 2);
  Json("replay --json " + schedule, 2);
  Json("check --json --schedules 1 --campaign " + Quoted("/dev/null/" + kEvil), 2);
}

TEST_F(PrintableTest, WhatATraceSays) {
  const std::string good = GoodTrace();
  const auto with = [&](const std::string& old, const std::string& now) {
    std::string text = good;
    text.replace(text.find(old), old.size(), now);
    return Write("trace.ndjson", text);
  };
  for (const std::string& path :
       {with("\"name\":\"", "\"name\":\"" + InJson()),
        with("\"role\":\"", "\"role\":\"" + InJson()), with("\"nid\":\"", "\"nid\":\"" + InJson()),
        with("\"log\":", "\"" + InJson() + "\":1,\"log\":"),
        with("\"log\":", "\"log\":\"" + InJson() + "\",\"was\":")}) {
    Clean("validate " + path, 2, false);
    Clean("validate --github " + path, 2, false);
    Clean("export --to itf --out " + Path("x.json") + " " + path, 2, false);
    Json("validate --json " + path, 2);
    Json("explain --json --line 5000 " + path, 2);
  }
  // As bytes, which JSON forbids.
  Clean("validate " + with("\"name\":\"", "\"name\":\"" + kEvil), 2, false);
  Clean("validate " + Write("bytes", kEvil), 2, false);
  // Groups, named by what is around the events.
  std::string grouped = good;
  for (std::size_t at = 0; (at = grouped.find("{\"tag\":", at)) != std::string::npos; at += 20) {
    grouped.insert(at + 1, "\"k\":\"" + InJson() + "\",");
  }
  Clean("validate --group-by k " + Write("grouped.ndjson", grouped), 0);
  Clean("validate --group-by " + Quoted(kEvil) + " " + Path("good.ndjson"), 2);
}

TEST_F(PrintableTest, WordsOfSchedulesConfigurationsAndOptions) {
  const std::string schedule = "raftcheck-schedule 1\nservers 3\nseed 1\n";
  const std::string evil = "e\x1b[31m\x07\xff";
  Clean("replay " + Write("s1", schedule + evil + " 1\n"), 2, false);
  Clean("replay " + Write("s2", schedule + "tick 1 " + evil + "\n"), 2, false);
  Clean("replay " + Write("s3", evil), 2, false);
  for (const std::string& config :
       {"CONSTANTS\n  " + evil + " = 1\n", "CONSTANTS\n  Server = {" + evil + "}\n",
        "INVARIANTS " + evil + "\n", std::string("INVARIANTS Nonsense\n"), evil}) {
    Clean("model --config " + Write("c.cfg", config), 2, false);
  }
  Clean("explain --line 2 " + (GoodTrace(), Path("good.ndjson")) + " --event " +
            Quoted("{\"" + evil + "\":1}"),
        2, false);
  for (const std::string& arguments :
       {Quoted(kEvil), "check " + Quoted(kEvil), "check " + Quoted("--" + kEvil),
        "check --profile " + Quoted(kEvil), "check --seed " + Quoted(kEvil),
        "check --time " + Quoted(kEvil), "export x --to " + Quoted(kEvil)}) {
    Clean(arguments, 2);
  }
}

}  // namespace
