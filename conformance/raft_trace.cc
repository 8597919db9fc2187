#include "conformance/raft_trace.h"

#include <utility>

#include "conformance/explain.h"
#include "conformance/raft_trace_step.h"

namespace conformance {

std::string_view NameOf(const trace::Event& event) {
  return trace::kEventNames[static_cast<std::size_t>(event.name)];
}

StepResult Stepper::Run() {
  i_ = context_.servers.Add(event_.node);
  if (i_ == spec::kNil) {
    result_.out_of_scope = "more than " + std::to_string(spec::kMaxServers) + " servers";
    return std::move(result_);
  }
  const spec::ServerState before = server();
  if (IsOfNetwork()) {
    OfNetwork();
  } else if (InOrder()) {
    OfServer();
  }
  if (result_.ok()) CheckProperties(before);
  return std::move(result_);
}

void Stepper::CheckProperties(const spec::ServerState& before) {
  if (!result_.violation) result_.violation = spec::CheckProperties(raft_, i_);
  if (!result_.violation) {
    result_.violation = spec::CheckStep(raft_, i_, before, restarted_);
  }
}

bool Stepper::Refuse(std::string_view action, std::string guard, std::string values,
                     std::vector<Difference> differences) {
  result_.attempts.push_back(
      {std::string(action), std::move(guard), std::move(values), std::move(differences)});
  return false;
}

bool Stepper::Take(std::string_view action, const spec::Outcome& outcome) {
  if (!outcome) {
    return Refuse(outcome.action(), std::string(outcome.guard()),
                  OperandsText(outcome, context_.servers));
  }
  ++context_.actions[action];
  return true;
}

bool Stepper::TakeUnseen(std::string_view action, const spec::Outcome& outcome) {
  ++context_.inferred_steps;
  return Take(action, outcome);
}

bool Stepper::Agrees(std::string_view action, Comparison& comparison) {
  context_.compared += comparison.compared();
  if (comparison.equal()) return true;
  return Refuse(action, {}, {}, comparison.TakeDifferences());
}

Shown Stepper::ShownNow() {
  const spec::ServerState& s = server();
  Shown shown;
  shown.term = s.current_term;
  shown.vote = s.voted_for == spec::kNil ? 0 : context_.servers.Id(s.voted_for);
  shown.commit = s.commit_index;
  shown.role = ToTrace(s.state);
  shown.log = context_.tree.Length(s.log);
  shown.voters = &progress().voters;
  return shown;
}

bool Stepper::ShowsState(std::string_view action) {
  Comparison comparison(context_.servers);
  comparison.State(event_, ShownNow());
  return Agrees(action, comparison);
}

bool Stepper::ShowsSent(std::string_view action, const spec::Message& m) {
  Comparison comparison(context_.servers);
  comparison.State(event_, ShownNow());
  comparison.Message(*event_.msg, m, context_.tree);
  if (event_.prop) {  // MsgApp: the sender's own progress
    comparison.Number("prop.match", server().match_index[i_], event_.prop->match);
    comparison.Number("prop.next", server().match_index[i_] + 1, event_.prop->next);
  }
  return Agrees(action, comparison);
}

bool Stepper::InOrder() {
  ServerProgress& p = progress();
  if (event_.name == Name::kInitState || event_.name == Name::kCrash) return true;
  if (p.stage == Stage::kUnborn || p.stage == Stage::kDown) {
    return Refuse(NameOf(event_), p.stage == Stage::kDown ? "the server is up"
                                                          : "the server was started (InitState)");
  }
  if (p.stage == Stage::kLoading && event_.name != Name::kApplyConfChange &&
      event_.name != Name::kBecomeFollower) {
    return Refuse("Restart", "InitState is followed by ApplyConfChange and BecomeFollower");
  }
  if (p.response && !IsResponse()) {
    return Refuse(HandlerOf(*p.response),
                  "the answer to a request is the server's next line: " +
                      MessageText(*p.response, context_.servers, context_.tree));
  }
  if (p.hand && event_.name != Name::kBecomeFollower && !PutAside()) return false;
  if (!p.announced.empty() && event_.name != Name::kReplicate && !IsToItself()) {
    return Refuse("ClientRequest",
                  "Replicate is followed by the leader's acknowledgement to itself "
                  "(SendAppendEntriesResponse)");
  }
  if (p.bootstrapping && event_.name != Name::kApplyConfChange) FinishBootstrap();
  InferPreCandidate();
  return result_.ok();
}

bool Stepper::PutAside() {
  const spec::Message m = *progress().hand;
  if (m.type != spec::MessageType::kMsgVote || !raft_.constants.check_quorum) {
    const bool newer = m.term > server().current_term;
    return Refuse(newer ? "UpdateTerm" : "ReturnToFollower",
                  "the server's next line is BecomeFollower, because of " +
                      MessageText(m, context_.servers, context_.tree));
  }
  progress().hand.reset();
  return TakeUnseen("IgnoreVoteRequest", spec::IgnoreVoteRequest(raft_, i_, m.from, m));
}

void Stepper::InferPreCandidate() {
  if (event_.role != trace::Role::kPreCandidate) return;
  if (server().state == spec::Role::kPreCandidate || progress().stage != Stage::kRunning) return;
  TakeUnseen("BecomePreCandidate", spec::BecomePreCandidate(raft_, i_));
}

bool Stepper::OfServer() {
  switch (event_.name) {
    case Name::kInitState:
      return OnInitState();
    case Name::kBecomeFollower:
      return OnBecomeFollower();
    case Name::kBecomeCandidate:
      return Take("Timeout", spec::Timeout(raft_, i_)) && ShowsState("Timeout");
    case Name::kBecomeLeader:
      return Take("BecomeLeader", spec::BecomeLeader(raft_, i_)) && ShowsState("BecomeLeader");
    case Name::kCommit:
      return OnCommit();
    case Name::kReplicate:
      return OnReplicate();
    case Name::kApplyConfChange:
      return OnApplyConfChange();
    case Name::kReady:
      return OnReady();
    case Name::kPersist:
      return OnPersist();
    case Name::kCrash:
      return OnCrash();
    case Name::kApply:
      return OnApply();
    case Name::kSendAppendEntriesRequest:
    case Name::kSendRequestVoteRequest:
    case Name::kSendAppendEntriesResponse:
    case Name::kSendRequestVoteResponse:
      return OnSend();
    case Name::kReceiveAppendEntriesRequest:
    case Name::kReceiveAppendEntriesResponse:
    case Name::kReceiveRequestVoteRequest:
    case Name::kReceiveRequestVoteResponse:
      return OnReceive();
    case Name::kChangeConf:
      return OutOfScope("membership changes are not modelled yet");
    case Name::kSendSnapshot:
    case Name::kReceiveSnapshot:
      return OutOfScope("snapshots are not modelled yet");
    case Name::kDropMessage:
    case Name::kDuplicateMessage:
      break;
  }
  return Refuse(NameOf(event_), "an event of a server");
}

bool Stepper::OutOfScope(const char* why) {
  result_.out_of_scope = std::string(NameOf(event_)) + ": " + why;
  return false;
}

bool Stepper::OnCommit() {
  const spec::Index before = context_.tree.Length(raft_.history.committed);
  if (!Take("AdvanceCommitIndex", spec::AdvanceCommitIndex(raft_, i_))) return false;
  if (!ShowsState("AdvanceCommitIndex")) return false;
  if (context_.tree.Length(raft_.history.committed) > before) {
    result_.violation =
        spec::CommittedIsDurable(raft_.state, raft_.constants, context_.tree, raft_.history);
  }
  return true;
}

bool Stepper::OnReplicate() {
  if (!ShowsState("ClientRequest")) return false;
  if (event_.entry) {
    Comparison comparison(context_.servers);
    comparison.Number("entry.term", server().current_term, event_.entry->term);
    if (!Agrees("ClientRequest", comparison)) return false;
  }
  const bool told = event_.entry && event_.entry->digest;
  progress().announced.push_back(told ? *event_.entry->digest : 0);
  return true;
}

bool Stepper::OnReady() {
  if (!ShowsState("Ready")) return false;
  if (context_.disk_logged) {
    if (progress().ready) return Refuse("Ready", "the Ready before it was persisted (Persist)");
    progress().ready = true;
    return true;
  }
  return Take("Persist", spec::Persist(raft_, i_, server().commit_index));
}

bool Stepper::OnPersist() {
  if (!progress().ready) return Refuse("Persist", "a Ready is out");
  progress().ready = false;
  const spec::LogId before = server().durable.log;
  const auto& durable = event_.durable;
  const bool told = durable && durable->commit;
  if (!Take("Persist", spec::Persist(raft_, i_, told ? *durable->commit : server().commit_index))) {
    return false;
  }
  Comparison comparison(context_.servers);
  comparison.State(event_, ShownNow());
  const spec::ServerState::Durable& disk = server().durable;
  if (durable) CompareDurable(comparison, *durable, disk);
  if (event_.ents && event_.index) {
    CompareWritten(comparison, {*event_.index, *event_.ents}, before, disk.log);
  }
  return Agrees("Persist", comparison);
}

void Stepper::CompareDurable(Comparison& comparison, const trace::Durable& durable,
                             const spec::ServerState::Durable& disk) {
  comparison.Number("durable.term", disk.term, durable.term);
  comparison.Id("durable.vote", disk.vote == spec::kNil ? 0 : context_.servers.Id(disk.vote),
                durable.vote);
  comparison.Number("durable.commit", disk.commit, durable.commit);
  comparison.Number("durable.log", context_.tree.Length(disk.log), durable.log);
  comparison.Number("durable.logTerm", context_.tree.LastTerm(disk.log), durable.log_term);
}

void Stepper::CompareWritten(Comparison& comparison, const Written& written, spec::LogId before,
                             spec::LogId after) {
  const spec::LogTree& tree = context_.tree;
  const std::vector<trace::Entry>& ents = written.ents;
  const spec::Index length = tree.Length(after);
  if (ents.empty()) {
    comparison.Number("index", 0, written.index);
    comparison.Truth("ents: something was written", before != after, false);
    return;
  }
  comparison.Number("index + Len(ents) - 1", length, written.index + ents.size() - 1);
  if (written.index + ents.size() - 1 != length) return;
  const spec::Index kept = written.index - 1;
  const bool keeps =
      kept <= tree.Length(before) && tree.Prefix(before, kept) == tree.Prefix(after, kept);
  comparison.Truth("index: what stands before it was on disk", keeps, true);
  for (std::size_t k = ents.size(); k-- > 0;) {
    comparison.Entry("ents.term", "ents.digest", ents[k], tree, after);
    after = tree.Parent(after);
  }
}

bool Stepper::OnApply() {
  ServerProgress& p = progress();
  if (!ShowsState("Apply")) return false;
  const std::uint64_t index = event_.index.value_or(p.applied + 1);
  Comparison comparison(context_.servers);
  comparison.Number("index", p.applied + 1, event_.index);
  if (!Agrees("Apply", comparison)) return false;
  if (index > server().commit_index || index > context_.tree.Length(server().log)) {
    return Refuse("Apply", "index <= commitIndex[i]",
                  "index = " + std::to_string(index) +
                      ", commitIndex[i] = " + std::to_string(server().commit_index));
  }
  p.applied = index;
  if (!event_.entry) return true;
  Comparison entry(context_.servers);
  entry.Entry("entry.term", "entry.digest", *event_.entry, context_.tree,
              context_.tree.Prefix(server().log, index));
  return Agrees("Apply", entry);
}

StepResult Step(Candidate& candidate, const trace::Event& event, TraceContext& context) {
  return Stepper(candidate, event, context).Run();
}

}  // namespace conformance
