"""The mutator is pure and keeps to the solution regions; a sample of mutants is killed, or listed with a reason.

The full run is `python -m benchmarks.mutants`.
"""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from autograder.batch import SubmissionRef, grade_many
from autograder.course import Assignment, Course
from autograder.sandbox import Sandbox
from benchmarks.corpus import cases
from benchmarks.mutants.__main__ import main
from benchmarks.mutants.corpus import corpus_mutants
from benchmarks.mutants.mutate import BEGIN, END, Mutant, mutants
from benchmarks.mutants.strength import equivalents, mutants_of, source_of, stub

ALL_OF = cache(mutants_of)
COURSE = Course()
STUBS = [(a, task.name) for a in COURSE.assignments for task in a.tasks]
ENOUGH = 500


def made(body: str, signature: str = "a: Tensor, b: Tensor, n: int, m: int") -> list[Mutant]:
    return mutants("f", f"def f({signature}) -> Tensor:\n    '''a + b'''\n    {BEGIN}\n    {body}\n    {END}\n")


@pytest.mark.parametrize(
    ("operator", "body", "wanted"),
    [
        ("arithmetic", "return a + b", {"return a - b", "return a * b"}),
        ("term dropped", "return a + b", {"return a", "return b"}),
        ("term dropped", "return (1 - a) * b", {"return (1 - a)", "return b", "return (1) * b", "return (a) * b"}),
        ("comparison", "return n == m", {"return n != m"}),
        ("comparison", "return n not in m", {"return n in m"}),
        (
            "condition",
            "return a if n else b",
            {"return a if not n else b", "return a if True else b", "return a if False else b"},
        ),
        ("unary", "return not n", {"return n"}),
        ("constant", "return a.sum(1)", {"return a.sum(2)", "return a.sum(0)"}),
        ("constant", "return a[-1]", {"return a[0]", "return a[-2]"}),
        ("boolean", "return a.sum(keepdim=True)", {"return a.sum(keepdim=False)"}),
        ("text", "return {'h_n': a}", {"return {'': a}", "return {'c_n': a}"}),
        ("text", "return f'weight_ih{n}'", {"return f'{n}'", "return f'weight_hh{n}'", "return f'bias_ih{n}'"}),
        ("arguments swapped", "return f(a, b)", {"return f(b, a)"}),
        ("argument dropped", "return f(a, dim=n)", {"return f(a)", "return f(dim=n)"}),
        ("element order", "return a, b", {"return b, a"}),
        ("element dropped", "return a, b", {"return a", "return b"}),
        ("statement deleted", "return a", {"pass"}),
        ("callable", "return torch.tanh(a)", {"return torch.sigmoid(a)", "return torch.relu(a)", "return torch.sin(a)"}),
        ("call dropped", "return a.clone()", {"return a"}),
        ("call dropped", "return torch.tanh(a.T)", {"return a.T", "return torch.tanh(a)"}),
        ("index", "return a[:n]", {"return a", "return a[n:]", "return a[:]", "return a[:n + 1]", "return a[:n - 1]"}),
        ("variable", "return a.sum(n)", {"return b.sum(n)", "return a.sum(m)"}),
        ("detached", "return a", {"return a.detach()"}),
        ("returns nothing", "return a", {"return None"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_operator_makes_these_changes(operator: str, body: str, wanted: set[str]) -> None:
    assert {mutant.after for mutant in made(body) if mutant.operator == operator} == wanted


def test_three_gates_have_five_other_orders() -> None:
    orders = {mutant.after for mutant in made("x, y, z = a") if mutant.operator == "element order"}
    assert len(orders) == 5


@pytest.mark.parametrize(
    ("operator", "body", "wanted"),
    [
        ("statement order", "b = f(a)\n    n = m", set()),
        ("statement order", "b = f(a)\n    a = n", {"a = n | b = f(a)"}),
        ("loop", "for x in range(n):\n        a = x", {"n - 1", "n + 1", "1, n", "[::-1]", "[1:]", "[:-1]", "[:1]"}),
        ("out of a loop", "for x in a:\n        b = x\n        n = b", {"n = b"}),
        ("into a loop", "for x in a:\n        b = x\n    n = b", {"n = b"}),
    ],
    ids=[
        "independent statements stay",
        "dependent statements move",
        "a loop over numbers",
        "the last line of a loop",
        "the line behind a loop",
    ],
)
def test_a_block_is_changed_like_this(operator: str, body: str, wanted: set[str]) -> None:
    found = [mutant.after for mutant in made(body) if mutant.operator == operator]
    assert len(found) == len(wanted)
    assert all(any(part in after for after in found) for part in wanted)


@pytest.mark.parametrize(
    "body",
    ["raise ValueError('a' + f'{a} + {n}')", "x: dict[str, tuple[int, ...]]", "# a + b"],
    ids=["the text of an error", "an annotation", "a comment"],
)
def test_nothing_else_is_changed(body: str) -> None:
    operators = {mutant.operator for mutant in made(body + "\n    return")}
    assert operators <= {"statement deleted", "statement order", "callable"}


@pytest.mark.parametrize(("assignment", "task"), STUBS, ids=[f"{a.name}-{task}" for a, task in STUBS])
def test_mutants_differ_inside_the_solution_only(assignment: Assignment, task: str) -> None:
    source = stub(assignment, task)
    found = [mutant for mutant in ALL_OF(assignment) if mutant.task == task]
    trees = [ast.dump(ast.parse(mutant.source)) for mutant in found]
    assert len({*trees, ast.dump(ast.parse(source))}) == len(trees) + 1
    for mutant in found:
        assert outside(mutant.source) == outside(source)


def test_the_same_source_has_the_same_mutants() -> None:
    source = stub(COURSE["01_rnn_cell"], "encode")
    assert mutants("encode", source) == mutants("encode", source)


def outside(source: str) -> list[str]:
    """What stands before, between and behind the solution regions."""
    parts = source.split(BEGIN)
    return [parts[0], *(part.split(END)[1] for part in parts[1:])]


def test_there_are_enough_mutants_and_each_has_a_key_of_its_own() -> None:
    keys = [(a.name, *mutant.key) for a in COURSE.assignments for mutant in ALL_OF(a)]
    assert len(keys) >= ENOUGH
    assert len(set(keys)) == len(keys)


def test_every_listed_mutant_exists_and_has_a_reason() -> None:
    keys = {(a.name, *mutant.key) for a in COURSE.assignments for mutant in ALL_OF(a)}
    listed = equivalents()
    assert [key for key in listed if key not in keys] == []
    assert all(len(reason.text) > 20 for reason in listed.values())


def test_right_submissions_have_mutants_which_are_modules_with_one_change() -> None:
    assignment = COURSE["02_shapes"]
    found = list(corpus_mutants(assignment, "to_time_major"))
    assert len({mutant.case for mutant in found}) >= 10
    paths = {case.name: case.path / "shapes.py" for case in cases(assignment, "right_")}
    for mutant in found:
        assert ast.dump(ast.parse(mutant.module)) != ast.dump(ast.parse(paths[mutant.case].read_text()))


def test_mutants_of_right_submissions_are_graded(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["02_shapes", "--task", "to_time_major", "--corpus", "--every", "40", "--workers", "1"]) == 0
    counted = re.search(r"^(\d+) mutants of correct submissions, (\d+) killed$", capsys.readouterr().out, re.MULTILINE)
    assert counted
    assert 0 < int(counted[2]) <= int(counted[1])


def test_a_sample_of_mutants_is_killed(sandbox: Sandbox) -> None:
    assignment = COURSE["01_rnn_cell"]
    sample = [mutant for mutant in ALL_OF(assignment) if mutant.task != "train"][::20]  # training takes longest
    results = []
    grade_many(
        assignment, [SubmissionRef("mutant", source=source_of(assignment, m), seed=1) for m in sample], sandbox, results.append
    )
    survived = []
    for mutant, result in zip(sample, results, strict=True):
        score = next(task for task in result.tasks if task.task == mutant.task)
        if score.score == score.max_score and (assignment.name, *mutant.key) not in equivalents():
            survived.append(mutant.key)
    assert survived == []
