"""encode: text to one-hot vectors."""

import torch

from autograder.kit import CheckFailed, Misconception, check, check_all, points

AXES = "seq_len batch input_size"
IDX2CHAR = ["e", "h", "l", "o"]
LETTERS = list("abcdghkmnpqrstuvwxyz")
STRANGE = "7?%é@3&ß"  # characters that no error message contains by chance


def expected(text, idx2char):
    return torch.eye(len(idx2char))[[idx2char.index(char) for char in text]].unsqueeze(1)


def vocabulary(draw, size):
    return [LETTERS[i] for i in draw.permutation(len(LETTERS))[:size]]


@points(1)
def test_hello(submission, draw):
    """encode turns 'hello' and other words made of the lecture's letters into one-hot vectors."""
    cases = [(text, IDX2CHAR) for text in ("hello", draw.word(IDX2CHAR, 7))]
    check_all(submission.call_many("encode", cases), [expected(*args) for args in cases], AXES)


@points(1)
def test_other_vocabularies(submission, draw):
    """encode uses the vocabulary that is passed, of any size and in any order, and does not change it."""
    cases = []
    for size in (draw.integer(2, 3), draw.integer(5, 9), 4):
        letters = vocabulary(draw, size)
        # One text without the last letter, so that the width cannot come from the text; one of a single letter.
        cases += [(draw.word(letters[:-1], draw.integer(2, 12)), letters), (letters[-1], letters)]
    for args, answer in zip(cases, submission.call_many("encode", cases), strict=True):
        check(answer, expected(*args), AXES)
        answer.check_unchanged("it changed the vocabulary that it was given.")


@points(1)
def test_unknown_character(submission, draw):
    """encode raises a ValueError whose message contains the character that is not in the vocabulary."""
    letters, odd = vocabulary(draw, 5), draw.one_of(STRANGE)
    good = draw.word(letters, 4)
    check(submission.encode(good, letters), expected(good, letters), AXES)
    other = draw.one_of([letter for letter in LETTERS if letter not in letters])
    for text, unknown in (
        (good + odd, odd),
        (good[:2] + odd + good[2:], odd),
        (odd + good, odd),
        (good[:2] + other + good[2:], other),
        (good + letters[0].upper(), letters[0].upper()),
        (good + " ", " "),
    ):
        error = submission.error_of("encode", text, letters)
        if error is None:
            raise CheckFailed("encode(...) accepts a character that is not in the vocabulary.\nRaise a ValueError that names it.")
        kind, message = error
        if kind != "ValueError":
            raise CheckFailed(f"encode(...) raises {kind} for an unknown character.\nThe task asks for a ValueError.")
        if unknown not in message:
            raise CheckFailed("encode(...) raises a ValueError, but its text does not contain the unknown character.")


CHECKED = """        if char not in idx2char:
            raise ValueError(f"{char!r} is not in the vocabulary {idx2char}")
"""
LOOP = f"    indices = []\n    for char in text:\n{CHECKED}        indices.append(idx2char.index(char))\n"
EYE = "torch.eye(len(idx2char), dtype=torch.float32)[torch.tensor(indices, dtype=torch.long)]"

MISCONCEPTIONS = (
    Misconception(
        "counted from 1",
        "The 1 is one position too far to the right. Indices start at 0, so the first letter of idx2char has index 0.",
        {"indices.append(idx2char.index(char))": "indices.append((idx2char.index(char) + 1) % len(idx2char))"},
    ),
    Misconception(
        "batch axis in front",
        "The batch axis is in front. The shape has to be (seq_len, 1, features), with the batch axis in the middle.",
        {"one_hot.unsqueeze(1)": "one_hot.unsqueeze(0)"},
    ),
    Misconception(
        "batch axis left out",
        "The letters form one sequence, a batch of 1. Add the batch axis between time and features.",
        {"return one_hot.unsqueeze(1)": "return one_hot"},
    ),
    Misconception(
        "integers instead of floats",
        "The ones and zeros are integers (int64), but a cell multiplies them by float32 weights. Convert them with .float().",
        {EYE: "F.one_hot(torch.tensor(indices), len(idx2char))"},
    ),
    Misconception(
        "indices instead of one-hot vectors",
        "Each letter became its index. It has to become a vector that is 1 at that index and 0 elsewhere.",
        {EYE: "torch.tensor(indices, dtype=torch.float32).unsqueeze(1)"},
    ),
    Misconception(
        "one-hot width fixed at 4",
        "The length of a vector is the size of the vocabulary that is passed, which need not have 4 letters.",
        {"torch.eye(len(idx2char)": "torch.eye(4"},
    ),
    Misconception(
        "one-hot width taken from the data",
        "Without num_classes, F.one_hot derives the length from the largest index in the text. Pass the vocabulary's size.",
        {EYE: "F.one_hot(torch.tensor(indices)).float()"},
    ),
    Misconception(
        "vocabulary made from the text",
        "The index of a letter is its position in idx2char, not its position among the letters of the text.",
        {LOOP: "    idx2char = sorted(set(text))\n    indices = [idx2char.index(char) for char in text]\n"},
    ),
    Misconception(
        "alphabetical vocabulary",
        "The index of a letter is its position in idx2char as it is passed, not its position in the alphabet.",
        {"    indices = []\n": "    idx2char = sorted(idx2char)\n    indices = []\n"},
    ),
    Misconception(
        "IDX2CHAR instead of the vocabulary that is passed",
        "The letters are looked up in the notebook's IDX2CHAR. Use the argument idx2char: another text has other letters.",
        {LOOP: "    idx2char = IDX2CHAR\n    indices = [idx2char.index(char) for char in text]\n"},
    ),
    Misconception(
        "unknown characters skipped",
        "A character outside the vocabulary is skipped silently. Raise a ValueError that names the character.",
        {CHECKED: "        if char not in idx2char:\n            continue\n"},
    ),
    Misconception(
        "unknown characters as zeros",
        "A character outside the vocabulary becomes a vector of zeros. Raise a ValueError that names the character.",
        {
            LOOP: "    indices = [[float(char == letter) for letter in idx2char] for char in text]\n",
            EYE: "torch.tensor(indices)",
        },
    ),
    Misconception(
        "KeyError for an unknown character",
        "A dict raises a KeyError for a missing key, but the task asks for a ValueError. Check the character first.",
        {LOOP: "    places = {c: i for i, c in enumerate(idx2char)}\n    indices = [places[char] for char in text]\n"},
    ),
)
