#!/usr/bin/env python3
"""Compares the tables of docs/spec_map.md with tla/, spec/, raft/, the events and the trace schema.

An operator of tla/ is an action if it determines the next value of a variable (by a prime or
UNCHANGED), or uses an operator that does.  Each has exactly one row: in the table of actions if a
next-state relation or Receive of Raft.tla tries it, otherwise in the table of parts.  RaftProperties
is left out, because its primes belong to step properties, which names_test.py compares.

Usage: spec_map_test.py [PAGE]    another page in place of docs/spec_map.md
Exit status: 0 all tables are right, 1 an error was found.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

MODULES = ("RaftTypes", "RaftState", "RaftNetwork", "RaftDurability", "RaftMembership", "RaftLeases",
           "RaftElection", "RaftReplication", "RaftSnapshot", "RaftTransfer", "RaftReads", "Raft")
ACTIONS = ["action (module)", "C++ twin", "library", "events", "source"]
PARTS = ["operator (module)", "part of"]
OTHER_EVENTS = ["event", "why"]
SOURCE = r"(dissertation|paper) \d+|etcd\b|none: "


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def names(cell):
    return re.findall(r"`([^`]+)`", cell)


def tables(page):
    """(column titles, rows) of each table, without the rows that have text in the first cell only."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        lines = [[cell.strip() for cell in line.strip().strip("|").split("|")]
                 for line in block.splitlines()]
        found.append((lines[0], [row for row in lines[2:] if any(row[1:])]))
    return found


def table(page, heads, problems):
    rows = [row for found, rows in tables(page) if found == heads for row in rows]
    if not rows:
        problems.append(f"no table with the columns {heads}")
    for row in rows:
        if len(row) != len(heads):
            problems.append(f"{row[0]}: {len(row)} columns, not {len(heads)}")
    return [row for row in rows if len(row) == len(heads)]


def definitions():
    """operator -> (module, its right side without comments)"""
    found = {}
    for module in MODULES:
        source = re.sub(r"\(\*.*?\*\)", "", text(f"tla/{module}.tla"), flags=re.DOTALL)
        source = re.sub(r"\\\*.*", "", source)
        for match in re.finditer(r"^([A-Z]\w*)(?:\([^)]*\))?\s*==(.*?)(?=^\S|\Z)", source,
                                 re.MULTILINE | re.DOTALL):
            found[match.group(1)] = (module, match.group(2))
    return found


def change_variables(defined):
    changing = {name for name, (_, body) in defined.items() if re.search(r"\w'|\bUNCHANGED\b", body)}
    while True:
        more = {name for name, (_, body) in defined.items()
                if name not in changing and changing & set(re.findall(r"\w+", body))}
        if not more:
            return changing
        changing |= more


def choosers(changing):
    """Operators that only choose among actions."""
    return {name for name in changing if name.endswith("Next")} | {"Receive", "Spec"}


def check_operators(rows, expected, defined, what, problems):
    seen = []
    for row in rows:
        match = re.fullmatch(r"`(\w+)` \(`(\w+)`\)", row[0])
        if not match:
            problems.append(f"{row[0]}: not of the form `operator` (`module`)")
            continue
        operator, module = match.groups()
        seen.append(operator)
        if operator not in defined:
            problems.append(f"{operator}: no module of tla/ defines it")
        elif defined[operator][0] != module:
            problems.append(f"{operator}: it is in {defined[operator][0]}, not in {module}")
    for operator in sorted(set(seen)):
        if seen.count(operator) > 1:
            problems.append(f"{operator}: {seen.count(operator)} rows")
    for operator in sorted(set(seen) ^ expected):
        if operator in expected:
            problems.append(f"{operator}: an operator of tla/{defined[operator][0]}.tla, and no row "
                            f"of the table of {what}")
        elif operator in defined:
            problems.append(f"{operator}: does not belong into the table of {what}")


def check_functions(operator, cell, folder, problems):
    """`f`, `g` in `file`; `h` in `file`: each is defined there."""
    if cell.startswith("none: "):
        return
    for part in cell.split(";"):
        match = re.fullmatch(r"\s*(`\w+`(?:, `\w+`)*) in `([\w/.]+)`\s*", part)
        if not match:
            problems.append(f"{operator}: not of the form `function` in `file`: {part.strip()}")
            continue
        path = match.group(2)
        if not path.startswith(folder) or not (ROOT / path).is_file():
            problems.append(f"{operator}: no file {path} in {folder}")
            continue
        for name in names(match.group(1)):
            # A definition begins its line and is neither a comment nor a directive.
            if not re.search(rf"^[^\s/#}}].*\b{name}\(", text(path), re.MULTILINE):
                problems.append(f"{operator}: {path} defines no {name}")


def event_names():
    listed = re.search(r"kEventNames = \{(.*?)\};", text("raft/trace/event.h"), re.DOTALL).group(1)
    return set(re.findall(r'"(\w+)"', listed))


def check_events(actions, others, problems):
    events = event_names()
    shown = {}
    for row in actions:
        operator = names(row[0])[0]
        shown[operator] = [] if row[3].startswith("none: ") else names(row[3])
        if not shown[operator] and not row[3].startswith("none: "):
            problems.append(f"{operator}: no event and no reason")
        for event in shown[operator]:
            if event not in events:
                problems.append(f"{operator}: raft/trace/event.h has no event {event}")
    of_actions = {event for listed in shown.values() for event in listed}
    without = [event for row in others for event in names(row[0])]
    for event in without:
        if event not in events:
            problems.append(f"events that are no action: raft/trace/event.h has no event {event}")
        if event in of_actions:
            problems.append(f"{event}: an action's event and no action's")
    for event in sorted(events - of_actions - set(without)):
        problems.append(f"{event}: an event of raft/trace/event.h that the page does not name")
    return shown


def check_schema(shown, problems):
    """If docs/trace_schema.md maps an event to an action, the row of the action lists the event."""
    pairs = 0
    for heads, rows in tables(text("docs/trace_schema.md")):
        if heads[0] != "event":
            continue
        for row in rows:
            # After the word "stutter" the cell names actions that other events represent.
            for operator in re.findall(r"\w+", row[1].split("stutter")[0]):
                if operator not in shown:
                    continue
                pairs += 1
                if names(row[0])[0] not in shown[operator]:
                    problems.append(f"{operator}: docs/trace_schema.md takes {row[0]} for it")
    if pairs < 40:
        problems.append(f"only {pairs} events with their actions found in docs/trace_schema.md")


def main():
    problems = []
    page = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8") if len(sys.argv) > 1 \
        else text("docs/spec_map.md")
    defined = definitions()
    changing = change_variables(defined)
    choose = choosers(changing)
    tried = set()
    for name in choose - {"Spec"}:
        tried |= changing & set(re.findall(r"\w+", defined[name][1]))
    tried -= choose
    if len(tried) < 39:
        problems.append(f"only {len(tried)} actions found in tla/Raft.tla: {sorted(tried)}")
    actions = table(page, ACTIONS, problems)
    parts = table(page, PARTS, problems)
    check_operators(actions, tried, defined, "actions", problems)
    check_operators(parts, changing - tried - choose, defined, "parts", problems)
    for row in actions:
        operator = names(row[0])[0]
        check_functions(operator, row[1], "spec/", problems)
        if operator not in names(row[1]):
            problems.append(f"{operator}: its twin has its name")
        check_functions(operator, row[2], "raft/", problems)
        if not re.match(SOURCE, row[4]):
            problems.append(f"{operator}: a source begins with dissertation, paper, etcd or none")
    for row in parts:
        for name in names(row[1]):
            if name not in defined:
                problems.append(f"{row[0]}: no module of tla/ defines {name}")
    check_schema(check_events(actions, table(page, OTHER_EVENTS, problems), problems), problems)
    for problem in problems:
        print(problem)
    print(f"{len(actions)} actions, {len(parts)} parts of actions, {len(event_names())} events")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
