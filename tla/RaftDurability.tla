-------------------------- MODULE RaftDurability -------------------------
(***************************************************************************)
(* What is durable, and what a crash leaves of the rest.                   *)
(* C++ twin: spec/raft_durability.h.                                       *)
(***************************************************************************)
EXTENDS RaftNetwork

PendingOf(i) == {m \in DOMAIN pending : m.from = i}

(***************************************************************************)
(* Server i has made its term, vote and log durable; what waited for that  *)
(* is sent.  The commit index may or may not be written along: it is found *)
(* out again after a crash (dissertation 3.8).                             *)
(***************************************************************************)
Persist(i, commit) ==
    /\ commit \in {durable[i].commit, commitIndex[i]}
    /\ durable' = [durable EXCEPT ![i] = [term |-> currentTerm[i], vote |-> votedFor[i],
                                          commit |-> commit, log |-> log[i]]]
    /\ messages' = [m \in DOMAIN messages \union PendingOf(i) |->
                        Copies(messages, m)
                        + (IF m.from = i THEN Copies(pending, m) ELSE 0)]
    /\ pending' = [m \in (DOMAIN pending) \ PendingOf(i) |-> pending[m]]
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, historyVars>>

(***************************************************************************)
(* What promises nothing about the disk may leave at once, before a write. *)
(* No step of Next: to all others it is the same as a quicker disk.  The   *)
(* trace specification takes it.  A vote request promises that its term is *)
(* not used again after a crash, and that the log it shows stays.          *)
(***************************************************************************)
Promises(m) == m.type \in {MsgAppResp, MsgVoteResp, MsgVote}

HandOver(i) ==
    LET leaves == {m \in PendingOf(i) : ~Promises(m)}
    IN  /\ messages' = [m \in DOMAIN messages \union leaves |->
                            Copies(messages, m)
                            + (IF m \in leaves THEN Copies(pending, m) ELSE 0)]
        /\ pending' = [m \in (DOMAIN pending) \ leaves |-> pending[m]]
        /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, durable, historyVars>>

(***************************************************************************)
(* The disks that a crash of server i may leave.  A server writes its new  *)
(* entries first and its term, vote and commit index after them, as etcd's *)
(* write-ahead log does.  So a crash amid a write leaves                   *)
(*   - nothing of it: what was durable before; or                          *)
(*   - some of the new entries and the old term and vote; or               *)
(*   - all of it, although nobody was told.                                *)
(* The first new entry that is written cuts off what it overwrites.        *)
(***************************************************************************)
CommonPrefix(a, b) ==
    Largest({n \in 1..Min(Len(a), Len(b)) : SubSeq(a, 1, n) = SubSeq(b, 1, n)})

LogsWithOldVote(i) ==
    {durable[i].log}
    \union {SubSeq(log[i], 1, n) : n \in (CommonPrefix(log[i], durable[i].log) + 1)..Len(log[i])}

DisksAfterCrash(i) ==
    LET Disks(term, vote, logs) ==
            UNION {{[term |-> term, vote |-> vote, commit |-> commit, log |-> kept] :
                        commit \in durable[i].commit..Min(commitIndex[i], Len(kept))} :
                   kept \in logs}
    IN  Disks(durable[i].term, durable[i].vote, LogsWithOldVote(i))
        \union Disks(currentTerm[i], votedFor[i], {log[i]})

(***************************************************************************)
(* Server i crashed and comes back with what its disk holds.  Messages     *)
(* that waited for the disk are lost, and those it sent to itself.         *)
(***************************************************************************)
Restart(i, disk) ==
    /\ disk \in DisksAfterCrash(i)
    /\ currentTerm' = [currentTerm EXCEPT ![i] = disk.term]
    /\ votedFor' = [votedFor EXCEPT ![i] = disk.vote]
    /\ log' = [log EXCEPT ![i] = disk.log]
    /\ commitIndex' = [commitIndex EXCEPT ![i] = disk.commit]
    /\ durable' = [durable EXCEPT ![i] = disk]
    /\ Follow(i, Nil)
    /\ pending' = [m \in (DOMAIN pending) \ PendingOf(i) |-> pending[m]]
    /\ messages' = [m \in {n \in DOMAIN messages : ~(Loopback(n) /\ (n.to = i))} |-> messages[m]]
    /\ UNCHANGED historyVars
==========================================================================
