// The variables of the specification and their initial values.  TLA+ module: RaftState.
// The state of the servers is a plain, trivially copyable struct; the messages in flight, the one
// part without a bound, are a type parameter (raft_network.h has the one for validation); the
// history variables are kept beside.  Read next: raft_network.h, then raft_election.h.
#pragma once

#include <array>
#include <map>
#include <type_traits>
#include <utility>
#include <vector>

#include "spec/log_tree.h"
#include "spec/raft_types.h"

namespace spec {

struct ServerState {
  Term current_term = 0;
  Role state = Role::kFollower;
  Server voted_for = kNil;
  Server leader_id = kNil;  // whom this server knows as the leader of current_term
  LogId log = kEmptyLog;
  Index commit_index = 0;
  bool forced = false;        // this server campaigns because its leader asked for it
  ServerSet votes_responded;  // both are empty unless this server is a candidate
  ServerSet votes_granted;
  std::array<Index, kMaxServers> match_index{};  // all 0 unless leader

  Config config;         // in force: what the configuration entries up to conf_index make of it
  Index conf_index = 0;  // the last configuration entry that is applied, or the snapshot
  Index log_start = 0;   // nothing up to here can be read any more
  Index pending_snapshot = 0;  // installed and not yet durable; 0 if none

  struct Durable {
    Term term = 0;
    Server vote = kNil;
    Index commit = 0;
    LogId log = kEmptyLog;
    Index snapshot = 0;   // index of the newest snapshot
    Index log_start = 0;  // what is compacted
    friend bool operator==(const Durable&, const Durable&) = default;
  };
  Durable durable;  // what a crash leaves

  friend bool operator==(const ServerState&, const ServerState&) = default;
};

using State = std::array<ServerState, kMaxServers>;
static_assert(std::is_trivially_copyable_v<State>);

// The history variables: what ever happened, for properties that are about more than one state.
struct History {
  std::map<Term, std::vector<Server>> elections;  // who became leader of each term

  // TLA+: `committed`, a sequence of [entry, at]; `at` is the term of the leader that committed
  // the index first.  Here: the entries as one log, and `at` by runs of (last index, at).
  LogId committed = kEmptyLog;
  std::vector<std::pair<Index, Term>> committed_at;

  // What was committed when a read was asked for.
  struct Read {
    Server server = 0;    // who was asked
    Index committed = 0;  // then
  };
  std::map<std::uint64_t, Read> reads;
};

// Everything an action reads and writes.  `tree` outlives it and may be shared by many.
template <class Network>
struct Raft {
  Constants constants;
  LogTree* tree = nullptr;
  State state{};
  Network network;  // pending and messages
  History history;

  ServerSet Servers() const { return ServerSet::FirstN(constants.servers); }
};

// The follower that remembers nothing but what it stores: what a restart, a step down and a newer
// term have in common.
inline void ForgetRole(ServerState& server) {
  server.state = Role::kFollower;
  server.leader_id = kNil;
  server.forced = false;
  server.votes_responded = {};
  server.votes_granted = {};
  server.match_index.fill(0);
}

// What `change` makes of `config`; the same if it cannot be made.  TLA+: ConfigAfter.
Config ConfigAfter(const Config& config, const ConfChange& change);

// The configuration that the entries of `log` lead to from the initial one.  TLA+: ConfigOf.
Config ConfigOf(const Constants& constants, const LogTree& tree, LogId log);

// TLA+: Init, for one server.  The log that all servers are born with is empty in the models and
// holds the bootstrap entries in a trace of an implementation that writes them (etcd's
// RawNode.Bootstrap); it is committed from the start, and not yet durable.
template <class Network>
void InitServer(Raft<Network>& raft, Server i, LogId log, Term term);

}  // namespace spec
