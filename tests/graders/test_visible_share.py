"""What students can find out alone: most of the named mistakes of each task fail one of its visible checks.

`python tests/graders/test_visible_share.py` prints the share for every task, with the mistakes that only the grading finds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import types
import warnings
from pathlib import Path

import pytest

from autograder.course import Assignment, Course
from autograder.judge.catalogue import misconceptions_of

SHARE = 0.7
COURSE = Course()


def is_found(assignment: Assignment, task: str, module_text: str, checks_text: str) -> bool:
    """Whether a visible check of the task fails for this module."""
    import checks  # of autograder/student, which the caller has put on the path

    module = types.ModuleType(assignment.stem)
    sys.modules[assignment.stem] = module
    names = [t.name for t in assignment.tasks]
    try:
        exec(compile(module_text, assignment.stem, "exec", dont_inherit=True), vars(module))
        namespace: dict[str, object] = {}
        exec(compile(checks_text, str(assignment.visible_checks), "exec", dont_inherit=True), namespace)
    except Exception:
        return True  # a file that cannot be loaded
    for name, check in namespace.items():
        own = max((t for t in names if name.startswith(f"test_{t}_")), key=len, default="")
        if own == task and isinstance(check, types.FunctionType) and checks.run_check(task, check).outcome != checks.OK:
            return True
    return False


def shares(assignment: Assignment) -> dict[str, dict[str, bool]]:
    """For each task: whether each of its misconceptions is found, in all of the ways in which it is made."""
    found: dict[str, dict[str, bool]] = {}
    text = assignment.visible_checks.read_text(encoding="utf-8")
    for task, misconception in misconceptions_of(assignment):
        own = found.setdefault(task, {})
        own[misconception.name] = all(is_found(assignment, task, m, text) for m in misconception.submissions(assignment, task))
    return found


def table(assignment: Assignment, found: dict[str, dict[str, bool]]) -> str:
    lines = []
    for task, mistakes in found.items():
        hidden = [name for name, red in mistakes.items() if not red]
        share = f"{sum(mistakes.values())} of {len(mistakes)}"
        part = sum(mistakes.values()) / len(mistakes)
        lines.append(f"{assignment.name:13} {task:20} {share:9} {part:4.0%}   {'; '.join(hidden)}")
    return "\n".join(lines)


@pytest.mark.parametrize("assignment", COURSE.assignments, ids=lambda a: a.name)
def test_most_mistakes_turn_a_visible_check_red(assignment: Assignment) -> None:
    done = subprocess.run([sys.executable, __file__, assignment.name], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    *lines, last = done.stdout.splitlines()
    print(*lines, sep="\n")
    found = json.loads(last)[assignment.name]
    assert set(found) == {task.name for task in assignment.tasks}
    for task, mistakes in found.items():
        assert sum(mistakes.values()) >= SHARE * len(mistakes), (task, [name for name, red in mistakes.items() if not red])


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    sys.path.insert(0, str(Path(__file__).parents[2] / "autograder" / "student"))
    results = {}
    for chosen in [COURSE[name] for name in sys.argv[1:]] or COURSE.assignments:
        results[chosen.name] = shares(chosen)
        print(table(chosen, results[chosen.name]), flush=True)
    if sys.argv[1:]:
        print(json.dumps(results))
