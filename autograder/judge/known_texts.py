"""The error texts that Python and torch write themselves: they alone are shown while hidden inputs are in the process."""

from __future__ import annotations

import re

from autograder.sanitize import one_line

from .disclosure import names_in_code

_SIZES = r"(?:\[\]|\[?\d{1,3}(?:(?:, | x |x)\d{1,3}){0,3}\]?)"
_TYPE = (
    r"(?:Tensors?|Parameter|torch\.Size|tuple|list|ints?|floats?|Number|str|bool|dict|set|range|generator|NoneType|numpy\.ndarray"
    r"|function|method|type|builtin_function_or_method)"
)
_DTYPE = r"(?:Float|Double|Half|Long|Int|Bool|Byte|float32|float64|float16|int64|int32|bool|float|double|long int|long|int)"
_NAME = r"'?(?P<{}>[A-Za-z_]\w{{0,29}}(?:\.[A-Za-z_]\w{{0,29}})?)(?:\(\))?'?"  # a name, or a method with its class
# Each is matched at the start of the text, and no more than the match is shown: nothing here is a wildcard.
_PARTS = {"SIZES": _SIZES, "DTYPE": _DTYPE, "TYPE": _TYPE, "NAME1": _NAME.format("a"), "NAME2": _NAME.format("b")}
KNOWN_TEXTS = tuple(
    re.compile(re.sub("|".join(_PARTS), lambda part: _PARTS[part[0]], pattern))
    for pattern in (
        r"name NAME1 is not defined",
        r"cannot access local variable NAME1 where it is not associated with a value",
        r"NAME1 object has no attribute NAME2",
        r"NAME1 object is not (?:callable|iterable|subscriptable)",
        r"NAME1 object cannot be interpreted as an integer",
        r"(?:<lambda>\(\)|NAME1) missing \d required positional arguments?",
        r"(?:<lambda>\(\)|NAME1) takes (?:from \d to )?\d positional arguments? but \d (?:was|were) given",
        r"NAME1 takes (?:exactly one argument|no arguments) \(\d given\)",
        r"NAME1 received an invalid combination of arguments - got \((?:TYPE(?:, TYPE){0,4})?\)",
        r"NAME1: argument NAME2 failed to unpack the object at pos \d with error \"type must be tuple of ints,but got TYPE\"",
        r"NAME1 got (?:an unexpected keyword argument|multiple values for argument) NAME2",
        r"mat1 and mat2 shapes cannot be multiplied \(SIZES and SIZES\)",
        r"The size of tensor a \(\d{1,4}\) must match the size of tensor b \(\d{1,4}\) at non-singleton dimension \d",
        r"The expanded size of the tensor \(\d{1,4}\) must match the existing size \(\d{1,4}\) at non-singleton dimension \d",
        r"output with shape SIZES doesn't match the broadcast shape SIZES",
        r"(?:self|mat2|batch1|batch2|vec|input) must be a (?:matrix|3D tensor|vector)",
        r"size mismatch, got input \(\d{1,3}\), mat \(\d{1,3}x\d{1,3}\), vec \(\d{1,3}\)",
        r"1D tensors expected, but got \dD and \dD tensors",
        r"NAME1: argument NAME2 (?:\(position \d\) )?must be TYPE(?: of TYPE)?, not TYPE",
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
        r"(?:RNN|LSTM|GRU)(?:Cell)?: Expected (?:input|hidden|hx\[\d\]) to be \dD or \dD, got \dD(?: tensor)? instead",
        r"RNN input dtype \(torch\.DTYPE\) does not match weight dtype \(torch\.DTYPE\)",
        r"lstm expects two hidden states",
        r"(?:input_size|hidden_size|num_layers|batch_first|bidirectional) should be of type (?:int|bool), got: TYPE",
        r"(?:num_layers|hidden_size) must be greater than zero",
        r"Unknown nonlinearity",
        r"Module \[NAME1\] is missing the required \"forward\" function",
        r"cannot assign '(?:TYPE|torch\.DTYPETensor)' as (?:child module|parameter) NAME1",
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
        r"can only concatenate (?:str|list|tuple) \(not \"TYPE\"\) to (?:str|list|tuple)",
        r"can't multiply sequence by non-int of type 'TYPE'",
        r"bad operand type for (?:unary [-+]|abs\(\)): 'TYPE'",
        r"maximum recursion depth exceeded",
        r"division by zero",
        r"cannot assign module before Module\.__init__\(\) call",
        r"Can't call numpy\(\) on Tensor that requires grad",
        r"view size is not compatible with input tensor's size and stride",
        r"t\(\) expects a tensor with <= 2 dimensions, but self is \dD",
        r"einsum\(\): subscript [a-z] has size \d{1,4} for operand \d which does not broadcast with previously seen size \d{1,4}",
        r"einsum\(\): ",
        r"Index tensor must have the same number of dimensions as (?:self|input|src) tensor",
        r"Size does not match at dimension \d expected index SIZES to be no larger than self SIZES apart from dimension \d",
        r"index_select\(\): Index is supposed to be a vector",
        r"Expected size for first two dimensions of batch2 tensor to be: SIZES but got: SIZES",
        r"vector \+ matrix @ vector expected, got \d, \d, \d",
        r"expand\(torch\.DTYPETensor\{SIZES\}, size=SIZES\): the number of sizes provided \(\d\) must be "
        r"greater or equal to the number of dimensions in the tensor \(\d\)",
        r"Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor",
        r"only one dimension can be inferred",
        r"unflatten: Provided sizes SIZES don't multiply up to the size of dim \d \(\d{1,4}\) in the input tensor",
        r"permute\(\): duplicate dims are not allowed",
        r"flatten\(\) has invalid args: start_dim cannot come after end_dim",
        r"zero-dimensional tensor \(at position \d{1,2}\) cannot be concatenated",
        r"\"(?:(?:log_)?softmax(?:_lastdim)?_kernel_impl|addmm_impl_cpu_)\" not implemented for 'DTYPE'",
        r"mean\(\): could not infer output dtype\. Input dtype must be either a floating point or complex dtype\. Got: DTYPE",
        r"mat1 and mat2 must have the same dtype, but got DTYPE and DTYPE",
        r"(?:zeros|ones|empty|randn|rand): Dimension size must be non-negative",
        r"[Oo]nly Tensors of floating point (?:and complex )?dtype can require gradients",
        r"where expected condition to be a boolean tensor, but got a tensor with dtype DTYPE",
        r"masked_fill_? only supports boolean masks, but got mask with dtype DTYPE",
        r"(?:arg)?(?:max|min)\(\): Expected reduction dim (?:to be specified for input\.numel\(\) == 0|\d to have non-zero size)",
        r"dropout probability has to be between 0 and 1",
        r"params argument given to the optimizer should be an iterable of Tensors or dicts",
        r"Invalid learning rate",
        r"Using a target size \(torch\.Size\(SIZES\)\) that is different to the input size \(torch\.Size\(SIZES\)\)",
        r"can't assign a TYPE to a torch\.DTYPETensor",
        r"new\(\): invalid data type 'str'",
        r"too many dimensions 'str'",
        r"expected sequence of length \d{1,4} at dim \d \(got \d{1,4}\)",
        r"Could not infer dtype of TYPE",
        r"only integers, slices \(`:`\), ellipsis \(`\.\.\.`\), None and long or byte Variables are valid indices \(got TYPE\)",
        r"iteration over a 0-d tensor",
        r"len\(\) of a 0-d tensor",
        r"object of type NAME1 has no len\(\)",
        r"cannot unpack non-iterable NAME1 object",
        r"operands could not be broadcast together",
        r"module '(?:torch(?:\.nn(?:\.functional)?|\.optim)?|numpy|math)' has no attribute NAME1",
        r"string indices must be integers, not 'TYPE'",
        r"list assignment index out of range",
        r"substring not found",
        r"can only join an iterable",
        r"unhashable type: 'TYPE'",
        r"invalid literal for int\(\) with base 10",
        r"could not convert string to float",
        r"int\(\) argument must be a string, a bytes-like object or a real number, not 'TYPE'",
        r"float\(\) argument must be a string or a real number, not 'TYPE'",
        r"'(?:weight|bias)_(?:ih|hh)_l\d(?:_reverse)?'$",  # the key of a KeyError
        r"ZeroDivisionError$",
        r"optimizer got an empty parameter list",
        r"Error\(s\) in loading state_dict",
    )
)
_TORCH_NAMES = frozenset(
    "Tensor Parameter Module list tuple dict str int float bool NoneType function method type module builtin_function_or_method "
    "ndarray linear embedding tanh sigmoid relu softmax argmax matmul mm cat stack zeros lstm_cell gru_cell rnn_tanh_cell "
    "one_hot cross_entropy_loss input tensors size other dim target indices hx weight mat2 n end shape num_classes "
    "torch numpy generator RNN LSTM GRU RNNBase RNNCell LSTMCell GRUCell Linear Embedding Adam CrossEntropyLoss Sequential "
    "Size forward __init__".split()
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
