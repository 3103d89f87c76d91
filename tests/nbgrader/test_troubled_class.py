"""Troubled hand-ins through all three routes: no silent zero, no point lost by accident, the same score everywhere.

A sample; `python -m pytest tests/nbgrader/whole_class.py` grades the whole class of more than 70.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.sandbox import Sandbox
from tests.nbgrader.routes import Graded, differences, one_by_one, through_class, through_nbgrader, wrong_in_nbgrader
from tests.nbgrader.troubled import SAMPLE

NAMES: tuple[str, ...] = SAMPLE


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Graded:
    return through_nbgrader(tmp_path_factory.mktemp("course"), getattr(request.module, "NAMES", NAMES))


def test_nbgrader_has_a_score_or_a_reason_for_each(graded: Graded) -> None:
    assert not wrong_in_nbgrader(graded)


def test_class_has_the_same(graded: Graded, tmp_path: Path) -> None:
    assert not differences(graded, through_class(graded.course / "submitted", tmp_path / "results"))


def test_grading_alone_has_the_same(graded: Graded, sandbox: Sandbox) -> None:
    assert not differences(graded, one_by_one(graded.course / "submitted", tuple(graded.cases), sandbox))


def test_the_run_ends_with_a_list_of_who_needs_attention(graded: Graded) -> None:
    needy = [student for student, case in graded.cases.items() if isinstance(case.deserves, str)]
    end = graded.log[graded.log.index(f"{len(needy)} of {len(graded.cases)} need attention and have no score:") :]
    assert all(f"\n      {student}: " in end for student in needy)


def test_no_script_of_a_student_is_in_the_feedback(graded: Graded) -> None:
    page = graded.page("script")
    assert "<script" not in page
    assert "onerror" not in page.replace("onerror=alert(1)&gt;", "")
    assert 'href="javascript:' not in page
    assert "default-src 'none'" in page


def test_nobody_elses_file_is_handed_on(graded: Graded) -> None:
    found = [path for folder in ("autograded", "feedback") for path in (graded.course / folder).rglob("*") if not path.is_dir()]
    assert len(found) > len(graded.cases)
    assert not any(path.is_symlink() or "root:" in path.read_text("utf-8", "replace") for path in found)
