---------------------------- MODULE RaftState ----------------------------
(***************************************************************************)
(* The variables and their initial values.  C++ twin: spec/raft_state.h.   *)
(***************************************************************************)
EXTENDS RaftTypes

VARIABLES
    \* What a server knows, per server.
    currentTerm,      \* the latest term it has seen
    state,            \* its role
    votedFor,         \* whom it voted for in currentTerm, or Nil
    leaderId,         \* whom it knows as the leader of currentTerm, or Nil
    forced,           \* whether it campaigns because its leader asked for it
    log,              \* its log, a sequence of entries
    commitIndex,      \* up to here its log is known to be committed
    votesResponded,   \* of a candidate: who answered; else {}
    votesGranted,     \* of a candidate: who voted for it; else {}
    matchIndex,       \* of a leader: [i][j], up to here j's log is durably i's; else zeros
    \* Membership and snapshots, per server.
    config,           \* the configuration in force: what the entries up to confIndex make of it
    confIndex,        \* the last configuration entry that is applied, or the snapshot's index
    logStart,         \* nothing up to here can be read any more
    pendingSnapshot,  \* the index of a snapshot that is installed and not yet durable; 0 if none
    \* Linearizable reads: a function from those that were asked for.
    reads,            \* [server, known, leader, term, index, acks, served], see RaftReads
    \* The network: bags of messages, that is, functions from a message to its number of copies.
    pending,          \* written, but not to be sent before their sender's state is durable
    messages,         \* in flight; a server's messages to itself are among them
    \* The disks.
    durable,          \* [term, vote, commit, log, snapshot, logStart] per server: what surely
                      \* survives a crash
    \* History: no action reads it; properties do.
    elections,        \* the set of <<term, server>>: who ever became leader of what
    committed         \* the sequence of [entry, at, config]: what was committed first at each index,
                      \* in which term, by whose votes; at = 0 for what all servers are born with

roleVars     == <<currentTerm, state, votedFor, leaderId, forced>>
logVars      == <<log, commitIndex>>
voteVars     == <<votesResponded, votesGranted>>
confVars     == <<config, confIndex>>
snapshotVars == <<logStart, pendingSnapshot>>
networkVars  == <<pending, messages>>
historyVars  == <<elections, committed>>

vars == <<currentTerm, state, votedFor, leaderId, forced, log, commitIndex, votesResponded,
          votesGranted, matchIndex, config, confIndex, logStart, pendingSnapshot, reads, pending,
          messages, durable, elections, committed>>

NobodyMatches == [j \in Server |-> 0]

\* The empty bag.
NoMessages == [m \in {} |-> 0]

(***************************************************************************)
(* Every server begins with the same log and term: an empty log and term 0 *)
(* in the models.  An implementation may begin with a log that names the   *)
(* servers, committed by decree (etcd's RawNode.Bootstrap); it is not yet  *)
(* durable then.                                                           *)
(***************************************************************************)
InitWith(bornLog, bornTerm) ==
    /\ currentTerm = [i \in Server |-> bornTerm]
    /\ state = [i \in Server |-> Follower]
    /\ votedFor = [i \in Server |-> Nil]
    /\ leaderId = [i \in Server |-> Nil]
    /\ forced = [i \in Server |-> FALSE]
    /\ log = [i \in Server |-> bornLog]
    /\ commitIndex = [i \in Server |-> Len(bornLog)]
    /\ votesResponded = [i \in Server |-> {}]
    /\ votesGranted = [i \in Server |-> {}]
    /\ matchIndex = [i \in Server |-> NobodyMatches]
    /\ config = [i \in Server |-> InitialConfig]
    /\ confIndex = [i \in Server |-> 0]
    /\ logStart = [i \in Server |-> 0]
    /\ pendingSnapshot = [i \in Server |-> 0]
    /\ reads = [r \in {} |-> 0]
    /\ pending = NoMessages
    /\ messages = NoMessages
    /\ durable = [i \in Server |-> [term |-> 0, vote |-> Nil, commit |-> 0, log |-> <<>>,
                                    snapshot |-> 0, logStart |-> 0]]
    /\ elections = {}
    /\ committed = [k \in 1..Len(bornLog) |-> [entry |-> bornLog[k], at |-> 0,
                                               config |-> Halves(InitialConfig)]]

Init == InitWith(<<>>, 0)

(***************************************************************************)
(* What a newer term, a lost election, a leader met by a candidate, and a  *)
(* restart have in common: the server follows, and forgets what it knew in *)
(* its former role.                                                        *)
(***************************************************************************)
ForgetRole(i, role, leader, force) ==
    /\ state' = [state EXCEPT ![i] = role]
    /\ leaderId' = [leaderId EXCEPT ![i] = leader]
    /\ forced' = [forced EXCEPT ![i] = force]
    /\ votesResponded' = [votesResponded EXCEPT ![i] = {}]
    /\ votesGranted' = [votesGranted EXCEPT ![i] = {}]

Follow(i, leader) ==
    /\ ForgetRole(i, Follower, leader, FALSE)
    /\ matchIndex' = [matchIndex EXCEPT ![i] = NobodyMatches]

(***************************************************************************)
(* `committed` after server i, in term `at`, came to hold the entries of   *)
(* `entries` up to `commit` as committed.  Normally only a leader adds to  *)
(* it; a follower that is led to commit more than any leader did adds too, *)
(* so that a wrong commit is seen.                                         *)
(***************************************************************************)
CommittedUpTo(i, entries, commit, at) ==
    LET known == Len(committed)
        last  == Min(commit, Len(entries))
    IN  IF (last <= known) \/ (commit <= commitIndex[i])
        THEN committed
        ELSE committed \o [k \in 1..(last - known) |->
                               [entry |-> entries[known + k], at |-> at, config |-> Halves(config[i])]]

(***************************************************************************)
(* The type invariant, with the canonical form that keeps equal situations *)
(* equal states.                                                           *)
(***************************************************************************)
TypeOK ==
    /\ \A i \in Server :
        /\ state[i] \in Role
        /\ votedFor[i] \in Server \union {Nil}
        /\ leaderId[i] \in Server \union {Nil}
        /\ votesResponded[i] \subseteq Server
        /\ votesGranted[i] \subseteq votesResponded[i]
        /\ ((state[i] \notin {PreCandidate, Candidate}) => (votesResponded[i] = {}))
        /\ ((state[i] # Leader) => (matchIndex[i] = NobodyMatches))
        /\ ((state[i] = Leader) => (leaderId[i] = i))
        /\ ((~forced[i]) \/ (state[i] = Candidate))
        /\ Members(config[i]) \subseteq Server
        /\ (config[i].learners \cap Voters(config[i])) = {}
        /\ confIndex[i] <= Len(log[i])
        /\ logStart[i] <= Len(log[i])
        /\ pendingSnapshot[i] <= commitIndex[i]
        /\ durable[i].term <= currentTerm[i]
        /\ durable[i].logStart <= durable[i].snapshot
        /\ durable[i].snapshot <= Len(durable[i].log)
    /\ \A m \in DOMAIN pending : (m.type \in MessageType) /\ (pending[m] >= 1)
    /\ \A m \in DOMAIN messages : (m.type \in MessageType) /\ (messages[m] >= 1)
==========================================================================
