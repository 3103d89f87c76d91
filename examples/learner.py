"""A learner's notebooks in JupyterLab, in headless Chromium: untouched, half right and solved.

    python -m examples.learner                     01 and 05: Run All reaches the last cell, and each check prints what it should
    python -m examples.learner 01_rnn_cell         one of them
    python -m examples.learner --pictures FOLDER   also take the pictures of docs/students.md

Needs Debian's packages chromium and chromium-driver. Exit status 0 when everything was as expected.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from autograder.course import Assignment, Course
from autograder.course.cells import checked_task, grade_id, is_stub
from autograder.judge.catalogue import misconceptions_of
from examples.browser import PATIENCE, Walk, chromium, jupyter_lab

COURSE = Course()
SIZE = (1280, 900)
STATES = ("untouched", "half right", "solved")
MARKER = re.compile(r"^\s*### (BEGIN|END) SOLUTION\n", re.MULTILINE)
# Half right: tasks that are written, with the misconception in them or None; then words of each check.
HALF: dict[str, dict[str, str | None]] = {
    "01_rnn_cell": {"encode": None, "rnn_cell_step": "bias_hh left out", "run_cell": None, "train": None},
    "05_lstm": {"lstm_cell_step": None, "lstm_forward": "cell state not carried forward", "train": None},
}
SAID: dict[tuple[str, str], dict[str, str]] = {
    ("01_rnn_cell", "untouched"): {
        "encode": "not written yet", "rnn_cell_step": "not written yet", "run_cell": "not written yet",
        "run_stacked_cells": "not written yet", "RNNCellModel": "not written yet", "train": "waiting for RNNCellModel",
    },
    ("01_rnn_cell", "half right"): {
        "encode": "3 of 3 checks pass", "rnn_cell_step": "four terms, and tanh of their sum", "run_cell": "3 of 3 checks pass",
        "run_stacked_cells": "not written yet", "RNNCellModel": "not written yet", "train": "waiting for RNNCellModel",
    },
    ("05_lstm", "untouched"): {
        "lstm_cell_step": "not written yet", "lstm_forward": "not written yet", "LSTMModel": "not written yet",
        "train": "waiting for LSTMModel",
    },
    ("05_lstm", "half right"): {
        "lstm_cell_step": "4 of 4 checks pass", "lstm_forward": "c goes 8 -> 4 -> 2 -> 1", "LSTMModel": "not written yet",
        "train": "waiting for LSTMModel",
    },
}  # fmt: skip
SETTINGS = {
    "themes": {"theme": "JupyterLab Light"},
    "notification": {"fetchNews": "false"},  # otherwise a question covers the page
}
WIDER_THAN_ITS_BOX = """
const boxes = [...document.querySelectorAll(arguments[0])];
return boxes.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText.trim().slice(0, 200));
"""
OUTPUTS = ".jp-OutputArea-output, .jp-OutputArea-output pre"
CODE = ".jp-CodeCell .jp-InputArea .cm-scroller"
SCROLL = """
const cell = document.querySelector(`.jp-Notebook .jp-Cell[data-windowed-list-index='${arguments[0]}']`);
cell?.scrollIntoView({block: arguments[1]});
"""
SCROLL_TO = """
const texts = [...document.querySelectorAll('.jp-Dialog pre')];
texts.find(one => one.innerText.includes(arguments[0]))?.scrollIntoView({block: 'center'});
"""
FETCH = """
const [path, method, body, done] = arguments;
const headers = {'X-XSRFToken': document.cookie.match(/_xsrf=([^;]+)/)[1]};
fetch(path, {method, headers, body}).then(answer => done(answer.status));
"""


@dataclass(frozen=True)
class Case:
    """One notebook in one state, before and after JupyterLab has run it."""

    assignment: Assignment
    state: str

    @property
    def path(self) -> str:
        return f"{self.state.replace(' ', '_')}/{self.assignment.name}/{self.assignment.stem}.ipynb"

    def write(self, home: Path) -> None:
        source = self.assignment.notebook_in("release")
        shutil.copytree(source.parent, (home / self.path).parent)
        notebook = nbformat.read(source, as_version=4)
        answers = self._answers()
        for cell in notebook.cells:
            if is_stub(cell) and (name := grade_id(cell)) in answers:
                cell.source = MARKER.sub("", answers[name] + "\n").rstrip()
        nbformat.write(notebook, home / self.path)

    def _answers(self) -> dict[str, str]:
        if self.state == "untouched":
            return {}
        if self.state == "solved":
            return {task.name: self.assignment.stub(task.name) for task in self.assignment.tasks}
        wrong = {(task, m.name): m.stubs(self.assignment, task)[0] for task, m in misconceptions_of(self.assignment)}
        mistakes = HALF[self.assignment.name]
        return {task: wrong[task, m] if m else self.assignment.stub(task) for task, m in mistakes.items()}

    def words(self) -> dict[str, str]:
        """The expected output of each task's check."""
        return SAID.get((self.assignment.name, self.state), {task.name: "checks pass" for task in self.assignment.tasks})

    def wrong(self, notebook: NotebookNode) -> Iterator[str]:
        """The problems in the notebook that JupyterLab saved."""
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        counts = [cell.execution_count for cell in code]
        if counts != list(range(1, len(code) + 1)):
            yield f"Run All did not run each cell once and in order: {counts}"
        for cell in code:
            if (task := checked_task(cell)) is not None:
                text, words = said_in(cell), self.words()[task]
                if words not in " ".join(text.split()) or (self.state == "solved" and "[no]" in text):
                    yield f"{task}: {words!r} is missing in:\n{text}"
            if self.state == "solved" and any(output.output_type == "error" for output in cell.outputs):
                yield f"{grade_id(cell)} raised:\n{said_in(cell)}"
            if len(lines := said_in(cell).splitlines()) > 25:
                yield f"{grade_id(cell)} prints {len(lines)} lines:\n{said_in(cell)}"


def said_in(cell: NotebookNode) -> str:
    """All output text of a cell, as displayed."""
    texts = [output.get("text", "\n".join(output.get("traceback", ()))) for output in cell.outputs]
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(texts))


class Lab(Walk):
    """Notebooks in JupyterLab."""

    def run_all(self, path: str, home: Path) -> NotebookNode:
        """Open the notebook, run all its cells, save it, and read what was saved."""
        self.open(f"/lab/tree/{path}?reset")
        self.find(".jp-Notebook .jp-CodeCell")
        WebDriverWait(self.browser, PATIENCE).until(lambda _: self.idle(path))
        self.choose("Run", "Run All Cells")
        self.wait_until_run(path)
        before = (home / path).stat().st_mtime_ns
        self.choose("File", "Save Notebook")
        WebDriverWait(self.browser, PATIENCE).until(lambda _: (home / path).stat().st_mtime_ns != before)
        notebook: NotebookNode = nbformat.read(home / path, as_version=4)
        return notebook

    def sessions(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.url}/api/sessions") as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def idle(self, path: str) -> bool:
        return any(one["path"] == path and one["kernel"]["execution_state"] == "idle" for one in self.sessions())

    def wait_until_run(self, path: str) -> None:
        """Until the kernel has been idle for two seconds and no cell waits: between two cells it is idle for a moment."""
        idle, end = 0, time.monotonic() + 4 * PATIENCE
        while idle < 8 and time.monotonic() < end:
            time.sleep(0.25)
            prompts = {prompt.text for prompt in self.browser.find_elements(By.CSS_SELECTOR, ".jp-InputPrompt")}
            idle = idle + 1 if self.idle(path) and "[*]:" not in prompts else 0

    def fetch(self, path: str, method: str, body: str | None = None) -> None:
        """Make a request as JupyterLab does, with its cookie."""
        status = self.browser.execute_async_script(FETCH, path, method, body)
        assert status < 300, (path, status)

    def settle(self, settings: dict[str, dict[str, str]]) -> None:
        for plugin, values in settings.items():
            body = json.dumps({"raw": json.dumps(values)})
            self.fetch(f"/lab/api/settings/@jupyterlab/apputils-extension:{plugin}", "PUT", body)

    def shut_down(self) -> None:
        for session in self.sessions():
            self.fetch(f"/api/sessions/{session['id']}", "DELETE")

    def show(self, number: int, block: str = "end") -> None:
        """Scroll a cell into view, twice: a distant cell is rendered only then, which moves it."""
        for _ in range(2):
            self.browser.execute_script(SCROLL, number, block)
            time.sleep(0.2)

    def sticking_out(self, cells: int, selector: str) -> Iterator[str]:
        """The elements that overflow in a window 1280 pixels wide."""
        seen = set()
        for number in range(cells):
            self.show(number)
            seen |= set(self.browser.execute_script(WIDER_THAN_ITS_BOX, selector))
        yield from (f"runs out of its cell: {text}" for text in sorted(seen))

    def validate(self) -> str:
        """Press nbgrader's Validate button and return its text."""
        self.click("//*[normalize-space(text())='Validate']", xpath=True)
        results = self.find("//*[contains(@class,'jp-Dialog-content')][contains(.,'Validation Results')]", xpath=True)
        text = str(results.get_attribute("textContent"))
        self.browser.execute_script(SCROLL_TO, "[no]")
        return text


PICTURES = {  # (assignment, state) -> the cells that are shown, each with its picture's name and the theme
    ("01_rnn_cell", "untouched"): [("demo_run_cell", "learner_untouched", "Light")],
    ("01_rnn_cell", "half right"): [
        ("check_rnn_cell_step", "learner_half_right", "Light"),
        ("text_run_cell", "learner_dark", "Dark"),
    ],
    ("05_lstm", "solved"): [("demo_memory", "learner_solved", "Light")],
}


def look_at(case: Case, lab: Lab, home: Path) -> list[str]:
    """Run one notebook; return the problems found."""
    case.write(home)
    notebook = lab.run_all(case.path, home)
    wrong = list(case.wrong(notebook))
    shown = f"{OUTPUTS}, {CODE}" if case.state == "untouched" else OUTPUTS  # in the others code is the learner's own
    wrong += lab.sticking_out(len(notebook.cells), shown)
    names = [grade_id(cell) for cell in notebook.cells]
    for cell, picture, theme in PICTURES.get((case.assignment.name, case.state), []):
        if theme != "Light":  # read only when the page is loaded
            lab.settle({"themes": {"theme": f"JupyterLab {theme}"}})
            lab.open(f"/lab/tree/{case.path}?reset")
            lab.find(f"body[data-jp-theme-name='JupyterLab {theme}'] .jp-Notebook .jp-CodeCell")
        lab.show(names.index(cell))
        lab.picture(picture)
    lab.settle(SETTINGS)
    if case.state == "half right":
        said = " ".join(lab.validate().split())
        told = [words for words in case.words().values() if "pass" not in words]
        wrong += [f"Validate does not say {words!r}" for words in told if words not in said]
        if case.assignment.name == "01_rnn_cell":
            lab.picture("learner_validate")
    lab.shut_down()
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=["01_rnn_cell", "05_lstm"], metavar="assignment")
    parser.add_argument("--state", action="append", choices=STATES, help="only this state; may be repeated")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"  # the kernels' threads would wait for each other on a machine that is busy
    failed = False
    with tempfile.TemporaryDirectory(prefix="learner-") as folder, chromium() as browser, jupyter_lab(Path(folder)) as url:
        browser.set_window_size(*SIZE)
        lab = Lab(browser, url, arguments.pictures)
        lab.open("/lab")
        lab.find(".jp-Launcher")
        lab.settle(SETTINGS)
        for name in arguments.names:
            for state in arguments.state or STATES:
                wrong = look_at(Case(COURSE[name], state), lab, Path(folder))
                print(f"{name}, {state}: {'as expected' if not wrong else ''}", *wrong, sep="\n  ", flush=True)
                failed = failed or bool(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
