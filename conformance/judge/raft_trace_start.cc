#include <algorithm>
#include <utility>

#include "conformance/judge/raft_trace_step.h"

namespace conformance {

bool Stepper::OnCrash() {
  if (progress().stage != Stage::kRunning) return Refuse("Crash", "the server is up");
  const bool between = progress().hand || progress().response || !progress().announced.empty();
  if (!between && !ShowsState("Crash")) return false;
  progress() = ServerProgress{};
  progress().stage = Stage::kDown;
  progress().disk = event_.durable;
  if (event_.ents && event_.index) progress().survived = Written{*event_.index, *event_.ents};
  return true;
}

bool Stepper::OnInitState() {
  ServerProgress& p = progress();
  const bool first = p.stage == Stage::kUnborn;
  if (context_.disk_logged && !first && p.stage != Stage::kDown) {
    return Refuse("Restart", "the server went down (Crash)");
  }
  if (!first && !context_.disk_logged) InferCompaction();
  if (first && !context_.initial_told && event_.log.value_or(0) > 0) return StartWithSnapshot();
  std::vector<Loadable> logs = LoadableLogs(first);
  if (logs.empty() || (!first && !KeepPossible(logs))) return false;
  ServerProgress fresh;
  fresh.stage = Stage::kLoading;
  fresh.disk = p.disk;
  fresh.survived = p.survived;
  fresh.first_start = first;
  fresh.loaded = logs[0];
  p = fresh;
  if (first) spec::InitServer(raft_, i_, spec::kEmptyLog, 0);
  for (std::size_t k = 1; k < logs.size(); ++k) {
    result_.branches.push_back(candidate_);
    result_.branches.back().progress[i_].loaded = logs[k];
  }
  return ShowsLoading();
}

// Drops the logs that cannot be on the disk together with the term, vote and commit index that the
// Crash line tells.
bool Stepper::KeepPossible(std::vector<Loadable>& logs) {
  const auto& told = progress().disk;
  if (!told || !told->term || !told->vote || !told->commit) return true;
  spec::Outcome possible = spec::Outcome::Taken();
  std::erase_if(logs, [&](const Loadable& one) {
    spec::ServerState::Durable disk = server().durable;
    disk.log = one.log;
    disk.snapshot = one.snapshot;
    disk.term = *told->term;
    disk.vote = *told->vote == 0 ? spec::kNil : context_.servers.Find(*told->vote);
    disk.commit = *told->commit;
    possible = spec::IsDiskAfterCrash(raft_, i_, disk);
    return !possible;
  });
  return !logs.empty() || Take("Restart", possible);
}

// A trace may begin with servers that hold a snapshot.  No line says of which term it is before a
// message does, nor who belongs to it before the configuration is loaded.
bool Stepper::StartWithSnapshot() {
  constexpr std::uint64_t kMost = 100'000'000;
  spec::LogTree& tree = context_.tree;
  const std::uint64_t index = *event_.log;
  spec::LogId& snapshot = context_.first_snapshot;
  const bool other = snapshot != spec::kEmptyLog && tree.Length(snapshot) != index;
  const bool more = event_.state && event_.state->commit && *event_.state->commit != index;
  if (other || more || index > kMost) {
    return OutOfScope("a server begins with entries that no line of the trace has shown");
  }
  if (snapshot == spec::kEmptyLog) {
    for (std::uint64_t k = 1; k < index; ++k) snapshot = tree.Append(snapshot, 1, 0);
    snapshot = tree.Append(snapshot, 1, 0, spec::ConfChange{});
    context_.first_term_open = true;
    context_.first_conf_open = true;
  }
  spec::InitServer(raft_, i_, snapshot, 0);
  server().log_start = index;
  server().durable.log = snapshot;
  server().durable.snapshot = index;
  server().durable.log_start = index;
  server().durable.commit = index;
  progress() = {};
  progress().stage = Stage::kLoading;
  progress().first_start = true;
  progress().loaded = {snapshot, index};
  return ShowsLoading();
}

void Stepper::LearnFirstTerm() {
  const bool tells = event_.msg && event_.msg->log_term && event_.msg->index;
  if (!tells || *event_.msg->index != context_.tree.Length(context_.first_snapshot)) return;
  context_.tree.SetTerm(context_.first_snapshot, *event_.msg->log_term);
  context_.first_term_open = false;
}

bool Stepper::ShowsLoading() {
  Shown shown;
  const Loadable& loaded = progress().loaded;
  shown.log = context_.tree.Length(loaded.log);
  shown.commit =
      loaded.snapshot == server().durable.snapshot ? server().durable.log_start : loaded.snapshot;
  Comparison comparison = Compare();
  comparison.State(event_, shown);
  return Agrees("Restart", comparison);
}

bool Stepper::OnLoaded() {
  ServerProgress& p = progress();
  if (!p.conf_loaded) {
    return Refuse("Restart", "InitState is followed by ApplyConfChange and BecomeFollower");
  }
  spec::ServerState::Durable disk = server().durable;
  disk.log = p.loaded.log;
  disk.snapshot = p.loaded.snapshot;
  if (event_.state) {
    disk.term = event_.state->term.value_or(disk.term);
    // The line shows it raised to the snapshot's index.
    disk.commit = event_.state->commit.value_or(disk.commit);
    const trace::NodeId vote = event_.state->vote.value_or(0);
    if (event_.state->vote) disk.vote = vote == 0 ? spec::kNil : context_.servers.Find(vote);
  }
  if (p.disk) disk.commit = p.disk->commit.value_or(disk.commit);
  if (p.first_start && !context_.initial_told && disk.term > 0) {  // from before the trace
    server().durable.term = disk.term;
    server().durable.vote = disk.vote;
  }
  if (!context_.disk_logged && !FinishWritesBefore(disk)) return false;
  restarted_ = true;
  const spec::LogId before = server().durable.log;
  const spec::Index snapshot_before = server().durable.snapshot;
  if (!Take("Restart", spec::Restart(raft_, i_, disk))) return false;
  const spec::Index stored = server().commit_index;
  if (event_.state && event_.state->commit.value_or(0) > stored) {
    const spec::Outcome recovers = spec::RecoverCommitIndex(raft_, i_);
    if (recovers) TakeUnseen("RecoverCommitIndex", recovers);
  }
  // The application is given the entries after the snapshot again, and applies the changes again.
  if (event_.conf) {
    const auto& [voters, outgoing] = *event_.conf;
    const spec::Config shown = LoadedConf(voters, &outgoing, server().commit_index);
    if (shown.voters == p.conf.voters) p.conf = shown;
  }
  server().config = p.conf;
  p.stage = Stage::kRunning;
  p.handed = {server().current_term, server().voted_for, stored, server().log, 0, 0};
  p.applied = disk.snapshot;
  Comparison comparison = Compare();
  comparison.State(event_, ShownNow());
  if (p.disk) {  // the Crash line said what would be found
    CompareDurable(comparison, *p.disk, disk);
    p.disk.reset();
  }
  if (p.survived) {
    const spec::LogId base =
        disk.snapshot == snapshot_before ? before : context_.tree.Prefix(disk.log, disk.snapshot);
    CompareWritten(comparison, *p.survived, base, disk.log);
    p.survived.reset();
  }
  return Agrees("Restart", comparison);
}

bool Stepper::OnBecomeFollower() {
  ServerProgress& p = progress();
  if (p.stage == Stage::kLoading) return OnLoaded();
  if (p.hand && MayBeIgnored(*p.hand) && TellsNewerTerm() != spec::kNil) ElseIgnored();
  if (p.hand) return OnGivesWay();
  if (IsNewborn()) {  // etcd's RawNode.Bootstrap: term 1, then one entry for each voter
    StartBootstrap();
    return ShowsState("Init");
  }
  if (const spec::Server j = TellsNewerTerm(); j != spec::kNil) {
    spec::Message m = spec::MakeMessage(raft_, spec::MessageType::kMsgPreVoteResp, j, i_);
    m.term = *event_.state->term;
    m.reject = true;
    return TakeUnseen("UpdateTerm", spec::UpdateTerm(raft_, i_, j, m)) && ShowsState("UpdateTerm");
  }
  const spec::Outcome steps_down = spec::StepDown(raft_, i_);
  const bool unseen = raft_.constants.pre_vote && !raft_.constants.campaign_messages;
  if (steps_down || !unseen || server().state == spec::Role::kLeader) {
    if (Take("StepDown", steps_down)) return ShowsState("StepDown");
    Refuse("UpdateTerm", "a message of a newer term was received and not yet handled");
    return Refuse("ReturnToFollower",
                  "a candidate received a message of its term's leader and has not handled it");
  }
  InferBeforeCampaign();  // a pre-candidate that no line shows gives up
  return TakeUnseen("BecomePreCandidate", spec::BecomePreCandidate(raft_, i_)) &&
         Take("StepDown", spec::StepDown(raft_, i_)) && ShowsState("StepDown");
}

bool Stepper::IsNewborn() {
  return server().current_term == 0 && server().config.Members().Empty() &&
         context_.tree.Length(server().log) == 0;
}

// The other explanation: the request in hand was ignored, and this line has another reason.
void Stepper::ElseIgnored() {
  Candidate other = candidate_;
  std::optional<spec::Message> hand;
  hand.swap(other.progress[i_].hand);
  if (!spec::IgnoreVoteRequest(other.raft, i_, hand->from, *hand)) return;
  const StepResult result = Step(other, event_, context_);
  if (!result.ok() || result.violation) return;
  context_.actions.Add("IgnoreVoteRequest");
  ++context_.inferred_steps;
  result_.branches.push_back(std::move(other));
}

// The messages of PreVote and of transfer need not be in a trace: who was in that term can have
// refused a pre-vote, or asked for a campaign.
spec::Server Stepper::TellsNewerTerm() const {
  if (raft_.constants.campaign_messages || !event_.state) return spec::kNil;
  const spec::Term term = event_.state->term.value_or(0);
  if (term <= raft_.state[i_].current_term) return spec::kNil;
  const auto found = context_.terms.find(term);
  if (found == context_.terms.end()) return spec::kNil;
  const auto servers = static_cast<spec::Server>(context_.servers.size());
  for (spec::Server j = 0; j < servers; ++j) {
    if (j != i_ && found->second.Contains(j)) return j;
  }
  return spec::kNil;
}

bool Stepper::OnGivesWay() {
  const spec::Message m = *progress().hand;
  progress().hand.reset();
  const bool newer = m.term > server().current_term;
  const std::string_view action = newer ? "UpdateTerm" : "ReturnToFollower";
  const spec::Outcome outcome =
      newer ? spec::UpdateTerm(raft_, i_, m.from, m) : spec::ReturnToFollower(raft_, i_, m.from, m);
  return Take(action, outcome) && ShowsState(action) && HandleNow(m);
}

// ---- etcd's RawNode.Bootstrap: every server is given the same log, an entry of term 1 for each of
// the first voters, all committed; they are applied one by one.  How many there are shows at once,
// whom they add as they are applied.

void Stepper::StartBootstrap() {
  spec::InitServer(raft_, i_, spec::kEmptyLog, 1);
  progress().bootstrap_length = 0;
}

bool Stepper::OnBootstrapConf() {
  ServerProgress& p = progress();
  if (p.bootstrapped.empty()) p.bootstrap_length = event_.log.value_or(0);
  Shown shown = ShownNow();
  shown.log = *p.bootstrap_length;
  shown.commit = *p.bootstrap_length;
  for (const spec::Server j : p.bootstrapped) shown.config.voters.Insert(j);
  Comparison comparison = Compare();
  comparison.State(event_, shown);
  if (!Agrees("Init", comparison)) return false;
  const spec::ServerSet one = NewVoters() - shown.config.voters;
  const bool only_adds = shown.config.voters.IsSubsetOf(NewVoters());
  if (one.Size() != 1 || !only_adds || p.bootstrapped.size() >= *p.bootstrap_length) {
    return Refuse("Init", "each bootstrap entry adds one voter");
  }
  for (spec::Server j = 0; j < spec::kMaxServers; ++j) {
    if (one.Contains(j)) p.bootstrapped.push_back(j);
  }
  return true;
}

bool Stepper::FinishBootstrap() {
  ServerProgress& p = progress();
  const std::vector<spec::Server> added = std::move(p.bootstrapped);
  const std::uint64_t length = *p.bootstrap_length;
  p.bootstrap_length.reset();
  p.bootstrapped.clear();
  if (added.size() != length) {
    return Refuse("Init", "a bootstrap entry for each voter",
                  "voters = " + std::to_string(added.size()) +
                      ", bootstrap entries = " + std::to_string(length));
  }
  spec::LogId log = spec::kEmptyLog;
  for (const spec::Server j : added) {
    spec::ConfChange change;
    change.changes = 1;
    change.add.Insert(j);
    log = context_.tree.Append(log, 1, 0, change);
  }
  if (context_.bootstrap_log == spec::kEmptyLog) context_.bootstrap_log = log;
  if (context_.bootstrap_log != log) {
    return Refuse("Init", "all servers begin with the same bootstrap entries",
                  "log = " + std::to_string(length));
  }
  spec::InitServer(raft_, i_, log, 1);
  // In force already, and yet the application is given the entries and applies them again.
  server().config = spec::ConfigOf(raft_.constants, context_.tree, log);
  return true;
}

}  // namespace conformance
