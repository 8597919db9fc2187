// One trace from a file per server, where only each server's own order is trusted.
//
// The model itself says what must come first: a message is received (or lost, or repeated) after it
// was sent and, where it promises something, after that was durable; an index to read at is told
// after it was committed.  All other actions of a server look at that server alone, and a message
// is consumed by its receiver alone: no line can make another server's next line impossible.  So
// lines are taken, file by file, as long as they do not wait for something; if in the end all wait,
// there is no order.  What is left undecided is real time between servers: see
// Judge::TrustNoClock.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "conformance/judge/judge.h"
#include "raft/trace/reader.h"

namespace conformance {

struct MergeError {
  std::size_t file = 0;
  trace::Error error;
};

// Feeds `judge`, which is new, with the lines of all files.  `read(k, item)` gives the next
// item of file k, false at its end.  Headers must agree.  Returns the first thing that cannot be
// read, if any; the verdict is the judge's.  `stop` is asked now and then.
std::optional<MergeError> MergeInto(
    Judge& judge, std::size_t files,
    const std::function<trace::Result<bool>(std::size_t, trace::Item&)>& read,
    const std::function<bool()>& stop);

}  // namespace conformance
