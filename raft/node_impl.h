// The inside of a Node; for raft/node*.cc only.
//   node.cc              construction, status
//   node_ready.cc        the host's side: Ready, Advance, the storage messages
//   node_step.cc         what enters: the term gate, dispatch by role
//   node_election.cc     roles, time, campaigns, votes
//   node_replication.cc  proposals, appends, heartbeats, commitment
//   node_membership.cc   configurations and their changes; leadership transfer
//   node_snapshot.cc     snapshots sent and received
//   node_read.cc         linearizable reads
//   node_trace.cc        what is written to the trace, and when
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "raft/log.h"
#include "raft/message.h"
#include "raft/node.h"
#include "raft/random.h"
#include "raft/trace/event.h"
#include "raft/tracker.h"

namespace raft {

enum class CampaignKind : std::uint8_t { kPreElection, kElection, kTransfer };

class Node::Impl {
 public:
  explicit Impl(const Config& config);

  // ---- What Node's functions do.
  void Tick();
  bool Step(Message m);
  ProposeResult Propose(Payload data);
  ProposeResult Propose(std::vector<Payload> data);
  ProposeResult ProposeConfChange(const ConfChange& change, std::string* why);
  ConfState ApplyConfChange(const ConfChange& change);
  void Local(MessageType type, NodeId about = kNone, bool reject = false);
  void ReadIndex(Payload context);
  bool HasReady() const;
  Ready& TakeReady();
  void Advance();
  const Config& config() const { return config_; }
  SoftState soft_state() const { return {leader_, role_}; }
  HardState hard_state() const { return {term_, vote_, log_.committed()}; }
  const Log& log() const { return log_; }
  Status status() const;

 private:
  // ---- node_step.cc
  bool Acceptable(const Message& m) const;
  // True if the message is to be handled; a newer term is taken up, older ones are answered.
  bool PassesTermGate(const Message& m);
  void AnswerOlderTerm(const Message& m);
  void Handle(Message& m);
  void StepAsLeader(Message& m);
  void StepAsCandidate(Message& m);
  void StepAsFollower(Message& m);
  static Message MessageTo(MessageType type, NodeId to);
  void Send(Message&& m);
  void Forward(Message m);

  // ---- node_ready.cc
  void FillStorageMessages();
  void StorageAppended(const Message& m, bool same_term);
  void SnapshotStored(Index index);
  void AppliedTo(Index index, std::uint64_t bytes);

  // ---- node_election.cc
  void Reset(Term term);
  void BecomeFollower(Term term, NodeId leader);
  void BecomePreCandidate();
  void BecomeCandidate();
  void BecomeLeader();
  void TickElection();
  void TickHeartbeat();
  void DrawElectionTimeout();
  bool Promotable() const;
  bool HonoursLease() const;
  bool IsBound() const;
  void Hup(CampaignKind kind);
  void Campaign(CampaignKind kind);
  void ShowCommitted(Message& response) const;
  void HandleVote(const Message& m);
  void HandleVoteResponse(const Message& m);
  void CheckQuorum();

  // ---- node_replication.cc
  ProposeResult Propose(std::vector<Entry>& entries);
  ProposeResult HandlePropose(std::vector<Entry>& entries);
  void AppendOwn(std::vector<Entry>& entries);
  bool MaybeSendAppend(Peer& peer, bool send_if_empty);
  void BroadcastAppend();
  void BroadcastHeartbeat();
  void HandleAppend(const Message& m);
  void HandleAppendResponse(Peer& peer, const Message& m);
  void HandleRejection(Peer& peer, const Message& m);
  void HandleHeartbeat(Message& m);
  void HandleHeartbeatResponse(Peer& peer, const Message& m);
  bool MaybeCommit();
  bool HasCommittedInTerm() const { return log_.TermAt(log_.committed()) == term_; }

  // ---- node.cc
  void CatchUpConfiguration(Index snapshot);

  // ---- node_membership.cc
  std::optional<std::string> Refusal(const ConfChange& change) const;
  ConfState SwitchTo(Configuration configuration);
  void MaybeLeaveJoint();
  void HandOver();
  void HandleTransfer(Peer& peer);
  void SendTimeoutNow(NodeId to);
  void AbortTransfer();

  // ---- node_snapshot.cc
  bool MaybeSendSnapshot(Peer& peer);
  void HandleSnapshot(const Message& m);
  bool RestoreSnapshot(const SnapshotPtr& snapshot);
  void HandleSnapshotStatus(Peer& peer, bool failed);

  // ---- node_read.cc
  void HandleRead(NodeId from, Payload context);
  void ReleasePendingReads();
  void AnswerRead(NodeId from, Payload context, Index index);
  void TakeAnswer(const Payload& context, Index index);
  void ConfirmReads(Peer& peer, const Payload& context);
  void ReleaseConfirmedReads();
  Payload HeartbeatContext() const;
  bool HasLease() const;

  // ---- node_trace.cc; each returns at once without a sink.
  void TraceState(trace::EventName name, trace::Event& e);
  void TraceNode(trace::EventName name);
  void TraceChangeConf(const Entry& entry, Index index, const ConfChange& change);
  void TraceApplyConfChange(const Configuration& next);
  void TraceReplicate(const Entry& entry);
  void TraceSend(const Message& m);
  void TraceReceive(const Message& m);
  trace::Event* TraceMessage(trace::EventName name, const Message& m);
  void TraceTick();
  void TraceLeaseRead();

  Config config_;
  Log log_;
  Term term_;
  NodeId vote_;
  NodeId leader_;
  Role role_ = Role::kFollower;
  Tracker tracker_;

  int election_elapsed_ = 0;
  int heartbeat_elapsed_ = 0;
  int election_timeout_ = 0;  // drawn anew at each change of role
  std::uint64_t ticks_ = 0;   // since the start
  // With leases, the promise to the last leader that this node followed: up to this tick it takes
  // part in no election.  A newer term does not end it, since that leader may not know the term.
  std::uint64_t promised_until_ = 0;
  Random random_;

  // The numbers of the reads that were forwarded and not answered, oldest first.
  std::deque<std::uint64_t> forwarded_reads_;
  std::uint64_t last_forwarded_read_ = 0;

  // ---- A leader's.
  NodeId lead_transferee_;
  bool told_to_campaign_ = false;  // a MsgTimeoutNow of this term is out: no lease holds any more
  // The index of the last membership change that may be unapplied: no other before it is applied.
  Index pending_conf_index_;
  std::uint64_t uncommitted_bytes_ = 0;
  struct Read {
    NodeId from;
    Payload context;
    Index index;
  };
  std::deque<Read> reads_;             // not yet confirmed by a quorum, oldest first
  std::uint64_t reads_confirmed_ = 0;  // how many were, in this term
  std::vector<Read> pending_reads_;    // until an entry of this term is committed

  std::vector<Message> messages_;               // may leave with the next Ready
  std::vector<Message> messages_after_append_;  // promise something that is not yet durable
  std::vector<Message> own_messages_;           // from this node to itself (not asynchronous)
  std::vector<ReadState> read_states_;
  Ready ready_;
  struct Handed {  // what the Ready carried that Advance has not yet seen
    bool out = false;
    std::vector<Message> own;  // what this node told itself: true now that it is durable
    Term term;                 // in which the Ready was taken
    Index stable;              // 0 if there were no entries
    Term stable_term;
    Index snapshot;  // 0 if there was none
    Index applied;   // 0 if nothing was to be applied
    std::uint64_t applied_bytes = 0;
  };
  Handed handed_;
  SoftState previous_soft_state_;
  HardState previous_hard_state_;

  std::vector<Entry> proposal_;  // empty between calls; keeps its memory for the next proposal

  // Reused, so that an event allocates nothing once they have grown: each keeps the fields that its
  // kind of event has.
  trace::Event event_;          // of the node itself
  trace::Event message_event_;  // with a message, but MsgApp
  trace::Event append_event_;   // with a MsgApp
};

}  // namespace raft
