#!/usr/bin/env python3
"""Seeds each bug of tests/mutants/*.patch in a copy of the sources, builds it, and hunts it.

A patch begins with lines `Key: value` (Id, Title, Source, Published, and `Core: yes` for those that
every test run hunts); the diff follows.  `raftcheck check` runs with its default settings, on one
core, on the mutated binary and must find something, from each of --seeds seeds; the table says which
property was broken or which action refused, after how long and how many schedules, and how long the
shrunk schedule is.

Exit status: 0 all mutants died, 1 one survived, 2 a patch does not apply or build.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SOURCES = ["CMakeLists.txt", "raft", "spec", "tracegen", "conformance"]


def headers(patch):
    """The `Key: value` lines before the diff."""
    found = {}
    for line in patch.read_text().splitlines():
        if line.startswith(("---", "diff ")):
            break
        key, colon, value = line.partition(":")
        if colon:
            found[key.strip()] = value.strip()
    return found


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


def build(patch, workdir, build_dir):
    """Applies the patch to the copy in workdir and builds; the copy is restored by the caller."""
    applied = run(["patch", "-p1", "--batch", "--forward", "-i", str(patch)], cwd=workdir)
    if applied.returncode != 0:
        return "does not apply:\n" + applied.stdout + applied.stderr
    built = run(["cmake", "--build", str(build_dir), "--target", "raftcheck", "--", "--quiet"])
    if built.returncode != 0:
        return "does not build:\n" + built.stdout[-4000:] + built.stderr[-4000:]
    return None


def hunt(binary, out, seed, options):
    began = time.monotonic()
    command = [str(binary), "check", "--json", "--jobs", "1", "--seed", str(seed), "--out", str(out)]
    command += options.check
    hunted = run(command, timeout=900)
    verdict = {}
    for line in hunted.stdout.splitlines():
        try:
            verdict = json.loads(line)
        except json.JSONDecodeError:
            pass
    verdict["exit"] = hunted.returncode
    verdict["seconds_all"] = time.monotonic() - began
    verdict["stderr"] = hunted.stderr[-2000:]
    return verdict


def worker(patches, scratch, options):
    """One copy of the tree, one build folder; only what a patch touches is compiled again."""
    workdir = scratch / "tree"
    build_dir = scratch / "build"
    workdir.mkdir(parents=True)
    for name in SOURCES:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, workdir / name)
    configured = run(["cmake", "-G", "Ninja", "-S", str(workdir), "-B", str(build_dir),
                      "-DCMAKE_BUILD_TYPE=Release", "-DRAFTCHECK_TESTS=OFF"])
    if configured.returncode != 0:
        return [{"id": patch.stem, "error": configured.stderr} for patch in patches]
    rows = []
    for patch in patches:
        row = {"id": patch.stem, **{k.lower(): v for k, v in headers(patch).items()}}
        error = build(patch, workdir, build_dir)
        if error:
            row["error"] = error
        else:
            row["hunts"] = [hunt(build_dir / "raftcheck", scratch / "out" / patch.stem, seed, options)
                            for seed in range(1, options.seeds + 1)]
            if options.keep:
                shutil.copy2(build_dir / "raftcheck", pathlib.Path(options.keep) / patch.stem)
        run(["patch", "-p1", "--batch", "-R", "-i", str(patch)], cwd=workdir)
        rows.append(row)
        print(f"  {row['id']}: {outcome(row)}", file=sys.stderr, flush=True)
    return rows


def caught(verdict):
    return verdict.get("exit") == 1 and verdict.get("violations", 0) > 0


def died(row):
    return "error" not in row and all(caught(verdict) for verdict in row["hunts"])


def outcome(row):
    if "error" in row:
        return row["error"].splitlines()[0]
    for seed, verdict in enumerate(row["hunts"], 1):
        if not caught(verdict):
            return f"SURVIVED seed {seed} (exit {verdict.get('exit')}) {verdict['stderr'][:200]}"
    first = row["hunts"][0]
    slowest = max(verdict["first_failure_seconds"] for verdict in row["hunts"])
    return (f"caught by {first['caught_by']} after {first['first_failure']} schedules, "
            f"{slowest:.1f} s at most")


def middle(row, key):
    return statistics.median(verdict[key] for verdict in row["hunts"])


def table(rows):
    lines = ["| bug | what | caught by | schedules | seconds, median | most | shrunk to | published |",
             "|---|---|---|---|---|---|---|---|"]
    for row in sorted(rows, key=lambda r: r["id"]):
        if died(row):
            by = collections.Counter(v["caught_by"] for v in row["hunts"])
            cells = [", ".join(name for name, _ in by.most_common()),
                     f"{middle(row, 'first_failure'):.0f}",
                     f"{middle(row, 'first_failure_seconds'):.2f}",
                     f"{max(v['first_failure_seconds'] for v in row['hunts']):.2f}",
                     f"{middle(row, 'shrunk_actions'):.0f} actions"]
        else:
            cells = [outcome(row), "-", "-", "-", "-"]
        lines.append(f"| {row['id']} | {row.get('title', '')} | " + " | ".join(cells) +
                     f" | {row.get('published', '')} |")
    return "\n".join(lines)


def summary(rows):
    times = [v["first_failure_seconds"] for row in rows if died(row) for v in row["hunts"]]
    if not times:
        return "none died"
    dead = sum(died(row) for row in rows)
    return (f"{dead} of {len(rows)} dead; time to the first failure, on one core: "
            f"median {statistics.median(times):.2f} s, most {max(times):.1f} s, "
            f"all together {sum(times):.0f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="mutants to run, by id (default: all)")
    parser.add_argument("--core", action="store_true", help="only those marked `Core: yes`")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seeds", type=int, default=1, help="hunt each from so many seeds")
    parser.add_argument("--check", type=str.split, default=[], metavar="OPTIONS",
                        help="more options of raftcheck check, in one argument")
    parser.add_argument("--keep", metavar="DIR", help="keep the mutated binaries here")
    parser.add_argument("--json", action="store_true", help="one object a mutant, no table")
    options = parser.parse_args()

    patches = sorted(HERE.glob("*.patch"))
    if options.names:
        unknown = set(options.names) - {p.stem for p in patches}
        if unknown:
            parser.error(f"no such mutant: {', '.join(sorted(unknown))}")
        patches = [p for p in patches if p.stem in options.names]
    if options.core:
        patches = [p for p in patches if headers(p).get("Core") == "yes"]
    if options.keep:
        pathlib.Path(options.keep).mkdir(parents=True, exist_ok=True)
    jobs = max(1, min(options.jobs, len(patches)))
    print(f"seeding {len(patches)} mutants, {jobs} at a time", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="raftcheck-mutants-") as scratch:
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            parts = [pool.submit(worker, patches[k::jobs], pathlib.Path(scratch) / str(k), options)
                     for k in range(jobs)]
            rows = [row for part in parts for row in part.result()]
    if options.json:
        for row in rows:
            print(json.dumps(row))
    else:
        print(table(rows))
        print("\n" + summary(rows))
    if any("error" in row for row in rows):
        for row in rows:
            if "error" in row:
                print(f"{row['id']}: {row['error']}", file=sys.stderr)
        return 2
    return 0 if all(died(row) for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
