// Words for what the judge found: values of the model, messages, servers, and whole reports, as
// text for a person and as JSON for a program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conformance/compare.h"
#include "conformance/verdict.h"
#include "raft/trace/event.h"
#include "spec/outcome.h"
#include "spec/raft_network.h"

namespace conformance {

// `currentTerm[i] = 4, m.term = 5`
std::string OperandsText(const spec::Outcome& outcome, const Servers& servers);
// `MsgApp 1->2 term 3 index 7 logTerm 2 entries 1 commit 6`; fields that are zero are left out.
std::string MessageText(const spec::Message& m, const Servers& servers, const spec::LogTree& tree);
std::string MessageText(const trace::Message& msg);
// The line of one server's state.
std::string ServerText(const spec::ServerState& server, const Servers& servers,
                       const spec::LogTree& tree);
// Up to three messages between the same servers that differ least from `msg`, and in what.
std::vector<std::string> NearestMessages(const spec::BagNetwork& network, const trace::Message& msg,
                                         const Servers& servers, const spec::LogTree& tree,
                                         const spec::Constants& constants);

// Where the trace is not accepted, 0 if it is or if no line is to blame; and why, in one line.
// The file is `file`, or one of those that were merged.
std::uint64_t LineOf(const Report& report);
std::string FileOf(const Report& report, std::string_view file);
std::string ReasonOf(const Report& report);

// May the event at `place` be the next one?  Text, or one JSON object without a line end.
std::string ExplanationText(const StepExplanation& explanation, std::string_view place,
                            std::string_view event, bool colour);
std::string ExplanationJson(const StepExplanation& explanation, std::string_view place,
                            std::string_view event);

// The report of one trace: one line if it is accepted, else the whole story.
// `file` is how the reader names it; `colour` adds terminal escapes.
std::string ReportText(const Report& report, std::string_view file, bool colour);
// One JSON object, without a line end: the keys of design.md section 7, and all of the above.
std::string ReportJson(const Report& report, std::string_view file, double seconds);

}  // namespace conformance
