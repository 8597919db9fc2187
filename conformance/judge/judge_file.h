// A whole trace judged: of one reader, or of several that are one server each.
#pragma once

#include <functional>
#include <vector>

#include "conformance/judge/verdict.h"
#include "raft/trace/reader.h"

namespace conformance {

// The report when the input cannot be read to its end.  What was found before outlives the rest of
// the file; what was accepted so far does not, since nobody knows what would have come.
Report Unreadable(Report report, const trace::Error& error, std::size_t file = 0);

// Judges what the reader reads, until its end or until `stop` (asked before each line; null: never)
// says so: then a trace that was accepted so far is kInvalid.  With `until_refused` nothing is read
// after the first line that is not accepted.
Report JudgeTrace(trace::Reader& reader, const std::function<bool()>& stop = {},
                  bool until_refused = false);

// The same for the traces of single servers without a common clock (merge.h).
Report JudgeMerged(std::vector<trace::Reader>& readers, const std::function<bool()>& stop = {});

}  // namespace conformance
