// The result of a line, and the comparison of its state.
#include "conformance/judge/raft_trace_line.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "conformance/judge/words.h"

namespace conformance {

Line::~Line() {
  for (auto it = shown_before_.rbegin(); it != shown_before_.rend(); ++it) {
    context.tree.SetChange(it->first, it->second);
  }
}

void Line::ShowChange(spec::LogId entry, const spec::ConfChange& change) {
  shown_before_.emplace_back(entry, context.tree.Change(entry));
  context.tree.SetChange(entry, change);
}

void Line::ShowChanges() {
  for (const auto& [entry, learnt] : candidate.changes) ShowChange(entry, learnt.change);
}

void Line::LearnChange(spec::LogId entry, const spec::ConfChange& change, bool whole) {
  candidate.changes[entry] = {change, whole};
  ShowChange(entry, change);
}

bool Line::IsOpen(spec::LogId entry) const {
  const std::vector<spec::LogId>& open = context.open_changes;
  const auto learnt = candidate.changes.find(entry);
  return std::find(open.begin(), open.end(), entry) != open.end() &&
         (learnt == candidate.changes.end() || !learnt->second.whole);
}

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

bool Line::BeginsInTheMiddle() {
  result.out_of_scope = std::string(Name()) + " of server " + std::to_string(event.node) +
                        ", which no InitState started: the trace begins in the middle, or leaves "
                        "lines of this server out; judge it from its beginning, all pieces of a "
                        "rotated log in their order";
  return false;
}

bool Line::Needs(std::string_view field) {
  result.out_of_scope = "judging " + std::string(Name()) + " needs " + std::string(field);
  return false;
}

bool Line::TryReadings(std::size_t count, std::string_view field,
                       const std::function<bool(Line&, std::size_t)>& explain) {
  if (count > kMostExplanations) return Needs(field);
  context.open_field = std::string(Name()) + " needs " + std::string(field);
  std::vector<Branch> fitting;
  std::vector<Attempt> attempts;
  for (std::size_t k = 0; k < count; ++k) {
    Candidate reading = candidate;
    Line line(reading, event, context);
    line.i = i;
    explain(line, k);
    if (!line.result.out_of_scope.empty()) {
      result.out_of_scope = std::move(line.result.out_of_scope);
      return false;
    }
    restarted = restarted || line.restarted;
    if (line.result.attempts.empty())
      fitting.push_back({std::move(reading), line.result.violation});
    std::move(line.result.attempts.begin(), line.result.attempts.end(),
              std::back_inserter(attempts));
    std::move(line.result.branches.begin(), line.result.branches.end(),
              std::back_inserter(fitting));
    if (result.nearest.empty()) result.nearest = std::move(line.result.nearest);
  }
  if (fitting.empty()) {
    std::move(attempts.begin(), attempts.end(), std::back_inserter(result.attempts));
    return count > 0 ? false : Refuse(Name(), "the line fits the state of the server");
  }
  candidate = std::move(fitting.front().candidate);
  result.violation = fitting.front().violation;
  std::move(fitting.begin() + 1, fitting.end(), std::back_inserter(result.branches));
  return true;
}

void Line::Learn(const trace::Entry& entry, spec::LogId log) {
  if (entry.digest && !context.tree.LastValue(log)) candidate.learnt.emplace(log, *entry.digest);
}

void Line::Learn(const trace::Field<std::vector<trace::Entry>>& entries, spec::LogId log) {
  if (!entries) return;
  for (std::size_t k = entries->size(); k-- > 0;) {
    Learn((*entries)[k], log);
    log = context.tree.Parent(log);
  }
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
