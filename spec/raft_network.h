// Messages that are queued (`pending`) or in flight (`messages`), and what the network may do to
// them.  TLA+ module: RaftNetwork.  A message that promises something leaves its server only when
// the promise is durable: Send queues it, HandOver gives it to the disk together with the state
// that it depends on, and Persist (raft_durability.h) releases it.
//
// A Network has the interface of BagNetwork below.
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

// An unbounded bag of messages, for traces.  Iteration order cannot affect a verdict: the only hash
// container is only looked up by key, and ForEach sorts.
//
// A message is found by its visible fields, which exclude the contents of its entries.  These
// fields are enough: a term has at most one leader, which only appends to its log, so (from, term,
// index, entry_count) determine the entries.  Send aborts if this ever fails, because it would be
// an error of the specification.
class BagNetwork {
 public:
  using Types = TraceTypes;
  using Message = spec::Message;
  using Logs = LogTree;
  using History = spec::History;

  // TLA+: Send.
  void Send(const Message& m);
  // The last message that was sent, even if it is still queued.
  const Message& LastSent() const { return last_sent_; }
  const std::vector<Message>& Pending(Server i) const { return pending_[i]; }

  // TLA+: writes.  What a server gave to its disk and the disk has not finished, oldest first.
  struct Write {
    ServerState::Durable disk;  // the disk after the write; its snapshot counts only if `installs`
    bool installs = false;      // the write begins with a snapshot
    std::vector<Message> messages;
    friend bool operator==(const Write&, const Write&) = default;
  };
  const std::deque<Write>& Writes(Server i) const { return writes_[i]; }
  // Hands over `disk` and all pending messages.
  void HandOver(Server i, const ServerState::Durable& disk, bool installs);
  // Finishes the oldest write and releases its messages.  REQUIRES: there is a write.
  Write FinishWrite(Server i);
  // Releases one message of the k-th write, before the trace shows that this write is finished.
  // Returns false if the write has no such message.
  bool ReleaseOne(Server i, std::size_t k, const Message& m);
  void ForgetWrites(Server i) { pending_[i].clear(), writes_[i].clear(); }
  // A crash loses the messages that a server sent to itself.
  void ForgetLoopback(Server i);

  // The message that equals `seen` in everything but `entries`, if it was ever released and is not
  // forgotten.
  std::optional<Message> Find(const Message& seen) const;
  // The number of copies in flight.
  int InFlight(const Message& m) const;
  void AddCopy(const Message& m);
  // REQUIRES: InFlight(m) > 0.
  void Discard(const Message& m);
  // From now on Find also finds delivered messages, for networks that may duplicate a message
  // without a line in the trace.  It does not find those that a server sent to itself, because no
  // network copies them.
  void RememberDelivered() { remember_delivered_ = true; }

  // Calls f(message) for every known message for which keep(message, copies in flight) holds,
  // ordered by the fields of the message.
  void ForEach(const std::function<bool(const Message&, int)>& keep,
               const std::function<void(const Message&)>& f) const;
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
  // The keys leave out the entries.  Messages in flight have a table of their own, so that
  // delivered messages do not make it slow; a message may be in both.
  std::unordered_map<Message, Copies, Hash> copies_;
  MessageSet delivered_;
  // Does `other` know every message that was delivered here?
  bool KnowsDeliveredOf(const BagNetwork& other) const;
  bool remember_delivered_ = false;
};

// Messages that must not leave before they are durable (dissertation 3.8): responses that are
// counted, and vote requests, which promise that the log that they describe stays.
inline bool Promises(MessageType type) {
  return type == MessageType::kMsgAppResp || type == MessageType::kMsgVoteResp ||
         type == MessageType::kMsgPreVoteResp || type == MessageType::kMsgVote;
}

template <class Network>
using MessageOf = typename Raft<Network>::Message;
template <class Network>
using DurableOf = typename Raft<Network>::Durable;

// The guard of every handler: the message has passed the term gate (raft.h).
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

// The network loses one copy.  Only a restart loses a message that a server sent to itself.
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

// The network duplicates a message that is in flight.
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
