// Real traces of etcd's Raft can be read completely and written again byte for byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/trace/support.h"

namespace trace::testing {
namespace {

TEST(Etcd, EveryRealTraceIsReadAndWrittenAgainByteForByte) {
  if (!std::filesystem::is_directory(EtcdFolder())) {
    GTEST_SKIP() << "no folder of real traces beside the checkout: shared/data/etcd";
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(EtcdFolder())) {
    if (entry.path().extension() == ".ndjson") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  EXPECT_GE(files.size(), 9U);
  for (const auto& path : files) {
    const auto items = ReadAll(Reader::Open(path.string()).value());
    ASSERT_TRUE(items.has_value())
        << path << ":" << items.error().line << ": " << items.error().message;
    std::ifstream lines(path);
    std::string line;
    std::size_t count = 0;
    for (; std::getline(lines, line); ++count) {
      ASSERT_LT(count, items.value().size()) << path;
      const Item& item = items.value()[count];
      EXPECT_EQ(item.line, count + 1);
      // The event without the tag before it, the closing brace and the line feed.
      std::string own = ToJson(std::get<Event>(item.value));
      own = own.substr(own.find("\"event\":"));
      own.resize(own.size() - 2);
      ASSERT_NE(line.find(own), std::string::npos) << path << ":" << count + 1 << ": " << own;
    }
    EXPECT_EQ(count, items.value().size()) << path;
    EXPECT_GT(count, 200U) << path;
  }
}

}  // namespace
}  // namespace trace::testing
