// Roles, message types, entries, and the constants that switch extensions on; no behaviour.
// TLA+ module: RaftTypes.  Must not include anything of raft/.  Read next: raft_state.h.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace spec {

// Servers are small numbers and sets of servers are bit sets, so that a state is trivially
// copyable.
inline constexpr int kMaxServers = 32;
using Server = std::uint8_t;
inline constexpr Server kNil = 0xff;  // TLA+: Nil

template <class Bits>
class BasicServerSet {
 public:
  constexpr BasicServerSet() = default;
  // A set with another number of bits.  REQUIRES: its members fit.
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
    if constexpr (sizeof(Bits) == 1) {  // no call on processors without popcount
      return static_cast<int>((bits_ * std::uint64_t{0x0002000400080010} & 0x0111111111111111U) *
                                  0x1111111111111111U >>
                              60U);
    }
    return std::popcount(bits_);
  }
  constexpr bool Empty() const { return bits_ == 0; }
  constexpr std::uint32_t bits() const { return bits_; }
  // Returns true if f(i) holds for all members.
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
using Value = std::uint64_t;  // the entry's content or its digest; 0 if the trace does not say

// A number in `kBytes` bytes without alignment.  The states of bounded models use it to be small
// and without padding.  REQUIRES: the value fits.
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

// A log is a number, and equal logs have equal numbers.  In traces, where logs are unbounded, it is
// a node of the tree of all logs (log_tree.h); in models it holds the entries (packed_logs.h).
using LogId = std::uint64_t;
inline constexpr LogId kEmptyLog = 0;

// Every message has every field; a field that its type does not use is zero, as in the TLA+ text.
template <class Number, class Log>
struct BasicMessage {
  Log entries = kEmptyLog;  // MsgSnap: the log that it replaces; else the sender's log up to the
                            // last entry sent
  MessageType type = MessageType::kMsgVote;
  Server from = kNil;
  Server to = kNil;
  bool reject = false;
  bool force = false;      // MsgVote: the leader asked for this campaign
  Number entry_count = 0;  // MsgSnap: the index of the snapshot
  Number term = 0;
  // MsgApp: index before the entries; MsgVote: last index; MsgAppResp: acknowledged; MsgSnap: 0
  Number index = 0;
  Number log_term = 0;
  Number commit = 0;
  Number hint = 0;     // a rejection: the last index where the logs may match
  Number context = 0;  // MsgHeartbeat and its response: the read that they confirm, 0 if none
  Number sent = 0;     // the same: the leader's clock when it sent the heartbeat; 0 without clocks

  friend constexpr auto operator<=>(const BasicMessage&, const BasicMessage&) = default;
};
using Message = BasicMessage<std::uint64_t, LogId>;

// The voters and learners.  Outside of a joint configuration `outgoing` is empty.  In a joint
// configuration, learners_next are voters of the outgoing half that become learners when it ends.
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
  // A joint configuration needs a majority of each half (dissertation 4.3).
  constexpr bool IsQuorum(Set set) const {
    return IsMajority(voters, set) && (!IsJoint() || IsMajority(outgoing, set));
  }
  friend constexpr bool operator==(const BasicConfig&, const BasicConfig&) = default;

 private:
  static constexpr bool IsMajority(Set of, Set set) { return 2 * (of & set).Size() > of.Size(); }
};
using Config = BasicConfig<ServerSet>;

// The change in a configuration entry.  No changes and kAuto: leave the joint configuration.
struct ConfChange {
  enum class Transition : std::uint8_t { kAuto, kJointImplicit, kJointExplicit };
  Transition transition = Transition::kAuto;
  // How many changes; more than one need a joint configuration.  A server is in at most one set.
  int changes = 0;
  ServerSet add;
  ServerSet add_learner;
  ServerSet remove;
  friend constexpr bool operator==(const ConfChange&, const ConfChange&) = default;
};

// What is left of a committed change that the application refused: it changes nothing.
inline constexpr ConfChange kRefusedChange = {ConfChange::Transition::kAuto, 1, {}, {}, {}};

// The constants of the model.
struct Constants {
  int servers = 0;            // number of servers in the trace or model, members or not
  Config initial;             // the configuration that all servers begin with
  bool pre_vote = false;      // TLA+: PreVote
  bool check_quorum = false;  // TLA+: CheckQuorum
  // If false, PreVote and CheckQuorum are set, but servers may also behave as if they were off.
  bool settings_known = true;
  // Servers always answer leaders and candidates of older terms.  Otherwise they answer leaders
  // only, and only with PreVote or CheckQuorum.
  bool answers_older_terms = false;
  // A refused vote carries the voter's commit index.
  bool votes_carry_commit = false;
  // Reads are answered under leases.  Without clocks, a restarted server may be bound by a promise
  // that it does not remember.
  bool lease_reads = false;
  std::uint64_t election_ticks = 0;  // how long a promise lasts; 0: nothing is known of clocks
  std::uint64_t max_drift = 1;       // by how many ticks two clocks may differ in any span of time
  // A leader proposes a membership change only if the last one is applied, and leaves only what is
  // joint.  If false (etcd: DisableConfChangeValidation) nothing follows from a change in a log.
  bool validates_changes = true;
  // If false, PreVote and transfer messages are not modelled, and any server may campaign.
  bool campaign_messages = false;

  // Are promises and leases counted (raft_leases.h)?
  bool Clocked() const { return lease_reads && check_quorum && election_ticks > 0; }
};

}  // namespace spec
