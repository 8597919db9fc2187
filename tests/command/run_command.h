// Runs the command as a user would, in a folder of its own.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

struct Output {
  int status = -1;
  std::string out;  // standard output
  std::string err;  // standard error
};

class CommandFixture : public ::testing::Test {
 protected:
  CommandFixture()
      : folder_(std::filesystem::temp_directory_path() /
                ("raftcheck-command-test-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~CommandFixture() override { std::filesystem::remove_all(folder_); }

  Output Run(const std::string& arguments) {
    const std::string err = Path("stderr");
    const std::string line = std::string(RAFTCHECK_BINARY) + " " + arguments + " 2>" + err;
    Output output;
    std::FILE* pipe = popen(line.c_str(), "r");
    if (pipe == nullptr) return output;
    std::array<char, 4096> block{};
    for (std::size_t n = 0; (n = std::fread(block.data(), 1, block.size(), pipe)) > 0;) {
      output.out.append(block.data(), n);
    }
    const int status = pclose(pipe);
    output.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    std::ifstream file(err);
    output.err.assign(std::istreambuf_iterator<char>(file), {});
    return output;
  }
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(Path(name), std::ios::binary) << text;
    return Path(name);
  }
  // The content of a file of the folder; of any file, if the name is an absolute path.
  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::string Data(const std::string& name) {
    return std::string(RAFTCHECK_SOURCE_DIR) + "/tests/data/" + name;
  }
  // A trace of our own, as text; it stands in good.ndjson.
  std::string GoodTrace() {
    EXPECT_EQ(Run("replay " + Data("tlc.schedule") + " --trace " + Path("good.ndjson")).status, 0);
    return Read("good.ndjson");
  }

  std::filesystem::path folder_;
};
