// Wrong usage in one line: what was wrong, what was meant, where to read on.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace command {

// Why `arguments` (without the name of the program) could not be parsed.
std::string UsageError(const CLI::App& app, const CLI::ParseError& error,
                       const std::vector<std::string>& arguments);

// The value is one of `words`.
CLI::Validator OneOf(std::vector<std::string> words);

}  // namespace command
