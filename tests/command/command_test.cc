// The command as its users see it: exit statuses, one clear line for bad input, JSON, replay.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/command/run_command.h"

namespace {

std::string Repeated(char c, std::size_t count) {
  std::string text;
  text.resize(count, c);
  return text;
}

class CommandTest : public CommandFixture {
 protected:
  // Exit status 2 and one line that names the place, the error, and what was expected.
  void ExpectInvalid(const std::string& name, const std::string& text, const std::string& says) {
    const Output output = Run("validate " + Write(name, text));
    EXPECT_EQ(output.status, 2) << name;
    EXPECT_EQ(std::count(output.out.begin(), output.out.end(), '\n'), 1) << output.out;
    EXPECT_NE(output.out.find(says), std::string::npos) << name << ": " << output.out;
    EXPECT_LT(output.out.size(), 1500U) << name;
  }
};

TEST_F(CommandTest, HelpAndVersionAreNoErrors) {
  EXPECT_EQ(Run("--help").status, 0);
  EXPECT_EQ(Run("check --help").status, 0);
  EXPECT_NE(Run("--version").out.find("raftcheck"), std::string::npos);
}

TEST_F(CommandTest, WrongUsageIsStatusTwo) {
  for (const char* arguments :
       {"", "nonsense", "check --servers 2", "check --servers x", "validate", "check --schedules 0",
        "check --time -1", "replay", "check --nope"}) {
    EXPECT_EQ(Run(arguments).status, 2) << arguments;
  }
  EXPECT_NE(Run("nonsense").err.find("no command nonsense"), std::string::npos);
  // The seed 18446744073709551615 is not allowed either.
  for (const std::string seed : {"-1", "18446744073709551616"}) {
    for (const std::string command : {"check", "model --config x.cfg --simulate"}) {
      const Output wrong = Run(command + " --seed " + seed);
      EXPECT_EQ(wrong.status, 2) << command;
      EXPECT_NE(wrong.err.find("--seed: Value " + seed + " not in range"), std::string::npos)
          << wrong.err;
    }
  }
}

TEST_F(CommandTest, ReplayedTracesAreTheSameBytesEveryTime) {
  const std::string once = GoodTrace();
  EXPECT_EQ(once, GoodTrace());
  EXPECT_GT(once.size(), 10000U);
}

TEST_F(CommandTest, AGoodTraceIsAcceptedPlainAndCompressedAndFromStandardInput) {
  const std::string good = GoodTrace();
  EXPECT_EQ(Run("validate " + Path("good.ndjson")).status, 0);
  EXPECT_EQ(Run("validate - <" + Path("good.ndjson")).status, 0);
  ASSERT_EQ(std::system(("gzip -k " + Path("good.ndjson")).c_str()), 0);
  const Output gzip = Run("validate " + Path("good.ndjson.gz"));
  EXPECT_EQ(gzip.status, 0) << gzip.out;
  std::filesystem::resize_file(Path("good.ndjson.gz"),
                               std::filesystem::file_size(Path("good.ndjson.gz")) / 2);
  const Output cut = Run("validate " + Path("good.ndjson.gz"));
  EXPECT_EQ(cut.status, 2);
  EXPECT_NE(cut.out.find("gzip data is cut off"), std::string::npos) << cut.out;
  EXPECT_NE(cut.out.find(" before are accepted"), std::string::npos) << cut.out;
}

// Nothing judged is never "nothing found", whatever the command.
TEST_F(CommandTest, ALogWithoutEventsIsStatusTwoForEveryCommand) {
  const std::string log = Write("log.ndjson", "{\"level\":\"info\"}\n");
  for (const std::string command : {"validate ", "validate --group-by region ", "export --to tla ",
                                    "export --to itf ", "explain --line 1 "}) {
    const Output output = Run(command + log);
    EXPECT_EQ(output.status, 2) << command;
    EXPECT_NE((output.out + output.err).find("no event"), std::string::npos)
        << command << output.out << output.err;
  }
}

TEST_F(CommandTest, AnInputOnStandardInputIsNotWrittenOver) {
  const std::string good = GoodTrace();
  for (const char* command : {"validate - --junit ", "export --to itf - --out "}) {
    const Output output = Run(command + Path("good.ndjson") + " < " + Path("good.ndjson"));
    EXPECT_EQ(output.status, 2) << command;
    EXPECT_EQ(Read("good.ndjson"), good) << command;
  }
}

TEST_F(CommandTest, GroupsOfOneLogAreJudgedApart) {
  std::string text;
  std::istringstream lines(GoodTrace());
  for (std::string line; std::getline(lines, line);) {
    const bool header = line.find("\"header\"") != std::string::npos;
    for (const char* shard : {"7", "9"}) {
      if (header && shard[0] == '9') continue;
      text +=
          header ? line + "\n" : "{\"shard\":" + std::string(shard) + "," + line.substr(1) + "\n";
    }
  }
  const std::string log = Write("shards.ndjson", text);
  const Output mixed = Run("validate " + log);
  EXPECT_EQ(mixed.status, 2) << mixed.out;
  EXPECT_NE(mixed.out.find("--group-by shard"), std::string::npos) << mixed.out;
  const Output apart = Run("validate --group-by shard " + log);
  EXPECT_EQ(apart.status, 0) << apart.out;
  EXPECT_NE(apart.out.find("2 traces: 2 accepted"), std::string::npos) << apart.out;
}

TEST_F(CommandTest, ARejectedTraceIsStatusOneAndTellsTheStory) {
  std::string bad = GoodTrace();
  const std::size_t at = bad.find("\"reject\":false", bad.find("SendRequestVoteResponse"));
  bad.replace(at, 14, "\"reject\":true");
  const Output text = Run("validate " + Write("bad.ndjson", bad));
  EXPECT_EQ(text.status, 1);
  for (const char* part :
       {"REJECTED", "bad.ndjson:", "tried", "msg.reject", "expected false, found true"}) {
    EXPECT_NE(text.out.find(part), std::string::npos) << part << " in " << text.out;
  }
  const Output json = Run("validate --json " + Path("bad.ndjson"));
  EXPECT_EQ(json.status, 1);
  const auto verdict = nlohmann::json::parse(json.out);
  EXPECT_EQ(verdict["verdict"], "rejected");
  EXPECT_EQ(verdict["rejection"]["attempts"][0]["differences"][0]["field"], "msg.reject");
  EXPECT_EQ(verdict["line"], verdict["rejection"]["line"]);
}

TEST_F(CommandTest, AViolationIsSeenBesideAFileThatCannotBeRead) {
  std::string bad = GoodTrace();
  bad.replace(bad.find("\"term\":1"), 8, "\"term\":2");
  const Output output =
      Run("validate --json " + Path("missing.ndjson") + " " + Write("bad.ndjson", bad));
  EXPECT_EQ(output.status, 1);
  EXPECT_EQ(std::count(output.out.begin(), output.out.end(), '\n'), 2);
}

TEST_F(CommandTest, BadInputGetsOneClearLine) {
  const std::string good = GoodTrace();
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    return bad;
  };
  ExpectInvalid("empty", "", "no events");
  ExpectInvalid("log-lines", "{\"level\":\"info\"}\n", "no events");
  ExpectInvalid("truncated", good.substr(0, good.size() - 30), "the line ends too early");
  ExpectInvalid("no-json", "hello\n", ":1: not JSON");
  ExpectInvalid("binary", std::string("\x7f\x45\x4c\x46\0\1\2\3\0\0\0", 11), "not JSON");
  ExpectInvalid("array", "[1]\n", "expected a JSON object");
  ExpectInvalid("type", with("\"term\":0", "\"term\":\"0\""),
                "event.state.term: expected an unsigned 64-bit number");
  ExpectInvalid("negative", with("\"term\":0", "\"term\":-1"), "found -1");
  ExpectInvalid("fraction", with("\"term\":0", "\"term\":0.5"), "found 0.5");
  ExpectInvalid("huge", with("\"term\":0", "\"term\":99999999999999999999"),
                "expected an unsigned");
  ExpectInvalid("id", with("\"nid\":\"1\"", "\"nid\":1"),
                "event.nid: expected an unsigned 64-bit number as a decimal string");
  ExpectInvalid("event", with("\"InitState\"", "\"InitStat\""), "expected a known event name");
  ExpectInvalid("role", with("StateFollower", "StateKing"), "expected a known role");
  ExpectInvalid("field", with("\"log\":0", "\"logg\":0"), "unknown field 'logg'");
  ExpectInvalid("twice", with("\"log\":0", "\"log\":0,\"log\":0"), "occurs twice");
  ExpectInvalid("version", with("\"version\":2", "\"version\":999"),
                "expected at most 2, the newest that this reader knows");
  ExpectInvalid("deep", Repeated('[', 1000000) + "\n", "nested");
  ExpectInvalid("utf8", "{\"tag\":\"trace\",\"event\":{\"name\":\"\xff\xfe\"}}\n", "not JSON");
}

TEST_F(CommandTest, ALineOfAHundredMegabytesIsRefused) {
  ExpectInvalid("long", GoodTrace() + Repeated('x', 100'000'000), "longer than 16 MiB");
}

TEST_F(CommandTest, FilesThatCannotBeReadAreNamed) {
  const Output missing = Run("validate " + Path("missing.ndjson"));
  EXPECT_EQ(missing.status, 2);
  EXPECT_NE(missing.out.find("missing.ndjson: cannot be opened"), std::string::npos) << missing.out;
  EXPECT_EQ(Run("validate " + folder_.string()).status, 2);
}

TEST_F(CommandTest, ABadScheduleIsNamedByLine) {
  const Output output =
      Run("replay " + Write("bad.schedule", "raftcheck-schedule 1\nservers 3\ndeliver 1 9 0\n"));
  EXPECT_EQ(output.status, 2);
  EXPECT_NE(output.err.find("bad.schedule:3: deliver: TO: expected a number from 1 to 3"),
            std::string::npos)
      << output.err;
}

// The liveness check allows for elections that take long by chance.
TEST_F(CommandTest, ALeaderThatIsLongInComingIsNoFailure) {
  const Output output = Run("replay " + Data("one_of_seven_can_win.schedule"));
  EXPECT_EQ(output.status, 0) << output.out;
}

// A host reads twice with the same context, and restarts in between; the answer to the first read
// comes after the second one was asked for.
TEST_F(CommandTest, TheAnswerToAnEarlierReadIsNotTakenForAnother) {
  const Output output = Run("replay " + Data("answer_of_an_earlier_read.schedule"));
  EXPECT_EQ(output.status, 0) << output.out;
}

TEST_F(CommandTest, CheckFindsNothingInOurLibraryAndSaysHowMuchItLookedAt) {
  const Output output = Run("check --schedules 200 --json --out " + Path("out"));
  EXPECT_EQ(output.status, 0) << output.out;
  const auto json = nlohmann::json::parse(output.out);
  for (const char* key : {"schedules", "steps", "events", "violations", "seed", "seconds"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_EQ(json["schedules"], 200);
  EXPECT_EQ(json["violations"], 0);
  EXPECT_GT(json["events"], 10000);
  EXPECT_GT(json["elections"], 50);
  EXPECT_GT(json["crashes"], 50);
  EXPECT_FALSE(std::filesystem::exists(Path("out")));
}

TEST_F(CommandTest, TheNumberOfJobsChangesNothing) {
  const auto counts = [&](const char* jobs) {
    auto json =
        nlohmann::json::parse(Run(std::string("check --schedules 50 --json --jobs ") + jobs).out);
    json.erase("seconds");
    return json;
  };
  EXPECT_EQ(counts("1"), counts("4"));
}

}  // namespace
