"""Every pin can be installed on the oldest supported Python. A pin that cannot breaks `make demo` there."""

from __future__ import annotations

import sysconfig
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROMISED = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
OLDEST = PROMISED.removeprefix(">=")
PINS = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split() if "==" in line)

# Of this environment alone: setuptools puts packages of its own on the path.
INSTALLED = {canonicalize_name(one.name): one for one in metadata.distributions(path=[sysconfig.get_paths()["purelib"]])}


def accepts_oldest(requires_python: str | None) -> bool:
    return SpecifierSet(requires_python or "").contains(OLDEST)


def test_a_package_for_newer_pythons_only_is_seen() -> None:
    assert accepts_oldest(">=3.9")
    assert accepts_oldest(None)
    assert not accepts_oldest(">=3.11.5")  # soupsieve 4, whose selectors do not compile on Debian 12's own Python


def required_here(name: str) -> bool:
    """Whether an installed package, or an extra of ours, needs this one on this Python."""
    environments = [{"extra": extra} for extra in ("", "dev", "cluster")]
    return any(
        canonicalize_name(one.name) == name and (one.marker is None or any(map(one.marker.evaluate, environments)))
        for package in INSTALLED.values()
        for one in map(Requirement, package.requires or ())
    )


@pytest.mark.parametrize("name", PINS)
def test_a_pin_accepts_the_oldest_python(name: str) -> None:
    installed = INSTALLED.get(canonicalize_name(name))
    if installed is None:
        assert not required_here(canonicalize_name(name))  # an older Python needs it
        return
    assert installed.version.split("+")[0] == PINS[name], f"{name} {PINS[name]} is pinned, {installed.version} is installed"
    assert accepts_oldest(installed.metadata.get("Requires-Python"))
