// Elections: who may campaign, who may vote, who has won.  TLA+ module: RaftElection.
// Sources: Raft paper section 5.2 and 5.4.1; dissertation 3.4, 6.4 (leases), 9.6 (PreVote); etcd
// where it is stricter than the paper.
#pragma once

#include "spec/outcome.h"
#include "spec/raft_network.h"
#include "spec/raft_state.h"

namespace spec {

// Server i gives up on its leader and campaigns in the next term.
template <class Network>
Outcome Timeout(Raft<Network>& raft, Server i) {
  ServerState& s = raft.state[i];
  if (s.state == Role::kLeader) {
    return Outcome::Refused("Timeout", "state[i] # Leader", Operand{"state[i]", s.state});
  }
  ForgetRole(s);
  s.state = Role::kCandidate;
  ++s.current_term;
  s.voted_for = i;
  return Outcome::Taken();
}

// With PreVote a server asks first whether it could win, and changes neither term nor vote.
template <class Network>
Outcome BecomePreCandidate(Raft<Network>& raft, Server i) {
  ServerState& s = raft.state[i];
  if (!raft.constants.pre_vote) {
    return Outcome::Refused("BecomePreCandidate", "PreVote", Operand{"PreVote", false});
  }
  if (s.state == Role::kLeader) {
    return Outcome::Refused("BecomePreCandidate", "state[i] # Leader",
                            Operand{"state[i]", s.state});
  }
  ForgetRole(s);
  s.state = Role::kPreCandidate;
  return Outcome::Taken();
}

// Candidate i asks j for its vote; its own vote counts once it is durable, so it is a message too.
template <class Network>
Outcome RequestVote(Raft<Network>& raft, Server i, Server j) {
  const ServerState& s = raft.state[i];
  if (s.state != Role::kCandidate) {
    return Outcome::Refused("RequestVote", "state[i] = Candidate", Operand{"state[i]", s.state});
  }
  if (s.votes_responded.Contains(j)) {
    return Outcome::Refused("RequestVote", "j \\notin votesResponded[i]", Operand{"j", j},
                            Operand{"votesResponded[i]", s.votes_responded});
  }
  Message m;
  m.from = i;
  m.to = j;
  m.term = s.current_term;
  if (i == j) {
    m.type = MessageType::kMsgVoteResp;
  } else {
    m.type = MessageType::kMsgVote;
    m.index = raft.tree->Length(s.log);
    m.log_term = raft.tree->LastTerm(s.log);
  }
  raft.network.Send(m);
  return Outcome::Taken();
}

template <class Network>
Outcome BecomeLeader(Raft<Network>& raft, Server i) {
  ServerState& s = raft.state[i];
  if (s.state != Role::kCandidate) {
    return Outcome::Refused("BecomeLeader", "state[i] = Candidate", Operand{"state[i]", s.state});
  }
  if (!raft.IsMajority(s.votes_granted)) {
    return Outcome::Refused("BecomeLeader", "votesGranted[i] \\in Quorum",
                            Operand{"votesGranted[i]", s.votes_granted},
                            Operand{"Server", raft.Servers()});
  }
  ForgetRole(s);
  s.state = Role::kLeader;
  s.leader_id = i;
  s.match_index[i] = raft.tree->Length(s.log);
  auto& leaders = raft.history.elections[s.current_term];
  if (leaders.empty() || leaders.back() != i) leaders.push_back(i);
  return Outcome::Taken();
}

// A candidate that cannot win any more, or (CheckQuorum) a leader that has not heard from a
// majority, goes back to follower in the same term.  Its vote stays.
template <class Network>
Outcome StepDown(Raft<Network>& raft, Server i) {
  ServerState& s = raft.state[i];
  if (s.state == Role::kFollower) {
    return Outcome::Refused("StepDown", "state[i] # Follower", Operand{"state[i]", s.state});
  }
  if (s.state == Role::kLeader && !raft.constants.check_quorum) {
    return Outcome::Refused("StepDown", "(state[i] = Leader) => CheckQuorum",
                            Operand{"state[i]", s.state}, Operand{"CheckQuorum", false});
  }
  if (s.state == Role::kCandidate) {
    const ServerSet refused = s.votes_responded - s.votes_granted;
    if (raft.IsMajority(raft.Servers() - refused)) {
      return Outcome::Refused("StepDown", "the votes that i may still get are no majority",
                              Operand{"votesResponded[i]", s.votes_responded},
                              Operand{"votesGranted[i]", s.votes_granted});
    }
  }
  ForgetRole(s);
  return Outcome::Taken();
}

// m.term = currentTerm[i].  Raft paper 5.4.1 (up-to-date), and etcd: no vote for a second
// candidate of a term whose leader is known.
template <class Network>
Outcome HandleRequestVoteRequest(Raft<Network>& raft, Server i, Server j, const Message& m) {
  ServerState& s = raft.state[i];
  if (const Outcome own = IsOfOwnTerm("HandleRequestVoteRequest", s, m); !own) return own;
  const Term last_term = raft.tree->LastTerm(s.log);
  const bool up_to_date =
      m.log_term > last_term || (m.log_term == last_term && m.index >= raft.tree->Length(s.log));
  const bool may_vote = s.voted_for == j || (s.voted_for == kNil && s.leader_id == kNil);
  const bool grant = up_to_date && may_vote;
  Message response;
  response.type = MessageType::kMsgVoteResp;
  response.from = i;
  response.to = j;
  response.term = s.current_term;
  response.reject = !grant;
  Reply(raft, response, m);
  if (grant) s.voted_for = j;
  return Outcome::Taken();
}

// m.term = currentTerm[i].  The first answer of a server counts; who is no candidate ignores it.
template <class Network>
Outcome HandleRequestVoteResponse(Raft<Network>& raft, Server i, Server j, const Message& m) {
  ServerState& s = raft.state[i];
  if (const Outcome own = IsOfOwnTerm("HandleRequestVoteResponse", s, m); !own) return own;
  if (s.state == Role::kCandidate && !s.votes_responded.Contains(j)) {
    s.votes_responded.Insert(j);
    if (!m.reject) s.votes_granted.Insert(j);
  }
  raft.network.Discard(m);
  return Outcome::Taken();
}

// CheckQuorum: a server that hears from a leader takes no part in an election (dissertation 4.2.3).
template <class Network>
Outcome IgnoreVoteRequest(Raft<Network>& raft, Server i, Server /*j*/, const Message& m) {
  const ServerState& s = raft.state[i];
  if (!raft.constants.check_quorum) {
    return Outcome::Refused("IgnoreVoteRequest", "CheckQuorum", Operand{"CheckQuorum", false});
  }
  if (m.type != MessageType::kMsgVote || m.term <= s.current_term) {
    return Outcome::Refused("IgnoreVoteRequest", "m.type = MsgVote /\\ m.term > currentTerm[i]",
                            Operand{"m.term", m.term}, Operand{"currentTerm[i]", s.current_term});
  }
  if (s.leader_id == kNil) {
    return Outcome::Refused("IgnoreVoteRequest", "leaderId[i] # Nil",
                            Operand{"leaderId[i]", s.leader_id});
  }
  raft.network.Discard(m);
  return Outcome::Taken();
}

}  // namespace spec
