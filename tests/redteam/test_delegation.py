"""A step computed by PyTorch is flagged by the operators that ran, however the code found the function. It keeps its points."""

# ruff: noqa: E501  (tables: one row, one line)

from __future__ import annotations

from collections.abc import Callable

import pytest

from autograder.batch import SubmissionRef, grade_many
from autograder.course import Course
from autograder.intake.source import SubmissionSource
from autograder.results import Result
from autograder.sandbox import Sandbox

EQUATION = "torch.tanh(x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)"
STEP = "def rnn_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):\n    return "
DELEGATED = {
    "a pattern": "match torch:\n    case object(rnn_tanh_cell=step):\n        rnn_cell_step = step",
    "the operators' own lookup": "def rnn_cell_step(*a): return torch.ops.aten.__getattr__('rnn_tanh' + '_cell')(*a)",
    "pkgutil": "import pkgutil\nrnn_cell_step = pkgutil.resolve_name('torch:rnn_tanh' '_cell')",
    "inspect": "import inspect\nstep = inspect.getattr_static(torch, 'rnn_tanh' '_cell')\ndef rnn_cell_step(*a): return step(*a)",
    "a formatter": "import string\nstep = string.Formatter().get_field('0.rnn_tanh' '_cell', [torch], {})[0]\ndef rnn_cell_step(*a): return step(*a)",
    "type hints": "import typing\nclass Hints: __annotations__ = {'step': 'torch.rnn_tanh' '_cell'}\nstep = typing.get_type_hints(Hints, {'torch': torch})['step']\ndef rnn_cell_step(*a): return step(*a)",
    "timeit": "import timeit\nfound = []\ntimeit.timeit('found.append(torch.rnn_tanh' '_cell)', number=1, globals={'torch': torch, 'found': found})\ndef rnn_cell_step(*a): return found[0](*a)",
    "an interpreter": "import code\nspace = {'torch': torch}\ncode.InteractiveInterpreter(space).runsource('step = torch.rnn_tanh' '_cell')\ndef rnn_cell_step(*a): return space['step'](*a)",
    "overridable functions": "import torch.overrides\nstep = next(f for f in torch.overrides.get_testing_overrides() if f.__name__ == 'rnn_tanh' '_cell')\ndef rnn_cell_step(*a): return step(*a)",
    "a script": "step = torch.jit.CompilationUnit('def step(x, h, a, b, c, d):\\n    return torch.rnn_tanh' '_cell(x, h, a, b, c, d)\\n').step\ndef rnn_cell_step(*a): return step(*a)",
    "a step that knows its first call again": "import pkgutil\nstep, known = pkgutil.resolve_name('torch:rnn_tanh' '_cell'), {}\ndef rnn_cell_step(*a):\n    key = a[0].sum().item()\n    if key not in known or a[0].requires_grad: known[key] = step(*a)\n    return known[key]",
    "a step that raises when it is asked about other numbers": "import pkgutil\nstep, seen = pkgutil.resolve_name('torch:rnn_tanh' '_cell'), []\ndef rnn_cell_step(*a):\n    answer = step(*a)\n    if seen and torch.equal(a[0] * 2, seen[0]): raise KeyboardInterrupt\n    seen.append(a[0])\n    return answer",
}
HONEST = {
    "the equation": STEP + EQUATION,
    "the solution": "",
    "linear layers": STEP + "torch.tanh(F.linear(x, weight_ih, bias_ih) + F.linear(h, weight_hh, bias_hh))",
    "an activation looked up by its name": "class Step:\n    def __init__(self, nonlinearity): self.nonlinearity = nonlinearity\n    def act(self, x): return getattr(nn.functional, self.nonlinearity)(x)\nstep = Step('tanh')\n"
    + STEP
    + EQUATION.replace("torch.tanh", "step.act"),
    "an activation by a known name": STEP + EQUATION.replace("torch.tanh", "getattr(torch, 'tanh')"),
    "a profiled step": "from torch.profiler import profile\ndef rnn_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):\n    with torch.autograd.profiler.profile():\n        return "
    + EQUATION,
    "a comparison outside of the step": STEP
    + EQUATION
    + "\na = torch.zeros(1, 2), torch.zeros(1, 3), torch.zeros(3, 2), torch.zeros(3, 3), torch.zeros(3), torch.zeros(3)\nassert torch.equal(rnn_cell_step(*a), torch.rnn_tanh_cell(*a))",
}


@pytest.fixture(scope="module")
def graded(course: Course, sandbox: Sandbox) -> dict[str, Result]:
    """Every step as part of a correct submission, by its name in the tables."""
    assignment = course["01_rnn_cell"]
    texts = {name: f"{assignment.solution_module}\n{step}\n" for name, step in (DELEGATED | HONEST).items()}
    found: dict[str, Result] = {}

    def keep(result: Result) -> None:
        found[result.student] = result

    entries = [
        SubmissionRef(name, source=SubmissionSource("module", assignment.stem, (text,), "0" * 64), seed=1, only="rnn_cell_step")
        for name, text in texts.items()
    ]
    grade_many(assignment, entries, sandbox, keep)
    return found


Graded = Callable[[str], Result]


@pytest.mark.parametrize("name", DELEGATED)
def test_a_delegated_step_is_flagged_and_keeps_its_points(graded: dict[str, Result], name: str) -> None:
    result = graded[name]
    assert (result.verdict, result.score) == ("graded", result.max_score), result.message
    assert [flag for flag in result.flags if flag.task == "rnn_cell_step" and "rnn_tanh_cell" in flag.text], result.flags


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_step_is_not_flagged(graded: dict[str, Result], name: str) -> None:
    result = graded[name]
    assert (result.verdict, result.score) == ("graded", result.max_score), result.message
    assert result.flags == ()
