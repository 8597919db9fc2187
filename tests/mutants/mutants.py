#!/usr/bin/env python3
"""Seeds each bug of tests/mutants/*.patch in the finished build in build/, and hunts it.

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
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "model"))
import share  # noqa: E402  (it lies beside the tests of the models)


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


class Builder:
    """Compiles only what a patch changes, and links it before the libraries of a finished build:
    an object file that comes first hides the one in the archive."""

    def __init__(self, build_dir):
        self.build_dir = build_dir
        compdb = run(["ninja", "-C", str(build_dir), "-t", "compdb"])
        commands = run(["ninja", "-C", str(build_dir), "-t", "commands", "raftcheck"])
        deps = run(["ninja", "-C", str(build_dir), "-t", "deps"])
        for asked in (compdb, commands, deps):
            if asked.returncode != 0:
                raise SystemExit(f"{build_dir} is no finished build: {asked.stderr}")
        self.compile = {}  # source -> command
        for entry in json.loads(compdb.stdout):
            source = pathlib.Path(entry["file"])
            if source.suffix == ".cc" and "/tests/" not in str(source):
                self.compile[source.relative_to(ROOT)] = shlex.split(entry["command"])
        self.link = shlex.split(commands.stdout.strip().splitlines()[-1])
        self.includes = collections.defaultdict(set)  # source -> the files that it includes
        current = set()
        for line in deps.stdout.splitlines():
            if not line.startswith(" "):
                current = set()
                continue
            path = pathlib.Path(line.strip())
            if not path.is_absolute():
                path = (self.build_dir / path).resolve()
            if path.is_relative_to(ROOT):
                path = path.relative_to(ROOT)
                if path in self.compile and not current:
                    current = self.includes[path]
                current.add(path)

    def touched(self, patch):
        return {pathlib.Path(line[6:].split("\t")[0]) for line in patch.read_text().splitlines()
                if line.startswith("+++ b/")}

    def build(self, patch, place):
        """Writes the binary to place/raftcheck; returns an error message, or None."""
        touched = self.touched(patch)
        for name in touched:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)
        applied = run(["patch", "-p1", "--batch", "--forward", "-i", str(patch)], cwd=place)
        if applied.returncode != 0:
            return "does not apply:\n" + applied.stdout + applied.stderr
        objects = []
        for source in sorted(self.compile):
            if not touched & self.includes[source]:
                continue
            compiled = place / f"{len(objects)}.o"
            command = list(self.compile[source])
            at = place / source if source in touched else ROOT / source
            command[command.index("-c") + 1] = str(at)
            command[command.index("-o") + 1] = str(compiled)
            command[command.index("-MF") + 1] = str(compiled) + ".d"
            # Before all other include folders, but after the compiler and its launcher.
            first = next(k for k, word in enumerate(command) if word.startswith("-"))
            command.insert(first, f"-I{place}")
            built = run(command, cwd=self.build_dir)
            if built.returncode != 0:
                return "does not build:\n" + built.stderr[-4000:]
            objects.append(str(compiled))
        link = list(self.link)
        output = link.index("-o")
        link[output + 1] = str(place / "raftcheck")
        link[output:output] = objects
        linked = run(["sh", "-c", shlex.join(link).replace("'&&'", "&&")], cwd=self.build_dir)
        if linked.returncode != 0:
            return "does not link:\n" + linked.stderr[-4000:]
        return None


def hunt(binary, out, seed, options):
    began = time.monotonic()
    command = [str(binary), "check", "--json", "--jobs", "1", "--seed", str(seed), "--out", str(out),
               "--time", "60s", "--failures", "1"]
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


def seed_and_hunt(builder, patch, place, options):
    row = {"id": patch.stem, **{k.lower(): v for k, v in headers(patch).items()}}
    place.mkdir()
    error = builder.build(patch, place)
    if error:
        row["error"] = error
    else:
        if options.keep:
            shutil.copy2(place / "raftcheck", pathlib.Path(options.keep) / patch.stem)
        row["hunts"] = [] if options.build_only else [
            hunt(place / "raftcheck", place / "out", seed, options)
            for seed in range(1, options.seeds + 1)]
    shutil.rmtree(place)
    print(f"  {row['id']}: {outcome(row)}", file=sys.stderr, flush=True)
    return row


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
    if not row["hunts"]:
        return "built"
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
    parser.add_argument("--share", type=int, default=1, metavar="N",
                        help="one in N of them, which the commit chooses")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seeds", type=int, default=1, help="hunt each from so many seeds")
    parser.add_argument("--check", type=str.split, default=[], metavar="OPTIONS",
                        help="more options of raftcheck check, in one argument")
    parser.add_argument("--build-only", action="store_true", help="do not hunt; for --keep")
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
    patches = share.of("mutants", patches, options.share)
    if options.keep:
        pathlib.Path(options.keep).mkdir(parents=True, exist_ok=True)
    jobs = max(1, min(options.jobs, len(patches)))
    print(f"seeding {len(patches)} mutants, {jobs} at a time", file=sys.stderr, flush=True)
    builder = Builder(ROOT / "build")
    with tempfile.TemporaryDirectory(prefix="raftcheck-mutants-") as scratch:
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            rows = list(pool.map(
                lambda patch: seed_and_hunt(builder, patch, pathlib.Path(scratch) / patch.stem,
                                            options), patches))
    if options.build_only:
        return 2 if any("error" in row for row in rows) else 0
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
