// An exception of the implementation counts as its own failure, and is reported with its text.
#include "conformance/trial/trial.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>

#include "tracegen/servers/our_server.h"

namespace trial {
namespace {

tracegen::Implementation Throwing(const char* what) {
  return {"thrower",
          {},
          {},
          [what](const tracegen::ServerConfig&) -> std::unique_ptr<tracegen::Server> {
            throw std::runtime_error(what);
          }};
}

TEST(Trial, AnExceptionIsTheImplementationsFailure) {
  const tracegen::Implementation thrower = Throwing("commit 7 is false");
  const Result judged = trial::Run(tracegen::Schedule(), thrower);
  EXPECT_EQ(judged.failure, "ImplementationCheck");
  EXPECT_EQ(judged.root, "ImplementationCheck: commit 7");
  ASSERT_TRUE(judged.report.violation);
  EXPECT_EQ(judged.report.violation->what, "commit 7 is false");
}

tracegen::Schedule Rounds(int actions) {
  tracegen::Schedule schedule;
  for (int k = 0; k < actions; ++k) schedule.actions.push_back({tracegen::Kind::kRun, {10}});
  return schedule;
}

TEST(Trial, CanBeStoppedBetweenActionsAndAmidOne) {
  const tracegen::Implementation ours = tracegen::OurImplementation();
  const Result whole = trial::Run(Rounds(20), ours);
  ASSERT_EQ(whole.report.verdict, conformance::Verdict::kAccepted);
  for (const std::size_t last : {0U, 7U}) {
    Options options;
    options.stop = [last](std::size_t actions) { return actions >= last; };
    const Result stopped = trial::Run(Rounds(20), ours, options);
    EXPECT_EQ(stopped.report.verdict, conformance::Verdict::kStopped);
    EXPECT_EQ(stopped.failure, "") << "what was not played to its end is no failure";
    EXPECT_LT(stopped.report.events, whole.report.events);
    EXPECT_EQ(stopped.report.events > 10, last > 0) << "servers start even before it";
  }
  // One action of many events.
  Options options;
  std::uint64_t asked = 0;
  options.stop = [&asked](std::size_t) { return ++asked > 40; };
  tracegen::Schedule one;
  one.actions.push_back({tracegen::Kind::kRun, {10000}});
  const Result stopped = trial::Run(one, ours, options);
  EXPECT_EQ(stopped.report.verdict, conformance::Verdict::kStopped);
  EXPECT_LE(stopped.report.events, 40U);
  options.stop = [](std::size_t) { return false; };
  EXPECT_EQ(trial::Run(Rounds(20), ours, options).report.events, whole.report.events);
}

}  // namespace
}  // namespace trial
