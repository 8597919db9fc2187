// What the command tells its caller.
#pragma once

#include "conformance/judge/verdict.h"

namespace command {

enum ExitStatus : int {
  kNothingFound = 0,
  kFound = 1,       // a violation or a rejected trace
  kBadInput = 2,    // wrong usage, unreadable input, or nothing judged
  kInternal = 3,    // an error of our own, or a machine that gives too little
  kUnfinished = 4,  // stopped before its end, and nothing found until then
};

// The same for people: each --help ends with it.
inline constexpr const char* kExitStatuses =
    "Exit status: 0 nothing found, 1 a violation or a rejected trace, 2 wrong usage,\n"
    "unreadable input or nothing judged, 3 an internal error or a machine that gives too\n"
    "little, 4 stopped before its end (Ctrl-C, or a limit that was set), and nothing found\n"
    "until then.";

// The status of several results: what was found goes before what could not be judged, and that
// before what was not finished.
constexpr int Worse(int a, int b) {
  for (const int status : {kFound, kInternal, kBadInput, kUnfinished}) {
    if (a == status || b == status) return status;
  }
  return kNothingFound;
}

// Of a trace.
constexpr int StatusOf(conformance::Verdict verdict) {
  switch (verdict) {
    case conformance::Verdict::kAccepted:
      return kNothingFound;
    case conformance::Verdict::kRejected:
    case conformance::Verdict::kViolated:
      return kFound;
    case conformance::Verdict::kInvalid:
      return kBadInput;
    case conformance::Verdict::kStopped:
      return kUnfinished;
  }
  return kInternal;
}

}  // namespace command
