// Handlers: a server stops; it starts and loads what it stored.
//
// A start is three lines.  InitState shows the log that the server finds on its disk,
// ApplyConfChange the configuration, BecomeFollower the term, vote and commit index.  A server that
// begins with etcd's RawNode.Bootstrap has more lines after them.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "conformance/judge/raft_trace_handlers.h"
#include "conformance/judge/raft_trace_infer.h"

namespace conformance {
namespace {

using Stage = ServerProgress::Stage;

}  // namespace

bool OnCrash(Line& line) {
  if (line.progress().stage != Stage::kRunning) return line.Refuse("Crash", "the server is up");
  const bool between =
      line.progress().received || line.progress().response || !line.progress().announced.empty();
  if (!between && !line.ShowsState("Crash")) return false;
  line.progress() = ServerProgress{};
  line.progress().stage = Stage::kDown;
  line.progress().disk = line.event.durable;
  if (line.event.ents && line.event.index) {
    line.progress().survived = Written{*line.event.index, *line.event.ents};
  }
  return true;
}

// ---- InitState: which log is on the disk?

namespace {

// Before the stored state is loaded, only the log and the configuration show.
bool ShowsLoading(Line& line) {
  Shown shown;
  const Loadable& loaded = line.progress().loaded;
  shown.log = line.context.tree.Length(loaded.log);
  shown.commit = loaded.snapshot == line.server().durable.snapshot ? line.server().durable.log_start
                                                                   : loaded.snapshot;
  Comparison comparison = line.Compare();
  comparison.State(line.event, shown);
  return line.Agrees("Restart", comparison);
}

// What the disk may hold after a crash, if its log is as long as the line says.
std::vector<Loadable> LoadableLogs(Line& line, bool first) {
  const spec::LogTree& tree = line.context.tree;
  const auto& disk = line.progress().disk;
  const auto& survived = line.progress().survived;
  const Loadable durable =
      first ? Loadable{} : Loadable{line.server().durable.log, line.server().durable.snapshot};
  const spec::Index length = line.event.log.value_or(tree.Length(durable.log));
  std::vector<Loadable> found;
  const auto add = [&](const Loadable& one) {
    const bool fits = (!disk || !disk->log_term || tree.LastTerm(one.log) == *disk->log_term) &&
                      (!disk || !disk->snapshot || one.snapshot == *disk->snapshot) &&
                      (!survived || survived->ents.empty() || one.log != durable.log);
    if (fits && std::find(found.begin(), found.end(), one) == found.end()) found.push_back(one);
  };
  if (tree.Length(durable.log) == length) add(durable);
  Loadable from = durable;
  if (!first) {
    for (const auto& write : line.raft.network.Writes(line.i)) {
      const spec::LogId to = write.disk.log;
      const spec::Index least =
          write.installs ? write.disk.snapshot : tree.Length(tree.CommonPrefix(from.log, to)) + 1;
      if (write.installs) from.snapshot = write.disk.snapshot;
      if (length >= least && length <= tree.Length(to)) {
        add({tree.Prefix(to, length), from.snapshot});
      }
      from.log = to;
    }
  }
  if (found.empty()) {
    line.Refuse(first ? "Init" : "Restart", "the log found on disk holds what is durable",
                "log = " + std::to_string(length) +
                    ", Len(durable[i].log) = " + std::to_string(tree.Length(durable.log)));
  }
  return found;
}

// Removes the logs that cannot be on the disk together with the term, vote and commit index that
// the Crash line tells.
bool KeepPossible(Line& line, std::vector<Loadable>& logs) {
  const auto& told = line.progress().disk;
  if (!told || !told->term || !told->vote || !told->commit) return true;
  spec::Outcome possible = spec::Outcome::Taken();
  std::erase_if(logs, [&](const Loadable& one) {
    spec::ServerState::Durable disk = line.server().durable;
    disk.log = one.log;
    disk.snapshot = one.snapshot;
    disk.term = *told->term;
    disk.vote = *told->vote == 0 ? spec::kNil : line.context.servers.Find(*told->vote);
    disk.commit = *told->commit;
    possible = spec::IsDiskAfterCrash(line.raft, line.i, disk);
    return !possible;
  });
  return !logs.empty() || line.Take("Restart", possible);
}

// A trace may begin with servers that hold a snapshot.  No line says of which term the snapshot is
// before a message tells it, and no line says who belongs to it before the configuration is loaded.
bool StartWithSnapshot(Line& line) {
  constexpr std::uint64_t kMost = 100'000'000;
  spec::LogTree& tree = line.context.tree;
  const std::uint64_t index = *line.event.log;
  spec::LogId& snapshot = line.context.first_snapshot;
  const bool other = snapshot != spec::kEmptyLog && tree.Length(snapshot) != index;
  const bool more =
      line.event.state && line.event.state->commit && *line.event.state->commit != index;
  if (other || more || index > kMost) {
    return line.OutOfScope("a server begins with entries that no line of the trace has shown");
  }
  if (snapshot == spec::kEmptyLog) {
    for (std::uint64_t k = 1; k < index; ++k) snapshot = tree.Append(snapshot, 1, 0);
    snapshot = tree.Append(snapshot, 1, 0, spec::ConfChange{});
    line.context.first_term_open = true;
    line.context.first_conf_open = true;
  }
  spec::InitServer(line.raft, line.i, snapshot, 0);
  line.server().log_start = index;
  line.server().durable.log = snapshot;
  line.server().durable.snapshot = index;
  line.server().durable.log_start = index;
  line.server().durable.commit = index;
  line.progress() = {};
  line.progress().stage = Stage::kLoading;
  line.progress().first_start = true;
  line.progress().loaded = {snapshot, index};
  return ShowsLoading(line);
}

}  // namespace

bool OnInitState(Line& line) {
  ServerProgress& p = line.progress();
  const bool first = p.stage == Stage::kUnborn;
  if (line.context.disk_logged && !first && p.stage != Stage::kDown) {
    return line.Refuse("Restart", "the server went down (Crash)");
  }
  if (!first && !line.context.disk_logged) InferCompaction(line);
  if (first && !line.context.initial_told && line.event.log.value_or(0) > 0) {
    return StartWithSnapshot(line);
  }
  std::vector<Loadable> logs = LoadableLogs(line, first);
  if (logs.empty() || (!first && !KeepPossible(line, logs))) return false;
  ServerProgress fresh;
  fresh.stage = Stage::kLoading;
  fresh.disk = p.disk;
  fresh.survived = p.survived;
  fresh.first_start = first;
  fresh.loaded = logs[0];
  p = fresh;
  if (first) spec::InitServer(line.raft, line.i, spec::kEmptyLog, 0);
  for (std::size_t k = 1; k < logs.size(); ++k) {
    line.result.branches.push_back(line.candidate);
    line.result.branches.back().progress[line.i].loaded = logs[k];
  }
  return ShowsLoading(line);
}

// ---- ApplyConfChange: the configuration.

namespace {

// The configuration that a server starts with: the snapshot's, or one that the application stored.
// The log up to `most` made the stored one at some time, and the line shows it.
spec::Config LoadedConf(Line& line, const std::vector<trace::NodeId>& voters,
                        const std::vector<trace::NodeId>* outgoing, spec::Index most) {
  ServerProgress& p = line.progress();
  const spec::LogTree& tree = line.context.tree;
  const spec::Config loaded =
      spec::ConfigOf(line.raft.constants, tree, tree.Prefix(p.loaded.log, p.loaded.snapshot));
  if (line.context.disk_logged) return loaded;
  // A server that joins later, or that is about to bootstrap, has no configuration.
  if (p.first_start && line.context.initial_told) return loaded;
  if (p.first_start) return voters.empty() ? spec::Config() : loaded;
  const spec::ServerSet first = line.context.servers.SetOf(voters);
  const spec::ServerSet second =
      outgoing == nullptr ? spec::ServerSet() : line.context.servers.SetOf(*outgoing);
  const auto shown = [&](const spec::Config& config) {
    return config.voters == first && (outgoing == nullptr || config.outgoing == second);
  };
  p.stored.reset();
  spec::Config config = loaded;
  spec::Index at = p.loaded.snapshot;
  for (;;) {
    const spec::LogId conf = tree.FirstConfAfter(p.loaded.log, at);
    if (conf == spec::kEmptyLog) break;
    at = tree.Length(conf);
    config = spec::ConfigAfter(config, tree.Change(conf));
    if (at <= most && shown(config)) p.stored = ServerProgress::Stored{at, config};
  }
  return shown(loaded) || !p.stored ? loaded : p.stored->config;
}

}  // namespace

// The configuration that was stored.  In a trace without a header, it says with which configuration
// all servers began.
bool OnLoadedConf(Line& line) {
  ServerProgress& p = line.progress();
  if (!ShowsLoading(line)) return false;
  p.conf_loaded = true;
  const spec::ServerSet voters = line.NewVoters();
  if (!line.context.initial_known && p.first_start && p.loaded.snapshot == 0 && !voters.Empty()) {
    line.context.initial_known = true;
    line.raft.constants.initial.voters = voters;
  }
  if (p.first_start && p.loaded.snapshot > 0 && line.context.first_conf_open) {
    spec::ConfChange all;
    all.transition = spec::ConfChange::Transition::kJointExplicit;  // adds all voters at once
    all.changes = voters.Size();
    all.add = voters;
    line.context.tree.SetChange(line.context.first_snapshot, all);
    line.context.first_conf_open = false;
  }
  const spec::LogId snapshot = line.context.tree.Prefix(p.loaded.log, p.loaded.snapshot);
  p.conf = spec::ConfigOf(line.raft.constants, line.context.tree, snapshot);
  Comparison comparison = line.Compare();
  if (line.event.prop && line.event.prop->cc) {
    const std::vector<trace::NodeId> none;
    p.conf = LoadedConf(line, line.event.prop->cc->newconf.value_or(none), nullptr,
                        line.context.tree.Length(p.loaded.log));
    comparison.NewConf(line.event, p.conf);
    if (!line.event.prop->cc->newconf) {
      comparison.Truth("prop.cc.newconf is left out when it is empty", p.conf.voters.Empty(), true);
    }
  }
  return line.Agrees("Restart", comparison);
}

// ---- BecomeFollower: the rest of the state.

bool OnLoadedState(Line& line) {
  ServerProgress& p = line.progress();
  if (!p.conf_loaded) {
    return line.Refuse("Restart", "InitState is followed by ApplyConfChange and BecomeFollower");
  }
  spec::ServerState::Durable disk = line.server().durable;
  disk.log = p.loaded.log;
  disk.snapshot = p.loaded.snapshot;
  if (line.event.state) {
    disk.term = line.event.state->term.value_or(disk.term);
    // A node raises the stored commit index to the index of its snapshot; the line shows that.
    disk.commit = line.event.state->commit.value_or(disk.commit);
    const trace::NodeId vote = line.event.state->vote.value_or(0);
    if (line.event.state->vote) {
      disk.vote = vote == 0 ? spec::kNil : line.context.servers.Find(vote);
    }
  }
  if (p.disk) disk.commit = p.disk->commit.value_or(disk.commit);
  if (p.first_start && !line.context.initial_told &&
      disk.term > 0) {  // the server ran before the trace
    line.server().durable.term = disk.term;
    line.server().durable.vote = disk.vote;
  }
  if (!line.context.disk_logged && !FinishWritesBefore(line, disk)) return false;
  line.restarted = true;
  const spec::LogId before = line.server().durable.log;
  const spec::Index snapshot_before = line.server().durable.snapshot;
  if (!line.Take("Restart", spec::Restart(line.raft, line.i, disk))) return false;
  const spec::Index stored = line.server().commit_index;
  if (line.event.state && line.event.state->commit.value_or(0) > stored) {
    const spec::Outcome recovers = spec::RecoverCommitIndex(line.raft, line.i);
    if (recovers) line.TakeUnseen("RecoverCommitIndex", recovers);
  }
  // The application gets the entries after the snapshot again, and applies their changes again.
  if (line.event.conf) {
    const auto& [voters, outgoing] = *line.event.conf;
    const spec::Config shown = LoadedConf(line, voters, &outgoing, line.server().commit_index);
    if (shown.voters == p.conf.voters) p.conf = shown;
  }
  line.server().config = p.conf;
  p.stage = Stage::kRunning;
  p.handed = {line.server().current_term, line.server().voted_for, stored, line.server().log, 0, 0};
  p.applied = disk.snapshot;
  Comparison comparison = line.Compare();
  comparison.State(line.event, line.ShownNow());
  if (p.disk) {  // the Crash line said what would be found
    comparison.Durable(*p.disk, disk, line.context.tree);
    p.disk.reset();
  }
  if (p.survived) {
    const spec::LogId base = disk.snapshot == snapshot_before
                                 ? before
                                 : line.context.tree.Prefix(disk.log, disk.snapshot);
    comparison.Written(p.survived->index, p.survived->ents, base, disk.log, line.context.tree);
    p.survived.reset();
  }
  return line.Agrees("Restart", comparison);
}

// ---- etcd's RawNode.Bootstrap: every server is given the same log.  It has an entry of term 1 for
// each of the first voters, and all entries are committed.  The server applies them one by one. The
// lines show at once how many entries there are, and show the voters as they are applied.

bool OnBootstrapStart(Line& line) {
  spec::InitServer(line.raft, line.i, spec::kEmptyLog, 1);
  line.progress().bootstrap_length = 0;
  return line.ShowsState("Init");
}

bool OnBootstrapConf(Line& line) {
  ServerProgress& p = line.progress();
  if (p.bootstrapped.empty()) p.bootstrap_length = line.event.log.value_or(0);
  Shown shown = line.ShownNow();
  shown.log = *p.bootstrap_length;
  shown.commit = *p.bootstrap_length;
  for (const spec::Server j : p.bootstrapped) shown.config.voters.Insert(j);
  Comparison comparison = line.Compare();
  comparison.State(line.event, shown);
  if (!line.Agrees("Init", comparison)) return false;
  const spec::ServerSet one = line.NewVoters() - shown.config.voters;
  const bool only_adds = shown.config.voters.IsSubsetOf(line.NewVoters());
  if (one.Size() != 1 || !only_adds || p.bootstrapped.size() >= *p.bootstrap_length) {
    return line.Refuse("Init", "each bootstrap entry adds one voter");
  }
  for (spec::Server j = 0; j < spec::kMaxServers; ++j) {
    if (one.Contains(j)) p.bootstrapped.push_back(j);
  }
  return true;
}

}  // namespace conformance
