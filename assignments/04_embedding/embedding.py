# Write your code in this file and run the checks beside it: type `pytest` in this folder.

# %% [markdown]
# # 4. Embedding, RNN, linear layer
#
# So far, letters went in as one-hot vectors and hidden states came out as logits. Both were simple, and both
# set limits. In this assignment you put a layer on each side of the RNN: an **embedding** before it and a
# **linear layer** after it. The word is still `hello`, the target still `ohlol`. This is Example 12-3 of the
# lecture.
#
# | task | what you write | points |
# |---|---|---|
# | 1 | `embed`: one-hot times matrix | 5 |
# | 2 | `EmbeddingModel`: embedding, RNN, linear layer | 8 |
# | 3 | `train`: learn `hello` to `ohlol` | 7 |
# | | **total** | **20** |
#
# Plan 45 to 90 minutes. The tasks build on each other, so go from top to bottom.
#
# **How to run the checks.** In the notebook, run the cell below each task. In the module form, run `pytest`
# in the folder of this assignment. The checks cover the basics. Grading adds stricter ones: other sizes,
# other weights, other vocabularies.
#
# **Names.** `x` is an input, here a tensor of indices; `h` is a hidden state; `logits` are the scores of the
# classes before any softmax. Sizes are `batch`, `seq_len`, `input_size` (number of letters),
# `embedding_size`, `hidden_size`, `num_layers` and `num_class`. In this assignment the **batch comes first**:
# `(batch, seq_len)`.
#
# **Counting.** Equations, and tables that go with them, count time steps from 1. Code and its messages count
# from 0, as Python does: step $t$ of an equation reads `inputs[t - 1]`.
#
# Three rules hold for every function: do not change the arguments, keep no state between calls, and return
# new tensors.

# %%
import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


# %% [markdown]
# ## Task 1: `embed`
#
# A one-hot vector says which letter it is, and nothing else. An embedding gives each letter a vector of its
# own, and the vectors are learned.
#
# | one-hot vectors | embedding vectors |
# |---|---|
# | high-dimensional: one number per entry of the vocabulary | lower-dimensional: you choose the size |
# | sparse: a single 1, zeros elsewhere | dense: every number carries something |
# | hardcoded | learned from data |
#
# With 4 letters the gain is small, and the lecture's model even uses 10 numbers per letter. With 50,000
# words, a vector of 300 numbers instead of 50,000 makes all the difference.
#
# The vectors are the rows of a matrix $W$ of shape `(input_size, embedding_size)`, the **lookup matrix**. To
# see why the lookup is a layer like any other, write it as a product. A one-hot row times $W$ keeps one row
# and multiplies all others by zero:
#
# $$\text{embed}(i) = \text{onehot}(i)\, W = W_{i,:}$$
#
# ![A one-hot vector with the 1 at index 2, times a 4 by 5 matrix, gives row 2 of the matrix.](figures/lookup.svg)
#
# The picture shows the lecture's matrix: `input_size = 4`, `embedding_size = 5`. The letter `l` has the index
# 2, so it gets row 2.
#
# **Shapes, with numbers.** The word `hello` in a batch of one is a tensor of indices `[[1, 0, 2, 2, 3]]`, of
# shape (1, 5):
#
# | step | shape |
# |---|---|
# | indices | (1, 5) |
# | one-hot | (1, 5, 4) |
# | one-hot times matrix | (1, 5, 4) @ (4, 5) gives (1, 5, 5) |
#
# The index axes stay as they are, and one axis of length `embedding_size` is added at the end. This holds for
# any index shape.
#
# **The gradient** follows from the product. A row that was multiplied by zero gets a zero gradient. So a
# training step sees only the letters that occurred, and a letter that occurred twice collects two gradients.
#
# `nn.Embedding` gives the same answer without building the one-hot vectors. That saves memory and time, and
# it is the only difference. In task 2 you use it.

# %%
def embed(indices: Tensor, weight: Tensor) -> Tensor:
    """Look up one row of weight per index, written as one-hot vectors times the matrix.

    indices: int64, one or more axes, every value from 0 to input_size - 1
    weight:  (input_size, embedding_size), the lookup matrix
    returns: (*indices.shape, embedding_size), in the dtype of weight

    Equation (lecture, "Embedding in PyTorch"): embed(i) = onehot(i) W = row i of W.

    Example: weight = [[0.1, 0.2], [1.1, 1.2], [2.1, 2.2]] and indices = [2, 0] give
    [[2.1, 2.2], [0.1, 0.2]], of shape (2, 2). Indices of shape (1, 5) give the shape (1, 5, 2).

    Build the one-hot vectors and multiply: handing the work to nn.Embedding or F.embedding is not what
    is asked, and is flagged for review. Do not change the arguments; keep no state between calls;
    return a new tensor; let the gradient flow to weight.
    """
    raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# `F.one_hot` adds the new last axis for you. Tell it the number of classes: without that it guesses from the
# largest index it sees, and a word without an `o` would get vectors that are too short. The number stands in
# the shape of `weight`.
#
# Its result is int64, and a matrix product wants one dtype on both sides. The operator `@` multiplies along
# the last axis of the left side and leaves all axes before it alone, so no reshape is needed.
#
# </details>

# %% [markdown]
# Here is the lecture's matrix once more, with your function at work. Then your function stands beside
# `nn.Embedding`, values and gradient. The word is `hell`: it has no `o`, so the last row of the gradient is
# zero.

# %%
if __name__ == "__main__":
    table = torch.tensor(
        [
            [-1.1195, -0.3138, -1.4441, -0.4976, 1.1591],
            [0.9164, 1.2496, 0.2717, -0.8645, 1.0408],
            [0.3896, 1.6515, -0.9640, 1.2836, 1.2430],
            [2.3852, 1.6643, -1.0360, -1.3234, -1.3370],
        ]
    )  # (input_size, embedding_size) = (4, 5)
    hello = torch.tensor([[1, 0, 2, 2, 3]])  # (batch, seq_len) = (1, 5)
    vectors = embed(hello, table)
    print("vectors:", tuple(vectors.shape))
    for letter, vector in zip("hello", vectors[0].tolist(), strict=True):
        print(f"  {letter}  " + "  ".join(f"{v:7.4f}" for v in vector))

    hell = hello[:, :4]
    layer = nn.Embedding(4, 5, _weight=table.clone())
    weight = table.clone().requires_grad_()
    print("same values as nn.Embedding:", torch.allclose(embed(hell, weight), layer(hell)))
    embed(hell, weight).sum().backward()
    layer(hell).sum().backward()
    print("same gradient:", torch.allclose(weight.grad, layer.weight.grad))
    for letter, row in zip(IDX2CHAR, weight.grad.tolist(), strict=True):
        print(f"  gradient of row {letter}: {row}")


# %% [markdown]
# ## Task 2: `EmbeddingModel`
#
# Three layers, each made for the one before it:
#
# $$v_t = W_{x_t,:} \qquad h_t = \text{RNN}(v_t, h_{t-1}) \qquad \text{logits}_t = h_t A^\top + b$$
#
# ![Each letter of hello goes up through emb, rnn and fc. The rnn boxes are also joined from left to right.](figures/model.svg)
#
# Only the RNN connects the time steps. The embedding and the linear layer treat each step by itself, with the
# same weights.
#
# **Shapes, with numbers.** Here are the defaults, `input_size = 4`, `embedding_size = 10`, `hidden_size = 8`,
# `num_layers = 2`, `num_class = 4`, with one word and with three:
#
# | tensor | axes | one word | three words |
# |---|---|---|---|
# | `x` | `(batch, seq_len)` | (1, 5) | (3, 5) |
# | after `emb` | `(batch, seq_len, embedding_size)` | (1, 5, 10) | (3, 5, 10) |
# | first state | `(num_layers, batch, hidden_size)` | (2, 1, 8) | (2, 3, 8) |
# | after `rnn` | `(batch, seq_len, hidden_size)` | (1, 5, 8) | (3, 5, 8) |
# | after `fc` | `(batch, seq_len, num_class)` | (1, 5, 4) | (3, 5, 4) |
# | result | `(batch*seq_len, num_class)` | (5, 4) | (15, 4) |
#
# Three things to watch:
#
# - **`batch_first=True` moves the batch in the inputs and outputs, not in the states.** The first state keeps
#   `(num_layers, batch, hidden_size)`. Forget the option, and `nn.RNN` reads (1, 5, 10) as five sequences of
#   one step each. If you also leave out the first state, nothing crashes: the memory is just gone.
# - **The rows of the result go word by word**, all steps of the first word, then all of the second. In the
#   previous assignment time came first, so there the rows went step by step.
# - **The linear layer frees two sizes.** The hidden size no longer has to be the number of classes. And the
#   logits may be any number, where a tanh state stays between -1 and 1.
#
# The model has 380 parameters: 40 in `emb`, 160 in the first RNN layer, 144 in the second, and 36 in `fc`.
# Work out two of these by hand before you write the code.

# %%
class EmbeddingModel(nn.Module):
    """Example 12-3: embedding, then RNN, then linear layer.

    input_size:     number of different characters (rows of the lookup matrix)
    embedding_size: length of a character's vector
    hidden_size, num_layers: of the RNN
    num_class:      number of classes
    The constructor is called by keyword.

    attributes: emb, an nn.Embedding; rnn, an nn.RNN with batch_first=True; fc, an nn.Linear.

    Example: EmbeddingModel()(torch.tensor([[1, 0, 2, 2, 3]])) has the shape (5, 4).
    """

    def __init__(
        self,
        input_size: int = 4,
        embedding_size: int = 10,
        hidden_size: int = 8,
        num_layers: int = 2,
        num_class: int = 4,
    ) -> None:
        """Build emb, rnn and fc; each takes what the one before it gives."""
        raise NotImplementedError()

    def forward(self, x: Tensor) -> Tensor:
        """Return one row of logits per batch item and time step, from a zero first state.

        x:       (batch, seq_len), int64 indices; any batch
        returns: (batch*seq_len, num_class), all steps of batch item 0 first, then batch item 1, ...

        Every call starts from zeros: keep no state between calls. Return logits: no softmax.
        """
        raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# Go up the table, and ask each layer what it reads and what it gives. The embedding maps `input_size` to
# `embedding_size`, the RNN `embedding_size` to `hidden_size`, the linear layer `hidden_size` to `num_class`.
#
# `nn.Linear` works on the last axis and accepts any axes before it, so call it before you flatten. The RNN
# starts from zeros if it gets no first state. If you make the zeros yourself, read the batch from `x`: it may
# change from call to call.
#
# If the count of 380 does not come out, look at `num_layers` first.
#
# </details>

# %%
if __name__ == "__main__":
    model = EmbeddingModel()
    for name, p in model.named_parameters():
        print(f"{name:18} {tuple(p.shape)!s:9} {p.numel():4}")
    print(f"{'together':28} {sum(p.numel() for p in model.parameters()):4}")

    for batch in (1, 3):
        x = torch.tensor([[1, 0, 2, 2, 3]]).repeat(batch, 1)
        print(f"x {tuple(x.shape)} -> logits {tuple(model(x).shape)}")


# %% [markdown]
# ## Task 3: `train`
#
# The loop is the one from Example 12-2. What changes is the data: indices go in, no one-hot vectors.
#
# | tensor | values | shape | dtype |
# |---|---|---|---|
# | `inputs` | `hello` = `[[1, 0, 2, 2, 3]]` | (1, 5) | int64 |
# | `labels` | `ohlol` = `[3, 1, 2, 3, 2]` | (5,) | int64 |
# | `model(inputs)` | logits | (5, 4) | float32 |
#
# The loss is cross-entropy over all rows of logits $z$ with labels $y$, as before:
#
# $$L = -\frac{1}{N} \sum_{n=1}^{N} \log \frac{e^{z_{n, y_n}}}{\sum_{c} e^{z_{n, c}}}$$
#
# Here $N = 5$, one row for each letter.
#
# **One epoch** is one pass over the word and one step of Adam. Record the string and the loss from the pass,
# before the step: both then describe the same weights. To make the string, take the class with the largest
# logit in each row and read its letter from `IDX2CHAR`.
#
# In the lecture's run the loss falls from 1.412 to 0.043 in 15 epochs, and the string reads `ohlol` from
# epoch 6 on. Compare this with the RNN alone: its loss could not fall below 0.341.

# %%
def train(
    model: nn.Module, inputs: Tensor, labels: Tensor, epochs: int = 15, lr: float = 0.05
) -> list[tuple[str, float]]:
    """Train model in place with Adam and cross-entropy; return (decoded string, loss) of every epoch.

    model:   maps inputs to logits (batch*seq_len, num_class)
    inputs:  (batch, seq_len), int64, with batch 1
    labels:  (batch*seq_len,), int64
    returns: a list of `epochs` pairs; the string is decoded with IDX2CHAR, the loss is a Python float

    One epoch is one pass over the whole word and one step of Adam with learning rate lr. String and
    loss of an epoch come from that epoch's forward pass, before the step. Mean and sum of the loss are
    both fine.

    Example: train(EmbeddingModel(), inputs, labels) returns 15 pairs; the last could be ("ohlol",
    0.043), the loss that the lecture shows.

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
# `argmax` over the axis of the classes gives 5 indices, and `tolist()` makes them plain integers. `loss` is a
# tensor; `item()` gives its value as a Python float.
#
# </details>

# %% [markdown]
# ### Watch it learn
#
# The next cell trains your model and draws the loss of every epoch, with the string that the model says at
# that point. The dashed line is the floor of the RNN without a linear layer. In 300 random starts of a
# correct solution, 299 said `ohlol` after 15 epochs. For the RNN alone it was little more than half. Try
# other seeds.

# %%
if __name__ == "__main__":
    import math

    import matplotlib.pyplot as plt

    torch.manual_seed(0)
    inputs = torch.tensor([[1, 0, 2, 2, 3]])  # "hello": (batch, seq_len) = (1, 5)
    labels = torch.tensor([3, 1, 2, 3, 2])  # "ohlol": (batch*seq_len,) = (5,)
    history = train(EmbeddingModel(), inputs, labels)
    for epoch, (text, loss) in enumerate(history, start=1):
        print(f"epoch {epoch:2}  {text}  loss {loss:.3f}")

    fig, ax = plt.subplots(figsize=(9, 4))
    ax.plot(range(1, len(history) + 1), [loss for _, loss in history], marker="o")
    for epoch, (text, loss) in enumerate(history, start=1):
        ax.annotate(text, (epoch, loss), xytext=(0, 8), textcoords="offset points", rotation=45)
    floor = math.log(1 + 3 * math.exp(-2))
    ax.axhline(floor, color="gray", linestyle="--", label="floor without fc: 0.341")
    ax.set_xlabel("epoch")
    ax.set_ylabel("mean loss per letter")
    ax.set_ylim(0, 1.2 * max(loss for _, loss in history))
    ax.legend()
    plt.show()

# %% [markdown]
# ## What to take away
#
# - An embedding is a matrix with one learned row per letter. The lookup equals a one-hot vector times that
#   matrix.
# - Indices of any shape get one more axis, `embedding_size`, at the end. Only the rows that were used get a
#   gradient.
# - `batch_first=True` moves the batch to the front of inputs and outputs. States keep `(num_layers, batch,
#   hidden_size)`.
# - A linear layer on top makes the hidden size free and lifts the limit that tanh puts on the logits.
# - Embedding, recurrent layer, linear layer: the LSTM and GRU models of the next two assignments have the
#   same shape. Only the middle changes.
#
# Next: [5. LSTM](../05_lstm/lstm.ipynb).
