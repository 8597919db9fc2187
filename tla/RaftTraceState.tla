-------------------------- MODULE RaftTraceState -------------------------
(***************************************************************************)
(* How far a trace is explained, and what agreeing with the model means.   *)
(***************************************************************************)
EXTENDS RaftTraceLines

VARIABLES
    l,          \* the line to be explained next
    progress    \* what its lines have begun and not finished, of each server:
                \*   stage      "unborn", "down", "loading", "loaded", "bootstrapping" or "running"
                \*   hand       the message received whose handling other lines must show
                \*   installing whether a line has shown the configuration of the snapshot in hand
                \*   announced  the entries that Replicate and ChangeConf lines announced
                \*   conf       the configuration that the lines of the start have shown
                \*   told       whether they have shown it
                \*   applied    the index of the last Apply line
                \*   ready      whether a Ready is out and not persisted
                \*   disk       what the Crash line said is left, if it did
                \*   survived   the Crash line, if it named the unsynced entries that are left

traceVars == <<vars, l, progress>>

NoMessage == [type |-> "none"]

Newborn == [stage |-> "unborn", hand |-> NoMessage, installing |-> FALSE, announced |-> <<>>,
            conf |-> <<>>, told |-> FALSE, applied |-> 0, ready |-> FALSE, disk |-> <<>>,
            survived |-> <<>>]

TraceInit ==
    /\ InitWith(<<>>, 0)
    /\ l = 1
    /\ progress = [i \in Server |-> Newborn]

Running(i) == progress[i].stage = "running"

\* Nothing begun: the next line of i may be any.
Idle(i) ==
    /\ Running(i)
    /\ progress[i].hand = NoMessage
    /\ progress[i].announced = <<>>

(***************************************************************************)
(* A line's own server.                                                    *)
(***************************************************************************)
NoConf == [voters |-> {}, outgoing |-> {}]

ShowsState(e, term, vote, commit, role, length, conf, leader) ==
    /\ Says(e, "role", role)
    /\ Says(e, "lead", leader)
    /\ Says(e, "log", length)
    /\ (("conf" \in DOMAIN e)
        => (SameSet(e.conf[1], conf.voters) /\ SameSet(e.conf[2], conf.outgoing)))
    /\ (("state" \in DOMAIN e)
        => (Says(e.state, "term", term) /\ Says(e.state, "vote", vote)
            /\ Says(e.state, "commit", commit)))

Before(e) ==
    LET i == e.nid
    IN  ShowsState(e, currentTerm[i], votedFor[i], commitIndex[i], state[i], Len(log[i]), config[i],
                   leaderId[i])

After(e) ==
    LET i == e.nid
    IN  ShowsState(e, currentTerm'[i], votedFor'[i], commitIndex'[i], state'[i], Len(log'[i]),
                   config'[i], leaderId'[i])

\* A leader's own progress, which etcd writes with MsgApp.  Its Next is one after its Match.
ShowsOwnProgress(e) ==
    ("prop" \in DOMAIN e) =>
        (/\ DOMAIN e.prop \subseteq {"cc", "match", "next"}
         /\ (("cc" \in DOMAIN e.prop)
             => ((e.name \in {"ApplyConfChange", "ChangeConf"})
                 /\ (DOMAIN e.prop.cc \subseteq ChangeFieldsOf(e.name))))
         /\ Says(e.prop, "match", matchIndex[e.nid][e.nid])
         /\ Says(e.prop, "next", matchIndex[e.nid][e.nid] + 1))

WellFormed(e) ==
    /\ e.nid \in Server
    /\ DOMAIN e \subseteq FieldsOf(e.name)
    /\ Says(e, "seq", l)
    /\ ShowsOwnProgress(e)

(***************************************************************************)
(* Configurations.                                                         *)
(***************************************************************************)
ShowsMembers(members, conf) ==
    /\ SaysSet(members, "voters", conf.voters)
    /\ SaysSet(members, "outgoing", conf.outgoing)
    /\ SaysSet(members, "learners", conf.learners)
    /\ SaysSet(members, "learnersNext", conf.learnersNext)
    /\ Says(members, "autoLeave", conf.autoLeave)

\* The new configuration of an ApplyConfChange line.
ShowsNewConf(e, conf) ==
    LET cc == ChangeOf(e)
    IN  /\ SaysSet(cc, "newconf", conf.voters)
        /\ (("members" \in DOMAIN cc) => ShowsMembers(cc.members, conf))

(***************************************************************************)
(* Entries and messages.  A trace need not say what entries hold; NoOp     *)
(* stands for what it leaves open.  The C++ twin also compares with each   *)
(* other the digests of such an entry that later lines tell.               *)
(***************************************************************************)
ShowsEntry(shown, entry) ==
    /\ Says(shown, "term", entry.term)
    /\ ((entry.value # NoOp) => Says(shown, "digest", entry.value))

ShowsEntries(shown, entries) ==
    /\ Len(shown) = Len(entries)
    /\ \A k \in 1..Len(shown) : ShowsEntry(shown[k], entries[k])

ShowsSnapshot(shown, entries) ==
    /\ Says(shown, "index", Len(entries))
    /\ Says(shown, "term", LastTerm(entries))
    /\ (("members" \in DOMAIN shown) => ShowsMembers(shown.members, ConfigOf(entries)))

ShowsMessage(msg, m) ==
    /\ Says(msg, "type", m.type)
    /\ Says(msg, "term", m.term)
    /\ Says(msg, "from", m.from)
    /\ Says(msg, "to", m.to)
    /\ Says(msg, "entries", Len(m.entries))
    /\ Says(msg, "logTerm", m.logTerm)
    /\ Says(msg, "index", m.index)
    /\ Says(msg, "commit", m.commit)
    /\ Says(msg, "vote", Nil)
    /\ Says(msg, "reject", m.reject)
    /\ Says(msg, "rejectHint", m.hint)
    /\ Says(msg, "force", m.force)
    /\ Says(msg, "sent", m.sent)
    /\ (("snapshot" \in DOMAIN msg) => ShowsSnapshot(msg.snapshot, m.entries))
    /\ (("ents" \in DOMAIN msg) => ShowsEntries(msg.ents, m.entries))

\* The message that this step queued or sent.
Queued(e) ==
    \E m \in (DOMAIN pending') \union (DOMAIN messages') :
        /\ (Copies(pending', m) > Copies(pending, m)) \/ (Copies(messages', m) > Copies(messages, m))
        /\ ShowsMessage(e.msg, m)

\* The messages in flight that the line may mean.
Meant(e) == {m \in DOMAIN messages : ShowsMessage(e.msg, m)}

(***************************************************************************)
(* Disks.                                                                  *)
(***************************************************************************)
ShowsDisk(shown, disk) ==
    /\ Says(shown, "term", disk.term)
    /\ Says(shown, "vote", disk.vote)
    /\ Says(shown, "commit", disk.commit)
    /\ Says(shown, "log", Len(disk.log))
    /\ Says(shown, "logTerm", LastTerm(disk.log))
    /\ Says(shown, "snapshot", disk.snapshot)

\* The entries written, from `index` on, replace what the disk has from there on.  A snapshot that
\* is written along comes first.
ShowsWrite(e, old, new) ==
    LET first == FieldOr(e, "index", Len(new.log) + 1 - Len(e.ents))
        base  == IF new.snapshot = old.snapshot
                 THEN old.log
                 ELSE SubSeq(new.log, 1, new.snapshot)
    IN  IF e.ents = <<>>
        THEN Says(e, "index", 0) /\ (new.log = base)
        ELSE /\ first + Len(e.ents) = Len(new.log) + 1
             /\ first \in 1..(Len(base) + 1)
             /\ ShowsEntries(e.ents, SubSeq(new.log, first, Len(new.log)))
             /\ SubSeq(new.log, 1, first - 1) = SubSeq(base, 1, first - 1)
==========================================================================
