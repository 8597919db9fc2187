#!/usr/bin/env python3
"""Writes a TLA+ module and all modules of this folder that it extends as one text.

Some tools read one file only and want one declaration of variables; TLC reads the modules as they
are.  Usage: flatten.py MCRaft.tla > flat.tla
"""
import pathlib
import re
import sys

HEAD = re.compile(r"^-{4,} *MODULE +(\w+) *-{4,}$")
TAIL = re.compile(r"^={4,}$")
EXTENDS = re.compile(r"^EXTENDS +(.*)$")
VARIABLES = re.compile(r"^VARIABLES?\b(.*)$")


def without_comment(line):
    return line.split("\\*")[0]


class Flattener:
    def __init__(self, folder):
        self.folder = folder
        self.seen = set()
        self.foreign = []  # modules that are not in the folder: the standard ones
        self.variables = []
        self.body = []
        self.variables_at = None

    def add(self, path):
        lines = iter(path.read_text(encoding="utf-8").splitlines())
        for line in lines:
            if HEAD.match(line) or TAIL.match(line):
                continue
            if extends := EXTENDS.match(line):
                for name in re.split(r"[,\s]+", extends.group(1).strip()):
                    self.extend(name)
            elif first := VARIABLES.match(line):
                self.declare(first.group(1), lines)
            else:
                self.body.append(line)

    def extend(self, name):
        path = self.folder / f"{name}.tla"
        if name in self.seen:
            return
        self.seen.add(name)
        if path.exists():
            self.add(path)
        else:
            self.foreign.append(name)

    def declare(self, text, lines):
        """Takes a declaration, which ends at the first empty line."""
        for line in lines:
            if not line.strip():
                break
            text += " " + without_comment(line)
        if self.variables_at is None:
            self.variables_at = len(self.body)
        self.variables += [v for v in re.split(r"[,\s]+", text) if v]
        self.body.append("")

    def text(self, name):
        body = list(self.body)
        if self.variables_at is not None:
            body.insert(self.variables_at, "VARIABLES " + ", ".join(self.variables) + "\n")
        return "\n".join(
            [f"---- MODULE {name} ----", "EXTENDS " + ", ".join(self.foreign), *body, "====", ""])


def flatten(path):
    path = pathlib.Path(path)
    flattener = Flattener(path.parent)
    flattener.add(path)
    return flattener.text(path.stem)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.stdout.write(flatten(sys.argv[1]))
