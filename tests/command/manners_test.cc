// Ctrl-C and its like, progress on a terminal, wrong words: how the command behaves towards who
// sits before it.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/command/process.h"
#include "tests/command/run_command.h"

namespace {

class MannersTest : public CommandFixture {
 protected:
  // Nobody will ever write to it.
  std::string Fifo(const std::string& name) const {
    EXPECT_EQ(mkfifo(Path(name).c_str(), 0600), 0);
    return Path(name);
  }
  std::string LongSchedule() {
    std::string text = "raftcheck-schedule 1\nservers 3\nseed 7\n";
    for (int k = 0; k < 10000; ++k) text += "run 10000\n";
    return Write("long.schedule", text);
  }
  std::string HugeModel() { return Write("huge.cfg", HugeModelText()); }
  Process::Setting WithOutput() const {
    Process::Setting setting;
    setting.out = Path("out");
    return setting;
  }
};

struct Endless {
  std::string name;
  std::vector<std::string> arguments;
  std::string progress;  // shows that it is at work
  std::string told;      // on standard output, or on the terminal
};

TEST_F(MannersTest, EveryCommandIsEndedByAnInterruptAndSaysSo) {
  const std::string good = (GoodTrace(), Path("good.ndjson"));
  const std::vector<Endless> all = {
      {"standard input", {"validate", "-"}, "MB read", "STOPPED (standard input): interrupted"},
      {"FIFO", {"validate", Fifo("f1")}, "MB read", "STOPPED " + Path("f1") + ": interrupted"},
      {"merge", {"validate", "--merge", good, Fifo("f2")}, "MB read", "STOPPED "},
      {"groups", {"validate", "--group-by", "k", Fifo("f3")}, "MB read", "STOPPED "},
      {"explain", {"explain", "--line", "9", Fifo("f4")}, "MB read", "STOPPED " + Path("f4")},
      {"export", {"export", "--to", "itf", Fifo("f5")}, "MB read", "interrupted after 0 events"},
      {"config",
       {"model", "--config", Fifo("f6")},
       "MB read",
       "f6: interrupted before it was read"},
      {"schedule", {"replay", Fifo("f7")}, "MB read", "f7: interrupted before it was read"},
      {"replay", {"replay", LongSchedule()}, "of 10000 actions", "STOPPED "},
      {"check", {"check", "--time", "9h"}, " of 32400 s", "STOPPED by an interrupt"},
      {"walks",
       {"model", "--simulate", "--walks", "1099511627776", "--length", "1000000", "--config",
        HugeModel()},
       " of 1,099,511,627,776",
       "STOPPED by an interrupt"},
      {"search", {"model", "--config", HugeModel()}, "distinct states", "STOPPED by an interrupt"},
      {"goals", {"model", "--goals", "--config", HugeModel()}, "goal 1 of ", "NOT DECIDED"},
      {"play",
       {"model", "--play", "--config", HugeModel()},
       " of 136,490 states played",
       "STOPPED by an interrupt"},
  };
  const int signals[] = {SIGINT, SIGTERM, SIGHUP};
  int number = 0;
  for (const Endless& one : all) {
    SCOPED_TRACE(one.name);
    Process process(one.arguments, WithOutput());
    ASSERT_TRUE(process.WaitFor(one.progress)) << process.shown() << Read("out");
    process.Send(signals[number++ % 3]);
    EXPECT_EQ(process.Wait(), 4) << process.shown() << Read("out");
    EXPECT_NE((Read("out") + process.shown()).find(one.told), std::string::npos)
        << process.shown() << Read("out");
  }
}

TEST_F(MannersTest, WhatWasFoundBeforeAnInterruptIsFound) {
  std::string bad = GoodTrace();
  bad.replace(bad.find("\"role\":\"StateCandidate\""), 23, "\"role\":\"StateLeader\"");
  Write("bad.ndjson", bad);
  Process process({"validate", "--jobs", "1", Path("bad.ndjson"), Fifo("f"), Path("good.ndjson")},
                  WithOutput());
  ASSERT_TRUE(process.WaitFor("1 of 3 files begun"));
  process.Send(SIGTERM);
  EXPECT_EQ(process.Wait(), 1);
  const std::string out = Read("out");
  EXPECT_EQ(out.rfind("REJECTED " + Path("bad.ndjson"), 0), 0U) << out;
  EXPECT_NE(out.find("STOPPED " + Path("f") + ": interrupted before the first event\n"),
            std::string::npos);
  EXPECT_NE(out.find("STOPPED " + Path("good.ndjson") + ": interrupted before the first event\n"),
            std::string::npos);
  EXPECT_NE(out.find("3 traces: 1 rejected, 2 stopped; "), std::string::npos) << out;
}

TEST_F(MannersTest, AnInterruptedExportLeavesTheOlderFile) {
  const std::string out = Write("out.itf.json", "older\n");
  Process process({"export", "--to", "itf", "--out", out, "-"});
  process.Input(GoodTrace());
  ASSERT_TRUE(process.WaitFor("MB read"));
  process.Send(SIGINT);
  EXPECT_EQ(process.Wait(), 4);
  EXPECT_NE(process.shown().find(out + " is not written"), std::string::npos) << process.shown();
  EXPECT_EQ(Read("out.itf.json"), "older\n");
  EXPECT_FALSE(std::filesystem::exists(out + ".unfinished"));
}

TEST_F(MannersTest, WhoFollowsEndsByAnInterruptAndGetsTheVerdict) {
  const std::string good = GoodTrace();
  Write("growing.ndjson", good + good.substr(0, 37));
  Process process({"validate", "--follow", Path("growing.ndjson")}, WithOutput());
  ASSERT_TRUE(process.WaitFor("100 %"));
  process.Send(SIGINT);
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_NE(Read("out").find("; the 37 bytes of a last line without its end are left out"),
            std::string::npos)
      << Read("out");
}

TEST_F(MannersTest, WhatHappensToAFollowedFileIsTold) {
  GoodTrace();
  const auto follow = [&](const std::string& why, const auto& happens) {
    std::filesystem::copy_file(Path("good.ndjson"), Path("log"),
                               std::filesystem::copy_options::overwrite_existing);
    Process process({"validate", "--follow", Path("log")}, WithOutput());
    ASSERT_TRUE(process.WaitFor("100 %"));
    happens();
    EXPECT_EQ(process.Wait(), 2);
    const std::string out = Read("out");
    EXPECT_EQ(out.rfind("INVALID " + Path("log"), 0), 0U) << out;
    EXPECT_NE(out.find(why), std::string::npos) << out;
    EXPECT_NE(out.find(" events before are accepted"), std::string::npos) << out;
  };
  follow("the file was cut", [&] { std::filesystem::resize_file(Path("log"), 100); });
  follow("the file was removed", [&] { std::filesystem::remove(Path("log")); });
  follow("the file was replaced",
         [&] { std::filesystem::rename(Write("other", "{}\n"), Path("log")); });
}

TEST_F(MannersTest, ProgressIsOneLineOfTheTerminalsWidth) {
  for (const unsigned columns : {80U, 20U, 5U, 1U}) {
    Process::Setting setting;
    setting.columns = static_cast<unsigned short>(columns);
    Process process({"validate", Fifo("f" + std::to_string(columns))}, setting);
    const std::string whole = "0.0 MB read";
    const std::string shown = whole.substr(0, columns - 1U);
    ASSERT_TRUE(process.WaitFor("\r\x1b[K" + shown + "\r")) << process.shown();
    EXPECT_EQ(process.shown().find('\n'), std::string::npos);
  }
}

TEST_F(MannersTest, WhereTheTerminalDoesNotKnowItsWidthTheVariableDoes) {
  Process::Setting setting;
  setting.columns = 0;
  setting.columns_variable = "4";
  Process process({"validate", Fifo("f")}, setting);
  EXPECT_TRUE(process.WaitFor("\r\x1b[K0.0\r")) << process.shown();
}

TEST_F(MannersTest, ADumbTerminalGetsNoCodesAndAPipeNothing) {
  Process::Setting setting;
  setting.term = "dumb";
  Process process({"validate", Fifo("f")}, setting);
  ASSERT_TRUE(process.WaitFor("0.0 MB read\r\n")) << process.shown();
  EXPECT_EQ(process.shown().find('\x1b'), std::string::npos) << process.shown();
  GoodTrace();
  EXPECT_EQ(Run("validate " + Path("good.ndjson")).err, "");
}

TEST_F(MannersTest, DidYouMean) {
  struct Case {
    const char* arguments;
    const char* told;
  };
  for (const Case& one : {
           Case{"chek", "there is no command chek (did you mean check?); raftcheck --help"},
           Case{"valdiate x", "(did you mean validate?)"},
           Case{"check --shedules 5", "check has no option --shedules (did you mean --schedules?)"},
           Case{"check --sede=4", "check has no option --sede (did you mean --seed?)"},
           Case{"validate --juni a b", "(did you mean --junit?)"},
           Case{"check --profile swrm", "(did you mean swarm?)"},
           Case{"export --to tlaa x", "tlaa is none of tla, itf (did you mean tla?)"},
           Case{"--jsn", "raftcheck has no option --jsn"},
           Case{"", "expected a command (check, validate, "},
           Case{"model", "--config is required; raftcheck model --help"},
       }) {
    const Output output = Run(one.arguments);
    EXPECT_EQ(output.status, 2) << one.arguments;
    EXPECT_NE(output.err.find(one.told), std::string::npos) << output.err;
    EXPECT_EQ(std::count(output.err.begin(), output.err.end(), '\n'), 1) << output.err;
    EXPECT_EQ(output.out, "") << one.arguments;
  }
  for (const char* far : {"quux", "check --quux", "check --profile quux", "export --to xyz x"}) {
    const Output output = Run(far);
    EXPECT_EQ(output.status, 2);
    EXPECT_EQ(output.err.find("did you mean"), std::string::npos) << output.err;
  }
}

}  // namespace
