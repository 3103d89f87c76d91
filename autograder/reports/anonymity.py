"""Replace names in results and code by pseudonyms: remove what identifies a student, keep what can be compared."""

from __future__ import annotations

import hashlib
import io
import re
import tokenize
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from autograder.results import Result, TestResult

BEFORE_STATEMENT = {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}


def anonymous(results: Sequence[Result]) -> Iterator[Result]:
    """The results under pseudonyms, one per student for all assignments, in an order that reveals nothing about names.

    Hashes of submissions and seeds go as well: they would tell who it is to whoever has the files, or tries out names. So do
    remarks on the submission as a whole, which quote names of files. In what quotes code, the student's name is masked.
    """
    names = pseudonyms_of(results)
    for result in results:
        mask = name_mask(result.student)
        yield replace(
            result,
            student=names[result.student],
            tasks=tuple(replace(task, tests=tuple(_masked(test, mask) for test in task.tests)) for task in result.tasks),
            flags=tuple(replace(flag, text=mask(flag.text)) for flag in result.flags if flag.task is not None),
            message="",
            submission_sha256="",
            submission_files=(),
            seed=0,
        )


def _masked(test: TestResult, mask: Callable[[str], str]) -> TestResult:
    return replace(test, finding=mask(test.finding)) if test.finding else test


def name_mask(student: str, instead: str = "***") -> Callable[[str], str]:
    """Replace the student's name, and each part of it of three letters or more, where it is not part of a longer word."""
    parts = [part for part in re.split(r"[\W\d_]+", student) if len(part) >= 3]
    words = sorted({student, *parts} - {""}, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<![^\W\d_]){re.escape(word)}(?![^\W\d_])" for word in words), re.IGNORECASE)
    return lambda text: pattern.sub(instead, text)


def pseudonyms_of(results: Sequence[Result]) -> dict[str, str]:
    """`student 001` and so on, in the order of a hash of the name and of a number that readers do not know: the seed."""
    salt = max((result.seed for result in results), default=0)

    def order(student: str) -> bytes:
        return hashlib.sha256(f"{salt}/{student}".encode("utf-8", "surrogatepass")).digest()

    return {student: f"student {i:03d}" for i, student in enumerate(sorted({r.student for r in results}, key=order), 1)}


def anonymous_code(code: str, student: str) -> str:
    """The code without comments and docstrings, where people write their names, and with the student's name masked elsewhere.

    Lines keep their numbers. What Python cannot read has no docstrings; whatever looks like a comment goes there.
    """
    lines = list(io.StringIO(code))  # as the tokenizer counts them
    tokens, complete = _tokens(code)
    for token in _remarks(tokens):
        _blank(lines, token)
    if not complete:
        lines = [re.sub(r"#[^\n]*", "", line) for line in lines]
    return name_mask(student, "name")("".join(lines))


def _tokens(code: str) -> tuple[list[tokenize.TokenInfo], bool]:
    """Up to the first place that Python cannot read, and whether that is the end."""
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            found.append(token)
    except (tokenize.TokenError, SyntaxError):
        return found, False
    return found, True


def _remarks(tokens: Sequence[tokenize.TokenInfo]) -> Iterator[tokenize.TokenInfo]:
    """Comments, and strings that are whole statements."""
    yield from (token for token in tokens if token.type == tokenize.COMMENT)
    told = [token for token in tokens if token.type not in (tokenize.COMMENT, tokenize.NL)]
    kinds = [tokenize.NEWLINE, *(token.type for token in told)]
    for before, token, after in zip(kinds, told, kinds[2:], strict=False):
        if before in BEFORE_STATEMENT and token.type == tokenize.STRING and after == tokenize.NEWLINE:
            yield token


def _blank(lines: list[str], token: tokenize.TokenInfo) -> None:
    """Remove a token from its lines. A statement becomes an empty string, since a function needs a body."""
    (first, start), (last, end) = token.start, token.end
    rest = lines[last - 1][end:]
    lines[first - 1] = lines[first - 1][:start] + ("" if token.type == tokenize.COMMENT else '""')
    if last > first:
        lines[first - 1] += "\n"
        lines[first : last - 1] = ["\n"] * (last - 1 - first)
        lines[last - 1] = rest
    else:
        lines[last - 1] += rest
