#!/usr/bin/env python3
"""Seeded errors of the specification, half in spec/, half in tla/: each must be noticed.

An error in spec/ is noticed if a model of tla/ breaks a property, does not reach its goals, or has
other numbers than its .cfg says.  One in tla/ is noticed if an evaluator, tla-checker or TLC, finds a
broken property, or another number of states than spec/ has.  With --share N one Nth of all is tried,
by the commit; of tla/ only what takes seconds.  --quick: small models are for TLC, where there
is one.

Usage: spec_mutants.py [--quick] [--share N] [--only NAME...]
Exit status: 0 all were noticed, 1 one was not, 2 a text to be changed is not there, 77 skipped: no
compiler, or neither tla-checker nor TLC.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import share
import small_models
import tla_checker
import tlc

ROOT = small_models.ROOT

# Name (first those of the bug corpus), file, old text, new text, and the models that notice the error.
# For SPEC these are models of tla/; for TLA, models of small_models.py, or of tla/ if TLC runs them.
SPEC = [
    ("E01 stepping down clears the vote", "raft_election.h",
     "      return Outcome::Refused(\"StepDown\", \"the votes that i may still get are no majority\",",
     "      s.voted_for = kNil;\n      return Outcome::Refused(\"StepDown\", \"\",",
     ["MCRaftDurability"]),
    ("E02 votes of other terms count", "raft_election.h",
     "  if (const Outcome own = IsOfOwnTerm(\"HandleRequestVoteResponse\", s, m); !own) return own;\n",
     "", ["MCRaftDurability"]),
    ("E19 a second vote in a term", "raft_election.h",
     "  return s.voted_for == j || (s.voted_for == kNil && s.leader_id == kNil &&",
     "  return s.voted_for != kNil || (s.voted_for == kNil && s.leader_id == kNil && j != i &&",
     ["MCRaftDurability"]),
    ("R01 every append cuts the log", "raft_replication.h",
     "return tree.IsPrefix(result, log) ? log : result;", "return result;", ["MCRaftDurability"]),
    ("R05 match goes back", "raft_replication.h",
     "s.match_index[j] = std::max(s.match_index[j], m.index);", "s.match_index[j] = m.index;",
     ["MCRaftReplication"]),
    ("C01 entries of older terms are committed by counting", "raft_replication.h",
     "if (agreed > s.commit_index && raft.tree->TermAt(s.log, agreed) == s.current_term) {",
     "if (agreed > s.commit_index) {", ["MCRaftDurability"]),
    ("C04 a heartbeat commits what the follower may not have", "raft_replication.h",
     "m.commit = std::min(s.commit_index, s.match_index[j]);", "m.commit = s.commit_index;",
     ["MCRaft"]),
    ("P01 an acknowledgement leaves before it is durable", "raft_network.h",
     "return type == MessageType::kMsgAppResp || type", "return type", ["MCRaft"]),
    ("P02 the vote is not stored", "raft_durability.h",
     "  s.durable.vote = write.disk.vote;\n", "", ["MCRaftSmoke"]),
    ("S01 a snapshot brings its term", "raft_snapshot.h",
     "      s.pending_snapshot = index;\n",
     "      s.pending_snapshot = index;\n      s.current_term = tree.LastTerm(m.entries);\n",
     ["MCRaftSnapshot"]),
    ("S04 campaigning amid a snapshot", "raft_membership.h",
     "  if (s.pending_snapshot != 0) {", "  if (false) {", ["MCRaftSnapshot"]),
    ("M02 a second change while one is not applied", "raft_membership.h",
     "  if (pending != kEmptyLog) {", "  if (false) {", ["MCRaftMembership"]),
    ("M03 a joint quorum is a majority of all", "raft_types.h",
     "return IsMajority(voters, set) && (!IsJoint() || IsMajority(outgoing, set));",
     "return IsMajority(voters | outgoing, set);", ["MCRaftJoint"]),
    ("M13 campaigning with a change that is not applied", "raft_membership.h",
     "  if (next != kEmptyLog && raft.tree->Length(next) <= s.commit_index) {\n    return",
     "  if (false) {\n    return", ["MCRaftMembership"]),
    ("campaigning two changes behind", "raft_membership.h",
     "  if (const Index earlier = validates ? ChangeToRecover(raft, i) : 0; earlier != 0) {",
     "  if (const Index earlier = validates ? ChangeToRecover(raft, i) : 0; false) {", ["MCRaftMembership"]),
    ("a crash leaves a commit index beyond what was written", "raft_durability.h",
     "std::min<Index>(s.commit_index, agreed)",
     "std::min<Index>(s.commit_index, tree.Length(disk.log))", ["MCRaftMembership"]),
    ("a snapshot stands for entries that are not on the disk", "raft_snapshot.h",
     "  if (snapshot > stored) {", "  if (false) {", ["MCRaftSnapshot"]),
    ("a new leader serves reads before it commits", "raft_reads.h",
     "  if (term != s.current_term) {\n    return Outcome::Refused(\"TakeRead\"",
     "  if (false) {\n    return Outcome::Refused(\"TakeRead\"", ["MCRaftReads"]),
    ("a new leader reads under its lease before it commits", "raft_reads.h",
     "  if (term != s.current_term) {\n    return Outcome::Refused(\"TakeRead\"",
     "  if (false) {\n    return Outcome::Refused(\"TakeRead\"", ["MCRaftLeaseReads"]),
    ("a newer term ends a promise", "raft.h",
     "  EndLease(raft, i);\n  s.current_term = m.term;\n",
     "  EndLease(raft, i);\n  if (raft.constants.Clocked()) raft.history.LeaseOf(i).promised_until = 0;\n"
     "  s.current_term = m.term;\n", ["MCRaftLeases"]),
    ("U24 a lease is counted from when the answer came", "raft_replication.h",
     "    at = std::max(at, m.sent);\n", "    at = raft.history.LeaseOf(i).clock;\n", ["MCRaftLeases"]),
    ("clocks drift beyond the bound", "model/raft_next_inl.h",
     "gap < constants.max_drift", "gap <= constants.max_drift", ["MCRaftLeaseDrift"]),
    ("a transfer leaves the lease", "raft_transfer.h",
     "  if (raft.constants.Clocked()) raft.history.LeaseOf(i).lease_ended = true;\n", "",
     ["MCRaftLeases"]),
    ("a bound voter votes in a term that it has reached", "raft_election.h",
     "(m.force || !UnderPromise(raft, i))", "(m.force || !UnderPromise(raft, i) || m.term > 0)",
     ["MCRaftLeases"]),
    ("a leader that nobody follows serves reads", "raft_reads.h",
     "  if (!s.config.IsQuorum(asked->acks) && !HasLease(raft, l)) {", "  if (false) {",
     ["MCRaftReads"]),
    ("nobody is ever elected", "raft_election.h",
     "  if (!s.config.IsQuorum(s.votes_granted)) {\n    return Outcome::Refused(\"BecomeLeader\"",
     "  if (true) {\n    return Outcome::Refused(\"BecomeLeader\"", ["MCRaftGoals:NeverElected"]),
]
TLA = [
    ("E01 stepping down clears the vote", "RaftElection.tla",
     "    /\\ Follow(i, Nil)\n    /\\ UNCHANGED <<currentTerm, votedFor, logVars, confVars",
     "    /\\ Follow(i, Nil)\n    /\\ votedFor' = [votedFor EXCEPT ![i] = Nil]\n"
     "    /\\ UNCHANGED <<currentTerm, logVars, confVars", ["elections"]),
    ("E02 votes of other terms count", "RaftElection.tla",
     "    /\\ m.type = MsgVoteResp\n    /\\ m.term = currentTerm[i]\n", "    /\\ m.type = MsgVoteResp\n",
     ["two terms"]),
    ("E19 a second vote in a term", "RaftElection.tla",
     "    \\/ votedFor[i] = j\n", "    \\/ votedFor[i] # Nil\n", ["core"]),
    ("R01 every append cuts the log", "RaftReplication.tla",
     "        THEN log[i]\n        ELSE SubSeq(log[i], 1, m.index + first - 1)",
     "        THEN SubSeq(log[i], 1, m.index + Len(m.entries))\n"
     "        ELSE SubSeq(log[i], 1, m.index + first - 1)", ["core"]),
    ("R05 match goes back", "RaftReplication.tla",
     "![i][j] = Max(@, m.index)]", "![i][j] = m.index]", ["acks"]),
    ("C01 entries of older terms are committed by counting", "RaftReplication.tla",
     "IF (agreed > commitIndex[i]) /\\ (TermAt(log[i], agreed) = currentTerm[i])",
     "IF agreed > commitIndex[i]", ["torn"]),
    ("C04 a heartbeat commits what the follower may not have", "RaftReplication.tla",
     "!.commit = Min(commitIndex[i], matchIndex[i][j]), !", "!.commit = commitIndex[i], !",
     ["membership"]),
    ("P01 an acknowledgement leaves before it is durable", "RaftNetwork.tla",
     "Promises == {MsgAppResp, MsgVoteResp,", "Promises == {MsgVoteResp,", ["core"]),
    ("P02 the vote is not stored", "RaftDurability.tla",
     "term |-> currentTerm[i], vote |-> votedFor[i],", "term |-> currentTerm[i], vote |-> Nil,",
     ["core"]),
    ("S01 a snapshot brings its term", "RaftSnapshot.tla",
     "        /\\ UNCHANGED <<currentTerm, state, votedFor, forced, voteVars, matchIndex, leaseVars,",
     "        /\\ currentTerm' = [currentTerm EXCEPT ![i] = LastTerm(m.entries) - 1]\n"
     "        /\\ UNCHANGED <<state, votedFor, forced, voteVars, matchIndex, leaseVars,",
     ["snapshot"]),
    ("S04 campaigning amid a snapshot", "RaftMembership.tla",
     "    /\\ pendingSnapshot[i] = 0\n", "", ["TLC MCRaftSnapshot"]),
    ("M02 a second change while one is not applied", "RaftMembership.tla",
     "    /\\ (ValidatesChanges => (NextConf(i) = 0))\n", "", ["changes"]),
    ("M03 a joint quorum is a majority of all", "RaftTypes.tla",
     "    /\\ IsMajority(conf.voters, servers)\n"
     "    /\\ (~IsJoint(conf)) \\/ IsMajority(conf.outgoing, servers)",
     "    /\\ IsMajority(Voters(conf), servers)", ["TLC MCRaftJoint"]),
    ("M13 campaigning with a change that is not applied", "RaftMembership.tla",
     "    /\\ ~HasCommittedChange(i)\n", "", ["changes"]),
    ("campaigning two changes behind", "RaftMembership.tla",
     "    /\\ (ValidatesChanges => (ChangeBeforeLast(i) <= commitIndex[i]))\n", "", ["changes"]),
    ("a crash leaves a commit index beyond what was written", "RaftDurability.tla",
     "CommonPrefix(kept, log[i])", "Len(kept)", ["TLC MCRaftMembership"]),
    ("a snapshot stands for entries that are not on the disk", "RaftSnapshot.tla",
     "    /\\ snapshot <= CommonPrefix(log[i], durable[i].log)\n", "", ["snapshot"]),
    ("a new leader serves reads before it commits", "RaftReads.tla",
     "    /\\ TermAt(log[l], commitIndex[l]) = currentTerm[l]\n", "", ["reads"]),
    ("a leader that nobody follows serves reads", "RaftReads.tla",
     "    /\\ TRUE \\in {IsQuorum(config[l], reads[r].acks), HasLease(l)}\n", "", ["reads"]),
    ("a new leader reads under its lease before it commits", "RaftReads.tla",
     "    /\\ TermAt(log[l], commitIndex[l]) = currentTerm[l]\n", "", ["TLC MCRaftLeaseReads"]),
    ("a newer term ends a promise", "Raft.tla",
     "    /\\ Follow(i, IF m.type \\in FromLeader THEN j ELSE Nil)\n"
     "    /\\ UNCHANGED <<logVars, confVars, snapshotVars, reads, networkVars, durable, clockVars,\n",
     "    /\\ Follow(i, IF m.type \\in FromLeader THEN j ELSE Nil)\n"
     "    /\\ promisedUntil' = [promisedUntil EXCEPT ![i] = 0]\n"
     "    /\\ UNCHANGED <<logVars, confVars, snapshotVars, reads, networkVars, durable, clock,\n"
     "                   clockGap,\n", ["TLC MCRaftLeases"]),
    ("U24 a lease is counted from when the answer came", "RaftReplication.tla",
     "![i][j] = Max(@, m.sent)]", "![i][j] = clock[i]]", ["TLC MCRaftLeases"]),
    ("clocks drift beyond the bound", "Raft.tla",
     "(clockGap < MaxDrift)", "(clockGap <= MaxDrift)", ["drift"]),
    ("a transfer leaves the lease", "RaftTransfer.tla",
     "    /\\ leaseEnded' = [leaseEnded EXCEPT ![i] = Clocked]\n",
     "    /\\ UNCHANGED leaseEnded\n", ["leases"]),
    ("a crash forgets nothing", "RaftDurability.tla",
     "    /\\ Follow(i, Nil)\n    /\\ pending' =",
     "    /\\ UNCHANGED <<state, leaderId, forced, voteVars, matchIndex>>\n    /\\ pending' =",
     ["core"]),
]
# TLC runs these: they have hundreds of thousands of states or more and take minutes.
TAKES_MINUTES = "TLC "


def changed(path, old, new):
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        return f"{path.name}: the text to be changed is there {text.count(old)} times:\n{old}"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return None


def pinned(model):
    text = (small_models.TLA / f"{model}.cfg").read_text(encoding="utf-8")
    numbers = dict(re.findall(r"^\\\* ([a-z ]+): (\d+)$", text, re.MULTILINE))
    return {"distinct": int(numbers["distinct states"]),
            "generated": int(numbers["states generated"]), "depth": int(numbers["depth"])}


def goal_config(model, goal):
    text = (small_models.TLA / f"{model}.cfg").read_text(encoding="utf-8")
    return re.sub(r"^INVARIANTS\n(    .*\n)+", f"INVARIANTS\n    {goal}\n", text,
                  flags=re.MULTILINE)


def explore(probe, scratch, model):
    """How the model notices the error; None if it does not."""
    name, _, goal = model.partition(":")
    path = small_models.TLA / f"{name}.cfg"
    if goal:
        path = scratch / "goal.cfg"
        path.write_text(goal_config(name, goal), encoding="utf-8")
    done = subprocess.run([probe, path], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return "ended: " + (done.stderr.strip().splitlines() or ["?"])[-1]
    found = json.loads(done.stdout)
    if goal:
        return None if found["violation"] == goal else f"{goal} is not reached"
    if found["violation"]:
        return f"{found['violation']} is broken, at depth {found['depth']}"
    wanted = pinned(name)
    for key, value in wanted.items():
        if found[key] != value:
            return f"{key} {found[key]:,} in place of {value:,}"
    return None


def notice_in_spec(mutant):
    name, file, old, new, models = mutant
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        shutil.copytree(ROOT / "spec", scratch / "spec")
        if problem := changed(scratch / "spec" / file, old, new):
            return problem, None
        sources = [ROOT / "tests/model/probe.cc", scratch / "spec/model/mc_raft.cc",
                   scratch / "spec/raft_state.cc", *sorted((scratch / "spec/explorer").glob("*.cc"))]
        probe = scratch / "probe"
        built = subprocess.run(["c++", "-std=c++20", "-O1", "-I", scratch, *sources, "-o", probe,
                                "-lpthread"], capture_output=True, text=True, check=False)
        if built.returncode != 0:
            return f"{name}: does not build:\n{built.stderr[-2000:]}", None
        for model in models:
            if how := explore(probe, scratch, model):
                return None, f"{model.partition(':')[0]}: {how}"
    return None, None


def states_of(raftcheck, config):
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "model.cfg"
        path.write_text(config, encoding="utf-8")
        done = subprocess.run([raftcheck, "model", "--config", path, "--json"],
                              capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["distinct"]


def ask_tlc(model, folder):
    """For models with more states than tla-checker can explore in a minute."""
    if not tlc.found():
        return "SKIPPED: needs TLC, and there is none"
    output = tlc.run("MCRaft", folder / f"{model}.cfg", workers="2", timeout=3600, folder=folder)
    return how_tlc_noticed(model, output, lambda: pinned(model)["distinct"])


def how_tlc_noticed(model, output, wanted):
    if broken := re.search(r"(?:Invariant|Action property) (\w+) is violated", output):
        return f"{model}: {broken.group(1)} is broken (TLC)"
    found = re.search(r"(\d+) distinct states found, 0 states left", output)
    if not found or "No error has been found" not in output:
        errors = [line for line in output.splitlines() if line.startswith("Error")]
        return f"{model}: {' '.join(errors)} (TLC)"[:100]
    if int(found.group(1)) != wanted():
        return f"{model}: distinct {int(found.group(1)):,} in place of {wanted():,} (TLC)"
    return None


def ask_tla_checker(place, model, config, folder, raftcheck):
    answer = tla_checker.evaluate(place, config, folder)
    if not answer["success"]:
        return f"{model}: {answer['error_message']}"[:100]
    wanted = states_of(raftcheck, config)
    if answer["states_explored"] != wanted:
        return f"{model}: distinct {answer['states_explored']:,} in place of {wanted:,}"
    return None


def notice_in_tla(mutant, place, raftcheck):
    """`place` is the folder of tla-checker; with None TLC is used."""
    name, file, old, new, models = mutant
    known = {small: (base, constants)
             for small, base, constants in small_models.SMALL + small_models.FOR_MUTANTS}
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder) / "tla"
        shutil.copytree(small_models.TLA, scratch)
        if problem := changed(scratch / file, old, new):
            return problem, None
        for model in models:
            if model.startswith(TAKES_MINUTES):
                how = ask_tlc(model.removeprefix(TAKES_MINUTES), scratch)
            else:
                config = small_models.config(*known[model])
                if place is None:
                    output = tlc.run("MCRaft", config, folder=scratch, jvm=tlc.QUICK)
                    how = how_tlc_noticed(model, output, lambda: states_of(raftcheck, config))
                else:
                    how = ask_tla_checker(place, model, config, scratch, raftcheck)
            if how:
                return None, how
    return None, None


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--share", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--raftcheck", default=str(ROOT / "build" / "raftcheck"))
    options = parser.parse_args()
    if shutil.which("c++") is None:
        print("SKIPPED: no C++ compiler")
        return tla_checker.SKIPPED
    place = None if options.quick and tlc.found() else tla_checker.folder()

    def wanted(mutant):
        if options.only and not any(part in mutant[0] for part in options.only):
            return False
        return options.share == 1 or not any(model.startswith(TAKES_MINUTES) for model in mutant[4])

    def one(side, mutant):
        began = time.monotonic()
        problem, how = (notice_in_spec(mutant) if side == "spec/" else
                        notice_in_tla(mutant, place, options.raftcheck))
        return side, mutant[0], problem, how, time.monotonic() - began

    tasks = share.of("seeded errors", [(side, mutant) for side, mutants in
                                       (("spec/", SPEC), ("tla/", TLA))
                                       for mutant in mutants if wanted(mutant)], options.share)
    status, noticed, skipped = 0, 0, 0
    print("| seeded in | error | noticed | s |\n| --- | --- | --- | ---: |")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for side, name, problem, how, seconds in pool.map(lambda task: one(*task), tasks):
            print(f"| {side} | {name} | {problem or how or 'NOT NOTICED'} | {seconds:.1f} |",
                  flush=True)
            if problem:
                status = 2
            elif how is None:
                status = max(status, 1)
            elif how.startswith("SKIPPED"):
                skipped += 1
            else:
                noticed += 1
    print(f"\n{noticed} of {len(tasks)} seeded errors were noticed, {skipped} skipped")
    return status


if __name__ == "__main__":
    sys.exit(main())
