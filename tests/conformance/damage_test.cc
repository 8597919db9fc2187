// What a flipped bit in a compressed trace leads to: never to a verdict on the implementation.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "conformance/judge/judge_file.h"
#include "tests/conformance/traces.h"
#include "tests/trace/compress.h"

namespace conformance::testing {
namespace {

using trace::testing::Gzip;
using trace::testing::ZstdChecked;

// What pzstd writes before each frame, of which it tells the size.
std::string Pzstd(const std::string& frame) {
  std::string skip("\x50\x2a\x4d\x18\x04\0\0\0", 8);
  for (int shift = 0; shift < 32; shift += 8) {
    skip += static_cast<char>(frame.size() >> static_cast<unsigned>(shift) & 0xffU);
  }
  return skip + frame;
}

class Damage : public ::testing::Test {
 protected:
  Damage()
      : path_(std::filesystem::temp_directory_path() /
              ("raftcheck-damage-test-" + std::to_string(getpid()))) {}
  ~Damage() override { std::filesystem::remove(path_); }

  Report Judge(const std::string& bytes) {
    // In place where that is possible: some file systems wait for the disk after a truncation.
    std::error_code error;
    const bool same = std::filesystem::file_size(path_, error) == bytes.size();
    const auto mode = std::ios::binary | std::ios::out;
    std::fstream(path_, same ? mode | std::ios::in : mode) << bytes;
    auto reader = trace::Reader::Open(path_.string());
    if (!reader) return Unreadable({}, reader.error());
    return conformance::JudgeTrace(*reader);
  }
  std::string Lines() {
    std::string lines;
    auto reader = trace::Reader::Open(path_.string()).value();
    for (trace::Item item; reader.Read(item).value();) lines += std::string(reader.text()) + "\n";
    return lines;
  }

  // Flips bits of every byte.  The trace stays accepted only where its text stays the same: where
  // the flipped bit is of no part of the data, such as its time.  Returns how often that was.
  int FlipAll(const std::string& good, const std::string& text, std::size_t magic) {
    int harmless = 0;
    for (std::size_t k = 0; k < good.size(); ++k) {
      for (const char mask : {'\x01', '\x08', '\x40', '\xff'}) {
        std::string bad = good;
        bad[k] = static_cast<char>(bad[k] ^ mask);
        const Report report = Judge(bad);
        if (report.verdict == Verdict::kAccepted) {
          EXPECT_EQ(Lines(), text) << "byte " << k;
          ++harmless;
          continue;
        }
        EXPECT_EQ(report.verdict, Verdict::kInvalid) << "byte " << k;
        EXPECT_FALSE(report.rejection || report.violation);
        if (k < magic) continue;  // then it is no compressed file
        EXPECT_TRUE(report.invalid.find("data is damaged: ") != std::string::npos ||
                    report.invalid.find("data is cut off: ") != std::string::npos ||
                    report.invalid.find("data needs a window") != std::string::npos)
            << "byte " << k << ": " << report.invalid;
        if (report.events > 0) {
          EXPECT_NE(report.invalid.find("accepted"), std::string::npos) << report.invalid;
        }
      }
    }
    return harmless;
  }

  std::string text_ = ReadText();
  std::filesystem::path path_;

 private:
  static std::string ReadText() {
    std::ifstream file(std::filesystem::path(RAFTCHECK_SOURCE_DIR) / "tests/data/ten_lines.ndjson");
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(Damage, EveryByteOfAGzipFileCounts) {
  // Time, level and system in the header, its flag for text, and what fills up the last byte.
  constexpr int kHarmless = 6 * 4 + 1 + 4;
  EXPECT_EQ(Judge(Gzip(text_, 9)).verdict, Verdict::kAccepted);
  EXPECT_LE(FlipAll(Gzip(text_, 9), text_, 2), kHarmless);
  EXPECT_LE(FlipAll(Gzip(text_, 0), text_, 2), kHarmless);
}

TEST_F(Damage, EveryByteOfAZstdFileCounts) {
  EXPECT_EQ(Judge(ZstdChecked(text_, 3)).verdict, Verdict::kAccepted);
  // The size of the window, and a bit of the header without meaning.
  constexpr int kHarmless = 8;
  EXPECT_LE(FlipAll(ZstdChecked(text_, 3), text_, 4), kHarmless);
  EXPECT_LE(FlipAll(ZstdChecked(text_, -20), text_, 4),
            kHarmless);  // nearly all of it is plain text
}

// The check sum of the first part is good; that of the second is not.
TEST_F(Damage, MembersAndFramesAreCheckedEach) {
  const std::size_t half = text_.find('\n', text_.size() / 2) + 1;
  const std::string first = text_.substr(0, half);
  const std::string second = text_.substr(half);
  const std::string gzip = Gzip(first, 9);
  const std::string zstd = Pzstd(ZstdChecked(first, 3));
  for (const std::string& good : {gzip + Gzip(second, 9), zstd + Pzstd(ZstdChecked(second, 3)),
                                  ZstdChecked(first, 3) + ZstdChecked(second, 3)}) {
    EXPECT_EQ(Judge(good).verdict, Verdict::kAccepted);
    std::string bad = good;
    bad[bad.size() - 5] ^= 4;  // of gzip this is the check sum, of zstd the data
    const Report report = Judge(bad);
    EXPECT_EQ(report.verdict, Verdict::kInvalid);
    EXPECT_NE(report.invalid.find("data is damaged: "), std::string::npos) << report.invalid;
  }
}

// A refusal is the implementation's if the data is good, and also if it is good as far as the end
// of the member that has the line.
TEST_F(Damage, RefusedLineOfUndamagedDataStaysRefused) {
  std::string wrong = text_;
  wrong.replace(wrong.find(R"("vote":"1")"), 10, R"("vote":"0")");
  for (const std::string& bytes : {wrong, Gzip(wrong, 9), ZstdChecked(wrong, 3)}) {
    EXPECT_EQ(Judge(bytes).verdict, Verdict::kRejected);
  }
  std::string bad = Gzip(wrong, 9);
  bad[bad.size() - 6] ^= 1;
  const Report report = Judge(bad);
  EXPECT_EQ(report.verdict, Verdict::kInvalid);
  EXPECT_EQ(report.invalid,
            "the gzip data is damaged: incorrect data check; the 3 events before line 5 are "
            "accepted, and that this line is not may come from the damage");
}

}  // namespace
}  // namespace conformance::testing
