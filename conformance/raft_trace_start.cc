#include <algorithm>
#include <utility>

#include "conformance/raft_trace_step.h"

namespace conformance {

bool Stepper::OnCrash() {
  if (progress().stage != Stage::kRunning) return Refuse("Crash", "the server is up");
  if (!progress().hand && !progress().response && progress().announced.empty() &&
      !ShowsState("Crash")) {
    return false;
  }
  const std::vector<trace::NodeId> voters = std::move(progress().voters);
  progress() = ServerProgress{};
  progress().stage = Stage::kDown;
  progress().voters = voters;
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
  const std::vector<spec::LogId> logs = LoadableLogs(first);
  if (logs.empty()) return false;
  const std::optional<trace::Durable> disk = p.disk;
  std::optional<Written> survived = std::move(p.survived);
  p = ServerProgress{};
  p.stage = Stage::kLoading;
  p.disk = disk;
  p.survived = std::move(survived);
  p.loaded_log = logs[0];
  if (first) spec::InitServer(raft_, i_, spec::kEmptyLog, 0);
  for (std::size_t k = 1; k < logs.size(); ++k) {
    result_.branches.push_back(candidate_);
    result_.branches.back().progress[i_].loaded_log = logs[k];
  }
  return ShowsLoading();
}

std::vector<spec::LogId> Stepper::LoadableLogs(bool first) {
  const spec::LogTree& tree = context_.tree;
  const spec::LogId durable = first ? spec::kEmptyLog : server().durable.log;
  const spec::LogId written = first ? spec::kEmptyLog : server().log;
  const spec::Index length = event_.log.value_or(tree.Length(durable));
  const spec::Index common = tree.Length(tree.CommonPrefix(durable, written));
  const auto& disk = progress().disk;
  const auto& survived = progress().survived;
  std::vector<spec::LogId> logs;
  const auto add = [&](spec::LogId log) {
    const bool fits = (!disk || !disk->log_term || tree.LastTerm(log) == *disk->log_term) &&
                      (!survived || survived->ents.empty() == (log == durable));
    if (fits && std::find(logs.begin(), logs.end(), log) == logs.end()) logs.push_back(log);
  };
  if (tree.Length(durable) == length) add(durable);
  if (length > common && length <= tree.Length(written)) add(tree.Prefix(written, length));
  if (logs.empty()) {
    Refuse(first ? "Init" : "Restart", "the log found on disk holds what is durable",
           "log = " + std::to_string(length) +
               ", Len(durable[i].log) = " + std::to_string(tree.Length(durable)) +
               ", Len(log[i]) = " + std::to_string(tree.Length(written)));
  }
  return logs;
}

bool Stepper::ShowsLoading() {
  Shown shown;
  shown.log = context_.tree.Length(progress().loaded_log);
  static const std::vector<trace::NodeId> kNobody;
  shown.voters = &kNobody;
  Comparison comparison(context_.servers);
  comparison.State(event_, shown);
  return Agrees("Restart", comparison);
}

bool Stepper::OnLoaded() {
  ServerProgress& p = progress();
  spec::ServerState::Durable disk = server().durable;
  disk.log = p.loaded_log;
  if (event_.state) {
    disk.term = event_.state->term.value_or(disk.term);
    disk.commit = event_.state->commit.value_or(disk.commit);
    const trace::NodeId vote = event_.state->vote.value_or(0);
    if (event_.state->vote) disk.vote = vote == 0 ? spec::kNil : context_.servers.Find(vote);
  }
  restarted_ = true;
  const spec::LogId before = server().durable.log;
  if (!Take("Restart", spec::Restart(raft_, i_, disk))) return false;
  p.stage = Stage::kRunning;
  Comparison comparison(context_.servers);
  comparison.State(event_, ShownNow());
  if (p.disk) {  // the Crash line said what would be found
    CompareDurable(comparison, *p.disk, disk);
    p.disk.reset();
  }
  if (p.survived) {
    CompareWritten(comparison, *p.survived, before, disk.log);
    p.survived.reset();
  }
  return Agrees("Restart", comparison);
}

bool Stepper::OnBecomeFollower() {
  ServerProgress& p = progress();
  if (p.stage == Stage::kLoading) return OnLoaded();
  if (p.hand) return OnGivesWay();
  const bool newborn =
      server().current_term == 0 && p.voters.empty() && context_.tree.Length(server().log) == 0;
  if (newborn) {  // etcd's RawNode.Bootstrap: term 1, then one entry for each voter
    spec::InitServer(raft_, i_, spec::kEmptyLog, 1);
    p.bootstrapping = true;
    return ShowsState("Init");
  }
  return Take("StepDown", spec::StepDown(raft_, i_)) && ShowsState("StepDown");
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

bool Stepper::OnApplyConfChange() {
  ServerProgress& p = progress();
  static const std::vector<trace::NodeId> kNobody;
  const bool told = event_.prop && event_.prop->cc && event_.prop->cc->newconf;
  std::vector<trace::NodeId> next = told ? *event_.prop->cc->newconf : kNobody;
  std::sort(next.begin(), next.end());
  if (p.stage == Stage::kLoading) {
    for (const trace::NodeId id : next) context_.servers.Add(id);
    p.voters.clear();
    if (!ShowsLoading() || !SetVoters(next)) return false;
    return true;
  }
  if (p.bootstrapping && !StartBootstrapLog()) return false;
  if (!ShowsState("ApplyConfChange")) return false;
  if (p.bootstrapping) {
    for (const trace::NodeId id : next) context_.servers.Add(id);
    const bool one_more = next.size() == p.voters.size() + 1 &&
                          std::includes(next.begin(), next.end(), p.voters.begin(), p.voters.end());
    p.voters = next;
    raft_.constants.servers = std::max(raft_.constants.servers, static_cast<int>(next.size()));
    return one_more ||
           Refuse("Init", "each bootstrap entry adds one voter", "newconf = " + IdsText(next));
  }
  ++p.reapplied;
  if (next == p.voters && p.reapplied <= context_.tree.Length(context_.bootstrap_log)) {
    return true;
  }
  return Refuse("ApplyConfChange", "a membership change is committed and not yet applied",
                "newconf = " + IdsText(next) + ", config[i] = " + IdsText(p.voters));
}

bool Stepper::SetVoters(const std::vector<trace::NodeId>& voters) {
  if (voters.empty()) return true;
  progress().voters = voters;
  const auto size = static_cast<int>(voters.size());
  if (raft_.constants.servers == 0) raft_.constants.servers = size;
  if (raft_.constants.servers == size) return true;
  return Refuse("Init", "all servers begin with one configuration",
                "newconf = " + IdsText(voters) +
                    ", Cardinality(Server) = " + std::to_string(raft_.constants.servers));
}

bool Stepper::StartBootstrapLog() {
  if (context_.tree.Length(server().log) != 0) return true;
  const std::uint64_t length = event_.log.value_or(0);
  if (length > spec::kMaxServers) {
    return Refuse("Init", "a bootstrap entry for each voter", "log = " + std::to_string(length));
  }
  spec::LogId log = spec::kEmptyLog;
  for (std::uint64_t k = 0; k < length; ++k) log = context_.tree.Append(log, 1, 0);
  if (context_.bootstrap_log == spec::kEmptyLog) context_.bootstrap_log = log;
  if (context_.bootstrap_log != log) {
    return Refuse("Init", "all servers begin with the same bootstrap entries",
                  "log = " + std::to_string(length));
  }
  spec::InitServer(raft_, i_, log, 1);
  return true;
}

void Stepper::FinishBootstrap() {
  progress().bootstrapping = false;
  if (progress().voters.size() == context_.tree.Length(context_.bootstrap_log)) return;
  Refuse("Init", "a bootstrap entry for each voter",
         "voters = " + IdsText(progress().voters) + ", bootstrap entries = " +
             std::to_string(context_.tree.Length(context_.bootstrap_log)));
}

}  // namespace conformance
