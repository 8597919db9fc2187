// The table of events, and how a line walks through it: stray fields, what earlier lines left open,
// the order of lines, the handler, the properties.
#include "conformance/judge/raft_trace.h"

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

namespace conformance {
namespace {

using Name = trace::EventName;

// The fields that belong to the lines of an event, beside those that every line may have.  A field
// that nobody would compare must not be there.  TLA+: FieldsOf.
struct Fields {
  bool msg = false;
  bool change = false;    // prop.cc
  bool progress = false;  // prop.match, prop.next
  bool entry = false;
  bool index = false;
  bool ents = false;
  bool durable = false;
  bool result = false;
  bool read = false;
};

constexpr Fields kState = {};  // the state of the server only
constexpr Fields kMessage = {.msg = true};

// How the lines of one event are explained.
struct EventRow {
  Name event;
  // Which state of the server the line shows: that before or after the actions.
  std::string_view shows;
  std::string_view actions;
  Fields fields;
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
     .shows = "what is found on the disk, step by step",
     .actions = "Init (first start) or Restart; then RecoverCommitIndex, if it is shown",
     .fields = kState,
     .handler = OnInitState,
     .at_any_time = true},
    {.event = Name::kCrash,
     .shows = "before",
     .actions = "none: Restart says what was lost",
     .fields = {.index = true, .ents = true, .durable = true},
     .handler = OnCrash,
     .at_any_time = true},

    // Roles.
    {.event = Name::kBecomeFollower,
     .shows = "after",
     .actions =
         "UpdateTerm or ReturnToFollower, if the server received a message and has not handled "
         "it; UpdateTerm by a message that need not be in the trace (PreVote, transfer); else "
         "StepDown.  While the server loads: see InitState",
     .fields = kState,
     .handler = OnBecomeFollower,
     .while_loading = OnLoadedState,
     .in_bootstrap = OnBootstrapStart},
    {.event = Name::kBecomePreCandidate,
     .shows = "after",
     .actions = "BecomePreCandidate",
     .fields = kState,
     .handler = OnBecomePreCandidate},
    {.event = Name::kBecomeCandidate,
     .shows = "after",
     .actions = "Timeout, or HandleTimeoutNow of the message that the server received",
     .fields = kState,
     .handler = OnBecomeCandidate},
    {.event = Name::kBecomeLeader,
     .shows = "after",
     .actions = "BecomeLeader",
     .fields = kState,
     .handler = OnBecomeLeader},
    {.event = Name::kForgetLeader,
     .shows = "after",
     .actions = "ForgetLeader",
     .fields = kState,
     .handler = OnForgetLeader},

    // The log and its application.
    {.event = Name::kReplicate,
     .shows = "before",
     .actions = "ClientRequest, taken with the next SendAppendEntriesResponse",
     .fields = {.entry = true},
     .handler = OnReplicate},
    {.event = Name::kCommit,
     .shows = "after",
     .actions = "AdvanceCommitIndex, or nothing to commit",
     .fields = kState,
     .handler = OnCommit},
    {.event = Name::kApply,
     .shows = "the state as it is",
     .actions = "none",
     .fields = {.entry = true, .index = true, .result = true},
     .handler = OnApply},
    {.event = Name::kReadIndex,
     .shows = "no state",
     .actions = "ReadIndex",
     .fields = {.read = true},
     .handler = OnReadIndex},
    {.event = Name::kReadState,
     .shows = "no state",
     .actions = "ServeRead",
     .fields = {.index = true, .read = true},
     .handler = OnReadState},

    // Membership.
    {.event = Name::kChangeConf,
     .shows = "before",
     .actions = "ChangeConf, taken with the next SendAppendEntriesResponse",
     .fields = {.change = true, .entry = true, .index = true},
     .handler = OnChangeConf},
    {.event = Name::kApplyConfChange,
     .shows = "before",
     .actions = "ApplyConfChange; none after a snapshot was received, or while the server loads",
     .fields = {.change = true},
     .handler = OnApplyConfChange,
     .while_loading = OnLoadedConf,
     .in_bootstrap = OnBootstrapConf},

    // The disk.
    {.event = Name::kReady,
     .shows = "after",
     .actions = "HandOver; also Persist, unless the trace has lines for it",
     .fields = kState,
     .handler = OnReady},
    {.event = Name::kPersist,
     .shows = "after",
     .actions = "Persist",
     .fields = {.index = true, .ents = true, .durable = true},
     .handler = OnPersist},
    {.event = Name::kCompact,
     .shows = "after",
     .actions = "Compact",
     .fields = {.index = true, .durable = true},
     .handler = OnCompact},

    // Messages.
    {.event = Name::kSendRequestVoteRequest,
     .shows = "after",
     .actions = "RequestVote(i, j)",
     .fields = kMessage,
     .handler = OnSend},
    {.event = Name::kSendRequestVoteResponse,
     .shows = "before the vote is recorded",
     .actions = "to itself: RequestVote(i, i); to others: what HandleRequestVoteRequest or "
                "RespondToOlderTerm queued",
     .fields = kMessage,
     .handler = OnSend},
    {.event = Name::kSendAppendEntriesRequest,
     .shows = "after",
     .actions = "AppendEntries, Heartbeat, SendSnapshot",
     .fields = {.msg = true, .progress = true},
     .handler = OnSend},
    {.event = Name::kSendAppendEntriesResponse,
     .shows = "after",
     .actions = "to itself: AppendEntriesToSelf; to others: what the handler or RespondToOlderTerm "
                "queued",
     .fields = kMessage,
     .handler = OnSend},
    {.event = Name::kSendMessage,
     .shows = "after",
     .actions = "RequestPreVote, SendTimeoutNow, or what HandlePreVoteRequest queued",
     .fields = kMessage,
     .handler = OnSend},
    {.event = Name::kReceiveRequestVoteRequest,
     .shows = "before",
     .actions = kReceived,
     .fields = kMessage,
     .handler = OnReceive},
    {.event = Name::kReceiveRequestVoteResponse,
     .shows = "before",
     .actions = kReceived,
     .fields = kMessage,
     .handler = OnReceive},
    {.event = Name::kReceiveAppendEntriesRequest,
     .shows = "before",
     .actions = kReceived,
     .fields = kMessage,
     .handler = OnReceive},
    {.event = Name::kReceiveAppendEntriesResponse,
     .shows = "before",
     .actions = kReceived,
     .fields = kMessage,
     .handler = OnReceive},
    {.event = Name::kReceiveMessage,
     .shows = "before",
     .actions = kReceived,
     .fields = kMessage,
     .handler = OnReceive},
    {.event = Name::kDropMessage,
     .shows = "no state",
     .actions = "DropMessage",
     .fields = kMessage,
     .handler = OnNetwork,
     .at_any_time = true},
    {.event = Name::kDuplicateMessage,
     .shows = "no state",
     .actions = "DuplicateMessage",
     .fields = kMessage,
     .handler = OnNetwork,
     .at_any_time = true},

    // In etcd's enumeration; nobody writes them.
    {.event = Name::kSendSnapshot,
     .shows = "",
     .actions = "",
     .fields = kMessage,
     .handler = OnNeverWritten},
    {.event = Name::kReceiveSnapshot,
     .shows = "",
     .actions = "",
     .fields = kMessage,
     .handler = OnNeverWritten},
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

// A field that does not belong to the line; nullptr if there is none.
const char* StrayField(const trace::Event& e, const Fields& fields) {
  if (e.msg && !fields.msg) return "msg";
  if (e.entry && !fields.entry) return "entry";
  if (e.index && !fields.index) return "index";
  if (e.ents && !fields.ents) return "ents";
  if (e.durable && !fields.durable) return "durable";
  if (e.result && !fields.result) return "result";
  if (e.read && !fields.read) return "read";
  if (!e.prop) return nullptr;
  if (e.prop->cc && !fields.change) return "prop.cc";
  return (e.prop->match || e.prop->next) && !fields.progress ? "prop.match" : nullptr;
}

Handler* HandlerOf(const EventRow& row, Line& line) {
  const ServerProgress& p = line.progress();
  if (row.while_loading != nullptr && p.stage == ServerProgress::Stage::kLoading) {
    return row.while_loading;
  }
  if (row.in_bootstrap == nullptr) return row.handler;
  const bool begins = row.event == Name::kBecomeFollower && !p.received && IsNewborn(line);
  return begins || p.bootstrap_length ? row.in_bootstrap : row.handler;
}

// The server received a vote request that it may have ignored, and becomes a follower.  It may do
// so for another reason than this request: that is a second explanation, beside the one in `line`.
void AlsoExplainIgnored(Line& line) {
  const auto& received = line.progress().received;
  if (line.event.name != Name::kBecomeFollower || !received || !MayBeIgnored(line, *received) ||
      WhoTellsNewerTerm(line) == spec::kNil) {
    return;
  }
  Candidate other = line.candidate;
  other.progress[line.i].received.reset();
  if (!spec::IgnoreVoteRequest(other.raft, line.i, received->from, *received)) return;
  const StepResult result = Step(other, line.event, line.context);
  if (!result.ok() || result.violation) return;
  line.context.actions.Add("IgnoreVoteRequest");
  ++line.context.inferred_steps;
  line.result.branches.push_back(std::move(other));
}

void CheckProperties(Line& line, const spec::ServerState& before) {
  auto& violation = line.result.violation;
  if (!violation) violation = spec::CheckProperties(line.raft, line.i);
  if (!violation) violation = spec::CheckStep(line.raft, line.i, before, line.restarted);
}

void TryLine(Line& line) {
  TraceContext& context = line.context;
  line.i = context.servers.Add(line.event.node);
  if (line.i == spec::kNil) {
    line.result.out_of_scope = "more than " + std::to_string(spec::kMaxServers) + " servers";
    return;
  }
  const EventRow& row = RowOf(line.event.name);
  if (const char* stray = StrayField(line.event, row.fields)) {
    line.Refuse(line.Name(), std::string("an event of this name has no ") + stray);
    return;
  }
  SettleOpenQuestions(line);
  const spec::ServerState before = line.server();
  if (row.at_any_time || ComesInOrder(line)) {
    AlsoExplainIgnored(line);
    HandlerOf(row, line)(line);
  }
  if (!line.result.ok()) return;
  if (line.server().current_term != before.current_term && !line.raft.constants.campaign_messages) {
    context.terms[line.server().current_term].Insert(line.i);
  }
  CheckProperties(line, before);
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
  const trace::Event& event = line.event;
  const TraceContext& context = line.context;
  if (!event.msg) return Wait::kNo;
  const std::optional<spec::Message> m = FindMessage(line);
  const bool known = m && m->to != spec::kNil;
  // The receiver may have this message and may not have handled it yet.  This line may settle it,
  // and then one copy less is in flight.
  const int taken = known && line.candidate.progress[m->to].received == m ? 1 : 0;
  if (known && line.raft.network.InFlight(*m) > taken) return Wait::kNo;
  const spec::Server from = context.servers.Find(event.msg->from.value_or(0));
  const bool written = !context.disk_logged && from != spec::kNil;
  if (written && WritesBeforeMessage(line, from) > 0) return Wait::kForWrite;
  return !known || context.network_logged ? Wait::kYes : Wait::kNo;
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
