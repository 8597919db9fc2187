------------------------- MODULE RaftReplication -------------------------
(***************************************************************************)
(* Log replication and commitment: paper section 5.3 and 5.4.2.            *)
(* C++ twin: spec/raft_replication.h.                                      *)
(***************************************************************************)
EXTENDS RaftElection

(***************************************************************************)
(* Leader i takes an entry into its log: a client's, or its own NoOp.      *)
(***************************************************************************)
ClientRequest(i, v) ==
    /\ state[i] = Leader
    /\ log' = [log EXCEPT ![i] = Append(@, Entry(currentTerm[i], v))]
    /\ UNCHANGED <<roleVars, commitIndex, voteVars, matchIndex, leaseVars, confVars, snapshotVars,
                   reads, networkVars, durable, clockVars, historyVars>>

(***************************************************************************)
(* Leader i acknowledges its own log, by a message to itself: it arrives   *)
(* when the log is durable (dissertation 10.2.1 lets the disk of a leader  *)
(* work while the followers' do, so it must not count itself too early).   *)
(***************************************************************************)
AppendEntriesToSelf(i) ==
    /\ state[i] = Leader
    /\ Send([Message(MsgAppResp, currentTerm[i], i, i) EXCEPT !.index = Len(log[i])])
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, confVars, snapshotVars,
                   reads, durable, clockVars, historyVars>>

(***************************************************************************)
(* Leader i sends j the n entries after prev.  Where it begins is its own  *)
(* guess (etcd's Next), only not below what j has acknowledged.            *)
(***************************************************************************)
AppendEntries(i, j, prev, n) ==
    /\ state[i] = Leader
    /\ j \in Members(config[i]) \ {i}
    /\ prev >= logStart[i]
    /\ prev >= matchIndex[i][j]
    /\ prev + n <= Len(log[i])
    /\ Send([Message(MsgApp, currentTerm[i], i, j) EXCEPT
                 !.index = prev,
                 !.logTerm = TermAt(log[i], prev),
                 !.entries = SubSeq(log[i], prev + 1, prev + n),
                 !.commit = commitIndex[i]])
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, confVars, snapshotVars,
                   reads, durable, clockVars, historyVars>>

(***************************************************************************)
(* Leader i tells j that it is there.  Unlike AppendEntries a heartbeat    *)
(* compares no logs; so it may only speak of entries that j is known to    *)
(* have.  Its context is a read that waits for j's answer (RaftReads); the *)
(* answer also says when it was sent (RaftLeases).                         *)
(***************************************************************************)
Heartbeat(i, j, context) ==
    /\ state[i] = Leader
    /\ j \in Members(config[i]) \ {i}
    /\ Send([Message(MsgHeartbeat, currentTerm[i], i, j) EXCEPT
                 !.commit = Min(commitIndex[i], matchIndex[i][j]), !.context = context,
                 !.sent = clock[i]])
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, confVars, snapshotVars,
                   reads, durable, clockVars, historyVars>>

(***************************************************************************)
(* Leader i commits what a quorum has, provided that the last of it is of  *)
(* its own term: an older entry may still be overwritten although a quorum *)
(* has it (paper, figure 8); it is committed with a newer one.  An attempt *)
(* may change nothing.                                                     *)
(***************************************************************************)
HaveUpTo(i, index) == {j \in Server : matchIndex[i][j] >= index}

AdvanceCommitIndex(i) ==
    LET agreed == Largest({k \in 1..Len(log[i]) : IsQuorum(config[i], HaveUpTo(i, k))})
        commit == IF (agreed > commitIndex[i]) /\ (TermAt(log[i], agreed) = currentTerm[i])
                  THEN agreed
                  ELSE commitIndex[i]
    IN  /\ state[i] = Leader
        /\ commitIndex' = [commitIndex EXCEPT ![i] = commit]
        /\ committed' = CommittedUpTo(i, log[i], commit, currentTerm[i])
        /\ UNCHANGED <<roleVars, log, voteVars, matchIndex, leaseVars, confVars, snapshotVars,
                       reads, networkVars, durable, clockVars, elections>>

(***************************************************************************)
(* Follower i gets entries from leader j.  Three cases.                    *)
(***************************************************************************)
LogMatchesAt(i, index, term) ==
    (index <= Len(log[i])) /\ (TermAt(log[i], index) = term)

\* The log of i after it took m.entries: from the first one on that is missing or of another term.
\* Entries are cut off only for a conflict; a late, shorter request must not (paper, figure 2).
LogWithEntries(i, m) ==
    LET differ == {k \in 1..Len(m.entries) :
                       ~LogMatchesAt(i, m.index + k, m.entries[k].term)}
        first  == Smallest(differ)
    IN  IF differ = {}
        THEN log[i]
        ELSE SubSeq(log[i], 1, m.index + first - 1) \o SubSeq(m.entries, first, Len(m.entries))

\* The largest index up to `index` whose entry is of `term` or older; 0 if there is none.  Above it
\* the logs cannot agree: there a leader whose term at `index` is `term` has no newer entries.
FindConflictByTerm(i, index, term) ==
    Largest({k \in 1..index : log[i][k].term <= term})

AppendResponse(i, j, index) ==
    [Message(MsgAppResp, currentTerm[i], i, j) EXCEPT !.index = index]

\* What i has committed the leader has too: no need to compare.
EntriesCommitted(i, j, m) ==
    /\ m.index < commitIndex[i]
    /\ Reply(AppendResponse(i, j, commitIndex[i]), m)
    /\ UNCHANGED <<logVars, committed>>

EntriesAccepted(i, j, m) ==
    LET last   == m.index + Len(m.entries)
        commit == Max(commitIndex[i], Min(m.commit, last))
    IN  /\ m.index >= commitIndex[i]
        /\ LogMatchesAt(i, m.index, m.logTerm)
        /\ log' = [log EXCEPT ![i] = LogWithEntries(i, m)]
        /\ commitIndex' = [commitIndex EXCEPT ![i] = commit]
        /\ committed' = CommittedUpTo(i, LogWithEntries(i, m), commit, currentTerm[i])
        /\ Reply(AppendResponse(i, j, last), m)

EntriesRejected(i, j, m) ==
    LET hint == FindConflictByTerm(i, Min(m.index, Len(log[i])), m.logTerm)
    IN  /\ m.index >= commitIndex[i]
        /\ ~LogMatchesAt(i, m.index, m.logTerm)
        /\ Reply([AppendResponse(i, j, m.index) EXCEPT
                      !.reject = TRUE, !.hint = hint, !.logTerm = TermAt(log[i], hint)], m)
        /\ UNCHANGED <<logVars, committed>>

HandleAppendEntriesRequest(i, j, m) ==
    /\ m.type = MsgApp
    /\ m.term = currentTerm[i]
    /\ state[i] = Follower
    /\ leaderId' = [leaderId EXCEPT ![i] = j]
    /\ Promise(i)
    /\ \/ EntriesCommitted(i, j, m)
       \/ EntriesAccepted(i, j, m)
       \/ EntriesRejected(i, j, m)
    /\ UNCHANGED <<currentTerm, state, votedFor, forced, voteVars, matchIndex, leaseVars, confVars,
                   snapshotVars, reads, durable, elections>>

HandleHeartbeat(i, j, m) ==
    /\ m.type = MsgHeartbeat
    /\ m.term = currentTerm[i]
    /\ state[i] = Follower
    /\ leaderId' = [leaderId EXCEPT ![i] = j]
    /\ Promise(i)
    /\ commitIndex' = [commitIndex EXCEPT ![i] = Max(@, m.commit)]
    /\ committed' = CommittedUpTo(i, log[i], m.commit, currentTerm[i])
    /\ Reply([Message(MsgHeartbeatResp, currentTerm[i], i, j) EXCEPT !.context = m.context,
                                                                   !.sent = m.sent], m)
    /\ UNCHANGED <<currentTerm, state, votedFor, forced, log, voteVars, matchIndex, leaseVars,
                   confVars, snapshotVars, reads, durable, elections>>

(***************************************************************************)
(* Server i gets an answer.  A leader learns from it how far j's log is    *)
(* its own; answers may be late or come twice, so that never shrinks.      *)
(***************************************************************************)
HandleAppendEntriesResponse(i, j, m) ==
    /\ m.type = MsgAppResp
    /\ m.term = currentTerm[i]
    /\ matchIndex' = IF (state[i] = Leader) /\ ~m.reject
                     THEN [matchIndex EXCEPT ![i][j] = Max(@, m.index)]
                     ELSE matchIndex
    /\ Discard(m)
    /\ UNCHANGED <<roleVars, logVars, voteVars, leaseVars, confVars, snapshotVars, reads, durable,
                   clockVars, historyVars>>

\* The answer to a heartbeat: j still followed i when the read was there that it confirms, and is
\* bound by a promise at least since the heartbeat was sent.
HandleHeartbeatResponse(i, j, m) ==
    /\ m.type = MsgHeartbeatResp
    /\ m.term = currentTerm[i]
    /\ reads' = IF (state[i] = Leader) /\ (m.context \in DOMAIN reads)
                THEN [reads EXCEPT ![m.context].acks = @ \union {j}]
                ELSE reads
    /\ confirmedAt' = IF state[i] = Leader
                      THEN [confirmedAt EXCEPT ![i][j] = Max(@, m.sent)]
                      ELSE confirmedAt
    /\ Discard(m)
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseEnded, confVars, snapshotVars,
                   durable, clockVars, historyVars>>
==========================================================================
