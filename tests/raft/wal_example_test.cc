// The example at the head of raft/storage/wal.h, word by word: it compiles, and it works.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "raft/node.h"
#include "raft/storage/real_disk.h"
#include "raft/storage/wal.h"

namespace {

std::string stopped;
void Stop(const std::string& why) { stopped = why; }
void Send(const std::vector<raft::Message>& messages) { EXPECT_TRUE(messages.empty()); }

void Example(const std::string& folder, const raft::ConfState& initial_configuration) {
  raft::Config config;
  config.id = raft::NodeId(1);
  // example: begin
  auto wal = raft::Wal::Open(raft::DiskAt(folder), initial_configuration);
  if (!wal) return Stop(wal.error().message);
  config.storage = wal->get();
  raft::Node node(config);
  while (node.HasReady()) {
    raft::Ready& ready = node.TakeReady();
    const raft::IoStatus saved =
        (*wal)->Save(ready.snapshot, ready.entries, ready.hard_state, ready.must_sync);
    if (!saved) return Stop(saved.error().message);
    Send(ready.messages);
    node.Advance();
  }
  // example: end
}

// The lines between two others, without the comment signs and the indentation.
std::string Lines(const std::string& file, const std::string& begin, const std::string& end) {
  std::ifstream in(std::filesystem::path(RAFTCHECK_SOURCE_DIR) / file);
  std::string lines;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    line.erase(0, line.find_first_not_of("/ "));
    if (line == end) inside = false;
    if (inside) lines += line + "\n";
    if (line == begin) inside = true;
  }
  return lines;
}

TEST(WalExample, IsWhatTheHeaderSays) {
  const std::string example =
      Lines("tests/raft/wal_example_test.cc", "example: begin", "example: end");
  std::ifstream header(std::filesystem::path(RAFTCHECK_SOURCE_DIR) / "raft/storage/wal.h");
  std::ostringstream text;
  for (std::string line; std::getline(header, line);) {
    line.erase(0, std::min(line.size(), line.find_first_not_of("/ ")));
    text << line << "\n";
  }
  EXPECT_NE(example, "");
  EXPECT_NE(text.str().find(example), std::string::npos) << example;
}

TEST(WalExample, Works) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("raftcheck-example-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  Example(folder.string(), {{raft::NodeId(1)}});
  EXPECT_EQ(stopped, "");
  EXPECT_TRUE(std::filesystem::exists(folder));
  std::filesystem::remove_all(folder);
  Example((folder / "not" / "there").string(), {{raft::NodeId(1)}});
  EXPECT_NE(stopped, "");
}

}  // namespace
