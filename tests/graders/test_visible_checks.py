"""A submission with full marks must not fail a visible check: the correct submissions pass the visible checks too.

They are loaded as a child loads them, which replaces parts of Python, so each assignment has a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import types
from pathlib import Path

import pytest

from autograder.child.runner import Runner
from autograder.course import Assignment, Course
from autograder.intake.source import read_submission
from autograder.protocol.requests import Load

CASES = Path(__file__).resolve().parents[1] / "submissions"
NAMES = [a.name for a in Course().assignments if list((CASES / a.name).glob("right_*"))]  # a draft may have none


def failures(assignment: Assignment, folder: Path) -> dict[str, str]:
    """The visible checks that this submission fails, with what they say."""
    source = read_submission(folder, assignment.stem)
    runner = Runner()
    runner.execute(*Load(source.kind, source.name, source.cells, source.helpers, names=()).to_wire())
    module = types.ModuleType(assignment.stem)
    # First what was given: some have left it out.
    exec(compile(assignment.module.read_text(), "stubs", "exec", dont_inherit=True), vars(module))
    vars(module).update(runner.namespace)
    sys.modules[assignment.stem] = module
    sys.modules.pop("checks", None)  # the loader puts a stand-in there, as it does for a submission
    checks: dict[str, object] = {}
    exec(compile(assignment.visible_checks.read_text(), str(assignment.visible_checks), "exec", dont_inherit=True), checks)
    found = {}
    for name, check in checks.items():
        if name.startswith("test_"):
            try:
                check()
            except Exception as error:
                found[name] = f"{type(error).__name__}: {error}"
    return found


@pytest.mark.parametrize("assignment", NAMES)
def test_right_submissions_pass_the_visible_checks(assignment: str, tmp_path: Path) -> None:
    command = [sys.executable, __file__, assignment]  # some submissions write files beside themselves: in tmp_path
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    results = json.loads(done.stdout.splitlines()[-1])
    assert results.keys() == {path.name for path in (CASES / assignment).glob("right_*")}
    assert {name: failed for name, failed in results.items() if failed} == {}


if __name__ == "__main__":
    import torch

    sys.path.insert(0, str(Course().root / "autograder" / "student"))  # where checks.py is; students have it beside theirs

    torch.set_num_threads(1)
    chosen = Course()[sys.argv[1]]
    right = sorted(path for path in (CASES / chosen.name).iterdir() if path.name.startswith("right_"))
    print(json.dumps({path.name: failures(chosen, path) for path in right}))
