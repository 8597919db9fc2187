#!/usr/bin/env python3
"""TLC with tla/RaftTrace.tla accepts a trace of our own, and refuses it with one field changed.

Usage: tlc_trace_test.py --raftcheck BINARY --schedule FILE     replays it to get the trace
       tlc_trace_test.py --raftcheck BINARY --trace FILE        takes a trace that is there
       --share N: one Nth of the changes, by the commit
"""
import argparse
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

import share
import tlc


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def verdict(raftcheck, lines, folder):
    path = pathlib.Path(folder) / "trace.ndjson"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return tlc.judge(raftcheck, path).split("_")[0]


# The changes: a name, the place of the field in the event, and the new value.
def more(number):
    return number + 1


def other_server(server):
    return "2" if server == "1" else "1"


def other_digest(digest):
    return type(digest)((int(digest) + 1) % 2**64)  # A digest is 64 bits, as a number or a string.


CHANGES = [
    ("a term", "BecomeCandidate", ("state", "term"), more),
    ("a vote", "BecomeCandidate", ("state", "vote"), other_server),
    ("a commit index", "Commit", ("state", "commit"), more),
    ("a role", "BecomeLeader", ("role",), lambda role: "StateCandidate"),
    ("a log length", "Ready", ("log",), more),
    ("a configuration", "Ready", ("conf",), lambda conf: [conf[0][:-1], conf[1]]),
    ("the index of a message", "SendAppendEntriesRequest", ("msg", "index"), more),
    ("the number of entries", "SendAppendEntriesRequest", ("msg", "entries"), more),
    ("the sender's match index", "SendAppendEntriesRequest", ("prop", "match"), more),
    ("a rejection", "SendAppendEntriesResponse", ("msg", "reject"), lambda reject: not reject),
    ("a granted vote", "SendRequestVoteResponse", ("msg", "reject"), lambda reject: not reject),
    ("a message received", "ReceiveAppendEntriesRequest", ("msg", "commit"), more),
    ("an entry applied", "Apply", ("entry", "digest"), other_digest),
    ("an index applied", "Apply", ("index",), more),
    ("the durable term", "Persist", ("durable", "term"), more),
    ("the durable log", "Persist", ("durable", "log"), more),
    ("the number of a line", "Ready", ("seq",), more),
]


def changed(lines, name, path, change):
    """A copy with the field changed in the middle one of the events that have it; None if none has."""
    places = []
    for number, line in enumerate(lines):
        value = line.get("event")
        if not value or value["name"] != name:
            continue
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None and (path != ("prop", "match") or lines[number]["event"].get("msg")):
            places.append(number)
    if not places:
        return None
    result = copy.deepcopy(lines)
    place = places[len(places) // 2]
    holder = result[place]["event"]
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = change(holder[path[-1]])
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raftcheck", type=pathlib.Path, required=True)
    parser.add_argument("--schedule", type=pathlib.Path)
    parser.add_argument("--trace", type=pathlib.Path)
    parser.add_argument("--share", type=int, default=1)
    options = parser.parse_args()
    tlc.class_path()
    with tempfile.TemporaryDirectory() as folder:
        if options.trace is None:
            options.trace = pathlib.Path(folder) / "own.ndjson"
            subprocess.run([options.raftcheck, "replay", options.schedule, "--trace",
                            options.trace], check=True)
        lines = read(options.trace)
        problems = 0
        what = verdict(options.raftcheck, lines, folder)
        print(f"the trace of {len(lines)} lines: {what}")
        problems += what != "accepted"
        for title, name, path, change in share.of("changes", CHANGES, options.share):
            corrupted = changed(lines, name, path, change)
            what = ("no event has that field" if corrupted is None else
                    verdict(options.raftcheck, corrupted, folder))
            print(f"{title} changed ({name} {'.'.join(path)}): {what}")
            problems += what != "refused"
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
