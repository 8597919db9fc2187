#!/usr/bin/env python3
"""TLC with tla/RaftTrace.tla accepts and refuses the same short traces as the judge.

Usage: tlc_common_test.py RAFTCHECK COMMON_TRACES [--each N] [--share N]
       --each: so many traces for each thing that one can show; --share: one Nth of them, by the commit
"""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

import share
import tlc


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("raftcheck")
    parser.add_argument("program")
    parser.add_argument("--each", type=int, default=1)
    parser.add_argument("--share", type=int, default=1)
    options = parser.parse_args()
    tlc.class_path()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([options.program, folder, str(options.each)], check=True)
        paths = share.of("traces", sorted(pathlib.Path(folder).iterdir()), options.share)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            verdicts = list(pool.map(lambda path: tlc.judge(options.raftcheck, path), paths))
    different = 0
    for path, what in zip(paths, verdicts):
        expected = path.stem.split("-")[0]
        if options.share > 1:
            print(f"{path.stem}: {what.splitlines()[0]}")
        if what != expected:
            different += 1
            print(f"{path.stem}: TLC: {what}")
    print(f"{len(paths)} traces, {different} on which TLC and the judge differ")
    return 1 if different or len(paths) * options.share < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
