"""The class that `python -m benchmarks.speed` grades can be made, from the corpus as it stands."""

from __future__ import annotations

import pytest

from autograder.course import Course
from benchmarks import bad_seeds
from benchmarks.speed.sample import sample


def test_no_two_of_a_class_are_alike_and_six_of_ten_are_right() -> None:
    members = sample(Course()["04_embedding"], 50)
    assert len({member.module for member in members}) == 50
    assert sum(member.right for member in members) == 30
    assert not any("exit()" in member.module for member in members)  # which no other tool survives


def test_a_seed_is_bad_when_a_right_form_loses(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["04_embedding", "--draws", "2", "--processes", "1"]
    assert bad_seeds.main(argv) == 0
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("| `04_embedding/")]
    assert len(rows) == 8
    assert all(float(share) < 0.5 for _, _, share, *_ in rows)
    assert any(float(share) > 0 for _, _, share, *_ in rows)
    monkeypatch.setitem(bad_seeds.OTHER_FORMS, "04_embedding", ("wrong_relu_in_between",))
    assert bad_seeds.main(argv) == 1
    assert "LOST" in capsys.readouterr().out


def test_a_lost_test_is_told_when_another_form_needs_more_of_the_tolerance(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([bad_seeds.Worst(0.2, 7, "float32"), bad_seeds.Worst(0.0, 7, "float64", failed=True)])
    monkeypatch.setattr(bad_seeds, "forms", lambda assignment: {"float32": lambda: None, "float64": lambda: None})
    monkeypatch.setattr(bad_seeds, "tests", lambda assignment: [("one", lambda submission, draw: None)])
    monkeypatch.setattr(bad_seeds, "tried", lambda *args: next(answers))
    assert bad_seeds.search("01_rnn_cell", range(7, 8))["one"].failed


def test_float64_also_computes_with_cells_that_the_grader_makes(capsys: pytest.CaptureFixture[str]) -> None:
    assert bad_seeds.main(["01_rnn_cell", "--draws", "1", "--processes", "1"]) == 0
    assert "LOST" not in capsys.readouterr().out
