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
  constexpr void Erase(Server i) { bits_ &= ~(1U << i); }
  constexpr bool IsSubsetOf(ServerSet other) const { return (bits_ & ~other.bits_) == 0; }
  friend constexpr ServerSet operator|(ServerSet a, ServerSet b) {
    return ServerSet(a.bits_ | b.bits_);
  }
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
  kMsgHeartbeatResp,
  kMsgSnap,
  kMsgPreVote,
  kMsgPreVoteResp,
  kMsgTimeoutNow
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
  bool force = false;             // MsgVote: the leader asked for it
  std::uint32_t entry_count = 0;  // of MsgSnap: the index of the snapshot
  // The log that ends with the last entry carried; of MsgSnap, the log that the snapshot stands
  // for.
  LogId entries = kEmptyLog;
  Term term = 0;
  // MsgApp: before the entries; MsgVote: last of the log; MsgAppResp: acknowledged; MsgSnap: 0
  Index index = 0;
  Term log_term = 0;
  Index commit = 0;
  Index hint = 0;  // of a rejection: where the logs may match

  friend constexpr auto operator<=>(const Message&, const Message&) = default;
};

// Who votes and who only learns.  Outside of a joint configuration `outgoing` is empty; of a joint
// one, learners_next are voters of the outgoing half that become learners when it ends.
struct Config {
  ServerSet voters;
  ServerSet outgoing;
  ServerSet learners;
  ServerSet learners_next;
  bool auto_leave = false;

  constexpr bool IsJoint() const { return !outgoing.Empty(); }
  constexpr ServerSet Voters() const { return voters | outgoing; }
  constexpr ServerSet Members() const { return Voters() | learners; }
  // Joint decisions need a majority of each half (dissertation 4.3).
  constexpr bool IsQuorum(ServerSet set) const {
    return IsMajority(voters, set) && (!IsJoint() || IsMajority(outgoing, set));
  }
  friend constexpr bool operator==(const Config&, const Config&) = default;

 private:
  static constexpr bool IsMajority(ServerSet of, ServerSet set) {
    return 2 * (of & set).Size() > of.Size();
  }
};

// What a configuration entry asks for.  Without changes and with kAuto: leave the joint one.
struct ConfChange {
  enum class Transition : std::uint8_t { kAuto, kJointImplicit, kJointExplicit };
  Transition transition = Transition::kAuto;
  // By number of changes, since more than one needs a joint configuration; each server is in one.
  int changes = 0;
  ServerSet add;
  ServerSet add_learner;
  ServerSet remove;
  friend constexpr bool operator==(const ConfChange&, const ConfChange&) = default;
};

// The constants of the model.
struct Constants {
  int servers = 0;            // of the trace or model, members or not
  Config initial;             // the configuration that all begin with
  bool pre_vote = false;      // TLA+: PreVote
  bool check_quorum = false;  // TLA+: CheckQuorum
  // Without it PreVote and CheckQuorum are on, but servers may also behave as if they were off.
  bool settings_known = true;
  // A leader of an older term is always answered, not only with PreVote or CheckQuorum.
  bool answers_older_terms = false;
  // A refused vote says what the voter knows to be committed.
  bool votes_carry_commit = false;
  // A restarted server may be bound by a lease that it does not remember.
  bool lease_reads = false;
  // Are the messages of PreVote and transfer part of the model?  Else any server may campaign.
  bool campaign_messages = false;
};

}  // namespace spec
