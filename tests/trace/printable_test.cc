#include "raft/trace/printable.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace trace::testing {
namespace {

TEST(Printable, WhatATerminalObeysIsAnEscape) {
  EXPECT_EQ(Printable("a\x1b[31mb\x07\r\n\t\x7f"), "a\\x1b[31mb\\x07\\r\\n\\t\\x7f");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "31m"),
            "\\u009b31m");
  EXPECT_EQ(Printable("\xe2\x80\xae"), "\\u202e");
  EXPECT_EQ(Printable(std::string("\0", 1)), "\\x00");
}

TEST(Printable, BytesThatAreNoUtf8AreEscapes) {
  EXPECT_EQ(Printable("\xff"), "\\xff");
  EXPECT_EQ(Printable("\x9b"
                      "31m"),
            "\\x9b31m");
  EXPECT_EQ(Printable("\xc3"), "\\xc3");
  EXPECT_EQ(Printable("\xc0\x9b"), "\\xc0\\x9b");           // too long for its character
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // half of a pair
  EXPECT_EQ(Printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

TEST(Printable, AllElseStays) {
  for (const char* text : {"", "votesGranted[i] \\in Quorum", "\xc3\xa9t\xc3\xa9.ndjson",
                           "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x9a\xa2"}) {
    EXPECT_EQ(Printable(text), text);
  }
}

TEST(Printable, TwiceIsAsOnceAndNothingIsLeftToObey) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const std::string once = Printable(text);
    RC_ASSERT(Printable(once) == once);
    for (const char c : once) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }));
}

}  // namespace
}  // namespace trace::testing
