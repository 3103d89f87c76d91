"""A clear intent is corrected and reported; an unclear hand-in is rejected with a reason. Nobody gets 0 by accident."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from autograder.course import Course
from autograder.intake import RejectedInput, handed_out, read_submission

COURSE = Course()
ASSIGNMENT = COURSE["01_rnn_cell"]
SOLVED = ASSIGNMENT.notebook_in("source").read_bytes()
UNTOUCHED = ASSIGNMENT.notebook_in("release").read_bytes()
MODULE = ASSIGNMENT.solution.read_bytes()
STUBS = ASSIGNMENT.module.read_bytes()
OTHERS = COURSE["02_shapes"].notebook_in("source").read_bytes()
SHAPES = COURSE["02_shapes"].module.read_bytes()
CONFLICT = b"<<<<<<< HEAD\n" + MODULE + b"=======\n" + MODULE + b">>>>>>> theirs\n"


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def format_3() -> bytes:
    cells = json.loads(SOLVED)["cells"]
    text = {"code": "input", "markdown": "source"}  # what format 3 calls the text of a cell
    old = [{"cell_type": c["cell_type"], "metadata": c["metadata"], text[c["cell_type"]]: c["source"]} for c in cells]
    return json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": old}]}).encode()


def with_outputs(size: int) -> bytes:
    return SOLVED.replace(b'"outputs": []', b'"outputs": ["' + b"x" * size + b'"]', 1)


def doubled(below: bool) -> bytes:
    """The solved notebook with `encode` as it was handed out above or below the one that was written."""
    notebook = json.loads(SOLVED)
    untouched = next(c for c in json.loads(UNTOUCHED)["cells"] if c["metadata"]["nbgrader"]["grade_id"] == "encode")
    place = next(i for i, c in enumerate(notebook["cells"]) if c["metadata"]["nbgrader"]["grade_id"] == "encode")
    notebook["cells"].insert(place + below, untouched)
    return json.dumps(notebook).encode()


def in_r() -> bytes:
    cells = [{"cell_type": "code", "metadata": {}, "source": "x <- c(1, 2)", "outputs": []}]
    kernel = {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}).encode()


def moved(kind: str) -> bytes:
    """The solved notebook with `encode` in a cell that does not run."""
    notebook = json.loads(SOLVED)
    cells = {c["metadata"]["nbgrader"]["grade_id"]: c for c in notebook["cells"]}
    if kind == "markdown":
        cells["encode"]["cell_type"] = "markdown"
    else:
        cells["check_encode"]["source"] = cells["encode"]["source"]
        cells["encode"]["source"] = ["def encode(text, char2idx):\n", "    raise NotImplementedError()\n"]
    return json.dumps(notebook).encode()


# id: (files, what a note says; None when there is none)
READ: dict[str, tuple[Mapping[str, bytes], str | None]] = {
    "as it should be": ({"rnn_cell.ipynb": SOLVED}, None),
    "the module": ({"rnn_cell.py": MODULE, "test_rnn_cell.py": b"def test(): pass"}, None),
    "with a timestamp and figures": ({"rnn_cell.ipynb": SOLVED, "timestamp.txt": b"now", "figures/a.svg": b""}, None),
    "another name": ({"homework.ipynb": SOLVED}, "is called homework.ipynb, not rnn_cell.ipynb"),
    "downloaded twice": ({"rnn_cell (1).ipynb": SOLVED}, "is called rnn_cell (1).ipynb"),
    "capital letters": ({"RNN_Cell.IPYNB": SOLVED}, "is called RNN_Cell.IPYNB"),
    "an ending that a browser added": ({"rnn_cell.ipynb.txt": SOLVED}, "is called rnn_cell.ipynb.txt"),
    "a solved copy beside the untouched original": (
        {"rnn_cell.ipynb": UNTOUCHED, "rnn_cell-Copy1.ipynb": SOLVED},
        "rnn_cell.ipynb is as it was handed out, so rnn_cell-Copy1.ipynb, which was worked on, was graded",
    ),
    "an untouched copy beside the solved original": ({"rnn_cell.ipynb": SOLVED, "rnn_cell-Copy1.ipynb": UNTOUCHED}, None),
    "two that were worked on": ({"rnn_cell.ipynb": SOLVED, "rnn_cell-Copy1.ipynb": SOLVED}, "and not rnn_cell-Copy1.ipynb"),
    "the untouched module beside it": ({"rnn_cell.ipynb": SOLVED, "rnn_cell.py": STUBS}, "rnn_cell.py is as it was handed out"),
    "the untouched notebook beside the module": ({"rnn_cell.ipynb": UNTOUCHED, "rnn_cell.py": MODULE}, "rnn_cell.ipynb is as"),
    "two copies of one file": ({"a.ipynb": SOLVED, "b.ipynb": SOLVED}, "is called a.ipynb"),
    "a copy beside notes": ({"rnn_cell-Copy1.ipynb": SOLVED, "notes.ipynb": OTHERS}, "is called rnn_cell-Copy1.ipynb"),
    "a folder in the folder": ({"01_rnn_cell/rnn_cell.ipynb": SOLVED}, "found inside 01_rnn_cell"),
    "a zip in the folder": ({"work.zip": zipped(**{"01_rnn_cell/rnn_cell.ipynb": SOLVED})}, "found inside work.zip"),
    "Python in a notebook's name": ({"rnn_cell.ipynb": MODULE}, "holds a Python module"),
    "a notebook in a module's name": ({"rnn_cell.py": SOLVED}, "holds a notebook"),
    "a byte order mark": ({"rnn_cell.ipynb": b"\xef\xbb\xbf" + SOLVED}, None),
    "UTF-16": ({"rnn_cell.ipynb": SOLVED.decode().encode("utf-16")}, "UTF-16"),
    "UTF-16 without a mark": ({"rnn_cell.py": MODULE.decode().encode("utf-16-le")}, "UTF-16"),
    "Latin-1": ({"rnn_cell.py": MODULE + "# geprüft\n".encode("latin-1")}, "CP1252"),
    "a declared encoding": ({"rnn_cell.py": b"# -*- coding: gbk -*-\n" + MODULE + "# 你好\n".encode("gbk")}, "GBK"),
    "format 3": ({"rnn_cell.ipynb": format_3()}, None),
    "outputs of 50 MB": ({"rnn_cell.ipynb": with_outputs(50 << 20)}, None),
    "a stub twice, untouched below": ({"rnn_cell.ipynb": doubled(True)}, "encode has a second cell that is as it was handed out"),
    "a stub twice, untouched above": ({"rnn_cell.ipynb": doubled(False)}, "encode has a second cell"),
    "a stub turned to markdown": ({"rnn_cell.ipynb": moved("markdown")}, "encode is defined in a text cell"),
    "a solution in the check's cell": ({"rnn_cell.ipynb": moved("check")}, "encode is defined in the cell with the checks"),
}  # fmt: skip

REJECTED: dict[str, tuple[Mapping[str, bytes], str]] = {
    "nothing": ({}, "Found neither rnn_cell.ipynb nor rnn_cell.py"),
    "another kind of file": ({"report.pdf": b"%PDF"}, "There is only report.pdf"),
    "another assignment": ({"shapes.ipynb": OTHERS}, "There is only shapes.ipynb"),
    "another assignment under this name": ({"rnn_cell.ipynb": OTHERS}, "holds word_batch, to_time_major, .*another assignment"),
    "another assignment's module": ({"rnn_cell.py": SHAPES}, "holds word_batch, to_time_major, .*another assignment"),
    "a notebook in R": ({"rnn_cell.ipynb": in_r()}, "is written in R, not in Python"),
    "module and notebook, both worked on": ({"rnn_cell.ipynb": SOLVED, "rnn_cell.py": MODULE}, "Found both"),
    "several copies, all different": (
        {"rnn_cell.ipynb": UNTOUCHED, "a.ipynb": SOLVED, "b.ipynb": moved("markdown")},
        "several others were worked on: a.ipynb, b.ipynb",
    ),
    "broken JSON": ({"rnn_cell.ipynb": SOLVED[:-20]}, "not valid JSON"),
    "a merge conflict": ({"rnn_cell.ipynb": CONFLICT}, "both sides of a merge conflict"),
    "a merge conflict in the module": ({"rnn_cell.py": CONFLICT}, "both sides of a merge conflict"),
    "a web page": ({"rnn_cell.ipynb": b"<!DOCTYPE html><title>Sign in</title>"}, "a web page, not a notebook"),
    "an empty file": ({"rnn_cell.ipynb": b""}, "is empty"),
    "JSON that is a list": ({"rnn_cell.ipynb": b"[]"}, "no notebook"),
    "no cell": ({"rnn_cell.ipynb": b'{"nbformat": 4, "cells": []}'}, "no code cell of yours"),
    "no text": ({"rnn_cell.py": bytes(range(256))}, "is not text"),
    "two zips": (dict.fromkeys(("a.zip", "b.zip"), zipped(**{"rnn_cell.py": MODULE})), "Several folders or zip"),
}  # fmt: skip


def hand_in(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize(("files", "note"), READ.values(), ids=READ.keys())
def test_what_is_meant_is_graded_and_said(files: Mapping[str, bytes], note: str | None, tmp_path: Path) -> None:
    read = read_submission(hand_in(tmp_path, files), "rnn_cell", handed_out(ASSIGNMENT))
    assert not handed_out(ASSIGNMENT).is_untouched("\n".join(read.cells))
    assert "def run_cell" in "\n".join(read.cells)
    assert len(read.notes) == (note is not None), read.notes
    assert note is None or note in str(read.notes[0])


@pytest.mark.parametrize(("files", "reason"), REJECTED.values(), ids=REJECTED.keys())
def test_what_is_not_clear_is_rejected_with_its_reason(files: Mapping[str, bytes], reason: str, tmp_path: Path) -> None:
    with pytest.raises(RejectedInput, match=reason.replace("(", r"\(")):
        read_submission(hand_in(tmp_path, files), "rnn_cell", handed_out(ASSIGNMENT))


def test_lines_are_counted_as_python_counts_them(tmp_path: Path) -> None:
    (tmp_path / "rnn_cell.py").write_text("x = 'a\u2028b\x85c\x1cd'\n\x0c\ndef run_cell(): pass", encoding="utf-8")
    assert read_submission(tmp_path, "rnn_cell").lines["rnn_cell.py"][2] == "def run_cell(): pass"


def test_a_file_with_one_stub_written_is_not_untouched() -> None:
    given = handed_out(ASSIGNMENT)
    assert given.is_untouched(STUBS.decode())
    assert not given.is_untouched(STUBS.decode().replace("raise NotImplementedError()", "return text", 1))
