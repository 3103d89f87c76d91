"""Grade a sample class with nbgrader's own commands: release, collect, autograde, feedback, export, class table.

Works in `demo/`, a separate course directory that is recreated each time, and compares the scores with the expected
ones (expected_scores.csv). Exit status 0 when they agree.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

from autograder.course import Course
from autograder.reports.table import class_table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
DEMO = ROOT / "demo"
ALL = "*"


def main() -> int:
    """Run every step; stops at the first command that fails."""
    prepare()
    nbgrader("generate_assignment", ALL)
    shutil.copytree(HERE / "submitted", DEMO / "submitted")
    nbgrader("autograde", ALL)
    nbgrader("generate_feedback", ALL)
    nbgrader("export")
    scores = exported_scores(DEMO / "grades.csv")
    assignments = {a.name: sum(task.points for task in a.tasks) for a in Course(ROOT).assignments}
    print("\n" + class_table(scores, list(assignments), assignments, {}))
    print(f"Feedback for students:  {shown('feedback')}/<student>/<assignment>/<name>.html")
    print(f"Gradebook:              {shown('gradebook.db')}  (to look into it: cd {shown('.')} && jupyter lab,")
    print("                        then Formgrader in the menu Nbgrader)")
    print(f"Scores as a table:      {shown('grades.csv')}")
    return compare(scores, expected_scores(HERE / "expected_scores.csv"))


def prepare() -> None:
    """A fresh course directory that reads the same sources as this one."""
    shutil.rmtree(DEMO, ignore_errors=True)
    DEMO.mkdir()
    shutil.copytree(ROOT / "source", DEMO / "source")
    shutil.copy(ROOT / "nbgrader_config.py", DEMO)


def nbgrader(*command: str) -> None:
    """Run one nbgrader command in the course directory, as an instructor would; its log goes to demo/nbgrader.log."""
    print("nbgrader", " ".join(repr(word) if word == ALL else word for word in command), flush=True)
    program = [sys.executable, "-W", "ignore", "-m", "nbgrader", *command]
    log = DEMO / "nbgrader.log"
    with log.open("a") as file:
        done = subprocess.run(program, cwd=DEMO, stdout=file, stderr=subprocess.STDOUT, env=os.environ, check=False)
    if done.returncode:
        sys.exit(f"nbgrader {command[0]} ended with status {done.returncode}. The last lines of {shown('nbgrader.log')}:\n"
                 + "\n".join(log.read_text(errors="replace").splitlines()[-15:]))  # fmt: skip


def shown(name: str) -> str:
    return os.path.relpath(DEMO / name)


def exported_scores(path: Path) -> dict[tuple[str, str], float]:
    """nbgrader's own export. A row without a submission has a score of 0 there, so only what was handed in counts."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    handed_in = {(p.parent.name, p.name) for p in (DEMO / "submitted").glob("*/*")}
    return {
        (r["student_id"], r["assignment"]): float(r["score"]) for r in rows if (r["student_id"], r["assignment"]) in handed_in
    }


def expected_scores(path: Path) -> dict[tuple[str, str], float]:
    with path.open(newline="") as file:
        return {(row["student"], row["assignment"]): float(row["score"]) for row in csv.DictReader(file)}


def compare(scores: dict[tuple[str, str], float], expected: dict[tuple[str, str], float]) -> int:
    """Print where the gradebook differs from the expected scores."""
    different = [key for key in sorted(scores | expected) if scores.get(key) != expected.get(key)]
    for key in different:
        print(f"{key[0]}, {key[1]}: {scores.get(key)} points, expected {expected.get(key)}", file=sys.stderr)
    agree = f"{len(expected)} submissions have their expected scores."
    print(agree if not different else f"{len(different)} of {len(expected)} scores differ from the expected ones.")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
