#!/usr/bin/env python3
"""TLC finds no violation in the models of tla/, as many states as their .cfg says, and every goal.

`raftcheck model` must find the same numbers (tests/exhaustive/models_test.cc): distinct states, states
generated, depth.  One worker, since with several TLC's depth is not exact.

Usage: tlc_model_test.py MODEL.cfg...   The `Goals` configurations are those to be refuted.
"""
import re
import sys

import tlc

FOUND = {
    "distinct states": re.compile(r"(\d+) distinct states found, 0 states left on queue"),
    "states generated": re.compile(r"^(\d+) states generated, \d+ distinct states found, 0 states",
                                   re.MULTILINE),
    "depth": re.compile(r"The depth of the complete state graph search is (\d+)"),
}
GOAL = re.compile(r"^    (Never\w+)$", re.MULTILINE)


def check_model(name):
    config = tlc.TLA / name
    text = config.read_text(encoding="utf-8")
    jvm = tlc.QUICK if "Smoke" in name else tlc.LONG
    output = tlc.run("MCRaft", config, workers="1", timeout=7200, jvm=jvm)
    problems = []
    for what, pattern in FOUND.items():
        pinned = re.search(rf"^\\\* {what}: (\d+)$", text, re.MULTILINE)
        found = pattern.search(output)
        if not pinned:
            problems.append(f"{name}: has no line `\\* {what}: N`")
        elif "No error has been found" not in output or not found:
            return [f"{name}: TLC is not content:\n{output[-3000:]}"]
        elif found.group(1) != pinned.group(1):
            problems.append(f"{name}: {what}: {found.group(1)}, expected {pinned.group(1)}")
        else:
            print(f"{name}: {what}: {found.group(1)}", flush=True)
    return problems


def check_goals(name):
    """One run per goal, because TLC stops at the first goal that it refutes."""
    text = (tlc.TLA / name).read_text(encoding="utf-8")
    goals = GOAL.findall(text)
    if not goals:
        return [f"{name}: names no goal"]
    problems = []
    for goal in goals:
        alone = text
        for other in goals:
            if other != goal:
                alone = alone.replace(f"    {other}\n", "")
        alone = re.sub(r"^(INVARIANTS|PROPERTIES)\n(?!    )", "", alone, flags=re.MULTILINE)
        output = tlc.run("MCRaft", alone, workers="2")
        if not re.search(rf"(Invariant|Action property) {goal} is violated", output):
            problems.append(f"{name}: {goal} is not refuted:\n{output[-3000:]}")
        else:
            print(f"{name}: {goal} is refuted")
    return problems


def main(names):
    tlc.class_path()
    problems = []
    for name in names:
        problems += check_goals(name) if "Goals" in name else check_model(name)
    for problem in problems:
        print(problem)
    return 1 if problems or not names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
