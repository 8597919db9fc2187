"""Models of tla/ with smaller constants, so that any evaluator can explore them.

All evaluators must find the same number of states.
"""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
TLA = ROOT / "tla"

# Name, the model that it is derived from, and the constants that differ.
SMALL = [
    ("core", "MCRaftSmoke", {}),
    ("two terms", "MCRaftSmoke", {"MaxTerm": 2, "MaxLogLength": 0, "MaxCopies": 1}),
    ("elections", "MCRaftElections", {"MaxTerm": 1, "MaxLogLength": 0, "MaxCopies": 1}),
    ("membership", "MCRaftMembership", {"MaxTerm": 1, "MaxLogLength": 1}),
    ("no validation", "MCRaftMembership", {"Server": "{s1}", "Joiners": "{}", "Learners": "{}",
                                           "MaxTerm": 1, "ValidatesChanges": "FALSE"}),
    ("joint", "MCRaftJoint", {"Server": "{s1, s2}", "Targets": "{{s2}}", "MaxLogLength": 1}),
    ("snapshot", "MCRaftSnapshot", {"Value": "{}", "MaxTerm": 1, "MaxLogLength": 1}),
    ("transfer", "MCRaftTransfer", {"MaxTerm": 1, "MaxCopies": 1}),
    ("reads", "MCRaftReads", {"MaxTerm": 1}),
    ("everything", "MCRaftEverything", {"Server": "{s1}", "Joiners": "{}", "Targets": "{}"}),
]


def config(model, constants):
    """The text of a .cfg without the expected numbers, and without what some evaluators do not
    support: step properties and symmetry."""
    text = (TLA / f"{model}.cfg").read_text(encoding="utf-8")
    for name, value in constants.items():
        text, found = re.subn(rf"^    {name} = .*$", f"    {name} = {value}", text,
                              flags=re.MULTILINE)
        if not found:
            raise ValueError(f"{model}.cfg has no constant {name}")
    text = re.sub(r"^\\\*.*\n", "", text, flags=re.MULTILINE)
    return re.sub(r"^SYMMETRY .*\n|^PROPERTIES\n(    .*\n)+", "", text, flags=re.MULTILINE)
