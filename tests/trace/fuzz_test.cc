// For any input the reader returns values or an error, and what it accepts it has understood.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdio>
#include <string>
#include <vector>

#include "tests/trace/support.h"

namespace trace::testing {
namespace {

// The fast parser and the complete parser must read the same event from a line.  A backslash in an
// irrelevant key is enough to make the fast parser give the line to the complete one.
void ReadByBoth(const std::string& text) {
  const std::string line = text.substr(0, text.find('\n'));
  if (!line.starts_with("{\"")) return;
  const auto quick = ReadText(line);
  const auto thorough = ReadText(R"({"\\":0,)" + line.substr(1));
  RC_ASSERT(quick.has_value() == thorough.has_value());
  if (!quick.has_value()) return;
  RC_ASSERT(quick.value().size() == thorough.value().size());
  if (!quick.value().empty()) {
    RC_ASSERT(quick.value()[0].value == thorough.value()[0].value);
  }
}

void Survive(const std::string& text) {
  ReadByBoth(text);
  const auto items = ReadText(text);
  if (!items.has_value()) {
    RC_ASSERT(items.error().line >= 1U);
    RC_ASSERT(!items.error().message.empty());
    for (const char c : items.error().message) RC_ASSERT(c >= 0x20 && c < 0x7f);
    return;
  }
  std::string again;
  for (const Item& item : items.value()) {
    std::visit([&](const auto& value) { AppendJson(value, again); }, item.value);
  }
  const auto second = ReadText(again);
  if (!second.has_value()) RC_FAIL(second.error().message);
  RC_ASSERT(second.value().size() == items.value().size());
  for (std::size_t k = 0; k < items.value().size(); ++k) {
    RC_ASSERT(second.value()[k].value == items.value()[k].value);
  }
}

std::string AnyBytes() {
  const auto bytes = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 256));
  return {bytes.begin(), bytes.end()};
}

// A cut, a swap, an insertion, a piece written twice.
void Mutate(std::string& text) {
  if (text.empty()) return;
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  const auto count = *rc::gen::inRange<std::size_t>(0, 20);
  switch (*rc::gen::inRange(0, 5)) {
    case 0:
      text.erase(at, count);
      break;
    case 1:
      text[at] = static_cast<char>(*rc::gen::inRange(0, 256));
      break;
    case 2:
      text.insert(at, AnyBytes());
      break;
    case 3:
      text.insert(at, text.substr(at, count));
      break;
    default:
      text[at] = *rc::gen::elementOf(std::string("{}[]\",:0123456789.-e\\\n\r tfn"));
  }
}

TEST(Fuzz, RandomBytesNeverCrashTheReader) {
  EXPECT_TRUE(CheckMany("random bytes", 10, [] { Survive(AnyBytes()); }));
}

TEST(Fuzz, MutatedLinesNeverCrashTheReader) {
  int refused = 0;
  int accepted = 0;
  EXPECT_TRUE(CheckMany("mutations of good lines", 12, [&] {
    std::string text;
    for (int k = 0; k < 3; ++k) {
      Event event;
      Fill(event);
      AppendJson(event, text);
    }
    const int mutations = *rc::gen::inRange(1, 4);
    for (int k = 0; k < mutations; ++k) Mutate(text);
    Survive(text);
    ++(ReadText(text).has_value() ? accepted : refused);
  }));
  // If all or none were refused, the mutations would test one path only.
  EXPECT_GT(refused, 0);
  EXPECT_GT(accepted, 0);
}

// Truncates a line with every field after each byte, and replaces each byte.
TEST(Fuzz, EveryByteOfAFullLineMayBeWrong) {
  const std::string line = ToJson(FullEvent());
  for (std::size_t k = 0; k + 2 < line.size(); ++k) {
    const auto cut = ReadText(line.substr(0, k + 1));
    ASSERT_FALSE(cut.has_value()) << k;
    EXPECT_EQ(cut.error().message, "not JSON: the line ends too early") << k;
    for (const char c : std::string("{\"0\xff\0", 5)) {
      std::string wrong = line;
      wrong[k] = c;
      const auto read = ReadText(wrong);
      if (read.has_value() && !read.value().empty() && wrong != line) {
        EXPECT_FALSE(std::get<Event>(read.value()[0].value) == FullEvent()) << k << " " << wrong;
      }
    }
  }
}

// All ways to read a number agree on where it ends and on what is no number.
TEST(Fuzz, NumbersAreReadAlikeByEveryWay) {
  const std::string before =
      R"({"tag":"trace","event":{"name":"Commit","nid":"1","state":{"commit":)";
  for (const std::string number :
       {"0", "7", "9999999999999999999", "18446744073709551615", "18446744073709551616",
        "99999999999999999999", "100000000000000000000", "07", "00", "-1", "1.0", "1e3", "",
        "\"1\""}) {
    const std::string line = before + number + "}}}";
    EXPECT_TRUE(rc::check([&] { ReadByBoth(line); })) << number;
    const bool good = number.find_first_not_of("0123456789") == std::string::npos &&
                      !number.empty() && (number.size() == 1 || number[0] != '0') &&
                      (number.size() < 20 || number == "18446744073709551615");
    EXPECT_EQ(ReadText(line).has_value(), good) << number;
  }
}

}  // namespace
}  // namespace trace::testing
