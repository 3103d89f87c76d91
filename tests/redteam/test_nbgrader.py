"""Hostile notebooks through nbgrader, end to end: `autograde`, `generate_feedback`, `export` in a course directory of its own.

The scores are those that the work deserves, and the feedback holds no live script and no file of this machine.
"""

# ruff: noqa: E501  (tables: one row, one line)

from __future__ import annotations

import base64
import copy
import csv
import html.parser
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course import Course

ROOT = Course().root
NAME, STEM = "01_rnn_cell", "rnn_cell"
FULL = 20.0
ALERT = "alert('redteam')"
SCRIPT = f"<script>{ALERT}</script>"
PASSWD = "root:x:0:0"
MARKDOWN = f"""
# Notes {SCRIPT}

<img src=x onerror="{ALERT}"> <svg onload="{ALERT}"></svg> <iframe src="javascript:{ALERT}"></iframe> <a href="javascript:{ALERT}">a</a>
[link](javascript:{ALERT}) <javascript:{ALERT}> <details open ontoggle="{ALERT}">x</details> <math><mtext><style><img src=x onerror="{ALERT}">
![](../../../../../../../../etc/passwd) ![](/etc/passwd) ![](/tmp/autograder-redteam/secret.txt) ![](file:///etc/passwd)
<img src="/tmp/autograder-redteam/secret.txt"> <object data="/etc/passwd"></object> <style>@import url(//192.0.2.1)</style> <base href="//192.0.2.1">
$$\\href{{javascript:{ALERT}}}{{x}}$$ {{{{7*7}}}} \\input{{/etc/passwd}} \x1b[2J \u202e <meta http-equiv="refresh" content="0;url=javascript:{ALERT}">
"""

Notebook = dict


def code(source: str, outputs: list | None = None, **metadata: object) -> dict:
    return {"cell_type": "code", "id": f"x{abs(hash(source)) % 10**8}", "metadata": metadata, "source": source,
            "outputs": outputs or [], "execution_count": None}  # fmt: skip


def markdown(source: str, **metadata: object) -> dict:
    return {"cell_type": "markdown", "id": f"m{abs(hash(source)) % 10**8}", "metadata": metadata, "source": source}


def marks(cell: dict) -> dict:
    return cell["metadata"].get("nbgrader", {})


def grade_cells(notebook: Notebook) -> list[dict]:
    return [cell for cell in notebook["cells"] if marks(cell).get("grade")]


def each_mark(**changes: object) -> Callable[[Notebook], None]:
    def edit(notebook: Notebook) -> None:
        for cell in grade_cells(notebook):
            marks(cell).update(changes)

    return edit


def prefilled(notebook: Notebook) -> None:
    for cell in grade_cells(notebook):
        cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "100"}, "metadata": {}, "execution_count": 1}]
        cell["source"] = "100"


def duplicated(notebook: Notebook) -> None:
    notebook["cells"] += [{**copy.deepcopy(cell), "id": f"dup{i}"} for i, cell in enumerate(grade_cells(notebook))]
    prefilled(notebook)


def retyped(notebook: Notebook) -> None:
    for cell in grade_cells(notebook):
        cell["cell_type"] = "markdown"
        cell["source"] = "full marks"
        del cell["outputs"], cell["execution_count"]


def removed(notebook: Notebook) -> None:
    notebook["cells"] = [cell for cell in notebook["cells"] if not marks(cell).get("grade")]


def live_outputs(notebook: Notebook) -> None:
    data = [
        {"text/html": SCRIPT + MARKDOWN}, {"application/javascript": ALERT}, {"image/svg+xml": f"<svg onload=\"{ALERT}\">{SCRIPT}</svg>"},
        {"text/markdown": MARKDOWN}, {"text/latex": f"$x$ {SCRIPT}"}, {"image/png": f'"><img src=x onerror="{ALERT}">'},
        {"application/vnd.jupyter.widget-view+json": {"model_id": f"\"></script>{SCRIPT}", "version_major": 2, "version_minor": 0}},
        {"text/plain": SCRIPT},
    ]  # fmt: skip
    outputs = [{"output_type": "display_data", "data": d, "metadata": {}} for d in data]
    outputs += [
        {"output_type": "stream", "name": "stdout", "text": f"\x1b[31m{SCRIPT}\x1b]8;;javascript:{ALERT}\x07"},
        {"output_type": "error", "ename": SCRIPT, "evalue": SCRIPT, "traceback": [SCRIPT, f"\x1b[0;31m{SCRIPT}"]},
    ]
    notebook["cells"].append(code("1 + 1", outputs))
    solution = [cell for cell in notebook["cells"] if marks(cell).get("solution")]
    solution[0]["outputs"] = outputs


def live_metadata(notebook: Notebook) -> None:
    notebook["metadata"].update(title=SCRIPT, authors=[{"name": SCRIPT}])
    notebook["metadata"]["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": {"</script>" + SCRIPT: {}}, "version_major": 2, "version_minor": 0}
    }
    notebook["cells"].append(markdown("tagged", tags=[f'"><img src=x onerror="{ALERT}">', "demo"], nbgrader=None))
    notebook["cells"].append(
        {**markdown("![x](attachment:a.svg)"), "attachments": {"a.svg": {"image/svg+xml": f"<svg>{SCRIPT}</svg>"}}}
    )
    notebook["cells"].append(code(f"# {SCRIPT}", tags=[f'x" onclick="{ALERT}']))
    notebook["cells"][-2]["metadata"].pop("nbgrader", None)
    notebook["cells"][-3]["metadata"].pop("nbgrader", None)


def shell_tricks(notebook: Notebook) -> None:
    trick = (
        "ip = get_ipython()\nip.input_transformers_cleanup.append(lambda lines: [])\nip.run_cell = ip.showtraceback = lambda *a, **k: None\n"
        "ip.kernel.do_execute = None\nip.ast_transformers.append(None)\n!touch /tmp/autograder-redteam/touched\n%run /tmp/x\n%%writefile /tmp/autograder-redteam/touched"
    )
    for cell in notebook["cells"]:
        if marks(cell).get("solution"):
            cell["source"] = trick + "\n" + cell["source"] if isinstance(cell["source"], str) else [trick + "\n", *cell["source"]]


def with_markdown(notebook: Notebook) -> None:
    notebook["cells"] = [markdown(MARKDOWN), *notebook["cells"]]


def other_kernel(notebook: Notebook) -> None:
    notebook["metadata"]["kernelspec"] = {
        "name": "bash",
        "display_name": SCRIPT,
        "language": "bash",
        "argv": ["/bin/touch", "/tmp/autograder-redteam/touched"],
    }
    notebook["metadata"]["language_info"] = {"name": "bash"}
    notebook["metadata"]["jupytext"] = {"formats": "../../../x//py"}


def several(*edits: Callable[[Notebook], object]) -> Callable[[Notebook], None]:
    def edit(notebook: Notebook) -> None:
        for one in edits:
            one(notebook)

    return edit


def empty_marks(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        cell["metadata"]["nbgrader"] = {}


def many_cells(notebook: Notebook) -> None:
    notebook["cells"] += [code(f"{i}") for i in range(2100)]


# student: (which work, the edit, deserved score; None: nbgrader keeps no score). nbgrader takes them by name.
STUDENTS: dict[str, tuple[str, Callable[[Notebook], object], float | None]] = {
    "a_live_page_over_right_work": ("source", several(with_markdown, live_outputs, live_metadata, other_kernel), FULL),
    "b_duplicated_cells": ("release", duplicated, 0.0),
    "c_duplicated_in_right_work": ("source", several(duplicated, each_mark(points="nan")), FULL),
    "d_points_locks_and_versions": ("release", several(each_mark(points=1e9, locked=False, schema_version=99), prefilled, shell_tricks), 0.0),
    "e_retyped": ("release", several(each_mark(schema_version=1), retyped), 0.0),
    "f_right_work_with_empty_marks": ("source", several(removed, empty_marks), FULL),
    "g_dangling_link": ("source", several(), FULL),  # the link beside the notebook is not read, and goes no further
    "h_a_link_to_a_secret": ("source", several(), FULL),
    "i_a_notebook_that_is_a_link": ("source", several(), None),
    "j_too_many_cells": ("release", many_cells, None),
    "z_honest": ("source", several(), FULL),
}  # fmt: skip


def nbgrader(course: Path, *command: str) -> str:
    environment = os.environ | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "nbgrader", *command],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


class Graded:
    def __init__(self, course: Path) -> None:
        self.course = course
        self.feedback = {p.parts[-3]: p.read_text() for p in (course / "feedback").rglob("*.html")}
        with (course / "grades.csv").open(newline="") as file:
            self.scores = {row["student_id"]: row for row in csv.DictReader(file) if row["assignment"] == NAME}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    course = tmp_path_factory.mktemp("nbgrader")
    shutil.copytree(ROOT / "source" / NAME, course / "source" / NAME)
    (course / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text())
    nbgrader(course, "generate_assignment", NAME)
    for student, (tree, edit, _) in STUDENTS.items():
        folder = course / "submitted" / student / NAME
        shutil.copytree(course / tree / NAME, folder)
        notebook = json.loads((folder / f"{STEM}.ipynb").read_text())
        edit(notebook)
        (folder / f"{STEM}.ipynb").write_text(json.dumps(notebook))
    (course / "submitted" / "g_dangling_link" / NAME / "notes.txt").symlink_to("/nonexistent")
    (course / "submitted" / "h_a_link_to_a_secret" / NAME / "notes.txt").symlink_to("/tmp/autograder-redteam/secret.txt")
    linked = course / "submitted" / "i_a_notebook_that_is_a_link" / NAME / f"{STEM}.ipynb"
    linked.unlink()
    linked.symlink_to(course / "source" / NAME / f"{STEM}.ipynb")
    (course / "submitted" / "a_live_page_over_right_work" / NAME / "timestamp.txt").write_text("2000-01-01 00:00:00 UTC")
    log = nbgrader(course, "autograde", NAME) + nbgrader(course, "generate_feedback", NAME) + nbgrader(course, "export")
    (course / "log.txt").write_text(log)
    return Graded(course)


@pytest.mark.parametrize("student", STUDENTS)
def test_the_score_is_what_the_work_deserves(graded: Graded, student: str) -> None:
    wanted, row = STUDENTS[student][2], graded.scores.get(student)
    if wanted is None:
        assert row is None or row["score"] == ""
    else:
        assert row is not None
        assert (float(row["score"]), float(row["max_score"])) == (wanted, FULL)


class Live(html.parser.HTMLParser):
    """What would act when the page is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.in_script = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.in_script = tag == "script"
        for name, value in attributes:
            text = (value or "").strip().lower()
            if (
                (name.startswith("on") and "redteam" in text)
                or text.startswith("javascript:")
                or ("redteam" in text and name == "content")
            ):
                self.found.append(f"{tag} {name}={value}")
            if name in ("src", "data", "href") and ("etc/passwd" in text and text.startswith(("data:", "file:"))):
                self.found.append(f"{tag} {name}={value}")

    def handle_endtag(self, tag: str) -> None:
        self.in_script = False

    def handle_data(self, data: str) -> None:
        if self.in_script and "redteam" in data:
            self.found.append(data[:100])


def test_there_is_feedback_for_everybody_who_has_a_score(graded: Graded) -> None:
    assert set(graded.feedback) >= {name for name, (_, _, score) in STUDENTS.items() if score is not None}


def test_the_parser_sees_what_it_looks_for() -> None:
    parser = Live()
    parser.feed(MARKDOWN)
    assert len(parser.found) >= 6


@pytest.mark.parametrize("student", STUDENTS)
def test_the_feedback_holds_no_live_script_and_no_file(graded: Graded, hidden: tuple[str, ...], student: str) -> None:
    page = graded.feedback.get(student, "")
    parser = Live()
    parser.feed(page)
    assert not parser.found
    assert not [p for p in (graded.course / "feedback" / student).rglob("*") if p.suffix == ".txt" and p.name != "timestamp.txt"]
    assert PASSWD not in page
    assert not any(text in page for text in hidden)
    for secret in (PASSWD, hidden[0]):
        for shift in range(3):
            part = base64.b64encode((b"x" * shift + secret.encode())[: (shift + len(secret)) // 3 * 3]).decode()[4:-4]
            assert part not in page


def test_nothing_of_a_notebook_ran_outside_of_the_sandbox(graded: Graded, secrets: Path) -> None:
    assert not (secrets / "touched").exists()
    ours = {path.name for path in (ROOT / "source" / NAME).glob("*.py")}
    written = {path.name for path in (graded.course / "autograded").rglob("*.py")}
    assert written <= ours
