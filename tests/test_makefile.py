"""What `make` does to an environment that is there already."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("works", [True, False], ids=["that works", "without pip"])
def test_an_environment_that_works_keeps_its_python(tmp_path: Path, works: bool) -> None:
    """`python -m venv` over an environment of another Python mixes the two: the program of one, the library of the other."""
    environment = tmp_path / "environment"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").write_text(f"#!/bin/sh\nexit {int(not works)}\n")
    (environment / "bin" / "python").chmod(0o755)
    other = tmp_path / "other"
    other.write_text('#!/bin/sh\necho "$@" >"$0.asked"\nexit 1\n')
    other.chmod(0o755)
    command = ["make", f"VENV={environment}", f"PYTHON={other}", str(environment / ".installed")]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (made.returncode == 0) == works, made.stderr
    assert other.with_name("other.asked").exists() != works
