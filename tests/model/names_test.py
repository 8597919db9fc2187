#!/usr/bin/env python3
"""spec/ and tla/ have the same names, so neither can grow without the other.

An action is an operator that a next-state relation of Raft.tla or Receive tries; in C++ it is a
function that returns an Outcome.  RaftState declares the variables; their C++ names are in
snake_case.  RaftProperties states the properties and goals; the lists of model_properties.h name
them in C++.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# The C++ header that corresponds to each module.
TWIN = {"RaftNetwork": "raft_network.h", "RaftDurability": "raft_durability.h",
        "RaftMembership": "raft_membership.h", "RaftLeases": "raft_leases.h",
        "RaftElection": "raft_election.h",
        "RaftReplication": "raft_replication.h", "RaftSnapshot": "raft_snapshot.h",
        "RaftTransfer": "raft_transfer.h", "RaftReads": "raft_reads.h", "Raft": "raft.h"}

# C++ functions that return an Outcome and are no action, with the reason.
NO_ACTION = {
    "HandOver": "a Persist of the TLA+ text is HandOver and Persist",
    "Handle": "the last disjuncts of Receive, by the type of the message",
    "IsDiskAfterCrash": "a guard: disk \\in DisksAfterCrash(i) of RaftDurability",
    "IsOfOwnTerm": "a guard that handlers share",
    "MayIgnoreVoteRequest": "the guard of IgnoreVoteRequest",
    "IsFree": "a guard: ~UnderPromise of RaftLeases",
    "NeedNotIgnore": "a guard: ~MustIgnoreVoteRequest of RaftElection",
    "ServeUnderLease": "what a trace shows of ServeRead under a lease",
    "MayAsk": "a guard: MayAsk of RaftElection",
    "MayCampaign": "a guard: MayCampaign of RaftMembership",
}
# Operators of RaftProperties that are not properties themselves.
NO_PROPERTY = {"Holds", "Restarts"}
# Properties that other modules state: TypeOK is in RaftState.
ELSEWHERE = {"TypeOK"}


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def body(source, name):
    """The right side of a definition: it ends before the next line that is not indented."""
    match = re.search(rf"^{name}(?:\(.*?\))? ==\n?(.*?)(?=^\S)", source, re.MULTILINE | re.DOTALL)
    return match.group(1) if match else ""


def snake(name):
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: "_" + found.group(1).lower(), name)


def operators(source):
    return set(re.findall(r"^([A-Z]\w*)(?:\(.*?\))? ==", source, re.MULTILINE))


def actions():
    raft = text("tla/Raft.tla")
    relations = [name for name in operators(raft) if name.endswith("Next")] + ["Receive"]
    tried = set()
    for name in relations:
        tried |= set(re.findall(r"\b([A-Z]\w+)\(", body(raft, name)))
    return tried - {"Receive", "Len", "DisksAfterCrash", "ChangesOf", "Contexts", "Max"}


def home(action):
    for module in TWIN:
        if re.search(rf"^{action}\(.*\) ==", text(f"tla/{module}.tla"), re.MULTILINE):
            return module
    return None


def check_actions(problems):
    found = actions()
    if len(found) < 39:
        problems.append(f"only {len(found)} actions found in tla/Raft.tla: {sorted(found)}")
    for action in sorted(found):
        module = home(action)
        if module is None:
            problems.append(f"action {action}: no module of tla/ defines it")
        elif not re.search(rf"^Outcome {action}\(", text(f"spec/{TWIN[module]}"), re.MULTILINE):
            problems.append(f"action {action} of tla/{module}.tla: no function `Outcome {action}("
                            f"` in spec/{TWIN[module]}")
    for header in sorted(set(TWIN.values())):
        for name in re.findall(r"^Outcome (\w+)\(", text(f"spec/{header}"), re.MULTILINE):
            if name not in found and name not in NO_ACTION:
                problems.append(f"spec/{header}: {name} is an action that Raft.tla does not try")
    names = re.search(r"kNames = \{(.*?)\};", text("spec/model/mc_raft.cc"), re.DOTALL).group(1)
    listed = set(re.findall(r'"(\w+)"', names)) - {"Handle"}
    for name in sorted(found ^ listed):
        problems.append(f"action {name}: in only one of tla/Raft.tla and ActionName (mc_raft.cc)")
    return len(found)


def check_variables(problems):
    declared = re.search(r"^VARIABLES\n(.*?)\n\n", text("tla/RaftState.tla"),
                         re.MULTILINE | re.DOTALL).group(1)
    variables = re.findall(r"\w+", re.sub(r"\\\*.*", "", declared))
    if len(variables) < 20:
        problems.append(f"only {len(variables)} variables found: {variables}")
    state = text("spec/raft_state.h") + text("spec/raft_network.h")
    for variable in variables:
        if not re.search(rf"\b{snake(variable)}\b", state):
            problems.append(f"variable {variable}: no {snake(variable)} in spec/raft_state.h")
    server = re.search(r"struct BasicServerState \{(.*?)^\};", text("spec/raft_state.h"),
                       re.DOTALL | re.MULTILINE).group(1)
    for field in re.findall(r"^  (?! )[\w:<> ,]+ (\w+)(?:\{\}| =|;)", server, re.MULTILINE):
        if field not in {snake(name) for name in variables} and field not in {"Number", "Set"}:
            problems.append(f"spec/raft_state.h: {field} is no variable of tla/RaftState.tla")
    return len(variables)


def check_properties(problems):
    stated = operators(text("tla/RaftProperties.tla")) - NO_PROPERTY
    stated = {name for name in stated if not name.endswith("Step")} | ELSEWHERE
    listed = set(re.findall(r'Property<View>\{"(\w+)"', text("spec/model/model_properties.h")))
    if len(stated) < 25:
        problems.append(f"only {len(stated)} properties found: {sorted(stated)}")
    for name in sorted(stated ^ listed):
        problems.append(f"property {name}: in only one of RaftProperties.tla and the lists of "
                        f"spec/model/model_properties.h")
    return len(stated)


def check_constants(problems):
    """A .cfg assigns all constants of both modules, and mc_raft.cc must read all of them."""
    names = []
    for module in ("RaftTypes", "MCRaft"):
        declared = re.search(r"^CONSTANTS\n(.*?)\n\n", text(f"tla/{module}.tla"),
                             re.MULTILINE | re.DOTALL).group(1)
        names += re.findall(r"\w+", re.sub(r"\\\*.*", "", declared))
    taken = set(re.findall(r'(?:Take|Truth|Number|Names|SubsetOfServer)\("(\w+)"',
                           text("spec/model/mc_raft.cc")))
    for name in sorted(set(names) ^ taken):
        problems.append(f"constant {name}: in only one of tla/ and spec/model/mc_raft.cc")
    return len(names)


def main():
    problems = []
    counts = (check_actions(problems), check_variables(problems), check_properties(problems),
              check_constants(problems))
    for problem in problems:
        print(problem)
    print("%d actions, %d variables, %d properties and goals, %d constants" % counts)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
