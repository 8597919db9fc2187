// What is written is what is read, for every field of every event.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <filesystem>
#include <string>
#include <variant>

#include "raft/trace/reader.h"
#include "raft/trace/writer.h"

namespace trace {
namespace {

// Fills any struct of event.h at random, by its field list: a new field cannot be forgotten.
class Filler {
 public:
  template <class T>
  void Fill(std::optional<T>& field) {
    if (*rc::gen::arbitrary<bool>()) Fill(field.emplace());
  }
  template <class T>
  requires requires(T& value) {
    T::Visit(value, [](const char*, auto&) {});
  }
  void Fill(T& value) {
    T::Visit(value, [this](const char*, auto& field) { this->Fill(field); });
  }
  template <class T>
  void Fill(std::vector<T>& list) {
    list.resize(*rc::gen::inRange<std::size_t>(0, 4));
    for (T& item : list) Fill(item);
  }
  void Fill(Conf& conf) { Fill(conf[0]), Fill(conf[1]); }
  void Fill(std::uint64_t& number) { number = *rc::gen::arbitrary<std::uint64_t>(); }
  void Fill(bool& truth) { truth = *rc::gen::arbitrary<bool>(); }
  void Fill(EventName& name) { Pick(name, kEventNames.size()); }
  void Fill(Role& role) { Pick(role, kRoleNames.size()); }
  void Fill(MessageType& type) { Pick(type, kMessageTypeNames.size()); }
  void Fill(SingleConfChange::Action& action) { Pick(action, kConfChangeActionNames.size()); }

 private:
  template <class Enum>
  static void Pick(Enum& value, std::size_t count) {
    value = static_cast<Enum>(*rc::gen::inRange<std::size_t>(0, count));
  }
};

TEST(Trace, EveryEventIsReadAsItWasWritten) {
  EXPECT_TRUE(rc::check([] {
    Event event;
    Filler().Fill(event);
    std::string line;
    AppendJson(event, line);
    Reader reader = Reader::FromString(line);
    const auto item = reader.Next();
    if (!item.ok()) RC_FAIL(item.error().message + " in " + line);
    RC_ASSERT(std::get<Event>(item.value()->value) == event);
    RC_ASSERT(!reader.Next().value().has_value());
  }));
}

TEST(Trace, EveryHeaderIsReadAsItWasWritten) {
  EXPECT_TRUE(rc::check([] {
    Header header;
    Filler().Fill(header);
    if (header.version) header.version = kFormatVersion;
    std::string line;
    AppendJson(header, line);
    const auto item = Reader::FromString(line).Next();
    RC_ASSERT(std::get<Header>(item.value()->value) == header);
  }));
}

TEST(Trace, NothingThatIsReadCanCrashTheReader) {
  EXPECT_TRUE(rc::check([] {
    std::string line;
    Event event;
    Filler().Fill(event);
    AppendJson(event, line);
    const auto changes = *rc::gen::inRange(1, 5);
    for (int k = 0; k < changes; ++k) {
      const auto at = *rc::gen::inRange<std::size_t>(0, line.size());
      line[at] = *rc::gen::arbitrary<char>();
    }
    Reader reader = Reader::FromString(line + "\n" + *rc::gen::arbitrary<std::string>());
    for (int k = 0; k < 10; ++k) {
      const auto item = reader.Next();
      if (!item.ok()) {
        RC_ASSERT(!item.error().message.empty());
        RC_ASSERT(item.error().message.find('\n') == std::string::npos);
        break;
      }
      if (!item.value()) break;
    }
  }));
}

TEST(Trace, OtherLogLinesAreSkippedAndCounted) {
  Reader reader = Reader::FromString(
      "{\"level\":\"info\"}\r\n\n{\"tag\":\"other\"}\n"
      "{\"tag\":\"trace\",\"ts\":1.5,\"event\":{\"name\":\"Ready\",\"nid\":\"7\"}}");
  const auto item = reader.Next();
  ASSERT_TRUE(item.ok()) << item.error().message;
  EXPECT_EQ(item.value()->line, 4U);
  EXPECT_EQ(std::get<Event>(item.value()->value).node, 7U);
  EXPECT_FALSE(reader.Next().value().has_value());
  EXPECT_EQ(reader.skipped(), 2U);
}

TEST(Trace, EventsMustHaveNameAndNode) {
  Reader reader = Reader::FromString("{\"tag\":\"trace\",\"event\":{\"name\":\"Ready\"}}\n");
  const auto item = reader.Next();
  ASSERT_FALSE(item.ok());
  EXPECT_EQ(item.error().message, "event.nid: is missing");
  EXPECT_EQ(item.error().line, 1U);
}

TEST(Trace, TheShapeIsEtcds) {
  Event event;
  event.name = EventName::kSendRequestVoteResponse;
  event.node = 2;
  event.state = {2, 0, 3};
  event.role = Role::kFollower;
  event.log = 3;
  event.conf = Conf{std::vector<NodeId>{1, 2, 3}, {}};
  std::string line;
  AppendJson(event, line);
  EXPECT_EQ(line,
            "{\"tag\":\"trace\",\"event\":{\"name\":\"SendRequestVoteResponse\",\"nid\":\"2\","
            "\"state\":{\"term\":2,\"vote\":\"0\",\"commit\":3},\"role\":\"StateFollower\","
            "\"log\":3,\"conf\":[[\"1\",\"2\",\"3\"],[]]}}\n");
}

TEST(Trace, EveryRealTraceIsReadAndWrittenBack) {
  const auto folder =
      std::filesystem::path(RAFTCHECK_SOURCE_DIR) / ".." / "shared" / "data" / "etcd";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no real traces beside this checkout";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".ndjson") continue;
    Reader reader = Reader::Open(file.path().string()).value();
    std::uint64_t events = 0;
    for (;;) {
      const auto item = reader.Next();
      ASSERT_TRUE(item.ok()) << file.path() << ":" << item.error().line << item.error().message;
      if (!item.value()) break;
      ++events;
      const Event& event = std::get<Event>(item.value()->value);
      std::string line;
      AppendJson(event, line);
      const auto again = Reader::FromString(line).Next();
      ASSERT_EQ(std::get<Event>(again.value()->value), event);
    }
    EXPECT_GT(events, 200U) << file.path();
  }
}

}  // namespace
}  // namespace trace
