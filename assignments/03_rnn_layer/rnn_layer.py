# Write your code in this file and run the checks beside it: type `pytest` in this folder.

# %% [markdown]
# # 3. The RNN layer
#
# A cell does one step. A **layer** does the whole sequence: it loops over time, and it can stack several
# cells on top of each other. PyTorch calls it `nn.RNN`. In this assignment you write its loops from the
# equation, then you use the real one to turn `hello` into `ohlol`. This is Example 12-2 of the lecture.
#
# | task | what you write | points |
# |---|---|---|
# | 1 | `rnn_forward`: a stack of RNN layers, from the equation | 6 |
# | 2 | `RNNModel`: `nn.RNN` as a model | 5 |
# | 3 | `decode`: logits to text | 3 |
# | 4 | `train`: learn `hello` to `ohlol` | 6 |
# | | **total** | **20** |
#
# Plan 45 to 90 minutes. The tasks build on each other, so go from top to bottom.
#
# **How to run the checks.** In the notebook, run the cell below each task. In the module form, run `pytest`
# in the folder of this assignment. The checks cover the basics. Grading adds stricter ones: other sizes,
# other weights, other vocabularies.
#
# **Names.** `x` is an input, `h` a hidden state, `logits` are the scores of the classes before any softmax.
# Sizes are `seq_len`, `batch`, `input_size`, `hidden_size`, `num_layers` and `num_classes`. Here time comes
# first: a sequence has the shape `(seq_len, batch, input_size)`.
#
# **Counting.** Equations, and tables that go with them, count time steps from 1. Code and its messages count
# from 0, as Python does: step $t$ of an equation reads `inputs[t - 1]`.
#
# Three rules hold for every function: do not change the arguments, keep no state between calls, and return
# new tensors.

# %%
import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


# %% [markdown]
# ## Task 1: `rnn_forward`
#
# One layer reads a sequence $x_0, x_1, \dots$ and computes one state per step. PyTorch stores a weight as
# `(out, in)`, so the equation multiplies by the transpose:
#
# $$h_t = \tanh\left(x_t W_{ih}^\top + b_{ih} + h_{t-1} W_{hh}^\top + b_{hh}\right)$$
#
# The weights do not depend on $t$. The same four tensors work at every step, so one layer takes sequences of
# any length.
#
# A second layer does the same. Only its input differs: at time $t$ it reads the state of the layer below, at
# the same time $t$. With $h^{(k)}_t$ for the state of layer $k$:
#
# $$h^{(k)}_t = \tanh\left(h^{(k-1)}_t W_{ih}^{(k)\top} + b_{ih}^{(k)} + h^{(k)}_{t-1} W_{hh}^{(k)\top} + b_{hh}^{(k)}\right),
# \qquad h^{(-1)}_t = x_t$$
#
# ![Two layers over three time steps. Arrows go right along time and up through the layers.](figures/stacked.svg)
#
# The layer returns two things, and they cut the picture in two ways. `output` is the top row: every step,
# last layer. `h_n` is the last column: every layer, last step. They meet in the top right corner, so
# `output[-1]` equals `h_n[-1]`.
#
# **Shapes, with numbers.** Take `seq_len = 10`, `batch = 3`, `input_size = 100`, `hidden_size = 20`:
#
# | tensor | shape | 1 layer | 2 layers | 4 layers |
# |---|---|---|---|---|
# | `inputs` | `(seq_len, batch, input_size)` | (10, 3, 100) | (10, 3, 100) | (10, 3, 100) |
# | `h_0` | `(num_layers, batch, hidden_size)` | (1, 3, 20) | (2, 3, 20) | (4, 3, 20) |
# | `output` | `(seq_len, batch, hidden_size)` | (10, 3, 20) | (10, 3, 20) | (10, 3, 20) |
# | `h_n` | `(num_layers, batch, hidden_size)` | (1, 3, 20) | (2, 3, 20) | (4, 3, 20) |
#
# More layers change the shapes of `h_0` and `h_n`, never the shape of `output`.
#
# **Parameter names.** The suffix `_l0` is the bottom layer, `_l1` the one above it. Layer 0 has
# `weight_ih_l0` of shape (20, 100), because it reads inputs. Every higher layer reads states, so
# `weight_ih_l1` is (20, 20). All `weight_hh` are (20, 20), and all biases are (20,).
#
# **One step of layer 0 in numbers.** With a batch of 3, the two products are `(3, 100) @ (100, 20)` and
# `(3, 20) @ (20, 20)`. Both give `(3, 20)`, and a bias of shape `(20,)` is added to each row.

# %%
def rnn_forward(
    inputs: Tensor, h_0: Tensor, parameters: dict[str, Tensor], num_layers: int
) -> tuple[Tensor, Tensor]:
    """Run a stack of tanh RNN layers over a sequence, from the equation.

    inputs:     (seq_len, batch, input_size)
    h_0:        (num_layers, batch, hidden_size), row k is the first state of layer k
    parameters: for every layer k: weight_ih_l{k}, weight_hh_l{k}, bias_ih_l{k}, bias_hh_l{k},
                named and shaped as in nn.RNN; a missing name is a KeyError
    returns:    output (seq_len, batch, hidden_size), every state of the top layer, and
                h_n (num_layers, batch, hidden_size), the last state of every layer

    Equation (PyTorch docs, nn.RNN):
        h_t = tanh(x_t W_ih^T + b_ih + h_(t-1) W_hh^T + b_hh)

    Example: one layer, all sizes 1, both weights 1, both biases 0, h_0 zero. The inputs 1.0, 0.0
    give the states tanh(1.0 + 0) = 0.7616 and tanh(0.0 + 0.7616) = 0.6420. So output is
    [[[0.7616]], [[0.6420]]] and h_n is [[[0.6420]]].

    Write the loops yourself: handing the work to nn.RNN, nn.RNNCell or their functional forms is
    not what is asked, and is flagged for review. Do not change the arguments; keep no state between
    calls; return new tensors; let gradients flow to inputs, h_0 and every parameter.
    """
    raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# Two loops are enough: one over layers, one over time. Put the loop over layers outside. Then the inner loop
# is the loop over time that you know from the cell, and what it collects is the input sequence of the next
# layer.
#
# An f-string builds the name of a parameter from the number of the layer. Iterating over a tensor walks along
# its first axis, which is time here. `torch.stack` turns a list of states into one tensor with a new first
# axis; use it once for the states of a layer and once for the last states of all layers.
#
# </details>

# %% [markdown]
# Now put your function beside `nn.RNN`, with 1, 2 and 4 layers. The difference should be about as small as
# the rounding of float32. Below it stands the lecture's small example: `seq_len = 3`, `batch = 1`,
# `input_size = 4`, `hidden_size = 2`.

# %%
if __name__ == "__main__":
    torch.manual_seed(0)
    for num_layers in (1, 2, 4):
        layer = nn.RNN(input_size=100, hidden_size=20, num_layers=num_layers)
        x = torch.randn(10, 3, 100)
        h_0 = torch.zeros(num_layers, 3, 20)
        with torch.no_grad():
            output, h_n = rnn_forward(x, h_0, dict(layer.named_parameters()), num_layers)
            difference = (output - layer(x, h_0)[0]).abs().max().item()
        print(f"{layer}: output {tuple(output.shape)}, h_n {tuple(h_n.shape)}, difference {difference:.1e}")

    print("\nThe parameters of two layers, 100 -> 10 -> 10:")
    for name, p in nn.RNN(100, 10, num_layers=2).named_parameters():
        print(f"  {name:13} {tuple(p.shape)}")

    layer = nn.RNN(input_size=4, hidden_size=2)
    with torch.no_grad():
        parameters = dict(layer.named_parameters())
    output, h_n = rnn_forward(torch.randn(3, 1, 4), torch.zeros(1, 1, 2), parameters, 1)
    print("\nThe lecture's small example:")
    print(f"output {tuple(output.shape)}:\n{output}")
    print(f"h_n {tuple(h_n.shape)}, the last step of output:\n{h_n}")


# %% [markdown]
# ## Task 2: `RNNModel`
#
# You know what `nn.RNN` computes, so now you may use it. The model of Example 12-2 is one `nn.RNN` and
# nothing else. There is no output layer. Its hidden size is 4, one number per letter of the vocabulary, and
# the states themselves are read as logits.
#
# The model does three things in `forward`:
#
# 1. It makes a first state of zeros, of shape `(num_layers, batch, hidden_size)`.
# 2. It calls the layer and keeps `output`. It does not need `h_n`.
# 3. It lays out all states as rows: `(seq_len, batch, hidden_size)` becomes `(seq_len*batch, hidden_size)`.
#
# The third step is for the loss. `nn.CrossEntropyLoss` wants one row of logits per prediction and one label
# per row. For `hello` the states are (5, 1, 4), the logits (5, 4) and the labels (5,).
#
# ![A box of shape (3, 2, 4) becomes six rows: step 0 of both items, then step 1, then step 2.](figures/rows.svg)
#
# The picture shows a batch of 2. Rows of the same time step stand together, because time is the first axis.
# The labels have to be laid out in the same order, or each prediction is compared with a label that is not
# its own.
#
# Two notes on zeros. They belong in `forward`, so that each word starts fresh. And the size of the first
# state must follow `num_layers` and `batch_size`: zeros for one layer do not fit a model with two.

# %%
class RNNModel(nn.Module):
    """Example 12-2: one nn.RNN, whose states are read as logits.

    input_size, hidden_size, batch_size, num_layers: sizes; the constructor is called by keyword.
    attribute rnn: an nn.RNN(input_size, hidden_size, num_layers), time first. It is the only layer,
    so the parameters are called rnn.weight_ih_l0, rnn.weight_hh_l0, rnn.bias_ih_l0, ...

    Example: RNNModel(input_size=4, hidden_size=4, batch_size=1) maps (5, 1, 4) to (5, 4).
    """

    def __init__(self, input_size: int, hidden_size: int, batch_size: int, num_layers: int = 1) -> None:
        """Build the layer and remember the sizes that forward needs."""
        raise NotImplementedError()

    def forward(self, inputs: Tensor) -> Tensor:
        """Return one row of logits per time step and batch item, from a zero first state.

        inputs:  (seq_len, batch, input_size), with batch equal to batch_size
        returns: (seq_len*batch, hidden_size), all of time step 0 first, then time step 1, ...

        Every call starts from zeros: keep no state between calls.
        """
        raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# In the constructor, call the parent's constructor first; a module cannot hold layers before that. Then save
# the sizes as attributes and build the layer under the name `rnn`. Do not set `batch_first`.
#
# In `forward`, the layer returns a pair. To flatten its first part, tell `view` or `reshape` the size of the
# last axis and let it work out the other one.
#
# </details>

# %% [markdown]
# ## Task 3: `decode`
#
# A row of logits has one score per class. The predicted letter is the class with the largest score:
#
# $$\hat y_n = \operatorname{argmax}_{c}\, \text{logits}_{n,c}$$
#
# **A shape example.** For `hello` the logits have the shape (5, 4): `N = 5` letters, `C = 4` classes. The
# argmax over the classes leaves 5 indices. If they are `3, 1, 2, 3, 2`, the vocabulary `["e", "h", "l", "o"]`
# turns them into `ohlol`.
#
# You need no softmax here. It makes probabilities out of scores, but it never changes which one is the
# largest.

# %%
def decode(logits: Tensor, idx2char: list[str]) -> str:
    """Return the most likely character of every row, joined to one string.

    logits:   (N, C), one row per character, one column per class
    idx2char: C strings; column k of logits stands for idx2char[k]
    returns:  a string of N characters

    Example: decode(torch.tensor([[0.1, 0.9], [2.0, -1.0], [0.0, 0.5]]), ["a", "b"]) == "bab".

    Use the vocabulary that is passed, whatever its letters and its length. Do not change the arguments.
    """
    raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# The axis of the classes is `dim=1`: it is the axis that has to disappear.
#
# `tolist()` gives plain Python integers, which can be used to index a list. `"".join(...)` glues letters
# together.
#
# </details>

# %% [markdown]
# ## Task 4: `train`
#
# Five letters go in, five letters come out. At each step the model must name one of four classes, so the loss
# is cross-entropy. For $N$ rows of logits $z$ and labels $y$, its mean is
#
# $$L = -\frac{1}{N} \sum_{n=1}^{N} \log \frac{e^{z_{n, y_n}}}{\sum_{c} e^{z_{n, c}}}$$
#
# `nn.CrossEntropyLoss` takes the logits as they are; the softmax is inside. In Example 12-1 you summed the
# loss step by step. Here one call covers all steps, because the model returns all rows at once.
#
# **The data.**
#
# | tensor | values | shape |
# |---|---|---|
# | `inputs` | one-hot of `hello` = 1, 0, 2, 2, 3 | (5, 1, 4) |
# | `labels` | `ohlol` = 3, 1, 2, 3, 2 | (5,) |
# | `model(inputs)` | logits | (5, 4) |
#
# The letter `l` comes twice, first to become `l` and then `o`. A table from letter to letter cannot learn
# this. The model needs its state.
#
# **One epoch** is one pass over the word and one step of Adam. Record the string and the loss from the pass,
# before the step: both then describe the same weights.
#
# In the lecture's run the loss falls from 1.325 to 0.568 in 15 epochs. The string begins as `lhhhh`, is
# `oolol` by epoch 5, and reads `ohlol` from epoch 10 on. Your numbers will differ, since the first weights
# are random.

# %%
def train(
    model: nn.Module, inputs: Tensor, labels: Tensor, epochs: int = 15, lr: float = 0.05
) -> list[tuple[str, float]]:
    """Train model in place with Adam and cross-entropy; return (decoded string, loss) of every epoch.

    model:   maps inputs to logits (seq_len*batch, num_classes)
    inputs:  (seq_len, batch, input_size), with batch 1
    labels:  (seq_len*batch,), int64
    returns: a list of `epochs` pairs; the string is decoded with IDX2CHAR, the loss is a Python float

    One epoch is one pass over the whole word and one step of Adam with learning rate lr. String and
    loss of an epoch come from that epoch's forward pass, before the step. Mean and sum of the loss are
    both fine.

    Example: train(RNNModel(input_size=4, hidden_size=4, batch_size=1), inputs, labels) returns 15
    pairs; the first could be ("lhhhh", 1.325), the last ("ohlol", 0.568): the numbers of the lecture.

    Train the model that is passed, do not build another. Do not change inputs and labels.
    """
    raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# Build the loss and the optimiser once, before the loop. Inside it, five things happen: clear the old
# gradients, run the model, compute the loss, run backward, take a step. Record the pair anywhere after the
# loss is known; the logits keep the values from before the step.
#
# `loss` is a tensor. `item()` gives its value as a Python float. Your function from task 3 makes the string.
#
# </details>

# %% [markdown]
# ### Watch it learn, or get stuck
#
# The next cell trains two models that differ only in their random start. It runs longer than 15 epochs to
# show where each one ends.
#
# The dashed line is the lowest loss that this model can reach. A tanh state lies between -1 and 1. The best
# possible row of logits is therefore 1 for the right letter and -1 for the three others, and its loss is
#
# $$-\log \frac{e^{1}}{e^{1} + 3 e^{-1}} = \log\left(1 + 3 e^{-2}\right) \approx 0.341$$
#
# So the model can never be quite sure. Some starts also get stuck, typically at `ohlll`. We tried 300 starts
# of a correct solution: 56 % say `ohlol` after 15 epochs, 76 % after 30 and 87 % after 200. A run that ends
# at `ohlll` is no proof of a mistake. Try other seeds.

# %%
if __name__ == "__main__":
    import math

    import matplotlib.pyplot as plt

    inputs = torch.eye(4)[[1, 0, 2, 2, 3]].unsqueeze(1)  # "hello": (seq_len, batch, input_size) = (5, 1, 4)
    labels = torch.tensor([3, 1, 2, 3, 2])  # "ohlol": (seq_len*batch,) = (5,)

    fig, ax = plt.subplots(figsize=(8, 4))
    for seed in (3, 0):
        torch.manual_seed(seed)
        history = train(RNNModel(input_size=4, hidden_size=4, batch_size=1), inputs, labels, epochs=60)
        print(f"seed {seed}")
        for epoch, (text, loss) in enumerate(history[:15], start=1):
            print(f"  epoch {epoch:2}  {text}  loss {loss:.3f}")
        print(f"  epoch 60  {history[-1][0]}  loss {history[-1][1]:.3f}")
        losses = [loss for _, loss in history]
        (line,) = ax.plot(range(1, 61), losses, label=f"seed {seed}: {history[-1][0]}")
        for epoch in (10, 20, 40, 60):  # at epoch 1 the words would lie on top of each other
            text, loss = history[epoch - 1]
            offset = {"xytext": (0, 6), "textcoords": "offset points"}
            ax.annotate(text, (epoch, loss), color=line.get_color(), **offset)
    lowest = math.log(1 + 3 * math.exp(-2))
    ax.axhline(lowest, color="gray", linestyle="--", label="lowest possible loss: 0.341")
    ax.set_xlim(0, 66)
    ax.set_xlabel("epoch")
    ax.set_ylabel("mean loss per letter")
    ax.legend()
    plt.show()

# %% [markdown]
# ## What to take away
#
# - A layer is a cell in a loop over time. A stack is a loop over layers around it.
# - A higher layer reads the states of the layer below, at the same time step.
# - `output` is every step of the top layer. `h_n` is the last step of every layer.
# - Only layer 0 sees `input_size`. The weights know nothing of `seq_len` and `batch`.
# - For the loss, states become rows. Predictions and labels must be in the same order.
# - Cross-entropy takes logits. When the logits come straight from tanh, the loss has a floor, here 0.341. A
#   linear layer on top removes it, and that is part of the next assignment.
#
# Next: [4. The embedding model](../04_embedding/embedding.ipynb).
