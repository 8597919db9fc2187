// If a check of the library fails during a call of a server, the caller gets an exception; any
// other failed check ends the process.
#include "tracegen/servers/our_server.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

#include "raft/check.h"
#include "tracegen/cluster/run.h"

namespace tracegen {
namespace {

class Surroundings : public Environment {
 public:
  void Send(ServerId /*to*/, PacketPtr /*packet*/) override {}
  std::uint64_t Apply(std::uint64_t /*index*/, std::string_view /*command*/) override { return 0; }
  std::string TakeSnapshot() override { return {}; }
  void Restore(std::string_view /*snapshot*/) override {}
  void AnswerRead(std::uint64_t /*read*/, std::uint64_t /*index*/) override {}
};

// Fails a check as soon as an event is written to the trace.
class Breaker : public trace::Sink {
 public:
  void Emit(const trace::Event& /*event*/) override { RAFT_CHECK(1U, ==, 2U); }
};

TEST(OurServer, ThrowsAFailedCheckOutOfTheCall) {
  Surroundings surroundings;
  Breaker breaker;
  ServerConfig config;
  config.id = 1;
  config.environment = &surroundings;
  config.sink = &breaker;
  const std::unique_ptr<Server> server = OurImplementation().make(config);
  std::string what;
  try {
    server->Start();
  } catch (const BrokenCheck& broken) {
    what = broken.what();
  }
  EXPECT_EQ(what, "1U == 2U is false: 1, 2");
  EXPECT_DEATH(RAFT_CHECK(1U, ==, 2U), "RAFT_CHECK");
}

class Nowhere : public trace::Sink {
 public:
  void Emit(const trace::Event& /*event*/) override {}
};

// Each of these once showed a fault of the write-ahead log or of its simulated disk, which its
// first lines name.  The disk itself demands that nothing is lost.
TEST(OurServer, LosesNothingInTheSchedulesThatOnceShowedAFault) {
  int schedules = 0;
  for (const auto& file : std::filesystem::directory_iterator(
           std::filesystem::path(RAFTCHECK_SOURCE_DIR) / "tests/data")) {
    const std::string name = file.path().filename().string();
    if (name.substr(0, 4) != "wal_") continue;
    ++schedules;
    std::ifstream in(file.path());
    std::ostringstream text;
    text << in.rdbuf();
    const trace::Result<Schedule> schedule = ParseSchedule(text.str());
    ASSERT_TRUE(schedule.has_value()) << name;
    Nowhere nowhere;
    EXPECT_NO_THROW(tracegen::Run(*schedule, nowhere, OurImplementation())) << name;
  }
  EXPECT_GE(schedules, 5);
}

}  // namespace
}  // namespace tracegen
