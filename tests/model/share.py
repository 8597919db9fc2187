"""Selects the part of a long test that this commit runs.

Each `./run test` does one share of the work.  The commit selects the share, so that over several
commits every share is run.  The tests with the label `long` do all the work.
"""
import subprocess

import small_models


def commit():
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=small_models.ROOT, capture_output=True,
                          text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "0"


def of(what, items, parts):
    """Returns one of `parts` shares of the items and prints which one; 1 means all items."""
    items = list(items)
    parts = max(1, min(parts, len(items)))
    head = commit()
    first = int(head, 16) % parts
    taken = items[first::parts]
    if parts > 1:
        print(f"share {first + 1} of {parts}, by commit {head[:12]}: {len(taken)} of {len(items)} "
              f"{what}", flush=True)
    return taken
