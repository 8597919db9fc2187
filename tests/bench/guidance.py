#!/usr/bin/env python3
"""Does guidance pay?  The same hunts and the same runs, guided and not, on one core each.

Two things are compared: how soon the mutants that are hard to find are found (those named on the
command line, or all), from several seeds; and how many abstract states of the model (and steps in
them) a run over the unmutated library shows, by CPU time.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "mutants"))
import mutants  # noqa: E402

WAYS = {"unguided": [], "guided": ["--guided"]}


def check(binary, options, out):
    command = [str(binary), "check", "--json", "--jobs", "1", "--out", str(out)] + options
    done = subprocess.run(command, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def hunts(binaries, seeds, limit, out):
    """mutant -> way -> seconds to the first failure for each seed; the time limit if none was found."""
    found = {name: {way: [] for way in WAYS} for name in binaries}

    def hunt(job):
        name, way, seed = job
        verdict = check(binaries[name], WAYS[way] + ["--seed", str(seed), "--time", f"{limit}s",
                                                     "--failures", "1"], out / f"{name}{way}{seed}")
        return job, verdict.get("first_failure_seconds", limit)

    jobs = [(name, way, seed) for name in binaries for way in WAYS for seed in range(1, seeds + 1)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (name, way, _), seconds in pool.map(hunt, jobs):
            found[name][way].append(seconds)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="mutants (default: all)")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--limit", type=int, default=60, help="seconds of a hunt, at most")
    parser.add_argument("--coverage", type=int, default=30, help="seconds of a coverage run")
    options = parser.parse_args()
    patches = sorted((ROOT / "tests" / "mutants").glob("*.patch"))
    if options.names:
        patches = [patch for patch in patches if patch.stem in options.names]
    builder = mutants.Builder(ROOT / "build")
    with tempfile.TemporaryDirectory(prefix="raftcheck-guidance-") as scratch:
        place = pathlib.Path(scratch)
        binaries = {}
        for patch in patches:
            (place / patch.stem).mkdir()
            error = builder.build(patch, place / patch.stem)
            if error:
                sys.exit(f"{patch.stem}: {error}")
            binaries[patch.stem] = place / patch.stem / "raftcheck"
        found = hunts(binaries, options.seeds, options.limit, place / "out")

        print(f"| mutant | unguided, median s | guided, median s | of {options.seeds} seeds found |")
        print("|---|---|---|---|")
        for name, ways in found.items():
            cells = [f"{statistics.median(ways[way]):.2f}" for way in WAYS]
            both = ", ".join(str(sum(s < options.limit for s in ways[way])) for way in WAYS)
            print(f"| {name} | {cells[0]} | {cells[1]} | {both} |")
        for way in WAYS:
            times = [s for ways in found.values() for s in ways[way]]
            print(f"\n{way}: {sum(s < options.limit for s in times)} of {len(times)} hunts found it, "
                  f"{sum(times):.0f} CPU seconds in all, median {statistics.median(times):.2f} s")
        print("\n| run over the unmutated library | schedules | events | abstract states | steps |")
        print("|---|---|---|---|---|")
        for way, more in WAYS.items():
            for seconds in (options.coverage // 3, options.coverage):
                summary = check(ROOT / "build" / "raftcheck",
                                more + ["--coverage", "--time", f"{seconds}s"], place / "out")
                print(f"| {way}, {seconds} s | {summary['schedules']:,} | {summary['events']:,} | "
                      f"{summary['abstract_states']:,} | {summary['abstract_steps']:,} |")


if __name__ == "__main__":
    main()
