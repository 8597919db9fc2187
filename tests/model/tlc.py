"""Runs TLC on a module of tla/.  Every test of this folder that needs TLC uses it."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TLA = ROOT / "tla"
SKIPPED = 77  # what ctest takes for "skipped", tests/model/CMakeLists.txt


def class_path():
    """The jar of TLC and that of the community modules, as a Java class path."""
    value = os.environ.get("TLA2TOOLS_JAR")
    if not value:
        print("SKIPPED: TLA2TOOLS_JAR is not set")
        sys.exit(SKIPPED)
    return value


def run(module, config, *options, workers="1", timeout=600, folder=TLA, **environment):
    """What TLC prints.  `config` is a file, or its text; the module is in `folder`."""
    with tempfile.TemporaryDirectory() as scratch:
        if not isinstance(config, pathlib.Path):
            text = config
            config = pathlib.Path(scratch) / "test.cfg"
            config.write_text(text, encoding="utf-8")
        command = ["java", "-XX:+UseParallelGC", "-cp", class_path(), "tlc2.TLC",
                   "-workers", workers, "-metadir", scratch, "-noGenerateSpecTE",
                   "-config", str(config.resolve()), *options, f"{module}.tla"]
        done = subprocess.run(command, cwd=folder, env=os.environ | environment,
                              capture_output=True, text=True, timeout=timeout, check=False)
        return done.stdout + done.stderr


def judge(trace, timeout=600):
    """What tla/RaftTrace.tla says of a trace: "accepted", "refused_at_event_N", or anything else."""
    output = run("RaftTraceJson", TLA / "RaftTrace.cfg", timeout=timeout,
                 TRACE=str(pathlib.Path(trace).resolve()))
    if "Invariant NotAccepted is violated" in output:
        return "accepted"
    refused = re.search(r'no step explains event",\s*(\d+)', output)
    if "No error has been found" in output and refused:
        return f"refused_at_event_{refused.group(1)}"
    violated = re.search(r"Invariant (\w+) is violated", output)
    return violated.group(0) if violated else "no verdict:\n" + output[-3000:]
