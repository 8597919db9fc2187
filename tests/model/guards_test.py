#!/usr/bin/env python3
"""The actions of spec/ and tla/ agree, guard by guard, on states that need not be reachable.

The program guards (guards.cc) generates states, tries every action of spec/ on them, and writes a
TLA+ module in which TLC tries the same actions of tla/ with the same arguments.  Both must agree
whether the action is enabled, and on all variables of the successor.  A batch is one run of TLC, with
constants of its own.

Usage: guards_test.py GUARDS [--seed N] [--batches N] [--states N]
       Without --seed the commit chooses it.  What fails is told with its seed.
"""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import share
import tlc

TAKEN = re.compile(r'^<<"taken", (\d+)>>$', re.MULTILINE)
DIFFERS = re.compile(r'^<<\s*"differs",\s*(\d+),(.*?)>>\n(?=<<|\S|\Z)', re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"(\w+) \|-> ")
MOST_TOLD = 3  # of one action
MANY_BATCHES = 10  # so many take every action


def run(guards, seed, states):
    """The cases, and what TLC says of them: case -> the text of the variables that differ."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([guards, folder, str(seed), str(states)], check=True)
        lines = (folder / "cases.ndjson").read_text(encoding="utf-8").splitlines()
        text = (folder / "Guards.tla").read_text(encoding="utf-8")
        output = tlc.run("Guards", folder / "Guards.cfg", folder=folder,
                         jvm=["-XX:+UseSerialGC", "-Xmx2g", "-Xss64m"], timeout=1800)
    cases = [json.loads(line) for line in lines]
    taken = collections.Counter(int(case) for case in TAKEN.findall(output))
    differs = {int(case): what for case, what in DIFFERS.findall(output)}
    if "No error has been found" not in output:
        raise RuntimeError(f"seed {seed}: TLC is not content:\n{output[-4000:]}")
    states_text = re.search(r"^States == <<\n(.*?)^Cases == ", text, re.MULTILINE | re.DOTALL)
    return cases, taken, differs, [line.strip().rstrip(",") for line in
                                   states_text.group(1).splitlines()]


def difference(case, number, taken, differs):
    """What the two texts say differently of a case; None if they agree."""
    in_tla = taken[number] > 0 or number in differs
    if case["taken"] != in_tla:
        ours = "takes it" if case["taken"] else f"refuses it: {case['guard']}"
        return f"spec/ {ours}; in tla/ it is {'enabled' if in_tla else 'not enabled'}"
    if number in differs:
        return f"the successors differ; of tla/:{differs[number]}\n    of spec/: {case['then']}"
    if taken[number] > 1:
        return f"tla/ has {taken[number]} successors"
    return None


def check(guards, seed, states, counts):
    cases, taken, differs, texts = run(guards, seed, states)
    problems = []
    for number, case in enumerate(cases, 1):
        counts[case["action"]][case["taken"]] += 1
        if what := difference(case, number, taken, differs):
            counts[case["action"]]["different"] += 1
            if counts[case["action"]]["different"] <= MOST_TOLD:
                problems.append(f"{case['action']}{case['arguments']}, seed {seed}, case {number}: "
                                f"{what}\n    in {texts[case['state'] - 1]}")
            else:
                problems.append("")
    return len(cases), problems


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("guards")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--batches", type=int, default=2)
    parser.add_argument("--states", type=int, default=50)
    options = parser.parse_args()
    tlc.class_path()
    seed = options.seed if options.seed is not None else int(share.commit()[:8], 16) & ~1
    counts = collections.defaultdict(collections.Counter)
    total, problems = 0, []
    for batch in range(options.batches):
        tried, found = check(options.guards, seed + batch, options.states, counts)
        total += tried
        problems += found
    for problem in problems:
        if problem:
            print(problem)
    print("| action | taken | refused | different |\n| --- | ---: | ---: | ---: |")
    for action, count in sorted(counts.items()):
        print(f"| {action} | {count[True]} | {count[False]} | {count['different']} |")
    print(f"\nseed {seed}: {total} cases, {len(problems)} of them different")
    # What is never taken has no successors to compare.  In a short run that may happen.
    never = [action for action, count in counts.items() if not count[True]]
    if never:
        print(f"never taken: {', '.join(never)}")
    return 1 if problems or (never and options.batches >= MANY_BATCHES) else 0


if __name__ == "__main__":
    sys.exit(main())
