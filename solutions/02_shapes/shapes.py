# %% [markdown]
# # 2. Shapes
#
# Most bugs in recurrent networks are shape bugs, and the worst of them raise no error. In this assignment
# you learn to say the shape of everything before you run it: the input, the outputs, the states, the
# weights, and what the loss gets. It covers the lab's batch of words, the practical's exercise, and
# `nn.RNN` in the lecture.
#
# <!-- points -->
#
# Plan 45 to 90 minutes. Every task stands on its own, and the ideas build up from top to bottom.
#
# **How to run the checks.** In the notebook, run the cell below each task. In the module form, run `pytest`
# in the folder of this assignment. The checks cover the basics. Grading adds stricter ones: other sizes
# and settings.
#
# **Names.** `seq_len` steps, `batch` sequences, `input_size` numbers per input vector, `hidden_size`
# numbers per state, `num_layers` layers, `num_classes` scores per prediction.
#
# **Counting.** Equations, and tables that go with them, count time steps from 1. Code and its messages count
# from 0, as Python does: step $t$ of an equation reads `inputs[t - 1]`.
#
# Two rules hold for every function: do not change the arguments, and keep no state between calls. A view,
# such as `x[0]` or `x.transpose(0, 1)`, shares its memory with `x`. To return one is fine; to write into it
# changes `x`, so `.clone()` it first.

# %%
import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = ["h", "e", "l", "o"]  # the lab's vocabulary
WORDS = ["hello", "eolll", "lleel"]  # the lab's batch

# %% [markdown]
# ## Task 1: `word_batch`
#
# A batch is several sequences side by side. The lab takes three words of five letters and writes each
# letter as a one-hot vector, with `h = [1, 0, 0, 0]`, `e = [0, 1, 0, 0]`, `l = [0, 0, 1, 0]`,
# `o = [0, 0, 0, 1]`:
#
# > `["hello", "eolll", "lleel"]` becomes `(batch, seq_len, features)` = **(3, 5, 4)**
#
# | axis | size | what one index along it means |
# |---|---|---|
# | 0, `batch` | 3 | another word |
# | 1, `seq_len` | 5 | another letter of the same word |
# | 2, `features` | 4 | another number of the same one-hot vector |
#
# A tensor is a box, so all words must have the same length. Shorter words would need padding, which is not
# part of this course. So here unequal lengths are an error.

# %% stub="word_batch" about="words to a batch of one-hot vectors"
def word_batch(words: list[str], idx2char: list[str]) -> Tensor:
    """Turn words of equal length into a batch of one-hot vectors.

    Args:
        words: one or more words, all of the same length.
        idx2char: the vocabulary; the place of a character is its index.

    Returns:
        float32 tensor of shape (batch, seq_len, features), with features = len(idx2char).

    Raises:
        ValueError: the words differ in length, or a character is not in the vocabulary (the message
            contains that character).

    Example:
        word_batch(["he", "eo"], ["h", "e", "l", "o"]) has shape (2, 2, 4) and is
        [[[1, 0, 0, 0], [0, 1, 0, 0]], [[0, 1, 0, 0], [0, 0, 0, 1]]].
    """
    ### BEGIN SOLUTION
    if len({len(word) for word in words}) > 1:
        raise ValueError(f"all words must have the same length, got {[len(word) for word in words]}")
    for char in "".join(words):
        if char not in idx2char:
            raise ValueError(f"{char!r} is not in the vocabulary {idx2char}")
    indices = torch.tensor([[idx2char.index(char) for char in word] for word in words], dtype=torch.long)
    one_hot = F.one_hot(indices, num_classes=len(idx2char))  # (batch, seq_len) -> (batch, seq_len, features)
    # one_hot counts in int64; layers compute in float32.
    return one_hot.to(torch.float32)
    ### END SOLUTION

# %% [markdown]
# <details><summary>Hint</summary>
#
# Check the two errors first. Then build a nested list of indices, one inner list per word, and make one
# tensor of shape `(batch, seq_len)` from it.
#
# The last axis is the one-hot vector of each index. Print the dtype of what you return.
#
# </details>

# %% check="word_batch" points=3
def test_word_batch_of_the_lab():
    got = word_batch(WORDS, IDX2CHAR)
    h, e, l, o = [1.0, 0, 0, 0], [0.0, 1, 0, 0], [0.0, 0, 1, 0], [0.0, 0, 0, 1]
    expected = torch.tensor([[h, e, l, l, o], [e, o, l, l, l], [l, l, e, e, l]])
    check_equal(
        "word_batch(WORDS, IDX2CHAR)",
        got,
        expected,
        "batch seq_len features",
        "got[0] is the first word, got[0, 1] its second letter, a one-hot vector of float32.",
    )


def test_word_batch_uses_the_vocabulary_it_is_given():
    check_equal(
        'word_batch(["ba", "cc"], ["c", "b", "a", "x", "y"])',
        word_batch(["ba", "cc"], ["c", "b", "a", "x", "y"]),
        torch.tensor([[[0.0, 1, 0, 0, 0], [0, 0, 1, 0, 0]], [[1, 0, 0, 0, 0], [1, 0, 0, 0, 0]]]),
        "batch seq_len features",
        "The index of a letter is its place in idx2char, and a vector is as long as idx2char.",
    )


def test_word_batch_wants_equal_lengths():
    check_raises(
        'word_batch(["hello", "hell"], IDX2CHAR)',
        lambda: word_batch(["hello", "hell"], IDX2CHAR),
        ValueError,
        "",
        "Compare the lengths of the words before you build anything.",
    )


def test_word_batch_names_an_unknown_character():
    check_raises(
        'word_batch(["hello", "hellz"], IDX2CHAR)',
        lambda: word_batch(["hello", "hellz"], IDX2CHAR),
        ValueError,
        "z",
        "Ask whether each character is in the vocabulary.",
    )

# %% [markdown]
# ## Task 2: `to_time_major`
#
# There are two common orders for the first two axes, and PyTorch's recurrent layers know both:
#
# | setting | shape of the input | `for x in inputs` gives |
# |---|---|---|
# | `batch_first=False` (default) | (seq_len, batch, input_size) | one step of all sequences |
# | `batch_first=True` | (batch, seq_len, input_size) | all steps of one sequence |
#
# A cell wants one step of the whole batch at a time. So for a loop over time, time must come first.
#
# ![The same letters batch first and time first: each keeps its word and its step](figures/axes.svg)
#
# Swapping axes moves every number to its new place: the item `[b, t]` becomes the item `[t, b]`. A `view`
# to the swapped shape does **not** do that. It leaves the numbers in memory as they are and cuts the long
# row differently. The shape is right, the words are mixed up, and nothing complains:
#
# | `hello` and `eolll`, from shape (2, 5) to (5, 2) | the five rows of the result |
# |---|---|
# | axes swapped | `he`, `eo`, `ll`, `ll`, `ol` |
# | re-cut with `view` | `he`, `ll`, `oe`, `ol`, `ll` |
#
# After the swap each row is one step of both words: first letters, second letters, and so on. After the
# `view` the rows are just the ten letters two by two.

# %% stub="to_time_major" about="batch first to time first"
def to_time_major(batch_first: Tensor) -> Tensor:
    """Swap the first two axes, so that time comes first.

    The argument stays as it is; the result may be a view of it. Gradients flow through.

    Args:
        batch_first: (batch, seq_len, ...), with any number of further axes, or none.

    Returns:
        (seq_len, batch, ...), where item [t, b] is the item [b, t] of the argument.

    Example:
        to_time_major([[1, 2, 3], [4, 5, 6]]) is [[1, 4], [2, 5], [3, 6]]: (2, 3) -> (3, 2).
    """
    ### BEGIN SOLUTION
    # transpose moves items to their new place; it is a view. After clone, nobody who writes into the result
    # changes the argument.
    return batch_first.transpose(0, 1).clone()  # (batch, seq_len, ...) -> (seq_len, batch, ...)
    ### END SOLUTION

# %% [markdown]
# <details><summary>Hint</summary>
#
# Look at `transpose`, `permute` and `swapaxes` in the docs of `torch.Tensor`. Which of them works
# whatever the number of further axes is?
#
# Does it copy? A tensor that shares its memory with the argument changes it when somebody writes into it.
#
# </details>

# %% check="to_time_major" points=2
def test_to_time_major_keeps_words_together():
    check_equal(
        "to_time_major([[1, 2, 3], [4, 5, 6]])",
        to_time_major(torch.tensor([[1, 2, 3], [4, 5, 6]])),
        torch.tensor([[1, 4], [2, 5], [3, 6]]),
        "seq_len batch",
        "Swap the axes; do not regroup the numbers.",
    )


def test_to_time_major_leaves_other_axes_alone():
    x = torch.arange(2 * 5 * 4).view(2, 5, 4)
    got = to_time_major(x)
    check_equal(
        "the shape of to_time_major(x), x of shape (2, 5, 4)",
        tuple(got.shape),
        (5, 2, 4),
        "",
        "Only the first two axes change places.",
    )
    check_equal(
        "to_time_major(x)[3, 1]",
        got[3, 1],
        x[1, 3],
        "features",
        "It should be x[1, 3], with its features in order.",
    )

# %% demo="lab"
# The lab feeds its (3, 5, 4) batch to nn.RNN(4, 2), with the default batch_first=False.
# No error, and a plausible shape. But the layer reads it as 3 steps of 5 sequences.
torch.manual_seed(0)
rnn = nn.RNN(input_size=4, hidden_size=2)
words_batch = word_batch(WORDS, IDX2CHAR)  # (batch, seq_len, features) = (3, 5, 4)

as_in_the_lab, _ = rnn(words_batch)
as_it_was_meant = rnn(to_time_major(words_batch))[0].transpose(0, 1)
print("as in the lab:  ", tuple(as_in_the_lab.shape), "read as (seq_len, batch, hidden_size)")
print("as it was meant:", tuple(as_it_was_meant.shape), "as (batch, seq_len, hidden_size)")

# A word should not know of the other words in its batch. Change word 1 and watch the output of word 2.
changed = word_batch(["ooooo", "eolll", "lleel"], IDX2CHAR)
in_the_lab = (rnn(changed)[0][1] - as_in_the_lab[1]).abs().max().item()
meant = (rnn(to_time_major(changed))[0][:, 1] - as_it_was_meant[1]).abs().max().item()
print("word 1 changed: the output of word 2 moves by", end=" ")
print(f"{in_the_lab:.3f} in the lab, by {meant:.3f} as meant")

# %% [markdown]
# ## Task 3: `output_shapes`
#
# A recurrent layer returns two things. `output` holds the state of the **top** layer at **every** step.
# `h_n` holds the state of **every** layer at its **last** step. An LSTM has a second state `c`, so it also
# returns `c_n`:
#
# ```
# output, h_n        = rnn(x, h_0)              # nn.RNN and nn.GRU
# output, (h_n, c_n) = lstm(x, (h_0, c_0))      # nn.LSTM
# ```
#
# A bidirectional layer reads the sequence twice, forwards and backwards, with weights of its own for each
# direction. In `output` the two states of a step are joined along the last axis. In `h_n` they are separate
# rows. With $D$ = 2 for a bidirectional layer and $D$ = 1 otherwise:
#
# | tensor | shape |
# |---|---|
# | `output` | (seq_len, batch, $D$ · hidden_size) |
# | `output` with `batch_first=True` | (batch, seq_len, $D$ · hidden_size) |
# | `h_0`, `h_n`, `c_0`, `c_n` | ($D$ · num_layers, batch, hidden_size) |
#
# Two things surprise people. `batch_first` concerns the input and `output` only: the states keep their
# shape. And `input_size` appears nowhere in this table.
#
# Some numbers. Cover the right half and predict it:
#
# | layer | `x` | `output` | `h_n` |
# |---|---|---|---|
# | `nn.RNN(4, 2)` | (3, 1, 4) | (3, 1, 2) | (1, 1, 2) |
# | `nn.RNN(4, 2, batch_first=True)` | (1, 3, 4) | (1, 3, 2) | (1, 1, 2) |
# | `nn.RNN(128, 64)` | (5, 4, 128) | (5, 4, 64) | (1, 4, 64) |
# | `nn.RNN(128, 64)` | (50, 4, 128) | (50, 4, 64) | (1, 4, 64) |
# | `nn.RNN(100, 20)` | (10, 3, 100) | (10, 3, 20) | (1, 3, 20) |
# | `nn.RNN(100, 20, num_layers=4)` | (10, 3, 100) | (10, 3, 20) | (4, 3, 20) |
#
# Write the function by reasoning. Building a layer and reading the shapes off is not what is asked and will
# be flagged.

# %% stub="output_shapes" about="what a layer returns"
def output_shapes(
    kind: str,
    seq_len: int,
    batch: int,
    input_size: int,
    hidden_size: int,
    num_layers: int = 1,
    bidirectional: bool = False,
    batch_first: bool = False,
) -> dict[str, tuple[int, ...]]:
    """Predict the shapes that a recurrent layer returns, by reasoning.

    Building a layer (nn.RNN*, nn.LSTM*, nn.GRU* or their functional forms) and reading the shapes off
    is not what is asked and will be flagged. Shapes follow the PyTorch docs of nn.RNN, nn.LSTM, nn.GRU.

    Args:
        kind: "RNN", "LSTM" or "GRU".
        seq_len, batch, input_size: the sizes of the input.
        hidden_size, num_layers, bidirectional, batch_first: the settings of the layer.

    Returns:
        A dict with the keys "output" and "h_n", for "LSTM" also "c_n"; each shape is a plain tuple of
        ints.

    Example:
        output_shapes("RNN", 3, 1, 4, 2) is {"output": (3, 1, 2), "h_n": (1, 1, 2)}.
    """
    ### BEGIN SOLUTION
    num_directions = 2 if bidirectional else 1
    first_two = (batch, seq_len) if batch_first else (seq_len, batch)
    # The states are indexed by layer and direction, so batch_first does not touch them.
    state = (num_directions * num_layers, batch, hidden_size)
    shapes = {"output": (*first_two, num_directions * hidden_size), "h_n": state}
    if kind == "LSTM":
        shapes["c_n"] = state
    return shapes
    ### END SOLUTION

# %% [markdown]
# <details><summary>Hint</summary>
#
# Begin with the number of directions. Then ask of each of the two shapes: does it change with the number
# of layers, with the directions, with `batch_first`?
#
# The table above answers all six questions. An argument that you do not need is no mistake here.
#
# </details>

# %% check="output_shapes" points=3
def test_output_shapes_of_the_lecture():
    check_equal(
        'output_shapes("RNN", 3, 1, 4, 2)',
        output_shapes("RNN", 3, 1, 4, 2),
        {"output": (3, 1, 2), "h_n": (1, 1, 2)},
        "",
        "output: every step of the top layer. h_n: the last step of every layer.",
    )
    check_equal(
        'output_shapes("RNN", 10, 3, 100, 20, num_layers=4)',
        output_shapes("RNN", 10, 3, 100, 20, num_layers=4),
        {"output": (10, 3, 20), "h_n": (4, 3, 20)},
        "",
        "The number of layers counts in h_n only.",
    )


def test_output_shapes_batch_first_leaves_the_state_alone():
    check_equal(
        'output_shapes("GRU", 5, 3, 7, 2, batch_first=True)',
        output_shapes("GRU", 5, 3, 7, 2, batch_first=True),
        {"output": (3, 5, 2), "h_n": (1, 3, 2)},
        "",
        "batch_first concerns the input and output, not the states.",
    )


def test_output_shapes_bidirectional_lstm():
    got = output_shapes("LSTM", 5, 3, 7, 2, num_layers=2, bidirectional=True)
    check_equal(
        'output_shapes("LSTM", 5, 3, 7, 2, num_layers=2, bidirectional=True)',
        got,
        {"c_n": (4, 3, 2), "h_n": (4, 3, 2), "output": (5, 3, 4)},
        "",
        "output joins the two directions on its last axis; "
        "h_n and c_n have one row per layer and direction.",
    )

# %% demo="output_shapes"
# Every layer of the slides and the practical: your prediction beside what the real layer returns.
EXAMPLES = [
    (3, 1, 4, 2, {}),
    (3, 1, 4, 2, {"batch_first": True}),
    (5, 4, 128, 64, {}),
    (20, 4, 128, 64, {}),
    (30, 4, 128, 64, {}),
    (50, 4, 128, 64, {}),
    (10, 3, 100, 20, {}),
    (10, 3, 100, 20, {"num_layers": 2}),
    (10, 3, 100, 20, {"num_layers": 4}),
]
for steps, sequences, n_in, n_hidden, settings in EXAMPLES:
    layer = nn.RNN(n_in, n_hidden, **settings)
    shape = (sequences, steps, n_in) if settings.get("batch_first") else (steps, sequences, n_in)
    # As in the practical, with its h_0. Left out, it is zeros, too.
    h_0 = torch.zeros(settings.get("num_layers", 1), sequences, n_hidden)
    real_output, real_h_n = layer(torch.randn(shape), h_0)
    print(f"{layer}, x {shape}")
    print("    predicted", output_shapes("RNN", steps, sequences, n_in, n_hidden, **settings))
    print("    real      output", tuple(real_output.shape), "h_n", tuple(real_h_n.shape))

# %% [markdown]
# ## Task 4: `parameter_shapes`
#
# Every layer and every direction owns four parameters. Their names carry the layer, and the backward
# direction carries one more word:
#
# `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, then `weight_ih_l0_reverse`, ..., then
# `weight_ih_l1`, ...
#
# The shapes follow from what each matrix maps, stored as `(out, in)`:
#
# | parameter | shape | why |
# |---|---|---|
# | `weight_ih_l0` | ($G$ · hidden_size, input_size) | it reads `x` |
# | `weight_ih_l1` and above | ($G$ · hidden_size, $D$ · hidden_size) | it reads the layer below |
# | `weight_hh_l*` | ($G$ · hidden_size, hidden_size) | it reads the state of its own direction |
# | `bias_ih_l*`, `bias_hh_l*` | ($G$ · hidden_size) | one number per row |
#
# $D$ is the number of directions. $G$ is the number of blocks that are stacked in one matrix: 1 for an RNN,
# 3 for a GRU, 4 for an LSTM. Assignments 5 and 6 open these blocks.
#
# For `nn.RNN(100, 10, num_layers=2)` this gives:
#
# | | layer 0 | layer 1 |
# |---|---|---|
# | `weight_ih` | (10, 100) | (10, 10) |
# | `weight_hh` | (10, 10) | (10, 10) |
# | `bias_ih` | (10) | (10) |
# | `bias_hh` | (10) | (10) |
#
# Here it hides that the second layer reads 10 numbers because the **hidden** size is 10. A bidirectional
# first layer hands 20 numbers upwards. Neither `seq_len` nor `batch` appears: the same weights fit every
# sequence and every batch.

# %% stub="parameter_shapes" about="what a layer owns"
def parameter_shapes(
    kind: str,
    input_size: int,
    hidden_size: int,
    num_layers: int = 1,
    bidirectional: bool = False,
) -> dict[str, tuple[int, ...]]:
    """Predict the names and shapes of a recurrent layer's parameters, by reasoning.

    Building a layer (nn.RNN*, nn.LSTM*, nn.GRU* or their functional forms) and reading the shapes off
    is not what is asked and will be flagged. Names and shapes follow the PyTorch docs of these layers.

    Args:
        kind: "RNN", "LSTM" or "GRU".
        input_size, hidden_size, num_layers, bidirectional: the settings of the layer.

    Returns:
        A dict from name to shape (a plain tuple of ints), in PyTorch's order: layer by layer, in a
        layer the forward direction first, in a direction weight_ih, weight_hh, bias_ih, bias_hh.

    Example:
        parameter_shapes("RNN", 100, 10) is {"weight_ih_l0": (10, 100), "weight_hh_l0": (10, 10),
        "bias_ih_l0": (10,), "bias_hh_l0": (10,)}.
    """
    ### BEGIN SOLUTION
    rows = {"RNN": 1, "GRU": 3, "LSTM": 4}[kind] * hidden_size
    directions = ["", "_reverse"] if bidirectional else [""]
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in range(num_layers):
        # From the second layer on, the input is the output below, with both directions side by side.
        columns = input_size if layer == 0 else len(directions) * hidden_size
        for direction in directions:
            suffix = f"_l{layer}{direction}"
            shapes["weight_ih" + suffix] = (rows, columns)
            shapes["weight_hh" + suffix] = (rows, hidden_size)
            shapes["bias_ih" + suffix] = (rows,)
            shapes["bias_hh" + suffix] = (rows,)
    return shapes
    ### END SOLUTION

# %% [markdown]
# <details><summary>Hint</summary>
#
# Get one layer and one direction right first. Then put a loop over the directions around it, and a loop
# over the layers around that.
#
# Only one number depends on the layer: how wide its input is.
#
# A dict remembers the order in which you fill it. A tuple of one number is written with a comma: `(10,)`.
#
# </details>

# %% check="parameter_shapes" points=4
def test_parameter_shapes_rnn_with_two_layers():
    expected = {
        "weight_ih_l0": (10, 100),
        "weight_hh_l0": (10, 10),
        "bias_ih_l0": (10,),
        "bias_hh_l0": (10,),
        "weight_ih_l1": (10, 10),
        "weight_hh_l1": (10, 10),
        "bias_ih_l1": (10,),
        "bias_hh_l1": (10,),
    }
    got = parameter_shapes("RNN", 100, 10, num_layers=2)
    check_equal(
        'parameter_shapes("RNN", 100, 10, num_layers=2)',
        got,
        expected,
        "",
        "Weights are stored as (out, in). What does the second layer read?",
    )
    check_equal(
        "its names in order",
        list(got),
        list(expected),
        "",
        "Layer by layer: weight_ih, weight_hh, bias_ih, bias_hh.",
    )


def test_parameter_shapes_counts_the_blocks():
    for kind, rows in (("RNN", 5), ("GRU", 15), ("LSTM", 20)):
        got = parameter_shapes(kind, 3, 5)
        check_equal(
            f'parameter_shapes("{kind}", 3, 5)',
            got,
            {
                "weight_ih_l0": (rows, 3),
                "weight_hh_l0": (rows, 5),
                "bias_ih_l0": (rows,),
                "bias_hh_l0": (rows,),
            },
            "",
            "G blocks of hidden_size rows: 1 for an RNN, 3 for a GRU, 4 for an LSTM.",
        )


def test_parameter_shapes_bidirectional():
    layer = nn.LSTM(3, 5, num_layers=2, bidirectional=True)
    expected = {name: tuple(parameter.shape) for name, parameter in layer.named_parameters()}
    got = parameter_shapes("LSTM", 3, 5, num_layers=2, bidirectional=True)
    check_equal(
        'parameter_shapes("LSTM", 3, 5, num_layers=2, bidirectional=True)',
        got,
        expected,
        "",
        "Each direction owns four parameters. "
        "From the second layer on, a layer reads both directions below it.",
    )
    check_equal(
        "its names in order",
        list(got),
        list(expected),
        "",
        "In a layer the forward direction comes first.",
    )

# %% [markdown]
# ## Task 5: `flatten_for_loss`
#
# `nn.CrossEntropyLoss` wants a table: one row of logits per prediction, and one label per row. A recurrent
# network has a prediction for every step of every sequence, so time and batch are folded into one axis:
#
# | | before | after | with seq_len 5, batch 3, num_classes 4 |
# |---|---|---|---|
# | logits | (seq_len, batch, num_classes) | (seq_len · batch, num_classes) | (5, 3, 4) to (15, 4) |
# | labels | (seq_len, batch) | (seq_len · batch) | (5, 3) to (15) |
#
# What matters is that row $i$ of the logits and entry $i$ of the labels come from the same step of the same
# sequence. Here nothing is swapped, neighbouring axes are only merged. So re-cutting the numbers is the
# right tool this time.
#
# The default loss is the mean over all rows. It equals the average of the losses of the single steps:
#
# $$\frac{1}{T B}\sum_{t=1}^{T}\sum_{b=1}^{B} \ell(z_{t,b}, y_{t,b}) = \frac{1}{T}\sum_{t=1}^{T} \text{loss}_t$$
#
# with $T$ = `seq_len`, $B$ = `batch`, logits $z$, labels $y$. Labels have one axis, not two: a leftover
# axis of size 1, as in (15, 1), makes the loss refuse.

# %% stub="flatten_for_loss" about="outputs and labels for cross-entropy"
def flatten_for_loss(outputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Merge time and batch, so that cross-entropy sees one prediction per row.

    Any order of the rows is fine that keeps each prediction beside its label. The arguments stay
    as they are; the results may be views of them. Gradients flow through.

    Args:
        outputs: logits, (seq_len, batch, num_classes).
        labels: indices of the right classes, int64, (seq_len, batch).

    Returns:
        logits: (seq_len * batch, num_classes).
        targets: (seq_len * batch,).

    Example:
        outputs [[[1., 2.]], [[3., 4.]]] and labels [[1], [0]] give [[1., 2.], [3., 4.]] and [1, 0].
    """
    ### BEGIN SOLUTION
    # Both merge the same two axes in the same order, so the pairs stay together.
    return outputs.flatten(0, 1).clone(), labels.flatten(0, 1).clone()
    ### END SOLUTION

# %% [markdown]
# <details><summary>Hint</summary>
#
# Name the shape you want and let `-1` stand for the merged axis, or look at `flatten` with a start and an
# end axis.
#
# `view` refuses a tensor that comes out of a transpose. What does `reshape` do in that case?
#
# </details>

# %% check="flatten_for_loss" points=2
def test_flatten_for_loss_keeps_pairs_together():
    labels = torch.tensor([[3, 1], [2, 0], [0, 3]])
    outputs = torch.zeros(3, 2, 4)
    for t in range(3):
        for b in range(2):
            outputs[t, b, labels[t, b]] = 1.0  # each prediction points at its own label
    logits, targets = flatten_for_loss(outputs, labels)
    shapes = {"logits": tuple(logits.shape), "targets": tuple(targets.shape)}
    check_equal(
        "the shapes of flatten_for_loss(outputs, labels), outputs (3, 2, 4), labels (3, 2)",
        shapes,
        {"logits": (6, 4), "targets": (6,)},
        "",
        "Time and batch become one axis, the classes stay.",
    )
    check_equal(
        "the labels beside predictions that point at them",
        targets,
        logits.argmax(dim=1),
        "seq_len*batch",
        "Merge the same axes of both in the same order, so that pairs stay together.",
    )


def test_flatten_for_loss_gives_the_average_over_steps():
    outputs, labels = torch.randn(5, 3, 4), torch.randint(0, 4, (5, 3))
    got = F.cross_entropy(*flatten_for_loss(outputs, labels))
    expected = sum(F.cross_entropy(outputs[t], labels[t]) for t in range(5)) / 5
    check_equal(
        "F.cross_entropy(*flatten_for_loss(outputs, labels))",
        got,
        expected,
        "",
        "It should be the average over the steps: the logits unchanged, each beside its label.",
    )

# %% [markdown]
# ## Task 6: `build_and_run`
#
# This is the exercise of the practical, with the sizes left open. Build a layer, make an input and initial
# states, run it once:
#
# - an LSTM, bidirectional, with `batch_first=True` and the sizes that are passed;
# - a random input from the standard normal distribution (`torch.randn`), 16 sequences of 25 steps unless
#   told otherwise;
# - random initial states `h_0` and `c_0` from the same distribution;
# - hand back the layer and all three results: `output`, `h_n` and `c_n`.
#
# For `input_size` 10, `hidden_size` 20, `num_layers` 2:
#
# | tensor | shape |
# |---|---|
# | `x` | (16, 25, 10) |
# | `h_0`, `c_0`, `h_n`, `c_n` | (4, 16, 20) |
# | `output` | (16, 25, 40) |
#
# You tell the layer its inner sizes only. You never tell it `seq_len` or `batch`: it takes them from the
# input, and another length next time is fine. A missing state counts as zeros. Here the states are given.

# %% stub="build_and_run" about="a bidirectional LSTM"
def build_and_run(
    input_size: int,
    hidden_size: int,
    num_layers: int,
    batch: int = 16,
    seq_len: int = 25,
) -> tuple[nn.LSTM, Tensor, tuple[Tensor, Tensor]]:
    """Build a bidirectional, batch-first LSTM and run it once on random input and random states.

    The input and both initial states come from torch.randn. h_n and c_n belong to the same run as
    output.

    Args:
        input_size, hidden_size, num_layers: the settings of the layer.
        batch, seq_len: the sizes of the random input.

    Returns:
        layer: the nn.LSTM.
        output: (batch, seq_len, 2 * hidden_size).
        (h_n, c_n): each (2 * num_layers, batch, hidden_size).

    Example:
        layer, output, (h_n, c_n) = build_and_run(10, 20, 2)
        gives output (16, 25, 40), h_n (4, 16, 20) and c_n (4, 16, 20).
    """
    ### BEGIN SOLUTION
    layer = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)
    x = torch.randn(batch, seq_len, input_size)
    # The states stay (layers and directions, batch, hidden): batch_first does not concern them.
    h_0 = torch.randn(2 * num_layers, batch, hidden_size)
    c_0 = torch.randn(2 * num_layers, batch, hidden_size)
    output, (h_n, c_n) = layer(x, (h_0, c_0))
    return layer, output, (h_n, c_n)
    ### END SOLUTION

# %% [markdown]
# <details><summary>Hint</summary>
#
# Ask your `output_shapes` first. An LSTM takes its two states as one tuple and returns them as one tuple.
#
# If PyTorch complains about the hidden state, compare the shape it expected with the table in Task 3.
#
# </details>

# %% check="build_and_run" points=3
def test_build_and_run_settings():
    layer, _, _ = build_and_run(10, 20, 2)
    check_that(
        isinstance(layer, nn.LSTM),
        "the layer of build_and_run(10, 20, 2)",
        f"a {type(layer).__name__}",
        "an nn.LSTM",
        "Return three things: the layer itself, its output, and the pair (h_n, c_n).",
    )
    expected = {
        "input_size": 10,
        "hidden_size": 20,
        "num_layers": 2,
        "bidirectional": True,
        "batch_first": True,
    }
    found = {name: getattr(layer, name) for name in expected}
    check_equal(
        "the layer of build_and_run(10, 20, 2)",
        found,
        expected,
        "",
        "These are the settings of the constructor.",
    )


def test_build_and_run_three_shapes():
    for sizes, expected in (
        ({}, {"output": (16, 25, 40), "h_n": (4, 16, 20), "c_n": (4, 16, 20)}),
        ({"batch": 3, "seq_len": 7}, {"output": (3, 7, 40), "h_n": (4, 3, 20), "c_n": (4, 3, 20)}),
    ):
        _, output, (h_n, c_n) = build_and_run(10, 20, 2, **sizes)
        shapes = {"output": tuple(output.shape), "h_n": tuple(h_n.shape), "c_n": tuple(c_n.shape)}
        settings = "".join(f", {name}={size}" for name, size in sizes.items())
        check_equal(
            f"the shapes of build_and_run(10, 20, 2{settings})",
            shapes,
            expected,
            "",
            "Batch first holds for the input and output, not for the states.",
        )


def test_build_and_run_returns_one_run():
    _, output, (h_n, _) = build_and_run(10, 20, 2)
    check_equal(
        "h_n[2] of build_and_run(10, 20, 2), the top layer's forward state",
        h_n[2],
        output[:, -1, :20],
        "batch hidden_size",
        "It should be the forward half of output at the last step: return what the run returned.",
    )

# %% demo="build_and_run"
# The practical's exercise asks for three shapes.
demo_layer, demo_output, demo_states = build_and_run(input_size=10, hidden_size=20, num_layers=2)
demo_h_n, demo_c_n = demo_states
print(demo_layer)
print("(1) output sequence    ", tuple(demo_output.shape))
print("(2) output hidden state", tuple(demo_h_n.shape))
print("(3) output cell state  ", tuple(demo_c_n.shape))

# %% [markdown]
# ## Task 7: `last_step`
#
# To judge a whole sequence you often want one vector per sequence: the final state of the top layer. It is
# in `h_n`, and it is in `output` too. Finding it there shows whether you know what the axes mean.
#
# One direction: the state after the last step, $t$ = `seq_len` - 1. So the result is one slice of `output`.
#
# Two directions: each step of `output` holds `[forward state, backward state]`. The forward direction has
# read everything at the last step. The backward direction starts at the end, and has read everything at
# step **0**.
#
# ![Two directions: forward ends at the last step, backward ends at step 0](figures/bidirectional.svg)
#
# With `seq_len` 5, `batch` 3, `hidden_size` 2, bidirectional, time first:
#
# | piece | taken from `output` (5, 3, 4) | shape |
# |---|---|---|
# | forward | last step, first 2 numbers | (3, 2) |
# | backward | step 0, last 2 numbers | (3, 2) |
# | result | the two side by side | (3, 4) |
#
# Taking the last step for both is a common slip: the backward state there has seen a single input.

# %% stub="last_step" about="the final state, read from the output"
def last_step(output: Tensor, batch_first: bool, bidirectional: bool, hidden_size: int) -> Tensor:
    """Read the final state of the top layer from a recurrent layer's output.

    The argument stays as it is; the result may be a view of it. Gradients flow through.

    Args:
        output: (seq_len, batch, num_directions * hidden_size), or (batch, seq_len, ...) if batch_first.
        batch_first: whether the batch is the first axis of output.
        bidirectional: whether output holds a forward and a backward state side by side.
        hidden_size: the size of one state.

    Returns:
        (batch, num_directions * hidden_size): the forward direction's final state, followed by the
        backward direction's if there is one.

    Example:
        output [[[1., 2.]], [[3., 4.]], [[5., 6.]]] is seq_len 3, batch 1. With batch_first False, it
        gives [[5., 6.]] for one direction and hidden_size 2, and [[5., 2.]] for two directions and
        hidden_size 1.
    """
    ### BEGIN SOLUTION
    time_first = output.transpose(0, 1) if batch_first else output
    if not bidirectional:
        return time_first[-1].clone()
    # The backward direction reads from the end, so it has seen the whole sequence at time 0.
    forward, backward = time_first[-1, :, :hidden_size], time_first[0, :, hidden_size:]
    return torch.cat([forward, backward], dim=1)  # 2 x (batch, hidden_size) -> (batch, 2 * hidden_size)
    ### END SOLUTION

# %% [markdown]
# <details><summary>Hint</summary>
#
# Bring both layouts to the same one first, then there are only two cases left.
#
# For two directions, cut the last axis in half at `hidden_size`, choose the step for each half, and join
# the halves along the axis you cut.
#
# </details>

# %% check="last_step" points=3
def test_last_step_worked_example():
    output = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]], [[5.0, 6.0]]])  # seq_len 3, batch 1
    check_equal(
        "last_step([[[1., 2.]], [[3., 4.]], [[5., 6.]]], False, False, 2)",
        last_step(output, False, False, 2),
        torch.tensor([[5.0, 6.0]]),
        "batch hidden_size",
        "One direction: the last step.",
    )
    check_equal(
        "last_step([[[1., 2.]], [[3., 4.]], [[5., 6.]]], False, True, 1)",
        last_step(output, False, True, 1),
        torch.tensor([[5.0, 2.0]]),
        "batch 2*hidden_size",
        "The forward direction ends last, the backward one at step 0.",
    )


def test_last_step_equals_h_n():
    for batch_first in (False, True):
        x = torch.randn(3, 5, 4) if batch_first else torch.randn(5, 3, 4)
        output, h_n = nn.GRU(4, 2, num_layers=2, batch_first=batch_first)(x)
        check_equal(
            f"last_step(output of an nn.GRU, {batch_first}, False, 2)",
            last_step(output, batch_first, False, 2),
            h_n[-1],
            "batch hidden_size",
            f"It should be h_n of the top layer. batch_first is {batch_first}: which axis is time?",
        )

# %% [markdown]
# ### Every axis by its name
#
# When you are stuck in a later assignment, let the layer tell. `show_shapes` calls a layer and prints each tensor
# that goes in, comes out or is learned, with the names of its axes. It stands in `axes.py`, beside this
# exercise, and knows the recurrent layers and their cells, `nn.Embedding` and `nn.Linear`. First say the shapes
# yourself, then look:

# %% demo="show_shapes"
from axes import show_shapes

show_shapes(nn.LSTM(4, 2, num_layers=2, bidirectional=True, batch_first=True), torch.randn(3, 5, 4))
show_shapes(nn.GRUCell(4, 2), torch.randn(3, 4), torch.zeros(3, 2))
show_shapes(nn.Embedding(4, 10), torch.tensor([[1, 0, 2, 2, 3]]))

# %% [markdown]
# ## What to take away
#
# - `output` is the top layer at every step. `h_n` is every layer at its last step.
# - `batch_first` changes the input and `output`, never the states.
# - Weights know `input_size` and `hidden_size`. They know neither `seq_len` nor `batch`.
# - Swap axes with `transpose`. Merge neighbouring axes with `view`, `reshape` or `flatten`. Never mix the
#   two up: the shape is right and the data is not.
# - The backward direction ends at step 0.
# - Before you run a layer, write down the shapes you expect. A wrong layout seldom raises an error.
#
# Next: [3. The RNN layer](../03_rnn_layer/rnn_layer.ipynb), which you write from its equations.
