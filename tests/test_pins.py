"""Every pin can be installed on the oldest supported Python. A pin that cannot breaks `make demo` there."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
PROMISED = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
OLDEST = PROMISED.removeprefix(">=")
PINS = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split() if "==" in line)


def accepts_oldest(requires_python: str | None) -> bool:
    return SpecifierSet(requires_python or "").contains(OLDEST)


def test_a_package_for_newer_pythons_only_is_seen() -> None:
    assert accepts_oldest(">=3.9")
    assert accepts_oldest(None)
    assert not accepts_oldest(">=3.11.5")  # soupsieve 4, whose selectors do not compile on Debian 12's own Python


@pytest.mark.parametrize("name", PINS)
def test_a_pin_accepts_the_oldest_python(name: str) -> None:
    installed = metadata.distribution(name)
    assert installed.version.split("+")[0] == PINS[name], f"{name} {PINS[name]} is pinned, {installed.version} is installed"
    assert accepts_oldest(installed.metadata.get("Requires-Python"))
