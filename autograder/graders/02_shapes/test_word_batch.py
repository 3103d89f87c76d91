"""word_batch: several words to one batch of one-hot vectors."""

import torch

from autograder.kit import CheckFailed, Misconception, check, points

AXES = "batch seq_len features"
IDX2CHAR = ["h", "e", "l", "o"]
LETTERS = list("abcdghkmnpqrstuvwxyz")
STRANGE = "7?%é@3&ß"  # characters that no error message contains by chance


def expected(words, idx2char):
    return torch.eye(len(idx2char))[torch.tensor([[idx2char.index(char) for char in word] for word in words])]


def vocabulary(draw, size):
    return [LETTERS[i] for i in draw.permutation(len(LETTERS))[:size]]


def drawn_words(draw, letters, batch, seq_len):
    return [draw.word(letters, seq_len) for _ in range(batch)]


def check_cases(submission, *cases):
    try:
        for args, answer in zip(cases, submission.call_many("word_batch", cases), strict=True):
            check(answer, expected(*args), AXES)
            answer.check_unchanged()
    except CheckFailed as failure:
        if failure.raised.startswith("ValueError"):
            failure.hint = (
                "These words have the same length, and all their letters are in the argument idx2char. Use the argument, not a "
                "global list."
            )
        raise


@points(1)
def test_words_of_the_lab(submission, draw):
    """word_batch turns the lab's three words, and other words of the same letters, into a (batch, seq_len, features) tensor."""
    check_cases(submission, (["hello", "eolll", "lleel"], IDX2CHAR), (drawn_words(draw, IDX2CHAR, 2, 7), IDX2CHAR))


@points(1)
def test_other_vocabularies_and_sizes(submission, draw):
    """word_batch uses the vocabulary that is passed, for any number of words of any length, and changes neither argument."""
    cases = []
    for size in (draw.integer(2, 3), draw.integer(7, 9)):
        letters = vocabulary(draw, size)
        # Without the last letter, so that the width cannot come from the words.
        cases.append((drawn_words(draw, letters[:-1], *draw.sizes(2, 2, 6)), letters))
        cases += [(drawn_words(draw, letters, *sizes), letters) for sizes in ((1, 4), (5, 1), (1, 1), (4, 4))]
    check_cases(submission, *cases)


@points(0.5)
def test_unequal_lengths(submission, draw):
    """word_batch raises a ValueError when the words differ in length."""
    letters = vocabulary(draw, 5)
    words = drawn_words(draw, letters, 3, 4)
    check_cases(submission, (words, letters))
    longer, shorter = draw.word(letters, 5), draw.word(letters, 3)
    inside, even = [words[0], shorter, *words[1:]], [shorter, longer]  # the ends agree; all letters together divide by two
    for unequal in ([*words, shorter], [*words, longer], [longer, *words], inside, even):
        error = submission.error_of("word_batch", unequal, letters)
        if error is None:
            raise CheckFailed("word_batch(...) accepts words that differ in length.\nRaise a ValueError instead.")
        if error[0] != "ValueError":
            raise CheckFailed(f"word_batch(...) raises {error[0]} for words that differ in length, expected ValueError.")


@points(0.5)
def test_unknown_character(submission, draw):
    """word_batch raises a ValueError whose message contains the character that is not in the vocabulary."""
    letters, odd = vocabulary(draw, 5), draw.one_of(STRANGE)
    words = drawn_words(draw, letters, 3, 4)
    check_cases(submission, (words, letters))
    start, capital = draw.word(letters, 3), letters[0].upper()
    other = draw.one_of([letter for letter in LETTERS if letter not in letters])
    for strange, unknown in (
        ([*words, start + odd], odd),
        ([odd + start, *words], odd),
        ([words[0], start[:1] + other + start[1:], words[1]], other),
        ([words[0], start + capital, words[1]], capital),
        ([*words, start + " "], " "),
    ):
        error = submission.error_of("word_batch", strange, letters)
        if error is None:
            raise CheckFailed(
                "word_batch(...) accepts a character that is not in the vocabulary.\nRaise a ValueError that names it."
            )
        if error[0] != "ValueError":
            text = f"word_batch(...) raises {error[0]} for an unknown character, expected ValueError."
            raise CheckFailed(f"{text}\nAsk `char in idx2char` first.")
        if unknown not in error[1]:
            raise CheckFailed("word_batch(...) raises a ValueError, but its text does not contain the unknown character.")


LENGTHS = """    if len({len(word) for word in words}) > 1:
        raise ValueError(f"all words must have the same length, got {[len(word) for word in words]}")
"""
UNKNOWN = """        if char not in idx2char:
            raise ValueError(f"{char!r} is not in the vocabulary {idx2char}")
"""
INDICES = "torch.tensor([[idx2char.index(char) for char in word] for word in words], dtype=torch.long)"
FLOATS = "return one_hot.to(torch.float32)"

MISCONCEPTIONS = (
    Misconception(
        "time comes first",
        "The result is (seq_len, batch, features). Here the batch comes first: one row per word.",
        {FLOATS: "return one_hot.to(torch.float32).transpose(0, 1)"},
    ),
    Misconception(
        "view instead of transpose",
        "view has regrouped the numbers, so letters of different words are mixed. Keep one row per word.",
        forms=tuple(
            {FLOATS: f"return one_hot.to(torch.float32).reshape(len(words[0]), len(words), -1){turned}"}
            for turned in ("", ".transpose(0, 1)")
        ),
    ),
    Misconception(
        "all words in one sequence",
        "The words are joined into one long sequence. Give each word its own row: (batch, seq_len, features).",
        {FLOATS: "return one_hot.to(torch.float32).flatten(0, 1)"},
    ),
    Misconception(
        "integers instead of floats",
        "The ones and zeros are integers (int64), but layers compute in float32. Convert them with .float().",
        {FLOATS: "return one_hot"},
    ),
    Misconception(
        "indices instead of one-hot vectors",
        "Each letter became its index. It has to become a vector that is 1 at that index and 0 elsewhere.",
        {FLOATS: "return indices.to(torch.float32)"},
    ),
    Misconception(
        "one-hot width fixed at 4",
        "The length of a vector is the size of the vocabulary that is passed, which need not have 4 letters.",
        {"F.one_hot(indices, num_classes=len(idx2char))": "torch.eye(4)[indices]"},
    ),
    Misconception(
        "one-hot width taken from the data",
        "Without num_classes, F.one_hot derives the length from the largest index. Pass the size of the vocabulary.",
        {", num_classes=len(idx2char))": ")"},
    ),
    Misconception(
        "IDX2CHAR instead of the vocabulary that is passed",
        "The letters are looked up in the notebook's IDX2CHAR. Use the argument idx2char: other words have other letters.",
        {LENGTHS: LENGTHS + "    idx2char = IDX2CHAR\n"},
    ),
    Misconception(
        "the lab's letters instead of the vocabulary that is passed",
        "The vectors of h, e, l and o are written into the code. Use the argument idx2char: other words have other letters.",
        {
            FLOATS: "lab = dict(zip('helo', torch.eye(4)))\n"
            "    return torch.stack([torch.stack([lab[c] for c in w]) for w in words])"
        },
    ),
    Misconception(
        "alphabetical vocabulary",
        "The index of a letter is its position in idx2char as it is passed, not its position in the alphabet.",
        {LENGTHS: LENGTHS + "    idx2char = sorted(idx2char)\n"},
    ),
    Misconception(
        "longer words cut off",
        "All words are cut to the length of the shortest. Unequal lengths have to raise a ValueError.",
        {LENGTHS: "    words = [word[: min(map(len, words))] for word in words]\n"},
    ),
    Misconception(
        "shorter words filled up with zeros",
        "Shorter words are padded. Padding is not asked for: unequal lengths have to raise a ValueError.",
        {
            LENGTHS: "",
            f"indices = {INDICES}": "rows = [torch.eye(len(idx2char))[[idx2char.index(c) for c in w]] for w in words]",
            "F.one_hot(indices, num_classes=len(idx2char))": "nn.utils.rnn.pad_sequence(rows, batch_first=True)",
        },
    ),
    Misconception(
        "RuntimeError for unequal lengths",
        "torch.stack raises a RuntimeError for unequal lengths, but the task asks for a ValueError. Compare the lengths first.",
        forms=(
            {LENGTHS: "", INDICES: "torch.stack([torch.tensor([idx2char.index(c) for c in w]) for w in words])",
         "F.one_hot(indices, num_classes=len(idx2char))": "torch.eye(len(idx2char))[indices]"},
            {LENGTHS: "", f"indices = {INDICES}": "eye = torch.eye(len(idx2char))",
         "F.one_hot(indices, num_classes=len(idx2char))":
             "torch.stack([eye[torch.tensor([idx2char.index(c) for c in w])] for w in words])"},
        ),
    ),
    Misconception(
        "unknown characters as zeros",
        "A character outside the vocabulary becomes a vector of zeros. Raise a ValueError that names the character.",
        {
            UNKNOWN: "        pass\n",
            "F.one_hot(indices, num_classes=len(idx2char))": "indices",
            INDICES: "torch.tensor([[[int(char == c) for c in idx2char] for char in word] for word in words])",
        },
    ),
    Misconception(
        "KeyError for an unknown character",
        "A dict raises a KeyError for a missing key, but the task asks for a ValueError. Check the character first.",
        {UNKNOWN: "        {c: i for i, c in enumerate(idx2char)}[char]\n"},
    ),
)  # fmt: skip
