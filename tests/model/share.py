"""Which part of a long test this commit runs.

Each `./run test` takes one share of the work, and the commit says which: every share has its turn.  The
tests with the label `long` do all of it.
"""
import subprocess

import small_models


def commit():
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=small_models.ROOT, capture_output=True,
                          text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "0"


def of(what, items, parts):
    """Every `parts`-th of the items, and says so; `parts` of 1 is all of them."""
    items = list(items)
    parts = max(1, min(parts, len(items)))
    head = commit()
    first = int(head, 16) % parts
    taken = items[first::parts]
    if parts > 1:
        print(f"share {first + 1} of {parts}, by commit {head[:12]}: {len(taken)} of {len(items)} "
              f"{what}", flush=True)
    return taken
