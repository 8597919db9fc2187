#!/usr/bin/env python3
"""tla-checker with tla/RaftTrace.tla accepts and refuses the same short traces as the judge.

Usage: tla_checker_trace_test.py RAFTCHECK COMMON_TRACES [--share N]     one Nth of them, by the commit
"""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

import share
import tla_checker


def verdict(raftcheck, place, path):
    module = subprocess.run([raftcheck, "export", "--to", "tla", path], capture_output=True,
                            text=True, check=True).stdout
    answer = tla_checker.evaluate_trace(place, module)
    if answer["warnings"]:
        return str(answer)
    if answer["success"]:
        return "refused"
    return "accepted" if answer["error_message"] == "Invariant 0 violated" else str(answer)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("raftcheck")
    parser.add_argument("program")
    parser.add_argument("--share", type=int, default=1)
    options = parser.parse_args()
    place = tla_checker.folder()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([options.program, folder], check=True)
        paths = share.of("traces", sorted(pathlib.Path(folder).iterdir()), options.share)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            verdicts = list(pool.map(lambda path: verdict(options.raftcheck, place, path), paths))
    different = 0
    for path, what in zip(paths, verdicts):
        if options.share > 1:
            print(f"{path.stem}: {what}")
        if not path.stem.startswith(what):
            different += 1
            print(f"{path.stem}: tla-checker: {what}")
    print(f"{len(paths)} traces, {different} on which tla-checker and the judge differ")
    return 1 if different or len(paths) * options.share < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
