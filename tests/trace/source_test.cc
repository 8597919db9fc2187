// Trace files, compressed or not, and all the ways in which reading them can fail.
#include "raft/trace/source.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zstd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/trace/compress.h"
#include "tests/trace/support.h"

namespace trace::testing {
namespace {

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "/raftcheck-trace-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Save(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return (folder_ / name).string();
  }

  std::filesystem::path folder_;
};

// Enough for many blocks, and so regular that a small compressed input produces much output.
std::string ManyLines(int count) {
  std::string text;
  for (int k = 0; k < count; ++k) AppendJson(FullEvent(), text);
  return text;
}

// Without a checksum, so that nothing follows the last block.
std::string Zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3);
  EXPECT_EQ(ZSTD_isError(size), 0U);
  out.resize(size);
  return out;
}

std::string MessageOf(const std::string& path) {
  auto reader = Reader::Open(path);
  if (!reader.has_value()) return reader.error().message;
  const auto items = ReadAll(std::move(reader).value());
  return items.has_value() ? "fine" : items.error().message;
}

TEST_F(Files, CompressedFilesHoldTheSameEvents) {
  const std::string text = ManyLines(1000);
  const std::string half = text.substr(0, text.find('\n', text.size() / 2) + 1);
  const std::string rest = text.substr(half.size());
  // The file names do not reveal the format; the first bytes do.
  for (const std::string& bytes :
       {text, Gzip(text), Zstd(text), Gzip(half) + Gzip(rest), Zstd(half) + Zstd(rest)}) {
    const auto items = ReadAll(Reader::Open(Save("trace", bytes)).value());
    ASSERT_TRUE(items.has_value()) << items.error().message;
    ASSERT_EQ(items.value().size(), 1000U);
    EXPECT_EQ(items.value().back().line, 1000U);
    EXPECT_TRUE(std::get<Event>(items.value().back().value) == FullEvent());
  }
}

TEST_F(Files, ZstdOutputOfEverySizeIsReadToItsEnd) {
  // Sizes around the library's blocks of 128 KiB and ours of 64 KiB.
  const std::size_t kBlock = std::size_t{1} << 16U;
  for (std::size_t size = kBlock - 2; size <= 8 * kBlock + 2; size += kBlock / 2 + 1) {
    const auto items = ReadAll(Reader::Open(Save("blank", Zstd(std::string(size, ' ')))).value());
    EXPECT_TRUE(items.has_value()) << size << ": " << items.error().message;
  }
}

TEST_F(Files, TruncatedCompressedFilesAreRefused) {
  const std::string text = ManyLines(100);
  for (const std::string& bytes : {Gzip(text), Zstd(text)}) {
    for (const std::size_t size : {bytes.size() - 1, bytes.size() / 2, std::size_t{5}}) {
      const std::string message = MessageOf(Save("cut", bytes.substr(0, size)));
      EXPECT_TRUE(message.ends_with(" data is cut off: it ends too early"))
          << size << ": " << message;
    }
  }
}

TEST_F(Files, DamagedCompressedFilesAreRefused) {
  std::string gzip = Gzip(ManyLines(100));
  gzip[gzip.size() - 6] ^= 1;  // a bit of the checksum
  EXPECT_EQ(MessageOf(Save("bad.gz", gzip)), "the gzip data is damaged: incorrect data check");
  std::string zstd = Zstd(ManyLines(100));
  zstd[5] = '\x7f';
  const std::string message = MessageOf(Save("bad.zst", zstd));
  EXPECT_TRUE(message.starts_with("the zstd data is damaged: ")) << message;
}

// Stored, not compressed: without the checksum, each flipped byte would be read as different
// content.
TEST_F(Files, NoFlippedByteOfAGzipFileIsOverlooked) {
  const std::string text = ManyLines(1);
  const std::string good = Gzip(text, 0);
  const std::size_t begin = good.find(text.substr(0, 40));
  ASSERT_NE(begin, std::string::npos);
  for (std::size_t k = begin; k < good.size(); ++k) {
    std::string bad = good;
    bad[k] ^= 2;
    const auto items = ReadAll(Reader::Open(Save("flipped", bad)).value());
    ASSERT_FALSE(items.has_value()) << k;
    const std::string second = Gzip("\n", 0);
    ASSERT_FALSE(ReadAll(Reader::Open(Save("flipped", bad + second)).value()).has_value()) << k;
  }
}

// The line that cannot be read comes long before the check sum.
TEST_F(Files, LineThatDamageHasSpoiltIsNotBlamed) {
  const std::string text = ManyLines(1000);
  std::string bad = Gzip(text, 0);
  bad[bad.find("\"tag\"")] = '!';
  auto reader = Reader::Open(Save("spoilt", bad)).value();
  const auto items = ReadAll(std::move(reader));
  ASSERT_FALSE(items.has_value());
  EXPECT_EQ(items.error(), (Error{1, "the gzip data is damaged: incorrect data check", true}));
  // And without damage it is.
  std::string wrong = text;
  wrong[wrong.find("\"tag\"")] = '!';
  const auto blamed = ReadAll(Reader::Open(Save("wrong", Gzip(wrong, 0))).value());
  ASSERT_FALSE(blamed.has_value());
  EXPECT_TRUE(blamed.error().message.starts_with("not JSON")) << blamed.error().message;
  EXPECT_FALSE(blamed.error().damaged);
}

TEST_F(Files, EmptyLinesHaveAnEnd) {
  const std::string many(1'000'000, '\n');
  for (const std::string& bytes : {many, Gzip(many), Zstd(many)}) {
    EXPECT_EQ(MessageOf(Save("empty", bytes)), "fine");
  }
  for (const std::string& bytes : {many + " \r\n", Gzip(many + "\n"), Zstd(many + "\n\n")}) {
    EXPECT_EQ(MessageOf(Save("empty", bytes)),
              "1000000 empty lines one after the other: expected a trace");
  }
}

TEST_F(Files, ZstdFramesToBeSkippedAreSkipped) {
  const std::string text = ManyLines(10);
  for (const char kind : {'\x50', '\x5f'}) {  // first and last magic number of skippable frames
    const std::string skip = kind + std::string("\x2a\x4d\x18\x04\0\0\0size", 11);
    for (const std::string& bytes :
         {skip + Zstd(text), skip + Zstd(text) + skip,
          skip + skip + Zstd(text.substr(0, 500)) + skip + Zstd(text.substr(500))}) {
      const auto items = ReadAll(Reader::Open(Save("skip", bytes)).value());
      ASSERT_TRUE(items.has_value()) << items.error().message;
      EXPECT_EQ(items.value().size(), 10U);
    }
    EXPECT_EQ(MessageOf(Save("cut", skip.substr(0, 10))),
              "the zstd data is cut off: it ends too early");
  }
}

TEST_F(Files, LineOf100MegabytesIsRefusedWithoutBeingHeld) {
  // The compressed file has 100 KB, the line 100 MB: it must never be in memory as a whole.
  const std::string path = (folder_ / "long.gz").string();
  gzFile file = gzopen(path.c_str(), "wb1");
  ASSERT_NE(file, nullptr);
  const std::string megabyte(1000000, '[');
  for (int k = 0; k < 100; ++k) ASSERT_GT(gzwrite(file, megabyte.data(), 1000000), 0);
  gzclose(file);
  EXPECT_EQ(MessageOf(path), "longer than 16 MiB: expected one event a line");
}

TEST_F(Files, BinaryFilesAreRefused) {
  EXPECT_EQ(MessageOf(Save("elf", std::string("\x7f"
                                              "ELF\x02\x01\x01\0\0",
                                              9))),
            "not JSON: unexpected byte 0x7f at byte 1");
}

TEST_F(Files, MissingFilesAndFoldersAreRefused) {
  EXPECT_EQ(MessageOf((folder_ / "none").string()), "cannot be opened: No such file or directory");
  EXPECT_EQ(MessageOf(""), "cannot be opened: No such file or directory");
  EXPECT_EQ(MessageOf(folder_.string()), "cannot be read: Is a directory");
  EXPECT_EQ(MessageOf(Save("empty", "")), "fine");
  EXPECT_EQ(MessageOf(Save("short", "{}")), "fine");
}

TEST_F(Files, UnreadableFileIsRefused) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const std::string path = Save("secret", "{}");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  EXPECT_EQ(MessageOf(path), "cannot be opened: Permission denied");
}

TEST_F(Files, DashIsStandardInput) {
  const std::string path = Save("trace", Zstd(ManyLines(3)));
  EXPECT_EXIT(
      {
        if (std::freopen(path.c_str(), "rb", stdin) == nullptr) std::exit(1);
        const auto items = ReadAll(Reader::Open("-").value());
        std::exit(items.has_value() && items.value().size() == 3 ? 0 : 2);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace trace::testing
