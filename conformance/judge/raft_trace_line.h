// One line of a trace, tried against one explanation of the lines before it: what all handlers of
// events work on.  It holds where the line stands (explanation, server, context) and what came of
// it (StepResult), and it compares the fields of the line with the model.  Private to
// raft_trace*.cc.
//
//   bool OnCommit(Line& line) {                       // a handler; false: the line is refused
//     return line.Take("AdvanceCommitIndex", spec::AdvanceCommitIndex(line.raft, line.i)) &&
//            line.ShowsState("AdvanceCommitIndex");
//   }
//
// How the files depend on each other, from the top down; nothing calls upwards:
//   raft_trace.cc               the table of events; Step and Waits
//   raft_trace_before.h         what must come before the line, and what is inferred before it
//   raft_trace_handlers.h       the handlers: one file for each group of events
//   raft_trace_received.h       messages in flight, and the message that a server has received
//   raft_trace_infer.h          steps that no line shows
//   raft_trace_line.h           this file
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/judge/compare.h"
#include "conformance/judge/raft_trace.h"

namespace conformance {

struct Line {
  Line(Candidate& c, const trace::Event& e, TraceContext& shared)
      : candidate(c), raft(c.raft), event(e), context(shared) {
    ShowChanges();
  }
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  std::string_view Name() const { return trace::kEventNames[static_cast<std::size_t>(event.name)]; }
  spec::ServerState& server() { return raft.state[i]; }
  ServerProgress& progress() { return candidate.progress[i]; }

  // ---- The result.  Each of these returns false if the line is refused.

  // Refuses the line: `guard` of `action` is false, or fields differ.
  bool Refuse(std::string_view action, std::string guard, std::string values = {},
              std::vector<Difference> differences = {});
  // The trace holds something that the judge does not model.
  bool OutOfScope(const char* why);
  // The server of the line was never started.
  bool BeginsInTheMiddle();
  // The line leaves out a field that judging it cannot do without.
  bool Needs(std::string_view field);
  // Counts the action if it was taken; else refuses the line with the guard that is false.
  bool Take(std::string_view action, const spec::Outcome& outcome);
  // The same, for a step that no line shows.
  bool TakeUnseen(std::string_view action, const spec::Outcome& outcome);
  // Counts the fields that were compared; refuses the line if one of them differs.
  bool Agrees(std::string_view action, Comparison& comparison);

  // Tries the readings of the line, since it leaves `field` out; all that fit live on.  False if
  // none fits, or if there are more than the judge can follow.
  template <class Reading, class Explain>
  bool AnyOf(const std::vector<Reading>& readings, std::string_view field, const Explain& explain) {
    if (readings.size() == 1) return explain(*this, readings.front());
    return TryReadings(readings.size(), field,
                       [&](Line& line, std::size_t k) { return explain(line, readings[k]); });
  }

  // ---- Comparing.

  Comparison Compare() const { return Comparison(context.servers, candidate.learnt); }
  // Do all fields that are present in the line's message agree with `m`?
  bool Matches(const spec::Message& m) const {
    Comparison comparison = Compare();
    comparison.Message(*event.msg, m, context.tree, raft.constants);
    return comparison.equal();
  }
  // From now on these entries, of which the last ends `log`, have the digests that the line tells.
  void Learn(const trace::Field<std::vector<trace::Entry>>& entries, spec::LogId log);
  void Learn(const trace::Entry& entry, spec::LogId log);
  // For this explanation the entry has this change.
  void LearnChange(spec::LogId entry, const spec::ConfChange& change, bool whole = true);
  // Has nothing told yet all that etcd's lines may leave open of a change?
  bool IsOpen(spec::LogId entry) const;
  // All explanations share the tree.  As long as this line lasts, it shows the changes as its
  // explanation takes them.
  void ShowChanges();
  void CompareMessage(Comparison& comparison, const spec::Message& m) {
    comparison.Message(*event.msg, m, context.tree, raft.constants);
  }
  // What the line must show if it shows the server as it is now.
  Shown ShownNow();
  bool ShowsState(std::string_view action);

  // ---- Reading the event.

  // Does the line say that an answer to a request was queued?
  bool IsResponse() const {
    using Name = trace::EventName;
    return event.name == Name::kSendAppendEntriesResponse ||
           event.name == Name::kSendRequestVoteResponse ||
           (event.name == Name::kSendMessage && event.msg &&
            event.msg->type == trace::MessageType::kMsgPreVoteResp);
  }
  // Is it the server's answer to itself?  If the line does not tell the receiver, it answers the
  // message that waits for an answer, if there is one.
  bool IsToItself() const {
    if (!IsResponse() || !event.msg) return false;
    if (event.msg->to) return *event.msg->to == event.node;
    return !candidate.progress[i].response && !candidate.progress[i].received;
  }
  // The voters of the configuration that an ApplyConfChange line shows.  Servers that are new
  // become known.
  spec::ServerSet NewVoters();

  Candidate& candidate;
  spec::Raft<spec::BagNetwork>& raft;  // of the candidate
  const trace::Event& event;
  TraceContext& context;
  spec::Server i = spec::kNil;  // the server of the event
  bool restarted = false;       // the line completed a restart of the server
  StepResult result;

 private:
  void ShowChange(spec::LogId entry, const spec::ConfChange& change);
  bool TryReadings(std::size_t count, std::string_view field,
                   const std::function<bool(Line&, std::size_t)>& explain);

  std::vector<std::pair<spec::LogId, spec::ConfChange>> shown_before_;
};

// The largest number of explanations that the judge follows at one time.
inline constexpr std::size_t kMostExplanations = 64;

}  // namespace conformance
