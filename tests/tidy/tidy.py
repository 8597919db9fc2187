#!/usr/bin/env python3
"""The rules of the house, as a test (design.md section 2, style.md habit 18): who may include whom,
words that would make a verdict depend on the machine, the size of files, paths of a machine."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# folder -> folders whose headers it may include (the longest matching prefix counts).
MAY_INCLUDE = {
    "raft/trace": {"raft/trace"},
    "raft": {"raft", "raft/trace"},
    "spec": {"spec"},
    "tracegen": {"tracegen", "raft", "raft/trace"},
    "conformance": {"conformance", "raft/trace", "spec"},
    "conformance/command": {"conformance", "conformance/command", "raft", "raft/trace", "spec",
                            "tracegen"},
}

# word -> (why it is banned, files that are its home)
BANNED = {
    r"std::random_device|std::mt19937|_distribution\b": ("chance comes from raft/random.h", ()),
    r"system_clock|steady_clock|high_resolution_clock|gettimeofday|\btime\(nullptr\)":
        ("no clock may reach a trace or a verdict", ("conformance/command/",)),
    r"std::thread|std::async|std::jthread": ("one thread, but in the command and the explorer",
                                            ("conformance/command/", "spec/explorer/")),
    r"unordered_(map|set)": ("hash order must not leak", ("spec/raft_network.h", "spec/explorer/exact_states.h")),
    r"<cassert>|\bassert\(": ("a check that vanishes in release is no check", ()),
    r"nlohmann": ("no JSON in raft/ proper", ("raft/trace/", "conformance/")),
    r"rapidcheck": ("only generators and tests", ("tracegen/generator_rapidcheck", "tracegen/CMakeLists")),
}

LONG = 550  # lines; a file that is longer says why, in a comment with the words below
REASON = "One file, because"


def folder_of(path):
    for folder in sorted(MAY_INCLUDE, key=len, reverse=True):
        if path == folder or path.startswith(folder + "/"):
            return folder
    return None


def check_file(path, text, problems):
    folder = folder_of(path)
    for number, line in enumerate(text.splitlines(), 1):
        include = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if include and folder:
            target = folder_of(str(pathlib.PurePosixPath(include.group(1)).parent))
            if target is None:
                problems.append(f"{path}:{number}: include by a path from the root: {line.strip()}")
            elif target not in MAY_INCLUDE[folder]:
                problems.append(f"{path}:{number}: {folder}/ may not include {target}/")
        if folder:
            code = line.split("//")[0]
            for word, (why, homes) in BANNED.items():
                if re.search(word, code) and not path.startswith(tuple(homes) or ("\0",)):
                    problems.append(f"{path}:{number}: {why}: {line.strip()}")
        if re.match(r"\s*rc::check\(", line):
            problems.append(f"{path}:{number}: the result of rc::check is dropped: it cannot fail")
    lines = text.count("\n")
    if lines > LONG and REASON not in text:
        problems.append(f"{path}: {lines} lines; a second idea may be hiding (limit {LONG}, or say "
                        f"'{REASON} ...')")


def main():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        files = listed.stdout.splitlines()
    else:
        files = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file()]
    problems = []
    sources = [f for f in files if f.endswith((".cc", ".h")) and (ROOT / f).is_file()]
    for path in sources:
        check_file(path, (ROOT / path).read_text(), problems)
    here = [str(folder) + "/" for folder in (ROOT, pathlib.Path.home()) if len(folder.parts) > 1]
    for path in files:
        full = ROOT / path
        if full.is_file() and full.stat().st_size < 1 << 20:
            text = full.read_text(errors="replace")
            if any(folder in text for folder in here):
                problems.append(f"{path}: names a path of this machine")
    for problem in problems:
        print(problem)
    print(f"{len(sources)} source files, {len(problems)} problems")
    return 1 if problems or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
