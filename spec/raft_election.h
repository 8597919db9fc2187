// Elections: who may campaign, who may vote, who has won.  TLA+ module: RaftElection.
// Sources: Raft paper section 5.2 and 5.4.1; dissertation 3.4, 6.4 (leases), 9.6 (PreVote); etcd
// where it is stricter than the paper.
#pragma once

#include "spec/outcome.h"
#include "spec/raft_membership.h"
#include "spec/raft_network.h"
#include "spec/raft_replication.h"
#include "spec/raft_state.h"

namespace spec {

template <class Network>
void BecomeCandidate(Raft<Network>& raft, Server i) {
  auto& s = raft.state[i];
  ForgetRole(s);
  s.state = Role::kCandidate;
  ++s.current_term;
  s.voted_for = i;
}

// Server i gives up on its leader and campaigns in the next term.  With PreVote it does so only if
// a quorum would vote for it.
template <class Network>
Outcome Timeout(Raft<Network>& raft, Server i) {
  const auto& s = raft.state[i];
  if (s.state == Role::kLeader) {
    return Outcome::Refused("Timeout", "state[i] # Leader", Operand{"state[i]", s.state});
  }
  // The winner of a pre-vote was a voter when it asked.  It campaigns whatever it has applied
  // since.
  if (raft.constants.pre_vote && raft.constants.campaign_messages) {
    if (s.state != Role::kPreCandidate) {
      return Outcome::Refused("Timeout", "PreVote => state[i] = PreCandidate",
                              Operand{"state[i]", s.state});
    }
    if (!s.config.IsQuorum(s.votes_granted)) {
      return Outcome::Refused("Timeout", "PreVote => votesGranted[i] \\in Quorum(config[i])",
                              Operand{"votesGranted[i]", s.votes_granted},
                              Operand{"Voters(config[i])", s.config.Voters()});
    }
  } else if (const Outcome may = MayCampaign(raft, i, "Timeout"); !may) {
    return may;
  }
  BecomeCandidate(raft, i);
  return Outcome::Taken();
}

// With PreVote a server first asks whether it could win.  This changes neither its term nor its
// vote.
template <class Network>
Outcome BecomePreCandidate(Raft<Network>& raft, Server i) {
  auto& s = raft.state[i];
  if (!raft.constants.pre_vote) {
    return Outcome::Refused("BecomePreCandidate", "PreVote", Operand{"PreVote", false});
  }
  if (s.state == Role::kLeader) {
    return Outcome::Refused("BecomePreCandidate", "state[i] # Leader",
                            Operand{"state[i]", s.state});
  }
  if (const Outcome may = MayCampaign(raft, i, "BecomePreCandidate"); !may) return may;
  ForgetRole(s);
  s.state = Role::kPreCandidate;
  return Outcome::Taken();
}

// The guard of both requests: j is a voter of i's configuration and has not answered.
template <class Network>
Outcome MayAsk(const Raft<Network>& raft, Server i, Server j, Role asking,
               std::string_view action) {
  const auto& s = raft.state[i];
  if (s.state != asking) {
    return Outcome::Refused(
        action, asking == Role::kCandidate ? "state[i] = Candidate" : "state[i] = PreCandidate",
        Operand{"state[i]", s.state});
  }
  if (!s.config.Voters().Contains(j) || s.votes_responded.Contains(j)) {
    return Outcome::Refused(action, "j \\in Voters(config[i]) \\ votesResponded[i]",
                            Operand{"j", j}, Operand{"Voters(config[i])", s.config.Voters()},
                            Operand{"votesResponded[i]", s.votes_responded});
  }
  return Outcome::Taken();
}

// The request to j.  If i = j, it is already the response: a candidate grants itself its vote.
template <class Network>
MessageOf<Network> AskForVote(const Raft<Network>& raft, Server i, Server j, MessageType question,
                              MessageType answer) {
  if (i == j) return MakeMessage(raft, answer, i, j);
  const auto& s = raft.state[i];
  auto m = MakeMessage(raft, question, i, j);
  m.index = raft.tree->Length(s.log);
  m.log_term = raft.tree->LastTerm(s.log);
  return m;
}

// Pre-candidate i asks j whether it would vote for it in the next term.
template <class Network>
Outcome RequestPreVote(Raft<Network>& raft, Server i, Server j) {
  const Outcome may = MayAsk(raft, i, j, Role::kPreCandidate, "RequestPreVote");
  if (!may) return may;
  auto m = AskForVote(raft, i, j, MessageType::kMsgPreVote, MessageType::kMsgPreVoteResp);
  ++m.term;
  raft.network.Send(m);
  return Outcome::Taken();
}

// Candidate i asks j for its vote.  Its own vote counts only once it is durable, so it is a message
// too.
template <class Network>
Outcome RequestVote(Raft<Network>& raft, Server i, Server j) {
  const Outcome may = MayAsk(raft, i, j, Role::kCandidate, "RequestVote");
  if (!may) return may;
  auto m = AskForVote(raft, i, j, MessageType::kMsgVote, MessageType::kMsgVoteResp);
  if (i != j) m.force = raft.state[i].forced;
  raft.network.Send(m);
  return Outcome::Taken();
}

template <class Network>
Outcome BecomeLeader(Raft<Network>& raft, Server i) {
  auto& s = raft.state[i];
  if (s.state != Role::kCandidate) {
    return Outcome::Refused("BecomeLeader", "state[i] = Candidate", Operand{"state[i]", s.state});
  }
  if (!s.config.IsQuorum(s.votes_granted)) {
    return Outcome::Refused("BecomeLeader", "votesGranted[i] \\in Quorum(config[i])",
                            Operand{"votesGranted[i]", s.votes_granted},
                            Operand{"voters", s.config.voters},
                            Operand{"outgoing", s.config.outgoing});
  }
  ForgetRole(s);
  s.state = Role::kLeader;
  s.leader_id = i;
  s.match_index[i] = raft.tree->Length(s.log);
  raft.history.AddLeader(s.current_term, i);
  return Outcome::Taken();
}

// A candidate that cannot win any more becomes a follower in the same term and keeps its vote.  So
// does a leader that has not heard from a quorum (CheckQuorum) or that was removed.
template <class Network>
Outcome StepDown(Raft<Network>& raft, Server i) {
  auto& s = raft.state[i];
  if (s.state == Role::kFollower) {
    return Outcome::Refused("StepDown", "state[i] # Follower", Operand{"state[i]", s.state});
  }
  const bool removed = !s.config.Voters().Contains(i);
  if (s.state == Role::kLeader && !raft.constants.check_quorum && !removed) {
    return Outcome::Refused("StepDown",
                            "state[i] = Leader => CheckQuorum \\/ i \\notin Voters(config[i])",
                            Operand{"state[i]", s.state}, Operand{"CheckQuorum", false},
                            Operand{"Voters(config[i])", s.config.Voters()});
  }
  const bool asks = s.state == Role::kCandidate ||
                    (s.state == Role::kPreCandidate && raft.constants.campaign_messages);
  if (asks) {
    const auto refused = s.votes_responded - s.votes_granted;
    if (s.config.IsQuorum(s.config.Voters() - refused)) {
      return Outcome::Refused("StepDown", "the votes that i may still get are no majority",
                              Operand{"votesResponded[i]", s.votes_responded},
                              Operand{"votesGranted[i]", s.votes_granted});
    }
  }
  ForgetRole(s);
  return Outcome::Taken();
}

// Server i refuses a vote and may report its commit index (TiKV's Raft does).
template <class Network>
MessageOf<Network> Refusal(const Raft<Network>& raft, MessageType type, Server i, Server j) {
  auto response = MakeMessage(raft, type, i, j);
  response.reject = true;
  if (raft.constants.votes_carry_commit) {
    response.commit = raft.state[i].commit_index;
    response.log_term = raft.tree->TermAt(raft.state[i].log, response.commit);
  }
  return response;
}

// A candidate may be refused by a server that was removed by a change that the candidate has in its
// log, too.  It then learns that the change is committed; otherwise it would go on asking in the
// old configuration.
template <class Network>
void LearnCommitted(Raft<Network>& raft, Server i, Role asking, const MessageOf<Network>& m) {
  auto& s = raft.state[i];
  if (!raft.constants.votes_carry_commit) return;
  if (s.state != asking || !m.reject || m.commit <= s.commit_index) return;
  if (m.commit > raft.tree->Length(s.log)) return;
  if (raft.tree->TermAt(s.log, m.commit) != m.log_term) return;
  s.commit_index = m.commit;
  RecordCommitted(raft, i, s.current_term);
}

// Raft paper 5.4.1.
template <class Network>
bool LogUpToDate(const Raft<Network>& raft, Server i, const MessageOf<Network>& m) {
  const LogId log = raft.state[i].log;
  const Term last_term = raft.tree->LastTerm(log);
  return m.log_term > last_term || (m.log_term == last_term && m.index >= raft.tree->Length(log));
}

// One vote per term.  A server whose term has a leader that it knows votes for no other candidate
// (etcd).
template <class Network>
bool MayVoteFor(const Raft<Network>& raft, Server i, Server j) {
  const auto& s = raft.state[i];
  return s.voted_for == j || (s.voted_for == kNil && s.leader_id == kNil);
}

// m.term = currentTerm[i].
template <class Network>
Outcome HandleRequestVoteRequest(Raft<Network>& raft, Server i, Server j,
                                 const MessageOf<Network>& m) {
  auto& s = raft.state[i];
  if (const Outcome own = IsOfOwnTerm("HandleRequestVoteRequest", s, m); !own) return own;
  const bool grant = LogUpToDate(raft, i, m) && MayVoteFor(raft, i, j);
  Reply(raft,
        grant ? MakeMessage(raft, MessageType::kMsgVoteResp, i, j)
              : Refusal(raft, MessageType::kMsgVoteResp, i, j),
        m);
  if (grant) s.voted_for = j;
  return Outcome::Taken();
}

// m.term = currentTerm[i].  Only the first response of a server counts, and only for a candidate.
template <class Network>
Outcome HandleRequestVoteResponse(Raft<Network>& raft, Server i, Server j,
                                  const MessageOf<Network>& m) {
  auto& s = raft.state[i];
  if (const Outcome own = IsOfOwnTerm("HandleRequestVoteResponse", s, m); !own) return own;
  if (s.state == Role::kCandidate && !s.votes_responded.Contains(j)) {
    s.votes_responded.Insert(j);
    if (!m.reject) s.votes_granted.Insert(j);
  }
  LearnCommitted(raft, i, Role::kCandidate, m);
  raft.network.Discard(m);
  return Outcome::Taken();
}

// Any term.  A server that answers a pre-vote promises nothing and remembers nothing.  A granted
// pre-vote names the term that was asked for; a refused one names the server's own term, so that a
// candidate that is behind learns of it.
template <class Network>
Outcome HandlePreVoteRequest(Raft<Network>& raft, Server i, Server j, const MessageOf<Network>& m) {
  const auto& s = raft.state[i];
  const bool grant =
      LogUpToDate(raft, i, m) &&
      (m.term > s.current_term || (m.term == s.current_term && MayVoteFor(raft, i, j)));
  auto response = MakeMessage(raft, MessageType::kMsgPreVoteResp, i, j);
  response.term = m.term;
  Reply(raft, grant ? response : Refusal(raft, MessageType::kMsgPreVoteResp, i, j), m);
  return Outcome::Taken();
}

// Any term, except that UpdateTerm first handles a refusal of a newer term.  Only responses to the
// current attempt count: grants of the next term, and refusals of the current one.
template <class Network>
Outcome HandlePreVoteResponse(Raft<Network>& raft, Server i, Server j,
                              const MessageOf<Network>& m) {
  auto& s = raft.state[i];
  if (m.reject && m.term > s.current_term) {
    return Outcome::Refused("HandlePreVoteResponse", "m.reject => m.term <= currentTerm[i]",
                            Operand{"m.term", m.term}, Operand{"currentTerm[i]", s.current_term});
  }
  const bool counts = m.term == s.current_term + (m.reject ? 0U : 1U);
  if (s.state == Role::kPreCandidate && counts && !s.votes_responded.Contains(j)) {
    s.votes_responded.Insert(j);
    if (!m.reject) s.votes_granted.Insert(j);
  }
  LearnCommitted(raft, i, Role::kPreCandidate, m);
  raft.network.Discard(m);
  return Outcome::Taken();
}

// The application tells follower i that its leader is dead.
template <class Network>
Outcome ForgetLeader(Raft<Network>& raft, Server i) {
  auto& s = raft.state[i];
  if (s.state != Role::kFollower) {
    return Outcome::Refused("ForgetLeader", "state[i] = Follower", Operand{"state[i]", s.state});
  }
  s.leader_id = kNil;
  return Outcome::Taken();
}

// CheckQuorum: a server that still hears from a leader ignores vote requests (dissertation 4.2.3).
// MayIgnoreVoteRequest is the guard.
template <class Network>
Outcome MayIgnoreVoteRequest(const Raft<Network>& raft, Server i, const MessageOf<Network>& m) {
  const auto& s = raft.state[i];
  if (!raft.constants.check_quorum) {
    return Outcome::Refused("IgnoreVoteRequest", "CheckQuorum", Operand{"CheckQuorum", false});
  }
  const bool asks = m.type == MessageType::kMsgVote || m.type == MessageType::kMsgPreVote;
  if (!asks || m.term <= s.current_term) {
    return Outcome::Refused("IgnoreVoteRequest",
                            "m.type \\in {MsgVote, MsgPreVote} /\\ m.term > currentTerm[i]",
                            Operand{"m.term", m.term}, Operand{"currentTerm[i]", s.current_term});
  }
  if (m.force) return Outcome::Refused("IgnoreVoteRequest", "~m.force", Operand{"m.force", true});
  if (s.leader_id == kNil && !raft.constants.lease_reads) {
    return Outcome::Refused("IgnoreVoteRequest", "leaderId[i] # Nil",
                            Operand{"leaderId[i]", s.leader_id});
  }
  return Outcome::Taken();
}

template <class Network>
Outcome IgnoreVoteRequest(Raft<Network>& raft, Server i, Server /*j*/,
                          const MessageOf<Network>& m) {
  if (const Outcome guard = MayIgnoreVoteRequest(raft, i, m); !guard) return guard;
  raft.network.Discard(m);
  return Outcome::Taken();
}

}  // namespace spec
