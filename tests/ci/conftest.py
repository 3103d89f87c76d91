"""A checkout of the course as in a CI job."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of the course, whose environment is the one that these tests run in."""
    root = tmp_path_factory.mktemp("course")
    for name in ("solutions", "source", "release", "assignments", "autograder", "docs"):
        (root / name).symlink_to(ROOT / name)
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / ".venv" / "bin" / "autograder").symlink_to(Path(sys.executable).with_name("autograder"))
    shutil.copytree(ROOT / "examples" / "ci", root / "examples" / "ci")
    (root / "examples" / "submitted").symlink_to(ROOT / "examples" / "submitted")
    return root
