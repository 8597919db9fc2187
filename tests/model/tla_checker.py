"""Evaluates tla/ with tla-checker, a second evaluator of TLA+ beside TLC.

`./run test` installs it into build/tla-checker with npm, in the version that tla-checker/ pins.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import small_models

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(small_models.TLA))
import flatten  # noqa: E402

CONSTANTS = re.compile(r"^CONSTANTS\n(?:    .*\n)+", re.MULTILINE)
EXTENDS = re.compile(r"^(EXTENDS .*\n)", re.MULTILINE)
EVENTS = re.compile(r"^TraceEvents == (.*?)^$", re.MULTILINE | re.DOTALL)
HEADERS = re.compile(r"^TraceHeaders == (.*)$", re.MULTILINE)
TICKS = re.compile(r"electionTicks \|-> (\d+)")
GIVEN = re.compile(r"^    (\w+) (?:<-|=) (.+)$", re.MULTILINE)

SKIPPED = 77  # ctest treats this as "skipped": tests/model/CMakeLists.txt


def folder():
    """The folder of tla-checker; ends the test if it is not installed."""
    place = small_models.ROOT / "build" / "tla-checker"
    if not (place / "node_modules" / "tla-checker").is_dir():
        print(f"SKIPPED: no tla-checker in {place}; ./run test installs it, where there is npm")
        sys.exit(SKIPPED)
    return place


def evaluate(place, config, tla=small_models.TLA):
    """The answer for MCRaft in the folder `tla`, with the .cfg given as text."""
    return evaluate_text(place, config, flatten.flatten(pathlib.Path(tla) / "MCRaft.tla"))


def evaluate_trace(place, module):
    """The answer for the module that `raftcheck export --to tla` makes from a trace."""
    text = flatten.flatten(small_models.TLA / "RaftTrace.tla")
    # It does not support `<-`, so the constants of RaftTrace.cfg become definitions, except the trace.
    text = CONSTANTS.sub("", text).replace("InitialConfig == [", "ModelConfig == [")
    given = (small_models.TLA / "RaftTrace.cfg").read_text(encoding="utf-8")
    # Nor is its stack deep enough for TraceElectionTicks where Init needs it: that one is a number.
    ticks = TICKS.search(module) if "clockLogged |-> TRUE" in module else None
    given = given.replace("TraceElectionTicks", ticks.group(1) if ticks else "0")
    definitions = "".join(f"{name} == {value}\n" for name, value in GIVEN.findall(given)
                          if value not in ("TraceEvents", "TraceHeaders"))
    head, extends, rest = EXTENDS.split(text, maxsplit=1)
    events, headers = (" ".join(of.search(module).group(1).split()) for of in (EVENTS, HEADERS))
    config = (f"CONSTANTS\n    Events = {events}\n    Headers = {headers}\n"
              "SPECIFICATION TraceSpec\nINVARIANTS NotAccepted TypeOK\nCHECK_DEADLOCK FALSE\n")
    constants = "CONSTANTS Events, Headers\n"
    return evaluate_text(place, config, head + extends + constants + definitions + rest)


def evaluate_text(place, config, text):
    with tempfile.TemporaryDirectory() as scratch:
        spec = pathlib.Path(scratch) / "flat.tla"
        spec.write_text(text, encoding="utf-8")
        cfg = pathlib.Path(scratch) / "model.cfg"
        cfg.write_text(config, encoding="utf-8")
        done = subprocess.run(["node", HERE / "tla-checker" / "evaluate.mjs", place, spec, cfg],
                              capture_output=True, text=True, timeout=1200, check=False)
    if done.returncode != 0:
        return {"success": False, "error_type": "Process", "error_message": done.stderr[-2000:],
                "warnings": [], "states_explored": 0}
    return json.loads(done.stdout)
