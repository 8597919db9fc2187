#!/usr/bin/env python3
"""Checks the rules of this repository: which folder may include which (the table of
docs/architecture.md), words that would make a verdict depend on the machine, the size of files,
and paths of a machine."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

ARCHITECTURE = "docs/architecture.md"


def rules_of_the_page():
    """The table of docs/architecture.md that says which folder may include which; this test makes
    the code obey it.  Returns {folder: {folder or file, ...}}."""
    rules = {}
    text = (ROOT / ARCHITECTURE).read_text()
    table = text.split("<!-- include rules -->")[1].split("<!-- end -->")[0]
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        names = re.findall(r"`([^`]+)`", cells[0])
        if not line.startswith("|") or not names:
            continue
        folder = names[0].rstrip("/")
        rules[folder] = {folder} | {name.rstrip("/") for name in re.findall(r"`([^`]+)`", cells[1])}
    return rules


MAY_INCLUDE = rules_of_the_page()

# word -> (why it is banned, files that may use it)
BANNED = {
    r"std::random_device|std::mt19937|_distribution\b": ("chance comes from raft/random.h", ()),
    r"system_clock|steady_clock|high_resolution_clock|gettimeofday|\btime\(nullptr\)":
        ("no clock may reach a trace or a verdict",
         ("conformance/command/", "conformance/campaign/stopwatch.h")),
    r"std::thread|std::async|std::jthread":
        ("one thread, but in the command, the campaign and the explorer",
         ("conformance/command/", "conformance/campaign/", "spec/explorer/")),
    r"unordered_(map|set)": ("hash order must not leak",
                             ("spec/raft_network.h", "spec/explorer/exact_states.h")),
    r"<cassert>|\bassert\(": ("a check that vanishes in release is no check", ()),
    r"nlohmann": ("no JSON in raft/ proper", ("raft/trace/", "conformance/")),
    r"rapidcheck": ("only generators and tests", ("tracegen/generator/", "tracegen/CMakeLists")),
    r"OurImplementation": ("no implementation is a default",
                           ("tracegen/servers/", "conformance/command/main.cc")),
}

LONG = 550  # lines; a longer file gives the reason in a comment with the words below
REASON = "One file, because"


# What may be at the top level beside the folders of the page's first table.
AT_THE_TOP = {".ci", ".clang-format", ".clang-tidy", ".gitignore", ".github", "CMakeLists.txt",
              "CMakePresets.json", "LICENSE", "README.md", "docs", "run"}


def top_level(files):
    """Files at the top level that no rule allows, such as a committed download."""
    promised = {folder.split("/")[0] for folder in MAY_INCLUDE} | {"tests", "tla"}
    return sorted({path.split("/")[0] for path in files} - AT_THE_TOP - promised)


def folder_of(path):
    for folder in sorted(MAY_INCLUDE, key=len, reverse=True):
        if path == folder or path.startswith(folder + "/"):
            return folder
    return None


def check_file(path, text, problems):
    folder = folder_of(path)
    if folder is None and not path.startswith("tests/"):
        problems.append(f"{path}: no row of {ARCHITECTURE} says what this folder may include")
    if folder and str(pathlib.PurePosixPath(path).parent) != folder:
        problems.append(f"{path}: {ARCHITECTURE} makes no promise for this folder")
    for number, line in enumerate(text.splitlines(), 1):
        include = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if include and folder:
            target = folder_of(str(pathlib.PurePosixPath(include.group(1)).parent))
            if include.group(1) in MAY_INCLUDE[folder]:
                continue
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
    problems += [f"{name}: {ARCHITECTURE} knows nothing of it at the top level"
                 for name in top_level(files)]
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
