"""Runs TLC on a module of tla/, for all tests of this folder.

If TLA2TOOLS_JAR is set, it is the Java class path of TLC; otherwise the pinned TLC is used, which
fetch_tlc.py puts into build/tlc.  This file supports the TLC of 2020 and the current one.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TLA = ROOT / "tla"
PINNED = ROOT / "build" / "tlc" / "tla2tools.jar"
SKIPPED = 77  # ctest treats this as "skipped": tests/model/CMakeLists.txt
# Options of the JVM for runs of seconds, and for runs of minutes.
QUICK = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx1g", "-Xmn128m"]
LONG = ["-XX:+UseParallelGC"]


def found():
    """The class path of TLC, or None."""
    if shutil.which("java") is None:
        return None
    return os.environ.get("TLA2TOOLS_JAR") or (str(PINNED) if PINNED.exists() else None)


def class_path():
    """The class path of TLC; ends the test if there is none."""
    if not found():
        print("SKIPPED: no TLC: no java, or neither TLA2TOOLS_JAR nor build/tlc/tla2tools.jar, which "
              "./run test fetches")
        sys.exit(SKIPPED)
    return found()


def run(module, config, *options, workers="1", timeout=600, folder=TLA, jvm=None, **environment):
    """The output of TLC.  `config` is a file or its text.  The module is in `folder`; the modules
    that it extends are there or in tla/."""
    if isinstance(config, pathlib.Path):
        config = config.read_text(encoding="utf-8")
    # The TLC of 2020 supports this only as an option.
    config, never = re.subn(r"^CHECK_DEADLOCK FALSE\n", "", config, flags=re.MULTILINE)
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        (scratch / "test.cfg").write_text(config, encoding="utf-8")
        # A copy, because the current TLC writes a file about a violation beside the module.
        text = (pathlib.Path(folder) / f"{module}.tla").read_text(encoding="utf-8")
        (scratch / f"{module}.tla").write_text(text, encoding="utf-8")
        library = os.pathsep.join(str(pathlib.Path(place).resolve()) for place in (folder, TLA))
        # The TLC of 2020 unpacks the standard modules there, under names that two runs would share.
        command = ["java", *(jvm or LONG), f"-Djava.io.tmpdir={scratch}",
                   f"-DTLA-Library={library}", "-cp", class_path(),
                   "tlc2.TLC", "-workers", workers, "-metadir", scratch / "states", "-config",
                   "test.cfg", *(["-deadlock"] if never else []), *options, f"{module}.tla"]
        done = subprocess.run(command, cwd=scratch, env=os.environ | environment,
                              capture_output=True, text=True, timeout=timeout, check=False)
        return done.stdout + done.stderr


def judge(raftcheck, trace, timeout=600):
    """The verdict of tla/RaftTrace.tla: "accepted", "refused_at_event_N", or an error."""
    with tempfile.TemporaryDirectory() as folder:
        exported = subprocess.run([raftcheck, "export", "--to", "tla", "--out",
                                   pathlib.Path(folder) / "Exported.tla", trace],
                                  capture_output=True, text=True, check=False)
        if exported.returncode != 0:
            return "no export:\n" + exported.stderr[-3000:]
        output = run("Exported", TLA / "RaftTrace.cfg", timeout=timeout, folder=folder, jvm=QUICK)
    if "Invariant NotAccepted is violated" in output:
        return "accepted"
    reached = re.findall(r'^<<"event", (\d+),', output, re.MULTILINE)
    if "No error has been found" in output and reached:
        return f"refused_at_event_{reached[-1]}"
    violated = re.search(r"Invariant (\w+) is violated", output)
    return violated.group(0) if violated else "no verdict:\n" + output[-3000:]
