"""A roster is read as Excel, Canvas and Blackboard write it; without its key column the export stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.nbgrader import CanvasExport
from autograder.nbgrader.roster import read_roster
from tests.nbgrader.test_export import ROSTER, App

ROSTERS = {
    "as Canvas writes it": ROSTER.encode(),
    "a mark in front": b"\xef\xbb\xbf" + ROSTER.encode(),
    "semicolons": b'Student;ID;SIS User ID;SIS Login ID\r\n"Lovelace, Ada";101;s-1;ada\r\n',
    "UTF-16 and tabs": 'Student\tID\tSIS User ID\tSIS Login ID\n"Lovelace, Ada"\t101\ts-1\tada\n'.encode("utf-16"),
    "Windows-1252": ROSTER.replace("O'Brien", "Ö'Brien").encode("cp1252"),
    "a row that is too long, one too short": (ROSTER + '"x",1,2,carl,A,B,C\n"y",2\n').encode(),
    "ada twice": (ROSTER + '"Another, Ada",999,s-9,ada,B\n').encode(),
    "names of columns with blanks": ROSTER.replace(",SIS Login ID", ", SIS Login ID ").encode(),
}


@pytest.mark.parametrize("data", ROSTERS.values(), ids=ROSTERS.keys())
def test_a_roster_of_any_make_is_read(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "roster.csv").write_bytes(data)
    found = read_roster(tmp_path / "roster.csv", "SIS Login ID")
    assert (found.people["ada"]["Student"], found.people["ada"]["ID"]) == ("Lovelace, Ada", "101")
    assert found.twice == (("ada",) if b"Another" in data else ())
    assert "" not in found.people


@pytest.mark.parametrize("text", ["", "Student,ID\nAda,1\n", "SIS Login ID|Student\nada|Ada\n"])
def test_a_roster_without_the_column_ends_the_export(tmp_path: Path, text: str) -> None:
    """Else the importer would get names that it does not know."""
    (tmp_path / "roster.csv").write_text(text)
    with pytest.raises(SystemExit, match=r"no column 'SIS Login ID'.*--LmsExport\.roster_key"):
        CanvasExport(parent=App(tmp_path))._people(tmp_path / "roster.csv")


def test_a_roster_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    asked = CanvasExport(parent=App(tmp_path, roster="people.csv"))
    with pytest.raises(SystemExit, match=r"people\.csv is not there"):
        asked._people(tmp_path / "people.csv")
    assert CanvasExport(parent=App(tmp_path))._people(tmp_path / "roster.csv") == {}
