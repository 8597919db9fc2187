#!/usr/bin/env python3
"""The TLA+ text and spec/ have the same states: an evaluator and `raftcheck model`, the same .cfg.

Usage: small_models_test.py tlc|tla-checker RAFTCHECK [--only MODEL...] [--share N]
       of small_models.py all, those named, or one Nth, by the commit
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import share
import small_models
import tla_checker
import tlc

TOTALS = re.compile(r"^(\d+) states generated, (\d+) distinct states found, 0 states left on queue",
                    re.MULTILINE)
DEPTH = re.compile(r"The depth of the complete state graph search is (\d+)")


def ours(raftcheck, config):
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "model.cfg"
        path.write_text(config, encoding="utf-8")
        done = subprocess.run([raftcheck, "model", "--config", path, "--json"],
                              capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        return {"distinct": 0, "violation": done.stderr}
    return json.loads(done.stdout)


def by_tla_checker(config):
    """The numbers of states, and the errors."""
    answer = tla_checker.evaluate(tla_checker.folder(), config)
    wrong = "" if answer["success"] and not answer["warnings"] else str(answer)
    return {"distinct": answer["states_explored"]}, wrong


def by_tlc(config):
    output = tlc.run("MCRaft", config, jvm=tlc.QUICK)
    totals, depth = TOTALS.search(output), DEPTH.search(output)
    if "No error has been found" not in output or not totals or not depth:
        return {}, output[-3000:]
    return {"generated": int(totals.group(1)), "distinct": int(totals.group(2)),
            "depth": int(depth.group(1))}, ""


EVALUATORS = {"tlc": (tlc.class_path, by_tlc), "tla-checker": (tla_checker.folder, by_tla_checker)}


def compare(raftcheck, evaluator, model):
    name, base, constants = model
    config = small_models.config(base, constants)
    theirs, wrong = EVALUATORS[evaluator][1](config)
    if wrong:
        return f"{name}: {evaluator} is not content: {wrong}"
    mine = ours(raftcheck, config)
    if mine["violation"] or any(mine[number] != value for number, value in theirs.items()):
        return f"{name}: {evaluator} finds {theirs}, raftcheck {mine}"
    print(f"{name}: {mine['distinct']} distinct states, both", flush=True)
    return None


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("evaluator", choices=list(EVALUATORS))
    parser.add_argument("raftcheck")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--share", type=int, default=1)
    options = parser.parse_args()
    EVALUATORS[options.evaluator][0]()  # ends the test if there is no evaluator
    models = [model for model in small_models.SMALL if not options.only or model[0] in options.only]
    models = share.of("models", models, options.share)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = [problem for problem in pool.map(
            lambda model: compare(options.raftcheck, options.evaluator, model), models) if problem]
    for problem in problems:
        print(problem)
    return 1 if problems or not models else 0


if __name__ == "__main__":
    sys.exit(main())
