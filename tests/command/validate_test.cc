// `raftcheck validate` with many traces, with a trace in several files, and with a trace that still
// grows; `raftcheck export`.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/command/run_command.h"

namespace {

std::string Lines(const std::string& text, const std::string& with, const std::string& without) {
  std::string kept;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    const std::string line = text.substr(at, end - at);
    if (line.find(with) != std::string::npos &&
        (without.empty() || line.find(without) == std::string::npos)) {
      kept += line;
    }
    at = end;
  }
  return kept;
}

class ValidateTest : public CommandFixture {
 protected:
  // Writes one file per server, each with the header, and returns their paths.
  std::string SplitByServer(const std::string& trace, const std::string& without = "") {
    std::string paths;
    for (const char* server : {"1", "2", "3"}) {
      const std::string name = std::string("server-") + server + ".ndjson";
      paths += Write(name, Lines(trace, "\"header\"", "") +
                               Lines(trace, "\"nid\":\"" + std::string(server) + "\"", without)) +
               " ";
    }
    return paths;
  }
};

TEST_F(ValidateTest, FilesOfServersAreMerged) {
  const std::string files = SplitByServer(GoodTrace());
  const Output output = Run("validate --merge " + files);
  EXPECT_EQ(output.status, 0) << output.out;
  EXPECT_NE(output.out.find("ACCEPTED"), std::string::npos);
  EXPECT_EQ(std::count(output.out.begin(), output.out.end(), '\n'), 1);
  const auto json = nlohmann::json::parse(Run("validate --merge --json " + files).out);
  EXPECT_EQ(json["verdict"], "accepted");
}

TEST_F(ValidateTest, WhereThereIsNoOrderTheMessagesAreNamed) {
  const std::string files = SplitByServer(GoodTrace(), "\"SendRequestVoteRequest\"");
  const Output output = Run("validate --merge " + files);
  EXPECT_EQ(output.status, 1);
  for (const char* part :
       {"no order", "waits    ", "server-2.ndjson:5: server 2 ReceiveRequestVoteRequest",
        "MsgVote 1->2 term 1"}) {
    EXPECT_NE(output.out.find(part), std::string::npos) << part << " in " << output.out;
  }
  const auto json = nlohmann::json::parse(Run("validate --merge --json " + files).out);
  EXPECT_EQ(json["rejection"]["waiting"].size(), 3U);
  EXPECT_EQ(json["rejection"]["waiting"][1]["file"], Path("server-2.ndjson"));
}

TEST_F(ValidateTest, AFileThatCannotBeReadIsNamedAmongTheMerged) {
  const std::string files = SplitByServer(GoodTrace());
  const Output missing = Run("validate --merge " + files + Path("nope"));
  EXPECT_EQ(missing.status, 2);
  EXPECT_NE(missing.out.find("nope: cannot be opened"), std::string::npos) << missing.out;
  Write("server-2.ndjson", Read("server-2.ndjson") + "hello\n");
  const Output damaged = Run("validate --merge " + files);
  EXPECT_EQ(damaged.status, 2);
  EXPECT_NE(damaged.out.find("server-2.ndjson:"), std::string::npos) << damaged.out;
}

TEST_F(ValidateTest, ReportsForOtherPrograms) {
  std::string bad = GoodTrace();
  bad.replace(bad.find("\"role\":\"StateCandidate\""), 23, "\"role\":\"StateLeader\"");
  const Output output =
      Run("validate --github --junit " + Path("j.xml") + " --sarif " + Path("s.json") + " " +
          Path("good.ndjson") + " " + Write("bad.ndjson", bad));
  EXPECT_EQ(output.status, 1);
  EXPECT_NE(output.out.find("2 traces: 1 accepted, 1 rejected; "), std::string::npos) << output.out;
  EXPECT_NE(output.out.find("::error file=" + Path("bad.ndjson") + ",line="), std::string::npos);
  EXPECT_NE(Read("j.xml").find("tests=\"2\" failures=\"1\" errors=\"0\""), std::string::npos);
  const auto sarif = nlohmann::json::parse(Read("s.json"));
  EXPECT_EQ(sarif["runs"][0]["results"].size(), 1U);
  EXPECT_EQ(
      Run("validate --junit " + Path("no/such/folder.xml") + " " + Path("good.ndjson")).status, 2);
}

TEST_F(ValidateTest, AGrowingFileIsFollowedUntilItIsWrong) {
  std::string bad = GoodTrace();
  const std::size_t middle = bad.find('\n', bad.size() / 2) + 1;
  std::string rest = bad.substr(middle);
  rest.replace(rest.find("\"log\":"), 6, "\"log\":9");
  Write("growing.ndjson", bad.substr(0, middle + 20));  // ends in the middle of a line
  Write("rest.ndjson", rest.substr(20));
  // The rest is appended while the command reads; without it the command would not end.
  const std::string append =
      "(sleep 0.3; cat " + Path("rest.ndjson") + " >>" + Path("growing.ndjson") + ") & ";
  const Output output =
      Run("--version >/dev/null; " + append + "timeout 20 " + std::string(RAFTCHECK_BINARY) +
          " validate --follow " + Path("growing.ndjson"));
  EXPECT_EQ(output.status, 1) << output.out;
  EXPECT_NE(output.out.find("REJECTED"), std::string::npos) << output.out;
}

TEST_F(ValidateTest, WrongUsageIsStatusTwo) {
  GoodTrace();
  const std::string good = " " + Path("good.ndjson");
  for (const std::string& arguments :
       {"validate --follow" + good + good, "validate --follow --merge" + good,
        "validate --json --github" + good, "export" + good, "export --to nothing" + good,
        "export --to itf " + Path("nope"),
        "export --to tla --out " + Path("no/folder.tla") + good}) {
    EXPECT_EQ(Run(arguments).status, 2) << arguments;
  }
}

TEST_F(ValidateTest, StatesAlongATraceAreExportedAsItf) {
  const std::string good = GoodTrace();
  const Output output = Run("export --to itf " + Path("good.ndjson"));
  ASSERT_EQ(output.status, 0) << output.err;
  const auto itf = nlohmann::json::parse(output.out);
  const auto lines = static_cast<std::size_t>(std::count(good.begin(), good.end(), '\n'));
  ASSERT_EQ(itf["states"].size(), lines - 1);  // one state per line except the header
  EXPECT_EQ(itf["#meta"]["format"], "ITF");
  for (const auto& variable : itf["vars"]) {
    EXPECT_TRUE(itf["states"].back().contains(variable)) << variable;
  }
  EXPECT_EQ(itf["states"].back().size(), itf["vars"].size() + 1);
  const auto& terms = itf["states"].back()["currentTerm"]["#map"];
  EXPECT_EQ(terms.size(), 3U);
  EXPECT_GT(terms[0][1], 1);
}

TEST_F(ValidateTest, ARejectedTraceIsExportedUpToThere) {
  std::string bad = GoodTrace();
  bad.replace(bad.find("\"role\":\"StateCandidate\""), 23, "\"role\":\"StateLeader\"");
  const Output output =
      Run("export --to itf " + Write("bad.ndjson", bad) + " --out " + Path("bad.itf.json"));
  EXPECT_EQ(output.status, 1);
  EXPECT_NE(output.err.find("rejected here"), std::string::npos) << output.err;
  EXPECT_FALSE(nlohmann::json::parse(Read("bad.itf.json"))["states"].empty());
}

TEST_F(ValidateTest, AnEventIsExplained) {
  GoodTrace();
  const Output allowed = Run("explain " + Path("good.ndjson") + " --line 11");
  EXPECT_EQ(allowed.status, 0) << allowed.out << allowed.err;
  EXPECT_EQ(allowed.out.find("ALLOWED " + Path("good.ndjson") + ":11"), 0U) << allowed.out;
  const Output refused = Run("explain " + Path("good.ndjson") +
                             " --line 11 --event '{\"name\":\"BecomeLeader\",\"nid\":\"1\"}'");
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.out.find("false    state[i] = Candidate"), std::string::npos) << refused.out;
  EXPECT_NE(refused.out.find("because  state[i] = Follower"), std::string::npos) << refused.out;
  const auto json =
      nlohmann::json::parse(Run("explain --json " + Path("good.ndjson") + " --line 11").out);
  EXPECT_TRUE(json["allowed"]);
  EXPECT_FALSE(json["before"].empty());
}

TEST_F(ValidateTest, UnvalidatedChangesAreTakenOnDemandByEachCommandThatReadsTraces) {
  std::ifstream file(RAFTCHECK_SOURCE_DIR "/tests/data/unvalidated_changes.ndjson");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string said = "\"validatesChanges\":false,";
  EXPECT_EQ(Run("validate " + Write("said.ndjson", text)).status, 0);
  text.erase(text.find(said), said.size());
  const std::string trace = Write("unsaid.ndjson", text);
  const Output refused = Run("validate " + trace);
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.out.find("  hint     "), std::string::npos) << refused.out;
  EXPECT_NE(refused.out.find("--unvalidated-changes"), std::string::npos) << refused.out;
  const auto json = nlohmann::json::parse(Run("validate --json " + trace).out);
  EXPECT_NE(json["rejection"]["hint"].get<std::string>().find("validatesChanges"),
            std::string::npos);
  EXPECT_NE(Run("explain --line 13 " + trace).out.find("  hint     "), std::string::npos);
  EXPECT_EQ(Run("export --to itf " + trace).status, 1);
  for (const char* command : {"validate ", "validate --merge ", "explain --line 13 ",
                              "export --to itf ", "export --to tla "}) {
    const Output taken = Run(command + ("--unvalidated-changes " + trace));
    EXPECT_EQ(taken.status, 0) << command << taken.out << taken.err;
    const bool tla = std::string(command).find("tla") != std::string::npos;
    EXPECT_EQ(taken.out.find("validatesChanges |-> FALSE") != std::string::npos, tla) << command;
  }
}

TEST_F(ValidateTest, WhatCannotBeExplainedIsBadInput) {
  GoodTrace();
  EXPECT_EQ(Run("explain " + Path("good.ndjson") + " --line 99999").status, 2);
  EXPECT_EQ(Run("explain " + Path("absent.ndjson") + " --line 1").status, 2);
  const Output output = Run("explain " + Path("good.ndjson") + " --line 3 --event '{\"name\":1}'");
  EXPECT_EQ(output.status, 2);
  EXPECT_NE(output.err.find("--event: event.name"), std::string::npos) << output.err;
}

TEST_F(ValidateTest, TheModuleOfATraceIsNamedAsItsFile) {
  GoodTrace();
  ASSERT_EQ(Run("export --to tla " + Path("good.ndjson") + " --out " + Path("Trace_1.tla")).status,
            0);
  const std::string module = Read("Trace_1.tla");
  EXPECT_EQ(module.find("---- MODULE Trace_1 ----"), 0U);
  EXPECT_NE(module.find("EXTENDS RaftTraceReport\n"), std::string::npos);
  EXPECT_NE(module.find("[name |-> \"InitState\", nid |-> \"1\", state |-> [term |-> 0"),
            std::string::npos);
}

// TLC wants the name of the file, which must be a name of TLA+ and no other module's.
TEST_F(ValidateTest, AModuleHasANameOfItsOwn) {
  const std::string good = GoodTrace();
  std::size_t end_of_line = 0;
  for (int lines = 0; lines < 12; ++lines) end_of_line = good.find('\n', end_of_line) + 1;
  Write("good.ndjson", good.substr(0, end_of_line));
  std::vector<std::string> names = {"Trace-1", "1",   "",         "WF_x", "a b",    "IF",
                                    "THEOREM", "TLC", "Naturals", "Json", "IOUtils"};
  for (const auto& file : std::filesystem::directory_iterator(RAFTCHECK_SOURCE_DIR "/tla")) {
    if (file.path().extension() == ".tla") names.push_back(file.path().stem().string());
  }
  ASSERT_GT(names.size(), 25U);
  for (const std::string& name : names) {
    const std::string out = Path(name + ".tla");
    const Output output = Run("export --to tla " + Path("good.ndjson") + " --out '" + out + "'");
    EXPECT_EQ(output.status, 2) << name;
    EXPECT_FALSE(std::filesystem::exists(out)) << name;
    const std::size_t at = output.err.find("; " + folder_.string());
    const std::size_t end = output.err.find(" would do");
    ASSERT_TRUE(at != std::string::npos && end != std::string::npos) << output.err;
    const std::string other = output.err.substr(at + 2, end - at - 2);
    EXPECT_EQ(Run("export --to tla " + Path("good.ndjson") + " --out " + other).status, 0) << other;
  }
  // The states have no module.
  EXPECT_EQ(
      Run("export --to itf " + Path("good.ndjson") + " --out " + Path("Naturals.json")).status, 0);
}

// A trace may hold larger numbers than TLC can represent.
TEST_F(ValidateTest, ANumberThatTlcCannotHoldIsRefused) {
  std::string big = GoodTrace();
  big.replace(big.find("\"commit\":0"), 10, "\"commit\":4294967296");
  const Output output = Run("export --to tla " + Write("big.ndjson", big));
  EXPECT_EQ(output.status, 2);
  EXPECT_NE(output.err.find("big.ndjson:2: state.commit is 4294967296, and TLC's integers end at "
                            "2,147,483,647; "),
            std::string::npos)
      << output.err;
}

}  // namespace
