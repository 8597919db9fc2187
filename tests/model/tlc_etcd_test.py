#!/usr/bin/env python3
"""etcd's own trace specification accepts traces of our library, by TLC.

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
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            ["java", "-XX:+UseParallelGC", "-cp", tlc.class_path(), "tlc2.TLC", "-workers", "1",
             "-lncheck", "final", "-metadir", scratch, "-noGenerateSpecTE",
             "-config", "Traceetcdraft.cfg", "Traceetcdraft.tla"],
            cwd=tla, env=dict(os.environ, JSON=str(path)), capture_output=True, text=True,
            timeout=600, check=False)
    if "No error has been found" in done.stdout:
        return "accepted"
    reached = re.findall(r"^/\\ l = (\d+)", done.stdout, re.MULTILINE)
    return f"refused at line {reached[-1]}" if reached else done.stdout[-2000:]


def main(program):
    tlc.class_path()
    tla = os.environ.get("ETCD_TLA")
    if not tla:
        print("SKIPPED: ETCD_TLA is not set")
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
