#include "conformance/judge/raft_trace.h"

#include <utility>

#include "conformance/judge/raft_trace_step.h"
#include "conformance/judge/words.h"

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
  if (const char* stray = StrayField()) {
    Refuse(NameOf(event_), std::string("an event of this name has no ") + stray);
    return std::move(result_);
  }
  if (context_.first_term_open) LearnFirstTerm();
  if (progress().open_change) SettleChange();
  if (progress().stored) SettleStored();
  const spec::ServerState before = server();
  if (IsOfNetwork()) {
    OfNetwork();
  } else if (InOrder()) {
    OfServer();
  }
  if (result_.ok() && server().current_term != before.current_term &&
      !raft_.constants.campaign_messages) {
    context_.terms[server().current_term].Insert(i_);
  }
  if (result_.ok()) CheckProperties(before);
  return std::move(result_);
}

namespace {

// The fields that belong to the lines of a name, beside those that every line may have: what nobody
// would compare must not be there.  TLA+: FieldsOf.
struct Fields {
  bool msg = false;
  bool change = false;  // prop.cc
  bool entry = false;
  bool index = false;
  bool ents = false;
  bool durable = false;
  bool result = false;
  bool read = false;
};

Fields FieldsOf(trace::EventName name) {
  using Name = trace::EventName;
  switch (name) {
    case Name::kInitState:
    case Name::kBecomeFollower:
    case Name::kBecomePreCandidate:
    case Name::kBecomeCandidate:
    case Name::kBecomeLeader:
    case Name::kForgetLeader:
    case Name::kCommit:
    case Name::kReady:
      return {};
    case Name::kApplyConfChange:
      return {.change = true};
    case Name::kReplicate:
      return {.entry = true};
    case Name::kChangeConf:
      return {.change = true, .entry = true, .index = true};
    case Name::kApply:
      return {.entry = true, .index = true, .result = true};
    case Name::kPersist:
    case Name::kCrash:
      return {.index = true, .ents = true, .durable = true};
    case Name::kCompact:
      return {.index = true, .durable = true};
    case Name::kReadIndex:
      return {.read = true};
    case Name::kReadState:
      return {.index = true, .read = true};
    default:
      return {.msg = true};
  }
}

}  // namespace

const char* Stepper::StrayField() const {
  const trace::Event& e = event_;
  const Fields fields = FieldsOf(e.name);
  if (e.msg && !fields.msg) return "msg";
  if (e.entry && !fields.entry) return "entry";
  if (e.index && !fields.index) return "index";
  if (e.ents && !fields.ents) return "ents";
  if (e.durable && !fields.durable) return "durable";
  if (e.result && !fields.result) return "result";
  if (e.read && !fields.read) return "read";
  if (!e.prop) return nullptr;
  if (e.prop->cc && !fields.change) return "prop.cc";
  const bool own = e.prop->match || e.prop->next;
  return own && e.name != Name::kSendAppendEntriesRequest ? "prop.match" : nullptr;
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
  context_.actions.Add(action);
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
  shown.lead = s.leader_id == spec::kNil ? 0 : context_.servers.Id(s.leader_id);
  shown.config = progress().replaced ? spec::Config() : s.config;
  return shown;
}

bool Stepper::ShowsState(std::string_view action) {
  Comparison comparison = Compare();
  comparison.State(event_, ShownNow());
  return Agrees(action, comparison);
}

bool Stepper::ShowsSent(std::string_view action, const spec::Message& m) {
  Comparison comparison = Compare();
  comparison.State(event_, ShownNow());
  CompareMessage(comparison, m);
  if (event_.prop) {  // MsgApp: the sender's own progress
    comparison.Number("prop.match", server().match_index[i_], event_.prop->match);
    comparison.Number("prop.next", server().match_index[i_] + 1, event_.prop->next);
  }
  return Agrees(action, comparison);
}

bool Stepper::InOrder() {
  ServerProgress& p = progress();
  // What the environment says of a server may come at any moment.
  const bool of_environment = event_.name == Name::kInitState || event_.name == Name::kCrash;
  if (of_environment) return true;
  if (p.stage == Stage::kUnborn || p.stage == Stage::kDown) {
    return Refuse(NameOf(event_), p.stage == Stage::kDown ? "the server is up"
                                                          : "the server was started (InitState)");
  }
  if (p.stage == Stage::kLoading && event_.name != Name::kApplyConfChange &&
      event_.name != Name::kBecomeFollower) {
    return Refuse("Restart", "InitState is followed by ApplyConfChange and BecomeFollower");
  }
  if (p.replaced && event_.name != Name::kApplyConfChange) {
    return Refuse("HandleSnapshotRequest",
                  "the configuration of the snapshot is the server's next line (ApplyConfChange)");
  }
  if (p.response && !p.replaced && !IsResponse()) {
    return Refuse(HandlerOf(*p.response),
                  "the answer to a request is the server's next line: " +
                      MessageText(*p.response, context_.servers, context_.tree));
  }
  if (p.hand && !IsOfHand() && !PutAside()) return false;
  const bool announces = event_.name == Name::kReplicate || event_.name == Name::kChangeConf;
  if (!p.announced.empty() && !announces && !IsToItself()) {
    return Refuse("ClientRequest",
                  "Replicate is followed by the leader's acknowledgement to itself "
                  "(SendAppendEntriesResponse)");
  }
  if (p.bootstrap_length && event_.name != Name::kApplyConfChange && !FinishBootstrap()) {
    return false;
  }
  if (event_.name == Name::kBecomeCandidate || event_.name == Name::kBecomePreCandidate) {
    InferBeforeCampaign();
  }
  InferPreCandidate();
  InferCommit();
  return result_.ok();
}

// Is this line BecomeFollower, because of the message in hand?
bool Stepper::IsOfHand() {
  const spec::Message& m = *progress().hand;
  const bool leads = spec::IsFromLeader(m) || m.type == spec::MessageType::kMsgTimeoutNow;
  const bool raises =
      m.type != spec::MessageType::kMsgPreVote &&
      (m.term > server().current_term || (m.term == server().current_term && leads));
  if (event_.name != Name::kBecomeFollower || !raises) return false;
  const bool told = event_.state && event_.state->term;
  return !told || *event_.state->term == m.term || !MayBeIgnored(m);
}

// The message in hand is not what this line is about.
bool Stepper::PutAside() {
  const spec::Message m = *progress().hand;
  if (m.type == spec::MessageType::kMsgTimeoutNow && m.term == server().current_term) {
    return event_.name == Name::kBecomeCandidate ||
           Refuse("HandleTimeoutNow", "the server's next line is BecomeCandidate");
  }
  if (m.type == spec::MessageType::kMsgPreVote && IsResponse()) return true;
  if (m.type == spec::MessageType::kMsgVote && m.term == server().current_term) {
    return IsResponse() ||
           Refuse("HandleRequestVoteRequest", "the answer is the server's next line");
  }
  if (m.term < server().current_term && spec::IsFromLeader(m)) {
    if (IsResponse() && !IsToItself()) return true;
    progress().hand.reset();
    return TakeUnseen("DropStale", spec::DropStale(raft_, i_, m.from, m));
  }
  if (!MayBeIgnored(m)) {
    const bool newer = m.term > server().current_term;
    return Refuse(newer ? "UpdateTerm" : "ReturnToFollower",
                  "the server's next line is BecomeFollower, because of " +
                      MessageText(m, context_.servers, context_.tree));
  }
  progress().hand.reset();
  return TakeUnseen("IgnoreVoteRequest", spec::IgnoreVoteRequest(raft_, i_, m.from, m));
}

void Stepper::InferPreCandidate() {
  if (progress().stage != Stage::kRunning) return;
  const bool asks = event_.role == trace::Role::kPreCandidate;
  if (asks && !raft_.constants.campaign_messages && server().state != spec::Role::kPreCandidate) {
    InferBeforeCampaign();
    TakeUnseen("BecomePreCandidate", spec::BecomePreCandidate(raft_, i_));
  }
}

void Stepper::InferBeforeCampaign() {
  if (!context_.disk_logged) InferInstalled();
  SkipApplied();
}

// A refused pre-vote may say what is committed, and need not be in the trace.  What the line shows
// as committed, if that is more than the server has heard in the trace; else 0.
spec::Index Stepper::CommitUnseen() {
  const spec::Constants& constants = raft_.constants;
  const bool asks =
      event_.role == trace::Role::kPreCandidate || server().state == spec::Role::kPreCandidate;
  if (!constants.votes_carry_commit || constants.campaign_messages || !event_.state || !asks) {
    return 0;
  }
  const spec::Index shown = event_.state->commit.value_or(0);
  return shown > server().commit_index ? shown : 0;
}

void Stepper::InferCommit() {
  const spec::Index shown = CommitUnseen();
  const bool known = shown <= context_.tree.Length(raft_.history.committed);
  if (shown == 0 || !known || server().state != spec::Role::kPreCandidate) return;
  for (spec::Server j = 0; j < static_cast<spec::Server>(context_.servers.size()); ++j) {
    if (raft_.state[j].commit_index < shown) continue;
    spec::Message m = spec::MakeMessage(raft_, spec::MessageType::kMsgPreVoteResp, j, i_);
    m.term = server().current_term;
    m.reject = true;
    m.commit = shown;
    m.log_term = context_.tree.TermAt(raft_.history.committed, shown);
    raft_.network.AddCopy(m);
    TakeUnseen("HandlePreVoteResponse", spec::HandlePreVoteResponse(raft_, i_, j, m));
    return;
  }
}

bool Stepper::OfServer() {
  switch (event_.name) {
    case Name::kInitState:
      return OnInitState();
    case Name::kBecomeFollower:
      return OnBecomeFollower();
    case Name::kBecomePreCandidate:
      return Take("BecomePreCandidate", spec::BecomePreCandidate(raft_, i_)) &&
             ShowsState("BecomePreCandidate");
    case Name::kForgetLeader:
      return Take("ForgetLeader", spec::ForgetLeader(raft_, i_)) && ShowsState("ForgetLeader");
    case Name::kBecomeCandidate:
      return OnBecomeCandidate();
    case Name::kBecomeLeader:
      return Take("BecomeLeader", spec::BecomeLeader(raft_, i_)) && ShowsState("BecomeLeader");
    case Name::kCommit:
      return OnCommit();
    case Name::kReplicate:
      return OnReplicate();
    case Name::kChangeConf:
      return OnChangeConf();
    case Name::kApplyConfChange:
      return OnApplyConfChange();
    case Name::kReady:
      return OnReady();
    case Name::kPersist:
      return OnPersist();
    case Name::kCompact:
      return OnCompact();
    case Name::kCrash:
      return OnCrash();
    case Name::kApply:
      return OnApply();
    case Name::kReadIndex:
    case Name::kReadState:
      return OnRead();
    case Name::kSendAppendEntriesRequest:
    case Name::kSendRequestVoteRequest:
    case Name::kSendAppendEntriesResponse:
    case Name::kSendRequestVoteResponse:
    case Name::kSendMessage:
      return OnSend();
    case Name::kReceiveAppendEntriesRequest:
    case Name::kReceiveAppendEntriesResponse:
    case Name::kReceiveRequestVoteRequest:
    case Name::kReceiveRequestVoteResponse:
    case Name::kReceiveMessage:
      return OnReceive();
    case Name::kSendSnapshot:
    case Name::kReceiveSnapshot:
      return OutOfScope("nobody writes such a line");
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

bool Stepper::OnBecomeCandidate() {
  const std::optional<spec::Message> told = progress().hand;
  progress().hand.reset();
  if (told) {
    return Take("HandleTimeoutNow", spec::HandleTimeoutNow(raft_, i_, told->from, *told)) &&
           ShowsState("HandleTimeoutNow");
  }
  const spec::Outcome outcome = spec::Timeout(raft_, i_);
  if (Take("Timeout", outcome)) return ShowsState("Timeout");
  return Refuse("HandleTimeoutNow", "a MsgTimeoutNow was received and not yet obeyed");
}

bool Stepper::OnCommit() {
  const spec::Index before = context_.tree.Length(raft_.history.committed);
  if (!Take("AdvanceCommitIndex", spec::AdvanceCommitIndex(raft_, i_))) return false;
  if (!ShowsState("AdvanceCommitIndex")) return false;
  if (context_.tree.Length(raft_.history.committed) > before) {
    result_.violation =
        spec::CommittedIsDurable(raft_.state, server().config, context_.tree, raft_.history);
  }
  return true;
}

bool Stepper::OnReplicate() {
  if (!ShowsState("ClientRequest")) return false;
  Announced announced;
  if (event_.entry) {
    Comparison comparison = Compare();
    comparison.Number("entry.term", server().current_term, event_.entry->term);
    if (!Agrees("ClientRequest", comparison)) return false;
    announced.value = event_.entry->digest.value_or(0);
  }
  progress().announced.push_back(announced);
  return true;
}

bool Stepper::OnApply() {
  ServerProgress& p = progress();
  if (!ShowsState("Apply")) return false;
  const std::uint64_t index = event_.index.value_or(p.applied + 1);
  Comparison comparison = Compare();
  comparison.Number("index", p.applied + 1, event_.index);
  if (!Agrees("Apply", comparison)) return false;
  if (index > server().commit_index || index > context_.tree.Length(server().log)) {
    return Refuse("Apply", "index <= commitIndex[i]",
                  "index = " + std::to_string(index) +
                      ", commitIndex[i] = " + std::to_string(server().commit_index));
  }
  p.applied = index;
  if (!event_.entry) return true;
  Comparison entry = Compare();
  entry.Entry("entry.term", "entry.digest", *event_.entry, context_.tree,
              context_.tree.Prefix(server().log, index));
  return Agrees("Apply", entry);
}

bool Stepper::OnRead() {
  if (!event_.read) return Refuse(NameOf(event_), "the event has a read");
  if (event_.name == Name::kReadIndex) {
    if (!Take("ReadIndex", spec::ReadIndex(raft_, i_, *event_.read))) return false;
    if (context_.no_clock) raft_.history.FindRead(*event_.read)->known = server().commit_index;
    return true;
  }
  if (!event_.index) return Refuse(NameOf(event_), "the event has an index");
  ++context_.compared;
  return Take("ServeRead", spec::ServeRead(raft_, i_, *event_.read, *event_.index));
}

// Every other line is about its own server.
Wait Stepper::Waits() {
  i_ = context_.servers.Find(event_.node);
  const bool runs = i_ != spec::kNil && progress().stage == Stage::kRunning;
  if (runs && CommitUnseen() > context_.tree.Length(raft_.history.committed)) return Wait::kYes;
  const auto wait = [](bool yes) { return yes ? Wait::kYes : Wait::kNo; };
  switch (event_.name) {
    case Name::kReceiveAppendEntriesRequest:
    case Name::kReceiveAppendEntriesResponse:
    case Name::kReceiveRequestVoteRequest:
    case Name::kReceiveRequestVoteResponse:
    case Name::kReceiveMessage:
    case Name::kDropMessage:
    case Name::kDuplicateMessage: {
      if (!event_.msg) return Wait::kNo;
      const std::optional<spec::Message> m = Find();
      // What is in hand may be put aside by this very line, and is gone then.
      const bool known = m && m->to != spec::kNil;
      const int taken = known && candidate_.progress[m->to].hand == m ? 1 : 0;
      if (known && raft_.network.InFlight(*m) > taken) return Wait::kNo;
      const spec::Server from = context_.servers.Find(event_.msg->from.value_or(0));
      const bool written = !context_.disk_logged && from != spec::kNil;
      if (written && WritesBeforeMessage(from) > 0) return Wait::kForWrite;
      return wait(!known || context_.network_logged);
    }
    case Name::kBecomeFollower: {
      // A message that is not in the trace may tell the term, once somebody is in it.
      if (i_ == spec::kNil || raft_.constants.campaign_messages || !event_.state) return Wait::kNo;
      const spec::Term term = event_.state->term.value_or(0);
      const auto& hand = progress().hand;
      const bool told = hand && hand->term == term;
      return wait(progress().stage == Stage::kRunning && !told && term > server().current_term &&
                  !IsNewborn() && TellsNewerTerm() == spec::kNil);
    }
    case Name::kReadState:
      return wait(event_.index && *event_.index > context_.tree.Length(raft_.history.committed));
    default:
      return Wait::kNo;
  }
}

Wait Waits(Candidate& candidate, const trace::Event& event, TraceContext& context) {
  return Stepper(candidate, event, context).Waits();
}

StepResult Step(Candidate& candidate, const trace::Event& event, TraceContext& context) {
  return Stepper(candidate, event, context).Run();
}

}  // namespace conformance
