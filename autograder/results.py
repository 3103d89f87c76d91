"""The result of grading one submission: frozen records, written to and read from one JSON document.

Only a submission that was run has a score. One that could not be read has none, and neither has a verdict about ourselves.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import operator
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from autograder.sanitize import visible

SCHEMA = 3  # version of the document, see docs/result.schema.json; documents without a number have version 1

# Keys that were added to schemas 2 and 3 later, with their values for documents that lack them.
ADDED: dict[str, str | tuple[str, ...]] = {"submission_files": (), "graders_sha256": "", "torch_version": ""}

# About the submission.
GRADED = "graded"
REJECTED_INPUT = "rejected_input"
LOAD_ERROR = "load_error"
CRASHED = "crashed"
TIME_LIMIT = "time_limit"
MEMORY_LIMIT = "memory_limit"
OUTPUT_LIMIT = "output_limit"
PROTOCOL_VIOLATION = "protocol_violation"
# About us.
SANDBOX_UNAVAILABLE = "sandbox_unavailable"
GRADER_ERROR = "grader_error"

OUR_FAULT = frozenset({SANDBOX_UNAVAILABLE, GRADER_ERROR})
WITHOUT_SCORE = OUR_FAULT | {REJECTED_INPUT}  # nothing was run, so there is nothing to score: a person has to decide
VERDICTS = OUR_FAULT | {
    GRADED, REJECTED_INPUT, LOAD_ERROR, CRASHED, TIME_LIMIT, MEMORY_LIMIT, OUTPUT_LIMIT, PROTOCOL_VIOLATION,
}  # fmt: skip

# Outcomes of a test, besides the verdicts that end its task.
PASSED = "passed"
FAILED = "failed"
NOT_RUN = "not_run"

AND = " + "  # joins the names of mistakes that were made together


@dataclass(frozen=True)
class TestResult:
    """One hidden test.

    behaviour: what the test requires, in one sentence.
    finding: what the submission did instead, or why the test did not run; '' when it passed.
    misconception, advice: the recognised mistake, and the next step for the student.
    points: the points earned.
    """

    __test__ = False  # pytest: not a test class

    name: str
    behaviour: str = ""
    finding: str = ""
    advice: str = ""
    misconception: str | None = None
    outcome: str = NOT_RUN
    points: float = 0.0

    @property
    def message(self) -> str:
        """Behaviour, finding and advice, one below the other."""
        return "\n".join(part for part in (self.behaviour, self.finding, self.advice) if part)


@dataclass(frozen=True)
class TaskResult:
    """One task. not_started: its stub has not been changed."""

    task: str
    max_score: float
    tests: tuple[TestResult, ...] = ()
    not_started: bool = False

    @property
    def score(self) -> float:
        """The points of the tests that passed; 0 by default."""
        return round(sum(test.points for test in self.tests if test.outcome == PASSED), 6)


@dataclass(frozen=True)
class Flag:
    """Something for a person to look at; it costs no points. task: None when it concerns the whole submission."""

    task: str | None
    text: str

    def __str__(self) -> str:
        return self.text if self.task is None else f"{self.task} {self.text}"


@dataclass(frozen=True)
class Result:
    """One graded submission. seed: grades it again with the same inputs. confined: whether it ran in the sandbox.

    A result also depends on the submission's files (their names and a hash), the graders (a hash) and the version of torch.
    duration_s: wall time in seconds. usage: what the children used; not part of the document.
    """

    student: str
    assignment: str
    verdict: str
    tasks: tuple[TaskResult, ...]
    max_score: float
    message: str = ""
    flags: tuple[Flag, ...] = ()
    submission_sha256: str = ""
    grader_version: str = ""
    seed: int = 0
    duration_s: float = 0.0
    confined: bool = True
    submission_files: tuple[str, ...] = ()
    graders_sha256: str = ""
    torch_version: str = ""
    usage: dict[str, float] = field(default_factory=dict)

    @property
    def score(self) -> float | None:
        if self.verdict in WITHOUT_SCORE:
            return None
        return round(sum(task.score for task in self.tasks), 6)

    @property
    def not_started(self) -> bool:
        """Whether no stub has been changed."""
        return bool(self.tasks) and all(task.not_started for task in self.tasks)

    def document(self) -> dict[str, Any]:
        """The result without `usage` as plain data, in reading order."""
        return {
            "schema": SCHEMA,
            "student": self.student,
            "assignment": self.assignment,
            "verdict": self.verdict,
            "score": self.score,
            "max_score": self.max_score,
            "message": self.message,
            "tasks": [self._task_document(task) for task in self.tasks],
            "flags": [str(flag) for flag in self.flags],
            "review": [dataclasses.asdict(flag) for flag in self.flags],
            "submission_sha256": self.submission_sha256,
            "submission_files": list(self.submission_files),
            "grader_version": self.grader_version,
            "graders_sha256": self.graders_sha256,
            "torch_version": self.torch_version,
            "seed": self.seed,
            "duration_s": round(self.duration_s, 3),
            "confined": self.confined,
        }

    def _task_document(self, task: TaskResult) -> dict[str, Any]:
        return {
            "task": task.task,
            "score": None if self.score is None else task.score,
            "max_score": task.max_score,
            "not_started": task.not_started,
            "tests": [dataclasses.asdict(test) | {"message": test.message} for test in task.tests],
        }

    def json(self) -> str:
        return visible(json.dumps(self.document(), indent=2, ensure_ascii=False, allow_nan=False))

    @classmethod
    def from_json(cls, text: str) -> Result:
        """Read a document of this schema or an earlier one; `usage` is empty. Raises ValueError for anything else."""
        document = _DECODER.decode(text)
        try:
            return cls.from_document(document)
        except (LookupError, TypeError, AttributeError) as error:
            raise ValueError(f"not a result document: {error!r}") from error

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Result:
        schema = document.get("schema", 1)
        if schema not in range(1, SCHEMA + 1):
            raise ValueError(f"a result document of schema {schema!r}; this version of autograder reads 1 to {SCHEMA}")
        fields = dict(zip(_PLAIN_FIELDS, _typed(_PLAIN_TYPES, _plain_fields(document)), strict=True))
        fields |= {name: type(empty)(document.get(name, empty)) for name, empty in ADDED.items()}
        if schema == 1:
            tasks = tuple(_first_schema_task(task) for task in document["tasks"])
            flags = tuple(_first_schema_flag(flag, tasks) for flag in document["flags"])
        else:
            tasks = tuple(_task(task) for task in document["tasks"])
            flags = tuple(Flag(*_typed(_FLAG_TYPES, (flag["task"], flag["text"]))) for flag in document["review"])
        if fields["verdict"] not in VERDICTS:
            raise ValueError(f"not a verdict: {fields['verdict']!r}")
        return cls(**fields, tasks=tasks, flags=flags)


def _refuse(constant: str) -> float:
    raise ValueError(f"not a result document: {constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
_JSON_TYPES: dict[str, tuple[type, ...]] = {  # by annotation; a person who edits a document may write 2 for 2.0
    "str": (str,), "str | None": (str, type(None)), "float": (float, int), "int": (int,), "bool": (bool,),
}  # fmt: skip


@dataclass(frozen=True)
class _Types:
    """Fields of a record, and every combination of types that they may have in a document."""

    names: tuple[str, ...]
    combinations: frozenset[tuple[type, ...]]

    @classmethod
    def of(cls, record: type, *names: str) -> _Types:
        annotations = {f.name: str(f.type) for f in dataclasses.fields(record)}
        return cls(names, frozenset(itertools.product(*(_JSON_TYPES[annotations[name]] for name in names))))


def _typed(types: _Types, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values, if each has a type that its field may have. Raises TypeError."""
    if tuple(map(type, values)) in types.combinations:
        return values
    possible = zip(types.names, zip(*types.combinations, strict=True), strict=True)
    wrong = [name for (name, kinds), value in zip(possible, values, strict=True) if type(value) not in kinds]
    raise TypeError(f"wrong type: {', '.join(wrong)}")


_PLAIN_FIELDS = tuple(f.name for f in dataclasses.fields(Result) if f.name not in ("tasks", "flags", "usage", *ADDED))
_PLAIN_TYPES = _Types.of(Result, *_PLAIN_FIELDS)
_TASK_TYPES = _Types.of(TaskResult, "task", "max_score", "not_started")
_TEST_TYPES = _Types.of(TestResult, *(f.name for f in dataclasses.fields(TestResult)))
_FLAG_TYPES = _Types.of(Flag, "task", "text")
_plain_fields, _task_fields, _test_fields = (
    operator.itemgetter(*types.names) for types in (_PLAIN_TYPES, _TASK_TYPES, _TEST_TYPES)
)


def _task(task: dict[str, Any]) -> TaskResult:
    name, max_score, not_started = _typed(_TASK_TYPES, _task_fields(task))
    tests = tuple(TestResult(*_typed(_TEST_TYPES, _test_fields(test))) for test in task["tests"])
    return TaskResult(name, max_score, tests, not_started)


# ---- documents of schema 1, where a test has one text and a flag starts with the name of its task

NOT_RUN_TEXT = "Not run, because: "


def _first_schema_task(task: dict[str, Any]) -> TaskResult:
    tests = tuple(map(_first_schema_test, task["tests"]))
    not_started = bool(tests) and all("not written yet" in test.finding for test in tests)
    return TaskResult(task["task"], task["max_score"], tests, not_started)


def _first_schema_test(test: dict[str, Any]) -> TestResult:
    behaviour, _, finding = test["message"].partition("\n")
    advice = ""
    if test["misconception"] is not None:  # then the last line is its advice
        finding, _, advice = finding.rpartition("\n")
    elif NOT_RUN_TEXT in behaviour:
        behaviour, text, reason = behaviour.partition(NOT_RUN_TEXT)
        behaviour, finding = behaviour.strip(), text + reason + (finding and f"\n{finding}")
    return TestResult(
        test["name"], behaviour, finding, advice, test["misconception"], test["outcome"], test["points"],
    )  # fmt: skip


def _first_schema_flag(flag: str, tasks: Iterable[TaskResult]) -> Flag:
    for task in tasks:
        if flag.startswith(f"{task.task} "):
            return Flag(task.task, flag.removeprefix(f"{task.task} "))
    return Flag(None, flag)
