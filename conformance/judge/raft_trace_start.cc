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
  if (line.progress().stage == Stage::kUnborn) return line.BeginsInTheMiddle();
  if (line.progress().stage != Stage::kRunning) return line.Refuse("Crash", "the server is up");
  line.progress() = ServerProgress{};
  line.progress().stage = Stage::kDown;
  line.progress().disk = line.event.durable;
  if (line.event.ents || line.event.index) {
    line.progress().survived = Written{line.event.index, line.event.ents};
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

// What the disk may hold after a crash, if its log is as long as the line says, if it says so.
std::vector<Loadable> LoadableLogs(Line& line, bool first) {
  const spec::LogTree& tree = line.context.tree;
  const auto& disk = line.progress().disk;
  const auto& survived = line.progress().survived;
  const Loadable durable =
      first ? Loadable{} : Loadable{line.server().durable.log, line.server().durable.snapshot};
  const trace::Field<std::uint64_t>& told = line.event.log;
  std::vector<Loadable> found;
  const auto add = [&](const Loadable& one) {
    const bool fits =
        (!disk || !disk->log_term || tree.LastTerm(one.log) == *disk->log_term) &&
        (!disk || !disk->snapshot || one.snapshot == *disk->snapshot) &&
        (!survived || !survived->ents || survived->ents->empty() || one.log != durable.log);
    if (fits && std::find(found.begin(), found.end(), one) == found.end()) found.push_back(one);
  };
  if (!told || tree.Length(durable.log) == *told) add(durable);
  Loadable from = durable;
  if (!first) {
    for (const auto& write : line.raft.network.Writes(line.i)) {
      const spec::LogId to = write.disk.log;
      const spec::Index least =
          write.installs ? write.disk.snapshot : tree.Length(tree.CommonPrefix(from.log, to)) + 1;
      if (write.installs) from.snapshot = write.disk.snapshot;
      const spec::Index most = std::min(told.value_or(tree.Length(to)), tree.Length(to));
      for (spec::Index length = std::max(told.value_or(least), least); length <= most; ++length) {
        add({tree.Prefix(to, length), from.snapshot});
        if (found.size() > kMostExplanations) return found;
      }
      from.log = to;
    }
  }
  if (found.empty()) {
    line.Refuse(first ? "Init" : "Restart", "the log found on disk holds what is durable",
                "log = " + std::to_string(told.value_or(0)) +
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
    for (std::uint64_t k = 1; k <= index; ++k) {
      const bool last = k == index;
      snapshot = tree.Append(snapshot, 1, std::nullopt,
                             last ? std::optional(spec::ConfChange{}) : std::nullopt);
    }
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

// The server begins to load.  Before, it may have compacted its log up to `start`.
bool FindsLog(Line& line, spec::Index start) {
  ServerProgress& p = line.progress();
  const bool first = p.stage == Stage::kUnborn;
  InferCompaction(line, start);
  std::vector<Loadable> logs = LoadableLogs(line, first);
  if (logs.empty() || (!first && !KeepPossible(line, logs))) return false;
  ServerProgress fresh;
  fresh.stage = Stage::kLoading;
  fresh.disk = p.disk;
  fresh.survived = p.survived;
  fresh.first_start = first;
  p = fresh;
  if (first) spec::InitServer(line.raft, line.i, spec::kEmptyLog, 0);
  return line.AnyOf(logs, "log", [](Line& reading, const Loadable& loaded) {
    reading.progress().loaded = loaded;
    return ShowsLoading(reading);
  });
}

}  // namespace

namespace {

// The line shows a server whose state is loaded, in more than one field: so it was written at
// another moment, and its lines mean something else.  etcd's server did that in 2023.
bool ShowsLoaded(const trace::Event& event) {
  const bool voters = event.conf && !(*event.conf)[0].empty();
  const bool in_no_term = event.state && event.state->term == 0U;
  return voters && !in_no_term;
}

}  // namespace

bool OnInitState(Line& line) {
  if (ShowsLoaded(line.event)) {
    return line.OutOfScope(
        "conf names voters and state.term is not 0: expected the server before its stored state is "
        "loaded (conf empty, term and vote 0), and then ApplyConfChange and BecomeFollower, which "
        "show what it loads; etcd's server wrote lines like this one in 2023 (tag raft_trace), and "
        "they cannot be judged; record the trace with a release of etcd-io/raft that has "
        "state_trace.go (v3.6 or later), built with the tag with_tla");
  }
  ServerProgress& p = line.progress();
  const bool first = p.stage == Stage::kUnborn;
  if (line.context.disk_logged && !first && p.stage != Stage::kDown) {
    return line.Refuse("Restart", "the server went down (Crash)");
  }
  if (first && !line.context.initial_told) {
    if (!line.event.log) {
      return line.Needs("log, at the first start of a server, since no header tells the servers");
    }
    if (*line.event.log > 0) return StartWithSnapshot(line);
  }
  if (first || line.context.disk_logged) return FindsLog(line, 0);
  // The line shows where the log begins.
  std::vector<spec::Index> starts = {line.event.state ? line.event.state->commit.value_or(0) : 0};
  if (!line.event.state || !line.event.state->commit) {
    for (spec::Index k = line.server().durable.log_start + 1; k <= line.server().commit_index;
         ++k) {
      starts.push_back(k);
      if (starts.size() > kMostExplanations) break;
    }
  }
  return line.AnyOf(starts, "state.commit", FindsLog);
}

// ---- ApplyConfChange: the configuration.

namespace {

// Voters and outgoing voters, as far as a line tells them.
struct ShownConf {
  const std::vector<trace::NodeId>* voters = nullptr;
  const std::vector<trace::NodeId>* outgoing = nullptr;
};

// The configuration that a server starts with: the snapshot's, or one that the application stored.
// The log up to `most` made the stored one at some time, and the line shows it.
spec::Config LoadedConf(Line& line, const ShownConf& shown, spec::Index most) {
  ServerProgress& p = line.progress();
  const spec::LogTree& tree = line.context.tree;
  const spec::Config loaded =
      spec::ConfigOf(line.raft.constants, tree, tree.Prefix(p.loaded.log, p.loaded.snapshot));
  if (line.context.disk_logged) return loaded;
  // A server that joins later, or that is about to bootstrap, has no configuration.
  if (p.first_start && line.context.initial_told) return loaded;
  if (p.first_start) {
    return shown.voters != nullptr && shown.voters->empty() ? spec::Config() : loaded;
  }
  const auto is_shown = [&](const spec::Config& config) {
    const spec::ServerSet voters =
        shown.voters == nullptr ? config.voters : line.context.servers.SetOf(*shown.voters);
    const spec::ServerSet outgoing =
        shown.outgoing == nullptr ? config.outgoing : line.context.servers.SetOf(*shown.outgoing);
    return config.voters == voters && config.outgoing == outgoing;
  };
  p.stored.reset();
  spec::Config config = loaded;
  spec::Index at = p.loaded.snapshot;
  for (;;) {
    const spec::LogId conf = tree.FirstConfAfter(p.loaded.log, at);
    if (conf == spec::kEmptyLog) break;
    at = tree.Length(conf);
    config = spec::ConfigAfter(config, tree.Change(conf));
    if (at <= most && is_shown(config)) p.stored = ServerProgress::Stored{at, config};
  }
  return is_shown(loaded) || !p.stored ? loaded : p.stored->config;
}

// In a trace without a header, the first server that starts with a configuration shows the one with
// which all servers began.
void LearnInitial(Line& line, spec::ServerSet voters) {
  const ServerProgress& p = line.progress();
  if (line.context.initial_known || !p.first_start || p.loaded.snapshot > 0 || voters.Empty()) {
    return;
  }
  line.context.initial_known = true;
  line.raft.constants.initial.voters = voters;
}

// The same for the snapshot with which all servers begin.
void LearnFirstConf(Line& line, spec::ServerSet voters) {
  spec::ConfChange all;
  all.transition = spec::ConfChange::Transition::kJointExplicit;  // adds all voters at once
  all.changes = voters.Size();
  all.add = voters;
  line.context.tree.SetChange(line.context.first_snapshot, all);
  line.context.first_conf_open = false;
}

}  // namespace

// The configuration that was stored.
bool OnLoadedConf(Line& line) {
  ServerProgress& p = line.progress();
  if (!ShowsLoading(line)) return false;
  p.conf_loaded = true;
  const bool cc = line.event.prop && line.event.prop->cc;
  p.conf_told = cc && line.event.prop->cc->newconf;
  const spec::ServerSet voters = line.NewVoters();
  LearnInitial(line, voters);
  if (p.first_start && p.loaded.snapshot > 0 && line.context.first_conf_open) {
    if (!p.conf_told) return line.Needs("prop.cc.newconf, since no line told the first snapshot's");
    LearnFirstConf(line, voters);
  }
  ShownConf shown;
  if (p.conf_told) shown.voters = &*line.event.prop->cc->newconf;
  p.conf = LoadedConf(line, shown, line.context.tree.Length(p.loaded.log));
  Comparison comparison = line.Compare();
  if (cc) comparison.NewConf(line.event, p.conf);
  return line.Agrees("Restart", comparison);
}

// ---- BecomeFollower: the rest of the state.

namespace {

// What the server found, beside its log.
struct Found {
  spec::ServerState::Durable disk;
  spec::Config conf;
  bool recovers = false;  // RecoverCommitIndex, if the line does not show the commit index
};

using Disks = std::vector<spec::ServerState::Durable>;

// The terms and votes that the disk may hold.  The log is that of `disk`.
Disks WithHardStates(Line& line, spec::ServerState::Durable disk) {
  const ServerProgress& p = line.progress();
  using Number = trace::Field<std::uint64_t>;
  const auto told = [&](auto state, auto durable) {
    const Number shown = line.event.state ? (*line.event.state).*state : Number();
    return shown || !p.disk ? shown : (*p.disk).*durable;
  };
  const Number term = told(&trace::State::term, &trace::Durable::term);
  const Number vote = told(&trace::State::vote, &trace::Durable::vote);
  const auto fits = [&](const spec::ServerState::Durable& one) {
    const trace::NodeId voted = one.vote == spec::kNil ? 0 : line.context.servers.Id(one.vote);
    return (!term || one.term == *term) && (!vote || voted == *vote);
  };
  Disks disks;
  const auto add = [&](const spec::ServerState::Durable& hard_state) {
    disk.term = hard_state.term;
    disk.vote = hard_state.vote;
    if (fits(disk) && std::find(disks.begin(), disks.end(), disk) == disks.end()) {
      disks.push_back(disk);
    }
  };
  if (term && vote) {
    disk.term = *term;
    disk.vote = *vote == 0 ? spec::kNil : line.context.servers.Find(*vote);
    return {disk};
  }
  add(line.server().durable);
  for (const auto& write : line.raft.network.Writes(line.i)) add(write.disk);
  return disks;
}

// The commit indexes that the disk may hold.
Disks WithCommits(Line& line, const Disks& disks) {
  const ServerProgress& p = line.progress();
  const bool shown = line.event.state && line.event.state->commit;
  Disks all;
  for (spec::ServerState::Durable disk : disks) {
    if (p.disk && p.disk->commit) {
      disk.commit = *p.disk->commit;
      all.push_back(disk);
    } else if (shown) {
      // A node raises the stored commit index to the index of its snapshot; the line shows that.
      disk.commit = *line.event.state->commit;
      all.push_back(disk);
      // It may have found a lower one, and recovered the one that the line shows.
      const spec::Index least = line.server().durable.commit;
      spec::Index k = std::min(disk.commit, line.server().commit_index);
      while (line.context.disk_logged && k-- > least) {
        disk.commit = k;
        all.push_back(disk);
        if (all.size() > kMostExplanations) return all;
      }
    } else {
      const spec::Index agreed =
          line.context.tree.Length(line.context.tree.CommonPrefix(disk.log, line.server().log));
      const spec::Index most = std::min(line.server().commit_index, agreed);
      for (disk.commit = line.server().durable.commit; disk.commit <= most; ++disk.commit) {
        all.push_back(disk);
        if (all.size() > kMostExplanations) return all;
      }
    }
  }
  return all;
}

// The configurations that it may start with.
std::vector<spec::Config> ConfsMeant(Line& line, spec::Index commit) {
  ServerProgress& p = line.progress();
  ShownConf shown;
  if (line.event.conf) shown = {&(*line.event.conf)[0], &(*line.event.conf)[1]};
  // Those of a first start, if no header told the servers: none, or that of all.
  if (p.first_start && !line.context.initial_told && !p.conf_told && !line.event.conf) {
    return {LoadedConf(line, shown, commit), spec::Config()};
  }
  const spec::Config loaded = LoadedConf(line, shown, commit);
  return {p.conf_told && loaded.voters != p.conf.voters ? p.conf : loaded};
}

std::vector<Found> WhatIsFound(Line& line) {
  ServerProgress& p = line.progress();
  spec::ServerState::Durable disk = line.server().durable;
  disk.log = p.loaded.log;
  disk.snapshot = p.loaded.snapshot;
  const Disks disks = WithCommits(line, WithHardStates(line, disk));
  std::vector<Found> found;
  for (const auto& one : disks) {
    const std::vector<bool> recovers = line.event.state && line.event.state->commit
                                           ? std::vector<bool>{false}
                                           : std::vector<bool>{false, true};
    for (const spec::Config& conf : ConfsMeant(line, std::max(one.commit, one.snapshot))) {
      for (const bool recover : recovers) found.push_back({one, conf, recover});
    }
    if (found.size() > kMostExplanations) break;
  }
  return found;
}

bool Loads(Line& line, const Found& found) {
  ServerProgress& p = line.progress();
  const spec::ServerState::Durable& disk = found.disk;
  if (p.first_start && !line.context.initial_told && disk.term > 0) {  // it ran before the trace
    line.server().durable.term = disk.term;
    line.server().durable.vote = disk.vote;
  }
  if (!line.context.disk_logged && !FinishWritesBefore(line, disk)) return false;
  line.restarted = true;
  const spec::LogId before = line.server().durable.log;
  const spec::Index snapshot_before = line.server().durable.snapshot;
  if (!line.Take("Restart", spec::Restart(line.raft, line.i, disk))) return false;
  const spec::Index stored = line.server().commit_index;
  const bool shows_more = line.event.state && line.event.state->commit.value_or(0) > stored;
  if (shows_more || found.recovers) {
    const spec::Outcome recovers = spec::RecoverCommitIndex(line.raft, line.i);
    if (recovers) line.TakeUnseen("RecoverCommitIndex", recovers);
    if (found.recovers && !recovers) return line.Take("RecoverCommitIndex", recovers);
  }
  p.conf = found.conf;
  // The application gets the entries after the snapshot again, and applies their changes again.
  if (line.event.conf) {
    const auto& [voters, outgoing] = *line.event.conf;
    const spec::Config shown = LoadedConf(line, {&voters, &outgoing}, line.server().commit_index);
    if (!p.conf_told || shown.voters == p.conf.voters) p.conf = shown;
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
    line.Learn(p.survived->ents, disk.log);
    p.survived.reset();
  }
  return line.Agrees("Restart", comparison);
}

}  // namespace

bool OnLoadedState(Line& line) {
  const ServerProgress& p = line.progress();
  if (!p.conf_loaded) {
    return line.Refuse("Restart", "InitState is followed by ApplyConfChange and BecomeFollower");
  }
  if (p.first_start && !line.context.initial_told) {
    const auto& state = line.event.state;
    if (!state || !state->term || !state->vote) {
      return line.Needs("state.term and state.vote, since the server may have run before");
    }
    const bool knows = line.context.initial_known || p.conf_told || p.loaded.snapshot > 0;
    if (!knows && !line.event.conf) return line.Needs("conf, since no line told the voters");
    if (!knows) LearnInitial(line, line.context.servers.SetOf((*line.event.conf)[0]));
  }
  const std::vector<Found> found = WhatIsFound(line);
  if (found.empty()) {
    return line.Refuse("Restart", "disk is what a crash may leave of durable[i] and writes[i]");
  }
  const trace::State told = line.event.state.value_or(trace::State());
  const char* const field = !told.commit ? "state.commit"
                            : !told.term ? "state.term"
                            : !told.vote ? "state.vote"
                                         : "durable.commit of the Crash line before";
  return line.AnyOf(found, field, Loads);
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
  if (!line.event.prop || !line.event.prop->cc || !line.event.prop->cc->newconf) {
    return line.Needs("prop.cc.newconf, while etcd's RawNode.Bootstrap goes on");
  }
  if (*p.bootstrap_length == 0) {
    const bool commit = line.event.state && line.event.state->commit;
    p.bootstrap_length = line.event.log.value_or(commit ? *line.event.state->commit : 0);
  }
  Shown shown = line.ShownNow();
  shown.log = *p.bootstrap_length;
  shown.commit = *p.bootstrap_length;
  for (const spec::Server j : p.bootstrapped) shown.config.voters.Insert(j);
  Comparison comparison = line.Compare();
  comparison.State(line.event, shown);
  if (!line.Agrees("Init", comparison)) return false;
  spec::Config next = shown.config;
  next.voters = line.NewVoters();
  comparison.NewConf(line.event, next);
  if (!line.Agrees("Init", comparison)) return false;
  const spec::ServerSet one = line.NewVoters() - shown.config.voters;
  const bool only_adds = shown.config.voters.IsSubsetOf(line.NewVoters());
  const bool all = *p.bootstrap_length > 0 && p.bootstrapped.size() >= *p.bootstrap_length;
  if (one.Size() != 1 || !only_adds || all) {
    return line.Refuse("Init", "each bootstrap entry adds one voter");
  }
  for (spec::Server j = 0; j < spec::kMaxServers; ++j) {
    if (one.Contains(j)) p.bootstrapped.push_back(j);
  }
  return true;
}

}  // namespace conformance
