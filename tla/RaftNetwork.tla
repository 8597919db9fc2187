--------------------------- MODULE RaftNetwork ---------------------------
(***************************************************************************)
(* Messages: queued, in flight, and what the network may do to them.       *)
(* C++ twin: spec/raft_network.h.                                          *)
(*                                                                         *)
(* Messages leave a server only when what they promise is durable: Send    *)
(* queues, Persist (RaftDurability) releases.  That holds for all kinds of *)
(* messages; etcd lets some of a leader's go earlier (dissertation 10.2.1),*)
(* which is the same to all others as a slower disk.                       *)
(* The network may lose, duplicate and reorder what is in flight.          *)
(***************************************************************************)
EXTENDS RaftState

Copies(bag, m) == IF m \in DOMAIN bag THEN bag[m] ELSE 0

WithMessage(bag, m) ==
    [x \in DOMAIN bag \union {m} |-> IF x = m THEN Copies(bag, m) + 1 ELSE bag[x]]

WithoutMessage(bag, m) ==
    IF bag[m] > 1
    THEN [bag EXCEPT ![m] = @ - 1]
    ELSE [x \in (DOMAIN bag) \ {m} |-> bag[x]]

Send(m) == pending' = WithMessage(pending, m)

Discard(m) == messages' = WithoutMessage(messages, m)

Reply(response, request) ==
    /\ Send(response)
    /\ Discard(request)

Loopback(m) == m.from = m.to

(***************************************************************************)
(* The environment's steps.  A message to oneself meets no network: it is  *)
(* lost only with its server.                                              *)
(***************************************************************************)
DropMessage(m) ==
    /\ m \in DOMAIN messages
    /\ ~Loopback(m)
    /\ Discard(m)
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, pending, durable, historyVars>>

DuplicateMessage(m) ==
    /\ m \in DOMAIN messages
    /\ ~Loopback(m)
    /\ messages' = WithMessage(messages, m)
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, pending, durable, historyVars>>
==========================================================================
