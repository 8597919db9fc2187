// What the command tells its caller.
#pragma once

namespace command {

enum ExitStatus : int {
  kNothingFound = 0,
  kFound = 1,     // a violation or a rejected trace
  kBadInput = 2,  // wrong usage or unreadable input
  kInternal = 3,  // an error of our own
};

}  // namespace command
