// Options that have no effect: what one of them asks for would not happen.  (An option
// that asks for what happens anyway, as --coverage beside --campaign, is no such case.)
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace command {

// Why the options of the command that was parsed do not go together, in one line; empty if they do.
std::string WhyNotTogether(const CLI::App& app);

// An option whose value is empty, mostly a variable of a script that is not set: it would be taken
// for one that is not there.  One line; empty if there is none.
std::string WhyNoValue(const CLI::App& app);

}  // namespace command
