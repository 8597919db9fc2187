"""Evaluates tla/ with tla-checker, a second evaluator of TLA+ beside TLC.

`./run test` puts it into build/tla-checker with npm, in the version that tla-checker/ here names.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import small_models

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(small_models.TLA))
import flatten  # noqa: E402

SKIPPED = 77  # what ctest takes for "skipped", tests/model/CMakeLists.txt


def folder():
    """Where it is; ends the test where it is not."""
    place = small_models.ROOT / "build" / "tla-checker"
    if not (place / "node_modules" / "tla-checker").is_dir():
        print(f"SKIPPED: no tla-checker in {place}; ./run test installs it, where there is npm")
        sys.exit(SKIPPED)
    return place


def evaluate(place, config, tla=small_models.TLA):
    """What it answers for a .cfg, given as text, of MCRaft in the folder `tla`."""
    with tempfile.TemporaryDirectory() as scratch:
        spec = pathlib.Path(scratch) / "MCRaft.tla"
        spec.write_text(flatten.flatten(pathlib.Path(tla) / "MCRaft.tla"), encoding="utf-8")
        cfg = pathlib.Path(scratch) / "model.cfg"
        cfg.write_text(config, encoding="utf-8")
        done = subprocess.run(["node", HERE / "tla-checker" / "evaluate.mjs", place, spec, cfg],
                              capture_output=True, text=True, timeout=1200, check=False)
    if done.returncode != 0:
        return {"success": False, "error_type": "Process", "error_message": done.stderr[-2000:],
                "warnings": [], "states_explored": 0}
    return json.loads(done.stdout)
