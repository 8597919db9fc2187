// What servers say to each other, and what they store: etcd's messages, entries, hard state and
// snapshots.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "raft/conf_change.h"
#include "raft/ids.h"
#include "raft/payload.h"

namespace raft {

enum class EntryType : std::uint8_t { kNormal, kConfChange };

struct Entry {
  Term term;
  Index index;
  EntryType type = EntryType::kNormal;
  Payload data;  // opaque to Raft; empty in the no-op that opens a term; in a kConfChange
                 // what Encode (conf_change.h) returned
  friend bool operator==(const Entry&, const Entry&) = default;
};

// 64 bits of type and payload (FNV-1a), the same on every machine; what a trace calls `digest`.
std::uint64_t Digest(const Entry& entry);

// Bytes of payload.
std::uint64_t SizeOf(const std::vector<Entry>& entries);

struct HardState {
  Term term;
  NodeId vote;   // whom this server voted for in `term`
  Index commit;  // may be stale: a commit index need not be synced
  friend bool operator==(const HardState&, const HardState&) = default;
};

// The application's state up to `index`, and the configuration there.
struct Snapshot {
  Index index;
  Term term;
  ConfState conf_state;
  Payload data;  // opaque to Raft
  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

// Names and meanings are etcd's; kMessageTypeNames has the names.
enum class MessageType : std::uint8_t {
  kHup,             // local: campaign
  kBeat,            // local: send heartbeats
  kProp,            // propose `entries`; a follower forwards it to its leader
  kApp,             // append `entries` after (index, log_term); commit is the leader's
  kAppResp,         // index: last index that matches; or reject, with a hint
  kVote,            // (index, log_term) is the candidate's last entry; context kTransfer: forced
  kVoteResp,        // refused: (commit, log_term) is the last entry the voter knows committed
  kPreVote,         // as kVote; term is the next one, in which the sender would campaign
  kPreVoteResp,     // as kVoteResp; term: the one asked for if granted, its own if refused
  kSnap,            // `snapshot` in place of a log that is gone
  kSnapStatus,      // local: the sending of a snapshot to `from` ended; reject: it failed
  kHeartbeat,       // commit never exceeds what the receiver is known to have; context is echoed
  kHeartbeatResp,   //
  kUnreachable,     // local: the last message to `from` may be lost
  kCheckQuorum,     // local: step down unless a quorum has answered since the last one
  kReadIndex,       // `context` asks for an index to read at; a follower forwards it to its leader
  kReadIndexResp,   // index: where `context` may be read
  kTransferLeader,  // `from` shall lead; a follower forwards it to its leader
  kTimeoutNow,      // campaign at once, whatever the leases say
  kForgetLeader,    // local: a follower takes its leader for dead
  kStorageAppend,   // to kAppendThread: write entries, snapshot, (term, vote, commit), and when
                    // they are durable deliver `responses`
  kStorageAppendResp,  // from it: all up to (index, log_term), and `snapshot`, is durable
  kStorageApply,       // to kApplyThread: apply `entries`, then deliver `responses`
  kStorageApplyResp,   // from it: `entries` are applied
};
inline constexpr int kMessageTypes = 24;
inline constexpr std::array<std::string_view, kMessageTypes> kMessageTypeNames = {
    "MsgHup",           "MsgBeat",
    "MsgProp",          "MsgApp",
    "MsgAppResp",       "MsgVote",
    "MsgVoteResp",      "MsgPreVote",
    "MsgPreVoteResp",   "MsgSnap",
    "MsgSnapStatus",    "MsgHeartbeat",
    "MsgHeartbeatResp", "MsgUnreachable",
    "MsgCheckQuorum",   "MsgReadIndex",
    "MsgReadIndexResp", "MsgTransferLeader",
    "MsgTimeoutNow",    "MsgForgetLeader",
    "MsgStorageAppend", "MsgStorageAppendResp",
    "MsgStorageApply",  "MsgStorageApplyResp"};

// Where storage messages go (asynchronous storage writes); no server may have these identifiers.
inline constexpr NodeId kAppendThread{~std::uint64_t{0}};
inline constexpr NodeId kApplyThread{~std::uint64_t{0} - 1};

// The context of a vote request that the leader asked for: voters do not look at their leases.
inline constexpr std::string_view kTransferContext = "CampaignTransfer";

struct Message {
  MessageType type = MessageType::kHup;
  bool reject = false;
  NodeId to;
  NodeId from;
  Term term;  // 0 for local messages and for what is forwarded
  Term log_term;
  Index index;
  Index commit;
  Index reject_hint;
  NodeId vote;                     // of kStorageAppend
  std::vector<Entry> entries;      //
  Payload context;                 //
  SnapshotPtr snapshot;            // of kSnap and the storage messages
  std::vector<Message> responses;  // of the storage messages
  friend bool operator==(const Message& a, const Message& b);
};

}  // namespace raft
