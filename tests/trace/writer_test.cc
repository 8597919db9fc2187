#include "raft/trace/writer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <sstream>

#include "tests/trace/support.h"

namespace trace::testing {
namespace {

TEST(Writer, LineHasTheShapeOfEtcds) {
  Event e;
  e.name = EventName::kSendRequestVoteResponse;
  e.node = 3;
  e.state = {2, 0, 3};
  e.role = Role::kFollower;
  e.log = 3;
  e.conf = Conf{{{1, 2, 3}, {}}};
  e.msg.emplace();
  e.msg->type = MessageType::kMsgVoteResp;
  e.msg->term = 2;
  e.msg->from = 3;
  e.msg->to = 1;
  e.msg->entries = e.msg->log_term = e.msg->index = e.msg->commit = e.msg->reject_hint = 0;
  e.msg->vote = 0;
  e.msg->reject = true;
  EXPECT_EQ(ToJson(e),
            R"({"tag":"trace","event":{"name":"SendRequestVoteResponse","nid":"3",)"
            R"("state":{"term":2,"vote":"0","commit":3},"role":"StateFollower","log":3,)"
            R"("conf":[["1","2","3"],[]],"msg":{"type":"MsgVoteResp","term":2,"from":"3","to":"1",)"
            R"("entries":0,"logTerm":0,"index":0,"commit":0,"vote":"0","reject":true,)"
            R"("rejectHint":0}}})"
            "\n");
}

TEST(Writer, EmptyChangeIsAnEmptyObject) {
  Event e;
  e.name = EventName::kApplyConfChange;
  e.node = 1;
  e.prop.emplace().cc.emplace();
  EXPECT_EQ(ToJson(e),
            R"({"tag":"trace","event":{"name":"ApplyConfChange","nid":"1","prop":{"cc":{}}}})"
            "\n");
}

TEST(Writer, DigestsAreStringsAndCountsAreNumbers) {
  Event e;
  e.name = EventName::kApply;
  e.node = ~NodeId{0};
  e.entry = {1, ~std::uint64_t{0}};
  e.index = ~std::uint64_t{0};
  EXPECT_EQ(ToJson(e),
            R"({"tag":"trace","event":{"name":"Apply","nid":"18446744073709551615",)"
            R"("entry":{"term":1,"digest":"18446744073709551615"},"index":18446744073709551615}})"
            "\n");
}

TEST(Writer, SinkWritesWhatAppendJsonAppends) {
  Header header;
  header.version = kFormatVersion;
  header.servers = {{1, 2, 3}};
  const Event event = FullEvent();
  std::stringstream stream;
  std::string expected = ToJson(header);
  {
    Writer writer(stream);
    writer.Write(header);
    // More than one block of the writer's buffer.
    for (int k = 0; k < 200; ++k) {
      writer.Emit(event);
      expected += ToJson(event);
    }
  }
  EXPECT_GT(expected.size(), 100000U);
  EXPECT_EQ(stream.str(), expected);
}

TEST(Writer, UnknownEnumeratorAborts) {
  Event e;
  e.role = static_cast<Role>(kRoleNames.size());
  EXPECT_DEATH(ToJson(e), "enumerator 4 of 4");
}

TEST(RoundTrip, EventWithEveryField) {
  const Event event = FullEvent();
  const auto items = ReadText(ToJson(event));
  ASSERT_TRUE(items.has_value()) << items.error().message;
  ASSERT_EQ(items.value().size(), 1U);
  EXPECT_TRUE(std::get<Event>(items.value()[0].value) == event);
}

TEST(RoundTrip, AnyHeaderAndEvents) {
  EXPECT_TRUE(CheckMany("what is written is read", 10, [] {
    Header header;
    Fill(header);
    header.version = *rc::gen::inRange<std::uint64_t>(0, kFormatVersion + 1);
    std::vector<Event> events(*rc::gen::inRange<std::size_t>(0, 4));
    std::string text = ToJson(header);
    for (Event& event : events) {
      Fill(event);
      text += ToJson(event);
    }
    const auto items = ReadText(text);
    if (!items.has_value()) RC_FAIL(items.error().message);
    RC_ASSERT(items.value().size() == events.size() + 1);
    RC_ASSERT(std::get<Header>(items.value()[0].value) == header);
    for (std::size_t k = 0; k < events.size(); ++k) {
      RC_ASSERT(items.value()[k + 1].line == k + 2);
      RC_ASSERT(std::get<Event>(items.value()[k + 1].value) == events[k]);
    }
  }));
}

// Tests the generator: if it never produced some field, the property above would not test that
// field.
TEST(RoundTrip, GeneratorMakesEveryField) {
  std::string seen;
  EXPECT_TRUE(CheckMany("the fields", 10, [&seen] {
    Event event;
    Fill(event);
    seen += ToJson(event);
  }));
  const std::string all = ToJson(FullEvent());
  for (std::size_t at = all.find('"'); at != std::string::npos; at = all.find('"', at + 1)) {
    const std::size_t end = all.find('"', at + 1);
    const std::string key = all.substr(at, end + 2 - at);
    if (key.back() == ':') {
      EXPECT_NE(seen.find(key), std::string::npos) << key;
    }
    at = end;
  }
  for (const std::string_view name : kEventNames) {
    EXPECT_NE(seen.find("\"" + std::string(name) + "\""), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace trace::testing
