// The name of a module that is exported.  TLC demands that it is the name of its file.
#pragma once

#include <string>

namespace conformance {

// For the file `out`; empty: standard output.
std::string ModuleName(const std::string& out);

// Why `out` cannot hold a module of its own name, in one line with a name that can; empty if it
// can.
std::string WhyNoModule(const std::string& out);

}  // namespace conformance
