#!/usr/bin/env python3
"""Leaves each rule of rules.py out of spec/ and out of tla/: the property that it names must break.

The explorer searches the changed spec/, TLC the changed tla/, both the same .cfg with that property
alone.  With --share N one Nth of the rules that take seconds is tried, by the commit.

Usage: spec_mutants.py [--share N] [--only NAME...] [--side spec|tla]
Exit status: 0 all were noticed, 1 one was not, 2 a text to be changed is not there, 77 skipped: no
compiler.  Without TLC the rules of tla/ are skipped.
"""
import argparse
import atexit
import concurrent.futures
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import rules
import share
import tlc

ROOT = tlc.ROOT
SKIPPED = "SKIPPED"
BROKEN = re.compile(r"(?:Invariant|Action property) (\w+) is violated")
STEPS = re.compile(r"^State (\d+): ", re.MULTILINE)
DISTINCT = re.compile(r"states generated, (\d+) distinct states found")


def change(path, edit):
    text = path.read_text(encoding="utf-8")
    if text.count(edit.old) != 1:
        return f"{path.name}: the text to be changed is there {text.count(edit.old)} times:\n{edit.old}"
    path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
    return None


def is_of_steps(name):
    source = (tlc.TLA / "RaftProperties.tla").read_text(encoding="utf-8")
    return re.search(rf"^{name} == \[\]\[", source, re.MULTILINE) is not None


def config_of(rule):
    """The .cfg of the rule's model; if the rule names a property, with this property alone."""
    text = (tlc.TLA / f"{rule.model}.cfg").read_text(encoding="utf-8")
    if not rule.property:
        return text
    text = re.sub(r"^(INVARIANTS|PROPERTIES)\n(    .*\n)+", "", text, flags=re.MULTILINE)
    kind = "PROPERTIES" if is_of_steps(rule.property) else "INVARIANTS"
    return re.sub(r"^\\\*.*\n", "", text, flags=re.MULTILINE) + f"{kind}\n    {rule.property}\n"


def pinned(model):
    text = (tlc.TLA / f"{model}.cfg").read_text(encoding="utf-8")
    return int(re.search(r"^\\\* distinct states: (\d+)$", text, re.MULTILINE).group(1))


def judge(rule, violation, depth, distinct):
    """How the error was noticed; None if it was not.  `violation` is the property that broke."""
    if rule in rules.UNREACHED:
        return None if violation else f"the goal {rule.property} is not reached"
    if rule.property:
        return (f"`{rule.property}` at depth {depth}, after {distinct:,} states"
                if violation == rule.property else None)
    return f"{distinct:,} states" if violation or distinct != pinned(rule.model) else None


def compile_objects(sources, include, folder):
    """The object files, or what the compiler says."""
    built = subprocess.run(["c++", "-std=c++20", "-O1", "-I", include, "-c", *sources], cwd=folder,
                           capture_output=True, text=True, check=False)
    if built.returncode != 0:
        return [], f"does not build:\n{built.stderr[-2000:]}"
    return [folder / f"{pathlib.Path(source).stem}.o" for source in sources], None


@functools.cache
def explorer_objects():
    """spec/explorer/ includes nothing of Raft, so it is compiled once for all."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="raftcheck-explorer-"))
    atexit.register(shutil.rmtree, folder)
    return compile_objects(sorted((ROOT / "spec/explorer").glob("*.cc")), ROOT, folder)


def leave_out_of_spec(rule, scratch):
    shutil.copytree(ROOT / "spec", scratch / "spec")
    if problem := change(scratch / "spec" / rule.spec.file, rule.spec):
        return problem, None
    sources = [ROOT / "tests/model/probe.cc", scratch / "spec/model/mc_raft.cc",
               scratch / "spec/raft_state.cc"]
    objects, problem = compile_objects(sources, scratch, scratch)
    explorer, explorers_problem = explorer_objects()
    if problem or explorers_problem:
        return f"{rule.name}: {problem or explorers_problem}", None
    probe = scratch / "probe"
    subprocess.run(["c++", *objects, *explorer, "-o", probe, "-lpthread"], check=True)
    config = scratch / "rule.cfg"
    config.write_text(config_of(rule), encoding="utf-8")
    done = subprocess.run([probe, config], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return f"{rule.name}: the search ended: {done.stderr.strip()}", None
    found = json.loads(done.stdout)
    return None, judge(rule, found["violation"], found["depth"], found["distinct"])


def leave_out_of_tla(rule, scratch):
    if not tlc.found():
        return None, f"{SKIPPED}: needs TLC, and there is none"
    folder = scratch / "tla"
    shutil.copytree(tlc.TLA, folder)
    if problem := change(folder / rule.tla.file, rule.tla):
        return problem, None
    output = tlc.run("MCRaft", config_of(rule), folder=folder, timeout=14400,
                     jvm=tlc.LONG if rule.long else tlc.QUICK)
    broken = BROKEN.search(output)
    distinct = DISTINCT.findall(output)
    if not distinct or (not broken and "No error has been found" not in output):
        errors = [line for line in output.splitlines() if line.startswith("Error")]
        return f"{rule.name}: TLC is not content: {' '.join(errors)[:300]}", None
    steps = STEPS.findall(output)
    return None, judge(rule, broken.group(1) if broken else "", steps[-1] if steps else 0,
                       int(distinct[-1]))


SIDES = {"spec": leave_out_of_spec, "tla": leave_out_of_tla}


def try_one(task):
    side, rule = task
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        problem, how = SIDES[side](rule, pathlib.Path(scratch))
    return side, rule, problem, how, time.monotonic() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--side", choices=list(SIDES))
    options = parser.parse_args()
    if shutil.which("c++") is None:
        print("SKIPPED: no C++ compiler")
        return tlc.SKIPPED
    chosen = [(side, rule) for side in SIDES if options.side in (None, side)
              for rule in rules.RULES + rules.COUNTED + rules.UNREACHED
              if (options.share == 1 or not rule.long)
              and (not options.only or any(part in rule.name for part in options.only))]
    tasks = share.of("rules", chosen, options.share)
    if any(side == "spec" for side, _ in tasks):
        explorer_objects()  # before the threads begin
    status, noticed, skipped = 0, 0, 0
    print("| left out of | rule | model | noticed | s |\n| --- | --- | --- | --- | ---: |")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for side, rule, problem, how, seconds in pool.map(try_one, tasks):
            print(f"| {side}/ | {rule.name} | {rule.model} | {problem or how or 'NOT NOTICED'} | "
                  f"{seconds:.1f} |", flush=True)
            if problem:
                status = 2
            elif how is None:
                status = max(status, 1)
            elif how.startswith(SKIPPED):
                skipped += 1
            else:
                noticed += 1
    print(f"\n{noticed} of {len(tasks)} were noticed, {skipped} skipped")
    return tlc.SKIPPED if skipped == len(tasks) else status


if __name__ == "__main__":
    sys.exit(main())
