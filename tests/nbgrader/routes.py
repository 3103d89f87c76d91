"""One class through the three routes: nbgrader, `autograder class`, and grading each submission alone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from autograder.batch import SubmissionRef, grade_many
from autograder.results import REJECTED_INPUT, Result
from autograder.sandbox import Sandbox
from tests.nbgrader.commands import ENVIRONMENT, ROOT, exported, run
from tests.nbgrader.troubled import ASSIGNMENT, NAME, STEM, Case, write_class


@dataclass(frozen=True)
class Graded:
    """A troubled class in its course directory, after autograde, feedback and export. log: of autograde."""

    course: Path
    cases: dict[str, Case]
    log: str

    def scores(self) -> dict[str, float | str]:
        """nbgrader's export: a score, or the note where there is none."""
        rows = exported(self.course)
        return {row["student_id"].removeprefix("'"): float(row["score"]) if row["score"] else row["note"] for row in rows}

    def page(self, student: str) -> str:
        return (self.course / "feedback" / student / NAME / f"{STEM}.html").read_text()


def through_nbgrader(course: Path, names: tuple[str, ...]) -> Graded:
    shutil.copytree(ROOT / "source" / NAME, course / "source" / NAME)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    cases = write_class(course / "submitted", names)
    log = run(course, "autograde", NAME).stderr
    run(course, "generate_feedback", NAME)
    run(course, "export")
    return Graded(course, cases, log)


def through_class(submitted: Path, results: Path) -> dict[str, Result]:
    command = [sys.executable, "-m", "autograder", "class", str(submitted), "--results", str(results)]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    found = [Result.from_document(json.loads(path.read_text())) for path in (results / NAME).glob("*.json")]
    assert found, done.stderr
    return {result.student: result for result in found}


def one_by_one(submitted: Path, names: tuple[str, ...], sandbox: Sandbox) -> dict[str, Result]:
    found: list[Result] = []
    grade_many(ASSIGNMENT, [SubmissionRef(name, submitted / name / NAME) for name in names], sandbox, found.append)
    return {result.student: result for result in found}


def differences(graded: Graded, results: dict[str, Result]) -> list[str]:
    """Where a route says something else than the case deserves: its score, or a reason and no score."""
    found = []
    for student, case in graded.cases.items():
        result = results.get(student)
        if result is None:
            found.append(f"{student}: no result")
            continue
        told = f"{result.message} {' '.join(map(str, result.flags))} {result.json()}"
        rejected = result.verdict == REJECTED_INPUT
        needy = isinstance(case.deserves, str)
        right = result.score is None and str(case.deserves) in result.message if needy else result.score == case.deserves
        if not right or rejected != needy or case.says not in told:
            found.append(f"{student}: {result.verdict} {result.score} {result.message} {result.flags}, deserves {case.deserves}")
    return found


def wrong_in_nbgrader(graded: Graded) -> list[str]:
    """Where the gradebook, the feedback or the run's last lines say something else than the case deserves."""
    found, scores = [], graded.scores()
    for student, case in graded.cases.items():
        score, page = scores.get(student), graded.page(student)
        if isinstance(case.deserves, str):
            silent = not isinstance(score, str) or case.deserves not in score
            shown = re.search(r"\d+ of \d+", page) is not None or case.deserves.split()[0] not in page
            shown = shown or f"{student}: " not in graded.log
        else:
            silent = score != case.deserves
            shown = f"{STEM}: {case.deserves:g} of" not in page or case.says not in page
        if silent or shown:
            found.append(f"{student}: {score}, deserves {case.deserves} {case.says!r}")
    return found
