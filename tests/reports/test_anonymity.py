"""What `--anonymous` promises of the sources that it exports: no comment, no docstring, no student's name or number in them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest

from autograder.batch import journal
from autograder.cli import main
from autograder.course import Course
from autograder.reports.anonymity import anonymous_code
from autograder.results import Result

NAME = "04_embedding"
STUDENT = "ada.lovelace"
CODES = {
    "a comment": ("x = 1  # by Grace H.\n# 2718281\ny = '# no comment'\n", "x = 1  \n\ny = '# no comment'\n"),
    "a docstring of one line": ('def f():\n    """By Grace."""\n', 'def f():\n    ""\n'),
    "a docstring of three lines": ('"""By\nGrace\nHopper."""\nx = 1\n', '""\n\n\nx = 1\n'),
    "strings that are values": ("x = [\n    'a',\n    'b'\n]\nf('c')\n", "x = [\n    'a',\n    'b'\n]\nf('c')\n"),
    "a name in the code": ("Ada_cell = adamant = 'ADA LOVELACE'\n", "name_cell = adamant = 'name name'\n"),
    "magics": ("%matplotlib inline\nx = 1  # by Grace\n", "%matplotlib inline\nx = 1  \n"),
    "what cannot be read": ("x = 1  # Grace\ndef f(:\n  y = 2  # H.\n z = '''\n", "x = 1  \ndef f(:\n  y = 2  \n z = '''\n"),
    "lines of Windows": ("x = 1  # by Grace\r\n'''Grace\r\n'''\r\ny = 2\r\n", "x = 1  \n''\n\ny = 2\n"),
    "what only str.splitlines takes for the end of a line": (
        "x = 'a\u2028b'\n\x0c\n# by Grace\ny = 2\n",
        "x = 'a\u2028b'\n\x0c\n\ny = 2\n",
    ),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("code", "expected"), CODES.values(), ids=CODES.keys())
def test_code_without_remarks(code: str, expected: str) -> None:
    shown = anonymous_code(code, STUDENT).replace("\r", "").replace('""', "''")
    assert shown == expected.replace('""', "''")


def test_a_solution_stays_a_program() -> None:
    for path in sorted(Course().root.glob("solutions/*/*.py")):
        code = path.read_text(encoding="utf-8")
        shown = anonymous_code(code, STUDENT)
        assert len(shown.splitlines()) == len(code.splitlines())
        alone = [node.value for node in ast.walk(ast.parse(shown)) if isinstance(node, ast.Expr)]
        assert {node.value for node in alone if isinstance(node, ast.Constant)} <= {"", ...}
        assert shown.count("#") <= 1  # in a string


def test_no_name_is_in_what_is_exported(tmp_path: Path) -> None:
    """Neither in a file or its name, nor in what a notebook carries, nor in the report."""
    told = "Author: Ada Lovelace, matriculation 2718281"
    cell = f'# {told}\n"""{told}"""\nimport torch\n\ndef embed(indices, weight):\n    return weight[indices]  # lovelace\n'
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(told), nbformat.v4.new_code_cell(cell)],
        metadata={"authors": [{"name": "Ada Lovelace"}], "title": told},
    )
    folder = tmp_path / "submitted" / STUDENT / NAME
    folder.mkdir(parents=True)
    (folder / "embedding.ipynb").write_text(nbformat.writes(notebook))
    other = tmp_path / "submitted" / "bob" / NAME / "embedding.py"
    other.parent.mkdir(parents=True)
    other.write_text(f"# {told}, who is not Bob\nx = 1\n")
    for student in (STUDENT, "bob", "carl"):
        journal.write(tmp_path / "results", Result(student, NAME, "graded", (), 20.0, seed=7))
    argv = ["report", str(tmp_path / "results"), "--format", "html", "--submissions", str(tmp_path / "submitted")]
    out = ["--output", str(tmp_path / "out/class.html"), "--export-sources", str(tmp_path / "out/sources"), "--anonymous"]
    (tmp_path / "out").mkdir()
    assert main([*argv, *out]) == 0
    written = sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert len([path for path in written if path.match("submissions/*/embedding.py")]) == 2
    for path in written:
        text = f"{path.relative_to(tmp_path / 'out')}\n{path.read_text(encoding='utf-8')}"
        assert not re.search(r"ada(?!m)|lovelace|bob|carl|2718281", text, re.IGNORECASE), text[-3000:]
