// A Raft node as a deterministic state machine, in etcd's shape: everything enters through Tick,
// Step, Propose and Campaign, everything leaves through a Ready.  No clock, thread, socket or file
// of its own; equal inputs and an equal seed give equal outputs on every machine.
//
// The host's loop:
//
//   if (node.HasReady()) {
//     raft::Ready ready = node.TakeReady();
//     storage.Append(ready.entries);  storage.SetHardState(*ready.hard_state);  // if there are any
//     if (ready.must_sync) Sync();
//     Send(ready.messages);           // only now: they promise what was just made durable
//     Apply(ready.committed_entries);
//     node.Advance();
//   }
//
// Threads: none inside; one caller at a time.
// Source: Ongaro's dissertation, chapter 3; etcd-io/raft (raft.go, rawnode.go).  Its TLA+ actions
// are named at the functions in raft/node_*.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "raft/ids.h"
#include "raft/message.h"
#include "raft/storage.h"
#include "raft/trace/sink.h"

namespace raft {

struct Config {
  NodeId id;                   // not kNone
  Storage* storage = nullptr;  // outlives the node
  int election_ticks = 10;     // > heartbeat_ticks; a timeout is drawn from [n, 2n)
  int heartbeat_ticks = 1;     // > 0
  std::uint64_t max_message_bytes = 1
                                    << 20;  // of entry payload in one MsgApp; one entry always fits
  int max_inflight_messages = 256;  // > 0, unacknowledged MsgApp a follower in replicate state
  Index applied;                    // what the application has applied already, on a restart
  std::uint64_t seed = 0;           // of the election timeouts
  trace::Sink* sink = nullptr;      // outlives the node; without one nothing is computed for it
};

// What one setting of `config` is wrong, in one sentence; nothing if it can be used.
std::optional<std::string> Validate(const Config& config);

enum class Role : std::uint8_t { kFollower, kCandidate, kLeader };

struct SoftState {
  NodeId leader;
  Role role = Role::kFollower;
  friend bool operator==(const SoftState&, const SoftState&) = default;
};

// What the host must do, in this order: persist, (sync), send, apply, Advance.
struct Ready {
  std::optional<SoftState> soft_state;  // if it changed
  std::optional<HardState> hard_state;  // to persist, if it changed
  std::vector<Entry> entries;  // to persist; replaces whatever is stored from entries[0].index on
  std::vector<Message> messages;         // to send once the above is durable
  std::vector<Entry> committed_entries;  // to apply
  bool must_sync = false;  // durable before any message leaves: an entry, a term or a vote is new
};

enum class ProposeResult : std::uint8_t { kAccepted, kDropped };  // dropped: no leader here

class Node {
 public:
  // REQUIRES: Validate(config) is empty.  Loads the state that storage has (etcd: newRaft).
  explicit Node(const Config& config);
  ~Node();
  Node(Node&&) noexcept;
  Node& operator=(Node&&) noexcept;

  void Tick();
  // Takes any message that a peer sent; a message that cannot be for this node is ignored.
  void Step(const Message& message);
  // A follower that knows its leader forwards the proposal (MsgProp).
  ProposeResult Propose(std::string data);
  // Campaigns at once, as if the election timeout had passed.
  void Campaign();

  bool HasReady() const;
  // REQUIRES: HasReady(), and every earlier Ready was Advanced.
  Ready TakeReady();
  // The last Ready was persisted, sent and applied.
  void Advance();

  NodeId id() const;
  Role role() const;
  NodeId leader() const;
  HardState hard_state() const;
  Index last_index() const;
  Index applied() const;
  struct PeerProgress {
    NodeId id;
    Index match;
    Index next;
    bool replicating = false;  // else probing
    bool paused = false;
  };
  // Of every voter, sorted by id; empty unless leader.
  std::vector<PeerProgress> progress() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace raft
