# Write your code in this file and run the checks beside it: type `pytest` in this folder.

# %% [markdown]
# # 2. Shapes
#
# Most bugs in recurrent networks are shape bugs, and the worst of them raise no error. In this assignment
# you learn to say the shape of everything before you run it: the input, the outputs, the states, the
# weights, and what the loss gets. It covers the lab's batch of words, the practical's exercise, and
# `nn.RNN` in the lecture.
#
# | task | what you write | points |
# |---|---|---|
# | 1 | `word_batch`: words to a batch of one-hot vectors | 3 |
# | 2 | `to_time_major`: batch first to time first | 2 |
# | 3 | `output_shapes`: what a layer returns | 3 |
# | 4 | `parameter_shapes`: what a layer owns | 4 |
# | 5 | `flatten_for_loss`: outputs and labels for cross-entropy | 2 |
# | 6 | `build_and_run`: a bidirectional LSTM | 3 |
# | 7 | `last_step`: the final state, read from the output | 3 |
# | | **total** | **20** |
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

# %%
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
    raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# Check the two errors first. Then build a nested list of indices, one inner list per word, and make one
# tensor of shape `(batch, seq_len)` from it.
#
# The last axis is the one-hot vector of each index. Print the dtype of what you return.
#
# </details>

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

# %%
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
    raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# Look at `transpose`, `permute` and `swapaxes` in the docs of `torch.Tensor`. Which of them works
# whatever the number of further axes is?
#
# Does it copy? A tensor that shares its memory with the argument changes it when somebody writes into it.
#
# </details>

# %%
if __name__ == "__main__":
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

# %%
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
    raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# Begin with the number of directions. Then ask of each of the two shapes: does it change with the number
# of layers, with the directions, with `batch_first`?
#
# The table above answers all six questions. An argument that you do not need is no mistake here.
#
# </details>

# %%
if __name__ == "__main__":
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

# %%
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
    raise NotImplementedError()


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

# %%
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
    raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# Name the shape you want and let `-1` stand for the merged axis, or look at `flatten` with a start and an
# end axis.
#
# `view` refuses a tensor that comes out of a transpose. What does `reshape` do in that case?
#
# </details>

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

# %%
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
    raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# Ask your `output_shapes` first. An LSTM takes its two states as one tuple and returns them as one tuple.
#
# If PyTorch complains about the hidden state, compare the shape it expected with the table in Task 3.
#
# </details>

# %%
if __name__ == "__main__":
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

# %%
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
    raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# Bring both layouts to the same one first, then there are only two cases left.
#
# For two directions, cut the last axis in half at `hidden_size`, choose the step for each half, and join
# the halves along the axis you cut.
#
# </details>

# %% [markdown]
# ### Every axis by its name
#
# When you are stuck in a later assignment, let the layer tell. `show_shapes` calls a layer and prints each tensor
# that goes in, comes out or is learned, with the names of its axes. It stands in `axes.py`, beside this
# exercise, and knows the recurrent layers and their cells, `nn.Embedding` and `nn.Linear`. First say the shapes
# yourself, then look:

# %%
if __name__ == "__main__":
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
