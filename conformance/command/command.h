// The whole command, for those who link it with a Raft of their own
// (docs/other_implementations.md).
#pragma once

#include "tracegen/server.h"

namespace command {

// Returns an ExitStatus.  Never throws.  `implementation` is what `check` and `replay` run.
int Main(int argc, char** argv, const tracegen::Implementation& implementation);

}  // namespace command
