"""What a student reads when their code raised: the kind of error, the line, and the text where it is safe to show.

While hidden inputs are in the process, an error's text could carry them out. So during graded calls a text is shown only
if it is one that Python or torch writes (known_texts.py); its numbers are a few sizes and its names stand in the student's code.
What the messages of a task can carry together is bounded in disclosure.py.
Before any hidden input is there, while the submission loads, the text is shown as it is.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping, Sequence

from autograder.protocol.replies import Error
from autograder.sanitize import one_line

from .known_texts import known_text

_EXCEPTIONS = frozenset(n for n, v in vars(builtins).items() if isinstance(v, type) and issubclass(v, BaseException))

# What to look at next, for errors whose text a beginner cannot read.
HINTS = tuple(
    (re.compile(pattern), hint)
    for pattern, hint in (
        (
            r"Expected hidden|Input batch size|hidden\d? has inconsistent|For (?:un)?batched",
            "The state does not fit the input. Take its sizes from the arguments, not from variables outside.",
        ),
        (
            r"\w+\(\): argument '\w+' \(position \d\) must be Tensor, not tuple|'tuple' object has no attribute",
            "There is a tuple where a tensor belongs. nn.RNN and nn.GRU return (output, h_n), nn.LSTM (output, (h_n, c_n)): "
            "unpack it.",
        ),
        (
            r"expected target dtype|Expected floating point type for target|0D or 1D target",
            "cross_entropy takes logits (N, C) and labels (N,) of dtype int64, the indices of the right classes.",
        ),
        (
            r"index out of range in self|Class values must be smaller",
            "An index is too large for the table. Its length is the size of the vocabulary that is passed.",
        ),
        (
            r".* takes \d positional arguments? but \d (?:was|were) given",
            "A method has `self` as its first parameter; Python counts it as an argument.",
        ),
        (
            r"element 0 of tensors does not require grad",
            "Nothing connects the loss with the weights: look for no_grad, detach, .data, .item() or argmax before the loss.",
        ),
        (
            r"one of the variables needed for gradient computation has been modified by an inplace operation",
            "Something overwrites a tensor that backward() still needs. Collect new tensors in a list instead.",
        ),
        (
            r"(?:too many|not enough) values to unpack",
            "There are more or fewer values than names on the left. chunk(n) makes n pieces, split(n) pieces of size n; nn.LSTM "
            "returns output, (h_n, c_n).",
        ),
        (
            r"mat1 and mat2 shapes cannot be multiplied",
            "In a @ b the last axis of a must be as long as the first axis of b. Weights are stored as (out, in): is a transpose "
            "missing?",
        ),
        (
            r"mat1 and mat2 must have|RNN input dtype|expected m1 and m2|[Ee]xpected scalar type|mean\(\): could not infer",
            "F.one_hot and lists of ints give int64, numpy arrays float64. Layers compute in float32: convert with .float().",
        ),
        (
            r"The expanded size of the tensor",
            "What is written does not fit the place for it. With which sizes was that tensor made?",
        ),
        (
            r"Index tensor must have the same number of dimensions",
            "scatter_ and gather want an index with as many axes as the tensor itself. F.one_hot takes indices of any shape.",
        ),
        (
            r"view size is not compatible",
            "view() cannot re-cut a tensor whose axes were swapped. Use reshape().",
        ),
        (
            r"iteration over a 0-d tensor|len\(\) of a 0-d tensor",
            "The tensor has no axis left: squeeze() removes every axis of size 1, and an index removes its axis.",
        ),
        (
            r".*ndarray|Can't call numpy|Concatenation operation is not implemented for NumPy",
            "A numpy array meets a tensor. Stay with torch throughout: numpy knows no gradients.",
        ),
    )
)


def hint_for(known: str) -> str:
    """Our explanation of an error text of Python's or torch's (see known_text)."""
    return next((hint for pattern, hint in HINTS if pattern.match(known)), "")


def error_type(error: Error) -> str:
    """The type's name if it is a known builtin; otherwise 'Exception'."""
    return error.type if error.type in _EXCEPTIONS else "Exception"


def place_of(error: Error, lines: Mapping[str, Sequence[str]]) -> str:
    """` at line 12 of rnn_cell.py: h = x @ w`, quoted from the submitted source; '' when unknown."""
    place, line = error.place, error.line
    if place not in lines or line is None or not 1 <= line <= len(lines[place]):
        return ""
    quoted = one_line(lines[place][line - 1], 100)
    return f" at line {line} of {one_line(place, 60)}" + (f": {quoted}" if quoted else "")


def shown_text(error: Error, lines: Mapping[str, Sequence[str]]) -> str:
    """What may be shown of an error's text once hidden inputs are in the process."""
    return known_text(error.text, "\n".join(line for text in lines.values() for line in text))


def explain(error: Error, lines: Mapping[str, Sequence[str]], *, hidden_inputs: bool) -> str:
    """One line about an exception. hidden_inputs: whether the process had seen any when it was raised."""
    text = shown_text(error, lines) if hidden_inputs else one_line(error.text)
    return f"{error_type(error)}{place_of(error, lines)}" + (f" ({text})" if text else "")
