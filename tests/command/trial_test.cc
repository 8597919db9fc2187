// An exception of the implementation counts as its own failure, and is reported with its text.
#include "conformance/trial/trial.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

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

}  // namespace
}  // namespace trial
