// Makes one trace of several files, one for each server.  Only the order of lines within a file is
// trusted.
//
// The model says what must come first.  A message is received, lost or copied after it was sent; if
// it promises that something is durable, also after that was written.  An index to read at is told
// after it was committed.  All other actions of a server read and change that server alone, and
// only its receiver consumes a message.  So no line can make the next line of another server
// impossible. The merge takes the lines of each file as long as they do not wait for something.  If
// all files wait in the end, there is no order.  The order in real time between servers stays
// unknown: see Judge::TrustNoClock.
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

// Feeds the lines of all files to `judge`, which must be new.  `read(k, item)` gives the next item
// of file k, or false at its end.  All headers must be equal.  Returns the first item that cannot
// be read, if there is one; the judge has the verdict.  The merge asks `stop` often, and ends if it
// is true.
std::optional<MergeError> MergeInto(
    Judge& judge, std::size_t files,
    const std::function<trace::Result<bool>(std::size_t, trace::Item&)>& read,
    const std::function<bool()>& stop);

}  // namespace conformance
