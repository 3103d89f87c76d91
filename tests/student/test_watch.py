"""The watcher as a learner sees it, in a real terminal: stub, wrong, endless loop, right, restart, and a notebook."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
import watch

from autograder.course import Assignment, Course
from autograder.course.build import AT_THE_ROOT, STUDENT

COURSE = Course()
EMBEDDING = COURSE["04_embedding"]
PATIENCE = 180  # seconds: a loaded machine imports torch slowly


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What students have: the modules and the notebooks of two assignments, and the watcher beside them."""
    for name in (EMBEDDING.name, "05_lstm"):
        for tree in ("assignments", "release"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(COURSE.root / tree / name, tmp_path / tree / name, ignore=ignored)
    for name in AT_THE_ROOT:
        shutil.copy(STUDENT / name, tmp_path / name)
    return tmp_path


class Terminal:
    """A tmux session of its own that runs the watcher."""

    def __init__(self, folder: Path) -> None:
        self.tmux = ["tmux", "-S", str(folder / "tmux.socket")]
        command = f"{sys.executable} watch.py"
        subprocess.run([*self.tmux, "new-session", "-d", "-x", "130", "-y", "60", "-c", str(folder), command], check=True)

    def press(self, key: str) -> None:
        subprocess.run([*self.tmux, "send-keys", key], check=True)

    def screen(self) -> str:
        return subprocess.run([*self.tmux, "capture-pane", "-p"], capture_output=True, text=True, check=False).stdout

    def wait_for(self, *words: str) -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            screen = self.screen()
            if all(word in screen for word in words):
                return screen
            time.sleep(0.1)
        raise AssertionError(f"{words} did not appear:\n{self.screen()}")

    def close(self) -> None:
        subprocess.run([*self.tmux, "kill-server"], check=False, capture_output=True)


@pytest.fixture
def terminal(folder: Path) -> Iterator[Terminal]:
    if shutil.which("tmux") is None:
        pytest.skip("needs tmux")
    session = Terminal(folder)
    yield session
    session.close()


ENDLESS = "    while True:\n        pass\n"


def test_a_session(folder: Path, terminal: Terminal) -> None:
    module = folder / "assignments" / EMBEDDING.name / "embedding.py"
    solution = EMBEDDING.solution_module
    terminal.wait_for("> 04_embedding", "0 of 3 tasks", "> [  ] embed", "embed: not written yet")
    terminal.press("h")
    terminal.wait_for("Hint 1 of")

    module.write_text(solution.replace("one_hot @ weight", "one_hot @ weight * 2"))
    terminal.wait_for("[no] embed: picks the rows of the example", "came back", "2 of 3 tasks")

    marker = "def embed(indices: Tensor, weight: Tensor) -> Tensor:\n"
    assert marker in solution
    module.write_text(solution.replace(marker, marker + ENDLESS))
    terminal.wait_for("nothing for 10 seconds", "in embed")

    module.write_text(solution.replace(marker, marker + "    import os\n    os._exit(3)\n"))
    terminal.wait_for("ended the process")

    module.write_text(solution.replace(marker, marker + "    input('name? ')\n"))
    terminal.wait_for("EOFError")

    module.write_text(solution)
    terminal.wait_for("3 of 3 tasks", "All checks of this assignment pass")
    terminal.press("q")


def test_progress_survives_a_restart_and_a_notebook_is_checked(folder: Path) -> None:
    if shutil.which("tmux") is None:
        pytest.skip("needs tmux")
    state = {"done": {EMBEDDING.name: ["embed", "train"]}, "current": "05_lstm", "task": "train", "hints": {}}
    (folder / ".watch.json").write_text(json.dumps(state))
    session = Terminal(folder)
    try:
        session.wait_for("04_embedding     [## ] 2 of 3 tasks", "> 05_lstm", "> [  ] train")
        notebook = nbformat.read(COURSE["05_lstm"].notebook_in("source"), as_version=4)
        nbformat.write(notebook, folder / "release" / "05_lstm" / "lstm.ipynb")
        session.wait_for("05_lstm/lstm.ipynb, checked", "4 of 4 tasks")
    finally:
        session.close()
    assert json.loads((folder / ".watch.json").read_text())["done"]["05_lstm"] == COURSE_TASKS


COURSE_TASKS = [task.name for task in COURSE["05_lstm"].tasks]


def test_the_built_watcher_is_current() -> None:
    for name in AT_THE_ROOT:
        assert (COURSE.root / "assignments" / name).read_bytes() == (STUDENT / name).read_bytes(), "run: autograder build"


def test_keys_move_through_all_tasks_and_hints_stop_at_the_last(folder: Path) -> None:
    shown = watch.Watch(watch.find_exercises(folder), {})
    assert [exercise.name for exercise in shown.exercises] == [EMBEDDING.name, "05_lstm"]
    seen = []
    for _ in range(7):
        seen.append((shown.current.name, shown.task))
        assert shown.key("n")
    assert len(set(seen)) == 7
    assert (shown.current.name, shown.task) == seen[0]
    assert shown.key("p")
    assert (shown.current.name, shown.task) == seen[-1]
    for _ in range(9):
        shown.key("h")
    hints = shown.current.hints[shown.task]
    assert f"Hint {len(hints)} of {len(hints)}" in "\n".join(shown.screen())
    assert not shown.key("q")


@pytest.mark.parametrize(
    "state",
    [
        "[]", "null", '"x"', "{", '{"done": [], "hints": [], "current": 3, "task": 4}', '{"current": "99_gone", "task": "gone"}',
        '{"done": {"04_embedding": 5}, "hints": {"04_embedding embed": "2"}}', '{"current": "05_lstm", "task": "embed"}',
    ],
)  # fmt: skip
def test_a_state_of_another_version_is_no_obstacle(folder: Path, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".watch.json").write_text(state)
    monkeypatch.setattr(watch, "STATE", folder / ".watch.json")
    shown = watch.Watch(watch.find_exercises(folder), watch.read_state())
    assert shown.task in shown.current.tasks
    assert shown.screen()
    assert shown.key("h")


def test_a_folder_that_cannot_be_written_only_forgets(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "STATE", folder)  # a folder
    watch.write_state(watch.Watch(watch.find_exercises(folder), {}))


def test_a_console_that_cannot_write_a_character_shows_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Windows console that is redirected writes cp1252; a learner may print anything."""
    console = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr("sys.stdout", console)
    watch.show(["Your code printed:", "    h → o, é"])
    console.flush()
    written = console.buffer.getvalue()  # type: ignore[attr-defined]
    assert written.decode("cp1252").splitlines()[1] == "    h \\u2192 o, é"


def test_the_first_screen_says_what_is_being_waited_for(folder: Path) -> None:
    shown = watch.Watch(watch.find_exercises(folder), {})
    assert "Getting ready" in "\n".join(shown.screen())
    shown.checked(shown.current, [{"result": ["embed", "rows", "not written yet", [], "embed"]}], 9.0)
    assert "Getting ready" not in "\n".join(shown.screen())
    assert "checked in" not in "\n".join(shown.screen())
    shown.key("p")
    assert "Getting ready" not in "\n".join(shown.screen())


def test_keys_on_windows(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """msvcrt gives keys without Enter, and Ctrl-C as a character."""
    keys = iter("hn\x03")
    fake = types.SimpleNamespace(getwch=lambda: next(keys, None) or time.sleep(60))
    monkeypatch.setitem(sys.modules, "msvcrt", fake)
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr("sys.stdin", types.SimpleNamespace(isatty=lambda: True))
    shown, pressed = watch.Watch(watch.find_exercises(folder), {}), watch.keys_pressed()
    assert [shown.key(pressed.get(timeout=10)) for _ in range(3)] == [True, True, False]


def test_a_file_that_an_editor_is_just_replacing(folder: Path) -> None:
    exercise = watch.find_exercises(folder)[0]
    exercise.files[1].unlink()
    assert exercise.file == exercise.files[0]
    exercise.files[0].unlink()
    assert watch.Watch([exercise], {}).screen()


@pytest.mark.parametrize("assignment", [a for a in COURSE.assignments if not a.draft], ids=lambda a: a.name)
def test_every_task_has_hints_that_escalate(assignment: Assignment) -> None:
    hints = json.loads((assignment.module.parent / "hints.json").read_text(encoding="utf-8"))
    assert list(hints) == [task.name for task in assignment.tasks]
    assert {task: len(levels) for task, levels in hints.items() if len(levels) < 2} == {}
