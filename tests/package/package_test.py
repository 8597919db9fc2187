#!/usr/bin/env python3
"""raftcheck as others get it: a project of theirs is built against it, and run.

usage: package_test.py BUILD COMPILER prefix          installed from the build folder BUILD
       package_test.py BUILD COMPILER deb             from a Debian package made there, a part of it
       package_test.py BUILD COMPILER deb-all         the same, all of it
       package_test.py BUILD COMPILER subproject      as a subproject: its names, its warnings
       package_test.py BUILD COMPILER subproject-all  the same, with everything compiled

Exit status 77: something that the test needs is not here."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent


def run(*command, **environment):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          env={**os.environ, **environment})
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit status {done.returncode}\n"
                 f"{done.stdout[-6000:]}{done.stderr[-6000:]}")
    return done.stdout


def demand(true, what):
    if not true:
        sys.exit(what)


def check_headers(folder):
    """Every header that an installed header includes by a path from the root is installed, too."""
    headers = list(folder.rglob("*.h"))
    demand(headers, f"no headers in {folder}")
    for header in headers:
        for name in re.findall(r'^#include "([^"]+)"', header.read_text(), re.MULTILINE):
            demand((folder / name).is_file(), f"{header}: {name} is not installed")


def check_installed(prefix, build, compiler, work, everything=True):
    check_headers(prefix / "include/raftcheck")
    for path in prefix.rglob("*.cmake"):
        text = path.read_text()
        demand(str(SOURCE) not in text and str(build) not in text,
               f"{path} names the folder of the sources")
    version = re.search(r"project\(raftcheck VERSION (\S+)",
                        (SOURCE / "CMakeLists.txt").read_text())[1]
    raftcheck = prefix / "bin/raftcheck"
    demand(run(raftcheck, "--version") == f"raftcheck {version}\n", "--version")
    trace = work / "trace.ndjson"
    run(raftcheck, "replay", SOURCE / "tests/data/tlc.schedule", "--trace", trace)
    run(raftcheck, "model", "--config", prefix / "share/raftcheck/tla/MCRaftSmoke.cfg")

    consumer = work / "consumer"
    run("cmake", "-S", HERE / "consumer", "-B", consumer, "-G", "Ninja",
        f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_COMPILER={compiler}",
        "-DCMAKE_CXX_FLAGS=-O0 -Wall -Wextra -Wconversion -Wshadow -Werror")
    found = re.search(r"^raftcheck_DIR:PATH=(.*)$", (consumer / "CMakeCache.txt").read_text(),
                      re.MULTILINE)[1]
    demand(pathlib.Path(found).is_relative_to(prefix), f"find_package found another one: {found}")
    run("cmake", "--build", consumer, "--target", "all" if everything else "elect")
    print(run(consumer / "elect"), end="")
    if not everything:
        return
    print(run(consumer / "judge", trace), end="")
    run(consumer / "property", RC_PARAMS="seed=1 max_success=30")
    print("the property test passed")


def from_prefix(build, compiler, work):
    prefix = work / "prefix"
    run("cmake", "--install", build, "--prefix", prefix)
    check_installed(prefix, build, compiler, work)


def from_deb(build, compiler, work, everything):
    if not (shutil.which("cpack") and shutil.which("dpkg-shlibdeps")):
        print("SKIPPED: no dpkg-shlibdeps (Debian package dpkg-dev)")
        sys.exit(77)
    run("cpack", "-G", "DEB", "--config", build / "CPackConfig.cmake", "-B", work)
    debs = list(work.glob("*.deb"))
    demand(len(debs) == 1, f"one package is expected: {debs}")
    fields = run("dpkg-deb", "-f", debs[0], "Package", "Depends")
    print(fields, end="")
    demand("Package: raftcheck\n" in fields, "the name of the package")
    depends = re.findall(r"(?:Depends: |, )([a-z0-9.+-]+)", fields)
    demand("libc6" in depends, "the shared libraries of the command are not in Depends")
    run("dpkg-deb", "-x", debs[0], work / "root")
    check_installed(work / "root/usr", build, compiler, work, everything)
    # The packages that raftcheckConfig.cmake finds must come from packages listed in Depends.
    config = next(work.glob("root/usr/lib/**/raftcheckConfig.cmake")).read_text()
    cache = (work / "consumer/CMakeCache.txt").read_text()
    for name in re.findall(r"find_dependency\((\S+?)[ )]", config):
        place = re.search(rf"^{name}_DIR:PATH=(/.*)$", cache, re.MULTILINE)
        owners = subprocess.run(["dpkg-query", "-S", place[1]], capture_output=True,
                                text=True).stdout.rpartition(": ")[0] if place else ""
        owners = {owner.split(":")[0] for owner in owners.split(", ") if owner}
        demand(not owners or owners & set(depends),
               f"Depends does not name the package of {name}, one of {owners}")


def as_subproject(build, compiler, work, *targets):
    run("cmake", "-S", HERE / "subproject", "-B", work / "build", "-G", "Ninja",
        f"-DRAFTCHECK_SOURCE={SOURCE}", f"-DCMAKE_CXX_COMPILER={compiler}",
        "-DCMAKE_BUILD_TYPE=Release")
    run("cmake", "--build", work / "build", "--target", *targets)


def main():
    build, compiler, kind = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
    if not shutil.which(compiler):
        print(f"SKIPPED: no {compiler}")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        if kind == "prefix":
            from_prefix(build, compiler, work)
        elif kind in ("deb", "deb-all"):
            from_deb(build, compiler, work, kind == "deb-all")
        elif kind == "subproject":
            as_subproject(build, compiler, work, "raft", "CMakeFiles/mycheck.dir/main.cc.o")
        else:
            as_subproject(build, compiler, work, "raft", "mycheck")
            print(run(work / "build/mycheck", "check", "--schedules", "20"), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
