"""What a student reads when their code raised: the kind of error, the line, and the text where it is safe to show.

While hidden inputs are in the process, an error's text could carry them out. So during graded calls a text is shown only
if it is one that Python or torch writes (`KNOWN_TEXTS`); its numbers are a few sizes and its names stand in the student's code.
What the messages of a task can carry together is bounded in disclosure.py.
Before any hidden input is there, while the submission loads, the text is shown as it is.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping, Sequence

from autograder.protocol.replies import Error
from autograder.sanitize import one_line

from .disclosure import names_in_code

_EXCEPTIONS = frozenset(n for n, v in vars(builtins).items() if isinstance(v, type) and issubclass(v, BaseException))

_SIZES = r"\[?\d{1,3}(?:(?:, | x |x)\d{1,3}){0,3}\]?"
_TYPE = r"(?:Tensor|Tensors|tuple|list|int|ints|float|floats|str|bool|dict|NoneType|numpy\.ndarray|function|method|Parameter)"
_NAME = r"'?(?P<{}>[A-Za-z_]\w{{0,29}}(?:\.[A-Za-z_]\w{{0,29}})?)(?:\(\))?'?"  # a name, or a method with its class
# Each is matched at the start of the text, and no more than the match is shown: nothing here is a wildcard.
_PARTS = {"SIZES": _SIZES, "TYPE": _TYPE, "NAME1": _NAME.format("a"), "NAME2": _NAME.format("b")}
KNOWN_TEXTS = tuple(
    re.compile(re.sub("|".join(_PARTS), lambda part: _PARTS[part[0]], pattern))
    for pattern in (
        r"name NAME1 is not defined",
        r"cannot access local variable NAME1 where it is not associated with a value",
        r"NAME1 object has no attribute NAME2",
        r"NAME1 object is not (?:callable|iterable|subscriptable)",
        r"NAME1 object cannot be interpreted as an integer",
        r"NAME1 missing \d required positional arguments?",
        r"NAME1 takes (?:from \d to )?\d positional arguments? but \d (?:was|were) given",
        r"NAME1 got (?:an unexpected keyword argument|multiple values for argument) NAME2",
        r"mat1 and mat2 shapes cannot be multiplied \(SIZES and SIZES\)",
        r"The size of tensor a \(\d{1,4}\) must match the size of tensor b \(\d{1,4}\) at non-singleton dimension \d",
        r"The expanded size of the tensor \(\d{1,4}\) must match the existing size \(\d{1,4}\) at non-singleton dimension \d",
        r"output with shape SIZES doesn't match the broadcast shape SIZES",
        r"(?:self|mat2|batch1|batch2|vec|input) must be a (?:matrix|3D tensor|vector)",
        r"size mismatch, got input \(\d{1,3}\), mat \(\d{1,3}x\d{1,3}\), vec \(\d{1,3}\)",
        r"1D tensors expected, but got \dD and \dD tensors",
        r"NAME1: argument NAME2 \(position \d\) must be TYPE(?: of TYPE)?, not TYPE",
        r"expected Tensor as element \d in argument \d, but got TYPE",
        r"expected np\.ndarray \(got TYPE\)",
        r"Concatenation operation is not implemented for NumPy arrays, use np\.concatenate\(\) instead",
        r"stack expects a non-empty TensorList",
        r"torch\.cat\(\): expected a non-empty list of Tensors",
        r"shape '\[?-?\d{1,3}(?:, -?\d{1,3}){0,3}\]?' is invalid for input of size \d{1,5}",
        r"split_with_sizes expects split_sizes to sum exactly to \d{1,4}",
        r"permute\(sparse_coo\): number of dimensions in the tensor input does not match the length of the desired ordering",
        r"Expected tensor for argument #\d 'indices' to have one of the following scalar types: Long, Int",
        r"expected target dtype to be Long or Byte, but got (?:Float|Double|Int|Bool)",
        r"Expected floating point type for target with class probabilities, got (?:Long|Int)",
        r"Target \d{1,2} is out of bounds",
        r"index out of range in self",
        r"one_hot is only applicable to index tensor of type LongTensor",
        r"Class values must be (?:smaller than num_classes|non-negative)",
        r"RNN(?:Cell)?: Expected input to be \dD or \dD, got \dD instead",
        r"Expected hidden(?:\[\d\])? size \(?SIZES\)?, got SIZES",
        r"input\.size\(-1\) must be equal to input_size\. Expected \d{1,4}, got \d{1,4}",
        r"input has inconsistent input_size: got \d{1,4},? expected \d{1,4}",
        r"Input batch size \d{1,4} doesn't match hidden\d? batch size \d{1,4}",
        r"hidden\d? has inconsistent hidden_size: got \d{1,4}, expected \d{1,4}",
        r"For (?:un)?batched \d-D input, hx (?:and cx )?should also be \d-D",
        r"too many values to unpack \(expected \d\)",
        r"not enough values to unpack \(expected \d, got \d\)",
        r"index -?\d{1,4} is out of bounds for (?:dimension|axis) \d with size \d{1,4}",
        r"(?:list|tuple|string) index out of range",
        r"too many indices for tensor of dimension \d",
        r"invalid index of a 0-dim tensor",
        r"tensors used as indices must be long, int, byte or bool tensors",
        r"only integer tensors of a single element can be converted to an index",
        r"No module named NAME1",
        r"NAME1 object does not support item assignment",
        r"NAME1 indices must be integers or slices, not NAME2",
        r"sequence item \d{1,2}: expected str instance, NAME1 found",
        r"Dimension out of range \(expected to be in range of \[-?\d, -?\d\], but got -?\d\)",
        r"Dimension out of range",
        r"Boolean value of Tensor with (?:more than one|no) values? is ambiguous",
        r"only one element tensors can be converted to Python scalars",
        r"a Tensor with \d{1,5} elements cannot be converted to Scalar",
        r"element 0 of tensors does not require grad and does not have a grad_fn",
        r"grad can be implicitly created only for scalar outputs",
        r"Trying to backward through the graph a second time",
        r"one of the variables needed for gradient computation has been modified by an inplace operation",
        r"a (?:view of a )?leaf Variable that requires grad is being used in an in-place operation",
        r"stack expects each tensor to be equal size",
        r"Sizes of tensors must match except in dimension \d",
        r"Tensors must have same number of dimensions: got \d and \d",
        r"Expected target size SIZES, got SIZES",
        r"Expected input batch_size \(\d{1,4}\) to match target batch_size \(\d{1,4}\)",
        r"0D or 1D target tensor expected, multi-target not supported",
        r"[Ee]xpected scalar type \w{1,10} but found \w{1,10}",
        r"expected m1 and m2 to have the same dtype",
        r"Expected all tensors to be on the same device",
        r"Torch not compiled with CUDA enabled",
        r"Found no NVIDIA driver on your system",
        r"unsupported operand type\(s\) for \S{1,3}: NAME1 and NAME2",
        r"can only concatenate NAME1 \(not NAME2\)",
        r"maximum recursion depth exceeded",
        r"division by zero",
        r"cannot assign module before Module\.__init__\(\) call",
        r"Can't call numpy\(\) on Tensor that requires grad",
        r"view size is not compatible with input tensor's size and stride",
        r"t\(\) expects a tensor with <= 2 dimensions, but self is \dD",
        r"einsum\(\): subscript [a-z] has size \d{1,4} for operand \d which does not broadcast with previously seen size \d{1,4}",
        r"einsum\(\): ",
        r"optimizer got an empty parameter list",
        r"Error\(s\) in loading state_dict",
    )
)
_TORCH_NAMES = frozenset(
    "Tensor Parameter Module list tuple dict str int float bool NoneType function method type module builtin_function_or_method "
    "ndarray linear embedding tanh sigmoid relu softmax argmax matmul mm cat stack zeros lstm_cell gru_cell rnn_tanh_cell "
    "one_hot cross_entropy_loss input tensors size other dim target indices hx weight mat2 "
    "RNN LSTM GRU RNNCell LSTMCell GRUCell Linear Embedding Adam CrossEntropyLoss Sequential Size forward __init__".split()
)


def known_text(text: str, source: str) -> str:
    """The part of the text that Python or torch writes, if it contains no names but the student's own; otherwise ''."""
    for pattern in KNOWN_TEXTS:
        match = pattern.match(text.strip())
        if match:
            names = [n for group in match.groupdict().values() if group for n in re.findall(r"\w+", group)]
            own = names_in_code(source) | _TORCH_NAMES if names else frozenset()
            return one_line(match.group(0)) if own.issuperset(names) else ""
    return ""


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
            "There are more or fewer values than names on the left. chunk(n) makes n pieces, split(n) pieces of size n.",
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
