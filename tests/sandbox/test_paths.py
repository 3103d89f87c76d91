"""Which paths a child may see, and which are hidden."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.sandbox import paths


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """site-packages with our package installed in it, hidden graders and all."""
    for name in ("torch/__init__.py", "autograder/graders/test_secret.py", "six.py"):
        path = tmp_path / "lib" / "site-packages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "lib" / "site-packages"


def test_a_grader_inside_site_packages_is_left_out(packages: Path) -> None:
    readable, listable = paths.split_around(str(packages), (str(packages / "autograder"),))
    assert readable == [str(packages / "six.py"), str(packages / "torch")]
    assert listable == [str(packages)]


def test_the_cut_reaches_through_several_levels(packages: Path) -> None:
    readable, listable = paths.split_around(str(packages.parent), (str(packages / "autograder"),))
    assert not any("autograder" in path for path in readable)
    assert listable == [str(packages.parent), str(packages)]


ROWS = {
    "nothing hidden": ("/usr/lib", (), ["/usr/lib"]),
    "hidden elsewhere": ("/usr/lib", ("/srv/course",), ["/usr/lib"]),
    "a name that only starts alike": ("/usr/lib", ("/usr/lib64",), ["/usr/lib"]),
    "hidden itself": ("/srv/course", ("/srv/course",), []),
    "inside what is hidden": ("/srv/course/graders", ("/srv/course",), []),
}


@pytest.mark.parametrize(("path", "hidden", "wanted"), ROWS.values(), ids=ROWS.keys())
def test_whole_folders(path: str, hidden: tuple[str, ...], wanted: list[str]) -> None:
    assert paths.split_around(path, hidden) == (wanted, [])


def test_our_own_package_is_hidden_but_for_child_and_protocol() -> None:
    found = paths.find()
    readable, _ = paths.readable_paths(found, found.exposed)
    ours = (str(paths.PACKAGE), *found.exposed)  # what is exposed lies elsewhere when the tests play an older kernel
    assert tuple(path for path in readable if path.startswith(ours)) == found.exposed
    assert [Path(folder).name for folder in found.exposed] == ["child", "protocol"]
