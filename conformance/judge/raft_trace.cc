// The table of events, and how a line walks through it: stray fields, what earlier lines left open,
// the order of lines, the handler, the properties.
#include "conformance/judge/raft_trace.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "conformance/judge/raft_trace_before.h"
#include "conformance/judge/raft_trace_handlers.h"
#include "conformance/judge/raft_trace_infer.h"
#include "conformance/judge/raft_trace_line.h"
#include "conformance/judge/raft_trace_received.h"
#include "raft/trace/event_fields.h"

namespace conformance {
namespace {

using Name = trace::EventName;

// How the lines of one event are explained.  Which fields they have, and which moment of the server
// the fields show, is the table in raft/trace/event_fields.h.
struct EventRow {
  Name event;
  std::string_view actions;
  Handler* handler;
  Handler* while_loading = nullptr;  // for a server that loads what it stored
  Handler* in_bootstrap = nullptr;   // for a server in etcd's RawNode.Bootstrap
  bool at_any_time = false;          // the environment does it: the line may come at any time
};

bool OnNeverWritten(Line& line) { return line.OutOfScope("nobody writes such a line"); }

constexpr std::string_view kReceived =
    "UpdateTerm, if the message has a newer term; then its handler";

constexpr EventRow kRows[] = {
    // Starting and stopping.
    {.event = Name::kInitState,
     .actions = "Init (first start) or Restart; then RecoverCommitIndex, if it is shown",
     .handler = OnInitState,
     .at_any_time = true},
    {.event = Name::kCrash,
     .actions = "none: Restart says what was lost",
     .handler = OnCrash,
     .at_any_time = true},

    // Roles.
    {.event = Name::kBecomeFollower,
     .actions =
         "UpdateTerm or ReturnToFollower, if the server received a message and has not handled "
         "it; UpdateTerm by a message that need not be in the trace (PreVote, transfer); else "
         "StepDown.  While the server loads: see InitState",
     .handler = OnBecomeFollower,
     .while_loading = OnLoadedState,
     .in_bootstrap = OnBootstrapStart},
    {.event = Name::kBecomePreCandidate,
     .actions = "BecomePreCandidate",
     .handler = OnBecomePreCandidate},
    {.event = Name::kBecomeCandidate,
     .actions = "Timeout, or HandleTimeoutNow of the message that the server received",
     .handler = OnBecomeCandidate},
    {.event = Name::kBecomeLeader, .actions = "BecomeLeader", .handler = OnBecomeLeader},
    {.event = Name::kForgetLeader, .actions = "ForgetLeader", .handler = OnForgetLeader},

    // The log and its application.
    {.event = Name::kReplicate,
     .actions = "ClientRequest, taken with the next SendAppendEntriesResponse",
     .handler = OnReplicate},
    {.event = Name::kCommit,
     .actions = "AdvanceCommitIndex, or nothing to commit",
     .handler = OnCommit},
    {.event = Name::kApply, .actions = "none", .handler = OnApply},
    {.event = Name::kReadIndex, .actions = "ReadIndex", .handler = OnReadIndex},
    {.event = Name::kReadState, .actions = "ServeRead", .handler = OnReadState},
    {.event = Name::kLeaseRead,
     .actions = "none: ServeRead comes at the server that was asked",
     .handler = OnLeaseRead},
    {.event = Name::kTick, .actions = "Tick", .handler = OnTick},

    // Membership.
    {.event = Name::kChangeConf,
     .actions = "ChangeConf, taken with the next SendAppendEntriesResponse",
     .handler = OnChangeConf},
    {.event = Name::kApplyConfChange,
     .actions = "ApplyConfChange; none after a snapshot was received, or while the server loads",
     .handler = OnApplyConfChange,
     .while_loading = OnLoadedConf,
     .in_bootstrap = OnBootstrapConf},

    // The disk.
    {.event = Name::kReady,
     .actions = "HandOver; also Persist, unless the trace has lines for it",
     .handler = OnReady},
    {.event = Name::kPersist, .actions = "Persist", .handler = OnPersist},
    {.event = Name::kCompact, .actions = "Compact", .handler = OnCompact},

    // Messages.
    {.event = Name::kSendRequestVoteRequest, .actions = "RequestVote(i, j)", .handler = OnSend},
    {.event = Name::kSendRequestVoteResponse,
     .actions = "to itself: RequestVote(i, i); to others: what HandleRequestVoteRequest or "
                "RespondToOlderTerm queued",
     .handler = OnSend},
    {.event = Name::kSendAppendEntriesRequest,
     .actions = "AppendEntries, Heartbeat, SendSnapshot",
     .handler = OnSend},
    {.event = Name::kSendAppendEntriesResponse,
     .actions = "to itself: AppendEntriesToSelf; to others: what the handler or RespondToOlderTerm "
                "queued",
     .handler = OnSend},
    {.event = Name::kSendMessage,
     .actions = "RequestPreVote, SendTimeoutNow, or what HandlePreVoteRequest queued",
     .handler = OnSend},
    {.event = Name::kReceiveRequestVoteRequest, .actions = kReceived, .handler = OnReceive},
    {.event = Name::kReceiveRequestVoteResponse, .actions = kReceived, .handler = OnReceive},
    {.event = Name::kReceiveAppendEntriesRequest, .actions = kReceived, .handler = OnReceive},
    {.event = Name::kReceiveAppendEntriesResponse, .actions = kReceived, .handler = OnReceive},
    {.event = Name::kReceiveMessage, .actions = kReceived, .handler = OnReceive},
    {.event = Name::kDropMessage,
     .actions = "DropMessage",
     .handler = OnNetwork,
     .at_any_time = true},
    {.event = Name::kDuplicateMessage,
     .actions = "DuplicateMessage",
     .handler = OnNetwork,
     .at_any_time = true},

    // In etcd's enumeration; nobody writes them.
    {.event = Name::kSendSnapshot, .actions = "", .handler = OnNeverWritten},
    {.event = Name::kReceiveSnapshot, .actions = "", .handler = OnNeverWritten},
};

constexpr std::size_t kEvents = trace::kEventNames.size();

// The place of each event in kRows.  If an event is missing or stands twice, this does not compile.
constexpr std::array<std::uint8_t, kEvents> kPlaces = [] {
  static_assert(std::size(kRows) == kEvents);
  std::array<std::uint8_t, kEvents> places{};
  std::array<bool, kEvents> found{};
  for (std::size_t k = 0; k < kEvents; ++k) {
    const auto event = static_cast<std::size_t>(kRows[k].event);
    if (found[event]) throw "an event has two rows";  // NOLINT: only the compiler runs this
    found[event] = true;
    places[event] = static_cast<std::uint8_t>(k);
  }
  return places;
}();

const EventRow& RowOf(Name event) { return kRows[kPlaces[static_cast<std::size_t>(event)]]; }

Handler* HandlerOf(const EventRow& row, Line& line) {
  const ServerProgress& p = line.progress();
  if (row.while_loading != nullptr && p.stage == ServerProgress::Stage::kLoading) {
    return row.while_loading;
  }
  if (row.in_bootstrap == nullptr) return row.handler;
  const bool begins = row.event == Name::kBecomeFollower && !p.received && IsNewborn(line);
  return begins || p.bootstrap_length ? row.in_bootstrap : row.handler;
}

// Tries the line as `event` from `other`, as one more explanation beside that in `line`.
bool AlsoFrom(Line& line, Candidate other, const trace::Event& event) {
  StepResult result = Step(other, event, line.context);
  if (!result.ok()) return false;
  ++line.context.inferred_steps;
  line.result.branches.push_back({std::move(other), result.violation});
  std::move(result.branches.begin(), result.branches.end(),
            std::back_inserter(line.result.branches));
  return true;
}

// The server received a vote request that it may have ignored, and becomes a follower.  It may do
// so for another reason than this request: that is a second explanation.
void AlsoExplainIgnored(Line& line) {
  const auto& received = line.progress().received;
  if (line.event.name != Name::kBecomeFollower || !received || !MayBeIgnored(line, *received) ||
      WhoTellsNewerTerm(line) == spec::kNil) {
    return;
  }
  Candidate other = line.candidate;
  other.progress[line.i].received.reset();
  if (!spec::IgnoreVoteRequest(other.raft, line.i, received->from, *received)) return;
  if (AlsoFrom(line, std::move(other), line.event)) line.context.actions.Add("IgnoreVoteRequest");
}

// The trace need not show that a server becomes a pre-candidate.  A line without a role may be that
// of a pre-candidate.
void AlsoExplainPreCandidate(Line& line) {
  const spec::Role role = line.server().state;
  const bool may_be = line.raft.constants.pre_vote && !line.raft.constants.campaign_messages &&
                      line.progress().stage == ServerProgress::Stage::kRunning &&
                      (role == spec::Role::kFollower || role == spec::Role::kCandidate);
  if (line.event.role || !may_be) return;
  trace::Event event = line.event;
  event.role = trace::Role::kPreCandidate;
  if (AlsoFrom(line, line.candidate, event)) {
    line.context.open_field = std::string(line.Name()) + " needs role";
  }
}

// The state before a line of server i.
struct Before {
  spec::ServerState server;
  spec::Index committed = 0;
};

std::optional<spec::Violation> BrokenProperty(const TraceContext& context, const Candidate& now,
                                              spec::Server i, const Before& before,
                                              bool restarted) {
  // Explanations share the tree of logs.  As long as there is one only, whatever the tree holds has
  // happened.
  const auto over = context.ambiguous ? spec::Logs::kOfServers : spec::Logs::kOfHistory;
  if (auto v = spec::CheckProperties(now.raft, i, over)) return v;
  if (auto v = spec::CheckCommitted(now.raft, before.server, i, before.committed)) return v;
  return spec::CheckStep(now.raft, i, before.server, restarted);
}

void TryLine(Line& line) {
  TraceContext& context = line.context;
  if (line.event.node == 0) {
    line.result.out_of_scope = "nid: \"0\" is nobody (a vote for no one); expected ids from 1 on";
    return;
  }
  line.i = context.servers.Add(line.event.node);
  if (line.i == spec::kNil) {
    line.result.out_of_scope = "more than " + std::to_string(spec::kMaxServers) + " servers";
    return;
  }
  if (const std::string_view stray = trace::StrayField(line.event); !stray.empty()) {
    line.Refuse(line.Name(), "an event of this name has no " + std::string(stray));
    return;
  }
  if (const std::string_view missing = trace::MissingField(line.event); !missing.empty()) {
    line.Needs(missing);
    return;
  }
  const Before before{line.server(), context.tree.Length(line.raft.history.committed)};
  SettleOpenQuestions(line);
  if (!line.result.ok()) return;
  const EventRow& row = RowOf(line.event.name);
  if (!row.at_any_time) {
    AlsoExplainIgnored(line);
    AlsoExplainPreCandidate(line);
  }
  if (row.at_any_time || ComesInOrder(line)) HandlerOf(row, line)(line);
  StepResult& result = line.result;
  if (!result.out_of_scope.empty()) return;
  if (!result.attempts.empty()) {
    if (result.branches.empty()) return;
    result.attempts.clear();
    line.candidate = std::move(result.branches.front().candidate);
    line.ShowChanges();
    result.violation = result.branches.front().violation;
    result.branches.erase(result.branches.begin());
  }
  if (line.server().current_term != before.server.current_term &&
      !line.raft.constants.campaign_messages) {
    context.terms[line.server().current_term].Insert(line.i);
  }
  if (!result.violation) {
    result.violation = BrokenProperty(context, line.candidate, line.i, before, line.restarted);
  }
  for (Branch& branch : result.branches) {
    if (branch.violation) continue;
    branch.violation = BrokenProperty(context, branch.candidate, line.i, before, line.restarted);
  }
}

}  // namespace

StepResult Step(Candidate& candidate, const trace::Event& event, TraceContext& context) {
  Line line(candidate, event, context);
  TryLine(line);
  return std::move(line.result);
}

namespace {

// A message must have been sent, and written to the sender's disk if it promises to be durable.
Wait WaitsForMessage(Line& line) {
  const TraceContext& context = line.context;
  if (!line.event.msg) return Wait::kNo;
  Wait least = Wait::kYes;
  for (const spec::Message& m : Meant(line)) {
    // The receiver may have this message and may not have handled it yet.  This line may settle it,
    // and then one copy less is in flight.
    const int taken = line.candidate.progress[m.to].received == m ? 1 : 0;
    if (line.raft.network.InFlight(m) > taken) return Wait::kNo;
    const bool unwritten = !context.disk_logged && WritesBeforeMessage(line, m) > 0;
    least = std::min(least, unwritten                 ? Wait::kForWrite
                            : !context.network_logged ? Wait::kNo
                                                      : Wait::kYes);
  }
  return least;
}

// A message that is not in the trace may tell the term, once some server is in it.
Wait WaitsForTerm(Line& line) {
  const trace::Event& event = line.event;
  if (line.i == spec::kNil || line.raft.constants.campaign_messages || !event.state) {
    return Wait::kNo;
  }
  const spec::Term term = event.state->term.value_or(0);
  const ServerProgress& p = line.progress();
  const bool told = p.received && p.received->term == term;
  const bool waits = p.stage == ServerProgress::Stage::kRunning && !told &&
                     term > line.server().current_term && !IsNewborn(line) &&
                     WhoTellsNewerTerm(line) == spec::kNil;
  return waits ? Wait::kYes : Wait::kNo;
}

}  // namespace

Wait Waits(Candidate& candidate, const trace::Event& event, TraceContext& context) {
  Line line(candidate, event, context);
  line.i = context.servers.Find(event.node);
  const spec::Index committed = context.tree.Length(candidate.raft.history.committed);
  const bool runs =
      line.i != spec::kNil && line.progress().stage == ServerProgress::Stage::kRunning;
  if (runs && CommitUnseen(line) > committed) return Wait::kYes;
  Handler* const handler = RowOf(event.name).handler;
  if (handler == OnReceive || handler == OnNetwork) return WaitsForMessage(line);
  if (event.name == Name::kBecomeFollower) return WaitsForTerm(line);
  const bool reads = event.name == Name::kReadState && event.index && *event.index > committed;
  return reads ? Wait::kYes : Wait::kNo;
}

}  // namespace conformance
