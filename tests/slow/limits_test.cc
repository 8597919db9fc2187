// A machine that gives too little, and inputs without an end: one line, a status, and no abort.
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "tests/command/run_command.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define RAFTCHECK_ADDRESS_SANITIZER
#endif
#endif

namespace {

constexpr int kNotStarted = 99;  // the command could not be started under this limit

class Limits : public CommandFixture {
 protected:
  void SetUp() override {
#if defined(RAFTCHECK_ADDRESS_SANITIZER) || defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "AddressSanitizer needs more memory than these limits, and a thread";
#endif
    ASSERT_EQ(Run("replay " + Write("s", kSchedule) + " --trace " + Path("t")).status, 0);
    std::filesystem::permissions(folder_, std::filesystem::perms::all);
  }

  // Runs the command in a process that `limit` has limited.
  Output RunLimited(const std::vector<std::string>& arguments, const std::function<bool()>& limit) {
    std::vector<std::string> words = {RAFTCHECK_BINARY};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const std::string out = Path("stdout");
    const std::string err = Path("stderr");
    const pid_t child = fork();
    if (child == 0) {
      if (std::freopen(out.c_str(), "wb", stdout) == nullptr) _exit(kNotStarted);
      if (std::freopen(err.c_str(), "wb", stderr) == nullptr) _exit(kNotStarted);
      if (!limit()) _exit(kNotStarted);
      execv(argv[0], argv.data());
      _exit(kNotStarted);
    }
    int status = 0;
    waitpid(child, &status, 0);
    const auto read = [](const std::string& path) {
      std::ifstream file(path, std::ios::binary);
      return std::string(std::istreambuf_iterator<char>(file), {});
    };
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, read(out), read(err)};
  }
  Output RunWith(int resource, rlim_t most, const std::vector<std::string>& arguments) {
    return RunLimited(arguments, [=] {
      const rlimit limit{most, most};
      return setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0;
    });
  }
  static std::string Tla(const std::string& name) {
    return std::string(RAFTCHECK_SOURCE_DIR) + "/tla/" + name + ".cfg";
  }
  // Each command, with something to do.
  std::vector<std::vector<std::string>> Commands() const {
    return {{"check", "--schedules", "10", "--out", Path("found")},
            {"validate", Path("t")},
            {"model", "--config", Tla("MCRaftSmoke")},
            {"model", "--config", Tla("MCRaftSmoke"), "--simulate", "--walks", "5"},
            {"replay", Path("s")},
            {"export", "--to", "itf", Path("t")},
            {"explain", Path("t"), "--line", "9"}};
  }
  static void ExpectOneLine(const Output& output, const std::string& part) {
    EXPECT_EQ(std::count(output.err.begin(), output.err.end(), '\n'), 1) << output.err;
    EXPECT_NE(output.err.find(part), std::string::npos) << output.err;
  }

  static constexpr const char* kSchedule =
      "raftcheck-schedule 1\nservers 3\nseed 1\ncampaign 1\nrun 3\npropose 1 1\nrun 3\n";
};

TEST_F(Limits, StackThatIsTooSmallIsRefusedByEachCommand) {
  for (const auto& arguments : Commands()) {
    const Output output = RunWith(RLIMIT_STACK, 256 << 10, arguments);
    EXPECT_EQ(output.status, 3) << arguments[0];
    ExpectOneLine(output, "the stack may have only 256 KiB (ulimit -s): expected at least 512");
  }
}

TEST_F(Limits, StackThatMayGrowGrows) {
  for (const auto& arguments : Commands()) {
    const Output output = RunLimited(arguments, [] {
      const rlimit limit{128 << 10, 8 << 20};
      return setrlimit(RLIMIT_STACK, &limit) == 0;
    });
    EXPECT_EQ(output.status, 0) << arguments[0] << output.err;
  }
  for (const auto& arguments : Commands()) {
    EXPECT_EQ(RunWith(RLIMIT_STACK, 512 << 10, arguments).status, 0) << arguments[0];
  }
}

TEST_F(Limits, ThreadsThatCannotStartAreDoneWithout) {
  const auto no_threads = [] {
    const rlimit limit{1, 1};
    if (setrlimit(RLIMIT_NPROC, &limit) != 0) return false;
    if (geteuid() != 0) return true;
    constexpr unsigned kNobody = 65534;  // for root the limit does not hold
    return setgroups(0, nullptr) == 0 && setgid(kNobody) == 0 && setuid(kNobody) == 0;
  };
  if (RunLimited({"--version"}, no_threads).status == kNotStarted) {
    GTEST_SKIP() << "this user may not limit its threads, or the command is not for everybody";
  }
  const auto find = [&](std::vector<std::string> arguments, const char* option) {
    arguments.insert(arguments.end(), {option, "4"});
    const Output output = RunLimited(arguments, no_threads);
    EXPECT_EQ(output.status, 0) << arguments[0] << output.err;
    ExpectOneLine(output, "only 1 of 4 threads could be started");
    Output usual = RunLimited(arguments, [] { return true; });
    EXPECT_EQ(usual.err, "") << arguments[0];
    return std::pair(output.out.substr(0, 40), usual.out.substr(0, 40));
  };
  const std::string t = Path("t");
  for (const auto& [limited, usual] :
       {find({"check", "--schedules", "20", "--out", Path("found")}, "--jobs"),
        find({"validate", t, t, t, t}, "--jobs"),
        find({"model", "--config", Tla("MCRaftSmoke")}, "--workers"),
        find({"model", "--config", Tla("MCRaftSmoke"), "--simulate", "--walks", "9"},
             "--workers")}) {
    EXPECT_EQ(limited, usual);
  }
}

// A line of 15 MiB, a schedule of 40,000 proposals and a search without a limit of its own do not
// fit into 24 MiB.
TEST_F(Limits, MemoryThatIsNotThereIsSaid) {
  constexpr rlim_t kMost = 24 << 20;
  const std::string wide =
      Write("wide", R"({"tag":"other","x":")" + std::string(15 << 20, 'a') + "\"}\n");
  std::string many = kSchedule;
  for (int k = 0; k < 40000; ++k) many += "propose 1 0\n";
  const std::string schedule = Write("many", many + "run 10\n");
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"validate", wide},
           {"validate", wide, wide, "--jobs", "2"},
           {"validate", "--merge", wide, wide},
           {"validate", "--group-by", "g", wide},
           {"explain", wide, "--line", "2"},
           {"export", "--to", "itf", wide},
           {"replay", schedule},
           {"model", "--config", Tla("MCRaft"), "--memory", "100", "--workers", "1"}}) {
    const Output output = RunWith(RLIMIT_AS, kMost, arguments);
    EXPECT_EQ(output.status, 3) << arguments[0] << output.err;
    EXPECT_NE(output.err.find("not enough memory for "), std::string::npos) << output.err;
    EXPECT_NE(output.err.find("--memory GIB"), std::string::npos) << output.err;
  }
  // A campaign keeps what it did; how much that is depends on the machine.
  const Output output = RunWith(RLIMIT_AS, 21 << 20,
                                {"check", "--schedules", "100000", "--steps", "100000", "--jobs",
                                 "2", "--out", Path("found")});
  EXPECT_EQ(output.status, 3) << output.err;
  EXPECT_NE(output.err.find("not enough memory for "), std::string::npos) << output.err;
  // Where no exception may pass there is no memory for more than the line on standard error.
  if (!output.out.empty()) {
    EXPECT_EQ(output.out.rfind("STOPPED by a lack of memory", 0), 0U) << output.out;
  }
}

// The default of --memory is a part of what the process may have.
TEST_F(Limits, SearchEndsBeforeTheLimitOfTheProcess) {
  const Output output =
      RunWith(RLIMIT_AS, 40 << 20,
              {"model", "--config", Tla("MCRaft"), "--workers", "1", "--states", "200000"});
  EXPECT_EQ(output.err.find("not enough memory for "), std::string::npos) << output.err;
}

TEST_F(Limits, InputWithoutAnEndIsRefused) {
  for (const std::string& arguments :
       {std::string("replay /dev/zero"), std::string("model --config /dev/zero")}) {
    const Output output = Run(arguments);
    EXPECT_EQ(output.status, 2) << arguments;
    ExpectOneLine(output, "/dev/zero: has more than 16 MiB: expected a schedule or a ");
  }
  for (const std::string& arguments :
       {std::string("validate /dev/zero"), std::string("explain /dev/zero --line 3"),
        std::string("export --to tla /dev/zero"), std::string("export --to itf /dev/zero")}) {
    const Output output = Run(arguments);
    EXPECT_EQ(output.status, 2) << arguments;
    EXPECT_NE((output.out + output.err).find("longer than 16 MiB: expected one event a line"),
              std::string::npos)
        << output.err;
  }
}

// The largest that is taken, and one byte more.
TEST_F(Limits, SchedulesAndConfigurationsHaveALargestSize) {
  const std::string schedule = kSchedule;
  const std::string full = schedule + std::string((16 << 20) - schedule.size(), '\n');
  EXPECT_EQ(Run("replay " + Write("full", full)).status, 0);
  const Output over = Run("replay " + Write("over", full + "\n"));
  EXPECT_EQ(over.status, 2);
  ExpectOneLine(over, "over: has more than 16 MiB: expected a schedule or a configuration");
  EXPECT_EQ(Run("model --config " + Path("over")).err, over.err);
}

TEST_F(Limits, SchedulesAreReadFromPipesToo) {
  EXPECT_EQ(Run("replay /dev/stdin < " + Path("s")).status, 0);
  EXPECT_EQ(Run("replay /dev/stdin --json 2>&1 < /dev/null").status, 2);
}

TEST_F(Limits, WhyAFileCannotBeReadIsSaid) {
  for (const std::string command : {"replay ", "model --config "}) {
    ExpectOneLine(Run(command + Path("none")), "none: cannot be opened: No such file or directory");
    ExpectOneLine(Run(command + folder_.string()), "cannot be read: Is a directory");
  }
}

// Thirty million empty lines in thirty kilobytes.
TEST_F(Limits, EmptyLinesAreNotReadForever) {
  const std::string path = Path("empty.gz");
  gzFile file = gzopen(path.c_str(), "wb9");
  const std::string lines(10'000'000, '\n');
  for (int k = 0; k < 3; ++k) ASSERT_GT(gzwrite(file, lines.data(), 10'000'000), 0);
  gzclose(file);
  const Output output = Run("validate " + path);
  EXPECT_EQ(output.status, 2);
  EXPECT_NE(output.out.find("1000000 empty lines one after the other"), std::string::npos)
      << output.out;
}

// Each command tells damage from a refusal.
TEST_F(Limits, DamagedTraceIsNoRefusalForAnyCommand) {
  std::ifstream file(Path("t"));
  std::string wrong((std::istreambuf_iterator<char>(file)), {});
  const std::size_t at = wrong.find(R"("vote":"1")");
  ASSERT_NE(at, std::string::npos);
  wrong.replace(at, 10, R"("vote":"3")");
  const std::string path = Path("wrong.gz");
  gzFile zipped = gzopen(path.c_str(), "wb9");
  ASSERT_GT(gzwrite(zipped, wrong.data(), static_cast<unsigned>(wrong.size())), 0);
  gzclose(zipped);
  const std::vector<std::string> commands = {"validate ", "validate --merge ",
                                             "export --to itf --out " + Path("x") + " ",
                                             "explain --line 9999 "};
  for (const std::string& command : commands) EXPECT_EQ(Run(command + path).status, 1) << command;
  std::fstream bytes(path, std::ios::binary | std::ios::in | std::ios::out);
  bytes.seekp(-6, std::ios::end);
  bytes.put('!');
  bytes.close();
  for (const std::string& command : commands) {
    const Output output = Run(command + path);
    EXPECT_EQ(output.status, 2) << command;
    EXPECT_NE((output.out + output.err).find("the gzip data is damaged: incorrect data check"),
              std::string::npos)
        << command << output.out << output.err;
  }
}

}  // namespace
