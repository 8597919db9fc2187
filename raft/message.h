// What servers say to each other, and what they store: etcd's messages, entries and hard state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "raft/ids.h"

namespace raft {

enum class EntryType : std::uint8_t { kNormal, kConfChange };

struct Entry {
  Term term;
  Index index;
  EntryType type = EntryType::kNormal;
  std::string data;  // opaque to Raft; empty for the no-op that opens a term
  friend bool operator==(const Entry&, const Entry&) = default;
};

// 64 bits of type and payload (FNV-1a), the same on every machine; what a trace calls `digest`.
std::uint64_t Digest(const Entry& entry);

struct HardState {
  Term term;
  NodeId vote;   // whom this server voted for in `term`
  Index commit;  // may be stale: a commit index need not be synced
  friend bool operator==(const HardState&, const HardState&) = default;
};

enum class MessageType : std::uint8_t {
  kHup,      // local: campaign
  kBeat,     // local: send heartbeats
  kProp,     // propose `entries`
  kApp,      // append `entries` after (index, log_term); commit is the leader's
  kAppResp,  // index: last index that matches; or reject, with a hint
  kVote,     // (index, log_term) is the candidate's last entry
  kVoteResp,
  kHeartbeat,  // commit never exceeds what the receiver is known to have
  kHeartbeatResp,
};

struct Message {
  MessageType type = MessageType::kHup;
  NodeId to;
  NodeId from;
  Term term;  // 0 for local messages
  Term log_term;
  Index index;
  std::vector<Entry> entries;
  Index commit;
  bool reject = false;
  Index reject_hint;
  friend bool operator==(const Message&, const Message&) = default;
};

}  // namespace raft
