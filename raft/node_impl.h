// The inside of a Node; for raft/node*.cc only.
//   node.cc              the host's side: Ready, Advance, the term gate, dispatch by role
//   node_election.cc     roles, campaigns, votes
//   node_replication.cc  proposals, appends, heartbeats, commitment
//   node_trace.cc        what is written to the trace, and when
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "raft/log.h"
#include "raft/message.h"
#include "raft/node.h"
#include "raft/progress.h"
#include "raft/random.h"
#include "raft/trace/event.h"

namespace raft {

class Node::Impl {
 public:
  explicit Impl(const Config& config);

  void Tick();
  void Step(const Message& m);
  ProposeResult Propose(std::string data);
  void Hup();

  bool HasReady() const;
  Ready TakeReady();
  void Advance();

  // ---- What the accessors of Node show.
  const Config& config() const { return config_; }
  Role role() const { return role_; }
  NodeId leader() const { return leader_; }
  HardState hard_state() const { return {term_, vote_, log_.committed()}; }
  const Log& log() const { return log_; }
  std::vector<PeerProgress> progress() const;

 private:
  struct Peer {
    NodeId id;
    Progress progress;
    std::optional<bool> vote;  // its answer to our campaign
  };

  // ---- node.cc
  SoftState soft_state() const { return {leader_, role_}; }
  Peer* Find(NodeId id);
  bool IsVoter(NodeId id) const;
  std::size_t Quorum() const { return peers_.size() / 2 + 1; }
  // Is it a message that a peer could have sent to this node?
  bool Acceptable(const Message& m) const;
  void Send(Message m);
  void StepAsLeader(const Message& m);
  void StepAsCandidate(const Message& m);
  void StepAsFollower(const Message& m);

  // ---- node_election.cc
  void Reset(Term term);
  void BecomeFollower(Term term, NodeId leader);
  void BecomeCandidate();
  void BecomeLeader();
  void Campaign();
  void HandleVote(const Message& m);
  void HandleVoteResponse(const Message& m);
  void DrawElectionTimeout();

  // ---- node_replication.cc
  void AppendOwn(std::vector<Entry> entries);
  bool MaybeSendAppend(Peer& peer, bool send_if_empty);
  void BroadcastAppend();
  void BroadcastHeartbeat();
  void HandleAppend(const Message& m);
  void HandleAppendResponse(const Message& m);
  void HandleHeartbeat(const Message& m);
  void HandleHeartbeatResponse(const Message& m);
  bool MaybeCommit();

  // ---- node_trace.cc; each returns at once without a sink.
  void TraceState(trace::EventName name, trace::Event& e);
  void TraceNode(trace::EventName name);
  void TraceConfChange();
  void TraceReplicate(const Entry& entry);
  void TraceSend(const Message& m);
  void TraceReceive(const Message& m);
  trace::Event* TraceMessage(trace::EventName name, const Message& m);

  Config config_;
  Log log_;
  Term term_;
  NodeId vote_;
  NodeId leader_;
  Role role_ = Role::kFollower;
  std::vector<Peer> peers_;  // the voters, by id; this node too if it is one

  int election_elapsed_ = 0;
  int heartbeat_elapsed_ = 0;
  int election_timeout_ = 0;  // drawn anew at each change of role
  Random random_;

  std::vector<Message> messages_;               // may leave with the next Ready
  std::vector<Message> messages_after_append_;  // promise something that is not yet durable
  std::vector<Message> own_messages_;           // from this node to itself
  struct Handed {                               // out with a Ready, taken up again by Advance
    std::vector<Message> own;  // what this node told itself: true now that it is durable
    std::optional<std::pair<Index, Term>> stable;
    std::optional<Index> applied;
  };
  std::optional<Handed> handed_;
  SoftState previous_soft_state_;
  HardState previous_hard_state_;

  // Reused, so that an event allocates nothing once they have grown: each keeps the fields that its
  // kind of event has.
  trace::Event event_;          // of the node itself
  trace::Event message_event_;  // with a message, but MsgApp
  trace::Event append_event_;   // with a MsgApp
};

}  // namespace raft
