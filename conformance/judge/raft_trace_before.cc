// What comes before a line.
#include "conformance/judge/raft_trace_before.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "conformance/judge/raft_trace_infer.h"
#include "conformance/judge/raft_trace_received.h"
#include "conformance/judge/words.h"
#include "raft/trace/event_fields.h"

namespace conformance {
namespace {

using Name = trace::EventName;
using Stage = ServerProgress::Stage;

// ---- What earlier lines left open.

// A trace that begins with a snapshot does not say of which term it is.  The first message about
// the snapshot's index tells the term.
void LearnFirstTerm(Line& line) {
  const bool tells = line.event.msg && line.event.msg->log_term && line.event.msg->index;
  if (!tells || *line.event.msg->index != line.context.tree.Length(line.context.first_snapshot)) {
    return;
  }
  line.context.tree.SetTerm(line.context.first_snapshot, *line.event.msg->log_term);
  line.context.first_term_open = false;
}

// The change was applied as a simple one, and it was joint.
void ApplyAsJoint(Line& line, const ServerProgress::OpenChange& change) {
  spec::ServerState& s = line.server();
  s.config = spec::ConfigAfter(change.before.config, line.context.tree.Change(change.entry));
  for (spec::Server j = 0; j < spec::kMaxServers; ++j) {
    if (s.config.Members().Contains(j) && s.match_index[j] == 0) {
      s.match_index[j] = change.before.match_index[j];
    }
  }
}

// etcd does not say whether a change of one server is simple or joint.  The judge takes it for
// simple.  The first line after the change was applied shows the configuration: if it has two
// halves, the change was joint.
void SettleChange(Line& line) {
  const bool shows = line.event.name != Name::kPersist && line.event.name != Name::kCompact &&
                     trace::Has(trace::FieldsOf(line.event.name).belongs, trace::Part::kServer);
  if (!shows) return;
  const ServerProgress::OpenChange change = *line.progress().open_change;
  line.progress().open_change.reset();
  if (line.event.name == Name::kInitState) return;
  spec::ConfChange known = line.context.tree.Change(change.entry);
  using Transition = spec::ConfChange::Transition;
  if (known.changes != 1 || known.transition != Transition::kAuto) return;
  if (!line.event.conf) {
    line.Needs("conf, since no line told whether the change is simple or joint");
    return;
  }
  if ((*line.event.conf)[1].empty()) {
    line.LearnChange(change.entry, known);
    return;
  }
  known.transition = Transition::kJointImplicit;
  line.LearnChange(change.entry, known);
  ApplyAsJoint(line, change);
}

// The application stored a configuration before the restart.  Once the line shows it, the changes
// that led to it are skipped.
void SettleStored(Line& line) {
  std::optional<ServerProgress::Stored>& stored = line.progress().stored;
  if (stored->index <= line.server().conf_index) {
    stored.reset();
    return;
  }
  if (!line.event.conf || line.event.name == Name::kInitState ||
      line.progress().stage != Stage::kRunning) {
    return;
  }
  const spec::ServerSet voters = line.context.servers.SetOf((*line.event.conf)[0]);
  const spec::ServerSet outgoing = line.context.servers.SetOf((*line.event.conf)[1]);
  const auto shows = [&](const spec::Config& config) {
    return config.voters == voters && config.outgoing == outgoing;
  };
  if (!shows(line.server().config) && shows(stored->config)) InferApplied(line);
}

// ---- The message that the server received and has not handled.

// Is the line a BecomeFollower that the received message causes?
bool FollowsReceived(Line& line) {
  const spec::Message& m = *line.progress().received;
  const bool leads = spec::IsFromLeader(m) || m.type == spec::MessageType::kMsgTimeoutNow;
  const bool raises =
      m.type != spec::MessageType::kMsgPreVote &&
      (m.term > line.server().current_term || (m.term == line.server().current_term && leads));
  if (line.event.name != Name::kBecomeFollower || !raises) return false;
  const bool told = line.event.state && line.event.state->term;
  return !told || *line.event.state->term == m.term || !MayBeIgnored(line, m);
}

// The received message does not cause this line as a BecomeFollower.  The server answers the
// message, obeys it, drops it or ignores it.  False: it can do none of these.
bool SettleReceived(Line& line) {
  const spec::Message m = *line.progress().received;
  if (m.type == spec::MessageType::kMsgTimeoutNow && m.term == line.server().current_term) {
    return line.event.name == Name::kBecomeCandidate ||
           line.Refuse("HandleTimeoutNow", "the server's next line is BecomeCandidate");
  }
  if (m.type == spec::MessageType::kMsgPreVote && line.IsResponse()) return true;
  if (m.type == spec::MessageType::kMsgVote && m.term == line.server().current_term) {
    return line.IsResponse() ||
           line.Refuse("HandleRequestVoteRequest", "the answer is the server's next line");
  }
  if (m.term < line.server().current_term && spec::IsFromLeader(m)) {
    if (line.IsResponse() && !line.IsToItself()) return true;
    line.progress().received.reset();
    return line.TakeUnseen("DropStale", spec::DropStale(line.raft, line.i, m.from, m));
  }
  if (!MayBeIgnored(line, m)) {
    const bool newer = m.term > line.server().current_term;
    return line.Refuse(newer ? "UpdateTerm" : "ReturnToFollower",
                       "the server's next line is BecomeFollower, because of " +
                           MessageText(m, line.context.servers, line.context.tree));
  }
  line.progress().received.reset();
  return line.TakeUnseen("IgnoreVoteRequest",
                         spec::IgnoreVoteRequest(line.raft, line.i, m.from, m));
}

// ---- Inferred steps.

// etcd writes no line when a server becomes a pre-candidate; the server's next line shows its role.
void InferPreCandidate(Line& line) {
  if (line.progress().stage != Stage::kRunning) return;
  const bool asks = line.event.role == trace::Role::kPreCandidate;
  if (asks && !line.raft.constants.campaign_messages &&
      line.server().state != spec::Role::kPreCandidate) {
    InferBeforeCampaign(line);
    line.TakeUnseen("BecomePreCandidate", spec::BecomePreCandidate(line.raft, line.i));
  }
}

// The refusal of a pre-vote told the commit index that the line shows.
void InferCommit(Line& line) {
  const spec::Index shown = CommitUnseen(line);
  const bool known = shown <= line.context.tree.Length(line.raft.history.committed);
  if (shown == 0 || !known || line.server().state != spec::Role::kPreCandidate) return;
  for (spec::Server j = 0; j < static_cast<spec::Server>(line.context.servers.size()); ++j) {
    if (line.raft.state[j].commit_index < shown) continue;
    spec::Message m = spec::MakeMessage(line.raft, spec::MessageType::kMsgPreVoteResp, j, line.i);
    m.term = line.server().current_term;
    m.reject = true;
    m.commit = shown;
    m.log_term = line.context.tree.TermAt(line.raft.history.committed, shown);
    line.raft.network.AddCopy(m);
    line.TakeUnseen("HandlePreVoteResponse", spec::HandlePreVoteResponse(line.raft, line.i, j, m));
    return;
  }
}

// The lines of etcd's RawNode.Bootstrap have ended.  They give the log that all servers begin with.
bool FinishBootstrap(Line& line) {
  ServerProgress& p = line.progress();
  const std::vector<spec::Server> added = std::move(p.bootstrapped);
  const std::uint64_t length = *p.bootstrap_length == 0 ? added.size() : *p.bootstrap_length;
  p.bootstrap_length.reset();
  p.bootstrapped.clear();
  if (added.size() != length) {
    return line.Refuse("Init", "a bootstrap entry for each voter",
                       "voters = " + std::to_string(added.size()) +
                           ", bootstrap entries = " + std::to_string(length));
  }
  spec::LogId log = spec::kEmptyLog;
  for (const spec::Server j : added) {
    spec::ConfChange change;
    change.changes = 1;
    change.add.Insert(j);
    log = line.context.tree.Append(log, 1, std::nullopt, change);
  }
  if (line.context.bootstrap_log == spec::kEmptyLog) line.context.bootstrap_log = log;
  if (line.context.bootstrap_log != log) {
    return line.Refuse("Init", "all servers begin with the same bootstrap entries",
                       "log = " + std::to_string(length));
  }
  spec::InitServer(line.raft, line.i, log, 1);
  // The configuration is in force.  Nevertheless the application is given the entries, and applies
  // them again.
  line.server().config = spec::ConfigOf(line.raft.constants, line.context.tree, log);
  return true;
}

}  // namespace

void SettleOpenQuestions(Line& line) {
  if (line.context.first_term_open) LearnFirstTerm(line);
  if (line.progress().open_change) SettleChange(line);
  if (line.progress().stored) SettleStored(line);
}

bool ComesInOrder(Line& line) {
  ServerProgress& p = line.progress();
  if (p.stage == Stage::kUnborn) return line.BeginsInTheMiddle();
  if (p.stage == Stage::kDown) return line.Refuse(line.Name(), "the server is up");
  if (p.stage == Stage::kLoading && line.event.name != Name::kApplyConfChange &&
      line.event.name != Name::kBecomeFollower) {
    return line.Refuse("Restart", "InitState is followed by ApplyConfChange and BecomeFollower");
  }
  if (p.replaced && line.event.name != Name::kApplyConfChange) {
    return line.Refuse(
        "HandleSnapshotRequest",
        "the configuration of the snapshot is the server's next line (ApplyConfChange)");
  }
  if (p.response && !p.replaced && !line.IsResponse()) {
    return line.Refuse(ActionThatAnswers(*p.response),
                       "the answer to a request is the server's next line: " +
                           MessageText(*p.response, line.context.servers, line.context.tree));
  }
  if (p.received && !FollowsReceived(line) && !SettleReceived(line)) return false;
  const bool announces =
      line.event.name == Name::kReplicate || line.event.name == Name::kChangeConf;
  if (!p.announced.empty() && !announces && !line.IsToItself()) {
    return line.Refuse("ClientRequest",
                       "Replicate is followed by the leader's acknowledgement to itself "
                       "(SendAppendEntriesResponse)");
  }
  if (p.bootstrap_length && line.event.name != Name::kApplyConfChange && !FinishBootstrap(line)) {
    return false;
  }
  if (line.event.name == Name::kBecomeCandidate || line.event.name == Name::kBecomePreCandidate) {
    InferBeforeCampaign(line);
  }
  InferPreCandidate(line);
  InferCommit(line);
  return line.result.ok();
}

}  // namespace conformance
