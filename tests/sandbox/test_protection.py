"""The self-test, the minimum, the record of what is in force, and the doctor."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.sandbox import Sandbox, SandboxUnavailable, doctor, paths, seccomp, selftest
from autograder.sandbox.protection import demand, required

STANDARD = {"rlimits", "privileges", "landlock", "seccomp"}


def test_everything_is_in_force_by_default(sandbox: Sandbox) -> None:
    assert sandbox.protection.layers >= STANDARD
    assert json.loads(json.dumps(sandbox.protection.as_record()))["unconfined"] is False


@pytest.mark.parametrize("layer", sorted(STANDARD))
def test_a_layer_that_is_missing_stops_everything(layer: str) -> None:
    with Sandbox(_without={layer}, bubblewrap="off") as sandbox, pytest.raises(SandboxUnavailable, match=layer):
        sandbox.child(0)


def test_a_layer_without_effect_is_found_out(stub_child: Path, tmp_path: Path) -> None:
    """The child's code says it loads the filter, and does not."""
    broken = tmp_path / "child"
    shutil.copytree(stub_child, broken)
    confine = broken / "confine.py"
    confine.write_text(confine.read_text().replace("        _load_filter(config.filter)\n", "        pass\n"))
    refused = pytest.raises(SandboxUnavailable, match="seccomp: the self-test could do what it forbids")
    with Sandbox(_child=broken, bubblewrap="off") as sandbox, refused:
        sandbox.child(0)
    with Sandbox(_child=broken, bubblewrap="off", minimum={"landlock"}) as sandbox:
        assert sandbox.protection.layers == STANDARD - {"seccomp"}


def test_a_child_that_cannot_be_confined_runs_nothing(stub_child: Path, tmp_path: Path) -> None:
    broken = tmp_path / "child"
    shutil.copytree(stub_child, broken)
    (broken / "landlock.py").write_text(
        (broken / "landlock.py")
        .read_text()
        .replace("    libc.syscall(RESTRICT_SELF, ruleset, 0)", "    raise OSError('refused for the test')")
    )
    with Sandbox(_child=broken, bubblewrap="off") as sandbox, pytest.raises(SandboxUnavailable, match="refused for the test"):
        sandbox.child(0)


def test_without_bubblewrap_installed(no_bubblewrap: None) -> None:
    with Sandbox(bubblewrap="required") as sandbox, pytest.raises(SandboxUnavailable, match="apt-get install bubblewrap"):
        sandbox.child(0)
    lines = [finding.line() for finding in doctor.report(trial=False)]
    assert any(line.startswith("absent  bubblewrap") and "apt-get install bubblewrap" in line for line in lines)


def test_without_libseccomp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    seccomp.program.cache_clear()
    try:
        with Sandbox(bubblewrap="off") as sandbox, pytest.raises(SandboxUnavailable, match="apt-get install libseccomp2"):
            sandbox.child(0)
    finally:
        seccomp.program.cache_clear()


@pytest.mark.parametrize(
    "arguments",
    [("tight", "auto"), ({"magic"}, "auto"), ("standard", "maybe")],
    ids=["a level that does not exist", "a layer that does not exist", "a mode that does not exist"],
)
def test_a_wrong_word_is_a_usage_error(arguments: tuple) -> None:
    with pytest.raises(ValueError, match=r"expected|unknown layers"):
        required(*arguments)


def test_only_needed_layers_are_demanded() -> None:
    demand(frozenset({"landlock"}), {"bubblewrap": "not installed"})
    with pytest.raises(SandboxUnavailable, match=r"bubblewrap: not installed .needs apt-get install bubblewrap"):
        demand(required("full", "auto"), {"bubblewrap": "not installed"})


def test_the_self_test_has_an_act_for_every_layer() -> None:
    layers = frozenset(STANDARD | {"bubblewrap"})
    tried = selftest.acts(layers, "/canary", paths.find())
    assert {act.layer for act in tried} == layers
    assert selftest.failures(tried, [act.wanted[0] for act in tried]) == {}
    assert set(selftest.failures(tried, ["done"] * len(tried))) == layers
    assert set(selftest.failures(tried, [])) == layers


def test_the_doctor_says_that_grading_is_possible(bubblewrap_works: bool) -> None:
    findings = doctor.report()
    assert [finding.name for finding in findings] == ["system", "landlock", "seccomp", "bubblewrap", "cgroup", "grading"]
    assert all(finding.ok for finding in findings if finding.needed)


ORDINARY = """
import pathlib, sys, json
from autograder.sandbox import Sandbox
with Sandbox(_child=pathlib.Path(sys.argv[1]), bubblewrap=sys.argv[2]) as sandbox, sandbox.child(0) as child:
    answer = child.request({"code": "import os, torch; answer = [os.getuid(), torch.ones(2).sum().item()]"})[0]["answer"]
    print(json.dumps([sorted(sandbox.protection.layers), sandbox.protection.own_uid, answer]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="changes to another user, so it needs root; else every test runs as one")
@pytest.mark.parametrize("mode", ["off", "required"], ids=["without bubblewrap", "with bubblewrap"])
def test_as_an_ordinary_user(bubblewrap_works: bool, stub_child: Path, mode: str) -> None:
    """Behind an outer bubblewrap, which shows the ordinary user an interpreter that may lie in root's home."""
    bwrap = shutil.which("bwrap")
    if not bubblewrap_works or bwrap is None or shutil.which("setpriv") is None:
        pytest.skip("needs bubblewrap: apt-get install bubblewrap")
    root, base = Path(__file__).parents[2], Path(sys.base_prefix).resolve()
    outer = [bwrap, "--bind", "/", "/", "--dev-bind", "/dev", "/dev"]
    if str(base).startswith("/root/"):
        above = [
            word
            for folder in reversed(base.parents)
            if len(folder.parts) > 2
            for word in ("--perms", "0755", "--dir", str(folder))
        ]
        outer += ["--perms", "0755", "--tmpfs", "/root", *above, "--ro-bind", str(base), str(base)]
    outer += [
        "--perms",
        "0755",
        "--tmpfs",
        "/mnt",
        "--ro-bind",
        str(stub_child),
        "/mnt/child",
        "--setenv",
        "PYTHONPATH",
        str(root),
        "--setenv",
        "HOME",
        "/tmp",
        "--setenv",
        "PYTHONDONTWRITEBYTECODE",
        "1",
    ]
    as_user = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", "--inh-caps=-all"]
    done = subprocess.run(
        [*outer, *as_user, sys.executable, "-c", ORDINARY, "/mnt/child", mode],
        capture_output=True,
        text=True,
        timeout=120,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    layers, own_uid, (uid, total) = json.loads(done.stdout)
    assert set(layers) >= STANDARD
    assert ("bubblewrap" in layers) == (mode == "required")
    assert (own_uid, uid, total) == (False, 12345, 2.0)


@pytest.mark.parametrize("mode", ["off", "required"], ids=["without bubblewrap", "with bubblewrap"])
def test_where_only_one_user_is_mapped(stub_child: Path, mode: str) -> None:
    """As in `unshare -Ur` and in some containers: root by name, and no other uid to change to."""
    alone = ["unshare", "--user", "--map-root-user"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], capture_output=True).returncode:
        pytest.skip("needs user namespaces")
    command = [*alone, sys.executable, "-c", ORDINARY, str(stub_child), mode]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=root)
    assert done.returncode == 0, done.stderr[-2000:]
    layers, own_uid, (uid, total) = json.loads(done.stdout)
    assert set(layers) >= STANDARD
    assert ("bubblewrap" in layers) == (mode == "required")
    assert (own_uid, uid, total) == (False, 0, 2.0)
