// Roles, kinds of message, entries, and the constants that switch extensions; no behaviour.
// TLA+ module: RaftTypes.  Must not include anything of raft/.  Read next: raft_state.h.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace spec {

// Servers are small numbers, sets of servers are bit sets: the whole state is trivially copyable.
inline constexpr int kMaxServers = 32;
using Server = std::uint8_t;
inline constexpr Server kNil = 0xff;  // TLA+: Nil

template <class Bits>
class BasicServerSet {
 public:
  constexpr BasicServerSet() = default;
  // A set of another width.  REQUIRES: its members fit.
  template <class Other>
  constexpr explicit BasicServerSet(BasicServerSet<Other> other)
      : bits_(static_cast<Bits>(other.bits())) {}
  static constexpr BasicServerSet FirstN(int n) {
    return BasicServerSet(n >= kMaxServers ? ~0U : (1U << n) - 1U);
  }
  constexpr bool Contains(Server i) const {
    return i < kMaxServers && ((unsigned{bits_} >> i) & 1U) != 0;
  }
  constexpr void Insert(Server i) { bits_ = static_cast<Bits>(bits_ | 1U << i); }
  constexpr void Erase(Server i) { bits_ = static_cast<Bits>(bits_ & ~(1U << i)); }
  constexpr int Size() const {
    if constexpr (sizeof(Bits) == 1) {  // without a call where the processor cannot count bits
      return static_cast<int>((bits_ * std::uint64_t{0x0002000400080010} & 0x0111111111111111U) *
                                  0x1111111111111111U >>
                              60U);
    }
    return std::popcount(bits_);
  }
  constexpr bool Empty() const { return bits_ == 0; }
  constexpr std::uint32_t bits() const { return bits_; }
  // Does f(i) hold for all of them?
  template <class F>
  constexpr bool All(F f) const {
    for (unsigned rest = bits_; rest != 0; rest &= rest - 1U) {
      if (!f(static_cast<Server>(std::countr_zero(rest)))) return false;
    }
    return true;
  }
  constexpr bool IsSubsetOf(BasicServerSet other) const { return (bits_ & ~other.bits_) == 0; }
  friend constexpr BasicServerSet operator|(BasicServerSet a, BasicServerSet b) {
    return BasicServerSet(unsigned{a.bits_} | b.bits_);
  }
  friend constexpr BasicServerSet operator&(BasicServerSet a, BasicServerSet b) {
    return BasicServerSet(unsigned{a.bits_} & b.bits_);
  }
  friend constexpr BasicServerSet operator-(BasicServerSet a, BasicServerSet b) {
    return BasicServerSet(a.bits_ & ~unsigned{b.bits_});
  }
  friend constexpr bool operator==(BasicServerSet, BasicServerSet) = default;

 private:
  constexpr explicit BasicServerSet(unsigned bits) : bits_(static_cast<Bits>(bits)) {}
  Bits bits_ = 0;
};
using ServerSet = BasicServerSet<std::uint32_t>;

using Term = std::uint64_t;
using Index = std::uint64_t;
using Value = std::uint64_t;  // what an entry holds, or its digest; 0 where a trace does not say

// A number kept in `kBytes` bytes, wherever they lie: what states of a bounded model consist of, so
// that they are small and have no padding.  REQUIRES: what is stored fits.
template <int kBytes>
class Packed {
  static_assert(std::endian::native == std::endian::little, "states are the same bytes everywhere");

 public:
  Packed() = default;
  Packed(std::uint64_t value) {  // NOLINT: it is meant to be a number like others
    std::memcpy(bytes_.data(), &value, kBytes);
  }
  operator std::uint64_t() const {  // NOLINT: as above
    std::uint64_t value = 0;
    std::memcpy(&value, bytes_.data(), kBytes);
    return value;
  }
  Packed& operator++() { return *this = *this + 1U; }

 private:
  std::array<std::uint8_t, kBytes> bytes_{};
};

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

// A log is a number; equal logs have equal ids.  In traces, where logs have no bound, it is a node
// of the one tree of all logs (log_tree.h); in models the entries themselves (packed_logs.h).
using LogId = std::uint64_t;
inline constexpr LogId kEmptyLog = 0;

// Every record has every field, zero where its type does not use it, as in the TLA+ text.
template <class Number, class Log>
struct BasicMessage {
  Log entries = kEmptyLog;  // the log that ends with the last entry carried, or that a MsgSnap is
  MessageType type = MessageType::kMsgVote;
  Server from = kNil;
  Server to = kNil;
  bool reject = false;
  bool force = false;      // MsgVote: the leader asked for it
  Number entry_count = 0;  // of MsgSnap: the index of the snapshot
  Number term = 0;
  // MsgApp: before the entries; MsgVote: last of the log; MsgAppResp: acknowledged; MsgSnap: 0
  Number index = 0;
  Number log_term = 0;
  Number commit = 0;
  Number hint = 0;     // of a rejection: where the logs may match
  Number context = 0;  // MsgHeartbeat and its answer: the read that they confirm, 0 if none

  friend constexpr auto operator<=>(const BasicMessage&, const BasicMessage&) = default;
};
using Message = BasicMessage<std::uint64_t, LogId>;

// Who votes and who only learns.  Outside of a joint configuration `outgoing` is empty; of a joint
// one, learners_next are voters of the outgoing half that become learners when it ends.
template <class Set>
struct BasicConfig {
  Set voters;
  Set outgoing;
  Set learners;
  Set learners_next;
  bool auto_leave = false;

  constexpr BasicConfig() = default;
  template <class Other>
  constexpr explicit BasicConfig(const BasicConfig<Other>& other)
      : voters(other.voters),
        outgoing(other.outgoing),
        learners(other.learners),
        learners_next(other.learners_next),
        auto_leave(other.auto_leave) {}
  constexpr bool IsJoint() const { return !outgoing.Empty(); }
  constexpr Set Voters() const { return voters | outgoing; }
  constexpr Set Members() const { return Voters() | learners; }
  // Joint decisions need a majority of each half (dissertation 4.3).
  constexpr bool IsQuorum(Set set) const {
    return IsMajority(voters, set) && (!IsJoint() || IsMajority(outgoing, set));
  }
  friend constexpr bool operator==(const BasicConfig&, const BasicConfig&) = default;

 private:
  static constexpr bool IsMajority(Set of, Set set) { return 2 * (of & set).Size() > of.Size(); }
};
using Config = BasicConfig<ServerSet>;

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
  // Leaders and candidates of older terms are always answered, not only leaders and only with
  // PreVote or CheckQuorum.
  bool answers_older_terms = false;
  // A refused vote says what the voter knows to be committed.
  bool votes_carry_commit = false;
  // A restarted server may be bound by a lease that it does not remember.
  bool lease_reads = false;
  // Are the messages of PreVote and transfer part of the model?  Else any server may campaign.
  bool campaign_messages = false;
};

}  // namespace spec
