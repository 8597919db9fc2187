// Messages: queued (`pending`), in flight (`messages`), and what the network may do to them.
// TLA+ module: RaftNetwork.  Messages that promise something leave a server only when it is
// durable: Send queues them, HandOver gives them to the disk together with what they wait for,
// Persist (raft_durability.h) releases them.
//
// A Network offers what BagNetwork below does.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spec/message_set.h"
#include "spec/outcome.h"
#include "spec/raft_state.h"

namespace spec {

// A bag of messages without bounds, for traces.  Iteration order never reaches a verdict: the one
// hash container is only asked by key, and ForEach sorts.
//
// Messages are found by what can be seen of them, without their entries' contents: a server leads
// a term at most once and only appends to its log meanwhile, so that (from, term, index,
// entry_count) tell the entries.  Send aborts if that ever fails: it would be an error of the
// specification.
class BagNetwork {
 public:
  using Types = TraceTypes;
  using Message = spec::Message;
  using Logs = LogTree;
  using History = spec::History;

  // TLA+: Send.
  void Send(const Message& m);
  // The message that was sent last, queued or not.
  const Message& LastSent() const { return last_sent_; }
  const std::vector<Message>& Pending(Server i) const { return pending_[i]; }

  // TLA+: writes.  What the disk of a server was given and has not finished, oldest first.
  struct Write {
    ServerState::Durable disk;  // as it will be; its snapshot is that of `installs`, if any
    bool installs = false;      // a snapshot is written first
    std::vector<Message> messages;
    friend bool operator==(const Write&, const Write&) = default;
  };
  const std::deque<Write>& Writes(Server i) const { return writes_[i]; }
  // With all that is pending.
  void HandOver(Server i, const ServerState::Durable& disk, bool installs);
  // REQUIRES: there is one.  Its messages are released.
  Write FinishWrite(Server i);
  // One message of the k-th write, before that is known to be finished; false if it is not there.
  bool ReleaseOne(Server i, std::size_t k, const Message& m);
  void ForgetWrites(Server i) { pending_[i].clear(), writes_[i].clear(); }
  // The messages that a server sent to itself die with it.
  void ForgetLoopback(Server i);

  // The message that looks like `seen` (whose `entries` is ignored), if it was ever released and is
  // still known.
  std::optional<Message> Find(const Message& seen) const;
  // Copies in flight.
  int InFlight(const Message& m) const;
  void AddCopy(const Message& m);
  // REQUIRES: InFlight(m) > 0.
  void Discard(const Message& m);
  // With it, delivered messages stay known to Find, for networks whose duplications are not in the
  // trace.  A server's messages to itself do not: nobody copies them.
  void RememberDelivered() { remember_delivered_ = true; }

  // Calls f(message, copies) for all that are known, in the order of their fields.
  void ForEach(const std::function<void(const Message&, int)>& f) const;
  friend bool operator==(const BagNetwork& a, const BagNetwork& b);

 private:
  struct Copies {
    LogId entries = kEmptyLog;
    int count = 0;
    friend bool operator==(const Copies&, const Copies&) = default;
  };
  struct Hash {
    std::size_t operator()(const Message& m) const;
  };
  std::array<std::vector<Message>, kMaxServers> pending_;
  std::array<std::deque<Write>, kMaxServers> writes_;
  Message last_sent_;
  // The keys have no entries.  What is in flight is a small table, that what was delivered does not
  // slow down; a message may be in both.
  std::unordered_map<Message, Copies, Hash> copies_;
  MessageSet delivered_;
  // Is everything that was delivered here known there?
  bool KnowsDeliveredOf(const BagNetwork& other) const;
  bool remember_delivered_ = false;
};

// What must not leave before it is durable (dissertation 3.8): answers that count, and the request
// for a vote, which promises that the log it shows stays.
inline bool Promises(MessageType type) {
  return type == MessageType::kMsgAppResp || type == MessageType::kMsgVoteResp ||
         type == MessageType::kMsgPreVoteResp || type == MessageType::kMsgVote;
}

template <class Network>
using MessageOf = typename Raft<Network>::Message;
template <class Network>
using DurableOf = typename Raft<Network>::Durable;

// The guard that every handler begins with: the term gate (raft.h) has passed.
template <class ServerState, class Message>
Outcome IsOfOwnTerm(std::string_view action, const ServerState& server, const Message& m) {
  if (m.term == server.current_term) return Outcome::Taken();
  return Outcome::Refused(action, "m.term = currentTerm[i]", Operand{"m.term", m.term},
                          Operand{"currentTerm[i]", server.current_term});
}

template <class Network>
void Reply(Raft<Network>& raft, const MessageOf<Network>& response,
           const MessageOf<Network>& request) {
  raft.network.Send(response);
  raft.network.Discard(request);
}

// The network loses one copy.  A loopback message is lost by a restart only.
template <class Network>
Outcome DropMessage(Raft<Network>& raft, const MessageOf<Network>& m) {
  if (raft.network.InFlight(m) == 0) {
    return Outcome::Refused("DropMessage", "m \\in DOMAIN messages", Operand{"m.from", m.from},
                            Operand{"m.to", m.to}, Operand{"m.term", m.term});
  }
  if (m.from == m.to) {
    return Outcome::Refused("DropMessage", "m.from # m.to", Operand{"m.from", m.from});
  }
  raft.network.Discard(m);
  return Outcome::Taken();
}

// The network makes one more copy.
template <class Network>
Outcome DuplicateMessage(Raft<Network>& raft, const MessageOf<Network>& m) {
  if (raft.network.InFlight(m) == 0) {
    return Outcome::Refused("DuplicateMessage", "m \\in DOMAIN messages", Operand{"m.from", m.from},
                            Operand{"m.to", m.to}, Operand{"m.term", m.term});
  }
  if (m.from == m.to) {
    return Outcome::Refused("DuplicateMessage", "m.from # m.to", Operand{"m.from", m.from});
  }
  raft.network.AddCopy(m);
  return Outcome::Taken();
}

}  // namespace spec
