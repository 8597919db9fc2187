// The judge checks every field of a trace that is split by server.
#include <gtest/gtest.h>

#include "tests/conformance/by_server.h"
#include "tests/conformance/mutations.h"

namespace conformance::testing {
namespace {

// One wrong field is refused as in the whole trace.  Exceptions are `seq`, which here must only
// increase, and a few fields where another order of the servers explains the change.
TEST(Merge, AWrongFieldIsRefusedServerByServer) {
  const Trace good = Record(ReadSchedule("tlc.schedule"));
  int wrong = 0;
  int missed = 0;
  for (std::size_t k = 0; k < good.events.size(); k += 7) {
    for (const Mutation& mutation : Mutator::Of(good.events[k])) {
      if (mutation.field == "seq" || mutation.field == "nid") continue;
      Trace bad = good;
      bad.events[k] = mutation.event;
      if (JudgeTrace(bad).verdict == Verdict::kAccepted) continue;
      ++wrong;
      if (JudgeMerged(ByServer(bad)).verdict == Verdict::kAccepted) {
        ++missed;
        ADD_FAILURE() << "accepted although " << mutation.field << " of event " << k + 1
                      << " was changed";
      }
    }
  }
  EXPECT_GT(wrong, 1000);
  EXPECT_EQ(missed, 0);
}

}  // namespace
}  // namespace conformance::testing
