"""A submission can leak less than 64 bits through the messages of a task, even to a decoder that knows its code."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import NoReturn

import pytest

from autograder.judge.compare import shape_text
from autograder.judge.disclosure import AGAIN, Disclosure, bound_for, names_in_code
from autograder.judge.error_text import explain
from autograder.judge.known_texts import known_text
from autograder.protocol.replies import Error

BITS, TESTS = 24, 12  # what each test's message tries to carry, and how many tests a task may have
BOOK = [f"w{n:04x}" for n in range(1 << 12)]
IN_COMMENT = [f"# {' '.join(BOOK)}", "def step(x):", "    return x"]
IN_CODE = [" = ".join(BOOK) + " = 0", *("pass" for _ in range(1 << 12))]

# How a payload becomes a finding, and what the decoder reads from it again.
Encode = Callable[[int, dict[str, list[str]]], str]


def raised(text: str, lines: dict[str, list[str]], line: int = 1) -> str:
    error = Error("exception", type="RuntimeError", text=text, place="a.py", line=line)
    return f"step(...) raised {explain(error, lines, hidden_inputs=True)}."


def names(payload: int, lines: dict[str, list[str]]) -> str:
    one, other = BOOK[payload & 0xFFF], BOOK[payload >> 12]
    return raised(f"'{one}' object has no attribute '{other}'", lines)


def sizes(payload: int, lines: dict[str, list[str]]) -> str:
    one, two, three, four = (str(payload >> shift & 0x3F) for shift in (0, 6, 12, 18))
    return raised(f"mat1 and mat2 shapes cannot be multiplied ({one}x{two} and {three}x{four})", lines)


def line_numbers(payload: int, lines: dict[str, list[str]]) -> str:
    return raised("division by zero", lines, 2 + (payload & 0xFFF))


def shapes(payload: int, lines: dict[str, list[str]]) -> str:
    return f"step(...): the shape is {shape_text((payload & 0xFFF, payload >> 12))}, expected (batch, hidden_size) = (3, 5)."


def parameters(payload: int, lines: dict[str, list[str]]) -> str:
    return f"Model(...): parameter names and shapes differ: found {BOOK[payload & 0xFFF]}.{BOOK[payload >> 12]}"


CHANNELS: dict[str, tuple[Encode, list[str]]] = {
    "names in a comment": (names, IN_COMMENT),
    "names in the code": (names, IN_CODE),
    "sizes in an error": (sizes, IN_CODE),
    "line numbers": (line_numbers, IN_CODE),
    "shapes": (shapes, IN_CODE),
    "parameter names": (parameters, IN_CODE),
}


def decoded_bits(encodes: list[Encode], source: list[str]) -> float:
    """Bits that somebody who reads all messages of a task gets, one for each verdict included."""
    lines, draw = {"a.py": source}, random.Random(1)
    disclosure, total = Disclosure(lines, bound_for(TESTS)), 0.0
    for number in range(TESTS):
        encode, payload = encodes[number % len(encodes)], draw.getrandbits(BITS)
        shown = disclosure.shown(encode(payload, lines))
        others = [encode(payload ^ 1 << bit, lines) for bit in range(BITS)]  # a bit is read where its change would be seen
        read = sum(shown == encode(payload, lines) != other for other in others)
        total += 1 + read
    return total


@pytest.mark.parametrize(("encode", "source"), CHANNELS.values(), ids=CHANNELS.keys())
def test_less_than_64_bits_leave_through_one_kind_of_message(encode: Encode, source: list[str]) -> None:
    assert decoded_bits([encode], source) < 64


def test_less_than_64_bits_leave_through_all_kinds_together() -> None:
    assert decoded_bits([encode for encode, _ in CHANNELS.values()], IN_CODE) < 64


def test_verdicts_and_messages_stay_below_64_bits_for_any_number_of_tests() -> None:
    assert all(tests + bound_for(tests) < 64 for tests in range(1, 64))


def test_the_decoder_reads_everything_where_nothing_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Disclosure, "shown", lambda self, finding: finding)
    assert decoded_bits([names], IN_CODE) == TESTS * (BITS + 1)


def test_a_learners_findings_are_all_shown() -> None:
    lines = {"rnn_cell.py": ["import torch", "def rnn_cell_step(x, h):", "    return x @ h"]}
    disclosure = Disclosure(lines)
    findings = [
        "rnn_cell_step(...): the shape (5, 9) is right, the values are not.\nThe sum has four terms.",
        "rnn_cell_step(...): the shape is (9, 5), expected (batch, hidden_size) = (5, 9).\nThe two axes look swapped.",
        "rnn_cell_step(...) raised RuntimeError at line 3 of rnn_cell.py: return x @ h (division by zero).",
        "rnn_cell_step(...): the shape (3, 4) is right, the values are not.\nThe sum has four terms.",
    ]
    assert [disclosure.shown(finding) for finding in findings] == findings
    assert all(disclosure.shown(findings[2]) == findings[2] for _ in range(50))  # what was said is free


def test_what_is_not_shown_is_told() -> None:
    disclosure = Disclosure({"a.py": IN_CODE}, bound_bits=0)
    assert disclosure.shown("step(...): the shape is (9, 5).") == f"step(...) {AGAIN}"
    assert re.fullmatch(r"It .*", disclosure.shown("nothing of ours"))


def test_names_in_strings_and_comments_are_no_names_of_the_code() -> None:
    source = 'a = "b c" # d\n"""e\nf"""\ndef g(h): return \'i\''
    assert names_in_code(source) == {"a", "def", "g", "h", "return"}
    assert known_text("'d' object has no attribute 'b'", source) == ""
    assert known_text("'g' object has no attribute 'h'", source) != ""
    assert known_text("'" + ".".join(["g"] * 9) + "' object is not callable", source) == ""


def test_a_task_without_messages_reads_no_line() -> None:
    class Unreadable(dict[str, list[str]]):
        def values(self) -> NoReturn:
            raise AssertionError("the lines were read")

        items = __getitem__ = values

    Disclosure(Unreadable({"rnn_cell.py": ["h = 0"]}))
