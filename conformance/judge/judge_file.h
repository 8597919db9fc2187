// A whole trace judged: of one reader, or of several that are one server each.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "conformance/judge/verdict.h"
#include "raft/trace/reader.h"

namespace conformance {

// The report when the input cannot be read to its end.  What was found before outlives the rest of
// the file; what was accepted so far does not, since nobody knows what would have come.  But in
// compressed data that is damaged a line that was refused may be one that nobody wrote.
Report Unreadable(Report report, const trace::Error& error, std::size_t file = 0);

// Judges what the reader reads, until its end or until `stop` (asked before each line; null: never)
// says so: then a trace that was accepted so far is kInvalid.  With `until_refused` nothing is read
// after the first line that is not accepted.
Report JudgeTrace(trace::Reader& reader, const std::function<bool()>& stop = {},
                  bool until_refused = false);

// The lines of several Raft groups in one log: each is judged as a trace of its own.
struct GroupReport {
  std::string group;
  Report report;
};

// Judges the groups apart that the outer field `key` (outer_field.h) names, each until it is
// refused.  In the order of their names.
std::vector<GroupReport> JudgeGroups(trace::Reader& reader, const std::string& key,
                                     const std::function<bool()>& stop = {});

// An outer field that tells groups apart, as it seems: there is a server that starts in lines with
// several values of it.  Empty if there is none.  Reads at most the first 100,000 lines.
std::string KeyOfGroups(trace::Reader& reader);

// The same for the traces of single servers without a common clock (merge.h).
Report JudgeMerged(std::vector<trace::Reader>& readers, const std::function<bool()>& stop = {});

}  // namespace conformance
