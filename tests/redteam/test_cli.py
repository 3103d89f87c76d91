"""The command line on bad input: one clear line, the right verdict, the exit status of the design, no traceback of ours."""

# ruff: noqa: E501  (tables: one row, one line)

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder import cli
from autograder.batch import grading
from autograder.course import Assignment
from autograder.sandbox import Limits


def written(name: str, data: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "rnn_cell.py")
    return folder / "rnn_cell.py"


# id: (path, status, verdict or a part of the error line)
ROWS: dict[str, tuple[Callable[[Path], Path], int, str]] = {
    "a path with nothing there": (lambda f: f / "nothing.py", 2, "does not exist"),
    "a notebook that is not JSON": (written("rnn_cell.ipynb", b"{"), 1, "rejected_input"),
    "an empty file": (written("rnn_cell.py", b""), 1, "rejected_input"),
    "a syntax error": (written("rnn_cell.py", b"def encode(:\n"), 1, "load_error"),
    "a missing import": (written("rnn_cell.py", b"import no_such_module\n"), 1, "load_error"),
    "only one function": (written("rnn_cell.py", b"def encode(text):\n    return text\n"), 1, "graded"),
    "a class instead of a function": (written("rnn_cell.py", b"class encode: pass\n"), 1, "graded"),
    "an async function": (written("rnn_cell.py", b"async def encode(text, idx2char): pass\n"), 1, "graded"),
    "a generator": (written("rnn_cell.py", b"def encode(text, idx2char):\n    yield 1\n"), 1, "graded"),
    "a property that raises": (written("rnn_cell.py", b"class RNNCellModel:\n    @property\n    def forward(self): raise SystemExit\n"), 1, "graded"),
    "a folder named rnn_cell.py": (lambda f: (f / "rnn_cell.py").mkdir() or f / "rnn_cell.py", 1, "rejected_input"),
    "a pipe": (fifo, 1, "rejected_input"),
    "the endless device": (lambda f: Path("/dev/zero"), 1, "rejected_input"),
    "no zip at all": (written("work.zip", b"PK"), 1, "rejected_input"),
    "nested parentheses": (written("rnn_cell.py", b"x = " + b"(" * 5000), 1, "load_error"),
    "NUL bytes": (written("rnn_cell.py", b"x = 1\0"), 1, "load_error"),
    "a name that is not UTF-8": (lambda f: written(os.fsdecode(b"\xff\x1b[2J.py"), b"x = 1\n")(f), 1, "graded"),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def one_sandbox() -> None:
    """The command line starts a sandbox for each call; here they share one, to save time."""
    import autograder.sandbox as package

    real, kept = package.Sandbox, []

    class Shared:
        def __init__(self, **options: object) -> None:
            if not kept:
                kept.append(real(**options))

        def __enter__(self) -> object:
            return kept[0]

        def __exit__(self, *_: object) -> None:
            pass

    package.Sandbox = Shared
    yield
    package.Sandbox = real
    for sandbox in kept:
        sandbox.close()


@pytest.mark.parametrize(("make", "status", "wanted"), ROWS.values(), ids=ROWS.keys())
def test_grade(
    capsys: pytest.CaptureFixture, tmp_path: Path, assignment: Assignment, make: Callable[[Path], Path], status: int, wanted: str
) -> None:
    path = make(tmp_path)
    arguments = ["--course", str(assignment.root), "grade", str(path), "--assignment", assignment.name]
    assert cli.main([*arguments, "--format", "json"]) == status
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert out.encode("utf-8") is not None
    if status == 2:
        assert wanted in err
        assert len(err.strip().splitlines()) == 1
        assert not out
        return
    document = json.loads(out)
    assert (document["verdict"], err) == (wanted, "")
    assert document["score"] == (None if wanted == "rejected_input" else 0)
    if wanted == "graded" and "UTF-8" not in os.environ["PYTEST_CURRENT_TEST"]:
        return  # the text is the same for all of these
    assert cli.main(arguments) == status
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert all(line.isprintable() for line in out.splitlines())


def test_an_assignment_that_does_not_exist(capsys: pytest.CaptureFixture, assignment: Assignment, tmp_path: Path) -> None:
    assert cli.main(["--course", str(assignment.root), "grade", str(tmp_path), "--assignment", "../../etc"]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert len(err.strip().splitlines()) == 1
    assert assignment.name in err


def test_limits_can_be_given_and_have_a_default() -> None:
    assert Limits() == grading.LIMITS


ORDINARY = """
import sys
from pathlib import Path
from autograder.course import Course
from autograder.batch import SubmissionRef, grade_many
from autograder.sandbox import Sandbox
assignment = Course(Path(sys.argv[1]))["01_rnn_cell"]
entries = [SubmissionRef(Path(path).name, Path(path) / "rnn_cell.py") for path in sys.argv[2:]]
with Sandbox(bubblewrap="off") as sandbox:
    grade_many(assignment, entries, sandbox, lambda r: print(r.student, r.verdict, r.score == r.max_score, r.score))
    print("layers", *sorted(sandbox.protection.layers), sandbox.protection.own_uid)
"""
SAMPLE = "open_every_guess walk_the_machine native_calls signals_others network makes_processes proc_files exit_in_a_call".split()


def _interpreter_for_everybody() -> list[str]:
    """A command prefix that shows an interpreter in root's home, and nothing else of it, to an ordinary user."""
    base = Path(sys.base_prefix).resolve()
    if not base.is_relative_to("/root"):
        return []
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        pytest.skip("needs bubblewrap: apt-get install bubblewrap")
    above = [folder for folder in reversed(base.parents) if len(folder.parts) > 2]
    made = [word for folder in above for word in ("--perms", "0755", "--dir", str(folder))]
    return [bwrap, "--bind", "/", "/", "--dev-bind", "/dev", "/dev", "--perms", "0755", "--tmpfs", "/root", *made,
            "--ro-bind", str(base), str(base)]  # fmt: skip


@pytest.mark.skipif(os.geteuid() != 0, reason="changes to another user, so it needs root; else every test runs as one")
def test_a_sample_as_an_ordinary_user(assignment: Assignment) -> None:
    """In a process that has given root away for good."""
    cases = Path(__file__).parents[1] / "submissions" / "redteam"
    for folder in [assignment.root, *assignment.root.parents]:
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o755)
    as_user = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", "--inh-caps=-all"]
    done = subprocess.run(
        [*_interpreter_for_everybody(), *as_user, sys.executable, "-c", ORDINARY, str(assignment.root), *(str(cases / n) for n in SAMPLE)],
        capture_output=True, text=True, timeout=200, cwd="/",
        env={"PATH": "/usr/bin:/bin", "HOME": "/tmp", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr[-2000:]
    assert lines[-1].startswith("layers landlock privileges rlimits seccomp")
    for line in lines[:-1]:
        name, verdict, full, _ = line.split()
        assert (verdict, full) == (("crashed", "False") if name == "exit_in_a_call" else ("graded", "True")), line
