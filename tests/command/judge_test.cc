// What an implementation throws is its own failure, and is told in its words.
#include "conformance/command/judge.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

namespace command {
namespace {

tracegen::Implementation Throwing(const char* what) {
  return {"thrower",
          {},
          {},
          [what](const tracegen::ServerConfig&) -> std::unique_ptr<tracegen::Server> {
            throw std::runtime_error(what);
          }};
}

TEST(Judge, AnExceptionIsTheImplementationsFailure) {
  const tracegen::Implementation thrower = Throwing("commit 7 is false");
  JudgeOptions options;
  options.implementation = &thrower;
  const Judged judged = Judge(tracegen::Schedule(), options);
  EXPECT_EQ(judged.failure, "ImplementationCheck");
  EXPECT_EQ(judged.root, "ImplementationCheck: commit 7");
  ASSERT_TRUE(judged.report.violation);
  EXPECT_EQ(judged.report.violation->what, "commit 7 is false");
}

}  // namespace
}  // namespace command
