---------------------------- MODULE RaftTypes ----------------------------
(***************************************************************************)
(* Roles, kinds of message, log entries, configurations, and the constants *)
(* that switch extensions.  No behaviour.  C++ twin: spec/raft_types.h.    *)
(*                                                                         *)
(* The protocol is Raft as etcd shapes it: messages leave a server only    *)
(* after what they promise is durable, an AppendEntries request carries    *)
(* any range of entries, heartbeats are a message of their own, and the    *)
(* leader's acknowledgement of its own log counts like any other.  "Paper" *)
(* is Ongaro and Ousterhout, "In Search of an Understandable Consensus     *)
(* Algorithm" (extended version); "dissertation" is Ongaro's, of 2014.     *)
(*                                                                         *)
(* Read on: RaftState, RaftNetwork, RaftDurability; then RaftElection and  *)
(* RaftReplication, which are the core; Raft; RaftProperties.  The         *)
(* extensions, RaftMembership, RaftLeases, RaftSnapshot, RaftTransfer and  *)
(* RaftReads, can wait.  The text stays inside what tla-checker reads, too *)
(* (README.md): hence the many parentheses.                                *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
    Server,             \* the servers, members of the cluster or not
    InitialVoters,      \* those that vote at first
    Value,              \* what clients may ask to be replicated
    Nil,                \* no server
    \* Elections.  All are BOOLEAN.
    PreVote,            \* candidates first ask whether they could win
    CheckQuorum,        \* leaders without a quorum step down; voters honour leases
    CampaignMessages,   \* the questions and answers of PreVote are messages; else they are left out
    AnswersOlderTerms,  \* leaders and candidates of older terms are always answered
    VotesCarryCommit,   \* a refused vote says what the voter knows to be committed
    \* Membership: what may be asked for.  All empty: the voters stay for ever.
    Joiners,            \* who may be added as a voter
    Learners,           \* who may be made a learner
    Leavers,            \* who may be removed
    Targets,            \* sets of voters that one change, through a joint configuration, may lead to
    ValidatesChanges,   \* BOOLEAN: a leader proposes a change only if the last one is applied
    \* The other extensions.
    Snapshots,          \* BOOLEAN: logs are compacted, snapshots sent
    Transfer,           \* BOOLEAN: a leader may ask another server to campaign
    Read,               \* the linearizable reads that clients may ask for
    LeaseReads,         \* BOOLEAN: reads are answered under leases; without clocks, a restarted
                        \* server may be bound by a promise that it forgot
    \* Clocks, for leases (RaftLeases).
    ElectionTicks,      \* how long a promise lasts, in ticks; 0: nothing is known of clocks
    MaxDrift,           \* by how many ticks two clocks may differ in any span of time
    Ahead               \* the servers whose clocks may run before those of the others

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
MsgSnap          == "MsgSnap"
MsgPreVote       == "MsgPreVote"
MsgPreVoteResp   == "MsgPreVoteResp"
MsgTimeoutNow    == "MsgTimeoutNow"

MessageType == {MsgVote, MsgVoteResp, MsgApp, MsgAppResp, MsgHeartbeat, MsgHeartbeatResp,
                MsgSnap, MsgPreVote, MsgPreVoteResp, MsgTimeoutNow}

\* Only a leader sends these: who gets one knows the leader of its term.
FromLeader == {MsgApp, MsgHeartbeat, MsgSnap}

(***************************************************************************)
(* A log is a sequence of entries.  An entry has a term and either a value *)
(* or a change of the configuration.  A change without servers asks to     *)
(* leave a joint configuration.                                            *)
(***************************************************************************)
NoOp == "noop"   \* the value of the empty entry that opens a leader's term (paper, section 8)

\* How a change is made.  Auto: directly if it is of one server, else through a joint configuration.
Auto          == "auto"
JointImplicit == "implicit"   \* through a joint configuration that is left as soon as it can be
JointExplicit == "explicit"   \* through one that is left when somebody asks

Change(transition, add, addLearner, remove) ==
    [transition |-> transition, add |-> add, addLearner |-> addLearner, remove |-> remove]

NoChange    == Change("none", {}, {}, {})
LeavesJoint == Change(Auto, {}, {}, {})

Entry(term, value)        == [term |-> term, value |-> value, change |-> NoChange]
ChangeEntry(term, change) == [term |-> term, value |-> NoOp, change |-> change]

IsChange(entry) == entry.change.transition # "none"

\* The term of the entry at an index; 0 at index 0, before the first entry.
TermAt(entries, index) == IF index = 0 THEN 0 ELSE entries[index].term

LastTerm(entries) == TermAt(entries, Len(entries))

(***************************************************************************)
(* Every message has every field; a field that its type does not use is    *)
(* zero, so that records can be compared whatever their type.              *)
(*   index    MsgApp: the entry before the carried ones.  MsgVote,         *)
(*            MsgPreVote: the candidate's last.  MsgAppResp: the last one  *)
(*            acknowledged, or the `index` that is rejected.               *)
(*   logTerm  the term at `index`; of a rejection, the term at `hint`; of  *)
(*            a refused vote, the term at `commit`                         *)
(*   entries  of MsgSnap: all that the snapshot stands for                 *)
(*   hint     of a rejection: the largest index where the logs may agree   *)
(*   force    MsgVote: the leader asked for it, leases do not count        *)
(*   context  MsgHeartbeat and its answer: the read that they confirm      *)
(*   sent     MsgHeartbeat and its answer: the leader's clock when it sent *)
(*            the heartbeat; 0 without clocks                              *)
(***************************************************************************)
NoRead == "none"

Message(type, term, from, to) ==
    [type |-> type, term |-> term, from |-> from, to |-> to,
     index |-> 0, logTerm |-> 0, entries |-> <<>>, commit |-> 0,
     reject |-> FALSE, hint |-> 0, force |-> FALSE, context |-> NoRead,
     sent |-> 0]

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

(***************************************************************************)
(* A configuration: who votes and who only learns.  Outside of a joint     *)
(* configuration `outgoing` is empty; in a joint one every decision needs  *)
(* a majority of both halves (dissertation 4.3).  learnersNext are voters  *)
(* of the outgoing half that become learners when it ends.                 *)
(***************************************************************************)
InitialConfig == [voters |-> InitialVoters, outgoing |-> {}, learners |-> {}, learnersNext |-> {},
                  autoLeave |-> FALSE]

IsJoint(conf) == conf.outgoing # {}
Voters(conf)  == conf.voters \union conf.outgoing
Members(conf) == Voters(conf) \union conf.learners

\* What decides what a quorum is.
Halves(conf) == [voters |-> conf.voters, outgoing |-> conf.outgoing]

\* Any two majorities have a server in common: what Raft's safety rests on.
IsMajority(of, servers) == 2 * Cardinality(of \cap servers) > Cardinality(of)

IsQuorum(conf, servers) ==
    /\ IsMajority(conf.voters, servers)
    /\ (~IsJoint(conf)) \/ IsMajority(conf.outgoing, servers)
==========================================================================
