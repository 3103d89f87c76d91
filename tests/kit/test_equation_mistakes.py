"""The family made from an equation: every mistake is other code, has a name and a sentence of its own, and two go together."""

from __future__ import annotations

import pytest

from autograder.judge import Misconception
from autograder.kit import Equation, equation_mistakes

SUM = "torch.tanh(x @ W.T + b + h @ U.T + d)"


def made(equation: Equation, **options: bool) -> dict[str, tuple[str, str]]:
    """name -> (the wrong equation, the advice)"""
    return {m.name: (m.swaps[equation.text], m.advice) for m in equation_mistakes(equation, **options)}


@pytest.fixture
def equation() -> Equation:
    return Equation(SUM, lambda text: {SUM: text}, alike=(("b", "d"), ("h",)), square={"U"}, shown={"d": "bias_hh"})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("h @ U.T left out", "torch.tanh(x @ W.T + b + 0 + d)"),
        ("b added twice", "torch.tanh(x @ W.T + (b + b) + h @ U.T + d)"),
        ("bias_hh in the place of b", "torch.tanh(x @ W.T + d + h @ U.T + d)"),
        ("x @ W.T subtracted", "torch.tanh((-x @ W.T) + b + h @ U.T + d)"),
        ("U not transposed", "torch.tanh(x @ W.T + b + h @ U + d)"),
        ("h without U", "torch.tanh(x @ W.T + b + h + d)"),
        ("h @ U.T in the place of x @ W.T", "torch.tanh((h @ U.T) + b + h @ U.T + d)"),
        ("tanh applied twice", f"(torch.tanh({SUM}))"),
    ],
)
def test_a_mistake_is_the_equation_with_one_piece_changed(equation: Equation, name: str, text: str) -> None:
    assert made(equation)[name][0] == text


def test_no_weight_that_would_raise_is_left_untransposed(equation: Equation) -> None:
    assert "W not transposed" not in made(equation)


def test_every_mistake_is_code_of_its_own(equation: Equation) -> None:
    texts = [text for text, _ in made(equation, pairs=True).values()]
    assert len(texts) == len(set(texts)) > 50
    assert SUM not in texts
    for text in texts:
        compile(text, "equation", "eval")


def test_two_mistakes_in_different_pieces_are_both_told(equation: Equation) -> None:
    text, advice = made(equation, pairs=True)["b left out + bias_hh left out + U not transposed"]
    assert text == "torch.tanh(x @ W.T + 0 + h @ U + 0)"
    assert [line.partition(",")[2].strip() for line in advice.splitlines()][:2] == [
        "the term b is missing.",
        "the term bias_hh is missing.",
    ]


def test_a_share_is_not_taken_for_a_sum() -> None:
    equation = Equation("(1 - z) * n + z * h", lambda text: {"(1 - z) * n + z * h": text}, target="the new h")
    found = made(equation)
    assert found["factor z of h left out in the new h"] == (
        "(1 - z) * n + 1 * h",
        "In the new h, the factor z of h is missing.",
    )
    assert "z left out in the new h" not in found


def test_what_has_a_name_already_is_not_made_again(equation: Equation) -> None:
    found: list[Misconception] = list(equation_mistakes(equation, {"U not transposed"}))
    assert "U not transposed" not in {m.name for m in found}
