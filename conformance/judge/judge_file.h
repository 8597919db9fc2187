// A whole trace judged: of one reader, or of several that are one server each.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "conformance/judge/verdict.h"
#include "raft/trace/event.h"
#include "raft/trace/reader.h"

namespace conformance {

// The report when the input cannot be read to its end.  What was found before outlives the rest of
// the file; what was accepted so far does not, since nobody knows what would have come.  But in
// compressed data that is damaged a line that was refused may be one that nobody wrote.
Report Unreadable(Report report, const trace::Error& error, std::size_t file = 0);

// The report when the judge was stopped before the end: kStopped, unless something was wrong
// before.
Report Stopped(Report report);

// What the caller knows of the implementation, and the trace need not say.
struct JudgeOptions {
  bool unvalidated_changes = false;  // Judge::AllowUnvalidatedChanges
};

// Judges what the reader reads, until its end or until `stop` (asked before each line; null: never)
// says so: then a trace that was accepted so far is kStopped.  With `until_refused` nothing is read
// after the first line that is not accepted.
Report JudgeTrace(trace::Reader& reader, const std::function<bool()>& stop = {},
                  bool until_refused = false, const JudgeOptions& options = {});

// The lines of several Raft groups in one log: each is judged as a trace of its own.
struct GroupReport {
  std::string group;
  Report report;
};

// Judges the groups apart that the outer field `key` (outer_field.h) names, each until it is
// refused.  In the order of their names.
std::vector<GroupReport> JudgeGroups(trace::Reader& reader, const std::string& key,
                                     const std::function<bool()>& stop = {},
                                     const JudgeOptions& options = {});

// An outer field that tells groups apart, as it seems: all lines have it, the first line of a
// server with a value of it is a start, and the lines of a server go back to a value after another
// one. That tells a group from a time, a thread, or a process that is restarted.  Empty if there is
// none. Reads at most the first 100,000 lines.
std::string KeyOfGroups(trace::Reader& reader);

// If the file `name` was not accepted and its lines are those of several Raft groups, the report
// becomes one that says so: such lines contradict each other, which says nothing of the
// implementation.
bool BlameGroups(Report& report, const std::string& name);

// What one event of a trace is, after the lines before it.
struct ExplainedLine {
  // Empty if the trace was refused before the event, or has no event there.
  std::optional<StepExplanation> step;
  trace::Event event;
  std::uint64_t line = 0;  // of the event; of the end for one that comes after the last line
  Report report;           // of the lines up to the event; without a step, of the whole trace
};

// Explains the first event at or after `line`, or `given` in its place.  Allowed are the events
// that JudgeTrace accepts.
ExplainedLine ExplainLine(trace::Reader& reader, std::uint64_t line,
                          const std::optional<trace::Event>& given,
                          const std::function<bool()>& stop = {}, const JudgeOptions& options = {});

// The same as JudgeTrace for the traces of single servers without a common clock (merge.h).
Report JudgeMerged(std::vector<trace::Reader>& readers, const std::function<bool()>& stop = {},
                   const JudgeOptions& options = {});

}  // namespace conformance
