"""Where a limit may be written: whole numbers in a function's body and in the constants that it uses."""

from __future__ import annotations

import pytest

from autograder.judge.numbers import numbers_in

CODE = """LIMIT: int = 40
OTHER = 70

def train(model, epochs=15):
    '''100 epochs'''
    for e in range(min(epochs, LIMIT, 50)):
        if e % 10 == 0.5 or True:
            print(e)

def plot():
    return 90
"""


def test_the_body_and_the_constants_it_uses() -> None:
    assert numbers_in({"a.py": CODE.splitlines()}, "train") == {10, 40, 50}


@pytest.mark.parametrize("cell", ["%matplotlib inline", "x = = 1", "x = '\0'", "(" * 500])
def test_a_cell_that_cannot_be_parsed_is_left_out(cell: str) -> None:
    assert numbers_in({"a": [cell], "b": CODE.splitlines()}, "train") == {10, 40, 50}


def test_another_function() -> None:
    assert numbers_in({"a.py": CODE.splitlines()}, "decode") == frozenset()
