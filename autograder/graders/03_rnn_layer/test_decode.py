"""decode: logits to a string."""

from autograder.kit import Misconception, check, check_all, points

IDX2CHAR = ["e", "h", "l", "o"]
LETTERS = list("abcdghkmnpqrstuvwxyz")
MIN_LEAD = 2e-3  # of a row's largest logit: which of two equal ones is taken would be up to the kernel


def expected(logits, idx2char):
    return "".join(idx2char[i] for i in logits.argmax(dim=1).tolist())


def vocabulary(draw, size):
    return [LETTERS[i] for i in draw.permutation(len(LETTERS))[:size]]


def case(draw, rows, classes):
    """Logits without ties, and letters for their classes; the largest logit of all is not for the first row's letter."""
    while True:
        logits, letters = draw.normal(rows, classes), vocabulary(draw, classes)
        first, second = logits.topk(2, dim=1).values.unbind(dim=1)
        if (first - second).min() < MIN_LEAD:
            continue
        if rows == 1 or logits[0].argmax() != logits.argmax() % classes:
            return logits, letters


def check_cases(submission, cases):
    check_all(submission.call_many("decode", cases), [expected(*args) for args in cases])


@points(1)
def test_takes_the_largest_logit_of_each_row(submission, draw):
    """decode returns one letter per row of the logits, that of the largest logit, with the lecture's letters."""
    drawn = [case(draw, rows, 4)[0] for rows in (5, 4, 9)]
    check_cases(submission, [(scores, IDX2CHAR) for logits in drawn for scores in (logits, logits - 7)])


@points(1)
def test_uses_the_vocabulary_that_it_is_given(submission, draw):
    """decode takes its letters from idx2char, for any letters and any number of them."""
    check_cases(submission, [case(draw, draw.integer(4, 12), classes) for classes in draw.sizes(3, 3, 9)])


@points(1)
def test_any_number_of_rows(submission, draw):
    """decode works for 1 row, for 50 rows and for as many rows as classes, and does not change its arguments."""
    drawn = [case(draw, *sizes) for sizes in ((6, 6), (1, 5), (50, 3), (2, 9), (6, 6))]
    cases = [args for args in drawn for _ in range(2)]
    for args, answer in zip(cases, submission.call_many("decode", cases), strict=True):
        check(answer, expected(*args))
        answer.check_unchanged("it changed one of its arguments.", "Work on a copy, or do without changing anything.")


RESULT = 'return "".join(idx2char[i] for i in logits.argmax(dim=1).tolist())'

MISCONCEPTIONS = (
    Misconception(
        "largest over the rows",
        "The maximum is taken over dim 0, which compares time steps. Take it over dim 1, which compares the classes of one step.",
        {"argmax(dim=1)": "argmax(dim=0)"},
    ),
    Misconception(
        "softmax over the rows",
        "The softmax is taken over dim 0, which compares time steps. Use dim=1, or leave the softmax out.",
        {"logits.argmax(dim=1)": "logits.softmax(dim=0).argmax(dim=1)"},
    ),
    Misconception(
        "maximum over the whole tensor",
        "argmax() without dim gives one index for the whole tensor. Take the maximum of each row, over dim 1.",
        {RESULT: "return idx2char[logits.argmax() % len(idx2char)]"},
    ),
    Misconception(
        "smallest instead of largest",
        "The letters are those with the smallest logit: take the largest.",
        {"argmax(dim=1)": "argmin(dim=1)"},
    ),
    Misconception(
        "IDX2CHAR instead of the vocabulary that is passed",
        "The letters come from the module's IDX2CHAR. Use the idx2char that is passed.",
        {"idx2char[i] for": "IDX2CHAR[i] for"},
    ),
    Misconception(
        "letters not joined",
        "The letters are right, but they are returned as a list. Join them with ''.join(...).",
        {RESULT: "return [idx2char[i] for i in logits.argmax(dim=1).tolist()]"},
    ),
    Misconception(
        "letters joined with a space",
        "The letters are right, but they are joined with a separator. Join them with the empty string.",
        {'"".join': '" ".join'},
    ),
    Misconception(
        "indices instead of letters",
        "The string contains the indices. Look each index up in idx2char.",
        {"idx2char[i] for": "str(i) for"},
    ),
    Misconception(
        "only the first row",
        "Only one letter is returned. Decode all rows: a return inside the loop ends it after the first one.",
        {RESULT: "return idx2char[int(logits.argmax(dim=1)[0])]"},
    ),
    Misconception(
        "last row left out",
        "The last letter is missing: the loop ends one row too early.",
        {".tolist())": ".tolist()[:-1])"},
    ),
    Misconception(
        "rows in reverse order",
        "The string is written backwards: row 0 is the first character.",
        {".tolist())": ".tolist()[::-1])"},
    ),
    Misconception(
        "repeated letters left out",
        "A repeated letter appears only once. Every row gives one character.",
        {
            RESULT: 'text = ""\n    for i in logits.argmax(dim=1).tolist():\n'
            '        text += idx2char[i] if text[-1:] != idx2char[i] else ""\n    return text'
        },
    ),
    Misconception(
        "nothing returned",
        "The string is printed or built, but not returned.",
        {RESULT: RESULT.replace("return ", "text = ")},
    ),
)
