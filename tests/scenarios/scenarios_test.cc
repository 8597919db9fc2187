// Scenarios in text files (docs/scenarios.md): commands to the nodes, each followed by the expected
// transcript.  RAFTCHECK_REWRITE=1 writes the files anew.  Review the changes afterwards, because
// the files document how the library behaves.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "interpreter.h"

namespace scenarios {
namespace {

const std::filesystem::path kFolder = RAFTCHECK_SOURCE_DIR "/tests/scenarios";

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(kFolder)) {
    if (file.path().extension() == ".txt") names.push_back(file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> Lines(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

Words Split(const std::string& line) {
  std::istringstream in(line);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// Commands, a line `----`, their transcript, an empty line.  Everything else is a comment.
std::string Play(const std::vector<std::string>& lines) {
  Interpreter interpreter;
  std::string played;
  for (std::size_t k = 0; k < lines.size(); ++k) {
    if (lines[k].empty() || lines[k][0] == '#') {
      played.append(lines[k]).append("\n");
      continue;
    }
    std::string said;
    for (; k < lines.size() && lines[k] != "----"; ++k) {
      played.append(lines[k]).append("\n");
      const std::string now = interpreter.Do(Split(lines[k]));
      if (now != "ok\n" || said.empty()) {
        if (said == "ok\n") said.clear();
        said.append(now);
      }
    }
    while (k + 1 < lines.size() && !lines[k + 1].empty()) ++k;
    played.append("----\n").append(said);
  }
  return played;
}

class Scenario : public ::testing::TestWithParam<std::string> {};

TEST_P(Scenario, GoesAsWritten) {
  const std::filesystem::path path = kFolder / (GetParam() + ".txt");
  const std::vector<std::string> lines = Lines(path);
  const std::string played = Play(lines);
  if (std::getenv("RAFTCHECK_REWRITE") != nullptr) {
    std::ofstream(path) << played;
    return;
  }
  std::string written;
  for (const std::string& line : lines) written.append(line).append("\n");
  EXPECT_EQ(played, written);
}

INSTANTIATE_TEST_SUITE_P(All, Scenario, ::testing::ValuesIn(Names()),
                         [](const auto& about) { return about.param; });

}  // namespace
}  // namespace scenarios
