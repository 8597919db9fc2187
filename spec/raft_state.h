// The variables of the specification and their initial values.  TLA+ module: RaftState.
// The state of the servers is a plain, trivially copyable struct.  The messages in flight, the only
// unbounded part, are a type parameter (raft_network.h has the one for validation).  The history
// variables are kept apart.  Read next: raft_network.h, then raft_election.h.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <type_traits>
#include <utility>
#include <vector>

#include "spec/log_tree.h"
#include "spec/raft_types.h"

namespace spec {

// The size of a state.  kServers bounds the servers; Number holds terms and indexes.
struct TraceTypes {
  static constexpr int kServers = kMaxServers;
  using Number = std::uint64_t;
  using Log = LogId;
  using Set = ServerSet;
};

template <class Types>
struct BasicServerState {
  using Number = typename Types::Number;
  using Set = typename Types::Set;

  typename Types::Log log = kEmptyLog;
  Number current_term = 0;
  Number commit_index = 0;
  Role state = Role::kFollower;
  Server voted_for = kNil;
  Server leader_id = kNil;  // the leader of current_term that this server knows
  bool forced = false;      // true if the leader asked this server to campaign
  Set votes_responded;      // this and the next: empty unless (pre-)candidate
  Set votes_granted;
  std::array<Number, Types::kServers> match_index{};  // all 0 unless this server is leader

  BasicConfig<Set> config;  // in force: the result of the configuration entries up to conf_index
  Number conf_index = 0;    // the last applied configuration entry, or the snapshot
  Number log_start = 0;     // entries up to here cannot be read any more
  Number pending_snapshot = 0;  // installed but not yet durable; 0 if none

  struct Durable {
    typename Types::Log log = kEmptyLog;
    Number term = 0;
    Number commit = 0;
    Number snapshot = 0;   // index of the newest snapshot
    Number log_start = 0;  // entries up to here are compacted
    Server vote = kNil;
    friend bool operator==(const Durable&, const Durable&) = default;
  };
  Durable durable;  // what survives a crash

  friend bool operator==(const BasicServerState&, const BasicServerState&) = default;
};
using ServerState = BasicServerState<TraceTypes>;

template <class Types>
using BasicState = std::array<BasicServerState<Types>, static_cast<std::size_t>(Types::kServers)>;
using State = BasicState<TraceTypes>;
static_assert(std::is_trivially_copyable_v<State>);

// A linearizable read (raft_reads.h).
template <class Types>
struct BasicRead {
  using Number = typename Types::Number;
  Server server = kNil;  // the server that was asked; kNil: none yet
  Server leader = kNil;  // the leader that accepted the read; kNil: none yet
  bool served = false;
  typename Types::Set acks;  // servers that answered a heartbeat that carried it
  Number known = 0;          // history: the committed length when the read was requested
  Number term = 0;           // the leader's term
  Number index = 0;          // the leader's commit index when it accepted the read
};

// A server's clock and promise, and what a leader counts its lease from (raft_leases.h).
template <class Types>
struct BasicLease {
  using Number = typename Types::Number;
  Number clock = 0;           // how often its clock has ticked since it started
  Number promised_until = 0;  // up to this tick of its clock it takes part in no election
  // Of a leader: its clock when it sent the latest heartbeat that each server answered; else 0.
  std::array<Number, Types::kServers> confirmed_at{};
  bool lease_ended = false;  // of a leader: it asked somebody to campaign
  friend bool operator==(const BasicLease&, const BasicLease&) = default;
};

// The history variables, for properties that relate more than one state; and, because most traces
// have none, the reads and the clocks.  They are unbounded, for traces.
struct History {
  std::map<Term, std::vector<Server>> elections;  // the servers that became leader of each term

  // TLA+: `committed`, a sequence of [entry, at, config], where `at` is the term of the leader that
  // first committed the index, and `config` the configuration in which it did.  Here the entries
  // are one log, and what neighbours have in common is stored once.
  struct Run {
    Index last = 0;  // the run goes up to this index
    Term at = 0;
    Config config;
  };
  LogId committed = kEmptyLog;
  std::vector<Run> committed_at;
  std::map<std::uint64_t, BasicRead<TraceTypes>> reads;
  std::vector<BasicLease<TraceTypes>> leases;  // empty without clocks
  std::uint64_t clock_gap = 0;

  void AddLeader(Term term, Server i) {
    auto& leaders = elections[term];
    if (leaders.empty() || leaders.back() != i) leaders.push_back(i);
  }
  // `log` with its `length` entries is committed; `at` and `config` are for those that are new.
  void Extend(LogId log, Index length, Term at, const Config& config) {
    committed = log;
    if (!committed_at.empty() && committed_at.back().at == at &&
        committed_at.back().config == config) {
      committed_at.back().last = length;
    } else {
      committed_at.push_back({length, at, config});
    }
  }
  // Null if the read was not requested.
  BasicRead<TraceTypes>* FindRead(std::uint64_t read) {
    const auto found = reads.find(read);
    return found == reads.end() ? nullptr : &found->second;
  }
  const BasicRead<TraceTypes>* FindRead(std::uint64_t read) const {
    const auto found = reads.find(read);
    return found == reads.end() ? nullptr : &found->second;
  }
  BasicRead<TraceTypes>& AddRead(std::uint64_t read) { return reads[read]; }
  bool HasClocks() const { return !leases.empty(); }
  std::uint64_t ClockOf(Server i) const { return i < leases.size() ? leases[i].clock : 0; }
  BasicLease<TraceTypes>& LeaseOf(Server i) {
    if (leases.size() <= i) leases.resize(i + std::size_t{1});
    return leases[i];
  }
  const BasicLease<TraceTypes>& LeaseOf(Server i) const {
    static const BasicLease<TraceTypes> kNone;
    return i < leases.size() ? leases[i] : kNone;
  }
};

// TLA+: vars.
template <class Network>
struct Variables {
  BasicState<typename Network::Types> state{};
  typename Network::History history;
  Network network;  // pending and messages
};

// Everything that an action reads and writes.  The network determines the sizes of all types.
// `tree` holds the logs; it outlives this object and several objects may share it.
template <class Network>
struct Raft : Variables<Network> {
  using Types = typename Network::Types;
  using Message = typename Network::Message;
  using ServerState = BasicServerState<Types>;
  using Durable = typename ServerState::Durable;
  using Set = typename Types::Set;
  using Config = BasicConfig<Set>;

  Constants constants;
  typename Network::Logs* tree = nullptr;

  Set Servers() const { return Set::FirstN(constants.servers); }
};

// A message without content.
template <class Network>
typename Raft<Network>::Message MakeMessage(const Raft<Network>& raft, MessageType type, Server i,
                                            Server j) {
  typename Raft<Network>::Message m;
  m.type = type;
  m.from = i;
  m.to = j;
  m.term = raft.state[i].current_term;
  return m;
}

// Resets to a follower without a leader; a restart, a step down and a newer term have this in
// common.
template <class Types>
void ForgetRole(BasicServerState<Types>& server) {
  server.state = Role::kFollower;
  server.leader_id = kNil;
  server.forced = false;
  server.votes_responded = {};
  server.votes_granted = {};
  server.match_index.fill(0);
}

// The clock of server i starts.  So does a promise: the server may have given one before.
template <class Network>
void StartClock(Raft<Network>& raft, Server i) {
  if (!raft.constants.Clocked() && !raft.history.HasClocks()) return;
  auto& lease = raft.history.LeaseOf(i);
  lease = {};
  lease.promised_until = raft.constants.election_ticks;
}

// A leader's lease ends with its office.
template <class Network>
void EndLease(Raft<Network>& raft, Server i) {
  if (!raft.constants.Clocked()) return;
  auto& lease = raft.history.LeaseOf(i);
  lease.confirmed_at.fill(0);
  lease.lease_ended = false;
}

// Extends the history by what server i now considers committed; `at` is its current term.  TLA+:
// CommittedUpTo.
template <class Network>
void RecordCommitted(Raft<Network>& raft, Server i, Term at) {
  const auto& s = raft.state[i];
  auto& h = raft.history;
  auto& tree = *raft.tree;
  const Index known = tree.Length(h.committed);
  const Index highest = std::min<Index>(s.commit_index, tree.Length(s.log));
  if (highest <= known) return;
  LogId now = tree.Prefix(s.log, highest);
  if (tree.Prefix(now, known) != h.committed) {
    // State Machine Safety is broken; keep what was committed first.
    LogId kept = h.committed;
    for (Index k = known + 1; k <= highest; ++k) kept = tree.Copy(kept, tree.Prefix(now, k));
    now = kept;
  }
  h.Extend(now, highest, at, s.config);
}

// The result of applying `change` to `config`; `config` itself if the change is not possible.
// TLA+: ConfigAfter.
Config ConfigAfter(const Config& config, const ConfChange& change);

// The configuration that the entries of `log` lead to from the initial one.  TLA+: ConfigOf.
template <class Logs>
Config ConfigOf(const Constants& constants, const Logs& tree, LogId log) {
  Config config = constants.initial;
  for (LogId conf = tree.FirstConfAfter(log, 0); conf != kEmptyLog;
       conf = tree.FirstConfAfter(log, tree.Length(conf))) {
    config = ConfigAfter(config, tree.Change(conf));
  }
  return config;
}

// TLA+: Init, for one server.  `log` is the log that all servers begin with.  In the models it is
// empty.  In the trace of an implementation that writes them, it holds the bootstrap entries
// (etcd's RawNode.Bootstrap).  It is committed from the start, but not yet durable.
template <class Network>
void InitServer(Raft<Network>& raft, Server i, LogId log, Term term);

}  // namespace spec
