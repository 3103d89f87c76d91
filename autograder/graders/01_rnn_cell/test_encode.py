"""encode: text to one-hot vectors."""

import torch

from autograder.judge import Failed, Misconception, check, points

AXES = "seq_len batch input_size"
IDX2CHAR = ["e", "h", "l", "o"]
LETTERS = list("abcdghkmnpqrstuvwxyz")


def expected(text, idx2char):
    return torch.eye(len(idx2char))[[idx2char.index(char) for char in text]].unsqueeze(1)


def vocabulary(draw, size):
    return [LETTERS[i] for i in draw.permutation(len(LETTERS))[:size]]


@points(1)
def test_hello(submission, draw):
    """encode turns hello and other words of the lecture's letters into one-hot vectors."""
    for text in ("hello", draw.word(IDX2CHAR, 7)):
        check(submission.encode(text, IDX2CHAR), expected(text, IDX2CHAR), AXES)


@points(1)
def test_other_vocabularies(submission, draw):
    """encode uses the vocabulary that it is given, of any size and in any order, and leaves it alone."""
    for size in draw.sizes(3, 3, 9):
        letters = vocabulary(draw, size)
        text = draw.word(letters, draw.integer(1, 12))
        answer = submission.encode(text, letters)
        check(answer, expected(text, letters), AXES)
        if answer.changed_inputs:
            answer.fail("it changed the vocabulary that it was given.")


@points(1)
def test_unknown_character(submission, draw):
    """encode raises a ValueError that contains the character that is not in the vocabulary."""
    *letters, unknown = vocabulary(draw, 6)
    good = draw.word(letters, 4)
    check(submission.encode(good, letters), expected(good, letters), AXES)
    for text in (good + unknown, unknown + good):
        error = submission.error_of("encode", text, letters)
        if error is None:
            raise Failed("encode(...) accepts a character that is not in the vocabulary.\nRaise a ValueError that names it.")
        kind, message = error
        if kind != "ValueError":
            raise Failed(f"encode(...) raises {kind} for an unknown character, expected ValueError.\nAsk `char in idx2char` first.")
        if unknown not in message:
            raise Failed("encode(...) raises a ValueError, but its text does not contain the unknown character.")


MISCONCEPTIONS = (
    Misconception(
        "batch axis in front",
        "The shape is (seq_len, 1, features): time comes first and the axis for the batch stands in the middle.",
        {"one_hot.unsqueeze(1)": "one_hot.unsqueeze(0)"},
    ),
)
