"""`autograder inbox`: each submission is graded once, its result is written immediately, and is still there after a stop."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.batch import inbox, journal
from autograder.batch.control import Control
from autograder.batch.inbox import Inbox, InboxOptions
from autograder.batch.run_record import RunRecord
from autograder.cli import main
from autograder.course import Course
from autograder.reports.feedback import feedback_page
from autograder.results import Result
from autograder.sandbox import Sandbox

COURSE = Course()
NAME = "04_embedding"
SOLUTION = COURSE[NAME].solution_module


class Desk:
    """An inbox that ends after some results. after: what happens once a result is there, by student."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.folder, self.results = folder / "in", folder / "out"
        self.folder.mkdir()
        self.said: list[str] = []
        self.after: dict[str, Callable[[], object]] = {}

    def hand_in(self, student: str, text: str) -> Path:
        place = self.folder / student / NAME
        place.mkdir(parents=True, exist_ok=True)
        (place / "embedding.py.part").write_text(text)
        return (place / "embedding.py.part").rename(place / "embedding.py")

    def run(self, ends_after: int) -> list[Result]:
        found: list[Result] = []

        def report(result: Result) -> None:
            found.append(result)
            self.after.pop(result.student, lambda: None)()
            if len(found) == ends_after:
                raise KeyboardInterrupt

        options = InboxOptions(self.folder, self.results, jobs=1, feedback=self.results / "feedback")
        self.results.mkdir(exist_ok=True)
        with pytest.raises(KeyboardInterrupt):
            Inbox(COURSE, options, self.sandbox, feedback_page, report, self.said.append).run()
        return found

    def page(self, student: str) -> Path:
        return self.results / "feedback" / student / NAME / "embedding.html"


@pytest.fixture
def desk(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The control run of all assignments takes seconds and has tests of its own."""
    monkeypatch.setattr(inbox, "good_seed", lambda _assignments, seed, _another: Control(seed))
    return Desk(tmp_path, sandbox)


def test_from_arrival_to_feedback_and_on_after_a_stop(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    untested = Control(7, problem="it took longer than 300 s")
    monkeypatch.setattr(inbox, "good_seed", lambda _assignments, _seed, _another: untested)
    desk.hand_in("ada", SOLUTION)
    (desk.folder / "ada" / "hw7\x1b[2J\n").mkdir()
    desk.after["ada"] = lambda: desk.hand_in("bob", "")  # cannot be graded, and stops nobody
    desk.after["bob"] = lambda: desk.hand_in("ada", SOLUTION + "\n# a second try\n")
    first, bad, second = desk.run(ends_after=3)
    assert [(one.student, one.score) for one in (first, bad, second)] == [("ada", 20), ("bob", None), ("ada", 20)]
    assert first.seed == bad.seed != second.seed
    assert first.submission_sha256 != second.submission_sha256
    assert desk.said == [f"{untested.text}.", "hw7[2J: not graded, because the course has no such assignment."]
    assert first.seed == untested.seed
    assert "20 of 20" in desk.page("ada").read_text()
    assert "Needs attention" in desk.page("bob").read_text()
    assert journal.read(journal.document_path(desk.results, NAME, "ada")).seed == second.seed
    kept = [journal.read(path) for path in (desk.results / "archive").glob("*/*/ada.json")]
    assert [result.seed for result in kept if result is not None] == [first.seed]
    record = RunRecord.read(desk.results)
    assert record is not None
    assert (record.seed, record.graded, record.end is not None) == (first.seed, 3, True)
    assert list(record.controls) == [untested.text]

    # Started again, it grades what came meanwhile, with the seed of the run, and nothing twice.
    before = {path: path.read_bytes() for path in desk.results.glob("*/*.json")}
    desk.page("ada").unlink()
    os.utime(desk.folder / "ada" / NAME / "embedding.py")
    desk.hand_in("cleo", SOLUTION)
    (new,) = desk.run(ends_after=1)
    assert (new.student, new.seed) == ("cleo", first.seed)
    assert desk.page("ada").exists()
    assert {path: path.read_bytes() for path in before} == before
    assert not list(desk.results.rglob("*.new"))


def test_a_folder_that_is_gone_for_a_while_stops_nothing(desk: Desk) -> None:
    away = desk.folder.with_name("away")

    class Said(list[str]):
        def append(self, text: str) -> None:
            super().append(text)
            away.rename(desk.folder)
            desk.hand_in("bob", "")

    desk.said = Said()
    desk.hand_in("ada", "")
    desk.after["ada"] = lambda: desk.folder.rename(away)
    assert [result.student for result in desk.run(ends_after=2)] == ["ada", "bob"]
    assert desk.said == [f"{desk.folder} cannot be read: No such file or directory. Trying again."]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["gone"], "gone is not a folder"),
        (["in", "--results", "in/results"], "--results must not be inside"),
        (["in", "--feedback", "in/feedback"], "--feedback must not be inside"),
        (["in", "--jobs", "0"], "--jobs must be at least 1"),
    ],
)
def test_what_cannot_be_watched(
    arguments: list[str], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(["inbox", *arguments]) == 2
    assert text in capsys.readouterr().err
