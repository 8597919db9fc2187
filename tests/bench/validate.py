#!/usr/bin/env python3
"""`raftcheck validate` on traces of 10^3 events and more, of many files, and TLC beside it.

Usage: validate.py RAFTCHECK LONG_TRACE [MOST]      MOST events, 10^6 unless it is said
Prints tables in Markdown.  Without TLC only our side is run.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "model"))
import tlc  # noqa: E402

EXAMPLE = ROOT.parent / "shared" / "data" / "etcd" / "example.ndjson"
RUNS = 3


def validate(raftcheck, files, *options):
    """Verdict and events of the first file, the whole time, the peak memory in MB; the best of some."""
    best = None
    for _ in range(RUNS):
        began = time.monotonic()
        with subprocess.Popen([raftcheck, "validate", "--json", *options, *files],
                              stdout=subprocess.PIPE, text=True) as process:
            report = json.loads(process.stdout.readline())
            process.stdout.read()
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = 0
        seconds = time.monotonic() - began
        if report["verdict"] != "accepted":
            sys.exit(f"{files[0]}: {report['verdict']}: {report['reason']}")
        if best is None or seconds < best[1]:
            best = (report, seconds, usage.ru_maxrss / 1024)
    return best


def lengths(raftcheck, long_trace, folder, most):
    print("| trace of one healthy run | events | MB | s | events/s | ns an event | peak MB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for title, options in (("ours", []), ("as etcd writes it, no header", ["--etcd"])):
        events = 1000
        while events <= most:
            path = folder / "long.ndjson"
            subprocess.run([long_trace, str(events), path, *options], check=True)
            report, seconds, memory = validate(raftcheck, [path])
            count = report["events"]
            # This includes the start of the process; the judge reports its own seconds.
            judged = report["seconds"]
            print(f"| {title} | {count:,} | {path.stat().st_size / 1e6:,.1f} | {seconds:.3f} | "
                  f"{count / judged:,.0f} | {judged / count * 1e9:.0f} | {memory:.0f} |", flush=True)
            path.unlink()
            events *= 10


def example(raftcheck):
    if not EXAMPLE.exists():
        print("etcd's example is not beside this checkout: left out")
        return
    report, seconds, memory = validate(raftcheck, [EXAMPLE])
    print(f"etcd's example, {report['events']:,} events: judged in {report['seconds'] * 1e3:.1f} ms, "
          f"the whole process {seconds * 1e3:.1f} ms, {memory:.0f} MB")


def many_files(raftcheck, long_trace, folder):
    path = folder / "one.ndjson"
    subprocess.run([long_trace, "20000", path], check=True)
    files = [path] * 100
    one = validate(raftcheck, files, "--jobs", "1")[1]
    every = validate(raftcheck, files)[1]
    print(f"100 files of 20,000 events: {one:.2f} s on one core, {every:.2f} s on all "
          f"{os.cpu_count()}: {one / every:.2f} times as fast")


def beside_tlc(raftcheck, long_trace, folder):
    if not tlc.found():
        print("no TLC: without it")
        return
    for events in (300, 1000):
        path = folder / "short.ndjson"
        subprocess.run([long_trace, str(events), path], check=True)
        began = time.monotonic()
        verdict = tlc.judge(raftcheck, path, timeout=3600)
        theirs = time.monotonic() - began
        if verdict != "accepted":
            sys.exit(f"TLC is not content: {verdict}")
        report, ours, _ = validate(raftcheck, [path])
        print(f"{report['events']:,} events: TLC with tla/RaftTrace.tla {theirs:.1f} s, "
              f"raftcheck {ours * 1e3:.1f} ms: {theirs / ours:,.0f} times as fast", flush=True)


def main(raftcheck, long_trace, most):
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        lengths(raftcheck, long_trace, folder, most)
        print()
        example(raftcheck)
        many_files(raftcheck, long_trace, folder)
        beside_tlc(raftcheck, long_trace, folder)
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000))
