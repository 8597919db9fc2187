"""Runs TLC on a module of tla/.  Every test of this folder that needs TLC uses it."""
import os
import pathlib
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


def run(module, config, *options, workers="1", trace=None, timeout=600, folder=TLA):
    """What TLC prints.  `config` is a file, or its text; the module is in `folder`."""
    with tempfile.TemporaryDirectory() as scratch:
        if not isinstance(config, pathlib.Path):
            text = config
            config = pathlib.Path(scratch) / "test.cfg"
            config.write_text(text, encoding="utf-8")
        command = ["java", "-XX:+UseParallelGC", "-cp", class_path(), "tlc2.TLC",
                   "-workers", workers, "-metadir", scratch, "-noGenerateSpecTE",
                   "-config", str(config.resolve()), *options, f"{module}.tla"]
        environment = dict(os.environ)
        if trace is not None:
            environment["TRACE"] = str(pathlib.Path(trace).resolve())
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True,
                              timeout=timeout, check=False)
        return done.stdout + done.stderr
