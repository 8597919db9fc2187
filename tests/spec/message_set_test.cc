#include "spec/message_set.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

namespace spec::testing {
namespace {

// Few different messages and colliding hashes.
Message AnyMessage() {
  Message m;
  m.from = static_cast<Server>(*rc::gen::inRange(0, 3));
  m.to = static_cast<Server>(*rc::gen::inRange(0, 3));
  m.term = *rc::gen::inRange<Term>(0, 4);
  m.index = *rc::gen::inRange<Index>(0, 4);
  m.reject = *rc::gen::arbitrary<bool>();
  return m;
}

std::uint64_t BadHash(const Message& m) { return m.term % 2 == 0 ? 7 : 7 | (m.index % 2) << 40U; }

TEST(MessageSet, HoldsWhatWasInserted) {
  EXPECT_TRUE(rc::check("against std::set, with hashes that collide", [] {
    MessageSet set;
    std::set<Message> reference;
    const int steps = *rc::gen::inRange(0, 300);
    for (int k = 0; k < steps; ++k) {
      const Message m = AnyMessage();
      RC_ASSERT((set.Find(m, BadHash(m)) != nullptr) == reference.contains(m));
      set.Insert(m, BadHash(m));
      reference.insert(m);
      RC_ASSERT(set.size() == reference.size());
    }
    std::set<Message> seen;
    set.ForEach([&](const Message& m, std::uint64_t hash) {
      RC_ASSERT(hash == BadHash(m));
      seen.insert(m);
    });
    RC_ASSERT(seen == reference);
  }));
}

// A trace shows how many entries a message carries but not which; the stored message tells them.
TEST(MessageSet, FindsByWhatCanBeSeen) {
  MessageSet set;
  Message m;
  m.entry_count = 1;
  m.entries = 5;
  set.Insert(m, 1);
  Message seen = m;
  seen.entries = kEmptyLog;
  ASSERT_NE(set.Find(seen, 1), nullptr);
  EXPECT_EQ(set.Find(seen, 1)->entries, 5U);
  seen.entry_count = 2;
  EXPECT_EQ(set.Find(seen, 1), nullptr);
}

}  // namespace
}  // namespace spec::testing
