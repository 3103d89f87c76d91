"""The tools, on the same class: the cost of each, and how many correct submissions get full marks.

Preparation (course directories, otter's zip file) does not count; starting a tool does.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from autograder.course import Assignment
from autograder.course.build import WITH_NOTEBOOK, copy_ours, visible_checks
from autograder.course.cells import checked_task, is_check, nbgrader_metadata

from .in_kernel import CELL
from .measure import CommandFailed, Cost, python, run
from .sample import Member

STOCK_CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "benchmark"
c.CourseDirectory.root = {root!r}
c.ExecutePreprocessor.iopub_timeout = 60  # stock: 4 s, which a busy machine exceeds; it changes nothing on a quiet one
"""
OUR_CONFIG = """
from pathlib import Path
from autograder.nbgrader import configure
configure(get_config(), Path({root!r}))
"""

OUR_NBGRADER = "ours, through nbgrader autograde"


@dataclass(frozen=True)
class Measured:
    """One tool on some submissions. per_submission: its start-up divided among a whole class, where it has one."""

    tool: str
    submissions: int
    per_submission: Cost
    full_marks: int
    right: int

    @property
    def sound(self) -> bool:
        """Whether it really graded: every correct submission has full marks."""
        return self.full_marks == self.right


@dataclass(frozen=True)
class Bench:
    """Settings for all tools. class_size: the number of submissions among which a start-up is divided."""

    assignment: Assignment
    scratch: Path
    peers: Sequence[Member]
    members: Sequence[Member]
    workers: int
    otter: str | None

    @property
    def max_score(self) -> float:
        return sum(task.points for task in self.assignment.tasks)

    def fresh(self, name: str) -> Path:
        folder = self.scratch / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def measured(self, tool: str, members: Sequence[Member], cost: Cost, full: Callable[[Member], bool]) -> Measured:
        """cost: of one submission. A wrong submission with full marks is not a fault of the tool, as visible checks are few."""
        right = [member for member in members if member.right]
        return Measured(tool, len(members), cost, sum(map(full, right)), len(right))


def stock_nbgrader(bench: Bench) -> Measured:
    """Stock `nbgrader autograde`: the notebook runs in its own kernel, and its check cells run our hidden checks."""
    return _nbgrader(bench, "nbgrader autograde, stock", STOCK_CONFIG, hidden=True)


def stock_nbgrader_visible(bench: Bench) -> Measured:
    """The same with the visible checks, which check less."""
    return _nbgrader(bench, "the same, visible checks only", STOCK_CONFIG)


def our_nbgrader(bench: Bench) -> Measured:
    """`nbgrader autograde` of the whole class, start-up included: graded ahead in one pool, recorded by nbgrader's converter."""
    root, name = bench.fresh("nbgrader"), bench.assignment.name
    (root / "nbgrader_config.py").write_text(OUR_CONFIG.format(root=str(root)))
    shutil.copytree(bench.assignment.notebook_in("source").parent, root / "source" / name)
    paths = {"PYTHONPATH": str(bench.assignment.root), "PATH": _path()}
    run(python("-m", "nbgrader", "generate_assignment", name), root, **paths)
    for member in bench.members:
        member.write(root / "submitted", bench.assignment)
    cost = run(python("-m", "nbgrader", "autograde", name, f"--CourseAutograde.workers={bench.workers}"), root, **paths)
    scores = _scores(root, name, bench.members)
    one = cost * (1 / len(bench.members))
    return bench.measured(OUR_NBGRADER, bench.members, one, lambda m: scores[m.student] == bench.max_score)


def _nbgrader(bench: Bench, tool: str, config: str, hidden: bool = False) -> Measured:
    root, name = bench.fresh("nbgrader"), bench.assignment.name
    (root / "nbgrader_config.py").write_text(config.format(root=str(root)))
    shutil.copytree(bench.assignment.notebook_in("source").parent, root / "source" / name)
    if hidden:
        _ask_hidden_checks(bench.assignment, root / "source" / name / f"{bench.assignment.stem}.ipynb")
    paths = {"PYTHONPATH": str(bench.assignment.root), "PATH": _path()}
    run(python("-m", "nbgrader", "generate_assignment", name), root, **paths)
    # Once for one submission and once for the others: the difference tells the start-up from the grading.
    costs = []
    for members in (bench.peers[:1], bench.peers[1:]):
        for member in members:
            member.write(root / "submitted", bench.assignment)
        costs.append(run(python("-m", "nbgrader", "autograde", name), root, **paths))
    scores = _scores(root, name, bench.peers)
    one = _each(costs, len(bench.peers) - 1, len(bench.members))
    return bench.measured(tool, bench.peers, one, lambda m: scores[m.student] == bench.max_score)


def _scores(root: Path, name: str, members: Sequence[Member]) -> dict[str, float]:
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        scores = {member.student: _recorded(gradebook, name, member.student) for member in members}
    missing = [student for student, score in scores.items() if score is None]
    if missing:
        raise CommandFailed(f"nbgrader: no score for {', '.join(missing)}")
    return {student: score for student, score in scores.items() if score is not None}


def _ask_hidden_checks(assignment: Assignment, path: Path) -> None:
    """Replace the visible checks of each task with its hidden ones."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if task := checked_task(cell):
            cell.source = CELL.format(assignment=assignment.name, task=task)
    nbformat.write(notebook, path)


def _path() -> str:
    """PATH with our environment first: nbgrader starts `alembic` by name."""
    import os
    import sys

    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


def _each(costs: Sequence[Cost], others: int, class_size: int) -> Cost:
    """The cost of one submission with its share of the start-up, from a run over one and a run over `others`."""
    first, rest = costs
    if others < 2:
        return (first + rest) * (1 / (1 + others))
    one = (rest - first) * (1 / (others - 1))
    start = first - one
    return one + Cost(max(0.0, start.wall_s), max(0.0, start.cpu_s)) * (1 / class_size)


def _recorded(gradebook: Gradebook, assignment: str, student: str) -> float | None:
    try:
        return gradebook.find_submission(assignment, student).score
    except MissingEntry:
        return None


def ours(bench: Bench) -> Measured:
    """`autograder class` on the whole class, start-up included, with the hidden graders."""
    root = bench.fresh("ours")
    for member in bench.members:
        member.write(root / "submitted", bench.assignment)
    command = python("-m", "autograder", "class", "submitted", "--jobs", str(bench.workers), "--results", "results")
    cost = run(command, root, PYTHONPATH=str(bench.assignment.root))
    results = root / "results" / bench.assignment.name
    scores = {m.student: json.loads((results / f"{m.student}.json").read_text())["score"] for m in bench.members}
    one = cost * (1 / len(bench.members))
    tool = f"ours, autograder class --jobs {bench.workers}"
    return bench.measured(tool, bench.members, one, lambda m: scores[m.student] == bench.max_score)


def plain_pytest(bench: Bench) -> Measured:
    """pytest on each module with the visible checks, a process each."""
    root, total, passed = bench.fresh("pytest"), Cost(0, 0), set()
    checks = _visible(bench.assignment)
    for member in bench.peers:
        folder = root / member.student
        folder.mkdir()
        (folder / f"{bench.assignment.stem}.py").write_text(member.module)
        (folder / f"test_{bench.assignment.stem}.py").write_text(checks)
        copy_ours(WITH_NOTEBOOK, folder)
        command = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".")
        total += run(command, folder, status=(0, 1, 2))
        if " passed" in (said := (folder / "command.log").read_text()) and " failed" not in said and " error" not in said:
            passed.add(member.student)
    one = total * (1 / len(bench.peers))
    return bench.measured("pytest, a process each", bench.peers, one, lambda m: m.student in passed)


def _visible(assignment: Assignment) -> str:
    return visible_checks(assignment)


OTTER_TEST = """OK_FORMAT = False
from otter.test_files import test_case

name = {name!r}
points = {points!r}
"""
OTTER_CASE = """

@test_case()
def {test}(env):
    scope = dict(env)
    exec({source!r}, scope)
    scope[{test!r}]()
"""


def otter(bench: Bench) -> Measured | str:
    """`otter run` on each notebook, without its own check cells; its tests are the same visible checks."""
    if bench.otter is None:
        return "not installed: make bench"
    root, total, full = bench.fresh("otter"), Cost(0, 0), set()
    _write_otter_tests(bench.assignment, root / "tests")
    copy_ours(WITH_NOTEBOOK, root)
    options = ["-t", "tests", "-o", "autograder.zip", "--no-requirements", "--no-environment"]
    run([bench.otter, "generate", *options, *WITH_NOTEBOOK], root)
    for member in bench.peers:
        folder = root / member.student
        folder.mkdir()
        notebook = nbformat.from_dict(member.notebook)
        notebook.cells = [c for c in notebook.cells if not is_check(c)]
        nbformat.write(notebook, folder / f"{bench.assignment.stem}.ipynb")
        command = [bench.otter, "run", "--no-logo", "-a", "../autograder.zip", "-o", ".", f"{bench.assignment.stem}.ipynb"]
        total += run(command, folder)
        tests = [t for t in json.loads((folder / "results.json").read_text())["tests"] if "max_score" in t]
        if sum(t["score"] for t in tests) == bench.max_score:
            full.add(member.student)
    one = total * (1 / len(bench.peers))
    return bench.measured("otter run, a process each", bench.peers, one, lambda m: m.student in full)


def _write_otter_tests(assignment: Assignment, folder: Path) -> None:
    folder.mkdir()
    release = nbformat.read(assignment.notebook_in("release"), as_version=4)
    for cell in release.cells:
        if is_check(cell):
            marks = nbgrader_metadata(cell)
            source = cell.source.rpartition("\nrun_checks(")[0]
            tests = [line[4 : line.index("(")] for line in source.splitlines() if line.startswith("def test_")]
            text = OTTER_TEST.format(name=marks["grade_id"], points=marks["points"])
            text += "".join(OTTER_CASE.format(test=test, source=source) for test in tests)
            (folder / f"{marks['grade_id']}.py").write_text(text)


TOOLS: tuple[Callable[[Bench], Measured | str], ...] = (
    stock_nbgrader, stock_nbgrader_visible, otter, plain_pytest, our_nbgrader, ours,
)  # fmt: skip
BOUND = (stock_nbgrader, our_nbgrader, ours)  # the bounds compare the first with the others
