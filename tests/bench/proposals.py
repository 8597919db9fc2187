#!/usr/bin/env python3
"""Proposals per second of our library and of etcd's, measured alternately in one run.

Usage: proposals.py PROPOSALS_BENCH

etcd's program is tests/bench/etcd/main.go, built with Debian's golang-go and golang-etcd-server-dev.
Without these packages only our library is measured, and the output says so.
"""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
GOPATH = "/usr/share/gocode"
ROUNDS = 5
PROPOSALS = 64 * 8000


def build_etcd(folder):
    """The path of the Go program, or the reason why there is none."""
    if not os.path.isdir(GOPATH + "/src/go.etcd.io/etcd/raft"):
        return None, "Debian's golang-etcd-server-dev is not installed"
    program = pathlib.Path(folder) / "etcd"
    environment = dict(os.environ, GO111MODULE="off", GOPATH=GOPATH, GOFLAGS="",
                       GOCACHE=str(pathlib.Path(folder) / "cache"))
    try:
        built = subprocess.run(["go", "build", "-o", str(program), str(HERE / "etcd" / "main.go")],
                               env=environment, capture_output=True, text=True)
    except FileNotFoundError:
        return None, "there is no Go (golang-go)"
    if built.returncode != 0:
        return None, "it does not build: " + built.stderr.strip().splitlines()[-1]
    return str(program), None


def rate(command):
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main():
    ours = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="raftcheck-bench-") as folder:
        etcd, why = build_etcd(folder)
        if etcd is None:
            print(f"etcd's side was NOT measured: {why}")
        print("proposals of 64 bytes, committed and applied by three nodes in one thread, a second")
        print(f"{'':22}{'ours':>12}{'etcd':>12}{'ratio':>8}{'with traces':>14}{'to NDJSON':>12}")
        for name, batch in (("one at a time", 1), ("in batches of 64", 64)):
            rates = {"off": [], "count": [], "ndjson": [], "etcd": []}
            for _ in range(ROUNDS):
                for traces in ("off", "count", "ndjson"):
                    amount = PROPOSALS // (1 if traces == "off" else 4)
                    rates[traces].append(rate([ours, str(amount), str(batch), traces]))
                if etcd is not None:
                    rates["etcd"].append(rate([etcd, str(PROPOSALS // 4), str(batch)]))
            middle = {k: statistics.median(v) if v else None for k, v in rates.items()}
            anchor = f"{middle['etcd']:12.0f}" if etcd else f"{'-':>12}"
            ratio = f"{middle['off'] / middle['etcd']:8.1f}" if etcd else f"{'-':>8}"
            print(f"{name:22}{middle['off']:12.0f}{anchor}{ratio}{middle['count']:14.0f}"
                  f"{middle['ndjson']:12.0f}")


if __name__ == "__main__":
    main()
