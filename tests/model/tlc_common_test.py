#!/usr/bin/env python3
"""TLC with tla/RaftTrace.tla accepts and refuses the same short traces as the judge.

Usage: tlc_common_test.py COMMON_TRACES [TRACES]      so many for each thing that a trace can show
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

import tlc


def main(program, traces):
    tlc.class_path()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, folder, traces], check=True)
        paths = sorted(pathlib.Path(folder).iterdir())
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            verdicts = list(pool.map(tlc.judge, paths))
    different = 0
    for path, what in zip(paths, verdicts):
        expected = path.stem.split("-")[0]
        if what != expected:
            different += 1
            print(f"{path.stem}: TLC: {what}")
    print(f"{len(paths)} traces, {different} on which TLC and the judge differ")
    return 1 if different or not paths else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "2"))
