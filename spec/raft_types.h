// Roles, kinds of message, entries, and the constants that switch extensions; no behaviour.
// TLA+ module: RaftTypes.  Must not include anything of raft/.  Read next: raft_state.h.
#pragma once

#include <bit>
#include <compare>
#include <cstdint>

namespace spec {

// Servers are small numbers, sets of servers are bit sets: the whole state is trivially copyable.
inline constexpr int kMaxServers = 32;
using Server = std::uint8_t;
inline constexpr Server kNil = 0xff;  // TLA+: Nil

class ServerSet {
 public:
  constexpr ServerSet() = default;
  static constexpr ServerSet FirstN(int n) {
    return ServerSet(n >= kMaxServers ? ~0U : (1U << n) - 1U);
  }
  constexpr bool Contains(Server i) const { return i < kMaxServers && ((bits_ >> i) & 1U) != 0; }
  constexpr void Insert(Server i) { bits_ |= 1U << i; }
  constexpr int Size() const { return std::popcount(bits_); }
  constexpr bool Empty() const { return bits_ == 0; }
  constexpr std::uint32_t bits() const { return bits_; }
  friend constexpr ServerSet operator&(ServerSet a, ServerSet b) {
    return ServerSet(a.bits_ & b.bits_);
  }
  friend constexpr ServerSet operator-(ServerSet a, ServerSet b) {
    return ServerSet(a.bits_ & ~b.bits_);
  }
  friend constexpr bool operator==(ServerSet, ServerSet) = default;

 private:
  constexpr explicit ServerSet(std::uint32_t bits) : bits_(bits) {}
  std::uint32_t bits_ = 0;
};

using Term = std::uint64_t;
using Index = std::uint64_t;
using Value = std::uint64_t;  // what an entry holds, or its digest; 0 where a trace does not say

enum class Role : std::uint8_t { kFollower, kPreCandidate, kCandidate, kLeader };

enum class MessageType : std::uint8_t {
  kMsgVote,
  kMsgVoteResp,
  kMsgApp,
  kMsgAppResp,
  kMsgHeartbeat,
  kMsgHeartbeatResp
};

// A log is a node of the one tree of all logs (log_tree.h); equal logs have equal ids.
using LogId = std::uint32_t;
inline constexpr LogId kEmptyLog = 0;

// Every record has every field, zero where its type does not use it, as in the TLA+ text.
struct Message {
  MessageType type = MessageType::kMsgVote;
  Server from = kNil;
  Server to = kNil;
  bool reject = false;
  std::uint32_t entry_count = 0;
  LogId entries = kEmptyLog;  // the log that ends with the last entry carried; none, kEmptyLog
  Term term = 0;
  Index index =
      0;  // MsgApp: before the entries; MsgVote: last of the log; MsgAppResp: acknowledged
  Term log_term = 0;
  Index commit = 0;
  Index hint = 0;  // of a rejection: where the logs may match

  friend constexpr auto operator<=>(const Message&, const Message&) = default;
};

// The constants of the model.
struct Constants {
  int servers = 0;
  bool pre_vote = false;      // TLA+: PreVote
  bool check_quorum = false;  // TLA+: CheckQuorum
};

}  // namespace spec
