"""Run `python watch.py` and keep it open: it checks a file whenever you save it, and shows what to do next.

It works for the modules in assignments/ and the notebooks in release/. Keys: h hint, n next task, p previous task, q quit.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
STATE = HERE / ".watch.json"
LOOK = 0.05  # seconds between polls of the files
AHEAD = 0.5  # seconds after the start of a check at which the process for the next one starts
KEYS = "h hint   n next task   p previous task   q quit"
CTRL_C = "\x03"  # what a Windows console sends
OK, WRONG = "ok", "no"


def saved_at(path: Path) -> int | None:
    """The modification time of a file; None while an editor is replacing it."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


@dataclass
class Exercise:
    """One assignment: its tasks in order, and the results of the last check."""

    name: str
    files: list[Path]
    hints: dict[str, list[str]]
    results: list[list[Any]] = field(default_factory=list)  # task, name, outcome, lines, unfinished
    notes: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    @property
    def tasks(self) -> list[str]:
        return list(self.hints)

    @property
    def file(self) -> Path:
        """The module or the notebook, whichever was saved last."""
        return max(self.files, key=lambda path: saved_at(path) or 0)

    def take(self, answers: list[dict[str, Any]]) -> None:
        self.results = [answer["result"] for answer in answers if "result" in answer]
        self.notes = [line for answer in answers for key in ("problem", "cell") for line in answer.get(key, ())]
        self.done = [t for t in self.tasks if (own := [r for r in self.results if r[0] == t]) and all(r[2] == OK for r in own)]
        printed = next((answer["printed"] for answer in answers if answer.get("printed")), "")
        if printed and len(self.done) < len(self.tasks):
            self.notes += ["", "Your code printed:", *(f"    {line}" for line in printed.splitlines()[:10])]


def find_exercises(root: Path) -> list[Exercise]:
    """Find assignments with their hints in `root`, `root/assignments`, `root/release` and `root/../release`."""
    found: dict[str, Exercise] = {}
    for folder in (root, root / "assignments", root / "release", root.parent / "release"):
        for path in sorted(folder.glob("[0-9][0-9]_*")) if folder.is_dir() else ():
            stem = path.name.split("_", 1)[1]
            files = [file for file in (path / f"{stem}.py", path / f"{stem}.ipynb") if file.is_file()]
            hints = path / "hints.json"
            if path.name not in found and hints.is_file():
                found[path.name] = Exercise(path.name, [], json.loads(hints.read_text(encoding="utf-8")))
            if path.name in found:
                found[path.name].files += [file for file in files if file not in found[path.name].files]
    return [exercise for _, exercise in sorted(found.items()) if exercise.files]


class Checker:
    """Keeps a process ready with torch imported, checks one file in it, and starts the next process."""

    def __init__(self) -> None:
        self.spare: subprocess.Popen[str] | None = self._start()

    def _start_spare(self) -> None:
        self.spare = self.spare or self._start()

    def _start(self) -> subprocess.Popen[str]:
        command = [sys.executable, str(HERE / "watch_worker.py")]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
        )

    def check(self, file: Path, seconds: float = 120) -> list[dict[str, Any]]:
        """Run the checks of this file and return the answers, even when the process crashes or hangs."""
        process, self.spare = self.spare or self._start(), None
        timers = [
            threading.Timer(seconds, process.kill),  # a last resort: the worker has a time limit of its own
            threading.Timer(AHEAD, self._start_spare),  # not at once: it would compete with the check for the processor
        ]
        for timer in timers:
            timer.start()
        try:
            answer, _ = process.communicate(json.dumps({"file": str(file)}) + "\n")
        except OSError:
            answer = ""
        finally:
            for timer in timers:
                timer.cancel()
                timer.join()
            self._start_spare()
        answers = [json.loads(line) for line in answer.splitlines() if line.startswith("{") and line.endswith("}")]
        if not any("printed" in found or "problem" in found for found in answers):
            answers.append({"problem": ["Your code ended the process in the middle of a check. Is it an os._exit, or a crash?"]})
        return answers

    def close(self) -> None:
        if self.spare is not None:
            self.spare.kill()
            self.spare.wait()


class Watch:
    """The state of the screen: what is shown, and what each key does."""

    def __init__(self, exercises: list[Exercise], state: dict[str, Any]) -> None:
        self.exercises = exercises
        done, hints = (part if isinstance(part := state.get(name), dict) else {} for name in ("done", "hints"))
        for exercise in exercises:
            own = done.get(exercise.name)
            exercise.done = [task for task in exercise.tasks if isinstance(own, list) and task in own]
        self.current = next((e for e in exercises if e.name == state.get("current")), exercises[0])
        self.task = state["task"] if state.get("task") in self.current.tasks else self._next_open()
        self.hints: dict[str, int] = {name: level for name, level in hints.items() if isinstance(level, int)}
        self.took: float | None = None  # the first check waits for torch, so its time is not shown
        self.ready = False

    def state(self) -> dict[str, Any]:
        done = {exercise.name: exercise.done for exercise in self.exercises}
        return {"done": done, "current": self.current.name, "task": self.task, "hints": self.hints}

    def _next_open(self) -> str:
        return next((task for task in self.current.tasks if task not in self.current.done), self.current.tasks[-1])

    def checked(self, exercise: Exercise, answers: list[dict[str, Any]], took: float) -> None:
        exercise.take(answers)
        moved = exercise is not self.current
        self.current, self.took, self.ready = exercise, took if self.ready else None, True
        if moved or self.task not in exercise.tasks or self.task in exercise.done:
            self.task = self._next_open()

    def key(self, key: str) -> bool:
        """Handle a key; return False to quit."""
        if key == "h":
            name = f"{self.current.name} {self.task}"
            self.hints[name] = min(self.hints.get(name, 0) + 1, len(self.current.hints[self.task]))
        elif key in ("n", "p"):
            every = [(exercise, task) for exercise in self.exercises for task in exercise.tasks]
            place = every.index((self.current, self.task)) + (1 if key == "n" else -1)
            self.current, self.task = every[place % len(every)]
        return key not in ("q", CTRL_C)

    def screen(self) -> list[str]:
        """All lines of the screen."""
        lines = [f"Save a file to check it.    {KEYS}", ""]
        for exercise in self.exercises:
            done, of = len(exercise.done), len(exercise.tasks)
            here = ">" if exercise is self.current else " "
            lines.append(f"{here} {exercise.name:16} [{'#' * done:{of}}] {done} of {of} tasks")
            if exercise is self.current:
                lines += [f"    {'>' if t == self.task else ' '} [{self._mark(t)}] {t}" for t in exercise.tasks]
        return [*lines, "", *self._about_task(), *self._hint()]

    def _mark(self, task: str) -> str:
        outcomes = {result[2] for result in self.current.results if result[0] == task}
        return OK if task in self.current.done else WRONG if WRONG in outcomes else "  "

    def _about_task(self) -> list[str]:
        exercise = self.current
        took = f" in {self.took:.2f} s" if self.took is not None else ""
        if not exercise.results and not exercise.notes:
            return ["Getting ready: importing torch takes a few seconds, but only once."] if not self.ready else [""]
        lines = [f"{exercise.file.parent.name}/{exercise.file.name}, checked{took}"]
        own = [result for result in exercise.results if result[0] == self.task]
        lines += [f"  [{r[2] if r[2] in (OK, WRONG) else '..'}] {self.task}: {r[1]}" for r in own]
        unfinished = next((r for r in own if r[2] not in (OK, WRONG)), None)
        wrong = next((r for r in own if r[2] == WRONG), None)
        if wrong:
            lines += ["", *(f"  {line}" for line in wrong[3])]
        elif unfinished:
            own_stub = unfinished[4] == self.task
            lines.append(f"  {self.task}: not written yet" if own_stub else f"  {self.task}: waiting for {unfinished[4]}")
        if len(exercise.done) == len(exercise.tasks):
            lines.append("  All checks of this assignment pass. Grading adds stricter ones. Press n for the next assignment.")
        return lines + (["", *exercise.notes] if exercise.notes else [])

    def _hint(self) -> list[str]:
        level = self.hints.get(f"{self.current.name} {self.task}", 0)
        hints = self.current.hints[self.task]
        if not level:
            return []
        more = "   (h for more)" if level < len(hints) else ""
        return ["", f"Hint {level} of {len(hints)}{more}", *(f"  {line}" for h in hints[:level] for line in h.splitlines())]


def keys_pressed() -> queue.Queue[str]:
    """A queue that a thread fills with the keys as they are pressed; most terminals need no Enter."""
    pressed: queue.Queue[str] = queue.Queue()

    def read() -> None:
        if sys.platform == "win32" and sys.stdin.isatty():
            import msvcrt

            while True:
                pressed.put(msvcrt.getwch())
        while char := sys.stdin.read(1):
            pressed.put(char)

    threading.Thread(target=read, daemon=True).start()
    return pressed


def show(lines: list[str]) -> None:
    if sys.stdout.isatty():
        sys.stdout.write("\x1b[2J\x1b[3J\x1b[H")
    encoding = sys.stdout.encoding  # cp1252 on some Windows consoles, which cannot encode everything that a learner may print
    sys.stdout.write(("\n".join(lines) + "\n").encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


def stamps(exercises: list[Exercise]) -> dict[Path, int]:
    """The modification time of each file, without files that an editor is replacing right now."""
    return {path: stamp for exercise in exercises for path in exercise.files if (stamp := saved_at(path)) is not None}


def read_state() -> dict[str, Any]:
    """The saved progress; empty when there is none or it cannot be read."""
    with contextlib.suppress(OSError, ValueError):
        state = json.loads(STATE.read_text(encoding="utf-8"))
        return state if isinstance(state, dict) else {}
    return {}


def write_state(watch: Watch) -> None:
    with contextlib.suppress(OSError):  # in a read-only folder, progress is not saved
        STATE.write_text(json.dumps(watch.state()), encoding="utf-8")


def run(watch: Watch) -> None:
    pressed, checker, seen = keys_pressed(), Checker(), stamps(watch.exercises)
    to_check: Exercise | None = watch.current  # the files may have changed since the last run
    show(watch.screen())
    try:
        while True:
            if to_check is not None:
                start = time.perf_counter()
                answers = checker.check(to_check.file)
                watch.checked(to_check, answers, time.perf_counter() - start)
                write_state(watch)
                show(watch.screen())
            with contextlib.suppress(queue.Empty):
                if not watch.key(pressed.get(timeout=LOOK)):
                    return
                write_state(watch)
                show(watch.screen())
            now = stamps(watch.exercises)
            saved = {path for path, stamp in now.items() if seen.get(path) != stamp}
            seen |= now
            to_check = next((exercise for exercise in watch.exercises if saved & set(exercise.files)), None)
    finally:
        checker.close()


def main() -> int:
    exercises = find_exercises(HERE)
    if not exercises:
        print("No assignments found next to watch.py.")
        return 1
    with contextlib.ExitStack() as at_the_end, contextlib.suppress(KeyboardInterrupt):
        if sys.platform == "win32":
            os.system("")  # makes a Windows console understand escape sequences
        elif sys.stdin.isatty():
            import termios
            import tty

            at_the_end.callback(termios.tcsetattr, sys.stdin, termios.TCSADRAIN, termios.tcgetattr(sys.stdin))
            tty.setcbreak(sys.stdin)
        run(Watch(exercises, read_state()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
