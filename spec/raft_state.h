// The variables of the specification and their initial values.  TLA+ module: RaftState.
// The state of the servers is a plain, trivially copyable struct; the messages in flight, the one
// part without a bound, are a type parameter (raft_network.h has the one for validation); the
// history variables are kept beside.  Read next: raft_network.h, then raft_election.h.
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

// How big a state may become.  kServers bounds the servers; Number holds terms and indexes.
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
  Server leader_id = kNil;  // whom this server knows as the leader of current_term
  bool forced = false;      // this server campaigns because its leader asked for it
  Set votes_responded;      // both are empty unless this server is a candidate
  Set votes_granted;
  std::array<Number, Types::kServers> match_index{};  // all 0 unless leader

  BasicConfig<Set> config;      // in force: what the configuration entries up to conf_index make
  Number conf_index = 0;        // the last configuration entry that is applied, or the snapshot
  Number log_start = 0;         // nothing up to here can be read any more
  Number pending_snapshot = 0;  // installed and not yet durable; 0 if none

  struct Durable {
    typename Types::Log log = kEmptyLog;
    Number term = 0;
    Number commit = 0;
    Number snapshot = 0;   // index of the newest snapshot
    Number log_start = 0;  // what is compacted
    Server vote = kNil;
    friend bool operator==(const Durable&, const Durable&) = default;
  };
  Durable durable;  // what a crash leaves

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
  Server server = kNil;  // who was asked; kNil: nobody yet
  Server leader = kNil;  // who looks after it; kNil: nobody yet
  bool served = false;
  typename Types::Set acks;  // who answered a heartbeat that carried it
  Number known = 0;          // history: what was committed when it was asked for
  Number term = 0;           // the leader's
  Number index = 0;          // what the leader had committed when it took the read
};

// The history variables: what ever happened, for properties that are about more than one state; and
// the reads.  Without bounds, for traces.
struct History {
  std::map<Term, std::vector<Server>> elections;  // who became leader of each term

  // TLA+: `committed`, a sequence of [entry, at, config]; `at` is the term of the leader that
  // committed the index first.  Here: the entries as one log, and `at` by runs of (last index, at).
  LogId committed = kEmptyLog;
  std::vector<std::pair<Index, Term>> committed_at;
  std::map<std::uint64_t, BasicRead<TraceTypes>> reads;

  void AddLeader(Term term, Server i) {
    auto& leaders = elections[term];
    if (leaders.empty() || leaders.back() != i) leaders.push_back(i);
  }
  // `log` is committed; `at` is when what is new of it was.
  void Extend(LogId log, Index length, Term at, const Config& /*config*/) {
    committed = log;
    if (!committed_at.empty() && committed_at.back().second == at) {
      committed_at.back().first = length;
    } else {
      committed_at.emplace_back(length, at);
    }
  }
  // Nothing if it was not asked for.
  BasicRead<TraceTypes>* FindRead(std::uint64_t read) {
    const auto found = reads.find(read);
    return found == reads.end() ? nullptr : &found->second;
  }
  const BasicRead<TraceTypes>* FindRead(std::uint64_t read) const {
    const auto found = reads.find(read);
    return found == reads.end() ? nullptr : &found->second;
  }
  BasicRead<TraceTypes>& AddRead(std::uint64_t read) { return reads[read]; }
};

// TLA+: vars.
template <class Network>
struct Variables {
  BasicState<typename Network::Types> state{};
  typename Network::History history;
  Network network;  // pending and messages
};

// Everything an action reads and writes.  The network says how big all of it is; `tree`, the logs,
// outlives this and may be shared by many.
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

// A message with nothing in it yet.
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

// What the follower does not remember: what a restart, a step down and a newer term have in common.
template <class Types>
void ForgetRole(BasicServerState<Types>& server) {
  server.state = Role::kFollower;
  server.leader_id = kNil;
  server.forced = false;
  server.votes_responded = {};
  server.votes_granted = {};
  server.match_index.fill(0);
}

// Extends the history by what server i now takes for committed; `at` is the term in which it does.
// TLA+: CommittedUpTo.
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

// What `change` makes of `config`; the same if it cannot be made.  TLA+: ConfigAfter.
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

// TLA+: Init, for one server.  The log that all servers are born with is empty in the models and
// holds the bootstrap entries in a trace of an implementation that writes them (etcd's
// RawNode.Bootstrap); it is committed from the start, and not yet durable.
template <class Network>
void InitServer(Raft<Network>& raft, Server i, LogId log, Term term);

}  // namespace spec
