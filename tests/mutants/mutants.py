#!/usr/bin/env python3
"""Seeds each bug of tests/mutants/*.patch in a copy of the sources, builds it, and hunts it.

A patch begins with lines `Key: value` (Id, Title, Source, and `Core: yes` for those that every test
run hunts); the diff follows.  `raftcheck check`
runs with its default settings on the mutated binary and must find something; the table says which
property was broken or which action refused, after how many schedules, and how long the shrunk
schedule is.  With --baseline the unmutated binary runs --factor times as many schedules as a
default run has and must find nothing.

Exit status: 0 all mutants died, 1 one survived (or the baseline did not), 2 a patch does not apply or
build.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
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


def hunt(binary, out, seed):
    began = time.monotonic()
    command = [str(binary), "check", "--json", "--out", str(out)]
    if seed is not None:
        command += ["--seed", str(seed)]
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
            row.update(hunt(build_dir / "raftcheck", scratch / "out" / patch.stem, options.seed))
        run(["patch", "-p1", "--batch", "-R", "-i", str(patch)], cwd=workdir)
        rows.append(row)
        print(f"  {row['id']}: {outcome(row)}", file=sys.stderr, flush=True)
    return rows


def died(row):
    return "error" not in row and row.get("exit") == 1 and row.get("violations", 0) > 0


def outcome(row):
    if "error" in row:
        return row["error"].splitlines()[0]
    if not died(row):
        return f"SURVIVED (exit {row.get('exit')}) {row.get('stderr', '')[:200]}"
    return f"caught by {row.get('caught_by')} after {row.get('first_failure')} schedules"


def table(rows):
    lines = ["| mutant | what | caught by | schedules | shrunk to | seconds |",
             "|---|---|---|---|---|---|"]
    for row in sorted(rows, key=lambda r: r["id"]):
        if died(row):
            cells = [row.get("caught_by", "?"), str(row.get("first_failure", "?")),
                     f"{row.get('shrunk_actions', '?')} actions", f"{row['seconds_all']:.1f}"]
        else:
            cells = [outcome(row), "-", "-", "-"]
        lines.append(f"| {row['id']} | {row.get('title', '')} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="mutants to run, by id (default: all)")
    parser.add_argument("--core", action="store_true", help="only those marked `Core: yes`")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, help="of raftcheck check (default: its own default)")
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
    if any("error" in row for row in rows):
        for row in rows:
            if "error" in row:
                print(f"{row['id']}: {row['error']}", file=sys.stderr)
        return 2
    return 0 if all(died(row) for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
