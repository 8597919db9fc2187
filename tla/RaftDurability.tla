-------------------------- MODULE RaftDurability -------------------------
(***************************************************************************)
(* What is durable, and what a crash leaves of the rest.                   *)
(* C++ twin: spec/raft_durability.h.                                       *)
(*                                                                         *)
(* A write is given to the disk and finished in one step.  Disks that work *)
(* on several writes at a time (dissertation 10.2.1) add nothing to that:  *)
(* what such a write holds is what its server knew when it was given to    *)
(* the disk, so its end can be taken to be then; that nobody was told      *)
(* before is then the network's delay.                                     *)
(***************************************************************************)
EXTENDS RaftMembership

PendingOf(i) == {m \in DOMAIN pending : m.from = i}

\* The snapshot that the next write of server i brings to its disk, or the one that is there.
SnapshotWritten(i) == IF pendingSnapshot[i] # 0 THEN pendingSnapshot[i] ELSE durable[i].snapshot
StartWritten(i)    == IF pendingSnapshot[i] # 0 THEN pendingSnapshot[i] ELSE durable[i].logStart

(***************************************************************************)
(* Server i has made its term, vote and log durable; what waited for that  *)
(* is sent.  The commit index may or may not be written along: it is found *)
(* out again after a crash (dissertation 3.8).                             *)
(***************************************************************************)
Persist(i, commit) ==
    /\ commit \in {durable[i].commit, commitIndex[i]}
    /\ durable' = [durable EXCEPT ![i] = [term |-> currentTerm[i], vote |-> votedFor[i],
                                          commit |-> commit, log |-> log[i],
                                          snapshot |-> SnapshotWritten(i),
                                          logStart |-> StartWritten(i)]]
    /\ messages' = [m \in DOMAIN messages \union PendingOf(i) |->
                        Copies(messages, m)
                        + (IF m.from = i THEN Copies(pending, m) ELSE 0)]
    /\ pending' = [m \in (DOMAIN pending) \ PendingOf(i) |-> pending[m]]
    /\ pendingSnapshot' = [pendingSnapshot EXCEPT ![i] = 0]
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, confVars, logStart, reads,
                   clockVars, historyVars>>

(***************************************************************************)
(* The disks that a crash of server i may leave.  A server writes its      *)
(* snapshot first, if one was installed, then its new entries, then its    *)
(* term, vote and commit index, as etcd's write-ahead log does.  So a      *)
(* crash amid a write leaves                                               *)
(*   - nothing of it: what was durable before; or                          *)
(*   - the snapshot, some of the new entries, the old term and vote; or    *)
(*   - all of it, although nobody was told.                                *)
(* The first new entry that is written cuts off what it overwrites.  A     *)
(* commit index that was written on the way came after the entries that it *)
(* speaks of.                                                              *)
(***************************************************************************)
CommonPrefix(a, b) ==
    Largest({n \in 1..Min(Len(a), Len(b)) : SubSeq(a, 1, n) = SubSeq(b, 1, n)})

FirstPartWritten(i) ==
    IF pendingSnapshot[i] # 0
    THEN pendingSnapshot[i]
    ELSE CommonPrefix(log[i], durable[i].log) + 1

DisksAfterCrash(i) ==
    LET Disks(term, vote, snapshot, start, logs) ==
            UNION {{[term |-> term, vote |-> vote, commit |-> commit, log |-> kept,
                     snapshot |-> snapshot, logStart |-> start] :
                        commit \in durable[i].commit..Min(commitIndex[i],
                                                          CommonPrefix(kept, log[i]))} :
                   kept \in logs}
    IN  Disks(durable[i].term, durable[i].vote, durable[i].snapshot, durable[i].logStart,
              {durable[i].log})
        \union Disks(durable[i].term, durable[i].vote, SnapshotWritten(i), StartWritten(i),
                     {SubSeq(log[i], 1, n) : n \in FirstPartWritten(i)..Len(log[i])})
        \union Disks(currentTerm[i], votedFor[i], SnapshotWritten(i), StartWritten(i), {log[i]})

(***************************************************************************)
(* Server i crashed and comes back with what its disk holds, and with the  *)
(* configuration of its newest snapshot.  Messages that waited for the     *)
(* disk are lost, and those it sent to itself.  Its clock starts anew, and *)
(* with it a promise: it may have given one (RaftLeases).                  *)
(***************************************************************************)
Restart(i, disk) ==
    /\ disk \in DisksAfterCrash(i)
    /\ currentTerm' = [currentTerm EXCEPT ![i] = disk.term]
    /\ votedFor' = [votedFor EXCEPT ![i] = disk.vote]
    /\ log' = [log EXCEPT ![i] = disk.log]
    /\ commitIndex' = [commitIndex EXCEPT ![i] = Max(disk.commit, disk.snapshot)]
    /\ config' = [config EXCEPT ![i] = ConfigOf(SubSeq(disk.log, 1, disk.snapshot))]
    /\ confIndex' = [confIndex EXCEPT ![i] = disk.snapshot]
    /\ logStart' = [logStart EXCEPT ![i] = disk.logStart]
    /\ pendingSnapshot' = [pendingSnapshot EXCEPT ![i] = 0]
    /\ durable' = [durable EXCEPT ![i] = disk]
    /\ clock' = [clock EXCEPT ![i] = 0]
    /\ promisedUntil' = [promisedUntil EXCEPT ![i] = ElectionTicks]
    /\ Follow(i, Nil)
    /\ pending' = [m \in (DOMAIN pending) \ PendingOf(i) |-> pending[m]]
    /\ messages' = [m \in {n \in DOMAIN messages : ~(Loopback(n) /\ (n.to = i))} |-> messages[m]]
    /\ UNCHANGED <<reads, clockGap, historyVars>>
==========================================================================
