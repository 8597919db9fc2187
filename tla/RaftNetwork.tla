--------------------------- MODULE RaftNetwork ---------------------------
(***************************************************************************)
(* Messages: queued, in flight, and what the network may do to them.       *)
(* C++ twin: spec/raft_network.h.                                          *)
(*                                                                         *)
(* A message that promises something leaves a server only when it is       *)
(* durable: Send queues it, Persist (RaftDurability) releases it.  Others  *)
(* leave at once (dissertation 10.2.1: a leader's entries travel while its *)
(* disk works).  The network may lose, duplicate and reorder what is in    *)
(* flight.                                                                 *)
(***************************************************************************)
EXTENDS RaftState

(***************************************************************************)
(* What must be durable first (dissertation 3.8): answers that count; and  *)
(* a vote request, which promises that its term is not used again after a  *)
(* crash, and that the log it shows stays.                                 *)
(***************************************************************************)
Promises == {MsgAppResp, MsgVoteResp, MsgPreVoteResp, MsgVote}

Copies(bag, m) == IF m \in DOMAIN bag THEN bag[m] ELSE 0

WithMessage(bag, m) ==
    [x \in DOMAIN bag \union {m} |-> IF x = m THEN Copies(bag, m) + 1 ELSE bag[x]]

WithoutMessage(bag, m) ==
    IF bag[m] > 1
    THEN [bag EXCEPT ![m] = @ - 1]
    ELSE [x \in (DOMAIN bag) \ {m} |-> bag[x]]

Send(m) ==
    IF m.type \in Promises
    THEN (pending' = WithMessage(pending, m)) /\ UNCHANGED messages
    ELSE (messages' = WithMessage(messages, m)) /\ UNCHANGED pending

Discard(m) == (messages' = WithoutMessage(messages, m)) /\ UNCHANGED pending

Reply(response, request) ==
    IF response.type \in Promises
    THEN /\ pending' = WithMessage(pending, response)
         /\ messages' = WithoutMessage(messages, request)
    ELSE /\ messages' = WithMessage(WithoutMessage(messages, request), response)
         /\ UNCHANGED pending

Loopback(m) == m.from = m.to

(***************************************************************************)
(* The environment's steps.  A message to oneself meets no network: it is  *)
(* lost only with its server.                                              *)
(***************************************************************************)
DropMessage(m) ==
    /\ m \in DOMAIN messages
    /\ ~Loopback(m)
    /\ Discard(m)
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, confVars, snapshotVars,
                   reads, durable, clockVars, historyVars>>

DuplicateMessage(m) ==
    /\ m \in DOMAIN messages
    /\ ~Loopback(m)
    /\ messages' = WithMessage(messages, m)
    /\ UNCHANGED <<roleVars, logVars, voteVars, matchIndex, leaseVars, confVars, snapshotVars,
                   reads, pending, durable, clockVars, historyVars>>
==========================================================================
