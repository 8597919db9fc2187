#!/usr/bin/env python3
"""The TLA+ text and spec/ have the same states: tla-checker and `raftcheck model`, the same .cfg.

Usage: tla_checker_test.py RAFTCHECK
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import small_models
import tla_checker


def ours(raftcheck, config):
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "model.cfg"
        path.write_text(config, encoding="utf-8")
        done = subprocess.run([raftcheck, "model", "--config", path, "--json"],
                              capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        return {"distinct": 0, "violation": done.stderr}
    return json.loads(done.stdout)


def compare(raftcheck, place, model):
    name, base, constants = model
    config = small_models.config(base, constants)
    theirs = tla_checker.evaluate(place, config)
    mine = ours(raftcheck, config)
    if not theirs["success"] or theirs["warnings"]:
        return f"{name}: tla-checker is not content: {theirs}"
    if mine["violation"] or mine["distinct"] != theirs["states_explored"]:
        return f"{name}: tla-checker finds {theirs['states_explored']} states, raftcheck {mine}"
    print(f"{name}: {mine['distinct']} distinct states, both", flush=True)
    return None


def main(raftcheck):
    place = tla_checker.folder()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = [problem for problem in pool.map(
            lambda model: compare(raftcheck, place, model), small_models.SMALL) if problem]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
