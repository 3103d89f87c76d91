"""Results to write reports of: made by hand, so that a test says what it reads back."""

from __future__ import annotations

from autograder.results import Flag, Result, TaskResult, TestResult

ADVICE = "The sum has four terms: PyTorch adds bias_ih and also bias_hh."


def passed(name: str, points: float, behaviour: str = "It works.") -> TestResult:
    return TestResult(name, behaviour, outcome="passed", points=points)


def failed(name: str, misconception: str | None = "bias_hh left out", finding: str = "the values are not right") -> TestResult:
    return TestResult(name, f"{name} holds.", finding, ADVICE if misconception else "", misconception, "failed")


def result(student: str, *tests: TestResult, assignment: str = "01_rnn_cell", most: float = 6.0, **fields: object) -> Result:
    """One task, with these tests."""
    task = TaskResult("rnn_cell_step", most, tests)
    return Result(student, assignment, str(fields.pop("verdict", "graded")), (task,), most, seed=2**100, **fields)  # type: ignore[arg-type]


FULL = result("ada", passed("test_a", 2), passed("test_b", 4), duration_s=1.25)
FLAGS = (Flag("rnn_cell_step", "uses RNN: for review"), Flag(None, "x"))
PART = result("bob", passed("test_a", 2), failed("test_b"), flags=FLAGS)
CRASHED = result("cleo", TestResult("test_a", "It works.", "ended", outcome="crashed"), TestResult("test_b"), verdict="crashed")
REJECTED = Result("dora", "01_rnn_cell", "rejected_input", (TaskResult("rnn_cell_step", 6.0),), 6.0, "not UTF-8 text")
OURS = Result("emil", "01_rnn_cell", "grader_error", (), 6.0, "the hidden test broke down")
ALL = (FULL, PART, CRASHED, REJECTED, OURS)
