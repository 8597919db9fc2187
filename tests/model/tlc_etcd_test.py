#!/usr/bin/env python3
"""etcd's own trace specification accepts traces of our library, by TLC.

It needs a TLC of today and the community modules, both in TLA2TOOLS_JAR.

Usage: tlc_etcd_test.py ETCD_TRACES       ETCD_TLA is the folder tla/ of github.com/etcd-io/raft
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import tlc


def verdict(path, tla):
    output = tlc.run("Traceetcdraft", pathlib.Path(tla, "Traceetcdraft.cfg"), "-lncheck", "final",
                     folder=tla, JSON=str(path))
    if "No error has been found" in output:
        return "accepted"
    reached = re.findall(r"^/\\ l = (\d+)", output, re.MULTILINE)
    return f"refused at line {reached[-1]}" if reached else output[-2000:]


def main(program):
    tlc.class_path()
    tla = os.environ.get("ETCD_TLA")
    if not tla or not os.environ.get("TLA2TOOLS_JAR"):
        print("SKIPPED: ETCD_TLA or TLA2TOOLS_JAR is not set")
        sys.exit(tlc.SKIPPED)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, folder], check=True)
        paths = sorted(pathlib.Path(folder).iterdir())
        events = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            verdicts = list(pool.map(lambda path: verdict(path, tla), paths))
    refused = [f"{path.name}: {what}" for path, what in zip(paths, verdicts) if what != "accepted"]
    print("\n".join(refused + [f"{len(paths)} traces, {events} events, {len(refused)} refused"]))
    return 1 if refused or not paths else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
