// Shared by the tests of `raftcheck model`.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "tests/command/run_command.h"

class ModelTest : public CommandFixture {
 protected:
  static std::string Tla(const std::string& name) {
    return std::string(RAFTCHECK_SOURCE_DIR) + "/tla/" + name + ".cfg";
  }
  std::string ReadTla(const std::string& name) {
    std::ifstream file(Tla(name));
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  // The number that a comment of the .cfg gives.
  std::string Pinned(const std::string& name, const std::string& what) {
    const std::string text = ReadTla(name);
    const std::size_t at = text.find("\\* " + what + ": ") + what.size() + 5;
    return text.substr(at, text.find('\n', at) - at);
  }
};
