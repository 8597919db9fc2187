---------------------------- MODULE RaftReads ----------------------------
(***************************************************************************)
(* Linearizable reads: dissertation 6.4, etcd's ReadIndex.                 *)
(* C++ twin: spec/raft_reads.h.                                            *)
(*                                                                         *)
(* Of a read is known                                                      *)
(*   server  who was asked                                                 *)
(*   known   history: how much was committed then                          *)
(*   leader  who looks after it; Nil if nobody does yet.  term: since when *)
(*   index   what the leader had committed when it took the read           *)
(*   acks    who answered a heartbeat that carried it                      *)
(*   served  whether the server was told the index                         *)
(***************************************************************************)
EXTENDS RaftTransfer

\* A client asks server i for an index to read at.
ReadIndex(i, r) ==
    /\ r \notin DOMAIN reads
    /\ reads' = [x \in DOMAIN reads \union {r} |->
                     IF x = r
                     THEN [server |-> i, known |-> Len(committed), leader |-> Nil, term |-> 0,
                           index |-> 0, acks |-> {}, served |-> FALSE]
                     ELSE reads[x]]
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, confVars, snapshotVars,
                   networkVars, durable, clockVars, historyVars>>

(***************************************************************************)
(* Leader l takes the read; a follower that was asked has passed it on.    *)
(* The leader must have committed an entry of its own term: before, it     *)
(* does not know what its predecessors committed.                          *)
(***************************************************************************)
TakeRead(l, r) ==
    /\ r \in DOMAIN reads
    /\ state[l] = Leader
    /\ reads[r].leader = Nil
    /\ TermAt(log[l], commitIndex[l]) = currentTerm[l]
    /\ reads' = [reads EXCEPT ![r].leader = l, ![r].term = currentTerm[l],
                              ![r].index = commitIndex[l], ![r].acks = {l}]
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, confVars, snapshotVars,
                   networkVars, durable, clockVars, historyVars>>

\* The reads that leader i may send along with a heartbeat.
Contexts(i) ==
    {NoRead} \union
    {r \in DOMAIN reads : (reads[r].leader = i) /\ (reads[r].term = currentTerm[i])
                          /\ ~reads[r].served}

(***************************************************************************)
(* The leader still led when the read was there, since a quorum followed   *)
(* it afterwards, or since its lease excludes another one: its index is    *)
(* new enough.                                                             *)
(***************************************************************************)
ServeRead(l, r) ==
    /\ r \in DOMAIN reads
    /\ reads[r].leader = l
    /\ state[l] = Leader
    /\ reads[r].term = currentTerm[l]
    /\ TRUE \in {IsQuorum(config[l], reads[r].acks), HasLease(l)}
    /\ ~reads[r].served
    /\ reads' = [reads EXCEPT ![r].served = TRUE]
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, confVars, snapshotVars,
                   networkVars, durable, clockVars, historyVars>>
==========================================================================
