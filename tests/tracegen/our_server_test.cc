// If a check of the library fails during a call of a server, the caller gets an exception; any
// other failed check ends the process.
#include "tracegen/servers/our_server.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "raft/check.h"

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

}  // namespace
}  // namespace tracegen
