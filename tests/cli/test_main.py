"""`python -m autograder`, which Python starts with the current folder among the places to import from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHADOWING = ("torch", "numpy", "json", "dataclasses", "pytest", "argparse")


def test_nothing_is_imported_from_the_students_folder(tmp_path: Path) -> None:
    for name in SHADOWING:
        (tmp_path / f"{name}.py").write_text(f"open('ran-{name}', 'w')\nraise SystemExit('{name} is the student\\'s')\n")
    solution = ROOT / "solutions" / "04_embedding" / "embedding.py"
    (tmp_path / "embedding.py").write_text(solution.read_text())
    command = [sys.executable, "-m", "autograder", "grade", "embedding.py", "--assignment", "04_embedding", "--task", "embed"]
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONSAFEPATH")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert not list(tmp_path.glob("ran-*")), done.stderr
    assert done.returncode == 0, done.stderr


INTERRUPTED = """
import sys
from autograder import cli
def interrupted(options): exec("raise KeyboardInterrupt")
cli._run = interrupted
sys.exit(cli.main(["doctor"]))
"""


def test_ctrl_c_in_generated_code_has_the_same_status(tmp_path: Path) -> None:
    """Libraries generate code with exec, dataclasses among them; Python started with -m then ends itself by SIGINT."""
    (tmp_path / "interrupted.py").write_text(INTERRUPTED)
    command = [sys.executable, "-m", "interrupted"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.stderr, done.returncode) == ("autograder: stopped\n", 130)
