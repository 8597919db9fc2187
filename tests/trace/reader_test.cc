#include "raft/trace/reader.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/trace/support.h"

namespace trace::testing {
namespace {

const std::string kGood = R"({"tag":"trace","event":{"name":"Ready","nid":"1"}})";

std::string WithFields(const std::string& fields) {
  return R"({"tag":"trace","event":{"name":"Ready","nid":"1",)" + fields + "}}";
}

struct Bad {
  std::string what;
  std::string line;
  std::string message;  // the exact text
};

// Each bad line is line 3, after a good line and an empty one; a good line follows.
void ExpectRefused(const std::vector<Bad>& all) {
  for (const Bad& bad : all) {
    std::string text = kGood;
    text.append("\n\n").append(bad.line).append("\n").append(kGood).append("\n");
    const auto read = ReadText(std::move(text));
    ASSERT_FALSE(read.has_value()) << bad.what;
    EXPECT_EQ(read.error().message, bad.message) << bad.what;
    EXPECT_EQ(read.error().line, 3U) << bad.what;
  }
}

TEST(Reader, WhatIsNotJsonIsRefusedWithItsByte) {
  const std::string early = "not JSON: the line ends too early";
  ExpectRefused({
      {"truncated in a number", R"({"tag":"trace","ts":1.5)", early},
      {"truncated in a string", kGood.substr(0, 30), early},
      {"truncated at the end", kGood.substr(0, kGood.size() - 1), early},
      {"truncated, with a carriage return", kGood.substr(0, kGood.size() - 1) + "\r", early},
      {"text", "panic: out of memory", "not JSON: unexpected 'p' at byte 1"},
      {"two values", kGood + kGood, "not JSON: unexpected '{' at byte 51"},
      {"a comment", kGood + " // Ready", "not JSON: unexpected '/' at byte 52"},
      {"single quotes", "{'tag':'trace'}", "not JSON: unexpected ''' at byte 2"},
      {"not a number", WithFields(R"("log":NaN)"), "not JSON: unexpected 'N' at byte 56"},
      {"leading zero", WithFields(R"("log":01)"), "not JSON: unexpected '1' at byte 57"},
      {"invalid UTF-8", WithFields("\"l\xffg\":1"), "not JSON: invalid UTF-8 at byte 52"},
      {"overlong UTF-8", "{\"msg\":\"\xc0\xaf\"}", "not JSON: invalid UTF-8 at byte 9"},
      {"binary", std::string("\x89PNG\r", 5), "not JSON: unexpected byte 0x89 at byte 1"},
      {"NUL bytes", std::string(3, '\0'), "not JSON: unexpected byte 0x00 at byte 1"},
      {"a number beyond doubles", WithFields(R"("log":1e999)"),
       "a number that no reader can hold before byte 60"},
  });
}

TEST(Reader, WrongShapesAreRefusedWithTheirPlace) {
  ExpectRefused({
      {"an array", "[1,2,{\"a\":[]}]", "expected a JSON object, found an array of 0"},
      {"a number", "17", "expected a JSON object, found 17"},
      {"null", "null", "expected a JSON object, found null"},
      {"no event", R"({"tag":"trace"})", "event: is missing"},
      {"event a string", R"({"tag":"trace","event":"Ready"})",
       "event: expected an object, found the string 'Ready'"},
      {"no header", R"({"tag":"raftcheck"})", "header: is missing"},
      {"no name", R"({"tag":"trace","event":{"nid":"1"}})", "event.name: is missing"},
      {"no node", R"({"tag":"trace","event":{"name":"Ready"}})", "event.nid: is missing"},
      {"state null", WithFields(R"("state":null)"), "event.state: expected an object, found null"},
      {"conf flat", WithFields(R"("conf":["1","2"])"),
       "event.conf[0]: expected an array, found the string '1'"},
      {"conf of one", WithFields(R"("conf":[["1"]])"),
       "event.conf: expected an array of two arrays, found an array of 1"},
      {"reject a number", WithFields(R"("msg":{"reject":0})"),
       "event.msg.reject: expected true or false, found 0"},
      {"ents an object", WithFields(R"("ents":{"term":1})"),
       "event.ents: expected an array, found an object"},
      {"a number for a name", WithFields(R"("role":0)"),
       "event.role: expected a known role (StateFollower, StateCandidate, StateLeader, "
       "StatePreCandidate), found 0"},
  });
}

TEST(Reader, WrongNumbersAreRefused) {
  const std::string number = "event.state.term: expected an unsigned 64-bit number, found ";
  const std::string id =
      "event.conf[1][2]: expected an unsigned 64-bit number as a decimal string, found ";
  const auto term = [](const std::string& value) {
    return WithFields(R"("state":{"term":)" + value + "}");
  };
  const auto voter = [](const std::string& value) {
    return WithFields(R"("conf":[[],["1","2",)" + value + "]]");
  };
  ExpectRefused({
      {"a string", term(R"("2")"), number + "the string '2'"},
      {"negative", term("-1"), number + "-1"},
      {"fractional", term("1.5"), number + "1.5"},
      {"an exponent", term("1e2"), number + "100.0"},
      {"2^64", term("18446744073709551616"), number + "1.8446744073709552e+19"},
      {"true", term("true"), number + "true"},
      {"id a number", voter("3"), id + "3"},
      {"id empty", voter(R"("")"), id + "the string ''"},
      {"id negative", voter(R"("-1")"), id + "the string '-1'"},
      {"id with a plus", voter(R"("+1")"), id + "the string '+1'"},
      {"id with a space", voter(R"(" 1")"), id + "the string ' 1'"},
      {"id with a second spelling", voter(R"("01")"), id + "the string '01'"},
      {"id in hexadecimal", voter(R"("0x1")"), id + "the string '0x1'"},
      {"id 2^64", voter(R"("18446744073709551616")"), id + "the string '18446744073709551616'"},
      {"id with a NUL", voter(R"("1\u0000")"), id + "the string '1?'"},
  });
}

TEST(Reader, UnknownNamesAreRefusedAndTheKnownOnesNamed) {
  ExpectRefused({
      {"role", WithFields(R"("role":"Leader")"),
       "event.role: expected a known role (StateFollower, StateCandidate, StateLeader, "
       "StatePreCandidate), found the string 'Leader'"},
      {"message type", WithFields(R"("msg":{"type":"MsgFake"})"),
       "event.msg.type: expected a known message type (MsgApp, MsgAppResp, MsgVote, MsgVoteResp, "
       "MsgHeartbeat, MsgHeartbeatResp, MsgSnap, MsgPreVote, MsgPreVoteResp, MsgTimeoutNow), found "
       "the string 'MsgFake'"},
      {"action", WithFields(R"("prop":{"cc":{"changes":[{"nid":"1","action":"Add"}]}})"),
       "event.prop.cc.changes[0].action: expected a known action (AddNewServer, RemoveServer, "
       "AddLearner), found the string 'Add'"},
      {"field", WithFields(R"("vote":"1")"), "event: unknown field 'vote'"},
      {"inner field", WithFields(R"("msg":{"log_term":1})"), "event.msg: unknown field 'log_term'"},
      {"field with an ugly name", WithFields(R"("a\nb":1)"), "event: unknown field 'a?b'"},
      {"header field", R"({"tag":"raftcheck","header":{"colour":1}})",
       "header: unknown field 'colour'"},
  });
  const auto read = ReadText(R"({"tag":"trace","event":{"name":"Elect","nid":"1"}})");
  ASSERT_FALSE(read.has_value());
  EXPECT_TRUE(read.error().message.starts_with("event.name: expected a known event name ("));
  EXPECT_TRUE(read.error().message.ends_with("found the string 'Elect'"));
  for (const std::string_view name : kEventNames) {
    EXPECT_NE(read.error().message.find(name), std::string::npos) << name;
  }
}

TEST(Reader, RepeatedFieldsAreRefused) {
  ExpectRefused({
      {"in the event", WithFields(R"("log":1,"log":1)"), "the field 'log' occurs twice"},
      {"in the message", WithFields(R"("msg":{"to":"1","to":"2"})"), "the field 'to' occurs twice"},
      {"the event", R"({"tag":"trace","event":{},"event":{"name":"Ready","nid":"1"}})",
       "the field 'event' occurs twice"},
      {"the tag", R"({"tag":"trace","tag":"other"})", "the field 'tag' occurs twice"},
  });
}

TEST(Reader, VersionOfTheFutureIsRefused) {
  ExpectRefused({{"version 3, with what it may bring",
                  R"({"tag":"raftcheck","header":{"version":3,"clock":7}})",
                  "header.version: expected at most 2, the newest that this reader knows, found 3"},
                 {"no number", R"({"tag":"raftcheck","header":{"version":"1"}})",
                  "header.version: expected an unsigned 64-bit number, found the string '1'"}});
}

TEST(Reader, DeepNestingIsRefusedWithoutRecursion) {
  const std::string deep(1000000, '[');
  ExpectRefused(
      {{"alone", deep, "nested more than 64 deep"},
       {"in a field of others", R"({"tag":"trace","x":)" + deep, "nested more than 64 deep"},
       {"objects",
        [] {
          std::string text;
          for (int k = 0; k < 1000; ++k) text += R"({"event":)";
          return text;
        }(),
        "nested more than 64 deep"}});
  std::string allowed =
      R"({"tag":"other","x":)" + std::string(63, '[') + std::string(63, ']') + "}";
  EXPECT_TRUE(ReadText(allowed).has_value());
}

TEST(Reader, ErrorIsOneShortLineWhateverTheInput) {
  const auto read = ReadText(WithFields("\"role\":\"" + std::string(1000000, 'x') + "\""));
  ASSERT_FALSE(read.has_value());
  EXPECT_LT(read.error().message.size(), 200U);
  EXPECT_TRUE(read.error().message.ends_with("'" + std::string(40, 'x') + "...'"));
}

TEST(Reader, LongLinesAreRefused) {
  const std::string start = R"({"x":")";
  const std::string end = R"("})";
  std::string most = start + std::string(kMaxLineBytes - start.size() - end.size(), 'x') + end;
  ASSERT_EQ(most.size(), kMaxLineBytes);
  EXPECT_TRUE(ReadText(kGood + "\n" + most + "\n").has_value());
  most.insert(start.size(), "x");
  const auto read = ReadText(kGood + "\n" + most + "\n");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error(), (Error{2, "longer than 16 MiB: expected one event a line"}));
}

TEST(Reader, ErrorIsFinal) {
  Reader reader = Reader::FromString("{\n" + kGood + "\n");
  Item item;
  const auto first = reader.Read(item);
  ASSERT_FALSE(first.has_value());
  const auto second = reader.Read(item);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error(), first.error());
}

TEST(Reader, OtherLinesAreSkippedAndCounted) {
  Reader reader = Reader::FromString(
      R"({"level":"info","msg":"elected"})"
      "\n"
      R"({"tag":"metrics","event":{"anything":[1,{"a":1,"a":2}],"anything":0},"x":1,"x":2})"
      "\n\n \t\r\n"
      R"({"tag":7})"
      "\n" +
      kGood + "\n{}\n");
  Item item;
  const auto first = reader.Read(item);
  ASSERT_TRUE(first.has_value()) << first.error().message;
  ASSERT_TRUE(first.value());
  EXPECT_EQ(item.line, 6U);
  EXPECT_EQ(reader.skipped(), 3U);
  EXPECT_FALSE(reader.Read(item).value());
  EXPECT_FALSE(reader.Read(item).value());
  EXPECT_EQ(reader.line(), 7U);
  EXPECT_EQ(reader.skipped(), 4U);
}

TEST(Reader, KeysBesideTheEventAreIgnored) {
  const auto read = ReadText(
      R"({"level":"debug","ts":1.5e9,"x":{"event":[{"tag":1}]},"tag":"trace","a":[[1],[2]],)"
      R"("event":{"name":"Crash","nid":"7"},"caller":"a.go:1","caller":"b.go:2"})");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ASSERT_EQ(read.value().size(), 1U);
  Event expected;
  expected.name = EventName::kCrash;
  expected.node = 7;
  EXPECT_TRUE(std::get<Event>(read.value()[0].value) == expected);
}

TEST(Reader, LineEndsMayBeOfAnyKind) {
  struct Ends {
    const char* before;
    const char* between;
    const char* after;
  };
  for (const Ends& ends :
       {Ends{"", "\n", ""}, Ends{"", "\r\n", "\r\n"}, Ends{"\n", "\n\n", "\n\r\n"}}) {
    std::string text = ends.before;
    text.append(kGood).append(ends.between).append(kGood).append(ends.after);
    const auto read = ReadText(text);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(read.value().size(), 2U);
  }
}

TEST(Reader, EmptyInputIsNoErrorButCountsNothing) {
  for (const std::string& text : {std::string(), std::string("\n\n")}) {
    Reader reader = Reader::FromString(text);
    Item item;
    const auto read = reader.Read(item);
    ASSERT_TRUE(read.has_value());
    EXPECT_FALSE(read.value());
    EXPECT_EQ(reader.line(), text.size());
    EXPECT_EQ(reader.skipped(), 0U);
  }
}

TEST(Reader, VoteForNobodyIsZeroAndAbsentIsAbsent) {
  const auto read = ReadText(WithFields(R"("state":{"vote":"0"})"));
  ASSERT_TRUE(read.has_value());
  const Event& event = std::get<Event>(read.value()[0].value);
  EXPECT_EQ(event.state->vote, NodeId{0});
  EXPECT_FALSE(event.state->term.has_value());
  EXPECT_FALSE(event.role.has_value());
}

TEST(Result, ValueOfAnErrorThrows) {
  const Result<int> bad = Failure(7, "no");
  EXPECT_THROW(static_cast<void>(bad.value()), tl::bad_expected_access<Error>);
  EXPECT_EQ(bad.error(), (Error{7, "no"}));
}

}  // namespace
}  // namespace trace::testing
