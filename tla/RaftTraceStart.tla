-------------------------- MODULE RaftTraceStart -------------------------
(***************************************************************************)
(* Lines of a server that starts, stops, or writes to its disk.  What they *)
(* stand for: RaftTrace has the table.                                     *)
(***************************************************************************)
EXTENDS RaftTraceState

(***************************************************************************)
(* InitState, ApplyConfChange, BecomeFollower: what is on the disk is      *)
(* loaded step by step; the lines show how far.                            *)
(***************************************************************************)
ShowsLoading(e, disk) == ShowsState(e, 0, Nil, disk.logStart, Follower, Len(disk.log), NoConf, Nil)

OnInitState(e) ==
    LET i == e.nid
    IN  /\ progress[i].stage \in (IF DiskLogged
                                  THEN {"unborn", "down"}
                                  ELSE {"unborn", "down", "loading", "loaded", "bootstrapping",
                                        "running"})
        /\ IF progress[i].stage = "unborn"
           THEN UNCHANGED vars
           ELSE \E disk \in DisksAfterCrash(i) :
                    /\ ShowsDisk(progress[i].disk, disk)
                    /\ (("ents" \in DOMAIN progress[i].survived)
                        => ShowsWrite(progress[i].survived, durable[i], disk))
                    /\ Restart(i, disk)
        /\ ShowsLoading(e, durable'[i])
        /\ progress' = [progress EXCEPT ![i] = [Newborn EXCEPT !.stage = "loading"]]

\* Before a restart that no Crash line announces, the log was compacted: it begins later now.
UnseenCompact(e) ==
    /\ e.name = "InitState"
    /\ ~DiskLogged
    /\ ("state" \in DOMAIN e) /\ ("commit" \in DOMAIN e.state)
    /\ e.state.commit \in (durable[e.nid].logStart + 1)..commitIndex[e.nid]

(***************************************************************************)
(* The configuration is that of the snapshot.  Without lines about disks   *)
(* the application may have stored one that the log made at some time; it  *)
(* applies again the entries that made it, or not.                         *)
(***************************************************************************)
\* The configurations, and the last entry that made them.
LoadedConfs(i) ==
    IF DiskLogged
    THEN {<<config[i], durable[i].snapshot>>}
    ELSE {<<ConfigOf(SubSeq(log[i], 1, k)), k>> :
              k \in {durable[i].snapshot} \union
                    {k \in (durable[i].snapshot + 1)..commitIndex[i] : IsChange(log[i][k])}}
         \union (IF log[i] = <<>> THEN {<<[InitialConfig EXCEPT !.voters = {}], 0>>} ELSE {})

OnLoadedConf(e) ==
    LET i == e.nid
    IN  /\ progress[i].stage = "loading"
        /\ ShowsLoading(e, durable[i])
        /\ \E loaded \in LoadedConfs(i) :
               IF DiskLogged THEN ShowsNewConf(e, loaded[1])
                             ELSE SaysSet(ChangeOf(e), "newconf", loaded[1].voters)
        /\ progress' = [progress EXCEPT ![i].stage = "loaded", ![i].conf = NewConfOf(e),
                                        ![i].told = TellsConf(e)]
        /\ UNCHANGED vars

OnLoaded(e) ==
    LET i == e.nid
    IN  /\ progress[i].stage = "loaded"
        /\ \E loaded \in LoadedConfs(i) :
               /\ \/ DiskLogged
                  \/ ~progress[i].told
                  \/ SameSet(progress[i].conf, loaded[1].voters)
               /\ config' = [config EXCEPT ![i] = loaded[1]]
               /\ \E index \in {durable[i].snapshot, loaded[2]} :
                      confIndex' = [confIndex EXCEPT ![i] = index]
        /\ ShowsState(e, currentTerm[i], votedFor[i], commitIndex[i], Follower, Len(log[i]),
                      config'[i], Nil)
        /\ progress' = [progress EXCEPT ![i].stage = "running",
                                        ![i].applied = durable[i].snapshot]
        /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, snapshotVars, reads,
                       networkVars, durable, clockVars, historyVars>>

(***************************************************************************)
(* etcd's RawNode.Bootstrap, of a server that has nothing.                 *)
(***************************************************************************)
OnBootstrap(e) ==
    LET i == e.nid
    IN  /\ Idle(i)
        /\ BornLog # <<>>
        /\ currentTerm[i] = 0
        /\ log[i] = <<>>
        /\ config[i].voters = {}
        /\ ShowsState(e, 1, Nil, 0, Follower, 0, NoConf, Nil)
        /\ currentTerm' = [currentTerm EXCEPT ![i] = 1]
        /\ log' = [log EXCEPT ![i] = BornLog]
        /\ commitIndex' = [commitIndex EXCEPT ![i] = Len(BornLog)]
        /\ committed' = IF committed = <<>>
                        THEN [k \in 1..Len(BornLog) |-> [entry |-> BornLog[k], at |-> 0,
                                                         config |-> Halves(BornConfig)]]
                        ELSE committed
        /\ progress' = [progress EXCEPT ![i].stage = "bootstrapping", ![i].conf = <<>>]
        /\ UNCHANGED <<state, votedFor, leaderId, forced, voteVars, matchIndex, leaseVars, confVars,
                       snapshotVars, reads, networkVars, durable, clockVars, elections>>

\* In force at once, and yet the application is given these entries and applies them again.
OnBornConf(e) ==
    LET i == e.nid
        n == Len(progress[i].conf) + 1
    IN  /\ progress[i].stage = "bootstrapping"
        /\ n <= Len(BornLog)
        /\ ShowsState(e, 1, Nil, Len(BornLog), Follower, Len(BornLog),
                      [NoConf EXCEPT !.voters = BornVoters(n - 1)], Nil)
        /\ SameSet(NewConfOf(e), BornVoters(n))
        /\ config' = [config EXCEPT ![i] = IF n = Len(BornLog) THEN BornConfig ELSE @]
        /\ progress' = [progress EXCEPT ![i].conf = NewConfOf(e),
                                        ![i].stage = IF n = Len(BornLog) THEN "running" ELSE @]
        /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, confIndex, snapshotVars,
                       reads, networkVars, durable, clockVars, historyVars>>

(***************************************************************************)
(* Crash.  Restart says what was lost.                                     *)
(***************************************************************************)
OnCrash(e) ==
    LET i == e.nid
    IN  /\ Running(i)
        /\ progress' = [progress EXCEPT
                            ![i] = [Newborn EXCEPT
                                        !.stage = "down",
                                        !.disk = FieldOr(e, "durable", <<>>),
                                        !.survived = IF "ents" \in DOMAIN e THEN e ELSE <<>>]]
        /\ UNCHANGED vars

(***************************************************************************)
(* Ready and Persist.  Without lines about disks a Ready is written at     *)
(* once, its commit index perhaps not; but the server may have crashed     *)
(* before the last one was.                                                *)
(***************************************************************************)
CrashesNext(i) ==
    LET later == {k \in (l + 1)..Len(Trace) :
                      (Trace[k].nid = i) /\ (Trace[k].name \in {"Ready", "InitState"})}
    IN  (later # {}) /\ (Trace[Smallest(later)].name = "InitState")

OnReady(e) ==
    LET i == e.nid
    IN  /\ Idle(i)
        /\ Before(e)
        /\ IF DiskLogged
           THEN UNCHANGED vars
           ELSE Persist(i, durable[i].commit) \/ (CrashesNext(i) /\ UNCHANGED vars)
        /\ progress' = [progress EXCEPT ![i].ready = DiskLogged]

OnPersist(e) ==
    LET i     == e.nid
        shown == FieldOr(e, "durable", <<>>)
    IN  /\ Idle(i)
        /\ DiskLogged
        /\ progress[i].ready
        /\ \E commit \in Choices(shown, "commit", {durable[i].commit, commitIndex[i]}) :
               Persist(i, commit)
        /\ ShowsDisk(shown, durable'[i])
        /\ (("ents" \in DOMAIN e) => ShowsWrite(e, durable[i], durable'[i]))
        /\ progress' = [progress EXCEPT
                            ![i].ready = FALSE,
                            ![i].applied = IF pendingSnapshot[i] # 0 THEN Max(@, pendingSnapshot[i])
                                                                     ELSE @]
        /\ After(e)

\* A snapshot is of what was applied.
OnCompact(e) ==
    LET i        == e.nid
        shown    == FieldOr(e, "durable", <<>>)
    IN  /\ Running(i)
        /\ \E snapshot \in Choices(shown, "snapshot", e.index..progress[i].applied) :
               /\ snapshot <= progress[i].applied
               /\ Compact(i, snapshot, e.index)
        /\ ShowsDisk(shown, durable'[i])
        /\ UNCHANGED progress
        /\ After(e)

OnApply(e) ==
    LET i     == e.nid
        index == progress[i].applied + 1
    IN  /\ Idle(i)
        /\ Before(e)
        /\ Says(e, "index", index)
        /\ index <= commitIndex[i]
        /\ (("entry" \in DOMAIN e) => ShowsEntry(e.entry, log[i][index]))
        /\ progress' = [progress EXCEPT ![i].applied = index]
        /\ UNCHANGED vars
==========================================================================
