#!/usr/bin/env python3
"""spec/ mirrors tla/ by name: each action, variable and property of the TLA+ text has its C++ twin.

An action is what Next or Receive tries; a variable, what RaftState declares (in snake_case there,
in spec/raft_state.h or, for the network's, raft_network.h); a property, what MCRaft.cfg checks.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Where the twin of a module's operators is.
TWIN = {"RaftNetwork": "raft_network.h", "RaftDurability": "raft_durability.h",
        "RaftElection": "raft_election.h", "RaftReplication": "raft_replication.h",
        "Raft": "raft.h"}
# Properties without a function of their own, and why.
NO_TWIN = {
    "TypeOK": "the types of C++ say it",
}


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def body(source, name):
    """The right side of a definition: up to the next thing that begins a line."""
    match = re.search(rf"^{name}(?:\(.*?\))? ==\n?(.*?)(?=^\S)", source, re.MULTILINE | re.DOTALL)
    return match.group(1) if match else ""


def snake(name):
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: "_" + found.group(1).lower(), name)


def actions():
    raft = text("tla/Raft.tla")
    tried = set(re.findall(r"\b([A-Z]\w+)\(", body(raft, "Next") + body(raft, "Receive")))
    tried -= {"Receive", "Len", "DisksAfterCrash"}
    return tried


def home(action):
    for module in TWIN:
        if re.search(rf"^{action}\(.*\) ==", text(f"tla/{module}.tla"), re.MULTILINE):
            return module
    return None


def main():
    problems = []
    found = actions()
    if len(found) < 20:
        problems.append(f"only {len(found)} actions found in tla/Raft.tla: {sorted(found)}")
    for action in sorted(found):
        module = home(action)
        if module is None:
            problems.append(f"action {action}: no module of tla/ defines it")
        elif not re.search(rf"^Outcome {action}\(", text(f"spec/{TWIN[module]}"), re.MULTILINE):
            problems.append(f"action {action} of tla/{module}.tla: no function `Outcome {action}("
                            f"` in spec/{TWIN[module]}")

    declared = re.search(r"^VARIABLES\n(.*?)\n\n", text("tla/RaftState.tla"),
                         re.MULTILINE | re.DOTALL).group(1)
    variables = re.findall(r"\w+", re.sub(r"\\\*.*", "", declared))
    if len(variables) < 14:
        problems.append(f"only {len(variables)} variables found: {variables}")
    state = text("spec/raft_state.h") + text("spec/raft_network.h")
    for variable in variables:
        if not re.search(rf"\b{snake(variable)}\b", state):
            problems.append(f"variable {variable}: no {snake(variable)} in spec/raft_state.h")

    config = text("tla/MCRaft.cfg")
    checked = re.search(r"INVARIANTS\n(.*?)PROPERTIES\n(.*)", config, re.DOTALL)
    properties = re.findall(r"\w+", checked.group(1)) + re.findall(r"\w+", checked.group(2))
    if len(properties) < 10:
        problems.append(f"only {len(properties)} properties found: {properties}")
    twin = text("spec/raft_properties.h")
    for name in properties:
        if not re.search(rf"^{name} ==", text("tla/RaftProperties.tla") + text("tla/RaftState.tla"),
                         re.MULTILINE):
            problems.append(f"property {name} of MCRaft.cfg is not defined in tla/")
        if name not in NO_TWIN and not re.search(rf"\b{name}\(", twin):
            problems.append(f"property {name}: no function in spec/raft_properties.h")

    for problem in problems:
        print(problem)
    print(f"{len(found)} actions, {len(variables)} variables, {len(properties)} properties")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
