// Handlers: a server changes its role.
#include <optional>
#include <string_view>

#include "conformance/judge/raft_trace_handlers.h"
#include "conformance/judge/raft_trace_infer.h"
#include "conformance/judge/raft_trace_received.h"

namespace conformance {
namespace {

// The server received a message of a newer term or of its term's leader, and becomes a follower;
// then it handles the message.
bool FollowAfterReceived(Line& line) {
  const spec::Message m = *line.progress().received;
  line.progress().received.reset();
  const bool newer = m.term > line.server().current_term;
  const std::string_view action = newer ? "UpdateTerm" : "ReturnToFollower";
  const spec::Outcome outcome = newer ? spec::UpdateTerm(line.raft, line.i, m.from, m)
                                      : spec::ReturnToFollower(line.raft, line.i, m.from, m);
  return line.Take(action, outcome) && line.ShowsState(action) && HandleMessage(line, m);
}

}  // namespace

bool OnBecomeFollower(Line& line) {
  if (line.progress().received) return FollowAfterReceived(line);
  // A message that no line shows told the server a newer term.
  if (const spec::Server j = WhoTellsNewerTerm(line); j != spec::kNil) {
    spec::Message m = spec::MakeMessage(line.raft, spec::MessageType::kMsgPreVoteResp, j, line.i);
    m.term = *line.event.state->term;
    m.reject = true;
    return line.TakeUnseen("UpdateTerm", spec::UpdateTerm(line.raft, line.i, j, m)) &&
           line.ShowsState("UpdateTerm");
  }
  const spec::Outcome steps_down = spec::StepDown(line.raft, line.i);
  const bool unseen = line.raft.constants.pre_vote && !line.raft.constants.campaign_messages;
  if (steps_down || !unseen || line.server().state == spec::Role::kLeader) {
    if (line.Take("StepDown", steps_down)) return line.ShowsState("StepDown");
    line.Refuse("UpdateTerm", "a message of a newer term was received and not yet handled");
    return line.Refuse(
        "ReturnToFollower",
        "a candidate received a message of its term's leader and has not handled it");
  }
  // The server became a pre-candidate, which no line shows, and gives up.
  InferBeforeCampaign(line);
  return line.TakeUnseen("BecomePreCandidate", spec::BecomePreCandidate(line.raft, line.i)) &&
         line.Take("StepDown", spec::StepDown(line.raft, line.i)) && line.ShowsState("StepDown");
}

bool OnBecomePreCandidate(Line& line) {
  return line.Take("BecomePreCandidate", spec::BecomePreCandidate(line.raft, line.i)) &&
         line.ShowsState("BecomePreCandidate");
}

bool OnBecomeCandidate(Line& line) {
  const std::optional<spec::Message> told = line.progress().received;
  line.progress().received.reset();
  if (told) {
    return line.Take("HandleTimeoutNow",
                     spec::HandleTimeoutNow(line.raft, line.i, told->from, *told)) &&
           line.ShowsState("HandleTimeoutNow");
  }
  const spec::Outcome outcome = spec::Timeout(line.raft, line.i);
  if (line.Take("Timeout", outcome)) return line.ShowsState("Timeout");
  return line.Refuse("HandleTimeoutNow", "a MsgTimeoutNow was received and not yet obeyed");
}

bool OnBecomeLeader(Line& line) {
  return line.Take("BecomeLeader", spec::BecomeLeader(line.raft, line.i)) &&
         line.ShowsState("BecomeLeader");
}

bool OnForgetLeader(Line& line) {
  return line.Take("ForgetLeader", spec::ForgetLeader(line.raft, line.i)) &&
         line.ShowsState("ForgetLeader");
}

}  // namespace conformance
