// What the command writes: never over what it reads, whole or not at all, and never lost in
// silence.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "conformance/report/whole_file.h"
#include "tests/command/run_command.h"

namespace {

class OutputsTest : public CommandFixture {
 protected:
  // Refused with one line, and `file` is as it was.
  void ExpectRefused(const std::string& arguments, const std::string& file) {
    const std::string before = Read(file);
    const Output output = Run(arguments);
    EXPECT_EQ(output.status, 2) << arguments;
    EXPECT_NE(output.err.find("expected another file"), std::string::npos) << output.err;
    EXPECT_EQ(Read(file), before) << arguments;
  }
};

TEST_F(OutputsTest, AreNeverWrittenOverTheirInputs) {
  const std::string schedule = Write("s.schedule", Read(Data("tlc.schedule")));
  const std::string trace = Path("t.ndjson");
  ASSERT_EQ(Run("replay " + schedule + " --trace " + trace).status, 0);
  std::filesystem::create_symlink(trace, Path("link"));
  const std::string config =
      Write("m.cfg", Read(std::string(RAFTCHECK_SOURCE_DIR) + "/tla/MCRaftSmoke.cfg"));
  ExpectRefused("export " + trace + " --to tla --out " + trace, trace);
  ExpectRefused("export " + trace + " --to itf --out " + Path("link"), trace);
  ExpectRefused("replay " + schedule + " --trace " + schedule, schedule);
  ExpectRefused("validate " + trace + " --junit " + trace, trace);
  ExpectRefused("validate " + trace + " --sarif " + Path("link"), trace);
  ExpectRefused("model --config " + config + " --schedule " + config, config);
  ExpectRefused("model --config " + config + " --trace " + config, config);
}

TEST_F(OutputsTest, AreWholeOrNotThere) {
  const std::string out = Write("Out.tla", "older");
  {
    conformance::WholeFile unfinished(out);
    unfinished.stream() << "half";
  }
  EXPECT_EQ(Read(out), "older");
  EXPECT_FALSE(std::filesystem::exists(out + ".unfinished"));
  EXPECT_EQ(conformance::WriteWhole(out, "newer"), "");
  EXPECT_EQ(Read(out), "newer");
  EXPECT_NE(conformance::WriteWhole(Path("no/such/folder"), "x").find("cannot be written"),
            std::string::npos);
}

TEST_F(OutputsTest, AFullStandardOutputIsAnError) {
  const std::string trace = Path("t.ndjson");
  ASSERT_EQ(Run("replay " + Data("tlc.schedule") + " --trace " + trace).status, 0);
  const std::string config = std::string(RAFTCHECK_SOURCE_DIR) + "/tla/MCRaftSmoke.cfg";
  for (const std::string& arguments :
       {std::string("check --schedules 5"), std::string("check --schedules 5 --json"),
        std::string("--help"), std::string("check --help"), std::string("--version"),
        "validate " + trace, "validate --json " + trace, "export --to tla " + trace,
        "export --to itf " + trace, "replay " + Data("tlc.schedule"),
        "explain " + trace + " --line 5", "model --config " + config}) {
    const Output output = Run(arguments + " >/dev/full");
    EXPECT_EQ(output.status, 2) << arguments;
    EXPECT_NE(output.err.find("standard output: cannot be written"), std::string::npos)
        << arguments << output.err;
  }
}

}  // namespace
