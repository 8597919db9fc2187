#!/usr/bin/env python3
"""The models of tla/, by TLC and by `raftcheck model`, two workers each: counts, times, the ratio.

Usage: models.py RAFTCHECK [MODEL.cfg...]      all models of tla/ unless some are named
Without TLC only our side is run.  Prints a table in Markdown.
"""
import json
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "model"))
import tlc  # noqa: E402

WORKERS = 2
TOTALS = re.compile(r"^(\d+) states generated, (\d+) distinct states found, 0 states left",
                    re.MULTILINE)
DEPTH = re.compile(r"^The depth of the complete state graph search is (\d+)\.", re.MULTILINE)


def models():
    return sorted(path.name for path in tlc.TLA.glob("MCRaft*.cfg") if "Goals" not in path.name)


def ours(raftcheck, name):
    """The fastest of three runs, because a single run is short."""
    best = None
    for _ in range(3):
        done = subprocess.run([raftcheck, "model", "--config", str(tlc.TLA / name), "--json",
                               "--workers", str(WORKERS)],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{name}: raftcheck says {done.returncode}:\n{done.stdout}{done.stderr}")
        result = json.loads(done.stdout)
        if best is None or result["seconds"] < best["seconds"]:
            best = result
    return best


def theirs(name):
    began = time.monotonic()
    output = tlc.run("MCRaft", tlc.TLA / name, workers=str(WORKERS), timeout=7200)
    seconds = time.monotonic() - began
    totals = TOTALS.search(output)
    if not totals or "No error has been found" not in output:
        sys.exit(f"{name}: TLC is not content:\n{output[-3000:]}")
    return {"generated": int(totals.group(1)), "distinct": int(totals.group(2)),
            "depth": int(DEPTH.search(output).group(1)), "seconds": seconds}


def main(raftcheck, names):
    with_tlc = bool(tlc.found())
    if not with_tlc:
        print("no TLC: without it\n")
    print("| model | distinct | generated | depth | ours, s | distinct/s | TLC, s | distinct/s | "
          "ratio |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    different = 0
    for name in names or models():
        mine = ours(raftcheck, name)
        rate = mine["distinct"] / mine["seconds"]
        row = [name.removesuffix(".cfg"), f"{mine['distinct']:,}", f"{mine['generated']:,}",
               str(mine["depth"]), f"{mine['seconds']:.2f}", f"{rate:,.0f}"]
        if with_tlc:
            other = theirs(name)
            # The depth is not compared here: TLC is inexact with several workers.  tests/model
            # compares it with one worker.
            if any(other[key] != mine[key] for key in ("distinct", "generated")):
                row[0] += f" DIFFERS (TLC {other['distinct']:,}, {other['generated']:,})"
                different += 1
            other_rate = other["distinct"] / other["seconds"]
            row += [f"{other['seconds']:.1f}", f"{other_rate:,.0f}", f"{rate / other_rate:.0f}"]
        else:
            row += ["-"] * 3
        print("| " + " | ".join(row) + " |", flush=True)
    return 1 if different else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
