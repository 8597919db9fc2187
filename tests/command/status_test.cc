// How a run ends, told the same by all commands: exit statuses, words, JSON and the reports of CI.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "conformance/command/command.h"
#include "tests/command/buggy_servers.h"
#include "tests/command/model_fixture.h"
#include "tests/command/process.h"

namespace {

class StatusTest : public ModelTest {
 protected:
  // A role that the model does not have: rejected at its line.
  std::string BadTrace() {
    std::string bad = GoodTrace();
    bad.replace(bad.find("\"role\":\"StateCandidate\""), 23, "\"role\":\"StateLeader\"");
    return Write("bad.ndjson", bad);
  }
  // The command reads `before` from the pipe whose path stands in its arguments, is interrupted,
  // and reads `after`.
  Output Interrupt(const std::vector<std::string>& words, const std::string& pipe,
                   const std::string& before, const std::string& after) {
    EXPECT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    const pid_t child = fork();
    if (child == 0) {
      std::vector<char*> arguments = {const_cast<char*>("raftcheck")};
      for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
      arguments.push_back(nullptr);
      const int out = open(Path("out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      dup2(out, STDOUT_FILENO);
      execv(RAFTCHECK_BINARY, arguments.data());
      _exit(127);
    }
    signal(SIGPIPE, SIG_IGN);  // the command may have ended before it has read all
    {
      std::ofstream to(pipe, std::ios::binary);  // waits until the command opens it
      to << before << std::flush;
      kill(child, SIGINT);
      to << after;
    }
    int status = 0;
    waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, Read("out"), {}};
  }
};

TEST_F(StatusTest, EachHelpNamesTheStatuses) {
  for (const char* command :
       {"", "check ", "validate ", "replay ", "export ", "explain ", "model "}) {
    const std::string help = Run(std::string(command) + "--help").out;
    EXPECT_NE(help.find("Exit status: 0 nothing found, 1 a violation"), std::string::npos) << help;
    EXPECT_NE(help.find("4 stopped before its end"), std::string::npos) << help;
  }
}

TEST_F(StatusTest, ASearchThatIsStoppedByALimitIsUnfinished) {
  const std::string smoke = "model --config " + Tla("MCRaftSmoke");
  for (const auto& [option, end] : std::vector<std::pair<std::string, std::string>>{
           {"--depth 5", "depth"},
           {"--states 100", "states"},
           {"--time 0.000001", "time"},
           {"--simulate --walks 1000000 --time 0.000001", "time"}}) {
    const Output text = Run(smoke + " " + option);
    EXPECT_EQ(text.status, 4) << option;
    EXPECT_EQ(text.out.rfind("STOPPED by the limit of --" + end + ", nothing found so far\n", 0),
              0U)
        << text.out;
    const Output output = Run(smoke + " --json " + option);
    EXPECT_EQ(output.status, 4) << option;
    EXPECT_EQ(nlohmann::json::parse(output.out)["end"], end);
  }
  for (const char* option :
       {"", "--depth 1000", "--states 1000000", "--time 1h", "--simulate --walks 3",
        "--simulate --time 0.000001", "--simulate --walks 3 --time 1h"}) {
    const Output output = Run(smoke + " --json " + option);
    EXPECT_EQ(output.status, 0) << option << output.out;
    EXPECT_EQ(nlohmann::json::parse(output.out)["end"], "complete") << option;
  }
  // What is found goes before the limit.
  EXPECT_EQ(Run("model --depth 1000 --config " + Tla("MCRaftGoals")).status, 1);
}

TEST_F(StatusTest, APlayThatIsStoppedIsUnfinished) {
  const Output output = Run("model --play --time 0.000001 --config " + Tla("MCRaftLibrary"));
  EXPECT_EQ(output.status, 4);
  EXPECT_EQ(output.out.rfind("STOPPED by the limit of --time, no difference so far\n", 0), 0U)
      << output.out;
}

// A goal that a limit kept from being reached has not failed, and is not reached either.
TEST_F(StatusTest, AGoalBeyondALimitIsNotDecided) {
  const std::string goals = Tla("MCRaftTermGoals");
  const Output beyond = Run("model --goals --depth 3 --config " + goals);
  EXPECT_EQ(beyond.status, 4);
  EXPECT_NE(beyond.out.find("NOT DECIDED, stopped by the limit of --depth"), std::string::npos)
      << beyond.out;
  EXPECT_EQ(Run("model --goals --depth 1000 --config " + goals).status, 0);
  // TypeOK holds, which a whole search of the smallest bounds shows.
  std::string text = ReadTla("MCRaftSmoke");
  const std::string config = Write("both.cfg", text);
  const Output failed = Run("model --goals --json --depth 1000 --config " + config);
  EXPECT_EQ(failed.status, 1) << failed.out;
  const Output stopped = Run("model --goals --json --depth 3 --config " + config);
  EXPECT_EQ(stopped.status, 4) << stopped.out;
  std::istringstream lines(stopped.out);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_EQ(nlohmann::json::parse(line)["reached"], false);
    EXPECT_EQ(nlohmann::json::parse(line)["end"], "depth");
  }
  text.erase(text.find("INVARIANTS"));
  EXPECT_EQ(Run("model --goals --config " + Write("none.cfg", text)).status, 2);
}

TEST_F(StatusTest, AnInterruptedSearchIsUnfinished) {
  const std::string huge = Write("huge.cfg", HugeModelText());
  for (const char* how : {"--exact", "--simulate", "--goals", "--play"}) {
    Process::Setting setting;
    setting.out = Path("out");
    Process process({"model", "--json", how, "--config", huge}, setting);
    ASSERT_TRUE(process.WaitFor("states")) << how << process.shown();  // its progress
    process.Send(SIGINT);
    EXPECT_EQ(process.Wait(), 4) << how;
    const std::string out = Read("out");
    EXPECT_EQ(nlohmann::json::parse(out.substr(0, out.find('\n')))["end"], "interrupted")
        << how << out;
  }
}

TEST_F(StatusTest, AnInterruptedJudgeIsUnfinished) {
  const std::string good = GoodTrace();
  const std::size_t half = good.find('\n', good.size() / 2) + 1;
  const std::string pipe = Path("pipe");
  // One thread: it hears of the signal before it reads on.  It does not begin the second file.
  const Output output = Interrupt({"validate", "--json", "--jobs", "1", pipe, Path("good.ndjson")},
                                  pipe, good.substr(0, half), good.substr(half));
  EXPECT_EQ(output.status, 4) << output.out;
  std::istringstream lines(output.out);
  int files = 0;
  for (std::string line; std::getline(lines, line); ++files) {
    EXPECT_EQ(nlohmann::json::parse(line)["verdict"], "stopped") << line;
  }
  EXPECT_EQ(files, 2);
  const std::string other = Path("other");
  const Output explained = Interrupt({"explain", "--line", "100000", other}, other,
                                     good.substr(0, half), good.substr(half));
  EXPECT_EQ(explained.status, 4) << explained.out;
  EXPECT_EQ(explained.out.rfind("STOPPED ", 0), 0U) << explained.out;
}

// Its servers are made when the command already listens to signals.
class StoppingServer : public command::WrappedServer {
 public:
  explicit StoppingServer(const tracegen::ServerConfig& config) : WrappedServer(config) {
    if (getenv("RAFTCHECK_TEST_STOPS") != nullptr) raise(SIGINT);
    unsetenv("RAFTCHECK_TEST_STOPS");
  }
};

int Check(std::vector<std::string> words, const tracegen::Implementation& implementation) {
  words.insert(words.begin(), {"raftcheck", "check"});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  return command::Main(static_cast<int>(arguments.size()), arguments.data(), implementation);
}

TEST_F(StatusTest, AnInterruptedCheckIsUnfinished) {
  const auto check = [&](bool stops) {
    if (stops) setenv("RAFTCHECK_TEST_STOPS", "1", 1);
    // Exit statuses of a process: an interrupt stays with the process.
    std::exit(Check({"--schedules", "2", "--jobs", "1", "--out", Path("out"), "--junit",
                     Path(stops ? "stopped.xml" : "whole.xml")},
                    command::ImplementationWith<StoppingServer>()));
  };
  EXPECT_EXIT(check(true), testing::ExitedWithCode(4), "");
  EXPECT_EXIT(check(false), testing::ExitedWithCode(0), "");
  EXPECT_NE(Read("stopped.xml").find("message=\"STOPPED by an interrupt"), std::string::npos)
      << Read("stopped.xml");
  EXPECT_NE(Read("whole.xml").find("tests=\"1\" failures=\"0\" errors=\"0\""), std::string::npos);
}

TEST_F(StatusTest, ATimeThatWasAskedForIsNoInterrupt) {
  const Output output = Run("check --json --time 0.5s --jobs 1 --steps 5");
  EXPECT_EQ(output.status, 0) << output.out;
  EXPECT_EQ(nlohmann::json::parse(output.out)["end"], "time");
  EXPECT_EQ(nlohmann::json::parse(Run("check --json --schedules 3").out)["end"], "complete");
}

// With --json each line of standard output is JSON, and there is one, whatever happens.
TEST_F(StatusTest, JsonIsPrintedInEveryCase) {
  GoodTrace();
  const std::string bad = BadTrace();
  const std::string torn = Write("torn.ndjson", Read("good.ndjson").substr(0, 5000));
  const std::string good = Path("good.ndjson");
  const std::string smoke = ReadTla("MCRaftSmoke");
  const std::string wrong =
      Write("wrong.cfg", std::string(smoke).replace(smoke.find("28"), 2, "29"));
  const std::string free = Write("free.cfg", smoke.substr(0, smoke.find("INVARIANTS")));
  const std::string nowhere = Path("no/such/folder");
  for (const auto& [arguments, status] : std::vector<std::pair<std::string, int>>{
           {"check --schedules 2", 0},
           {"check --time 0.000001", 2},
           {"check --schedules 0", 2},
           {"check --schedules 2 --time 1s", 2},
           {"check --schedules 2 --campaign " + good, 2},
           {"check --schedules 2 --junit " + nowhere, 2},
           {"check --nonsense", 2},
           {"validate " + good, 0},
           {"validate " + bad, 1},
           {"validate " + torn + " " + Path("none") + " " + good, 2},
           {"validate --merge " + good + " " + Path("none"), 2},
           {"validate --group-by shard " + good, 2},
           {"validate --follow " + good + " " + good, 2},
           {"validate " + good + " --sarif " + good, 2},
           {"validate", 2},
           {"replay " + Data("tlc.schedule"), 0},
           {"replay " + good, 2},
           {"replay " + Path("none"), 2},
           {"replay " + Data("tlc.schedule") + " --trace " + nowhere, 2},
           {"replay " + Data("tlc.schedule") + " --junit " + nowhere, 2},
           {"explain " + good + " --line 20", 0},
           {"explain " + good + " --line 20 --event '{\"name\":\"BecomeLeader\",\"nid\":\"1\"}'",
            1},
           {"explain " + good + " --line 20 --event '{'", 2},
           {"explain " + good + " --line 99999", 2},
           {"explain " + bad + " --line 300", 1},
           {"explain " + torn + " --line 300", 2},
           {"explain " + Path("none") + " --line 300", 2},
           {"explain " + good, 2},
           {"model --config " + Tla("MCRaftSmoke"), 0},
           {"model --config " + Tla("MCRaftGoals"), 1},
           {"model --config " + Tla("MCRaftGoals") + " --schedule " + nowhere, 2},
           {"model --config " + wrong, 1},
           {"model --config " + free, 2},
           {"model --goals --config " + free, 2},
           {"model --goals --config " + Tla("MCRaftTermGoals"), 0},
           {"model --play --config " + Tla("MCRaftSmoke"), 2},
           {"model --config " + Path("none"), 2},
           {"model --config " + good, 2},
           {"model --config " + Tla("MCRaftSmoke") + " --walks 3", 2},
           {"model --config " + Tla("MCRaftSmoke") + " --checkpoint " + good, 2},
           {"model", 2},
           {"nonsense", 2}}) {
    const Output output = Run(arguments + " --json");
    EXPECT_EQ(output.status, status) << arguments << output.out << output.err;
    EXPECT_FALSE(output.out.empty()) << arguments;
    std::istringstream lines(output.out);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_TRUE(nlohmann::json::accept(line)) << arguments << ": " << line;
      EXPECT_TRUE(nlohmann::json::parse(line, nullptr, false).is_object())
          << arguments << ": " << line;
    }
  }
}

TEST_F(StatusTest, ExplainSaysOfARefusedTraceWhatValidateSays) {
  const std::string good = GoodTrace();
  const std::string bad = Write("rejected.ndjson", [&] {
    std::string text = good;
    text.replace(text.find("\"role\":\"StateCandidate\""), 23, "\"role\":\"StateLeader\"");
    return text;
  }());
  const auto without_line = [&](int number) {
    std::istringstream lines(good);
    std::string text;
    int at = 0;
    for (std::string line; std::getline(lines, line);) {
      if (++at != number) text += line + "\n";
    }
    return text;
  };
  const std::vector<std::string> traces = {
      Path("good.ndjson"),
      bad,
      Write("gap.ndjson", without_line(30)),
      Write("headless.ndjson", without_line(2)),
      Write("torn.ndjson", good.substr(0, good.size() / 2)),
      Write("twice.ndjson", good + good),
      Write("unreadable.ndjson", good.substr(0, good.find('\n', 3000) + 1) + "hello\n" + good)};
  for (const std::string& trace : traces) {
    const Output validated = Run("validate " + trace);
    // After the last event of the trace.
    const Output explained = Run(
        "explain " + trace + " --line 1000000 --event '{\"name\":\"BecomeLeader\",\"nid\":\"1\"}'");
    if (validated.status == 0) continue;
    EXPECT_EQ(explained.status, validated.status) << trace << explained.out << explained.err;
    EXPECT_EQ(explained.out, validated.out) << trace;
    EXPECT_EQ(Run("explain " + trace + " --line 1").status,
              trace.ends_with("headless.ndjson") ? 2 : 0)
        << trace;
  }
}

// The states of the model end where the judge says so, for its reason.
TEST_F(StatusTest, ExportOfARefusedTraceHasTheStatusOfValidate) {
  const std::string good = GoodTrace();
  std::string invalid = good;
  invalid.erase(good.find('\n', 5000) + 1,
                good.find('\n', good.find('\n', 5000) + 1) - good.find('\n', 5000));
  std::string violated = good;
  violated.replace(violated.find("\"term\":1"), 8, "\"term\":2");
  for (const std::string& trace :
       {Path("good.ndjson"), BadTrace(), Write("gap.ndjson", invalid),
        Write("violated.ndjson", violated), Write("torn.ndjson", good.substr(0, 5000))}) {
    const Output output = Run("export --to itf " + trace);
    EXPECT_EQ(output.status, Run("validate " + trace).status) << trace << output.err;
    EXPECT_TRUE(nlohmann::json::accept(output.out)) << trace;
  }
}

// Mostly a variable of a script that is not set.
TEST_F(StatusTest, AnOptionWithoutItsValueIsRefused) {
  GoodTrace();
  for (const std::string& arguments :
       {"validate " + Path("good.ndjson") + " --junit ''",
        std::string("check --schedules 1 --out ''"),
        "export --to tla --out '' " + Path("good.ndjson"), std::string("replay ''")}) {
    const Output output = Run(arguments);
    EXPECT_EQ(output.status, 2) << arguments << output.out;
    EXPECT_EQ(output.out, "") << arguments;
    EXPECT_EQ(std::count(output.err.begin(), output.err.end(), '\n'), 1) << output.err;
  }
}

TEST_F(StatusTest, WhatCannotBeWrittenIsRefusedBeforeTheWork) {
  GoodTrace();
  const std::string nowhere = Path("no/such/file");
  for (const std::string& arguments :
       {"check --schedules 1000000 --junit " + nowhere,
        "check --schedules 1000000 --sarif " + Path(""),
        "validate " + Path("good.ndjson") + " --sarif " + nowhere,
        "model --config " + Tla("MCRaft") + " --trace " + nowhere,
        "replay " + Data("tlc.schedule") + " --junit " + nowhere,
        "replay " + Data("tlc.schedule") + " --junit " + Path("x") + " --sarif " + Path("x"),
        "replay " + Data("tlc.schedule") + " --junit " + Path("x") + " --trace " + Path("./x")}) {
    const Output output = Run(arguments);
    EXPECT_EQ(output.status, 2) << arguments;
    EXPECT_EQ(output.out, "") << arguments;
    EXPECT_EQ(std::count(output.err.begin(), output.err.end(), '\n'), 1) << output.err;
  }
  EXPECT_FALSE(std::filesystem::exists(Path("x")));
  EXPECT_EQ(Run("replay " + Data("tlc.schedule") + " --junit /dev/null --sarif /dev/null").status,
            0);
}

TEST_F(StatusTest, EveryCommandThatJudgesWritesReportsForCi) {
  const auto sarif = [&](const std::string& name) {
    return nlohmann::json::parse(Read(name))["runs"][0]["results"];
  };
  const std::string files = " --junit " + Path("j.xml") + " --sarif " + Path("s.json");
  const auto has = [&](const std::string& what) {
    EXPECT_NE(Read("j.xml").find(what), std::string::npos) << what << Read("j.xml");
  };
  EXPECT_EQ(Run("replay " + Data("tlc.schedule") + files).status, 0);
  has("<testsuite name=\"raftcheck replay\" tests=\"1\" failures=\"0\" errors=\"0\"");
  EXPECT_EQ(sarif("s.json").size(), 0U);

  EXPECT_EQ(Run("model --config " + Tla("MCRaftSmoke") + files).status, 0);
  has("classname=\"raftcheck.model\" name=\"TypeOK\"");
  has("name=\"distinct states\"");
  EXPECT_EQ(sarif("s.json").size(), 0U);

  const Output found = Run("model --github --config " + Tla("MCRaftGoals") + files);
  EXPECT_EQ(found.status, 1);
  EXPECT_NE(found.out.find("::error file=" + Tla("MCRaftGoals") + ",line="), std::string::npos)
      << found.out;
  has("failures=\"1\" errors=\"0\"");
  has("<failure type=\"NeverElected\"");
  has("<skipped message=\"not decided: the search ended with NeverElected\"");
  ASSERT_EQ(sarif("s.json").size(), 1U);
  EXPECT_EQ(sarif("s.json")[0]["ruleId"], "violated/NeverElected");

  EXPECT_EQ(Run("model --goals --depth 3 --config " + Tla("MCRaftTermGoals") + files).status, 4);
  has("<error type=\"NeverElectedInTerm3\" message=\"NeverElectedInTerm3");
  EXPECT_EQ(sarif("s.json").size(), 1U);

  EXPECT_EQ(Run("check --schedules 2" + files).status, 0);
  has("<testcase classname=\"raftcheck.check\" name=\"schedules of seed 1\"");
}

TEST_F(StatusTest, AFindingOfACheckIsATestCase) {
  testing::internal::CaptureStdout();
  const int status = Check({"--schedules", "1000", "--out", Path("out"), "--junit", Path("j.xml"),
                            "--sarif", Path("s.json"), "--github"},
                           command::Hasty());
  const std::string out = testing::internal::GetCapturedStdout();
  EXPECT_EQ(status, 1);
  const std::string xml = Read("j.xml");
  EXPECT_NE(xml.find("tests=\"2\" failures=\"2\" errors=\"0\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("<failure type=\"ReadsSeeCommitted\""), std::string::npos) << xml;
  const nlohmann::json results = nlohmann::json::parse(Read("s.json"))["runs"][0]["results"];
  ASSERT_EQ(results.size(), 1U);  // the run as a whole stands in no file
  EXPECT_EQ(results[0]["ruleId"], "violated/ReadsSeeCommitted");
  const std::string uri = results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
  EXPECT_NE(uri.find("/trace.ndjson"), std::string::npos);
  EXPECT_NE(out.find("::error file=" + Path("out")), std::string::npos) << out;
}

}  // namespace
