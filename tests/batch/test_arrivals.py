"""A submission that arrives in a folder is graded once it is complete, however it is copied there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.batch import arrivals
from autograder.batch.arrivals import INCOMPLETE_S, WRITTEN_S, Arrivals, being_written, look
from autograder.course import Course

COURSE = Course()
NAME = "04_embedding"
KEY = ("ada", NAME)
CODE = "def embed():\n    return 1\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "ada" / NAME
    folder.mkdir(parents=True)
    return folder


class Clock:
    """Looks at a folder at the moments of a test."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.arrivals = folder, Arrivals(folder, COURSE)

    def at(self, moment: float, busy: tuple[tuple[str, str], ...] = ()) -> list[tuple[str, str]]:
        return self.arrivals.complete(look(self.folder, COURSE).signatures, moment, busy)


def test_a_file_counts_once_when_it_has_not_changed_for_a_moment(tmp_path: Path, place: Path) -> None:
    clock = Clock(tmp_path)
    assert clock.at(0) == []
    (place / "embedding.py").write_text(CODE)
    assert [clock.at(1), clock.at(1.5), clock.at(2)] == [[], [KEY], []]


def test_a_file_that_grows_waits(tmp_path: Path, place: Path) -> None:
    clock, file = Clock(tmp_path), place / "embedding.py"
    for moment in range(4):
        file.write_text(CODE * (moment + 1))
        assert clock.at(moment) == []
    assert clock.at(3.5) == [KEY]


def half_notebook(place: Path) -> None:
    (place / "embedding.ipynb").write_text(json.dumps({"cells": [], "nbformat": 4})[:-9])


def half_module(place: Path) -> None:
    (place / "embedding.py").write_text(CODE + "def embed(")


def half_zip(place: Path) -> None:
    (place / "embedding.zip").write_bytes(b"PK\x03\x04half")


@pytest.mark.parametrize("write", [half_notebook, half_module, half_zip])
def test_half_a_file_waits_longer_and_is_graded_in_the_end(tmp_path: Path, place: Path, write: Callable[[Path], None]) -> None:
    clock = Clock(tmp_path)
    write(place)
    assert [clock.at(0), clock.at(INCOMPLETE_S - 0.1), clock.at(INCOMPLETE_S), clock.at(9)] == [[], [], [KEY], []]


def test_a_file_that_is_open_for_writing_waits(tmp_path: Path, place: Path) -> None:
    clock = Clock(tmp_path)
    with (place / "embedding.py").open("w") as file:
        file.write(CODE)
        file.flush()
        assert being_written(place / "embedding.py")
        assert [clock.at(0), clock.at(INCOMPLETE_S)] == [[], []]
    assert not being_written(place / "embedding.py")
    assert clock.at(INCOMPLETE_S + 0.1) == [KEY]


def test_a_file_that_nobody_ever_closes_is_graded_in_the_end(tmp_path: Path, place: Path) -> None:
    clock = Clock(tmp_path)
    with (place / "embedding.py").open("w") as file:
        file.write(CODE)
        file.flush()
        assert [clock.at(0), clock.at(WRITTEN_S)] == [[], [KEY]]


TEMPORARY = [
    "embedding.py.part",
    "embedding.py~",
    ".embedding.py.swp",
    ".embedding.ipynb.Xy12Zw",
    "x.crdownload",
    "#embedding.py#",
]


@pytest.mark.parametrize("name", TEMPORARY)
def test_a_temporary_file_is_no_submission_and_its_new_name_is(tmp_path: Path, place: Path, name: str) -> None:
    clock = Clock(tmp_path)
    (place / name).write_text(CODE)
    assert [clock.at(0), clock.at(5)] == [[], []]
    (place / name).rename(place / "embedding.py")
    assert [clock.at(6), clock.at(6.5)] == [[], [KEY]]


def test_a_change_counts_again_and_waits_for_the_grading_under_way(tmp_path: Path, place: Path) -> None:
    clock, file = Clock(tmp_path), place / "embedding.py"
    file.write_text(CODE)
    assert [clock.at(0), clock.at(1)] == [[], [KEY]]
    fresh = place / "fresh.tmp"
    fresh.write_text(CODE[::-1].replace("\n", ""))  # as long, and moved into the place of the old one
    os.utime(fresh, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    fresh.replace(file)
    assert [clock.at(2), clock.at(9, busy=(KEY,)), clock.at(9)] == [[], [], [KEY]]


def test_what_is_taken_away_and_comes_back_counts_again(tmp_path: Path, place: Path) -> None:
    clock, file = Clock(tmp_path), place / "embedding.py"
    file.write_text(CODE)
    assert [clock.at(0), clock.at(1)] == [[], [KEY]]
    file.rename(tmp_path / "kept")
    assert clock.at(2) == []
    (tmp_path / "kept").rename(file)
    assert [clock.at(3), clock.at(4)] == [[], [KEY]]


def test_a_file_inside_a_folder_inside_is_seen_and_a_link_is_not_followed(tmp_path: Path, place: Path) -> None:
    (place / "unzipped").mkdir()
    (place / "unzipped" / "embedding.py").write_text(CODE)
    (place / "loop").symlink_to(tmp_path)
    (signature,) = look(tmp_path, COURSE).signatures.values()
    assert [name for name, *_ in signature] == ["loop/", "unzipped/embedding.py/"]


def test_folders_of_no_assignment_are_told(tmp_path: Path, place: Path) -> None:
    for name in ("hw7", ".git", "__pycache__"):
        (place.parent / name).mkdir()
    (tmp_path / "notes.txt").touch()
    seen = look(tmp_path, COURSE)
    assert (seen.signatures, seen.unknown, seen.unreadable) == ({}, {"hw7"}, frozenset())


def test_a_folder_that_is_gone_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        look(tmp_path / "gone", COURSE)


def test_a_folder_that_cannot_be_entered_is_graded_which_says_so(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = os.scandir

    def refuse(path: object) -> object:
        if str(path).endswith(NAME):
            raise PermissionError(13, "Permission denied", str(path))
        return original(path)  # type: ignore[call-overload]

    monkeypatch.setattr(arrivals.os, "scandir", refuse)
    assert KEY in look(tmp_path, COURSE).signatures
