// Inputs that wait: a file that grows, and is cut, replaced or removed; a FIFO without a writer.
// The watch itself is the condition at which something happens, so no test depends on a time.
#include "raft/trace/watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <utility>

#include "raft/trace/text_file.h"
#include "tests/trace/support.h"

namespace trace::testing {
namespace {

class Watched : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "/raftcheck-watch-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    path_ = (folder_ / "trace.ndjson").string();
    AppendJson(FullEvent(), line_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Append(const std::string& text) const {
    std::ofstream(path_, std::ios::binary | std::ios::app) << text;
  }

  struct Outcome {
    std::size_t events = 0;
    std::size_t left_out = 0;
    std::string error;
  };
  // Follows the file.  When all of `bytes` are read, `then` happens; when all of `until` are read,
  // and again asked for more, the watch ends it.
  Outcome Follow(std::size_t bytes, const std::function<void()>& then, std::size_t until) const {
    bool happened = false;
    int waits = 0;
    Outcome outcome;
    auto reader = Reader::Follow(path_, [&](std::uint64_t read, std::uint64_t /*size*/) {
      if (read >= bytes && !std::exchange(happened, true)) then();
      return read < until || ++waits < 3;
    });
    if (!reader) return {0, 0, reader.error().message};
    for (Item item;;) {
      const auto more = reader->Read(item);
      if (!more) outcome.error = more.error().message;
      if (!more || !*more) break;
      ++outcome.events;
    }
    outcome.left_out = reader->left_out();
    return outcome;
  }
  static constexpr std::size_t kNever = ~std::size_t{0};

  std::filesystem::path folder_;
  std::string path_;
  std::string line_;
};

TEST_F(Watched, AGrowingFileIsReadOn) {
  Append(line_ + line_.substr(0, 10));
  const Outcome outcome = Follow(
      line_.size() + 10, [&] { Append(line_.substr(10) + line_); }, 3 * line_.size());
  EXPECT_EQ(outcome.events, 3U);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.left_out, 0U);
}

TEST_F(Watched, AHalfWrittenLastLineIsLeftOutAndCounted) {
  Append(line_ + line_ + line_.substr(0, 37));
  const Outcome outcome = Follow(
      kNever, [] {}, 2 * line_.size() + 37);
  EXPECT_EQ(outcome.events, 2U);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.left_out, 37U);
}

// Whoever is interrupted amid a backlog hears how much there was.
TEST_F(Watched, WhatWasNotReadOfAFileIsCounted) {
  std::string text;
  while (text.size() < 300000) text += line_;
  Append(text);
  auto reader = Reader::Follow(path_, [](std::uint64_t read, auto) { return read < 100000; });
  ASSERT_TRUE(reader.has_value());
  std::size_t events = 0;
  for (Item item; reader->Read(item).value(); ++events) {
  }
  EXPECT_GT(events, 0U);
  EXPECT_EQ(reader->left_out(), 0U);
  EXPECT_GT(reader->unread(), text.size() / 3);
  EXPECT_LE(events * line_.size() + reader->unread(), text.size());
}

TEST_F(Watched, WithoutFollowingItIsAnError) {
  Append(line_ + line_.substr(0, 37));
  EXPECT_EQ(ReadAll(Reader::Open(path_, [](auto, auto) { return true; }).value()).error(),
            (Error{2, "not JSON: the line ends too early"}));
}

TEST_F(Watched, AFileThatIsCutSaysSo) {
  Append(line_ + line_);
  const Outcome outcome = Follow(
      2 * line_.size(), [&] { std::filesystem::resize_file(path_, 5); }, kNever);
  EXPECT_EQ(outcome.events, 2U);
  EXPECT_EQ(outcome.error.rfind("the file was cut: of " + std::to_string(2 * line_.size()) +
                                    " bytes that were read 5 are left",
                                0),
            0U)
      << outcome.error;
}

TEST_F(Watched, AFileThatIsRemovedSaysSo) {
  Append(line_);
  const Outcome outcome = Follow(
      line_.size(), [&] { std::filesystem::remove(path_); }, kNever);
  EXPECT_EQ(outcome.events, 1U);
  EXPECT_EQ(outcome.error.rfind("the file was removed or renamed", 0), 0U) << outcome.error;
}

// Log rotation: who writes has the old file open for a while yet.
TEST_F(Watched, AFileThatIsReplacedIsReadToItsEndFirst) {
  Append(line_);
  const Outcome outcome = Follow(
      line_.size(),
      [&] {
        std::ofstream old(path_, std::ios::binary | std::ios::app);
        std::filesystem::rename(path_, folder_ / "trace.ndjson.1");
        Append("{}\n");
        old << line_;
      },
      kNever);
  EXPECT_EQ(outcome.events, 2U);
  EXPECT_EQ(outcome.error.rfind("the file was replaced by another one of its name", 0), 0U)
      << outcome.error;
}

TEST_F(Watched, AFifoWithoutAWriterWaitsAndCanBeEnded) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  int asked = 0;
  auto reader = Reader::Open(path_, [&](auto, auto) { return ++asked < 4; });
  ASSERT_TRUE(reader.has_value());
  Item item;
  EXPECT_EQ(reader->Read(item), Result<bool>(false));
  EXPECT_GE(asked, 4);
}

TEST_F(Watched, AFifoWithAWriterIsReadToItsEnd) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  int asked = 0;
  int writer = -1;
  auto reader = Reader::Open(path_, [&](auto, auto) {
    if (++asked == 3) {  // we wait for a writer already
      writer = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
      EXPECT_EQ(write(writer, line_.data(), line_.size()), static_cast<ssize_t>(line_.size()));
    }
    if (asked == 6) close(writer);
    return true;
  });
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ(ReadAll(std::move(*reader)).value().size(), 1U);
}

TEST_F(Watched, SizesAreTold) {
  Append(line_ + line_);
  std::uint64_t read = 0;
  std::uint64_t size = 0;
  auto reader = Reader::Open(path_, [&](std::uint64_t now, std::uint64_t whole) {
    read = now;
    size = whole;
    return true;
  });
  ASSERT_TRUE(reader.has_value());
  ASSERT_EQ(ReadAll(std::move(*reader)).value().size(), 2U);
  EXPECT_EQ(read, 2 * line_.size());
  EXPECT_EQ(size, 2 * line_.size());
}

TEST_F(Watched, ATextIsReadAsAWholeUpToItsBound) {
  Append("0123456789");
  EXPECT_EQ(ReadTextFile(path_, nullptr, 10).value(), "0123456789");
  EXPECT_EQ(ReadTextFile(path_, nullptr, 9).error().message,
            "has more than 0 MiB: expected a schedule or a configuration");
  EXPECT_EQ(ReadTextFile("/dev/zero", nullptr, 1 << 20).error().message,
            "has more than 1 MiB: expected a schedule or a configuration");
  EXPECT_EQ(ReadTextFile(folder_.string(), nullptr, 10).error().message,
            "cannot be read: Is a directory");
  EXPECT_EQ(ReadTextFile(path_ + ".none", nullptr, 10).error().message,
            "cannot be opened: No such file or directory");
}

}  // namespace
}  // namespace trace::testing
