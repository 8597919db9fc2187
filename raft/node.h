// A Raft node as a deterministic state machine, in etcd's shape: everything enters through Tick,
// Step, Propose and their like, everything leaves through a Ready.  No clock, thread, socket or
// file of its own; equal inputs and an equal seed give equal outputs on every machine.
//
// The host's loop:
//
//   if (node.HasReady()) {
//     raft::Ready& ready = node.TakeReady();
//     if (ready.snapshot) storage.Install(ready.snapshot);
//     storage.Append(ready.entries);
//     if (ready.hard_state) storage.SetHardState(*ready.hard_state);
//     if (ready.must_sync) Sync();
//     Send(ready.messages);           // only now: they promise what was just made durable
//     if (ready.snapshot) LoadApplication(*ready.snapshot);
//     for (const raft::Entry& entry : ready.committed_entries) {
//       Apply(entry);                 // a kConfChange: node.ApplyConfChange(...), see there
//     }
//     node.Advance();
//   }
//
// With async_storage_writes there is no Advance: what is to be written and applied are messages to
// kAppendThread and kApplyThread (message.h), any number of them at a time, each queue in order.
//
// Threads: none inside; one caller at a time.
// Source: Ongaro's dissertation, chapters 3, 4, 6 and 10; etcd-io/raft (raft.go, rawnode.go).  The
// TLA+ actions are named at the functions in raft/node_*.cc.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "raft/conf_change.h"
#include "raft/ids.h"
#include "raft/message.h"
#include "raft/progress.h"
#include "raft/storage.h"
#include "raft/trace/sink.h"

namespace raft {

enum class ReadOnly : std::uint8_t {
  kSafe,  // a quorum confirms the leader for each read (dissertation 6.4)
  // No round trip while a lease holds (dissertation 6.4.1); right as long as the clocks of no two
  // servers drift apart by a tick within an election timeout.
  kLeaseBased,
};

struct Config {
  NodeId id;                   // not kNone
  Storage* storage = nullptr;  // outlives the node
  int election_ticks = 10;     // > heartbeat_ticks; a timeout is drawn from [n, 2n)
  int heartbeat_ticks = 1;     // > 0
  // What the application has applied already, on a restart: the newest snapshot at least.  Entries
  // after it are handed out, some perhaps for the second time.
  Index applied;
  // Of the election timeouts and the numbers of reads, together with `id`: all nodes may have the
  // same.  See ReadIndex for a restart.
  std::uint64_t seed = 0;

  bool pre_vote = false;      // ask whether an election can be won before it is held
  bool check_quorum = false;  // a leader without a quorum steps down; voters honour leases
  ReadOnly read_only = ReadOnly::kSafe;  // kLeaseBased needs check_quorum

  // Limits of payload, in bytes; one entry always fits.
  std::uint64_t max_message_bytes = 1U << 20U;      // of one MsgApp
  std::uint64_t max_committed_bytes = 0;            // out to be applied; 0: max_message_bytes
  std::uint64_t max_uncommitted_bytes = 1U << 30U;  // of a leader's uncommitted proposals; > 0
  int max_inflight_messages = 256;                  // > 0, unacknowledged MsgApp to a follower
  std::uint64_t max_inflight_bytes = 0;  // of them; 0: no limit; else >= max_message_bytes

  bool disable_proposal_forwarding = false;  // a follower refuses proposals
  // A leader appends any change, for the application checks them.  The price: after a restart a
  // node cannot conclude from the changes in its log what is committed.
  bool disable_conf_change_validation = false;
  // A leader that is no voter any more hands its leadership over.  If false, it goes on leading
  // until it is stopped.
  bool step_down_on_removal = true;
  bool async_storage_writes = false;
  trace::Sink* sink = nullptr;  // outlives the node; without one nothing is computed for it
};

// One sentence on a setting of `config` that is wrong; nothing if `config` can be used.
std::optional<std::string> Validate(const Config& config);

enum class Role : std::uint8_t { kFollower, kPreCandidate, kCandidate, kLeader };
inline constexpr std::array<std::string_view, 4> kRoleNames = {"StateFollower", "StatePreCandidate",
                                                               "StateCandidate", "StateLeader"};

struct SoftState {
  NodeId leader;
  Role role = Role::kFollower;
  friend bool operator==(const SoftState&, const SoftState&) = default;
};

// A read that was asked for with `context` sees everything up to `index`: it may be served once
// that is applied.
struct ReadState {
  Index index;
  Payload context;
  friend bool operator==(const ReadState&, const ReadState&) = default;
};

// What the host must do, in this order: persist, (sync), send, apply, Advance.
struct Ready {
  std::optional<SoftState> soft_state;  // if it changed
  std::optional<HardState> hard_state;  // to persist, if it changed
  SnapshotPtr snapshot;                 // to persist before the entries, in place of the whole log
  std::vector<Entry> entries;  // to persist; replaces whatever is stored from entries[0].index on
  std::vector<Message> messages;         // to send once the above is durable
  std::vector<Entry> committed_entries;  // to apply, after the snapshot
  std::vector<ReadState> read_states;
  // What is to be persisted must be durable before any message leaves: there is a snapshot or an
  // entry, or the term or the vote is new.  A new commit index alone need not be synced.
  bool must_sync = false;
};

enum class ProposeResult : std::uint8_t {
  kAccepted,        // appended or forwarded; not yet committed
  kNoLeader,        // none is known, or an election is under way
  kNotForwarded,    // a follower, and disable_proposal_forwarding
  kLearner,         // a learner takes none
  kTransferring,    // the leader is handing over
  kTooMuchPending,  // max_uncommitted_bytes would be exceeded
  kNotAMember,      // the leader was removed
  kBadConfChange,   // a membership change that cannot be made now
  kNothing,         // there was nothing to propose
  kTooLarge,        // more than Payload::kMaxSize
};

struct PeerStatus {
  NodeId id;
  Index match;
  Index next;
  Progress::State state = Progress::State::kProbe;
  bool paused = false;
  bool learner = false;
  bool recent_active = false;
  Index pending_snapshot;
  std::size_t inflight = 0;
};

struct Status {
  NodeId id;
  SoftState soft_state;
  HardState hard_state;
  Index applied;
  Index first_index;
  Index last_index;
  ConfState conf_state;
  NodeId lead_transferee;         // kNone unless this leader is handing over
  std::vector<PeerStatus> peers;  // a leader's, sorted by id, itself too; else empty
};

class Node {
 public:
  // REQUIRES: Validate(config) is empty.  Loads the state that storage has (etcd: newRaft).
  explicit Node(const Config& config);
  ~Node();
  Node(Node&&) noexcept;
  Node& operator=(Node&&) noexcept;

  void Tick();
  // Takes any message that a peer or a storage thread sent.  Returns false, and does nothing, if
  // the message cannot be for this node, or if it is a snapshot and entries are still being
  // applied.  Such a message is lost; the host of its sender calls ReportSnapshot.
  bool Step(Message message);

  // A follower that knows its leader forwards the proposal (MsgProp), and may never learn what
  // became of it.
  ProposeResult Propose(Payload data);
  ProposeResult Propose(std::vector<Payload> data);  // as one MsgProp: all or nothing
  // Appends the change to the log.  If a leader refuses it, `why` says what is wrong with it.  If a
  // follower forwards it and the leader refuses it, the leader appends an empty entry in its place.
  ProposeResult ProposeConfChange(const ConfChange& change, std::string* why = nullptr);
  // Puts the change into force.  The host calls it when it applies a kConfChange entry, with
  // Decode(entry.data), before Advance (or before MsgStorageApplyResp).  A change that cannot be
  // made leaves everything as it is, on every server alike.  The host stores what is returned with
  // its next snapshot.
  ConfState ApplyConfChange(const ConfChange& change);

  void Campaign();                 // at once, as if the election timeout had passed
  void TransferLeader(NodeId to);  // given up after an election timeout
  void ForgetLeader();             // a follower that knows its leader to be dead
  // Answered by one ReadState, or lost.  Contexts may repeat; after a restart only those of reads
  // that were asked for with another `seed` may, since a late answer could be taken for a new one.
  void ReadIndex(Payload context);
  void ReportUnreachable(NodeId id);  // the last message to it may be lost
  void ReportSnapshot(NodeId id, bool success);

  bool HasReady() const;
  // REQUIRES: HasReady(), and every earlier Ready was Advanced.  Valid until the next call of
  // TakeReady; anything may be moved out of it.
  Ready& TakeReady();
  // The last Ready was persisted, sent and applied.  REQUIRES: not async_storage_writes.
  void Advance();

  NodeId id() const;
  Role role() const;
  NodeId leader() const;
  HardState hard_state() const;
  Index last_index() const;
  Index applied() const;
  Status status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace raft
