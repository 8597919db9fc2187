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

#include <string>
#include <string_view>
#include <vector>

#include "conformance/judge/compare.h"
#include "conformance/judge/raft_trace.h"

namespace conformance {

struct Line {
  Line(Candidate& c, const trace::Event& e, TraceContext& shared)
      : candidate(c), raft(c.raft), event(e), context(shared) {}

  std::string_view Name() const { return trace::kEventNames[static_cast<std::size_t>(event.name)]; }
  spec::ServerState& server() { return raft.state[i]; }
  ServerProgress& progress() { return candidate.progress[i]; }

  // ---- The result.  Each of these returns false if the line is refused.

  // Refuses the line: `guard` of `action` is false, or fields differ.
  bool Refuse(std::string_view action, std::string guard, std::string values = {},
              std::vector<Difference> differences = {});
  // The trace holds something that the judge does not model.
  bool OutOfScope(const char* why);
  // Counts the action if it was taken; else refuses the line with the guard that is false.
  bool Take(std::string_view action, const spec::Outcome& outcome);
  // The same, for a step that no line shows.
  bool TakeUnseen(std::string_view action, const spec::Outcome& outcome);
  // Counts the fields that were compared; refuses the line if one of them differs.
  bool Agrees(std::string_view action, Comparison& comparison);

  // ---- Comparing.

  Comparison Compare() const { return Comparison(context.servers); }
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
  // Is it the server's answer to itself?
  bool IsToItself() const {
    return IsResponse() && event.msg && event.msg->to && *event.msg->to == event.node;
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
};

}  // namespace conformance
