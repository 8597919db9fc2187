---------------------------- MODULE RaftTypes ----------------------------
(***************************************************************************)
(* Roles, kinds of message, log entries, and the constants that switch     *)
(* extensions.  No behaviour.  C++ twin: spec/raft_types.h.                *)
(*                                                                         *)
(* The protocol is Raft as etcd shapes it: messages leave a server only    *)
(* after what they promise is durable, an AppendEntries request carries    *)
(* any range of entries, heartbeats are a message of their own, and the    *)
(* leader's acknowledgement of its own log counts like any other.  "Paper" *)
(* is Ongaro and Ousterhout, "In Search of an Understandable Consensus     *)
(* Algorithm" (extended version); "dissertation" is Ongaro's, of 2014.     *)
(*                                                                         *)
(* Read on: RaftState, RaftNetwork, RaftDurability, RaftElection,          *)
(* RaftReplication, Raft, RaftProperties.  The text stays inside what      *)
(* tla-checker reads, too (README.md): hence the many parentheses.         *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
    Server,       \* the servers, all of them voters
    Value,        \* what clients may ask to be replicated
    Nil,          \* no server
    PreVote,      \* BOOLEAN: candidates first ask whether they could win
    CheckQuorum,  \* BOOLEAN: leaders without a quorum step down; voters honour leases
    AnswersOlderTerms,  \* BOOLEAN: leaders and candidates of older terms are always answered
    VotesCarryCommit    \* BOOLEAN: a refused vote says what the voter knows to be committed

(***************************************************************************)
(* Roles and kinds of message are spelled as in a trace.                   *)
(***************************************************************************)
Follower     == "StateFollower"
PreCandidate == "StatePreCandidate"
Candidate    == "StateCandidate"
Leader       == "StateLeader"

Role == {Follower, PreCandidate, Candidate, Leader}

MsgVote          == "MsgVote"
MsgVoteResp      == "MsgVoteResp"
MsgApp           == "MsgApp"
MsgAppResp       == "MsgAppResp"
MsgHeartbeat     == "MsgHeartbeat"
MsgHeartbeatResp == "MsgHeartbeatResp"

MessageType == {MsgVote, MsgVoteResp, MsgApp, MsgAppResp, MsgHeartbeat, MsgHeartbeatResp}

\* Only a leader sends these: who gets one knows the leader of its term.
FromLeader == {MsgApp, MsgHeartbeat}

(***************************************************************************)
(* A log is a sequence of entries; an entry has a term and a value.        *)
(***************************************************************************)
NoOp == "noop"   \* the value of the empty entry that opens a leader's term (paper, section 8)

Entry(term, value) == [term |-> term, value |-> value]

\* The term of the entry at an index; 0 at index 0, before the first entry.
TermAt(entries, index) == IF index = 0 THEN 0 ELSE entries[index].term

LastTerm(entries) == TermAt(entries, Len(entries))

(***************************************************************************)
(* Every message has every field; a field that its type does not use is    *)
(* zero, so that records can be compared whatever their type.              *)
(*   index    MsgApp: the entry before the carried ones.  MsgVote: the     *)
(*            candidate's last.  MsgAppResp: the last one acknowledged, or *)
(*            the `index` that is rejected.                                *)
(*   logTerm  the term at `index`; of a rejection, the term at `hint`      *)
(*   hint     of a rejection: the largest index where the logs may agree   *)
(***************************************************************************)
Message(type, term, from, to) ==
    [type |-> type, term |-> term, from |-> from, to |-> to,
     index |-> 0, logTerm |-> 0, entries |-> <<>>, commit |-> 0,
     reject |-> FALSE, hint |-> 0]

(***************************************************************************)
(* Arithmetic.                                                             *)
(***************************************************************************)
Min(a, b) == IF a < b THEN a ELSE b
Max(a, b) == IF a > b THEN a ELSE b

\* The largest and the smallest element of a set of numbers, 0 if there is none.
Largest(numbers) ==
    IF numbers = {} THEN 0 ELSE CHOOSE x \in numbers : \A y \in numbers : y <= x

Smallest(numbers) ==
    IF numbers = {} THEN 0 ELSE CHOOSE x \in numbers : \A y \in numbers : y >= x

\* Any two majorities have a server in common: what Raft's safety rests on.
IsMajority(servers) == 2 * Cardinality(servers) > Cardinality(Server)
==========================================================================
