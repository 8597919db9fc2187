// What a server does with a message: the term gate, then the handler of its type.
// TLA+ module: Raft (UpdateTerm, DropStale, RespondToOlderTerm, ReturnToFollower, Receive, Init).
// Includes the whole specification except for the properties.
#pragma once

#include "spec/outcome.h"
#include "spec/raft_durability.h"
#include "spec/raft_election.h"
#include "spec/raft_leases.h"
#include "spec/raft_membership.h"
#include "spec/raft_network.h"
#include "spec/raft_reads.h"
#include "spec/raft_replication.h"
#include "spec/raft_snapshot.h"
#include "spec/raft_state.h"
#include "spec/raft_transfer.h"

namespace spec {

template <class Network>
void InitServer(Raft<Network>& raft, Server i, LogId log, Term term) {
  auto& s = raft.state[i];
  s = typename Raft<Network>::ServerState{};
  s.current_term = term;
  s.log = log;
  s.commit_index = raft.tree->Length(log);
  s.config = typename Raft<Network>::Config(raft.constants.initial);
  StartClock(raft, i);
  RecordCommitted(raft, i, 0);
}

template <class Message>
bool IsFromLeader(const Message& m) {
  return m.type == MessageType::kMsgApp || m.type == MessageType::kMsgHeartbeat ||
         m.type == MessageType::kMsgSnap;
}

// A pre-vote names the next term, which the candidate has not entered yet.  So a MsgPreVote and a
// granted MsgPreVoteResp must not raise the receiver's term.
template <class Message>
bool NamesReachedTerm(const Message& m) {
  return m.type != MessageType::kMsgPreVote && (m.type != MessageType::kMsgPreVoteResp || m.reject);
}

// Any message of a newer term first makes the receiver a follower of that term; the message
// stays in flight and is handled next (Raft paper 5.1).
template <class Network>
Outcome UpdateTerm(Raft<Network>& raft, Server i, Server j, const MessageOf<Network>& m) {
  auto& s = raft.state[i];
  if (m.term <= s.current_term) {
    return Outcome::Refused("UpdateTerm", "m.term > currentTerm[i]", Operand{"m.term", m.term},
                            Operand{"currentTerm[i]", s.current_term});
  }
  if (!NamesReachedTerm(m)) {
    return Outcome::Refused("UpdateTerm", "m is no MsgPreVote and no granted MsgPreVoteResp",
                            Operand{"m.term", m.term});
  }
  if (const Outcome free = NeedNotIgnore(raft, i, m, "UpdateTerm"); !free) return free;
  ForgetRole(s);
  EndLease(raft, i);
  s.current_term = m.term;
  s.voted_for = kNil;
  if (IsFromLeader(m)) s.leader_id = j;
  return Outcome::Taken();
}

// A candidate that hears from the leader of its term becomes a follower, then handles the message.
template <class Network>
Outcome ReturnToFollower(Raft<Network>& raft, Server i, Server j, const MessageOf<Network>& m) {
  auto& s = raft.state[i];
  if (m.term != s.current_term || !IsFromLeader(m)) {
    return Outcome::Refused("ReturnToFollower",
                            "m.term = currentTerm[i] /\\ m.type \\in FromLeader",
                            Operand{"m.term", m.term}, Operand{"currentTerm[i]", s.current_term});
  }
  if (s.state != Role::kCandidate && s.state != Role::kPreCandidate) {
    return Outcome::Refused("ReturnToFollower", "state[i] \\in {Candidate, PreCandidate}",
                            Operand{"state[i]", s.state});
  }
  ForgetRole(s);
  s.leader_id = j;
  return Outcome::Taken();
}

// With CheckQuorum or PreVote a server answers a leader of an older term, so that a server whose
// term is too high can rejoin the cluster (etcd: the lower-term case of Step).  An implementation
// that always answers older terms answers their candidates too (Raft paper figure 2).
template <class Network>
bool MustTellNewerTerm(const Raft<Network>& raft, const MessageOf<Network>& m) {
  const bool append_or_heartbeat =
      m.type == MessageType::kMsgApp || m.type == MessageType::kMsgHeartbeat;
  if (raft.constants.answers_older_terms) {
    return append_or_heartbeat || m.type == MessageType::kMsgVote;
  }
  return append_or_heartbeat && (raft.constants.check_quorum || raft.constants.pre_vote);
}

template <class Network>
Outcome DropStale(Raft<Network>& raft, Server i, Server /*j*/, const MessageOf<Network>& m) {
  const auto& s = raft.state[i];
  if (m.term >= s.current_term) {
    return Outcome::Refused("DropStale", "m.term < currentTerm[i]", Operand{"m.term", m.term},
                            Operand{"currentTerm[i]", s.current_term});
  }
  if (m.type == MessageType::kMsgPreVote) {
    return Outcome::Refused("DropStale", "m.type # MsgPreVote", Operand{"m.term", m.term});
  }
  if (raft.constants.settings_known && MustTellNewerTerm(raft, m)) {
    return Outcome::Refused("DropStale", "~MustTellNewerTerm(m)",
                            Operand{"CheckQuorum", raft.constants.check_quorum},
                            Operand{"PreVote", raft.constants.pre_vote});
  }
  raft.network.Discard(m);
  return Outcome::Taken();
}

template <class Network>
Outcome RespondToOlderTerm(Raft<Network>& raft, Server i, Server j, const MessageOf<Network>& m) {
  const auto& s = raft.state[i];
  if (!MustTellNewerTerm(raft, m)) {
    return Outcome::Refused("RespondToOlderTerm", "MustTellNewerTerm(m)",
                            Operand{"CheckQuorum", raft.constants.check_quorum},
                            Operand{"PreVote", raft.constants.pre_vote});
  }
  if (m.term >= s.current_term) {
    return Outcome::Refused("RespondToOlderTerm", "m.term < currentTerm[i]",
                            Operand{"m.term", m.term}, Operand{"currentTerm[i]", s.current_term});
  }
  auto response = MakeMessage(raft, MessageType::kMsgAppResp, i, j);
  if (m.type == MessageType::kMsgVote) response = Refusal(raft, MessageType::kMsgVoteResp, i, j);
  Reply(raft, response, m);
  return Outcome::Taken();
}

// The handler of m's type.  The message has passed the term gate.
template <class Network>
Outcome Handle(Raft<Network>& raft, const MessageOf<Network>& m) {
  switch (m.type) {
    case MessageType::kMsgVote:
      return HandleRequestVoteRequest(raft, m.to, m.from, m);
    case MessageType::kMsgVoteResp:
      return HandleRequestVoteResponse(raft, m.to, m.from, m);
    case MessageType::kMsgApp:
      return HandleAppendEntriesRequest(raft, m.to, m.from, m);
    case MessageType::kMsgAppResp:
      return HandleAppendEntriesResponse(raft, m.to, m.from, m);
    case MessageType::kMsgHeartbeat:
      return HandleHeartbeat(raft, m.to, m.from, m);
    case MessageType::kMsgHeartbeatResp:
      return HandleHeartbeatResponse(raft, m.to, m.from, m);
    case MessageType::kMsgSnap:
      return HandleSnapshotRequest(raft, m.to, m.from, m);
    case MessageType::kMsgPreVote:
      return HandlePreVoteRequest(raft, m.to, m.from, m);
    case MessageType::kMsgPreVoteResp:
      return HandlePreVoteResponse(raft, m.to, m.from, m);
    case MessageType::kMsgTimeoutNow:
      return HandleTimeoutNow(raft, m.to, m.from, m);
  }
  return Outcome::Refused("Receive", "m.type is a known type");
}

}  // namespace spec
