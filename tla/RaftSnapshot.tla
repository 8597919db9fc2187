--------------------------- MODULE RaftSnapshot --------------------------
(***************************************************************************)
(* Snapshots and compaction: paper section 7, dissertation chapter 5.      *)
(* The model keeps whole logs: a server that has compacted its log cannot  *)
(* read what is up to logStart, and a snapshot is the log that it stands   *)
(* for, with the configuration there.  C++ twin: spec/raft_snapshot.h.     *)
(***************************************************************************)
EXTENDS RaftReplication

(***************************************************************************)
(* Server i has made a snapshot of what is applied, and drops the log up   *)
(* to `start`.  Its disk must hold every entry that the snapshot covers.   *)
(***************************************************************************)
Compact(i, snapshot, start) ==
    /\ snapshot \in durable[i].snapshot..commitIndex[i]
    /\ snapshot <= CommonPrefix(log[i], durable[i].log)
    /\ start \in durable[i].logStart..snapshot
    /\ durable' = [durable EXCEPT ![i].snapshot = snapshot, ![i].logStart = start]
    /\ logStart' = [logStart EXCEPT ![i] = Max(@, start)]
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, confVars, pendingSnapshot,
                   reads, networkVars, clockVars, historyVars>>

(***************************************************************************)
(* Leader i sends j a snapshot in place of log entries.                    *)
(***************************************************************************)
SendSnapshot(i, j, index) ==
    /\ state[i] = Leader
    /\ j \in Members(config[i]) \ {i}
    /\ index \in logStart[i]..commitIndex[i]
    /\ Send([Message(MsgSnap, currentTerm[i], i, j) EXCEPT !.entries = SubSeq(log[i], 1, index)])
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, confVars, snapshotVars,
                   reads, durable, clockVars, historyVars>>

(***************************************************************************)
(* Follower i gets a snapshot.  One that is old, or not for this server,   *)
(* is answered with what is committed; one that the log matches commits    *)
(* what it has; another stands in place of the log.                        *)
(***************************************************************************)
SnapshotIgnored(i, m) ==
    /\ ((Len(m.entries) > commitIndex[i]) => (i \notin Members(ConfigOf(m.entries))))
    /\ UNCHANGED <<logVars, confVars, snapshotVars, committed>>

SnapshotMatches(i, m) == LogMatchesAt(i, Len(m.entries), LastTerm(m.entries))

SnapshotFastForwards(i, m) ==
    LET index == Len(m.entries)
    IN  /\ index > commitIndex[i]
        /\ i \in Members(ConfigOf(m.entries))
        /\ SnapshotMatches(i, m)
        /\ commitIndex' = [commitIndex EXCEPT ![i] = index]
        /\ committed' = CommittedUpTo(i, log[i], index, currentTerm[i])
        /\ UNCHANGED <<log, confVars, snapshotVars>>

SnapshotInstalled(i, m) ==
    LET index == Len(m.entries)
    IN  /\ index > commitIndex[i]
        /\ i \in Members(ConfigOf(m.entries))
        /\ ~SnapshotMatches(i, m)
        /\ log' = [log EXCEPT ![i] = m.entries]
        /\ commitIndex' = [commitIndex EXCEPT ![i] = index]
        /\ logStart' = [logStart EXCEPT ![i] = index]
        /\ pendingSnapshot' = [pendingSnapshot EXCEPT ![i] = index]
        /\ config' = [config EXCEPT ![i] = ConfigOf(m.entries)]
        /\ confIndex' = [confIndex EXCEPT ![i] = index]
        /\ committed' = CommittedUpTo(i, m.entries, index, currentTerm[i])

HandleSnapshotRequest(i, j, m) ==
    LET index == Len(m.entries)
        taken == (index > commitIndex[i]) /\ (i \in Members(ConfigOf(m.entries)))
    IN  /\ m.type = MsgSnap
        /\ m.term = currentTerm[i]
        /\ state[i] = Follower
        /\ leaderId' = [leaderId EXCEPT ![i] = j]
        /\ Promise(i)
        /\ \/ SnapshotIgnored(i, m)
           \/ SnapshotFastForwards(i, m)
           \/ SnapshotInstalled(i, m)
        /\ Reply(AppendResponse(i, j, IF taken THEN index ELSE commitIndex[i]), m)
        /\ UNCHANGED <<currentTerm, state, votedFor, forced, voteVars, matchIndex, leaseVars, reads,
                       durable, elections>>
==========================================================================
