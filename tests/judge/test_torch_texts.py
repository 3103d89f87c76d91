"""Error messages of torch are quoted, limited to the parts that torch itself writes."""

from __future__ import annotations

import pytest

from autograder.judge.error_text import hint_for, known_text

TEXTS = [
    "linear(): argument 'input' (position 1) must be Tensor, not tuple",
    "The expanded size of the tensor (5) must match the existing size (4) at non-singleton dimension 1",
    "self must be a matrix",
    "expected target dtype to be Long or Byte, but got Float",
    "index out of range in self",
    "expected np.ndarray (got Tensor)",
    "tanh(): argument 'input' (position 1) must be Tensor, not numpy.ndarray",
    "Expected hidden size (3, 1, 4), got [2, 1, 8]",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_of_torch_is_shown(text: str) -> None:
    assert known_text(text, "") == text


@pytest.mark.parametrize("text", TEXTS)
def test_what_follows_it_is_not(text: str) -> None:
    assert known_text(f"{text} 0.1234 secret", "") == text


@pytest.mark.parametrize(
    "text",
    ["0.25 self must be a matrix", "linear(): argument 'x01' (position 1) must be Tensor, not tuple", "must be Tensor, not a1"],
    ids=["text before it", "a name that stands nowhere", "a type that is not Python's"],
)
def test_anything_else_stays_in_the_child(text: str) -> None:
    assert known_text(text, "") == ""


def test_a_tuple_where_a_tensor_belongs_has_a_hint() -> None:
    assert "unpack it" in hint_for(known_text(TEXTS[0], ""))
    assert hint_for("") == ""
