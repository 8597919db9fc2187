// The result of a line, and the comparison of its state.
#include "conformance/judge/raft_trace_line.h"

#include <utility>

#include "conformance/judge/words.h"

namespace conformance {

bool Line::Refuse(std::string_view action, std::string guard, std::string values,
                  std::vector<Difference> differences) {
  result.attempts.push_back(
      {std::string(action), std::move(guard), std::move(values), std::move(differences)});
  return false;
}

bool Line::OutOfScope(const char* why) {
  result.out_of_scope = std::string(Name()) + ": " + why;
  return false;
}

bool Line::Take(std::string_view action, const spec::Outcome& outcome) {
  if (!outcome) {
    return Refuse(outcome.action(), std::string(outcome.guard()),
                  OperandsText(outcome, context.servers));
  }
  context.actions.Add(action);
  return true;
}

bool Line::TakeUnseen(std::string_view action, const spec::Outcome& outcome) {
  ++context.inferred_steps;
  return Take(action, outcome);
}

bool Line::Agrees(std::string_view action, Comparison& comparison) {
  context.compared += comparison.compared();
  if (comparison.equal()) return true;
  return Refuse(action, {}, {}, comparison.TakeDifferences());
}

Shown Line::ShownNow() {
  const spec::ServerState& s = server();
  Shown shown;
  shown.term = s.current_term;
  shown.vote = s.voted_for == spec::kNil ? 0 : context.servers.Id(s.voted_for);
  shown.commit = s.commit_index;
  shown.role = ToTrace(s.state);
  shown.log = context.tree.Length(s.log);
  shown.lead = s.leader_id == spec::kNil ? 0 : context.servers.Id(s.leader_id);
  shown.config = progress().replaced ? spec::Config() : s.config;
  return shown;
}

bool Line::ShowsState(std::string_view action) {
  Comparison comparison = Compare();
  comparison.State(event, ShownNow());
  return Agrees(action, comparison);
}

spec::ServerSet Line::NewVoters() {
  spec::ServerSet voters;
  const bool told = event.prop && event.prop->cc && event.prop->cc->newconf;
  if (!told) return voters;
  for (const trace::NodeId id : *event.prop->cc->newconf) {
    const spec::Server j = context.servers.Add(id);
    if (j != spec::kNil) voters.Insert(j);
  }
  return voters;
}

}  // namespace conformance
